#!/usr/bin/env python3
"""Derives the constants of the f32 exponential that sigmoid and softmax share, and prints them as Rust source.

    python3 tools/exp.py                print the constants
    python3 tools/exp.py --check FILE   exit 1 if FILE is not that output

Needs mpmath, and numpy for the search only: what is printed does not depend on the machine.

Method: with k = x / ln 2 rounded to a multiple of 1/8, k = n + i/8, and r = x - k ln 2,

    e^x = 2^n T[i] (1 + p(r)),    T[i] = 2^(i/8) e^d,    p(r) = e^(r - d) - 1.

The one shift d common to all entries is searched so that the eight T[i] lie almost exactly on
f32 values; its inverse e^-d is absorbed in p, which is small, so that its rounding hardly counts.

The shift is at least that of FIRST, so that T[0] > (1 + e^x) / 2 wherever i = n = 0: sigmoid's last
residual, 1 - y T[0] with y = 1 / (1 + e^x), is then at most about 1/2, and its rounding small.

Softmax, whose sums and differences cost more accuracy than that, takes one coefficient less, and ln 2 as the one
nearest f32; the fast tier, too.
That tier does without the shift: T[i] = 2^(i/8), and p(r) = r + r^2 / 2.
"""

import math
import struct
import sys

import mpmath as mp
import numpy as np
from rust import array, constant, print_or_check

mp.mp.prec = 200

ENTRIES = 8
DEGREE = 4  # of exp and sigmoid
SOFTMAX_DEGREE = 3
FIRST = 1.0218  # the least shift e^d
LN2 = mp.log(2)
RANGE = LN2 / (2 * ENTRIES)  # |r| <= RANGE


def f32(x):
    """The f32 nearest to a real number (normal range, one rounding), as a Python float."""
    mantissa, exponent = mp.frexp(mp.mpf(x))
    return math.ldexp(int(mp.nint(mp.ldexp(mantissa, 24))), int(exponent) - 24)


def bits(x):
    """The bit pattern of an f32."""
    return struct.unpack("<I", struct.pack("<f", x))[0]


def from_bits(pattern):
    """The f32 with a bit pattern."""
    return struct.unpack("<f", struct.pack("<I", pattern))[0]


def top_bits(x, count):
    """x rounded to `count` significant bits."""
    mantissa, exponent = mp.frexp(mp.mpf(x))
    return math.ldexp(int(mp.nint(mp.ldexp(mantissa, count))), int(exponent) - count)


def literal(x):
    """The shortest decimal that reads back as this f32, as a Rust literal without exponent."""
    assert float(np.float32(x)) == x
    return np.format_float_positional(np.float32(x), unique=True, trim="0")


def ulps(x):
    """x, between 1 and 4, in ULP of f32 (element-wise over an array)."""
    return x * np.where(x < 2, 2.0**23, 2.0**22)


def table_error(scale):
    """Largest distance of scale 2^(i/8) from an f32, in ULP (element-wise over an array)."""
    entries = [ulps(scale * 2.0 ** (i / ENTRIES)) for i in range(ENTRIES)]
    return np.max([np.abs(x - np.rint(x)) for x in entries], axis=0)


def find_shift():
    """The e^d for which the table is closest to f32 values, and that distance."""
    grid = np.arange(math.ceil(FIRST * 2**23), math.floor(math.exp(RANGE) * 2**23))
    best = (1.0, None)
    for offset in range(-20, 21):  # the first entry itself may be off by 0.06 ULP
        scale = (grid + 0.003 * offset) * 2.0**-23
        for i in range(1, ENTRIES):  # a quick sieve, entry by entry
            x = ulps(scale * 2.0 ** (i / ENTRIES))
            scale = scale[np.abs(x - np.rint(x)) < 0.07]
        if scale.size:
            error = table_error(scale)
            at = int(np.argmin(error))
            best = min(best, (float(error[at]), float(scale[at])))
    near = best[1] + np.arange(-4000, 4001) * 2.0**-40  # refine around the best
    error = table_error(near)
    at = int(np.argmin(error))
    return mp.mpf(float(near[at])), float(error[at])


