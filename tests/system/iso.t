#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The disc, through GRUB: the demo by default, power-off, and a panic with names in its backtrace."""

import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import images
import machine
import tap
import verdict

BUILD = images.BUILD


def boot_disc(iso, name, words=()):
    """QEMU as machine.boot_kernel starts it, but from a disc."""
    command = [*machine.QEMU, "-boot", "d", "-cdrom", iso, *words]
    return machine.run(command, f"{BUILD}/tests/{name}.log")


def the_demo(writer):
    """Without the debug exit device the hypervisor has to switch the machine off."""
    demo = images.guest_image("demo")
    boot = boot_disc(f"{BUILD}/umbra.iso", "iso-demo")
    problems = verdict.guest_problems(demo, verdict.lives_of(boot.lines()))
    writer.result(not problems, "GRUB's menu starts the demo by itself",
                  problems + verdict.log_tail(boot))
    writer.result(not boot.hung and boot.status == 0, "the machine is switched off at the end",
                  [boot.hung or f"QEMU ended with {boot.status}"] + verdict.log_tail(boot))


def a_panic(writer):
    """GRUB hands over the ELF sections, so the hypervisor knows its own symbols."""
    iso = f"{BUILD}/tests/panic.iso"
    subprocess.run(["iso/make-iso.sh", iso, machine.DEBUG_BUILD, f"{BUILD}/runner/panic.elf"],
                   check=True)
    boot = boot_disc(iso, "iso-panic", machine.DEBUG_EXIT)
    writer.result(boot.status == machine.STATUS_PANIC, "a panic is QEMU's status 35",
                  [boot.hung or f"QEMU ended with {boot.status}"] + verdict.log_tail(boot))
    names = re.findall(r"^umbra: .*\b([a-z]\w+)\+0x", boot.text, re.MULTILINE)
    writer.result("run_guest" in names, "its backtrace has the functions' names",
                  ["the names: " + " ".join(names)] + verdict.log_tail(boot, 30))


def main(writer):
    the_demo(writer)
    a_panic(writer)


sys.exit(tap.run(main))
