#!/usr/bin/env python3
"""Derives the constants of the f32 x + sin^2(a x) / a and of its derivative, and prints them as Rust source.

    python3 tools/snake.py                print the constants
    python3 tools/snake.py --check FILE   exit 1 if FILE is not that output

Needs mpmath.

Method: with u = |a x| and k = u / pi rounded to an integer, r = |u - k pi|,

    sin^2 u = w + w^2 q(w),               w = r^2               up to EDGE,
    sin^2 u = 1/2 + s + s^3 h(s^2),       s = r - pi / 4        up to pi / 2 - EDGE,
    sin^2 u = 1 - w - w^2 q(w),           w = (pi / 2 - r)^2    beyond;

and for the derivative, with pi / 2 - r in the place of r from pi / 4 on,

    sin 2r = r (2 + w g(w)), w = r^2.

The edge is where the last summands are about as large as each other. For elements of 16 bits and a = 1,

    sin^2 u = w (1 + w q(w)), w = r^2, throughout.
"""

import sys

from fit import f32, literal, polynomial, rounded, ulp, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 120

EDGE = mpf("0.484375")
NEAR = mpf("1e-6")  # below, a few terms of the series will do


def q(w):
    """(sin^2 r - w) / w^2, where w = r^2."""
    if w < NEAR:
        return -mpf(1) / 3 + 2 * w / 45 - w**2 / 315 + 2 * w**3 / 14175
    return (mp.sin(mp.sqrt(w)) ** 2 - w) / w**2


def g(w):
    """(sin 2r / r - 2) / w, where w = r^2."""
    if w < NEAR:
        return -mpf(4) / 3 + 4 * w / 15 - 8 * w**2 / 315 + 4 * w**3 / 2835
    r = mp.sqrt(w)
    return (mp.sin(2 * r) / r - 2) / w


def h(w):
    """(sin 2s / 2 - s) / s^3, where w = s^2."""
    return g(w) / 2


def fitted(function, degree, high):
    """Coefficients, and the largest error of w^(3/2) times the function."""
    row = rounded(function, degree, mpf(0), high)
    return row, worst(lambda w: mp.sqrt(w) ** 3 * (polynomial(row, w) - function(w)), mpf(0), high)


def render():
    """All constants."""
    squares, of_squares = fitted(q, 3, EDGE**2)
    halves, of_halves = fitted(h, 3, (mp.pi / 4 - EDGE) ** 2)
    sines, of_sines = fitted(g, 4, (mp.pi / 4) ** 2)
    narrow = rounded(lambda w: 1 + w * q(w), 5, mpf(0), (mp.pi / 2) ** 2)
    of_narrow = worst(lambda w: w * (polynomial(narrow, w) - 1 - w * q(w)), mpf(0), (mp.pi / 2) ** 2)
    # The largest float whose k, rounded up, is not beyond 2^23.
    limit = f32(2**23 * mp.pi)
    limit -= ulp(limit)
    parts = [
        "// Printed by tools/snake.py: change that, not this.\n",
        constant("EDGE", "f32", literal(EDGE), "Where the first interval of r ends."),
        constant("LIMIT", "f32", literal(limit), "u / pi is not beyond 2^23 up to here."),
        constant(
            "Q",
            "[f32; 4]",
            array(map(literal, squares)),
            "Coefficients of w^0 to w^3 in q. Rounded as they are, they leave an error of at most "
            f"{float(of_squares * 2**24):.4f} 2^-24 of r.",
        ),
        constant(
            "H",
            "[f32; 4]",
            array(map(literal, halves)),
            f"Those in h, to {float(of_halves * 2**24):.4f} 2^-24 of 1.",
        ),
        constant(
            "G",
            "[f32; 5]",
            array(map(literal, sines)),
            f"Coefficients of w^0 to w^4 in g, to {float(of_sines * 2**24):.4f} 2^-24 of 1.",
        ),
        constant(
            "NARROW",
            "[f32; 6]",
            array(map(literal, narrow)),
            f"For elements of 16 bits: of w^0 to w^5 in sin^2 u / w, to {float(of_narrow * 2**24):.4f} 2^-24.",
        ).replace("pub", '#[cfg(feature = "half")]\npub'),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
