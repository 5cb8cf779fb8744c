#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The disc boots through GRUB: it starts the demo by default, the machine ends as it should, and a panic's backtrace
has names."""

import re
import subprocess
import sys

from lib import images, machine, tap, terminal, verdict

BUILD = images.BUILD


def the_demo(writer):
    """As on a PC, the menu waits for a choice, and the machine waits for a key before it switches off."""
    disc = ["-boot", "d", "-cdrom", f"{BUILD}/umbra.iso"]
    with terminal.Terminal([], kernel=None, base=machine.QEMU, words=disc) as person:
        writer.result(person.wait_for("executed automatically in 5s"), "GRUB's menu waits five seconds",
                      [person.all])
        person.wait_for("umbra: any key switches the machine off")
        boot = machine.Boot("(not kept)")
        boot.text = person.all
        problems = verdict.guest_problems(images.guest_image("demo"), verdict.lives_of(boot.lines()))
        writer.result(not problems, "GRUB's menu starts the demo by itself", problems + verdict.log_tail(boot))
        person.type("x")
        status = person.end()
        writer.result(status == 0, "a key at the end switches the machine off",
                      [f"QEMU ended with {status}", person.all])


def in_a_hurry(writer):
    """QEMU can tell the menu to wait only one second."""
    command = [*machine.QEMU, *machine.DEBUG_EXIT, *machine.HURRY, "-boot", "d", "-cdrom",
               f"{BUILD}/umbra.iso"]
    boot = machine.run(command, f"{BUILD}/tests/iso-hurry.log")
    writer.result("automatically in 1s" in boot.text and "automatically in 2s" not in boot.text,
                  "GRUB's menu waits one second if QEMU tells it so", verdict.log_tail(boot))
    writer.result(boot.status == machine.STATUS_DONE, "a disc's machine with the debug exit device ends by itself",
                  [boot.hung or f"QEMU ended with {boot.status}"] + verdict.log_tail(boot))


def a_panic(writer):
    """GRUB passes on the ELF sections, so the hypervisor has its own symbols."""
    iso = f"{BUILD}/tests/panic.iso"
    subprocess.run(["iso/make-iso.sh", iso, machine.DEBUG_BUILD, f"{BUILD}/runner/panic.elf"],
                   check=True)
    boot = machine.run([*machine.QEMU, *machine.DEBUG_EXIT, *machine.HURRY, "-boot", "d",
                        "-cdrom", iso], f"{BUILD}/tests/iso-panic.log")
    writer.result(boot.status == machine.STATUS_PANIC, "a panic ends QEMU with status 35",
                  [boot.hung or f"QEMU ended with {boot.status}"] + verdict.log_tail(boot))
    names = re.findall(r"^umbra: .*\b([a-z]\w+)\+0x", boot.text, re.MULTILINE)
    writer.result("run_guest" in names, "a panic's backtrace has the functions' names",
                  ["the names: " + " ".join(names)] + verdict.log_tail(boot, 30))


def main(writer):
    the_demo(writer)
    in_a_hurry(writer)
    a_panic(writer)


sys.exit(tap.run(main))
