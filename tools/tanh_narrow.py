#!/usr/bin/env python3
"""Derives the tables of tanh of elements of 16 bits and prints them as Rust source.

    python3 tools/tanh_narrow.py                 print the tables
    python3 tools/tanh_narrow.py --check FILE    exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine.

With a = min(NARROW_LIMIT, |x|) and the number i of the interval, which is a NARROW_SCALE rounded to an integer,

    |tanh x| = a g,   g = N0[i] + a (N1[i] + a (N2[i] + a (N3[i] + a N4[i]))).

What is asked of g is only that a g, for every x that is an f16 or a bfloat16, is rounded to the same such number as
tanh x is. For one x that is an interval, and for all of them a set of inequalities that are linear in the coefficients,
which relaxation solves: from the interpolating polynomial on, each inequality that does not hold is made to hold, one
after the other, by the least change of the coefficients, until all of them do (S. Agmon, The relaxation method for
linear inequalities, 1954; J. Lim, S. Nagarakatte, High performance correctly rounded math libraries for 32-bit floating
point representations, 2021, for the idea). At the end, all x are gone through with the coefficients and the operations
of the kernel.
"""

import struct
import sys

from fit import f32, interpolate, literal
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 120

INTERVALS = 16
DEGREE = 4
LIMIT = mpf("4.75")
SCALE = mpf("3.25")
MARGINS = [2.0**-20, 2.0**-23]  # of an inequality, relative to it; tried in this order
ROUNDS = 1000  # of the relaxation
STEP = 1.2  # what of the distance to an inequality is gone, more than all of it, so that it holds
SMALLEST = 2.0**-7  # below it, tanh x is rounded to x, as a g is


class Format:
    """Binary floating-point numbers of 16 bits."""

    def __init__(self, digits, least, from_bits, infinity):
        self.digits, self.least = digits, least
        self.numbers = {min(x, LIMIT) for x in map(from_bits, range(1, infinity)) if x >= SMALLEST}

    def rounded_from(self, y):
        """Between which numbers those are that are rounded to the same as y, which is not subnormal."""
        e = int(mp.frexp(y)[1]) - 1
        ulp = mpf(2) ** (max(e, self.least) - self.digits + 1)
        nearest = mp.nint(y / ulp) * ulp
        above = nearest >= mpf(2) ** (e + 1)
        below = nearest == mpf(2) ** e
        return nearest - ulp / (4 if below else 2), nearest + ulp / (1 if above else 2)


def f16(bits):
    """The number with these bits."""
    return struct.unpack("<e", struct.pack("<H", bits))[0]


def bf16(bits):
    """The number with these bits."""
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


FORMATS = [Format(11, -14, f16, 0x7C00), Format(8, -126, bf16, 0x7F80)]


def index(a):
    """The number of the interval; both operations are exact but for the rounding to an integer."""
    return int(mp.nint(f32(a * SCALE)))


def inequalities():
    """For each interval a list of a, and of what a g is to lie between."""
    found = [[] for _ in range(INTERVALS)]
    for numbers in FORMATS:
        for a in map(mpf, sorted(numbers.numbers)):
            found[index(a)].append((a, *numbers.rounded_from(mp.tanh(a))))
    return found


def chebyshev(s):
    """The values of the first Chebyshev polynomials."""
    values = [1.0, s]
    while len(values) <= DEGREE:
        values.append(2 * s * values[-1] - values[-2])
    return values


def relax(rows, start):
    """Coefficients for which low <= their product with the values <= high in each row, or None."""
    now = list(start)
    for _ in range(ROUNDS):
        holds = True
        for values, low, high, square in rows:
            y = sum(c * v for c, v in zip(now, values))
            miss = low - y if y < low else high - y if y > high else 0.0
            if miss:
                holds = False
                now = [c + STEP * miss / square * v for c, v in zip(now, values)]
        if holds:
            return now
    return None


def fma(a, b, c):
    """a b + c, rounded once."""
    return f32(a * b + c)


def holds(row, wanted):
    """Whether the kernel gives what is wanted with these coefficients."""
    for a, low, high in wanted:
        g = row[DEGREE]
        for power in range(DEGREE - 1, -1, -1):
            g = fma(a, g, row[power])
        if not low < f32(a * g) < high:
            return False
    return True


def interval(wanted):
    """The coefficients of a, lowest first, and the margin that they were found with."""
    low, high = min(a for a, _, _ in wanted), max(a for a, _, _ in wanted)
    middle, half = (low + high) / 2, (high - low) / 2
    # Of s, which goes from -1 to 1, by Chebyshev polynomials.
    nodes = [mp.cos(mp.pi * (2 * j + 1) / (2 * DEGREE + 2)) for j in range(DEGREE + 1)]
    exact = mp.matrix([mp.tanh(a) / a for a in (middle + half * s for s in nodes)])
    start = [float(c) for c in mp.lu_solve(mp.matrix([chebyshev(s) for s in nodes]), exact)]
    for margin in MARGINS:
        rows = []
        for a, least, most in wanted:
            values = chebyshev(float((a - middle) / half))
            bounds = float(least / a) * (1 + margin), float(most / a) * (1 - margin)
            rows.append((values, *bounds, sum(v * v for v in values)))
        found = relax(rows, start)
        if found is None:
            continue
        # The same polynomial, by powers of a.
        powers = interpolate(lambda a: mp.fdot(found, chebyshev((a - middle) / half)), DEGREE, low, high)
        row = list(map(f32, powers))
        if holds(row, wanted):
            return row, margin
    raise ArithmeticError(f"no polynomial for {low} to {high}")


def render():
    """All tables."""
    rows, margins = zip(*map(interval, inequalities()))
    margin = int(-mp.log(min(margins), 2))
    note = (
        f"Coefficients of |tanh x| / a: with a margin of at least 2^-{margin}, the product is rounded to the f16, or the "
        "bfloat16, that tanh x is rounded to, for each such x."
    )
    parts = [
        "// Printed by tools/tanh_narrow.py: change that, not this.\n",
        constant("NARROW_LIMIT", "f32", literal(LIMIT), "The tanh of this, and beyond, is rounded to 1."),
        constant("NARROW_SCALE", "f32", literal(SCALE), "The intervals are those that this times |x| is nearest to."),
    ]
    for n, column in enumerate(zip(*rows)):
        text = array(map(literal, column))
        parts.append(constant(f"N{n}", f"[f32; {INTERVALS}]", text, note if n == 0 else ""))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
