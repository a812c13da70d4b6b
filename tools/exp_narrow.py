#!/usr/bin/env python3
"""Derives the coefficients of the exponential of elements of 16 bits and prints them as Rust source.

    python3 tools/exp_narrow.py                 print them
    python3 tools/exp_narrow.py --check FILE    exit 1 if FILE is not that output

Needs mpmath and numpy. What is printed does not depend on the machine.

The exponential is that of src/activation/exp.rs with ln 2 in one part and four coefficients (those of softmax, from
tools/exp.py), and what is made of it takes fewer corrections than in f32. That gives nearly what f32 gives, so that of
all f16 and bfloat16 only a few have a result that is rounded to another number of 16 bits. For each function, the
coefficients are changed at random, in their last places, until there is none. A change is kept if it does not make it
worse. It is judged by those inputs whose results are close to the middle between two such numbers, and at the end by
all of them.

In some, the polynomial is 1 + p. Its first coefficient is then a float close to the inverse of the entry of the table
that 0 has: which one that is, or how large all is, was chosen such that there are coefficients.
"""

import sys

import numpy as np
from fit import literal
from mpmath import mpf
from rust import array, constant, print_or_check, printed

LOG2_E = np.float32(1.44269504)
LN_2 = np.float32(0.693147182)
TINY = np.float32(2.0**-16)
SHIFT = 2 / 8  # of the exponent in QuickGELU and Mish
SIZE = np.float32(119 / 128)  # of the 1 in GELU by tanh
CUBE = np.sqrt(8 / np.pi) * 0.044715
CUBIC, LINEAR = np.float32(-CUBE * np.log2(np.e)), np.float32(-np.sqrt(8 / np.pi) * np.log2(np.e))
QUICK = np.float32(-1.702 * np.log2(np.e))
PLACES = [40, 8, 1500, 100_000]  # of the last digits of each coefficient, how much is changed at a time
CLOSE = 2.0**-18  # relative distance from a middle at which an input is looked at


def table(name):
    """What tools/exp.py has printed of that name."""
    return np.array(printed("exp", name), np.float32)


T, P, Q = table("TABLE"), table("P"), table("Q")
HIGH, LOW = table("LN2_HIGH")[0], table("LN2_LOW")[0]


def fma(a, b, c):
    """a b + c in f32: the product is exact in f64, and its sum is rounded twice, which hardly ever matters."""
    return (a.astype(np.float64) * np.float64(b) + np.float64(c)).astype(np.float32)


def horner(r, coefficients):
    """The polynomial, lowest coefficient first."""
    p = np.full_like(r, coefficients[-1])
    for c in coefficients[-2::-1]:
        p = fma(r, p, c)
    return p


def scaled(rounded):
    """The entry of the table times a power of two."""
    index = rounded.view(np.uint32)
    return (T[index & 7].view(np.uint32) + (index << np.uint32(20))).view(np.float32)


def parts(x, exponent, coefficients, lows=(LN_2,)):
    """t and p, of which 2^exponent e^x is t (1 + p)."""
    magic = np.float32(1_572_864 + exponent)
    rounded = fma(x, LOG2_E, magic)
    k = rounded - magic
    r = x
    for low in lows:
        r = fma(k, -low, r)
    return scaled(rounded), horner(r, coefficients)


def power(a, b, exponent, coefficients):
    """t and q, of which 2^(exponent + a b) is t q."""
    magic = np.float32(1_572_864 + exponent)
    rounded = fma(a, b, magic)
    return scaled(rounded), horner(fma(a, b, magic - rounded), coefficients)


def exp(x, coefficients):
    """e^x."""
    x = np.clip(x, np.float32(-104.5), np.float32(89))
    # At 2^-64 times its size, or 2^64 times, so that nothing is subnormal or too large before it is rounded.
    y = np.empty_like(x)
    for sign in (-1, 1):
        t, p = parts(x, -64 * sign, coefficients)
        y = np.where(x * sign > 0, fma(t, p, t) * np.float32(2.0 ** (64 * sign)), y)
    return np.where(x == 0, np.float32(1), y)


