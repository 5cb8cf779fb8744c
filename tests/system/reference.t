#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest's page walks have the same results as the CPU's own. tests/reference/page-walk boots on the bare machine and
as a guest, and both must print the same lines. With LONG=1 it leaves no combination out. The images of tests/guest
with `native := y` boot on the bare machine too, and must pass there as well."""

import os
import re
import sys

from lib import images, machine, tap, verdict

# The CPU, the hypervisor's words, and the images that run there. A CPU without PAE runs two-level
# tables by itself; pentium3 has PAE without NX, max has both.
MACHINES = [
    ("486", "", ["page-walk"]),
    ("pentium3", "", ["page-walk-pae"]),
    ("max", "", ["page-walk", "page-walk-pae"]),
    ("max", "paging=2level", ["page-walk"]),
]

# QEMU leads no interrupts to a 486 beside other CPUs: it has no local APIC.
SINGLE = {"486": machine.ONE_CPU}

LONG = os.environ.get("LONG", "")
WORDS = "all" if LONG else ""
TIMEOUT = 3600 if LONG else 120  # by the machine's clock
LIMITS = {"bound": TIMEOUT, "silence": TIMEOUT} if LONG else {}
LINES_MIN = 500
DIFFERENCES_SHOWN = 8
NATIVE_END = "shut down: "

natives = {}


def reference_image(name):
    image, = images.images_of_source("tests/reference/page-walk/page-walk.c",
                                     f"{images.BUILD}/reference/{name}.elf", prints_tap=False)
    image.modules = [re.sub(r"timeout=\d+", f"timeout={TIMEOUT}", module) + f" -- {WORDS}"
                     for module in image.modules]
    return image


def native_record(name, cpu):
    """The lines that the image prints on the bare machine; None if it did not come to its end."""
    if (name, cpu) not in natives:
        boot = machine.boot_kernel(f"{images.BUILD}/tests/reference-{name}-{cpu}-native.log", [],
                                   kernel=f"{images.BUILD}/reference/{name}.elf", append=WORDS,
                                   words=["-cpu", cpu], **LIMITS)
        lines = [line for line in boot.lines() if line]
        ended = boot.status == machine.STATUS_DONE and lines[-1:] == [NATIVE_END + "page-walk: done"]
        natives[name, cpu] = lines[:-1] if ended else None
    return natives[name, cpu]


def differences(native, guest):
    """The first lines that are not the same."""
    if native is None:
        return ["it did not come to its end on the bare machine"]
    found = []
    for number, (expected, got) in enumerate(zip(native, guest), 1):
        if expected != got:
            found += [f"line {number}, bare machine: {expected}", f"line {number}, guest: {got}"]
    if len(native) != len(guest):
        found.append(f"{len(native)} lines on the bare machine, {len(guest)} as a guest")
    if len(native) < LINES_MIN:
        found.append(f"only {len(native)} lines")
    return found


def compare_on(writer, cpu, words, names):
    all_images = [reference_image(name) for name in names]
    log = f"{images.BUILD}/tests/reference-{cpu}{words.replace('=', '-')}.log"
    boot = machine.boot_kernel(log, [module for image in all_images for module in image.modules],
                               kernel=machine.RELEASE_BUILD, append=f"console=serial run=sequence {words}",
                               words=["-cpu", cpu, *SINGLE.get(cpu, [])], **LIMITS)
    lives = verdict.lives_of(boot.lines())
    problems = verdict.boot_problems(boot, all_images)
    writer.result(not problems, f"a boot with the image as a guest on {cpu} {words} ends well",
                  problems + verdict.log_tail(boot))
    for image in all_images:
        native = native_record(image.name, cpu)
        problems = verdict.guest_problems(image, lives)
        guest = next((life.lines for life in lives if life.name == image.name), [])
        found = differences(native, guest)
        writer.result(not problems and not found,
                      f"{image.name} on {cpu} {words} prints {len(guest)} lines, the same as on the bare machine",
                      problems + found[:2 * DIFFERENCES_SHOWN])


def native_images():
    """The images of tests/guest that also boot on the bare machine."""
    return [images.name_of_source(path) for path in images.test_images_with("native")]


def pass_natively(writer, name):
    """The image's own results on the bare machine."""
    boot = machine.boot_kernel(f"{images.BUILD}/tests/native-{name}.log", [],
                               kernel=f"{images.BUILD}/tests/{name}.elf", append="",
                               **LIMITS)
    lines = [line for line in boot.lines() if line]
    passed = sum(line.startswith("ok ") for line in lines)
    problems = [line for line in lines if line.startswith("not ok ")]
    if boot.status != machine.STATUS_DONE or lines[-1:] != [f"{NATIVE_END}tap: {passed} passed"]:
        problems.append("it did not come to its end on the bare machine")
    writer.result(not problems, f"{name} passes on the bare machine: {passed} results", problems)


def main(writer):
    for cpu, words, names in MACHINES:
        compare_on(writer, cpu, words, names)
    for name in native_images():
        pass_natively(writer, name)


sys.exit(tap.run(main))
