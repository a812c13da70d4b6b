#!/usr/bin/env python3
"""Counts the instructions of the kernels' inner loops, from the assembly that the compiler emits.

    python3 tools/instructions.py [--target TRIPLE]     a table for AVX2 on x86-64, for NEON on aarch64
    python3 tools/instructions.py --avx512              the same for AVX-512
    python3 tools/instructions.py --check ...           exit 1 if a loop puts registers aside on the stack
    python3 tools/instructions.py --mca CPU ...         what llvm-mca says of the loops on that processor

For machines whose time cannot be taken.  A loop's turn takes several vectors side by side; its elements follow from
the vectors that it stores to the output.  llvm-mca takes all to be in the first cache: its cycles are a lower bound of
what the ports, or the divider, leave.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Of each architecture: a part of the names of its kernels, lanes, a register of floats, the stack, what stores, and
# what branches to a label.
MACHINES = {
    "x86_64": ("4avx24Avx2", 8, r"%ymm\d", r"\(%rsp|\(%rbp", r"vmov[au]\w+\s+%ymm\d+, [^%]*\(", r"j\w+\s+(\.L\w+)"),
    "avx512": ("6avx5126Avx512", 16, r"%zmm\d", r"\(%rsp|\(%rbp", r"vmov\w+\s+%zmm\d+, [^%]*\(", r"j\w+\s+(\.L\w+)"),
    "aarch64": ("4neon9NeonLanes", 4, r"\b[vq]\d", r"\[(?:sp|x29)", r"st\w+\s+", r"(?:b\.\w+|cbn?z|tbn?z|b)\s.*?(\.L\w+)"),
}

# What is counted: a name, and what its kernel's symbol has, as the compiler mangles it.
FORWARD, BACKWARD = "4Call", "8Gradient"
# Kernels with more operands around the function are not counted.
JOINED = "6Joined"
KERNELS = [
    ("relu", FORWARD, "4relu4ReluKb0_"),
    ("leaky_relu", FORWARD, "10leaky_relu9LeakyReluKb0_"),
    ("exp", FORWARD, "3exp3ExpKb0_"),
    ("exp, fast", FORWARD, "3exp3ExpKb1_"),
    ("tanh", FORWARD, "4tanh4TanhKb0_"),
    ("tanh, fast", FORWARD, "4tanh4TanhKb1_"),
    ("sigmoid", FORWARD, "7sigmoid7SigmoidKb0_"),
    ("sigmoid, fast", FORWARD, "7sigmoid7SigmoidKb1_"),
    ("relu, backward", BACKWARD, "4relu4Relu"),
    ("tanh, backward", BACKWARD, "4tanh4Tanh"),
    ("sigmoid, backward", BACKWARD, "7sigmoid7Sigmoid"),
]


def assembly(target):
    """The library's assembly, line by line, in one unit, with names that tell the types."""
    folder = ROOT / "target" / "instructions"
    command = ["cargo", "rustc", "--release", "--lib", *(["--target", target] if target else []), "--"]
    command += ["--emit", "asm", "-Cdebuginfo=0", "-Csymbol-mangling-version=v0", "-Ccodegen-units=1"]
    environment = os.environ | {"CARGO_TARGET_DIR": str(folder)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    files = (folder / (target or "") / "release" / "deps").glob("simdact-*.s")
    return max(files, key=lambda file: file.stat().st_mtime).read_text().splitlines()


def functions(lines):
    """The instructions and labels of each function, by its name."""
    name, body = None, []
    for line in lines:
        label = re.match(r"([\w.$]+):", line)
        if label and not label[1].startswith("."):
            name, body = label[1], []
        elif line.startswith(".Lfunc_end"):
            yield name, body
        elif label:
            body.append(label[1])
        elif re.match(r"\s+[a-z]", line):
            body.append(line.strip())


def loops(body, branch):
    """From each label to a branch back to it."""
    places = {}
    for at, line in enumerate(body):
        if line.startswith("."):
            places[line] = at
        elif (jump := re.match(branch, line)) and jump[1] in places:
            yield [line for line in body[places[jump[1]] : at + 1] if not line.startswith(".")]


def simulated(loop, cpu):
    """Cycles of a turn of the loop, and the busiest port, by llvm-mca."""
    body = [line for line in loop if not line.startswith("j")]
    command = ["llvm-mca", "-mtriple=x86_64", f"-mcpu={cpu}", "-iterations=200", "-json"]
    text = subprocess.run(command, input="\n".join(body), check=True, capture_output=True, text=True).stdout
    result = json.loads(text)
    region = result["CodeRegions"][0]
    cycles = region["SummaryView"]["TotalCycles"] / region["SummaryView"]["Iterations"]
    names = result["TargetInfo"]["Resources"]
    usage = {}
    for entry in region["ResourcePressureView"]["ResourcePressureInfo"]:
        # The last index stands for all instructions together.
        if entry["InstructionIndex"] == len(body):
            usage[names[entry["ResourceIndex"]]] = entry["ResourceUsage"]
    port, busy = max(usage.items(), key=lambda item: item[1])
    return cycles, f"{port} {100 * busy / cycles:.0f} %"


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", help="as cargo names it; otherwise this machine's")
    parser.add_argument("--check", action="store_true", help="exit 1 if a loop puts registers aside on the stack")
    parser.add_argument("--avx512", action="store_true", help="the kernels of AVX-512, not of AVX2")
    parser.add_argument("--mca", metavar="CPU", help="simulate the loops on that processor, such as sapphirerapids")
    options = parser.parse_args()
    architecture = "avx512" if options.avx512 else (options.target or os.uname().machine).split("-")[0]
    part, lanes, register, stack, store, branch = MACHINES[architecture]

    kernels = [(n, b) for n, b in functions(assembly(options.target)) if part in n and "6slices3Map" in n and JOINED not in n]
    spilled = []
    columns = ["", "vectors a turn", "instructions per vector", "per element", "of them on floats", "on the stack"]
    columns += ["cycles per vector", "busiest"] if options.mca else []
    print(f"| {' | '.join(columns)} |")
    print(f"|{' --- |' * len(columns)}")
    for title, way, symbol in KERNELS:
        bodies = [body for name, body in kernels if way in name and symbol in name]
        if len(bodies) != 1:
            sys.exit(f"{title}: {len(bodies)} functions, not one")

        def arithmetic(loop):
            return sum(bool(re.search(register, line)) for line in loop)

        # The loop that takes the most vectors: those of the ends take one.
        loop = max(loops(bodies[0], branch), key=lambda loop: (arithmetic(loop), -len(loop)))
        outputs = [line for line in loop if re.match(store, line) and not re.search(stack, line)]
        # An instruction may store two registers. What is written past the caches is a second set of stores.
        vectors = sum(len(re.findall(register, line.split("[")[0].split(", (")[0])) for line in outputs)
        spills = sum(bool(re.search(stack, line)) for line in loop)
        if spills:
            spilled.append(title)
        each = len(loop) / vectors
        cells = [title, vectors, f"{each:.1f}", f"{each / lanes:.2f}", f"{arithmetic(loop) / vectors:.1f}", spills]
        if options.mca:
            cycles, busiest = simulated(loop, options.mca)
            cells += [f"{cycles / vectors:.1f}", busiest]
        print(f"| {' | '.join(map(str, cells))} |")
    if options.check and spilled:
        sys.exit(f"put registers aside on the stack: {', '.join(spilled)}")


if __name__ == "__main__":
    main()
