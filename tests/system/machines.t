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
    ("hello", "-M microvm,rtc=off -m 64"),
    ("hello", "-M q35,i8042=off -vga none -m 64"),
    ("hello", "-M isapc -cpu 486 -vga none -m 64"),
]

# The only CPU in MACHINES without a TSC.
WITHOUT_TSC = "-cpu 486"

WITHOUT_RTC = "rtc=off"


def check_machine(writer, name, words):
    image = images.guest_image(name)
    log = f"{images.BUILD}/tests/machine{words.replace(' ', '')}.log"
    boot = machine.boot_kernel(log, image.modules, kernel=machine.RELEASE_BUILD,
                               words=words.split())
    lives = verdict.lives_of(boot.lines())
    problems = verdict.guest_problems(image, lives) + verdict.boot_problems(boot, [image])
    if ("no TSC" in boot.text) != (WITHOUT_TSC in words):
        problems.append("the line about a missing TSC is wrong")
    if ("umbra: no battery-backed clock: the time starts in 1970" in boot.lines()) != (WITHOUT_RTC in words):
        problems.append("the line about a missing clock is wrong")
    writer.result(not problems, f"{name} ends as declared on {words}", problems + verdict.log_tail(boot))


def main(writer):
    for name, words in MACHINES:
        check_machine(writer, name, words)


sys.exit(tap.run(main))
