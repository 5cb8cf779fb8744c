#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors of the hypervisor's own, made on purpose in a debug build: each stops the machine with
status 35 and says what it was, with registers and a backtrace."""

import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import images
import machine
import tap
import verdict

# The guest's command line, and what the hypervisor must say.
PANICS = [
    ("panic", [r"panic: a guest asked for it"]),
    ("null", [r"panic: trap 14 in the hypervisor, error code 0x2, .* cr2 00000000",
              r"eip ffc\w+ "]),
    ("overflow", [r"panic: stack overflow: .*stack"]),
    ("text", [r"panic: trap 14 in the hypervisor, error code 0x3, .* cr2 ffc"]),
]
ALWAYS = [r"backtrace.*\n(umbra:   \w{8}.*\n){3}", r"running: panic"]


def main():
    writer = tap.Writer()
    for way, expected in PANICS:
        module = f"{images.BUILD}/runner/panic.elf kernel name=panic mem=4M -- {way}"
        boot = machine.boot_kernel(f"{images.BUILD}/tests/panic-{way}.log", [module])
        text = "\n".join(boot.lines())
        missing = [p for p in expected + ALWAYS if not re.search(r"^umbra: +" + p, text, re.MULTILINE)]
        writer.result(not missing, f"{way}: it says what happened", missing + verdict.log_tail(boot))
        writer.result(boot.status == machine.STATUS_PANIC, f"{way}: QEMU's status is 35",
                      [boot.hung or f"QEMU ended with {boot.status}"])
    return writer.done()


sys.exit(main())
