#!/usr/bin/env python3
"""Derives the constants of the f32 e^x - 1 for x <= 0, and prints them as Rust source.

    python3 tools/expm1.py                print the constants
    python3 tools/expm1.py --check FILE   exit 1 if FILE is not that output

Needs mpmath.

Method: with k = x / ln 2 + BIAS rounded to an integer, and r = x - k ln 2,

    e^x - 1 = (2^k - 1) + 2^k p,    p = e^r - 1 = r + r^2 q(r).

2^k - 1 is exact.  For k = 0, where x is r, the sum begins with r instead, and what is added to it is small.  The bias
lets k be 0 down to LOWEST: with k = -1 the sum would cancel there, and double the errors of r and p.
"""

import sys

from fit import f32, literal, polynomial, rounded, ulp, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 120

DEGREE = 5
LOWEST = mpf("-0.443")
LN2 = mp.log(2)
BIAS = f32(-mpf("0.5") - LOWEST / LN2)


def q(r):
    """(e^r - 1 - r) / r^2."""
    return mp.nsum(lambda n: r**n / mp.factorial(n + 2), [0, 30]) if abs(r) < 0.01 else (mp.expm1(r) - r) / r**2


def render():
    """All constants."""
    low = -(BIAS + mpf("0.5")) * LN2
    high = low + LN2
    coefficients = rounded(q, DEGREE, low, high)

    def error(r):
        return r**2 * (polynomial(coefficients, r) - q(r))

    near = worst(lambda r: error(r) / ulp(mp.expm1(r)) if r else mpf(0), low, mpf(0))
    far = worst(lambda r: error(r) / 2 / ulp((mp.exp(r) / 2) - 1), low, high)
    parts = [
        "// Printed by tools/expm1.py: change that, not this.\n",
        constant("BIAS", "f32", literal(BIAS), f"k is 0 from here on: ln 2 (-1/2 - BIAS) = {float(low):.4f}."),
        constant(
            "Q",
            f"[f32; {DEGREE + 1}]",
            array(map(literal, coefficients)),
            f"Coefficients of r^0 to r^{DEGREE} in (e^r - 1 - r) / r^2. Rounded as they are, they leave an error of at "
            f"most {float(near):.4f} ULP of e^x - 1 where k is 0, and {float(far):.4f} elsewhere.",
        ),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
