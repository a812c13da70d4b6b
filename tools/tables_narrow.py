#!/usr/bin/env python3
"""Derives the tables of a function of elements of 16 bits and prints them as Rust source.

    python3 tools/tables_narrow.py NAME                 print the tables of that function
    python3 tools/tables_narrow.py NAME --check FILE    exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine. NAME is one of FUNCTIONS, below.

With a = |x|, no more than |NARROW_LIMIT|, and the number i of the interval, which is |NARROW_SCALE| a rounded to an
integer, the function is, up to its sign, a g, or a^3 g, or max(0, x) + g,

    g = N0[i] + t (N1[i] + t (N2[i] + t (N3[i] + ..))).

There, t is a, or -a where NARROW_SCALE is negative; in a sum, it is a - CENTRE[i], where g is almost exactly N0[i].

What is asked of g is only that the product, or the sum, for every x that is an f16 or a bfloat16, is rounded to the same
such number as the function of x is. For one x that is an interval, and for all of them a set of inequalities that are
linear in the coefficients, which relaxation solves: from the interpolating polynomial on, each inequality that does not
hold is made to hold, one after the other, by the least change of the coefficients, until all of them do (S. Agmon, The
relaxation method for linear inequalities, 1954; J. Lim, S. Nagarakatte, High performance correctly rounded math libraries
for 32-bit floating point representations, 2021, for the idea). At the end, all x are gone through with the coefficients
and the operations of the kernel. Where that is wrong, the inequality gets a larger margin, and it is done again.
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
MARGINS = [2.0**-20, 2.0**-23, 2.0**-25, 2.0**-27]  # of an inequality, relative to g; tried in this order
REPEATS = 30  # with larger margins where the kernel is wrong
ROUNDS = 1000  # of the relaxation
STEP = 1.2  # what of the distance to an inequality is gone, more than all of it, so that it holds
CLOSE = 2.0**-14  # distance, relative to g, of the interpolating polynomial to an inequality that has to be looked at
CENTRES = 200  # tried on each side of the middle, which is
CENTRE_STEP = mpf(2) ** -14  # a multiple of this


class Wanted(NamedTuple):
    """What the result for a is to lie between; `closed` if it may be these themselves."""

    a: mpf
    low: mpf
    high: mpf
    closed: bool
    summand: mpf  # of the result, beside g

    def admits(self, y):
        """Whether y is such a result."""
        return self.low < y < self.high or self.closed and y in (self.low, self.high)


class Format:
    """Binary floating-point numbers of 16 bits."""

    def __init__(self, digits, least, from_bits, infinity):
        self.digits, self.least = digits, least
        self.numbers = list(map(from_bits, range(1, infinity)))

    def wanted(self, a, y, summand=mpf(0)):
        """What is rounded to the same as the f32 nearest to y."""
        e = max(int(mp.frexp(y)[1]) - 1, self.least)
        spacing = mpf(2) ** (e - self.digits + 1)
        number = mp.nint(f32(y) / spacing)
        nearest = number * spacing
        above = nearest >= mpf(2) ** (e + 1)
        below = nearest == mpf(2) ** e and e > self.least
        low, high = nearest - spacing / (4 if below else 2), nearest + spacing / (1 if above else 2)
        return Wanted(a, low, high, number % 2 == 0, summand)


def f16(bits):
    """The number with these bits."""
    return struct.unpack("<e", struct.pack("<H", bits))[0]


def bf16(bits):
    """The number with these bits."""
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


FORMATS = [Format(11, -14, f16, 0x7C00), Format(8, -126, bf16, 0x7F80)]


@dataclass
class Product:
    """A function that is a product, and its tables."""

    name: str
    value: Callable  # of a
    degree: int
    limit: mpf  # of a
    scale: mpf  # of a
    limit_note: str
    power: int = 1  # of a that g is multiplied by
    sign: int = 1  # of t
    smallest: float = 2.0**-24  # of the a that are looked at; below, a g is right if it is there

    def wanted(self, kind, a):
        """What is wanted of numbers of a kind."""
        return [kind.wanted(a, self.value(a))]

    def all_wanted(self):
        """All of that, for each interval."""
        found = [[] for _ in range(INTERVALS)]
        for kind in FORMATS:
            numbers = {min(x, self.limit) for x in kind.numbers if x >= self.smallest}
            for a in map(mpf, sorted(numbers)):
                # A product with so short a number is exact, and then rounded to the integer.
                found[int(mp.nint(a * self.scale))] += self.wanted(kind, a)
        return found

    def centre(self, _middle):
        """What is subtracted from a, and the coefficients that are known."""
        return mpf(0), []

    def unknown(self, a, _centre, _known):
        """The polynomial of the coefficients that are not known."""
        return self.value(a) / a**self.power

    def inequality(self, wanted, centre, known, values):
        """What is multiplied by those coefficients, what that is to lie between, and how large g is there."""
        low, high = (float(bound / wanted.a**self.power) for bound in (wanted.low, wanted.high))
        return values, low, high, (low, high)

    def result(self, wanted, _centre, row):
        """What the kernel gives with these coefficients."""
        a = wanted.a
        g = horner(self.sign * a, row)
        return f32(a * g) if self.power == 1 else f32(f32(a * g) * f32(a * a))

    def interval(self, all_wanted):
        """The centre, the coefficients, lowest first, and the margin that they were found with."""
        ends = [f(wanted.a for wanted in all_wanted) for f in (min, max)]
        middle, half = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2
        centre, known = self.centre(middle)
        count = self.degree + 1 - len(known)
        # Of s, which goes from -1 to 1, by Chebyshev polynomials.
        nodes = [mp.cos(mp.pi * (2 * j + 1) / (2 * count)) for j in range(count)]
        exact = mp.matrix([self.unknown(middle + half * s, centre, known) for s in nodes])
        start = [float(c) for c in mp.lu_solve(mp.matrix([chebyshev(s, count) for s in nodes]), exact)]
        close = []
        for wanted in all_wanted:
            values = chebyshev(float((wanted.a - middle) / half), count)
            values, low, high, sizes = self.inequality(wanted, centre, known, values)
            if not low + CLOSE * sizes[0] < product(start, values) < high - CLOSE * sizes[1]:
                close.append((wanted, (values, low, high, sizes, product(values, values))))
        for margin in MARGINS:
            found, margins = start, {}
            for _ in range(REPEATS):
                rows = []
                for wanted, (values, low, high, sizes, square) in close:
                    own = margins.get(wanted, margin)
                    rows.append((values, low + own * sizes[0], high - own * sizes[1], square))
                found = relax(rows, found)
                if found is None:
                    break
                # The same polynomial, by powers of t.
                powers = interpolate(
                    lambda t: mp.fdot(found, chebyshev((self.sign * t + centre - middle) / half, count)),
                    count - 1,
                    *sorted(self.sign * (end - centre) for end in ends),
                )
                row = known + list(map(f32, powers))
                wrong = [wanted for wanted in all_wanted if not wanted.admits(self.result(wanted, centre, row))]
                if not wrong:
                    return centre, row, margin
                for wanted in wrong:
                    margins[wanted] = margins.get(wanted, margin) + margin
        raise ArithmeticError(f"no polynomial for {ends}")

    def note(self, margin):
        """On the coefficients."""
        return (
            f"Coefficients of |{self.name}| / a{'^3' if self.power == 3 else ''}: with a margin of at least 2^-{margin}, "
            f"the product is rounded to the f16, or the bfloat16, that {self.name} is rounded to, for each such x."
        )

    def render(self):
        """All tables."""
        centres, rows, margins = zip(*map(self.interval, self.all_wanted()))
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
        if any(centres):
            text = array(map(literal, centres))
            parts.append(constant("CENTRE", f"[f32; {INTERVALS}]", text, "What is subtracted from |x|."))
        note = self.note(int(-mp.log(min(margins), 2)))
        for n, column in enumerate(zip(*rows)):
            text = array(map(literal, column))
            parts.append(constant(f"N{n}", f"[f32; {INTERVALS}]", text, note if n == 0 else ""))
        return "\n".join(parts)


class Sum(Product):
    """A function that is max(0, x) + g, where g is the function of -a."""

    def wanted(self, kind, a):
        """What is wanted of -a and of a."""
        return [kind.wanted(a, summand + self.value(a), summand) for summand in (mpf(0), a)]

    def centre(self, middle):
        """A short number at which g is nearly an f32, and that."""

        def miss(c):
            return abs(f32(self.value(c)) - self.value(c)) / ulp(self.value(c))

        middle = mp.nint(middle / CENTRE_STEP)
        centre = min(((middle + n) * CENTRE_STEP for n in range(-CENTRES, CENTRES + 1)), key=miss)
        return centre, [f32(self.value(centre))]

    def unknown(self, a, centre, known):
        """The polynomial without its first coefficient."""
        return (self.value(a) - known[0]) / (a - centre)

    def inequality(self, wanted, centre, known, values):
        """The same, up to the numbers from which on the sum is rounded to those of the bounds."""
        a, low, high, closed, summand = wanted
        more = ulp(low) / (2 if closed else -2)
        low, high = (float(bound - summand - known[0]) for bound in (low - more, high + more))
        return [float(a - centre) * v for v in values], low, high, [float(self.value(a))] * 2

    def result(self, wanted, centre, row):
        """What the kernel gives with these coefficients."""
        return f32(wanted.summand + horner(f32(wanted.a - centre), row))

    def note(self, margin):
        """On the coefficients."""
        return (
            f"Coefficients of {self.name} for x < 0: with a margin of at least 2^-{margin}, the sum with x where that is "
            f"positive is rounded to the f16, or the bfloat16, that {self.name} is rounded to, for each such x."
        )


def horner(t, row):
    """The polynomial, lowest coefficient first."""
    g = row[-1]
    for c in row[-2::-1]:
        g = f32(t * g + c)
    return g


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
    "tanh": Product(
        "tanh x",
        mp.tanh,
        degree=4,
        limit=mpf("4.75"),
        scale=mpf("3.25"),
        limit_note="The tanh of this, and beyond, is rounded to 1.",
        smallest=2.0**-7,
    ),
    "erf": Product(
        "erf x",
        mp.erf,
        degree=3,
        limit=mpf("2.625"),
        scale=mpf("5.875"),
        limit_note="The erf of this, and beyond, is rounded to 1.",
    ),
    "elu": Product(
        "e^x - 1",
        lambda a: -mp.expm1(-a),
        degree=4,
        limit=mpf("8.375"),
        scale=mpf("1.84375"),
        limit_note="e^x - 1 of this, and below, is rounded to -1.",
        sign=-1,
    ),
    "selu": Product(
        "SELU",
        lambda a: -SELU * mp.expm1(-a),
        degree=4,
        limit=mpf("8.375"),
        scale=mpf("1.84375"),
        limit_note="SELU of this, and below, is rounded to the same number.",
        sign=-1,
    ),
    "tanhshrink": Product(
        "x - tanh x",
        lambda a: a - mp.tanh(a),
        degree=4,
        limit=mpf("3.9375"),
        scale=mpf("3.921875"),
        limit_note="Beyond, it is rounded to the same number as |x| - 1.",
        power=3,
        smallest=2.0**-16,
    ),
    "softplus": Sum(
        "log(1 + e^x)",
        lambda a: mp.log1p(mp.exp(-a)),
        degree=4,
        limit=mpf("9.5"),
        scale=mpf("1.625"),
        limit_note="From this on, the sum is rounded to x.",
    ),
}


if __name__ == "__main__":
    sys.exit(print_or_check(FUNCTIONS[sys.argv.pop(1)].render))
