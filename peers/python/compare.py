"""Races simdact against numpy, torch and onnxruntime, on the very same arrays, on one thread.

As in src/race.rs: all candidates take turns, round by round, and the fastest and the middle round of each count.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time

BLOCK_NS = 20_000
MOST_ROUNDS = 1000
# Larger arrays are in no cache anyway, and one round more takes long.
WARM = 1 << 20


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filters", nargs="*", help='only cases whose title contains one of these, such as "tanh 65536"')
    parser.add_argument("--library", required=True, metavar="FOLDER", help="where simdact's library for C is")
    parser.add_argument("--avx2", action="store_true", help="no AVX-512 for simdact, numpy and torch")
    parser.add_argument("--json", metavar="FILE", help="also write what was measured to this file")
    parser.add_argument("--seconds", type=float, help="for each case: 1 if not given, for curves 0.1")
    parser.add_argument("--curve", action="store_true", help="the cases of curves, from 1 to 64 Mi elements")
    parser.add_argument("--quick", action="store_true", help="few rounds, no case of more than 64 Ki elements")
    return parser.parse_args()


def without_avx512():
    """The settings that keep numpy and torch from using AVX-512: they must be there before either is imported.

    onnxruntime has no such setting.
    """
    dispatch = subprocess.run(
        [sys.executable, "-c", "from numpy._core._multiarray_umath import __cpu_dispatch__ as d; print(*d)"],
        check=True,
        capture_output=True,
        text=True,
    )
    wide = [name for name in dispatch.stdout.split() if name.startswith("AVX512") or name == "X86_V4"]
    return {
        "NPY_DISABLE_CPU_FEATURES": " ".join(wide),
        "ATEN_CPU_CAPABILITY": "avx2",
        # torch's exp and tanh are MKL's, its GELU is oneDNN's.
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    }


def block(call, calls, warm):
    if warm:
        call()
    start = time.perf_counter_ns()
    for _ in range(calls):
        call()
    return time.perf_counter_ns() - start


def race(case, candidates, seconds, least_rounds):
    """The times of each candidate, in nanoseconds per element, ascending."""
    warm = case.elements <= WARM
    counts = []
    turn = 0
    for _, _, call in candidates:
        calls = 1
        while (took := block(call, calls, warm)) < BLOCK_NS:
            calls *= 2
        counts.append(calls)
        turn += took
    rounds = min(max(int(seconds * 1e9 / turn), least_rounds), MOST_ROUNDS)
    times = [[] for _ in candidates]
    for _ in range(rounds):
        for (_, _, call), calls, of in zip(candidates, counts, times):
            of.append(block(call, calls, warm) / calls / case.elements)
    return [sorted(of) for of in times]


def agree(case, candidates, simdact, x, y):
    """The largest error of each in ULP, if all compute about what the first computes, so that nobody is measured doing
    something else."""
    import numpy as np

    # Sums of a row in f32, one element after the other, may be that far off.
    tolerance = 1e-3 + case.len * 2.0**-24
    reference = None
    errors = []
    for name, how, call in candidates:
        y.fill(np.nan)
        result = call()
        if how.startswith("allocates"):
            np.copyto(y, result)
        errors.append(simdact.ulps(case, x, y))
        if reference is None:
            reference = y.copy()
            largest = np.abs(reference).max()
        # A NaN is not near anything.
        elif not (np.abs(y - reference) <= tolerance * np.abs(reference) + 1e-4 * largest).all():
            raise RuntimeError(f"{case}: {name} computes something else than {candidates[0][0]}")
    return errors


def aligned(elements):
    """An array that begins with a page, as in src/race.rs."""
    import numpy as np

    array = np.zeros(elements + 1024, np.float32)
    start = -array.ctypes.data % 4096 // 4
    return array[start : start + elements]


def versions(simdact):
    import numpy
    import onnxruntime
    import torch

    return {
        "simdact": simdact.version,
        "rustc": simdact.compiler,
        "python": platform.python_version(),
        **{library.__name__: library.__version__ for library in (numpy, torch, onnxruntime)},
    }


def line(candidate, times, ours, fast, ulps):
    name, how, _ = candidate
    return {
        "name": name,
        "how": how,
        "min": round(times[0], 4),
        "median": round(times[len(times) // 2], 4),
        "ratio": round(times[0] / ours, 4),
        "ratio_fast": round(times[0] / fast, 4) if fast else None,
        "ulps": None if ulps is None else round(ulps, 4),
    }


def measure(case, simdact, avx2, seconds, least_rounds):
    """The record of a case, as src/report.rs writes it."""
    import numpy as np
    import rivals

    x, dy, whole = (aligned(case.elements) for _ in range(3))
    simdact.fill(case, x, dy)
    y = whole[: case.output]
    ours = []
    for number, backend in simdact.backends():
        if backend == "scalar" or (avx2 and backend == "avx512"):
            continue
        for tier, called in reversed(case.tiers):
            if call := simdact.call(case, number, tier, x, dy, y):
                ours.append((f"simdact {backend}{called}", "by ctypes", call))
    # The best first: ratios are to it.
    ours.reverse()
    candidates = ours + list(rivals.calls(case, x, dy, y))
    # memcpy has no error.
    errors = [None, *agree(case, candidates, simdact, x, y)]
    candidates.insert(0, ("memcpy", "numpy.copyto, the input", lambda: np.copyto(whole, x)))
    times = race(case, candidates, seconds, least_rounds)
    best = candidates[1][0]
    fast = next((of[0] for (name, *_), of in zip(candidates, times) if name == f"{best} fast"), None)
    standard = times[1][0]
    lines = [line(candidate, of, standard, fast, ulps) for candidate, of, ulps in zip(candidates, times, errors)]
    return {"function": case.name, "shape": case.shape, "rounds": len(times[0]), "candidates": lines}


def show(case, record):
    print(f"\n{case}, {record['rounds']} rounds")
    print(f"  {'ns per element':<28}{'min':>10}{'median':>10}{'x ours':>9}{'x fast':>9}{'ULP':>10}  how")
    for of in record["candidates"]:
        fast, ulps = ("" if of[key] is None else f"{of[key]:.2f}" for key in ("ratio_fast", "ulps"))
        times = f"{of['min']:>10.4f}{of['median']:>10.4f}{of['ratio']:>9.2f}{fast:>9}"
        print(f"  {of['name']:<28}{times}{ulps:>10}  {of['how']}", flush=True)


def main(options):
    simdact = Simdact(options.library)
    head = {
        "program": "python",
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "processor": simdact.processor,
        "versions": versions(simdact),
        "curve": options.curve,
        "avx2": options.avx2,
    }
    print(head["processor"], head["date"], "avx2 only" if options.avx2 else "all instructions", sep=", ")
    # A curve has many points, and a bad one shows.
    seconds, least_rounds = (0.1, 5) if options.curve else (1.0, 15)
    if options.quick or options.seconds is not None:
        seconds = 0 if options.quick else options.seconds
    records = []
    for case in simdact.cases(options.curve):
        if options.quick and case.elements > 64 << 10:
            continue
        if options.filters and not any(text in str(case) for text in options.filters):
            continue
        record = measure(case, simdact, options.avx2, seconds, least_rounds)
        show(case, record)
        records.append(record)
    if options.json:
        with open(options.json, "w") as out:
            start = json.dumps(head, separators=(",", ":"))[:-1]
            lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
            out.write(f'{start},"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    options = arguments()
    # Before anything is imported that starts threads or looks at the processor.
    os.environ["OMP_NUM_THREADS"] = "1"
    if options.avx2:
        os.environ |= without_avx512()
    from simdact import Simdact

    main(options)
