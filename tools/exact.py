#!/usr/bin/env python3
"""Derives the constants of the exact tier, which computes in f64, and prints them as Rust source.

    python3 tools/exact.py                print the constants
    python3 tools/exact.py --check FILE   exit 1 if FILE is not that output

Needs mpmath. What is printed does not depend on the machine.

The exponential: with k = x / ln 2 rounded to a multiple of 1/8, k = n + i/8, and r = x - k ln 2,

    e^x = 2^n 2^(i/8) (1 + r + r^2 P(r)).

The logarithm, of 1 + s where s is not above 1: with w = s / (2 + s), log(1 + s) = 2 atanh w = 2 w (1 + w^2 A(w^2)).

The error function: polynomials in the distance from the nearest of eight centres, multiples of WIDTH; around 0 it has
no constant term.

GELU: the normal distribution below -a is e^(-a^2/2) R(w), w = (a - CENTRE) / (a + CENTRE). A short way to it, for a up to
NORMAL_LIMIT, are polynomials in the distance from one of eight centres, of which number (B a + A) a, rounded, is taken.
"""

import sys

from fit import f32, literal as short, polynomial, rounded, worst
from mpmath import mp, mpf
from rust import array, constant, print_or_check

mp.prec = 400

LN2 = mp.log(2)
REDUCED = LN2 / 16 * mpf("1.001")  # k may be rounded up a little before it should
EXP_DEGREE = 5
ATANH_DEGREE = 9
WIDTH = mpf(17) / 32
ERF_DEGREE = 14
CENTRE = mpf("4.5")
LIMIT = mpf("14.75")
RATIO_DEGREE = 22
NORMAL_LIMIT = mpf(6)
NORMAL_A, NORMAL_B = f32(mpf("0.7")), f32(mpf("0.09"))
NORMAL_DEGREE = 12
BIAS = 2  # units in the last place by which R's first coefficient is larger, for the sake of two inputs


def top_bits(v, count):
    """v in so many significant bits."""
    mantissa, exponent = mp.frexp(v)
    return mp.ldexp(mp.nint(mp.ldexp(mantissa, count)), int(exponent) - count)


def f64(v):
    """The nearest f64, of a number in its range."""
    return top_bits(v, 53)


def literal(v):
    """The shortest decimal that reads back as the f64 v."""
    text = repr(float(v))
    assert mpf(float(v)) == v
    mantissa, e, power = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{e}{int(power) if e else ''}"


def power_of_two(v):
    """v as a power of two."""
    return f"2^{float(mp.log(v, 2)):.1f}"


def exponential():
    """Parts of ln 2 / 8, powers of two, and P."""
    high, long = top_bits(LN2 / 8, 13), top_bits(LN2 / 8, 40)

    def curve(r):
        return (mp.exp(r) - 1 - r) / r**2 if r else mpf(1) / 2

    p = rounded(curve, EXP_DEGREE, -REDUCED, REDUCED, f64)
    error = worst(lambda r: (1 + r + r * r * polynomial(p, r)) / mp.exp(r) - 1, -REDUCED, REDUCED)
    return [
        constant("LN2_HIGH", "f32", short(high), "ln 2 / 8 in 13 bits, and the rest of it."),
        constant("LN2_LOW", "f64", literal(f64(LN2 / 8 - high))),
        constant("LN2_LONG", "f64", literal(long), "The same in 40 bits, and the rest."),
        constant("LN2_REST", "f64", literal(f64(LN2 / 8 - long))),
        constant(
            "POWERS", "[f64; 8]", array(literal(f64(mpf(2) ** (mpf(i) / 8))) for i in range(8)), "2^(i/8)."
        ),
        constant(
            "P",
            f"[f64; {EXP_DEGREE + 1}]",
            array(map(literal, p)),
            f"(e^r - 1 - r) / r^2, to {power_of_two(error)} of e^r.",
        ),
    ]


def logarithm():
    """A."""

    def curve(z):
        if z == 0:
            return mpf(1) / 3
        w = mp.sqrt(z)
        return (mp.atanh(w) / w - 1) / z

    a = rounded(curve, ATANH_DEGREE, mpf(0), mpf(1) / 9, f64)
    error = worst(lambda z: (1 + z * polynomial(a, z)) / (1 + z * curve(z)) - 1, mpf(0), mpf(1) / 9)
    note = f"(atanh(w) / w - 1) / w^2 as a polynomial in w^2, to {power_of_two(error)} of atanh."
    return [constant("A", f"[f64; {ATANH_DEGREE + 1}]", array(map(literal, a)), note)]


