#!/usr/bin/env python3
"""Derives the tables of the f32 tanh kernel and prints them as Rust source.

    python3 tools/tanh.py                    print the tables
    python3 tools/tanh.py --check FILE       exit 1 if FILE is not that output

Needs mpmath.  Every number is computed with mpmath and rounded to f32 only
once it is final, so the output does not depend on the machine.

The kernel these tables serve, all of it in f32:

    a    = min(LIMIT, |x|)              a NaN is kept
    u    = fma(a, SCALE, 1)             1 <= u < 16
    i    = (bits(u) >> 21) & 15         four intervals to each octave of u
    d    = a - C[i]
    q    = A1[i] + d (A2[i] + d (A3[i] + d (A4[i] + d A5[i])))    Horner, fma
    base = a if u < FIRST else A0[i]
    y    = copysign(fma(d, q, base), x)

Interval k covers u from EDGES[k] to EDGES[k + 1] and has index (12 + k) & 15,
which is the order the tables are printed in.

On interval 0 the centre is 0 and y = a + a q with q close to tanh(a)/a - 1;
A1 is 0 there, so zeros, subnormals and small numbers come back unchanged.  On
the others the centre C is an f32 whose tanh is very nearly an f32 too, namely
A0, so that A0 costs no accuracy and the error is half an ULP of the last
rounding plus small parts from the rounding and the fit of d q.  Over all f32
the worst error is 0.787 ULP, or 0.790 ULP if each fma rounds twice, both times
without a single pair of neighbours out of order.

The error of fitting is 0 at C by construction.  Free of that, the best error
would look like a Chebyshev polynomial of degree 6, whose zeros nearest to the
middle lie a quarter of the way out and which is extreme in the middle itself.
So a centre at a quarter costs nothing, whereas one in the middle triples the
error where fitting dominates; where rounding does, the middle is better as it
keeps d small.  Several places are tried.

The fast tier, in f32, where g(x) = tanh(x) / x:

    a = min(FAST_LIMIT, |x|)
    i = bits(fma(a, FAST_SCALE, 2^23)) & 7      the nearest integer
    g = G0[i] + a (G1[i] + a (G2[i] + a G3[i]))         Horner, fma
    y = max(-1, min(1, x g))
"""

import sys

from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 120

