#!/usr/bin/env python3
"""Derives the tables of a function of elements of 16 bits and prints them as Rust source.

    python3 tools/tables_narrow.py NAME                 print the tables of that function
    python3 tools/tables_narrow.py NAME --check FILE    exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine. NAME is one of FUNCTIONS, below.

With a = |x|, no more than |NARROW_LIMIT|, and the number i of the interval, which is |NARROW_SCALE| a rounded to an
integer, the function is, up to its sign, a g or a^3 g,

    g = N0[i] + t (N1[i] + t (N2[i] + t (N3[i] + ..))),   t = a, or -a where NARROW_SCALE is negative.

What is asked of g is only that the product, for every x that is an f16 or a bfloat16, is rounded to the same such number
as the function of x is. For one x that is an interval, and for all of them a set of inequalities that are linear in the
coefficients, which relaxation solves: from the interpolating polynomial on, each inequality that does not hold is made to
hold, one after the other, by the least change of the coefficients, until all of them do (S. Agmon, The relaxation method
for linear inequalities, 1954; J. Lim, S. Nagarakatte, High performance correctly rounded math libraries for 32-bit
floating point representations, 2021, for the idea). At the end, all x are gone through with the coefficients and the
operations of the kernel. Where that is wrong, the inequality gets a larger margin, and it is done again.
"""

import struct
import sys
from dataclasses import dataclass
from typing import Callable, NamedTuple

from fit import f32, interpolate, literal, ulp
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 120

INTERVALS = 16
MARGINS = [2.0**-20, 2.0**-23, 2.0**-25]  # of an inequality, relative to it; tried in this order
REPEATS = 30  # with larger margins where the kernel is wrong
ROUNDS = 1000  # of the relaxation
STEP = 1.2  # what of the distance to an inequality is gone, more than all of it, so that it holds
CLOSE = 2.0**-14  # relative distance of the interpolating polynomial to an inequality that has to be looked at


class Wanted(NamedTuple):
    """What the result for a is to lie between; `closed` if it may be these themselves."""

    a: mpf
    low: mpf
    high: mpf
    closed: bool


class Format:
    """Binary floating-point numbers of 16 bits."""

    def __init__(self, digits, least, from_bits, infinity):
        self.digits, self.least = digits, least
        self.numbers = list(map(from_bits, range(1, infinity)))

    def wanted(self, a, y):
        """What is rounded to the same as the f32 nearest to y."""
        e = max(int(mp.frexp(y)[1]) - 1, self.least)
        spacing = mpf(2) ** (e - self.digits + 1)
        number = mp.nint(f32(y) / spacing)
        nearest = number * spacing
        above = nearest >= mpf(2) ** (e + 1)
        below = nearest == mpf(2) ** e and e > self.least
        low, high = nearest - spacing / (4 if below else 2), nearest + spacing / (1 if above else 2)
        return Wanted(a, low, high, number % 2 == 0)


def f16(bits):
    """The number with these bits."""
    return struct.unpack("<e", struct.pack("<H", bits))[0]


def bf16(bits):
    """The number with these bits."""
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


FORMATS = [Format(11, -14, f16, 0x7C00), Format(8, -126, bf16, 0x7F80)]


def fma(a, b, c):
    """a b + c, rounded once."""
    return f32(a * b + c)