def by_centre(rows):
    """Rust source of the coefficients of each power, one for each centre."""
    powers = (array(map(literal, power)) for power in zip(*rows))
    lines = "\n".join(f"{power}," for power in powers)
    return "[\n" + "".join(f"    {line}\n" for line in lines.splitlines()) + "]"


def error_function():
    """The coefficients of each power, one for each centre."""
    half = WIDTH / 2 * mpf("1.0005")
    rows, error = [], 0
    for i in range(8):
        centre = i * WIDTH
        if i == 0:

            def slope(d):
                return mp.erf(d) / d if d else 2 / mp.sqrt(mp.pi)

            row = [mpf(0)] + rounded(slope, ERF_DEGREE - 1, mpf(0), half, f64)
            error = max(error, worst(lambda d: polynomial(row[1:], d) / slope(d) - 1, mpf(0), half))
        else:
            row = rounded(lambda d: mp.erf(centre + d), ERF_DEGREE, -half, half, f64)
            error = max(error, worst(lambda d: polynomial(row, d) / mp.erf(centre + d) - 1, -half, half))
        rows.append(row)
    return [
        constant("WIDTH", "f32", literal(WIDTH), "The distance between centres of erf."),
        constant(
            "ERF",
            f"[[f64; 8]; {ERF_DEGREE + 1}]",
            by_centre(rows),
            f"The coefficients of each power of the distance, for each centre, to {power_of_two(error)} of erf.",
        ),
    ]


def ratio():
    """R."""

    def curve(w):
        a = CENTRE * (1 + w) / (1 - w)
        return mp.erfc(a / mp.sqrt(2)) / 2 * mp.exp(a * a / 2)

    high = (LIMIT - CENTRE) / (LIMIT + CENTRE)
    r = rounded(curve, RATIO_DEGREE, -mpf(1), high, f64)
    r[0] += BIAS * mpf(2) ** (int(mp.frexp(r[0])[1]) - 53)
    error = worst(lambda w: polynomial(r, w) / curve(w) - 1, -mpf(1), high)
    return [
        constant("LIMIT", "f32", literal(LIMIT), "For GELU: the largest a, and what w is relative to."),
        constant("CENTRE", "f64", literal(CENTRE)),
        constant("R", f"[f64; {RATIO_DEGREE + 1}]", array(map(literal, r)), f"R, to {power_of_two(error)} of it."),
    ]


def normal():
    """The coefficients of -R(w) e^(-a^2/2)."""
    halves = [i + mpf(1) / 2 for i in range(7)]
    roots = [(mp.sqrt(NORMAL_A**2 + 4 * NORMAL_B * half) - NORMAL_A) / (2 * NORMAL_B) for half in halves]
    edges = [mpf(0), *roots, NORMAL_LIMIT]
    centres, rows, errors = [], [], []
    for low, high in zip(edges, edges[1:]):
        # The difference of an a and a centre is exact.
        c = top_bits((low + high) / 2, 8) if low else mpf(0)
        low, high = (low - c) * mpf("1.0001"), (high - c) * mpf("1.0001")

        def tail(d):
            return -mp.erfc((c + d) / mp.sqrt(2)) / 2

        row = rounded(tail, NORMAL_DEGREE, low, high, f64)
        errors.append(worst(lambda d: polynomial(row, d) / tail(d) - 1, low, high))
        centres.append(c)
        rows.append(row)
    note = f"-R(w) e^(-a^2/2), the coefficients of each power of the distance, for each centre, to {power_of_two(max(errors))}."
    return [
        constant("NORMAL_LIMIT", "f32", short(NORMAL_LIMIT), "For the short way to GELU."),
        constant("NORMAL_INDEX", "[f32; 2]", array(map(short, (NORMAL_A, NORMAL_B))), "A and B."),
        constant("NORMAL_CENTRE", "[f32; 8]", array(map(short, centres))),
        constant("NORMAL", f"[[f64; 8]; {NORMAL_DEGREE + 1}]", by_centre(rows), note),
    ]


def render():
    """All constants."""
    parts = ["// Printed by tools/exact.py: change that, not this.\n"]
    parts += exponential() + logarithm() + error_function() + ratio() + normal()
    return "\n".join(parts).replace(";\n\npub(super)", ";\npub(super)")


if __name__ == "__main__":
    sys.exit(print_or_check(render))
