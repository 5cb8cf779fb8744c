#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The runner reports each boot that goes wrong as a failure, with its reason."""

import os
import subprocess
import sys

from lib import images, tap

# Seconds after which tests/run-one stops a program, and its message about a .t and about a unit test.
LIMIT = "10"
STUCK = ("tests/stuck.t", "not ok 1 - stopped: no test may take so long; it was at: wait for a sleeper in main")
STUCK_UNIT = ("not ok - stopped after 10 s: no test may take so long; the last case that has ended is: "
              "ok 1 - one")

SILENCE = "10"  # seconds without output, from the first line on, after which a boot is stopped

# The image of tests/runner, and what the runner must print about it.
BROKEN = [
    ("hang", ["no verdict", "said nothing for 10 s, waiting for the end of guest hang; it was stopped", "| ok 1 - alive"]),
    ("panic", ["no verdict", "panic", "QEMU ended with 35 instead of 33"]),
    ("silent", ["no plan (1..N)"]),
]


def run_one(program, environment):
    return subprocess.run(["tests/run-one", program], capture_output=True, text=True, check=False,
                          env=dict(environment, LIMIT=LIMIT))


def test_stuck(writer, environment):
    run = run_one(STUCK[0], environment)
    writer.result(run.returncode and STUCK[1] in run.stdout, "a program that never ends is stopped",
                  [run.stdout, run.stderr])
    unit = f"{images.BUILD}/tests/test_stuck"
    with open(unit, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho 'ok 1 - one'\nexec sleep 1000\n")
    os.chmod(unit, 0o755)
    run = run_one(unit, environment)
    writer.result(run.returncode and STUCK_UNIT in run.stdout, "a unit test that never ends is stopped",
                  [run.stdout, run.stderr])


def main(writer):
    environment = {name: value for name, value in os.environ.items() if name != "HANGS"}
    for name, expected in BROKEN:
        run = subprocess.run(["tests/run-guests", "--silence", SILENCE, f"runner/{name}"],
                             capture_output=True, text=True, check=False, env=environment)
        output = run.stdout + run.stderr
        missing = [f"not said: {text}" for text in expected if text not in output]
        writer.result(run.returncode == 1 and "\nnot ok" in "\n" + output,
                      f"the runner fails with the image {name}", [output])
        writer.result(not missing, f"the runner says why the image {name} fails", missing + [output])
    test_stuck(writer, environment)


sys.exit(tap.run(main))
