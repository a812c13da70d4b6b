"""What the tools that derive constants share: Rust source, and the comparison with what is committed."""

import argparse
import re
import sys
import textwrap
from pathlib import Path


def constant(name, kind, value, note=""):
    """A Rust constant under a comment."""
    comment = "".join(f"// {line}\n" for line in textwrap.wrap(note, 76))
    first = f"pub(super) const {name}: {kind} = {value};".splitlines()[0]
    gap = " " if len(first) <= 120 else "\n    "
    return f"{comment}pub(super) const {name}: {kind} ={gap}{value};\n"


def array(entries):
    """A Rust array of literals, laid out as rustfmt does at width 120."""
    entries = list(entries)
    line = f"[{', '.join(entries)}]"
    if len(line) < 116:
        return line
    lines = [f"{entry}," for entry in entries]
    if max(map(len, entries)) <= 10:
        lines = textwrap.wrap(" ".join(lines), 115)
    return "[\n" + "".join(f"    {line}\n" for line in lines) + "]"


def printed(table, name):
    """The floats of that name in the committed table of that name."""
    path = Path(__file__).parent / f"../src/activation/{table}_table.rs"
    body = re.search(rf"const {name}: [^=]*=\s*([^;]*);", path.read_text(encoding="utf-8"))[1]
    return [float(n) for n in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", body)]


def print_or_check(render):
    """Prints what `render` gives, or compares a file with it; the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", metavar="FILE", help="compare with the output")
    path, text = parser.parse_args().check, render()
    if path is None:
        sys.stdout.write(text)
        return 0
    with open(path, encoding="utf-8") as file:
        if file.read() == text:
            return 0
    print(f"{path} is not what {sys.argv[0]} prints", file=sys.stderr)
    return 1
