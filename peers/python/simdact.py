"""simdact by way of the C entry points: the cases, their values, and its kernels."""

import ctypes
import math
import sys
from pathlib import Path

TIERS = ["", " fast", " exact"]
NAMES = {"darwin": "libsimdact_peers.dylib", "win32": "simdact_peers.dll"}


def parameters(activation):
    """Those of an activation as it is written: of "softplus(1, 20)", 1 and 20."""
    _, _, inside = activation.rstrip(")").partition("(")
    return tuple(float(text) for text in inside.split(",") if text)


class Case(ctypes.Structure):
    """A function, by number, and the shape of its input."""

    _fields_ = [
        ("function", ctypes.c_uint32),
        ("outer", ctypes.c_size_t),
        ("len", ctypes.c_size_t),
        ("inner", ctypes.c_size_t),
    ]
    name: str
    # Of an element-wise function or the one of a gradient: what it was called with.
    parameters: tuple
    # Numbers, and what they add to a name.
    tiers: list

    @property
    def shape(self):
        return self.outer, self.len, self.inner

    @property
    def dimensions(self):
        """The shape as one would have it: libraries are much slower along an axis that is not the last one, even if
        the last one has a single element."""
        return self.shape if self.inner > 1 else self.shape[:2]

    @property
    def elements(self):
        return self.outer * self.len * self.inner

    @property
    def output(self):
        """Elements of the output."""
        return self.outer * self.inner if self.name.startswith("maxout") else self.elements

    def __str__(self):
        dimensions = self.dimensions if self.len > 1 else self.shape[:1]
        return f"{self.name} {'x'.join(map(str, dimensions))}"


class Simdact:
    """The library."""

    def __init__(self, folder):
        self.library = library = ctypes.CDLL(str(Path(folder) / NAMES.get(sys.platform, "libsimdact_peers.so")))
        library.simdact_peers_cases.argtypes = [ctypes.c_int]
        library.simdact_peers_cases.restype = ctypes.c_size_t
        names = (library.simdact_peers_function, library.simdact_peers_activation, library.simdact_peers_backend)
        for function in names:
            function.argtypes = [ctypes.c_uint32]
            function.restype = ctypes.c_char_p
        library.simdact_peers_has_tier.argtypes = [ctypes.c_uint32] * 2
        texts = (library.simdact_peers_processor, library.simdact_peers_version, library.simdact_peers_compiler)
        for function in texts:
            function.restype = ctypes.c_char_p
        self.processor, self.version, self.compiler = (function().decode() for function in texts)
        library.simdact_peers_case.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_void_p]
        library.simdact_peers_fill.argtypes = library.simdact_peers_ulps.argtypes = [ctypes.c_void_p] * 3
        library.simdact_peers_ulps.restype = ctypes.c_double

    def cases(self, curve):
        for number in range(self.library.simdact_peers_cases(curve)):
            case = Case()
            if self.library.simdact_peers_case(curve, number, ctypes.byref(case)) != 0:
                raise RuntimeError(f"there is no case {number}")
            case.name = self.library.simdact_peers_function(case.function).decode()
            case.parameters = parameters(self.library.simdact_peers_activation(case.function).decode())
            has = self.library.simdact_peers_has_tier
            case.tiers = [(tier, name) for tier, name in enumerate(TIERS) if has(case.function, tier)]
            yield case

    def backends(self):
        """Number and name of each, the best last."""
        number = 0
        while name := self.library.simdact_peers_backend(number):
            yield number, name.decode()
            number += 1

    def fill(self, case, x, dy):
        if self.library.simdact_peers_fill(ctypes.byref(case), x.ctypes.data, dy.ctypes.data) != 0:
            raise RuntimeError(f"{case} has no values")

    def ulps(self, case, x, y):
        """The largest error of results, in ULP of the true value, or None where there is no single true value."""
        ulps = self.library.simdact_peers_ulps(ctypes.byref(case), x.ctypes.data, y.ctypes.data)
        return None if math.isnan(ulps) else ulps

    def call(self, case, backend, tier, x, dy, y):
        """A call without arguments that computes the case, or None where the machine lacks the backend."""
        run = self.library.simdact_peers_run
        # Converted once: what is measured is not the conversion.
        arguments = (
            ctypes.byref(case),
            ctypes.c_uint32(backend),
            ctypes.c_uint32(tier),
            *(ctypes.c_void_p(array.ctypes.data) for array in (x, dy, y)),
        )
        return None if run(*arguments) != 0 else lambda: run(*arguments)
