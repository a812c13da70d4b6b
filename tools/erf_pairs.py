#!/usr/bin/env python3
"""Derives the tables of the exact error function's short way, sums of two floats, and prints them as Rust source.

    python3 tools/erf_pairs.py                print the tables
    python3 tools/erf_pairs.py --check FILE   exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine.

For a = |x|, with the centre C = i / 8 that is nearest to it, and d = a - C, which is exact,

    erf(a) = (E0 + E0_LOW) + d (E1 + E1_LOW) + d^2 (E2 + d (E3 + .. )),

where the first two coefficients are Taylor's, and the others are fitted to what these leave.
"""

import sys

from fit import f32, literal, polynomial, rounded, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 200

CENTRES = 32
WIDTH = mpf(1) / 8
DEGREE = 7
TERMS = 40  # of Taylor's series


def series(c):
    """Taylor's coefficients of erf at c: the derivative g is 2/sqrt(pi) e^(-x^2), and g' = -2 x g."""
    g = [2 / mp.sqrt(mp.pi) * mp.exp(-c * c)]
    for n in range(TERMS):
        g.append(-2 * (c * g[n] + (g[n - 1] if n else 0)) / (n + 1))
    return [mp.erf(c)] + [term / (n + 1) for n, term in enumerate(g)]


def two(value):
    """A float, and the float nearest to what it lacks."""
    high = f32(value)
    return high, f32(value - high)


def interval(i):
    """The coefficients around the centre of that number, and their relative error."""
    exact = series(i * WIDTH)
    heads = [two(exact[0]), two(exact[1])]
    if i:
        tail = rounded(lambda d: polynomial(exact[2:], d), DEGREE - 2, -WIDTH / 2, WIDTH / 2)
    else:
        # An odd function, and where it is small, so is all but the first term.
        tail = [f32(e) for e in exact[2 : DEGREE + 1]]
    row = [sum(head) for head in heads] + tail
    low = -WIDTH / 2 if i else mpf(2) ** -30
    error = worst(lambda d: polynomial(row, d) / polynomial(exact, d) - 1, low, WIDTH / 2)
    return [*heads[0], *heads[1], *tail], error


def render():
    """All tables."""
    rows, errors = zip(*map(interval, range(CENTRES)))
    names = ["E0", "E0_LOW", "E1", "E1_LOW"] + [f"E{n}" for n in range(2, DEGREE + 1)]
    error = float(mp.log(max(errors), 2))
    notes = [f"Coefficients around i / {int(1 / WIDTH)}: they leave a relative error of at most 2^{error:.2f}."]
    tables = [
        constant(name, f"[f32; {CENTRES}]", array(map(literal, column)), note)
        for name, column, note in zip(names, zip(*rows), notes + [""] * len(names))
    ]
    return "\n".join(["// Printed by tools/erf_pairs.py: change that, not this.\n", *tables])


if __name__ == "__main__":
    sys.exit(print_or_check(render))
