#!/usr/bin/env python3
"""Derives the constants of the exact tier's short way, sums of two floats, and prints them as Rust source.

    python3 tools/pairs.py                print the constants
    python3 tools/pairs.py --check FILE   exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine.

With k = x / ln 2 rounded to a multiple of 1/16, k = n + i/16, and r = x - k f, where f is the float
ln 2 and LOW what it lacks,

    e^x = 2^n T[i] (1 + D[i]) e^(r - k LOW).

r is exact with one rounding: it is at most ln 2 / 32, and a multiple of 2^-29, since f is one of 2^-24, k of 2^-4, and x
of 2^-29, unless k is 0. Then, with m = D[i] - k LOW,

    e^x = t (1 + r + q), t = 2^n T[i], q = m + r (m + r c (1 + m)), c = C[0] + r (C[1] + r C[2]).
"""

import math
import sys

from fit import f32, literal, polynomial, rounded, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 200

LN2 = mp.log(2)
SLACK = f32(mpf("6e-11"))


def bits(value):
    """Those of a float."""
    mantissa, exponent = mp.frexp(value)
    return (int(exponent) + 126) * 2**23 + int(mpf(mantissa) * 2**24) - 2**23


def number(bits):
    """The float with these."""
    exponent, mantissa = divmod(bits, 2**23)
    return mpf(mantissa + 2**23) * mpf(2) ** (exponent - 127 - 23)


def render():
    """All constants."""
    low = f32(LN2 - f32(LN2))
    powers = [mpf(2) ** (mpf(i) / 16) for i in range(16)]
    table = [f32(power) for power in powers]
    less = [number(bits(t) - (i << 19)) for i, t in enumerate(table)]
    rest = [f32(power / t - 1) for power, t in zip(powers, table)]
    half = LN2 / 32

    def curve(r):
        return (mp.expm1(r) - r) / r**2 if abs(r) > mpf(2) ** -40 else mpf(1) / 2

    c = rounded(curve, 2, -half, half)
    error = float(worst(lambda r: (polynomial(c, r) - curve(r)) * r**2, -half, half))
    parts = [
        "// Printed by tools/pairs.py: change that, not this.\n",
        constant("LOW", "f32", literal(low), "What the float ln 2 lacks."),
        constant("T", "[f32; 16]", array(map(literal, less)), "2^(i/16), each less i << 19."),
        constant("D", "[f32; 16]", array(map(literal, rest)), "What those lack, relative."),
        constant("SLACK", "f32", literal(SLACK), "More than the relative error of what is rounded: 5.1e-11."),
        constant("D_LESS", "[f32; 16]", array(literal(f32(d - SLACK)) for d in rest), "D less that."),
        constant("C", "[f32; 3]", array(map(literal, c)), f"Of c: they leave 2^{math.log2(error):.2f} of e^x."),
    ]
    return "\n".join(parts).replace(";\n\npub(super)", ";\npub(super)")


if __name__ == "__main__":
    sys.exit(print_or_check(render))
