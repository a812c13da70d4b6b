#!/usr/bin/env python3
"""Derives the tables of the exact error function's short way in 16 intervals, sums of two floats, as Rust source.

    python3 tools/erf_pairs16.py                print the tables
    python3 tools/erf_pairs16.py --check FILE   exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine.

As tools/erf_pairs.py, for instruction sets whose tables have no more entries: around the multiples of WIDTH, which has
few bits, so that d = a - C is exact, with the first three coefficients in two floats each. All of them are fitted, from
the top, the lower ones making up for the rounding of those above. They are of erf(a) (1 - SLACK): too small by what is
doubted.
"""

import sys

from erf_pairs import series, two
from fit import f32, interpolate, literal, polynomial, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 200

CENTRES = 16
WIDTH = mpf(65) / 256
DEGREE = 8
PAIRS = 3  # coefficients in two floats
SLACK = mpf("6.5e-11")


def fitted(function, first, low, high):
    """Coefficients from that of d^first on, as pairs of floats; the second is 0 for those that have one."""
    degree = DEGREE - first
    exact = interpolate(function, degree, low, high)
    row, pairs = [mpf(0)] * (degree + 1), [(mpf(0), mpf(0))] * (degree + 1)
    for power in range(degree, -1, -1):

        def rest(d):
            return polynomial(exact, d) - polynomial(row, d)

        value = interpolate(rest, power, low, high)[power]
        if power + first >= PAIRS:
            pairs[power] = f32(value), mpf(0)
        elif first and power + first == 2:
            # Nearly 0. As a float of its own it would be lost in a sum with what is multiplied with d.
            pairs[power] = mpf(0), f32(value)
        else:
            pairs[power] = two(value)
        row[power] = sum(pairs[power])
    return [(mpf(0), mpf(0))] * first + pairs


def interval(i):
    """The pairs of coefficients around the centre of that number, and their relative error."""
    exact = [(1 - SLACK) * e for e in series(i * WIDTH)]
    if i:
        low = -WIDTH / 2
        pairs = fitted(lambda d: polynomial(exact, d), 0, low, WIDTH / 2)
    else:
        # erf(a) / a, where a is not negative.
        low = mpf(2) ** -30
        pairs = fitted(lambda d: polynomial(exact[1:], d), 1, mpf(0), WIDTH / 2)
    row = [sum(pair) for pair in pairs]
    return pairs, worst(lambda d: polynomial(row, d) / polynomial(exact, d) - 1, low, WIDTH / 2)


def render():
    """All tables."""
    rows, errors = zip(*map(interval, range(CENTRES)))
    note = (
        f"Coefficients around i WIDTH of erf, less {float(SLACK):.2g} of it: they leave a relative error of at most "
        f"2^{float(mp.log(max(errors), 2)):.2f}."
    )
    parts = [
        "// Printed by tools/erf_pairs16.py: change that, not this.\n",
        constant("WIDTH", "f32", literal(WIDTH)),
        constant("SLACK", "f32", literal(f32(SLACK)), "What is doubted, relative to erf."),
    ]
    for power in range(DEGREE + 1):
        for half, suffix in enumerate(["", "_LOW"][: 2 if power < PAIRS else 1]):
            column = array(literal(row[power][half]) for row in rows)
            parts.append(constant(f"E{power}{suffix}", f"[f32; {CENTRES}]", column, note))
            note = ""
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