LIMIT = mpf("9.125")
SCALE = mpf("1.625")
STEPS = 16
EDGES = [2 ** (k // 4) * (1 + mpf(k % 4) / 4) for k in range(STEPS + 1)]
FIRST_INDEX = 127 * 4 % 16  # that of u = 1
DEGREE = 5
GRID = 160  # points on which an interval is fitted
CENTRES = 600  # candidates tried for a centre near a place
FAST_SCALE = mpf("1.53125")
FAST_LIMIT = mpf("4.890625")
FAST_DEGREE = 3
PLACES = [mpf(n) / 16 for n in (-5, -4, -2, 0, 2, 4, 5)]  # see fit


def ulp(v):
    """Spacing of the normal f32 numbers at v."""
    return mpf(2) ** (int(mp.frexp(v)[1]) - 24)


def f32(v):
    """v rounded to the nearest normal f32, ties to even."""
    return mpf(0) if v == 0 else mp.nint(v / ulp(v)) * ulp(v)


def bounds(k):
    """The interval of |x| that table entry k serves."""
    low, high = ((edge - 1) / SCALE for edge in EDGES[k : k + 2])
    return low, min(high, LIMIT)


def centre(target, reach):
    """An f32 C near target with tanh(C) nearly an f32: (C, A0).

    The candidates are the f32 numbers A0 nearest to tanh(target), each with the
    f32 nearest to its inverse; where tanh is flat there are few within reach.
    """
    middle = f32(mp.tanh(target))
    best = None
    for n in range(CENTRES):
        a0 = middle + (n + 1) // 2 * (-1) ** n * ulp(middle)
        if a0 >= 1:
            continue
        c = f32(mp.atanh(a0))
        if best and abs(c - target) > reach:
            continue
        miss = abs(mp.tanh(c) - a0) / ulp(a0)
        if best is None or miss < best[0]:
            best = (miss, c, a0)
    return best[1:]


def remez(points, powers):
    """First coefficient of the weighted minimax fit on (d, value, weight).

    Exchange over a finite set: solve for equal and alternating weighted errors
    on a reference, then move each reference point to the worst point of its run
    of like signs, until the reference already holds the worst error.
    """
    m = len(powers) + 1
    rows = [[d**p for p in powers] for d, _, _ in points]
    ref = [round(j * (len(points) - 1) / (m - 1)) for j in range(m)]
    best = None
    for _ in range(40):
        system = mp.matrix(m, m)
        right = mp.matrix(m, 1)
        for j, r in enumerate(ref):
            for n in range(m - 1):
                system[j, n] = rows[r][n]
            system[j, m - 1] = (-1) ** j / points[r][2]
            right[j] = points[r][1]
        solved = mp.lu_solve(system, right)
        coefficients = [solved[n] for n in range(m - 1)]
        errors = [
            (mp.fdot(coefficients, row) - value) * weight
            for row, (_, value, weight) in zip(rows, points)
        ]
        worst = max(map(abs, errors))
        if best is None or worst < best[1]:
            best = (coefficients[0], worst)
        if worst <= abs(solved[m - 1]) * (1 + mpf(10) ** -6):
            break
        runs = []
        for r, e in enumerate(errors):
            if runs and (errors[runs[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[runs[-1]]):
                    runs[-1] = r
            else:
                runs.append(r)
        while len(runs) > m:  # drop the weaker end, alternation stays
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        if len(runs) < m:
            break
        ref = runs
    return best[0]


def fit(k, place):
    """Table entry k with its centre at place, from -1 to 1 across the interval.

    Returns the row C, A0, .. A5, its fitting error in ULP of tanh, and an
    estimate of all of the error but that of the last rounding.
    """
    low, high = bounds(k)
    middle, half = (low + high) / 2, (high - low) / 2
    c, a0 = (mpf(0), mpf(0)) if k == 0 else centre(middle + place * half, half / 24)
    points = []  # d, (tanh(c + d) - base) / d, and the weight that makes it ULP
    rounding = 0
    for j in range(GRID):
        x = middle - half * mp.cos(mp.pi * (j + 0.5) / GRID)
        y, d = mp.tanh(x), x - c
        q = (y - (x if k == 0 else mp.tanh(c))) / d
        points.append((d, q, abs(d) / ulp(y)))
        rounding = max(rounding, abs(d) * ulp(q) / 2 / ulp(y))

    # Round one coefficient, take it out of the values, fit the others again.
    row = [c, a0] + ([mpf(0)] if k == 0 else [])
    for power in range(len(row) - 2, DEGREE):
        rounded = f32(remez(points, range(power, DEGREE)))
        row.append(rounded)
        points = [(d, q - rounded * d**power, w) for d, q, w in points]
    error = max(abs(q * w) for _, q, w in points)
    return row, error, error + rounding


def table():
    """The rows, in order of their intervals, and their fitting errors."""
    best = []
    for k in range(STEPS):
        fits = [fit(k, place) for place in (PLACES if k else [0])]
        best.append(min(fits, key=lambda found: found[2]))
    return [row for row, _, _ in best], [error for _, error, _ in best]


def interpolate(function, degree, low, high):
    """The polynomial through Chebyshev nodes that are spread so that the outermost are the ends of the interval."""
    turns = [mp.pi * (j + mpf("0.5")) / (degree + 1) for j in range(degree + 1)]
    spread = mp.cos(turns[0]) if degree else 1
    nodes = [(low + high - (high - low) * mp.cos(turn) / spread) / 2 for turn in turns]
    system = mp.matrix([[x**n for n in range(degree + 1)] for x in nodes])
    return list(mp.lu_solve(system, mp.matrix([function(x) for x in nodes])))


def fast_table():
    """The rows of the fast tier, in order of their intervals, and their largest relative error.

    The cubics meet at the ends of the intervals, so that what the kernel gives does not jump.  Their coefficients are
    rounded one by one from the top, the lower ones making up for it.
    """
    rows, worst = [], 0
    for k in range(8):
        low = max(k - mpf("0.5"), 0) / FAST_SCALE
        high = min((k + mpf("0.5")) / FAST_SCALE, FAST_LIMIT)
        exact = interpolate(lambda x: mp.tanh(x) / x if x else mpf(1), FAST_DEGREE, low, high)
        row = [mpf(0)] * (FAST_DEGREE + 1)
        for degree in range(FAST_DEGREE, -1, -1):

            def rest(x):
                return mp.polyval(exact[::-1], x) - mp.polyval(row[::-1], x)

            row[degree] = f32(interpolate(rest, degree, low, high)[degree])
        rows.append(row)
        for j in range(1, GRID + 1):
            x = low + (high - low) * j / GRID
            worst = max(worst, abs(x * mp.polyval(row[::-1], x) / mp.tanh(x) - 1))
    return rows, worst


def literal(v):
    """The shortest decimal that reads back as the f32 v."""
    for digits in range(1, 10):
        text = f"{float(v):.{digits}g}"
        if f32(mpf(text)) == v:
            break
    mantissa, e, power = text.partition("e")
    if e:
        return f"{mantissa}e{int(power)}"
    return text if "." in text else text + ".0"


def in_order(column):
    """The entries of the faithful tier in the order of their indices."""
    return [column[(n - FIRST_INDEX) % STEPS] for n in range(STEPS)]


def render():
    """The whole fragment."""
    rows, errors = table()
    columns = [array(map(literal, in_order(column))) for column in zip(*rows)]
    miss = float(max(abs(mp.tanh(row[0]) - row[1]) / ulp(row[1]) for row in rows[1:]))
    first, rest = float(errors[0]), float(max(errors[1:]))
    notes = [
        f"Centres of the intervals; tanh of each is A0 to within {miss:.4f} ULP. "
        "The 0, at index 12, is that of the first interval.",
        "tanh(C), not used on the first interval.",
        "Coefficients of d in tanh(C + d) - A0, or on the first interval in "
        "tanh(d) - d. A1 to A5, rounded as they are, leave a fitting error of at "
        f"most {first:.4f} ULP on the first interval and {rest:.4f} on the others.",
    ] + [f"Coefficients of d^{n}; for the fitting error see A1." for n in range(2, 6)]
    parts = [
        "// Printed by tools/tanh.py: change that, not this. Errors are in ULP of\n"
        "// tanh. The tables are indexed by (bits(u) >> 21) & 15.\n",
        constant("LIMIT", "f32", literal(LIMIT), "tanh of this, and beyond, rounds to 1."),
        constant("SCALE", "f32", literal(SCALE), "u is 1 + SCALE min(|x|, LIMIT)."),
        constant("FIRST", "f32", literal(EDGES[1]), "The first interval is u < FIRST."),
    ]
    names = ["C"] + [f"A{n}" for n in range(DEGREE + 1)]
    for name, column, note in zip(names, columns, notes):
        parts.append(constant(name, "[f32; 16]", column, note))
    fast_rows, fast_error = fast_table()
    notes = [
        "Coefficients of g(x) = tanh(x) / x. Rounded as they are, they leave a "
        f"relative error of at most 2^{float(mp.log(fast_error, 2)):.2f} of tanh.",
    ] + [f"Coefficients of x^{n} in it." for n in range(1, FAST_DEGREE + 1)]
    parts += [
        constant("FAST_LIMIT", "f32", literal(FAST_LIMIT), "The last interval of the fast tier ends here."),
        constant("FAST_SCALE", "f32", literal(FAST_SCALE), "Its intervals are those that this times |x| is nearest to."),
    ]
    for n, (column, note) in enumerate(zip(zip(*fast_rows), notes)):
        parts.append(constant(f"G{n}", "[f32; 8]", array(map(literal, column)), note))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
