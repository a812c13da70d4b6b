#!/usr/bin/env python3
"""Derives the tables of the f32 x - tanh x and prints them as Rust source.

    python3 tools/tanhshrink.py                print the tables
    python3 tools/tanhshrink.py --check FILE   exit 1 if FILE is not that output

Needs mpmath.

Method: the exponent of a = |x| and two more bits number 16 intervals, from 1/2 to 8.  With f(x) = x - tanh x,

    f(a) = a^3 (THIRD + g(SIZE^2 a^2))    on the first interval, and below
    f(a) = B[i] + d q(d), d = a - C[i]   on the others
    f(a) = a - 1                         beyond

The centres are such that f(C) is almost exactly the f32 B.  The coefficients of g and of q stand in the same tables.
"""

import sys

from fit import f32, literal, polynomial, rounded, ulp, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 160

EDGES = [2 ** (k // 4) * (1 + mpf(k % 4) / 4) / 2 for k in range(17)]
FIRST_INDEX = 126 * 4 % 16  # that of a = 1/2
SIZE = mpf(2) ** 8  # so that no part of a cube is subnormal, nor a coefficient of g
REACHES = mpf("0.025"), mpf("0.05"), mpf("0.1"), mpf("0.25"), mpf("0.4")  # how far centres may be from the middle
DEGREE = 5
FIRST_DEGREE = 6
CENTRES = 400
THIRD = f32(mpf(1) / 3)


def f(x):
    """x - tanh x."""
    return x - mp.tanh(x)


def g(w):
    """f(x) / x^3 - THIRD, where w = x^2."""
    x = mp.sqrt(w)
    return f(x) / x**3 - THIRD if w > 1e-9 else mpf(1) / 3 - THIRD - 2 * w / 15


def centre(middle, reach):
    """An f32 near the middle where f is nearly an f32, and that."""
    best = None
    for n in range(CENTRES):
        c = f32(middle + reach * (2 * mpf(n) / CENTRES - 1))
        b = f32(f(c))
        miss = abs(f(c) - b) / ulp(b)
        if best is None or miss < best[0]:
            best = (miss, c, b)
    return best


def fit(low, high, miss, c, b):
    """The row of an interval; and how far B is off, and the error of fitting."""
    exact = f(c)

    def q(d):
        return (f(c + d) - exact) / d

    row = rounded(q, DEGREE, low - c, high - c)
    error = worst(lambda d: (d * polynomial(row, d) + exact - f(c + d)) / ulp(f(c + d)), low - c, high - c)
    return miss, error, [c, b] + row


def table():
    """The rows C, B, coefficients; and the errors of centres and of fitting."""
    row = rounded(g, FIRST_DEGREE, mpf(0), EDGES[1] ** 2)
    rows = [[mpf(0), mpf(0)] + [a / SIZE ** (2 * power) for power, a in enumerate(row)]]
    first = worst(lambda a: a**3 * (polynomial(row, a**2) - g(a**2)) / ulp(f(a)) if a else mpf(0), mpf(0), EDGES[1])
    misses, errors = [], []
    for low, high in zip(EDGES[1:], EDGES[2:]):
        trials = [fit(low, high, *centre((low + high) / 2, (high - low) * reach)) for reach in REACHES]
        miss, error, row = min(trials, key=lambda trial: trial[0] + trial[1])
        rows.append(row)
        misses.append(miss)
        errors.append(error)
    return rows, max(misses), first, max(errors)


def render():
    """The whole fragment."""
    rows, miss, first, rest = table()
    # Without the last coefficient of the first row, which has no column.
    columns = [[column[(n - FIRST_INDEX) % 16] for n in range(16)] for column in zip(*rows)]
    columns = [array(map(literal, column)) for column in columns]
    parts = [
        "// Printed by tools/tanhshrink.py: change that, not this. Errors are in ULP of x - tanh x. The tables are indexed\n"
        "// by (bits(a) >> 21) & 15, where a is |x|, or 1/2 if that is less.\n",
        constant("SIZE", "f32", literal(SIZE)),
        constant("FIRST", "f32", literal(EDGES[1]), "The first interval ends here."),
        constant("LAST", "f32", literal(8 - ulp(mpf(4))), "The last one ends with this, the float below 8."),
        constant("THIRD", "f32", literal(THIRD), "A third."),
        constant("C", "[f32; 16]", columns[0], "Centres of the intervals."),
        constant(
            "B", "[f32; 16]", columns[1], f"f(C), to within {float(miss):.4f} ULP; not used on the first interval."
        ),
        constant(
            "A0",
            "[f32; 16]",
            columns[2],
            "Coefficients of d in f(C + d) - f(C), or on the first interval of 1 in f(a) / a^3 - THIRD, by powers of (SIZE a)^2. "
            f"Rounded as they are, they leave an error of at most {float(first):.4f} ULP on the first interval and "
            f"{float(rest):.4f} on the others.",
        ),
    ]
    for n in range(1, DEGREE + 1):
        parts.append(constant(f"A{n}", "[f32; 16]", columns[n + 2], "The next ones."))
    parts.append(constant("A6", "f32", literal(rows[0][-1]), "And the last one, on the first interval only."))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
