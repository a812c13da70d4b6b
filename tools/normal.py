#!/usr/bin/env python3
"""Derives the tables of the normal distribution, of which GELU is made, and prints them as Rust source.

    python3 tools/normal.py                print the tables
    python3 tools/normal.py --check FILE   exit 1 if FILE is not that output

Needs mpmath.  They are tables of sixteen intervals of a = |x|, each with a polynomial in the distance d = a - C from a
centre C:

    -Phi(-(C + d)) = A0 + d (A1 + d (A2 + ..))

Interval i is where (B a + A) a is nearest to i: Phi(-a) falls by nearly the same factor on each, below 4.  On the first one
the centre is 0; on the others C is such that A0 is almost exactly an f32, and so is 1 + A0, if that is possible.
"""

import math
import struct
import sys

from erf import tables
from mpmath import mp, mpf
from rust import array, constant, print_or_check
from tanh import f32, literal, remez, ulp

LIMIT = mpf(6)
A, B = mpf("0.66"), mpf("0.32")
STEPS = 16
DEGREE = 7
GRID = 128  # points on which an interval is fitted
CENTRES = 20_000  # candidates for a centre
TRIALS = 12  # of which so many are tried


def phi(a):
    """Phi(-a)."""
    return mp.erfc(a / mp.sqrt(2)) / 2


def nearest(value):
    """The f32 nearest to a float, as a float."""
    return struct.unpack("f", struct.pack("f", value))[0]


def bits(value):
    """Those of the nearest f32."""
    return struct.unpack("I", struct.pack("f", value))[0]


def of_bits(value):
    """The f32 that has them."""
    return mpf(struct.unpack("f", struct.pack("I", value))[0])


def centres(low, high):
    """The best candidates: (how much it counts that Phi(-C) and Phi(C) are not f32, in 2^-24 of Phi(-a) and Phi(a), C)."""
    most, least, found = float(phi(low)), float(phi(high)), []
    for n in range(CENTRES):
        c = nearest(float(low + (high - low) * n / CENTRES))
        value = math.erfc(c / math.sqrt(2)) / 2
        a0 = nearest(value)
        # Differences of A0 and what is between half of it and its double are exact.
        if most / 1.99 < a0 < least * 1.99:
            off = abs(value - a0) / least + abs(1 - value - nearest(1 - a0))
            found.append((off * 2**24, mpf(c)))
    return sorted(found)[:TRIALS]


def fit(low, high, c):
    """The row C, A0, A1, .. of an interval, and its error of fitting in 2^-24 of Phi(-a).

    The last coefficient has 8 bits, those below the upper half of the one before.
    """
    middle, half = (low + high) / 2, (high - low) / 2
    points = []  # d, what is left of Phi(-C) - Phi(-a), divided by d, and its weight
    for j in range(GRID):
        a = middle - half * mp.cos(mp.pi * (j + mpf("0.5")) / GRID)
        y, d = phi(a), a - c
        if abs(d) > half / 100:  # nearer, nothing counts, and the fit might fail
            points.append((d, (phi(c) - y) / d, abs(d) / y * 2**24))
    row = [f32(-phi(c))] + [mpf(0)] * DEGREE

    def take(power, rounded, others):
        row[power] = rounded(remez(points, [power - 1, *(other - 1 for other in others)]))
        points[:] = [(d, q - row[power] * d ** (power - 1), w) for d, q, w in points]

    take(DEGREE, lambda v: of_bits((bits(v) + 0x8000) & 0xFFFF0000), range(1, DEGREE))
    lower = bits(row[DEGREE]) >> 16
    take(DEGREE - 1, lambda v: of_bits((bits(v) - lower + 0x8000) & 0xFFFF0000 | lower), range(1, DEGREE - 1))
    for power in range(1, DEGREE - 1):
        take(power, f32, range(power + 1, DEGREE - 1))
    return [c] + row, max(abs(q * w) for _, q, w in points)


def render():
    """The tables."""
    edges = [mpf(0)] + [(mp.sqrt(A * A + 4 * B * (i + mpf("0.5"))) - A) / (2 * B) for i in range(STEPS - 1)] + [LIMIT]
    fits, miss = [], 0.0
    for low, high in zip(edges, edges[1:]):
        trials = []
        for off, c in centres(low, high) if low else [(0.0, mpf(0))]:
            row, error = fit(low, high, c)
            trials.append((off + error, off, row, error))
        _, off, row, error = min(trials)
        miss = max(miss, off)
        last = row.pop()
        assert bits(last) == bits(row[-1]) << 16 & 0xFFFF0000
        fits.append((row, error, abs(phi(row[0]) + row[1]) / ulp(row[1])))
    parts = [
        "// Printed by tools/normal.py: change that, not this. f(a) is -Phi(-a), where Phi is the normal distribution. The\n"
        "// tables are indexed by (INDEX[1] a + INDEX[0]) a, rounded.\n",
        constant("LIMIT", "f32", literal(LIMIT), "x Phi(x) rounds to x from here on."),
        constant("INDEX", "[f32; 2]", array(map(literal, (A, B)))),
        f"// At C, A0 is f(a), and 1 + A0, rounded, Phi(a), to within {miss:.4f} 2^-24 of both in the interval.\n"
        f"// The bits of A{DEGREE} are the lower half of those of A{DEGREE - 1}, which stands for both.\n",
    ]
    return "\n".join(parts + tables(fits, "f", "2^-24 of it"))


if __name__ == "__main__":
    sys.exit(print_or_check(render))
