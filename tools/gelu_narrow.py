#!/usr/bin/env python3
"""Derives the tables of GELU of elements of 16 bits and prints them as Rust source.

    python3 tools/gelu_narrow.py                 print the tables
    python3 tools/gelu_narrow.py --check FILE    exit 1 if FILE is not that output

Needs mpmath and numpy. What is printed does not depend on the machine.

With the intervals and the centres of src/activation/normal_table.rs, and d = a - C[i],

    -Phi(-a) = B0[i] + d (B1[i] + d (B2[i] + ..)),   x Phi(x) = a (if x > 0, 1, and nothing else, + that).

In each interval, the polynomial of degree 5 that interpolates is changed at random, in the last places of its
coefficients, until a product with it is rounded to the f16, and the bfloat16, that the faithful kernel's is rounded to,
for all such x. A change is kept if it does not make it worse.
"""

import sys

import numpy as np
from exp_narrow import all_inputs, fma, horner, random_numbers, wrong
from fit import interpolate, literal
from mpmath import mp, mpf
from rust import array, constant, print_or_check, printed

mp.prec = 120

DEGREE = 5
INTERVALS = 16
C, INDEX = (np.array(printed("normal", name), np.float32) for name in ("C", "INDEX"))
LIMIT = np.float32(6)
LARGEST = 2.0**-14  # change of a coefficient, by what it counts in the interval, relative to the first
SIZES = 10  # of changes, by powers of two
CHANGES = 100_000  # tried in an interval


def exact(x):
    """GELU, rounded to f32."""
    values = [float(mpf(float(v)) * mp.erfc(-mpf(float(v)) / mp.sqrt(2)) / 2) for v in x]
    return np.copysign(values, x).astype(np.float32)


def index(a):
    """The number of the interval."""
    return np.rint(fma(a, fma(a, INDEX[1], INDEX[0]), np.float32(0))).astype(int)


def product(x, i, coefficients):
    """What the kernel gives."""
    a = np.abs(x)
    d = np.minimum(a, LIMIT) - C[i]
    base = np.where(np.signbit(x), np.float32(0), np.float32(1)) + coefficients[0]
    return a * fma(d, horner(d, coefficients[1:]), base)


def start(i, low, high):
    """The interpolating polynomial; on the first interval it is right where x is 0."""

    def function(d):
        return -mp.erfc((mpf(float(C[i])) + d) / mp.sqrt(2)) / 2

    if i:
        row = interpolate(function, DEGREE, low, high)
    else:
        first = function(mpf(0))
        row = [first, *interpolate(lambda d: (function(d) - first) / d, DEGREE - 1, low, high)]
    return np.array([float(c) for c in row], np.float32)


def fitted(i, inputs, numbers):
    """Coefficients that are right for all inputs, and how many the first ones are wrong for."""
    low, high = min(np.abs(x).min() for x, _, _ in inputs), max(np.abs(x).max() for x, _, _ in inputs)
    low, high = mpf(float(low - C[i])), mpf(float(min(high, LIMIT) - C[i]))
    best = start(i, low, high)

    def function(x, coefficients):
        return product(x, i, coefficients)

    first = misses = wrong(function, best, inputs)
    reach = float(max(-low, high))
    tries = 0
    while misses:
        tries += 1
        if tries > CHANGES:
            raise ArithmeticError(f"{misses} of {first} wrong results in interval {i}")
        tried = best.copy()
        change = LARGEST / 2 ** (next(numbers) % SIZES) * abs(float(best[0]))
        for power in range(1 if i == 0 else 0, DEGREE + 1):
            if next(numbers) % 2:
                step = change * (next(numbers) / 2.0**23 - 1)
                tried[power] = np.float32(float(best[power]) + step / reach**power)
        found = wrong(function, tried, inputs)
        if found <= misses:
            best, misses = tried, found
    return best, first


def render():
    """All tables."""
    sets = []
    for x, narrow in all_inputs():
        x = x[(x > -LIMIT) & (x < LIMIT + 1)]
        i = index(np.minimum(np.abs(x), LIMIT))
        sets.append((x, i, narrow, narrow(exact(x))))
    rows, firsts, numbers = [], 0, random_numbers()
    for i in range(INTERVALS):
        row, first = fitted(i, [(x[k == i], narrow, wanted[k == i]) for x, k, narrow, wanted in sets], numbers)
        rows.append(row)
        firsts += first
    note = (
        "Coefficients of d in -Phi(-(C + d)): with them, GELU of each f16 and each bfloat16 above -6 is rounded to the same "
        f"such number as in f32; with those of interpolation, {firsts} are not."
    )
    parts = ["// Printed by tools/gelu_narrow.py: change that, not this.\n"]
    for n, column in enumerate(zip(*rows)):
        text = array(literal(mpf(float(c))) for c in column)
        parts.append(constant(f"B{n}", f"[f32; {INTERVALS}]", text, note if n == 0 else ""))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
