#!/usr/bin/env python3
"""Derives the tables of the exact GELU's short way, sums of two floats, and prints them as Rust source.

    python3 tools/gelu_pairs.py                print the tables
    python3 tools/gelu_pairs.py --check FILE   exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine.

They are tables of 32 intervals of a = |x|, each with a polynomial in the distance d = a - C from a centre C, which is exact:

    -a Phi(-a) = G0 + d (G1 + G1_LOW + d (G2 + d (G3 + ..)))

Interval i is where (B a + A) a is nearest to i: Phi(-a) falls by nearly the same factor on each. Two of them meet where
-a Phi(-a) is least, so that no sum with G1 is much smaller than G1: what it loses is then a float. On the first one the centre
is 0; on the others C is such that G0 and G2 are almost exactly floats. What G2 and the following lack, others make up for.

All is too large in size, by about SLACK: what is taken off for the other rounding is twice that.
"""

import math
import sys

from fit import f32, literal, polynomial
from mpmath import mp, mpf
from normal import LIMIT, bits, nearest, of_bits, phi
from rust import array, constant, print_or_check

mp.prec = 120

A, B = mpf("3.05"), mpf("0.365")
STEPS = 32
DEGREE = 7
POWERS = list(range(3, DEGREE))  # those of coefficients that are fitted as floats
GRID = 32  # points on which an interval is fitted
ERRORS = 400  # on which its error is measured
TINY = 2**-40  # where near 0 it is measured, in intervals
LEAN = mpf("0.8")  # on the first interval, what G1 lacks is multiplied by it: the error is largest near 0
REACH = 0.35  # of half an interval, within which the centre is from its middle
CENTRES = 80_000  # candidates for a centre
TRIALS = 60  # of which so many are tried
TERMS = 30  # of Taylor's series
SLACK = mpf(2) ** mpf("-33.8")
SLACKS = [SLACK * mpf(share) for share in ("1", "0.8", "1.2")]  # those that are tried
ENOUGH = mpf(2) ** mpf("-34.6")  # the distance of errors from it at which no better centre is looked for
LOSS = 2**-8.6  # the most that sums may lose beyond floats, in 2^-24 of G0
UPPER = 0xFFFF0000


def series(c):
    """Taylor's coefficients of -a Phi(-a) at c: the derivative g of Phi is e^(-a^2/2) / sqrt(2 pi), and g' = -a g."""
    g = [mp.exp(-c * c / 2) / mp.sqrt(2 * mp.pi)]
    for n in range(TERMS):
        g.append(-(c * g[n] + (g[n - 1] if n else 0)) / (n + 1))
    phis = [-phi(c)] + [term / (n + 1) for n, term in enumerate(g)]
    return [c * phis[0]] + [c * phis[n + 1] + phis[n] for n in range(TERMS)]


def tail(a):
    """a Phi(-a), nearly."""
    return a * math.erfc(a / math.sqrt(2)) / 2


def centres(low, high, curve, slack):
    """The best candidates for a centre: those at which G0 and G2 lack least. The latter is `curve` times Taylor's."""
    low, high = float(low), float(high)
    middle, half = (low + high) / 2, (high - low) / 2
    found = {}
    for n in range(CENTRES):
        c = nearest(middle + half * REACH * (2 * n / CENTRES - 1))
        g0 = tail(c)
        peak = math.exp(-c * c / 2) / math.sqrt(2 * math.pi)
        g1, g2 = peak * c - g0 / c, peak * (2 - c * c) / 2 * float(curve)
        loss = 0.0
        for a in low, high:
            slope = (g0 - tail(a)) / (a - c)
            bend = (slope - g1) / (a - c)
            # If a sum is smaller than what has been added to G1 or G2, what it loses need not be a float.
            if abs(slope) < 0.9 * abs(slope - g1):
                loss += abs((slope - g1) * (a - c))
            if abs(bend) < 0.9 * abs(bend - g2):
                loss += abs((bend - g2) * (a - c) ** 2)
        # The difference from what is less than half of C would not be exact.
        if c / 2 < low and loss < g0 * LOSS:
            # Most of what G2 lacks is made up for.
            off = abs(g0 * (1 + float(slack)) - nearest(g0)) + abs(g2 - nearest(g2)) * max(c - low, high - c) ** 2 / 5
            found[c] = off / g0
    return map(mpf, sorted(found, key=found.get)[:TRIALS])