def silu(x, coefficients):
    """x / (1 + e^-x)."""
    x = np.maximum(x, np.float32(-99.5))
    t, p = parts(-np.minimum(x, np.float32(30)), -16, coefficients)
    return x * TINY / (fma(t, p, t) + TINY)


def inverse(d, summands, tiny):
    """tiny / d, with one correction for what the sum lacks and for what the quotient does."""
    y = np.float32(1) / d
    r = np.ones_like(y)
    for summand in summands:
        r = fma(-y, summand, r)
    return fma(r, y, y) * tiny


def sigmoid(x, coefficients):
    """1 / (1 + e^-x)."""
    tiny = np.float32(2.0**-26)
    t, p = parts(-np.clip(x, np.float32(-104.5), np.float32(30)), -26, coefficients)
    h, more = t * p, t + tiny
    return inverse(more + h, [more, h], tiny)


def quick_gelu(x, coefficients):
    """x / (1 + e^-1.702x)."""
    x = np.maximum(x, np.float32(-57))
    t, q = power(np.minimum(x, np.float32(18)), QUICK, -16 + SHIFT, coefficients)
    return x * (TINY / fma(t, q, TINY))


def mish(x, coefficients):
    """x n / (n + 2), n = e^x (e^x + 2)."""
    x = np.maximum(x, np.float32(-103))
    t, q = parts(np.minimum(x, np.float32(20)), 24 + SHIFT, coefficients)
    w = t * q
    n = w * fma(w, np.float32(2.0**-24), np.float32(2))
    return x * (n / (n + np.float32(2.0**25)))


def gelu_tanh(x, coefficients):
    """x / (1 + e^-2u), where -2u is ln 2 times x (LINEAR + CUBIC x^2)."""
    x = np.maximum(x, np.float32(-10.45))
    z = np.minimum(x, np.float32(6))
    t, q = power(z, fma(z * z, CUBIC, LINEAR), -16, coefficients)
    return x * (SIZE * TINY / fma(t, q, SIZE * TINY))


def faithful_sigmoid(x):
    """The same as it is in f32, which is not always rounded to what 1 / (1 + e^-x) is rounded to."""
    tiny = np.float32(2.0**-26)
    t, p = parts(-np.clip(x, np.float32(-104.5), np.float32(30)), -26, P, (HIGH, LOW))
    h = t * p
    return inverse(t + h + tiny, [np.maximum(t, tiny), np.minimum(t, tiny), h], tiny)


def product(a, b):
    """As it is rounded, and by how much that is too large."""
    rounded = a * b
    return rounded, fma(-a, b, rounded)


def faithful_gelu_tanh(x):
    """The same as it is in f32."""
    tiny, cube = np.float32(2.0**-60), 0.044715
    high = np.float32(int(65536 / cube) / 65536)
    z = np.clip(x, np.float32(-11.2), np.float32(6))
    square, excess = product(z, z)
    more = square + high
    rest = square - (more - high) - excess + np.float32(1 / cube - float(high))
    argument, excess = product(z, more)
    excess = fma(-z, rest, excess)
    unit = np.log(2) / -CUBE
    unit_high = (np.float32(unit).view(np.uint32) & np.uint32(0xFFFFF800)).view(np.float32)
    magic = np.float32(1_572_864 - 60)
    rounded = fma(argument, CUBIC, magic)
    k = rounded - magic
    r = fma(-k, unit_high, argument)
    r = fma(-k, np.float32(unit - float(unit_high)), r) - excess
    t, p = scaled(rounded), horner(r, (P * (-CUBE) ** np.arange(5)).astype(np.float32))
    h = t * p
    y = 1 / (t + h + tiny)
    r = fma(-y, np.maximum(t, tiny), np.float32(1))
    r = fma(-y, h, fma(-y, np.minimum(t, tiny), r))
    return np.where(x > np.float32(5.1), x, fma(z, y, z * y * r) * tiny)


