#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The release build works on CPUs from the 486 on, and with 8 MB to 3.5 GB of memory."""

import sys

from lib import images, machine, tap, verdict

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
    ("hello", "-M microvm -m 64"),
    ("hello", "-M microvm -bios qboot.rom -m 64"),
]

# Machines on which Umbra cannot run, and the line that gives the reason.
HOPELESS = [
    ("-M pc,pic=off", "the interval timer (8254) counts, but does not interrupt: "),
    ("-M microvm,pic=off -bios qboot.rom", "the interval timer (8254) counts, but does not interrupt: "),
    ("-M microvm,pit=off", "the interval timer (8254) does not count "),
]

# The only CPU in MACHINES without a TSC.
WITHOUT_TSC = "-cpu 486"


def check_machine(writer, name, words):
    image = images.guest_image(name)
    log = f"{images.BUILD}/tests/machine{words.replace(' ', '')}.log"
    boot = machine.boot_kernel(log, image.modules, kernel=machine.RELEASE_BUILD,
                               words=words.split())
    lives = verdict.lives_of(boot.lines())
    problems = verdict.guest_problems(image, lives) + verdict.boot_problems(boot, [image])
    if ("no TSC" in boot.text) != (WITHOUT_TSC in words):
        problems.append("the line about a missing TSC is wrong")
    writer.result(not problems, f"{name} ends as declared on {words}", problems + verdict.log_tail(boot))


def check_hopeless(writer, words, reason):
    log = f"{images.BUILD}/tests/machine{words.replace(' ', '')}.log"
    boot = machine.boot_kernel(log, images.guest_image("hello").modules,
                               kernel=machine.RELEASE_BUILD, words=words.split())
    problems = [] if f"umbra: panic: {reason}" in boot.text else [f"nothing says: {reason}"]
    if boot.status != machine.STATUS_PANIC:
        problems.append(boot.hung or f"QEMU ended with {boot.status}")
    writer.result(not problems, f"{words}: the panic's line says why Umbra cannot run",
                  problems + verdict.log_tail(boot))


def main(writer):
    for name, words in MACHINES:
        check_machine(writer, name, words)
    for words, reason in HOPELESS:
        check_hopeless(writer, words, reason)


sys.exit(tap.run(main))
