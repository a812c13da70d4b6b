#!/usr/bin/env python3
"""Checks that nothing which the crate itself needs asks for a newer Rust than the crate does.

    cargo metadata --format-version 1 --all-features | python3 tools/msrv.py

Cargo says so only to whoever builds with the older one; tests and benchmarks may need a newer one.
"""

import json
import sys


def version(text):
    return [int(number) for number in text.split(".")] + [0] * (2 - text.count("."))


metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
needs = {
    node["id"]: [d["pkg"] for d in node["deps"] if any(kind["kind"] != "dev" for kind in d["dep_kinds"])]
    for node in metadata["resolve"]["nodes"]
}

root = metadata["resolve"]["root"]
promised = packages[root]["rust_version"]
found, left = set(), [root]
while left:
    package = left.pop()
    if package not in found:
        found.add(package)
        left += needs[package]

newer = [
    f"{p['name']} {p['version']} needs Rust {p['rust_version']}"
    for p in map(packages.get, found)
    if p["rust_version"] and version(p["rust_version"]) > version(promised)
]
if newer:
    sys.exit("\n".join(sorted(newer) + [f"the crate promises {promised}"]))
print(f"{len(found)} packages, none of which needs a newer Rust than {promised}")
