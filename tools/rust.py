"""What the tools that derive constants share: Rust source, and the comparison with what is committed."""

import argparse
import sys
import textwrap


def constant(name, kind, value, note=""):
    """A Rust constant under a comment."""
    comment = "".join(f"// {line}\n" for line in textwrap.wrap(note, 76))
    return f"{comment}pub(super) const {name}: {kind} = {value};\n".replace(" \n", "\n")


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
