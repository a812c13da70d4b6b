#!/usr/bin/env python3
"""Derives the tables of the f32 error function and of GELU and prints them as Rust source.

    python3 tools/erf.py erf                  print the tables of erf
    python3 tools/erf.py gelu                 print those of GELU's derivative, and of GELU where x is large and negative
    python3 tools/erf.py NAME --check FILE    exit 1 if FILE is not that output

Needs mpmath.  Both are tables of eight intervals of a = |x|, each with a polynomial in the distance d = a - C
from a centre C whose value is almost exactly an f32, namely A0:

    f(C + d) = A0 + d (A1 + d (A2 + ..))

For erf, interval i is where SCALE a is nearest to i; on the first one the centre is 0, and A0 is a.  For GELU it is
R(a) = e^(a^2/2) Phi(-a), where Phi is the normal distribution, the intervals are two to each octave of 1 + a, and A1 is
almost exactly an f32, too: A0 + d A1 is computed in two parts.  The tables of GELU are those of -R.
"""

import sys

from mpmath import mp, mpf
from rust import array, constant, print_or_check
from tanh import f32, literal, remez, ulp

ERF_DEGREE = 7
GELU_DEGREE = 8
GRID = 128  # points on which an interval is fitted
CENTRES = 2000  # candidates tried for a centre near a place
STEPS = 8

ERF_SCALE = mpf("1.875")
ERF_LIMIT = mpf("3.96875")
GELU_LIMIT = mpf("14.75")


def mills(a):
    """R(a)."""
    return mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2


def mills_slope(a):
    """Its derivative."""
    return a * mills(a) - 1 / mp.sqrt(2 * mp.pi)