def targets(low, high, c, slack):
    """What the coefficients come near to if there are infinitely many, and points: d, what is left of the function when G0
    and G1 are taken off, divided by d, and the weight of that."""
    exact = [(1 + slack) * coefficient for coefficient in series(c)]
    middle, half = (low + high) / 2, (high - low) / 2
    points = []
    for j in range(GRID):
        d = middle - half * mp.cos(mp.pi * (j + mpf("0.5")) / GRID) - c
        points.append((d, polynomial(exact[1:], d) - f32(exact[1]), abs(d / polynomial(exact, d))))
    return exact, points


def best(points, power, others):
    """The coefficient of that power, where others are still to be chosen: the squares of weighted errors have the least
    sum."""
    columns = [[w * d ** (n - 1) for d, _, w in points] for n in (power, *others)]
    values = [w * value for _, value, w in points]
    matrix = mp.matrix([[mp.fdot(a, b) for b in columns] for a in columns])
    return mp.lu_solve(matrix, mp.matrix([mp.fdot(a, values) for a in columns]))[0]


def without(points, power, coefficient):
    """What is left then."""
    return [(d, value - coefficient * d ** (power - 1), w) for d, value, w in points]


def upper(v):
    """The nearest float of which only the upper half of the bits is not 0."""
    return of_bits((bits(v) + 0x8000) & UPPER)


def fit(low, high, c, curve, slack, lean=1):
    """The row C, G0, G1, .. of an interval, and between what its relative error is. What G1 lacks is multiplied by `lean`."""
    exact, points = targets(low, high, c, slack)
    row = list(map(f32, exact[:2]))
    row.append(f32(exact[2] * curve))
    points = without(points, 2, row[2])
    # It becomes the lower half of the bits of the last coefficient.
    slope = upper(lean * best(points, 1, POWERS + [DEGREE]))
    points = without(points, 1, slope)
    lower = bits(slope) >> 16
    last = of_bits((bits(best(points, DEGREE, POWERS)) - lower + 0x8000) & UPPER | lower)
    points = without(points, DEGREE, last)
    for power in POWERS:
        row.append(f32(best(points, power, range(power + 1, DEGREE))))
        points = without(points, power, row[power])
    row.append(last)
    whole = [row[0], row[1] + slope, *row[2:]]
    errors = []
    for n in range(ERRORS + 1):
        d = low + (high - low) * max(n / ERRORS, TINY) - c
        errors.append(polynomial(whole, d) / polynomial(exact, d) * (1 + slack) - 1)
    return [c, *row], (min(errors), max(errors))


def candidates(low, high):
    """Rows, and their errors."""
    for slack in SLACKS:
        if not low:
            yield fit(low, high, low, 1, slack, LEAN)
            continue
        exact, points = targets(low, high, f32((low + high) / 2), slack)
        curve = best(points, 2, [1, *POWERS, DEGREE]) / exact[2]
        for c in centres(low, high, curve, slack):
            yield fit(low, high, c, curve, slack)


def interval(low, high):
    """The best row, and its error."""
    found = []
    for row, errors in candidates(low, high):
        found.append((max(abs(error - SLACK) for error in errors), row, errors))
        if found[-1][0] < ENOUGH:
            break
    return min(found)[1:]


def signed(v):
    """The literal of a coefficient; if it is 0, it has the sign of the others."""
    return literal(v) if v else "-0.0"


def render():
    """All tables."""
    edges = [mpf(0)] + [(mp.sqrt(A * A + 4 * B * (i + mpf("0.5"))) - A) / (2 * B) for i in range(STEPS - 1)] + [LIMIT]
    rows, errors = zip(*(interval(low, high) for low, high in zip(edges, edges[1:])))
    names = ["C"] + [f"G{n}" for n in range(DEGREE + 1)]
    low, high = (float(pick(pick(error) for error in errors) * 2**34) for pick in (min, max))
    notes = {
        "G0": f"Coefficients around them: they leave a relative error from {low:.2f} to {high:.2f} of 2^-34.",
        f"G{DEGREE}": "The lower half of the bits is the upper half of those of what G1 lacks.",
    }
    tables = [
        constant(name, f"[f32; {STEPS}]", array(map(signed, column)), notes.get(name, ""))
        for name, column in zip(names[1:], list(zip(*rows))[1:])
    ]
    head = [
        "// Printed by tools/gelu_pairs.py: change that, not this.\n",
        constant("LIMIT", "f32", literal(LIMIT), "x Phi(x) rounds to x from here on."),
        constant("INDEX", "[f32; 2]", array(map(literal, (A, B))), "(INDEX[1] a + INDEX[0]) a, rounded, is the index."),
        constant("C", f"[f32; {STEPS}]", array(literal(row[0]) for row in rows), "Centres of the intervals."),
    ]
    return "\n".join(head + tables)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
