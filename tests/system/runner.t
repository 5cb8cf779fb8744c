#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The runner on real boots that go wrong: each must come out as a failure that says what it was."""

import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import tap

# The image of tests/runner, and what the runner must print about it.
BROKEN = [
    ("hang", ["no verdict", "said nothing for 10 s; it was stopped", "| ok 1 - alive"]),
    ("panic", ["no verdict", "panic", "QEMU ended with 35 instead of 33"]),
    ("silent", ["no plan (1..N)"]),
]


def main():
    writer = tap.Writer()
    for name, expected in BROKEN:
        run = subprocess.run(["tests/run-guests", f"runner/{name}"], capture_output=True, text=True,
                             check=False)
        output = run.stdout + run.stderr
        missing = [f"not said: {text}" for text in expected if text not in output]
        writer.result(run.returncode == 1 and "\nnot ok" in "\n" + output,
                      f"{name}: the runner fails", [output])
        writer.result(not missing, f"{name}: it says why", missing + [output])
    return writer.done()


sys.exit(main())