def interpolate(function, degree):
    """Coefficients, lowest first, of the polynomial through the Chebyshev nodes of the range."""
    count = degree + 1
    nodes = [RANGE * mp.cos(mp.pi * (2 * j + 1) / (2 * count)) for j in range(count)]
    matrix = mp.matrix([[r**k for k in range(count)] for r in nodes])
    return list(mp.lu_solve(matrix, mp.matrix([function(r) for r in nodes])))


def fit(shift, degree):
    """f32 coefficients, lowest first, of p(r) = e^(r - d) - 1, and the largest error.

    Interpolation at Chebyshev nodes (very near minimax here); the coefficients are rounded one
    by one from the top, the lower ones being fitted anew to make up for what rounding changed.
    """
    exact = interpolate(lambda r: mp.exp(r) / shift - 1, degree)
    rounded = {}
    for power in range(degree, -1, -1):

        def rest(r):
            return mp.polyval(exact[::-1], r) - sum(c * r**k for k, c in rounded.items())

        rounded[power] = f32(interpolate(rest, power)[power])
    coefficients = [rounded[k] for k in range(degree + 1)]
    worst = 0
    for j in range(-500, 501):
        r = RANGE * j / 500
        value = mp.polyval(coefficients[::-1], r)
        worst = max(worst, abs((1 + value) * shift / mp.exp(r) - 1))
    return coefficients, worst


def without_index(table):
    """The table as it is committed: i << 20 is taken off the bits of entry i."""
    return [from_bits(bits(t) - (i << 20)) for i, t in enumerate(table)]


def fast_error():
    """The largest relative error of 1 + r + r^2 / 2, which is that at either end."""
    return max(abs((1 + r + r * r / 2) / mp.exp(r) - 1) for r in (-RANGE, RANGE))


def render():
    """All constants."""
    shift, distance = find_shift()
    coefficients, error = fit(shift, DEGREE)
    fewer, softmax_error = fit(shift, SOFTMAX_DEGREE)
    table = [f32(shift * mp.mpf(2) ** (mp.mpf(i) / ENTRIES)) for i in range(ENTRIES)]
    powers = [f32(mp.mpf(2) ** (mp.mpf(i) / ENTRIES)) for i in range(ENTRIES)]
    high = top_bits(LN2, 13)
    low = f32(LN2 - mp.mpf(high))
    parts = [
        "// Printed by tools/exp.py: change that, not this.\n",
        constant("LN2_HIGH", "f32", literal(high), "ln 2 in 13 bits, and the rest of it."),
        constant("LN2_LOW", "f32", literal(low)),
        constant(
            "TABLE",
            "[f32; 8]",
            array(map(literal, without_index(table))),
            f"T[i] = 2^(i/8) e^d with e^d = {float(shift):.9f}, to within {distance:.4f} ULP; from the bits of "
            "each, i << 20 is taken off.",
        ),
        constant(
            "P",
            "[f32; 5]",
            array(map(literal, coefficients)),
            "Coefficients of r^0 to r^4 in e^(r - d) - 1. Rounded as they are, they leave a relative error of at "
            f"most {float(error * 2**24):.4f} 2^-24 of e^x.",
        ),
        constant(
            "Q",
            "[f32; 4]",
            array(map(literal, fewer)),
            "For softmax: coefficients of r^0 to r^3, to "
            f"{float(softmax_error * 2**24):.4f} 2^-24 of e^x.",
        ),
        constant(
            "POWERS",
            "[f32; 8]",
            array(map(literal, without_index(powers))),
            "For the fast tier: 2^(i/8), each less i << 20. With r + r^2 / 2 for e^r - 1, the relative error is at most "
            f"2^{float(mp.log(fast_error(), 2)):.2f}.",
        ),
    ]
    return "\n".join(parts).replace(";\n\npub(super)", ";\npub(super)")


if __name__ == "__main__":
    sys.exit(print_or_check(render))
