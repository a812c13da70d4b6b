#!/usr/bin/env python3
"""Derives the constants of the exact tier's short way, sums of two floats, and prints them as Rust source.

    python3 tools/pairs.py                print the constants
    python3 tools/pairs.py --check FILE   exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine.

With k = x / ln 2 rounded to a multiple of 1/16, k = n + i/16, and r = x - k (HIGH + MIDDLE),

    e^x = 2^n T[i] (1 + D[i]) e^(r - k LOW).

x - k HIGH and then r are exact: k has 12 bits, HIGH is a multiple of 2^-13, MIDDLE of 2^-25, and r, of at most ln 2 / 32,
of 2^-29.
"""

import sys

from fit import f32, literal
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 200

LN2 = mp.log(2)


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
    high = mp.floor(LN2 * 2**13) / 2**13
    middle = mp.nint((LN2 - high) * 2**25) / 2**25
    low = f32(LN2 - high - middle)
    powers = [mpf(2) ** (mpf(i) / 16) for i in range(16)]
    table = [f32(power) for power in powers]
    less = [number(bits(t) - (i << 19)) for i, t in enumerate(table)]
    rest = [f32(power / t - 1) for power, t in zip(powers, table)]
    parts = [
        "// Printed by tools/pairs.py: change that, not this.\n",
        constant("HIGH", "f32", literal(high), "ln 2, in three parts."),
        constant("MIDDLE", "f32", literal(middle)),
        constant("LOW", "f32", literal(low)),
        constant("T", "[f32; 16]", array(map(literal, less)), "2^(i/16), each less i << 19."),
        constant("D", "[f32; 16]", array(map(literal, rest)), "What those lack, relative."),
    ]
    return "\n".join(parts).replace(";\n\npub(super)", ";\npub(super)")


if __name__ == "__main__":
    sys.exit(print_or_check(render))