def centre(function, target):
    """An f32 C near target with function(C) nearly an f32: (C, A0), and how far A0 is off, in ULP."""
    best = None
    middle = f32(target)
    step = max(ulp(middle), ulp(function(middle)) / abs(mp.diff(function, middle)) / 32)
    for n in range(CENTRES):
        c = f32(middle + (n + 1) // 2 * (-1) ** n * step)
        value = function(c)
        miss = abs(value - f32(value)) / ulp(value)
        if best is None or miss < best[0]:
            best = (miss, c, f32(value))
            if miss < mpf("0.002"):
                break
    return *best[1:], best[0]


def tangent(target, reach):
    """An f32 C near target where R and its slope are nearly f32: (C, A0, A1), how far A0 is off, in ULP, and how much both
    count where d is reach, in 2^-24 of R."""
    middle = f32(target)
    step = ulp(middle) * 64
    best = None
    for n in range(CENTRES):
        c = f32(middle + (n + 1) // 2 * (-1) ** n * step)
        value, slope = mills(c), mills_slope(c)
        misses = abs(value - f32(value)), abs(slope - f32(slope)) * reach
        score = sum(misses) / value * 2**24
        if best is None or score < best[-1]:
            best = c, f32(value), f32(slope), misses[0] / ulp(value), score
    return best


def fit(function, degree, low, high, unit, head):
    """The row C, A0, A1, .. of an interval, its error of fitting in units, and how far A0 is off, in ULP.

    head is C, A0, perhaps A1, and how far A0 is off; the others are fitted to what these leave.
    """
    middle, half = (low + high) / 2, (high - low) / 2
    c, *row, miss = head
    # The exact values at the centre: what the f32 lack of them is not for the others to mend.
    exact = [function(c)] + [mp.diff(function, c) for _ in row[1:]] if c else row
    points = []  # d, what is left of f(c + d), divided by the next power of d, and its weight
    for j in range(GRID):
        x = middle - half * mp.cos(mp.pi * (j + mpf("0.5")) / GRID)
        y, d = function(x), x - c
        known = sum(a * d**power for power, a in enumerate(exact)) if c else x
        points.append((d, (y - known) / d ** len(row), abs(d) ** len(row) / unit(y)))
    first = len(row)
    for power in range(degree + 1 - first):
        rounded = f32(remez(points, range(power, degree + 1 - first)))
        row.append(rounded)
        points = [(d, q - rounded * d**power, w) for d, q, w in points]
    return [c] + row, max(abs(q * w) for _, q, w in points), miss


def tables(fits, what, unit):
    """The constants of all intervals, in order of their indices."""
    rows = [row for row, _, _ in fits]
    degree = len(rows[0]) - 2
    error = float(max(error for _, error, _ in fits))
    miss = float(max(miss for _, _, miss in fits))
    notes = [
        f"Centres of the intervals; {what} of each is A0 to within {miss:.4f} ULP.",
        "",
        f"Coefficients of d in {what}(C + d) - A0. A1 to A{degree}, rounded as they are, leave a fitting error of at most "
        f"{error:.4f} {unit}.",
    ] + [""] * (degree - 1)
    names = ["C"] + [f"A{n}" for n in range(degree + 1)]
    return [
        constant(name, f"[f32; {len(rows)}]", array(map(literal, column)), note)
        for name, column, note in zip(names, zip(*rows), notes)
    ]


def erf_fits():
    """Those of erf."""
    edges = [mpf(0)] + [(i + mpf("0.5")) / ERF_SCALE for i in range(STEPS - 1)] + [ERF_LIMIT]
    fits = []
    for i, (low, high) in enumerate(zip(edges, edges[1:])):
        head = centre(mp.erf, (low + high) / 2) if i else (mpf(0), mpf(0), mpf(0))
        fits.append(fit(mp.erf, ERF_DEGREE, low, high, ulp, head))
    return fits


def gelu_fits():
    """Those of GELU, negative, and what the rounding of A0 and A1 adds to the error."""
    edges = [2 ** (k // 2) * (1 + mpf(k % 2) / 2) - 1 for k in range(STEPS)] + [GELU_LIMIT]
    fits, miss = [], mpf(0)
    for low, high in zip(edges, edges[1:]):
        # So that the tangent is below 0.488 at 0, which the sum that is made of it asks for.
        place = (low + high) / 2 if low else mpf("0.29")
        head = tangent(place, max(high - place, place - low))
        miss = max(miss, head[-1])
        (c, *row), error, off = fit(mills, GELU_DEGREE, low, high, lambda y: y / 2**24, head[:-1])
        fits.append(([c] + [-a for a in row], error, off))
    # Those of 1 <= u < 2 have the indices 6 and 7.
    return fits[2:] + fits[:2], miss


def render_erf():
    """The tables of erf."""
    parts = [
        "// Printed by tools/erf.py: change that, not this. The tables are indexed by SCALE |x|, rounded.\n",
        constant("LIMIT", "f32", literal(ERF_LIMIT), "erf of this, and beyond, rounds to 1."),
        constant("SCALE", "f32", literal(ERF_SCALE)),
    ]
    return "\n".join(parts + tables(erf_fits(), "erf", "ULP"))


def render_gelu():
    """The tables of GELU."""
    parts = [
        "// Printed by tools/erf.py: change that, not this. R(a) is e^(a^2/2) times the normal distribution at -a. The\n"
        "// tables are indexed by (bits(1 + a) >> 22) & 7.\n",
        constant("LIMIT", "f32", literal(GELU_LIMIT), "x R(|x|) e^(-x^2/2) is less than half the smallest float here, and so is its derivative."),
    ]
    fits, miss = gelu_fits()
    parts.append(f"// A0 + d A1 is the tangent of -R at C to within {float(miss):.4f} 2^-24 of R.\n")
    return "\n".join(parts + tables(fits, "-R", "2^-24 of R"))


if __name__ == "__main__":
    which = {"erf": render_erf, "gelu": render_gelu}[sys.argv.pop(1)]
    sys.exit(print_or_check(which))