def exact(function):
    """The same in f64, rounded to f32."""
    return lambda x: function(x.astype(np.float64)).astype(np.float32)


def whole(unit, size):
    """1 + p of softmax, in which r is in this unit, of this size."""
    return ((Q + [1, 0, 0, 0]) * unit ** np.arange(4) * size).astype(np.float32)


FUNCTIONS = {
    "EXP": (exp, exact(np.exp), Q),
    "SILU": (silu, exact(lambda x: x / (1 + np.exp(-x))), Q),
    "SIGMOID": (sigmoid, faithful_sigmoid, Q),
    "MISH": (mish, exact(lambda x: x * np.tanh(np.log1p(np.exp(np.minimum(x, 50))))), whole(1, 2**-SHIFT)),
    "QUICK_GELU": (quick_gelu, exact(lambda x: x / (1 + np.exp(-1.702 * x))), whole(np.log(2), 2**-SHIFT)),
    "GELU_TANH": (gelu_tanh, faithful_gelu_tanh, whole(np.log(2), SIZE)),
}


def to_f16(y):
    """The bits of the nearest f16."""
    return y.astype(np.float16).view(np.uint16)


def to_bf16(y):
    """The bits of the nearest bfloat16."""
    bits = y.view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def all_inputs():
    """All finite numbers of both types, with what rounds to the type."""
    bits = np.arange(1 << 16, dtype=np.uint16)
    for x, narrow in [
        (bits.view(np.float16).astype(np.float32), to_f16),
        ((bits.astype(np.uint32) << 16).view(np.float32), to_bf16),
    ]:
        yield x[np.isfinite(x)], narrow


def wrong(function, coefficients, inputs):
    """How many are not rounded to what they should be."""
    return sum(np.count_nonzero(narrow(function(x, coefficients)) != wanted) for x, narrow, wanted in inputs)


def random_numbers():
    """Numerical Recipes' generator; the upper bits."""
    state = 1
    while True:
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        yield state >> 8


def fitted(function, reference, best):
    """Coefficients that are right for all inputs, and how many the given ones are wrong for."""
    places = [int(PLACES[0] * np.spacing(abs(Q[0])) / np.spacing(abs(best[0]))), *PLACES[1:]]
    inputs = [(x, narrow, narrow(reference(x))) for x, narrow in all_inputs()]
    close = []
    for x, narrow, wanted in inputs:
        y = reference(x)
        near = np.zeros(len(x), bool)
        for sign in (-1, 1):
            near |= narrow(y * np.float32(1 + sign * CLOSE)) != wanted
        close.append((x[near], narrow, wanted[near]))
    misses, numbers = wrong(function, best, inputs), random_numbers()
    first = misses
    while misses:
        changes = [next(numbers) % (2 * place + 1) - place if next(numbers) % 2 else 0 for place in places]
        tried = (best.view(np.int32) + np.array(changes, np.int32)).view(np.float32)
        found = wrong(function, tried, close)
        if found <= misses and (found or wrong(function, tried, inputs) == 0):
            best, misses = tried, found
    return best, first


def render():
    """The coefficients of all functions."""
    parts = ["// Printed by tools/exp_narrow.py: change that, not this.\n"]
    note = (
        "Coefficients of r^0 to r^3 in {}: with them, the function of each f16 and each bfloat16 is rounded to "
        "the same such number as in f32; with those of softmax, "
    )
    with np.errstate(over="ignore", invalid="ignore"):
        for name, (function, reference, start) in FUNCTIONS.items():
            found, first = fitted(function, reference, start)
            text = array(literal(mpf(float(c))) for c in found)
            of = "e^(r - d) - 1" if start is Q else "1 + p"
            parts.append(constant(f"{name}_OF_16_BITS", "[f32; 4]", text, f"{note.format(of)}{first} are not."))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(print_or_check(render))
