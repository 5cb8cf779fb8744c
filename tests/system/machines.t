#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The release build on CPUs from the 486 on, and with 8 MB to 3.5 GB of memory."""

import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import images
import machine
import tap
import verdict

# Guest image, words for QEMU. The demo uses everything; hello is enough to see a machine start.
MACHINES = [
    ("demo", "-cpu 486 -m 8"),
    ("demo-pae", "-cpu max -m 64"),
    ("hello", "-cpu 486 -m 64"),
    ("hello", "-cpu pentium -m 64"),
    ("hello", "-cpu pentium3 -m 64"),
    ("hello", "-cpu qemu32 -m 64"),
    ("hello", "-cpu max -m 3584"),
    ("hello", "-cpu 486 -m 3584"),
]


def main(writer):
    for name, words in MACHINES:
        image = images.guest_image(name)
        log = f"{images.BUILD}/tests/machine{words.replace(' ', '')}.log"
        boot = machine.boot_kernel(log, image.modules, kernel=machine.RELEASE_BUILD,
                                   words=words.split())
        lives = verdict.lives_of(boot.lines())
        problems = verdict.guest_problems(image, lives) + verdict.boot_problems(boot, [image])
        writer.result(not problems, f"{name} on {words}", problems + verdict.log_tail(boot))


sys.exit(tap.run(main))
