#!/usr/bin/env python3
"""Compares the C library, through ctypes, with numpy, and with torch where there is one.

    check.py LIBRARY

Functions and their gradients are compared with their formulas in float64, gradients also with the slopes of these.
"""

import ctypes
import math
import sys
from ctypes import byref, c_char_p, c_float, c_size_t, c_uint32, c_void_p

import numpy as np

try:
    import torch
    from torch.nn import functional
except ImportError:
    torch = None


class Activation(ctypes.Structure):
    _fields_ = [("kind", c_uint32), ("parameters", c_float * 4)]


class Axis(ctypes.Structure):
    _fields_ = [("len", c_size_t), ("inner", c_size_t)]


class Kernels(ctypes.Structure):
    _fields_ = [("backend", c_uint32), ("accuracy", c_uint32), ("serial", c_uint32)]


OK, UNKNOWN_NUMBER, UNAVAILABLE = 0, 7, 9
SAVES_INPUT = 1


class Simdact:
    """The library, with numpy's arrays; a status other than OK is a RuntimeError."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.simdact_last_error.restype = c_char_p

    def call(self, name, *arguments):
        """Arrays go as pointers, and numbers as size_t."""

        def convert(argument):
            if isinstance(argument, np.ndarray):
                assert argument.flags.c_contiguous
                return c_void_p(argument.ctypes.data)
            return c_size_t(argument) if isinstance(argument, int) else argument

        status = getattr(self.library, "simdact_" + name)(*map(convert, arguments))
        if status != OK:
            error = RuntimeError(f"{name}: {self.library.simdact_last_error().decode()}")
            error.status = status
            raise error

    def parse(self, name):
        activation = Activation()
        self.call("activation_parse", c_char_p(name.encode()), byref(activation))
        return activation

    def name(self, activation):
        name = ctypes.create_string_buffer(128)
        self.call("activation_name", byref(activation), name, len(name))
        return name.value.decode()

    def saves_input(self, activation):
        saves = ctypes.c_int()
        self.call("activation_saves", byref(activation), byref(saves))
        return saves.value == SAVES_INPUT

    def apply(self, activation, x, kernels=None):
        y = np.empty_like(x)
        self.call("apply", byref(activation), x, y, x.size, kernels)
        return y

    def backward(self, activation, saved, dy, kernels=None):
        dx = np.empty_like(dy)
        self.call("backward", byref(activation), saved, dy, dx, dy.size, kernels)
        return dx

    def all(self):
        """All there are, with their default parameters."""
        for kind in range(10_000):
            activation = Activation()
            try:
                self.call("activation_default", c_uint32(kind), byref(activation))
            except RuntimeError as error:
                assert error.status == UNKNOWN_NUMBER, error
                return
            yield activation


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cdf(x):
    return 0.5 * np.vectorize(math.erfc)(-x / math.sqrt(2))


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

FORMULAS = {
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x, slope: np.where(x > 0, x, slope * x),
    "exp": np.exp,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "swish": lambda x, beta: x * sigmoid(beta * x),
    "quick_gelu": lambda x: x * sigmoid(1.702 * x),
    "erf": np.vectorize(math.erf),
    "gelu": lambda x: x * cdf(x),
    "gelu_tanh": lambda x: x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)),
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x)),
    "celu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x / alpha)),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(x)),
    "softplus": lambda x, beta, threshold: np.where(beta * x > threshold, x, np.log1p(np.exp(beta * x)) / beta),
    "log_sigmoid": lambda x: -np.log1p(np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "tanhshrink": lambda x: x - np.tanh(x),
    "relu6": lambda x: np.clip(x, 0, 6),
    "hardtanh": lambda x, low, high: np.clip(x, low, high),
    "hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_sigmoid": lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1),
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "softshrink": lambda x, lambda_: np.where(np.abs(x) > lambda_, x - np.sign(x) * lambda_, 0),
    "hardshrink": lambda x, lambda_: np.where(np.abs(x) > lambda_, x, 0),
    "thresholded_relu": lambda x, alpha: np.where(x > alpha, x, 0),
    "relu_squared": lambda x: np.maximum(x, 0) ** 2,
    "rrelu": lambda x, lower, upper: np.where(x > 0, x, np.float32((lower + upper) / 2) * x),
    "snake": lambda x, alpha: x + np.sin(alpha * x) ** 2 / alpha,
}

# What torch calls them; it is asked in float64.
TORCH = {
    "relu": lambda x: torch.relu(x),
    "leaky_relu": lambda x, slope: functional.leaky_relu(x, slope),
    "exp": lambda x: torch.exp(x),
    "tanh": lambda x: torch.tanh(x),
    "sigmoid": lambda x: torch.sigmoid(x),
    "silu": lambda x: functional.silu(x),
    "erf": lambda x: torch.erf(x),
    "gelu": lambda x: functional.gelu(x),
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "elu": lambda x, alpha: functional.elu(x, alpha),
    "celu": lambda x, alpha: functional.celu(x, alpha),
    "selu": lambda x: functional.selu(x),
    "softplus": lambda x, beta, threshold: functional.softplus(x, beta, threshold),
    "log_sigmoid": lambda x: functional.logsigmoid(x),
    "mish": lambda x: functional.mish(x),
    "tanhshrink": lambda x: functional.tanhshrink(x),
    "relu6": lambda x: functional.relu6(x),
    "hardtanh": lambda x, low, high: functional.hardtanh(x, low, high),
    "hardsigmoid": lambda x: functional.hardsigmoid(x),
    "hardswish": lambda x: functional.hardswish(x),
    "softsign": lambda x: functional.softsign(x),
    "softshrink": lambda x, lambda_: functional.softshrink(x, lambda_),
    "hardshrink": lambda x, lambda_: functional.hardshrink(x, lambda_),
    "rrelu": lambda x, lower, upper: functional.rrelu(x, lower, upper, training=False),
}


def ulps(found, expected):
    """The largest distance, in units in the last place of the true value."""
    return np.max(np.abs(found - expected) / np.spacing(np.abs(expected).astype(np.float32)))


def slopes(formula, x):
    """By differences, NaN where there is a kink."""
    h = 1e-6
    below, here, above = formula(x - h), formula(x), formula(x + h)
    slope = (above - below) / (2 * h)
    return np.where(np.abs(above - 2 * here + below) > 1e-4 * h * (1 + np.abs(slope)), np.nan, slope)


def gradient_error(dx, slope, dy):
    """The largest, as a multiple of the upstream gradient and of the slope where that is above 1; NaN does not count."""
    return np.nanmax(np.abs(dx - slope * dy) / (np.abs(dy) * (1 + np.abs(slope)) + 1e-30))


def elementwise(simdact, numbers, report):
    # In steps that float32 has, away from 0, where some formulas cancel in float64; and 0 itself.
    x = np.arange(-3000, 3001, dtype=np.float32) / np.float32(128)
    x = np.concatenate([x, numbers.uniform(-20, 20, 100_000).astype(np.float32)])
    x = x[(np.abs(x) > 1 / 256) | (x == 0)]
    dy = numbers.standard_normal(x.size).astype(np.float32)
    names = [simdact.name(activation) for activation in simdact.all()]
    assert len(names) >= len(FORMULAS), names
    others = ["leaky_relu(0.3)", "elu(0.5)", "softplus(2, 10)", "hardtanh(-2, 3)", "swish(1.5)", "snake(0.5)"]
    for call in names + others:
        activation = simdact.parse(call)
        y = simdact.apply(activation, x)
        dx = simdact.backward(activation, x if simdact.saves_input(activation) else y, dy)
        name, _, arguments = call.rstrip(")").partition("(")
        parameters = [float(value) for value in activation.parameters[: arguments.count(",") + bool(arguments)]]
        if name not in FORMULAS:
            print(f"{call}: check.py has no formula to compare it with")
            continue
        formula = lambda x: FORMULAS[name](x, *parameters)
        wide = x.astype(np.float64)
        forward = ulps(y, formula(wide))
        slope = slopes(formula, wide)
        gradient = gradient_error(dx, slope, dy)
        line = [call, forward, gradient]
        bad = forward > 1 or gradient > 1e-6 or np.isnan(slope).sum() > 20
        if torch is not None and name in TORCH:
            there = torch.tensor(wide, requires_grad=True)
            value = TORCH[name](there, *parameters)
            value.backward(torch.tensor(dy, dtype=torch.float64))
            expected = value.detach().numpy()
            # In the tails its formulas cancel, in float64 too.
            told = (np.abs(expected) > 1e-6) | (expected == y)
            forward = ulps(y[told], expected[told])
            # At a kink, either side may be right.
            gradient = gradient_error(dx, np.where(np.isnan(slope), np.nan, there.grad.numpy() / dy), dy)
            bad |= forward > 1 or gradient > 1e-6
            line += [forward, gradient]
        report(bad, line)


def rows(simdact, numbers, report):
    for shape, axis in [((128, 1000), 1), ((4, 10, 30), 1), ((50, 3), 0), ((2, 20_000), 1)]:
        x = (4 * numbers.standard_normal(shape)).astype(np.float32)
        dy = numbers.standard_normal(shape).astype(np.float32)
        c_axis = Axis(shape[axis], math.prod(shape[axis + 1 :]))
        wide = x.astype(np.float64)
        total = np.exp(wide).sum(axis, keepdims=True)
        results = {
            "softmax": np.exp(wide) / total,
            "softmin": np.exp(-wide) / np.exp(-wide).sum(axis, keepdims=True),
            "softmax1": np.exp(wide) / (1 + total),
            "log_softmax": wide - np.log(total),
        }
        for name, expected in results.items():
            y, dx = np.empty_like(x), np.empty_like(x)
            simdact.call(name, x, y, x.size, c_axis, None)
            simdact.call(name + "_backward", y, dy, dx, x.size, c_axis, None)
            if name == "log_softmax":
                gradient = dy - results["softmax"] * dy.astype(np.float64).sum(axis, keepdims=True)
            else:
                sign = -1 if name == "softmin" else 1
                gradient = sign * expected * (dy - (expected * dy).sum(axis, keepdims=True))
            # The logarithm is near 0 somewhere, and large elsewhere.
            scale = 1 + np.abs(expected) if name == "log_softmax" else expected
            errors = [np.max(np.abs(y - expected) / scale), np.max(np.abs(dx - gradient) / (1 + np.abs(gradient)))]
            if torch is not None and name != "softmax1":
                there = torch.tensor(wide, requires_grad=True)
                value = getattr(functional, name)(there, axis)
                value.backward(torch.tensor(dy, dtype=torch.float64))
                gradient = there.grad.numpy()
                errors.append(np.max(np.abs(dx - gradient) / (1 + np.abs(gradient))))
            report(max(errors) > 5e-6, [f"{name} {shape}, axis {axis}", *errors])

        one = tuple(size for at, size in enumerate(shape) if at != axis)
        y, up = np.empty(one, np.float32), numbers.standard_normal(one).astype(np.float32)
        dx, index = np.empty_like(x), np.empty(one, np.uint32)
        simdact.call("logsumexp", x, x.size, c_axis, y, y.size, None)
        simdact.call("logsumexp_backward", x, dx, x.size, c_axis, y, up, y.size, None)
        errors = [np.max(np.abs(y - np.log(total).squeeze(axis)))]
        errors.append(np.max(np.abs(dx - np.expand_dims(up, axis) * results["softmax"])))
        report(max(errors) > 5e-6, [f"logsumexp {shape}, axis {axis}", *errors])

        simdact.call("maxout_axis", x, x.size, c_axis, y, index, y.size, None)
        simdact.call("maxout_axis_backward", index, up, y.size, c_axis, dx, x.size, None)
        expected = np.zeros_like(x)
        np.put_along_axis(expected, np.expand_dims(x.argmax(axis), axis), np.expand_dims(up, axis), axis)
        same = (y == x.max(axis)).all() and (index == x.argmax(axis)).all() and (dx == expected).all()
        report(not same, [f"maxout_axis {shape}, axis {axis}"])


def maxout(simdact, numbers, report):
    for count in [1, 2, 5, 40]:
        pieces = numbers.integers(-50, 50, (count, 3001)).astype(np.float32)
        y, dy = np.empty(3001, np.float32), numbers.standard_normal(3001).astype(np.float32)
        index, gradients = np.empty(3001, np.uint32), np.empty_like(pieces)
        pointers = lambda arrays: (c_void_p * count)(*(array.ctypes.data for array in arrays))
        simdact.call("maxout", pointers(pieces), count, y, index, y.size, None)
        simdact.call("maxout_backward", index, dy, pointers(gradients), count, y.size, None)
        routed = np.where(pieces.argmax(0) == np.arange(count)[:, None], dy, 0)
        same = (y == pieces.max(0)).all() and (index == pieces.argmax(0)).all() and (gradients == routed).all()
        report(not same, [f"maxout of {count}"])


def backends(simdact, numbers, report):
    """All have the same bits, alone and with threads, but for the one that has no fused multiply-add."""
    x = numbers.standard_normal(1_000_003).astype(np.float32)
    expected = simdact.apply(simdact.parse("gelu"), x)
    for backend, name in enumerate(["automatic", "scalar", "portable", "avx2", "avx512", "neon"]):
        try:
            results = [simdact.apply(simdact.parse("gelu"), x, byref(Kernels(backend, 0, serial))) for serial in (0, 1)]
        except RuntimeError as error:
            assert error.status == UNAVAILABLE, error
            print(f"backend {name}: not on this machine")
            continue
        report(not (name == "portable" or all((y == expected).all() for y in results)), [f"backend {name}"])


def main():
    simdact = Simdact(sys.argv[1])
    failed = 0

    def report(bad, line):
        nonlocal failed
        failed += bool(bad)
        name, *figures = line
        print(f"{name:32}", *(f"{figure:9.3g}" for figure in figures), "FAILED" if bad else "")

    print("numpy", np.__version__, end=", ")
    print("torch " + torch.__version__ if torch else "no torch in this interpreter: its comparisons are SKIPPED")
    print("\nElement-wise: ULP and error of the gradient, beside numpy; and beside torch")
    with np.errstate(over="ignore"):
        elementwise(simdact, np.random.default_rng(1), report)
    print("\nAlong an axis: relative error, error of the gradient; and beside torch")
    rows(simdact, np.random.default_rng(2), report)
    maxout(simdact, np.random.default_rng(3), report)
    backends(simdact, np.random.default_rng(4), report)
    print(f"\n{failed} failed" if failed else "\nPython: all as it should be")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
