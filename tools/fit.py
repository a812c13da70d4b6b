"""What the tools share that fit polynomials: their coefficients, and how far they are off.

Everything is computed with mpmath and rounded only once it is final, so the output does not depend on the machine.
"""

from mpmath import mp, mpf

POINTS = 2000  # on which an error is measured


def ulp(v):
    """Spacing of the normal f32 numbers at v."""
    return mpf(2) ** (int(mp.frexp(v)[1]) - 24)


def f32(v):
    """v rounded to the nearest normal f32, ties to even."""
    return mpf(0) if v == 0 else mp.nint(v / ulp(v)) * ulp(v)


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


def interpolate(function, degree, low, high):
    """Coefficients, lowest first, of the polynomial through the Chebyshev nodes of the interval."""
    count = degree + 1
    middle, half = (low + high) / 2, (high - low) / 2
    nodes = [middle + half * mp.cos(mp.pi * (2 * j + 1) / (2 * count)) for j in range(count)]
    matrix = mp.matrix([[x**n for n in range(count)] for x in nodes])
    return list(mp.lu_solve(matrix, mp.matrix([function(x) for x in nodes])))


def polynomial(coefficients, x):
    """Its value."""
    return mp.polyval(list(coefficients)[::-1], x)


def rounded(function, degree, low, high, nearest=f32):
    """The same in f32, or as `nearest` rounds: from the top, the lower ones fitted anew to make up for it."""
    exact = interpolate(function, degree, low, high)
    row = [mpf(0)] * (degree + 1)
    for power in range(degree, -1, -1):

        def rest(x):
            return polynomial(exact, x) - polynomial(row, x)

        row[power] = nearest(interpolate(rest, power, low, high)[power])
    return row


def worst(error, low, high):
    """The largest of an error over the interval."""
    return max(abs(error(low + (high - low) * j / POINTS)) for j in range(POINTS + 1))