@dataclass
class Function:
    """What there are tables of."""

    name: str
    value: Callable  # of a
    degree: int
    limit: mpf  # of a
    scale: mpf  # of a
    limit_note: str
    power: int = 1  # of a that g is multiplied by
    sign: int = 1  # of t
    smallest: float = 2.0**-24  # of the a that are looked at; below, a g is right if it is there

    def wanted(self):
        """What is wanted, for each interval."""
        found = [[] for _ in range(INTERVALS)]
        for kind in FORMATS:
            numbers = {min(x, self.limit) for x in kind.numbers if x >= self.smallest}
            for a in map(mpf, sorted(numbers)):
                # A product with so short a number is exact, and then rounded to the integer.
                found[int(mp.nint(a * self.scale))].append(kind.wanted(a, self.value(a)))
        return found

    def factor(self, a):
        """What g is multiplied by."""
        return a**self.power

    def result(self, a, row):
        """What the kernel gives with these coefficients."""
        g = row[self.degree]
        for power in range(self.degree - 1, -1, -1):
            g = fma(self.sign * a, g, row[power])
        return f32(a * g) if self.power == 1 else f32(f32(a * g) * f32(a * a))

    def is_right(self, wanted, row):
        """Whether it is what is wanted."""
        y = self.result(wanted.a, row)
        return wanted.low < y < wanted.high or wanted.closed and y in (wanted.low, wanted.high)

    def interval(self, all_wanted):
        """The coefficients, lowest first, and the margin that they were found with."""
        ends = [f(wanted.a for wanted in all_wanted) for f in (min, max)]
        middle, half, count = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2, self.degree + 1
        # Of s, which goes from -1 to 1, by Chebyshev polynomials.
        nodes = [mp.cos(mp.pi * (2 * j + 1) / (2 * count)) for j in range(count)]
        exact = mp.matrix([self.value(a) / self.factor(a) for a in (middle + half * s for s in nodes)])
        start = [float(c) for c in mp.lu_solve(mp.matrix([chebyshev(s, count) for s in nodes]), exact)]
        close = []
        for wanted in all_wanted:
            values = chebyshev(float((wanted.a - middle) / half), count)
            low, high = (float(bound / self.factor(wanted.a)) for bound in (wanted.low, wanted.high))
            if not low * (1 + CLOSE) < product(start, values) < high * (1 - CLOSE):
                close.append((wanted, (values, low, high, product(values, values))))
        for margin in MARGINS:
            found, margins = start, {}
            for _ in range(REPEATS):
                rows = []
                for wanted, (values, low, high, square) in close:
                    own = margins.get(wanted, margin)
                    rows.append((values, low * (1 + own), high * (1 - own), square))
                found = relax(rows, found)
                if found is None:
                    break
                # The same polynomial, by powers of t.
                powers = interpolate(
                    lambda t: mp.fdot(found, chebyshev((self.sign * t - middle) / half, count)),
                    self.degree,
                    *sorted(self.sign * end for end in ends),
                )
                row = list(map(f32, powers))
                wrong = [wanted for wanted in all_wanted if not self.is_right(wanted, row)]
                if not wrong:
                    return row, margin
                for wanted in wrong:
                    margins[wanted] = margins.get(wanted, margin) + margin
        raise ArithmeticError(f"no polynomial for {ends}")

    def render(self):
        """All tables."""
        rows, margins = zip(*map(self.interval, self.wanted()))
        margin = int(-mp.log(min(margins), 2))
        note = (
            f"Coefficients of |{self.name}| / a{'^3' if self.power == 3 else ''}: with a margin of at least 2^-{margin}, "
            f"the product is rounded to the f16, or the bfloat16, that {self.name} is rounded to, for each such x."
        )
        parts = [
            "// Printed by tools/tables_narrow.py: change that, not this.\n",
            constant("NARROW_LIMIT", "f32", literal(self.sign * self.limit), self.limit_note),
            constant(
                "NARROW_SCALE",
                "f32",
                literal(self.sign * self.scale),
                f"The intervals are those that this times {'|x|' if self.sign > 0 else 'x'} is nearest to.",
            ),
        ]
        for n, column in enumerate(zip(*rows)):
            text = array(map(literal, column))
            parts.append(constant(f"N{n}", f"[f32; {INTERVALS}]", text, note if n == 0 else ""))
        return "\n".join(parts)


def chebyshev(s, count):
    """The values of the first Chebyshev polynomials."""
    values = [1.0, s]
    while len(values) < count:
        values.append(2 * s * values[-1] - values[-2])
    return values


def product(a, b):
    """The sum of all products."""
    return sum(x * y for x, y in zip(a, b))


def relax(rows, start):
    """Coefficients for which low <= their product with the values <= high in each row, or None."""
    now = list(start)
    for _ in range(ROUNDS):
        holds = True
        for values, low, high, square in rows:
            y = product(now, values)
            miss = low - y if y < low else high - y if y > high else 0.0
            if miss:
                holds = False
                now = [c + STEP * miss / square * v for c, v in zip(now, values)]
        if holds:
            return now
    return None


SELU = mpf("1.0507009873554804934193349852946") * mpf("1.6732632423543772848170429916717")

FUNCTIONS = {
    "tanh": Function(
        "tanh x",
        mp.tanh,
        degree=4,
        limit=mpf("4.75"),
        scale=mpf("3.25"),
        limit_note="The tanh of this, and beyond, is rounded to 1.",
        smallest=2.0**-7,
    ),
    "erf": Function(
        "erf x",
        mp.erf,
        degree=3,
        limit=mpf("2.625"),
        scale=mpf("5.875"),
        limit_note="The erf of this, and beyond, is rounded to 1.",
    ),
    "elu": Function(
        "e^x - 1",
        lambda a: -mp.expm1(-a),
        degree=4,
        limit=mpf("8.375"),
        scale=mpf("1.84375"),
        limit_note="e^x - 1 of this, and below, is rounded to -1.",
        sign=-1,
    ),
    "selu": Function(
        "SELU",
        lambda a: -SELU * mp.expm1(-a),
        degree=4,
        limit=mpf("8.375"),
        scale=mpf("1.84375"),
        limit_note="SELU of this, and below, is rounded to the same number.",
        sign=-1,
    ),
    "tanhshrink": Function(
        "x - tanh x",
        lambda a: a - mp.tanh(a),
        degree=4,
        limit=mpf("3.9375"),
        scale=mpf("3.921875"),
        limit_note="Beyond, it is rounded to the same number as |x| - 1.",
        power=3,
        smallest=2.0**-16,
    ),
}


if __name__ == "__main__":
    sys.exit(print_or_check(FUNCTIONS[sys.argv.pop(1)].render))
