#!/usr/bin/env python3
"""Derives the constants of the f32 softplus and logsigmoid, and prints them as Rust source.

    python3 tools/softplus.py                print the constants
    python3 tools/softplus.py --check FILE   exit 1 if FILE is not that output

Needs mpmath.

Method: with s = e^-|x|,

    softplus(x) = max(x, 0) + s - s^2 G(s)              |x| >= NEAR
    softplus(x) = (ln 2 + x / 2) + x^2 R(x^2)           |x| < NEAR

The sum in parentheses is exact, in two parts.
"""

import sys

from fit import literal, polynomial, rounded, ulp, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 160

NEAR = mpf(1)
G_DEGREE = 6
R_DEGREE = 4
# G is fitted from here: below, the factor s^2 makes up for it.
LOWEST = mpf("0.05")


def g(s):
    """(s - log(1 + s)) / s^2."""
    return (s - mp.log1p(s)) / s**2 if abs(s) > 1e-12 else mpf(1) / 2 - s / 3


def r(w):
    """(log(2 cosh(x / 2)) - log 2) / x^2, where w = x^2."""
    x = mp.sqrt(w)
    return mp.log(mp.cosh(x / 2)) / w if w > 1e-12 else mpf(1) / 8 - w / 192


def render():
    """All constants."""
    end = mp.exp(-NEAR)
    far = rounded(g, G_DEGREE, LOWEST, end)
    near = rounded(r, R_DEGREE, mpf(0), NEAR**2)

    def far_error(s):
        return s**2 * (polynomial(far, s) - g(s)) / ulp(mp.log1p(s)) if s else mpf(0)

    def near_error(x):
        w = x * x
        return w * (polynomial(near, w) - r(w)) / ulp(mp.log1p(mp.exp(x)))

    parts = [
        "// Printed by tools/softplus.py: change that, not this.\n",
        constant("NEAR", "f32", literal(NEAR), "Below this |x|, the polynomial in x is used."),
        constant(
            "G",
            f"[f32; {G_DEGREE + 1}]",
            array(map(literal, far)),
            f"Coefficients of s^0 to s^{G_DEGREE} in (s - log(1 + s)) / s^2. Rounded as they are, they leave an error of "
            f"at most {float(worst(far_error, mpf(0), end)):.4f} ULP of log(1 + s).",
        ),
        constant(
            "R",
            f"[f32; {R_DEGREE + 1}]",
            array(map(literal, near)),
            f"Coefficients of x^0 to x^{2 * R_DEGREE} in (log(cosh(x / 2))) / x^2. Rounded as they are, they "
            f"leave an error of at most {float(worst(near_error, -NEAR, NEAR)):.4f} ULP of softplus.",
        ),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
