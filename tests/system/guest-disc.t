#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disc with a kernel of the user's (make run GUEST=...): what is wrong with the words is said, and
what is right arrives. The kernel is one of our guests, which tells its command line."""

import os
import re
import subprocess
import sys

from lib import images, machine, tap, verdict

FOLDER = f"{images.BUILD}/tests/guest disc"  # blanks in names are allowed
KERNEL = f"{FOLDER}/my kernel"
ISO = f"{images.BUILD}/tests/guest-disc.iso"
LINE = "a=b;c 'd'"

# What is given, and how the complaint must begin.
WRONG = [
    ({}, "INITRD, DISK, CMDLINE and MEM belong to a GUEST="),
    ({"GUEST": "/nosuch"}, "GUEST=/nosuch: there is no such file"),
    ({"GUEST": "tests"}, "GUEST=tests: not a file"),
    ({"GUEST": "README.md"}, "GUEST=README.md: neither a Linux bzImage nor an ELF file"),
    ({"GUEST": KERNEL, "INITRD": "/nosuch"}, "INITRD=/nosuch: there is no such file"),
    ({"GUEST": KERNEL, "DISK": "/nosuch"}, "DISK=/nosuch: there is no such file"),
    ({"GUEST": KERNEL, "MEM": "64X"}, "MEM=64X: write for example"),
    ({"GUEST": KERNEL, "MEM": "M64"}, "MEM=M64: write for example"),
    ({"GUEST": KERNEL, "MEM": "64MM"}, "MEM=64MM: write for example"),
    ({"GUEST": KERNEL, "CMDLINE": LINE}, "CMDLINE, APPEND: no quotation marks"),
    ({"GUEST": KERNEL, "APPEND": "\\"}, "CMDLINE, APPEND: no quotation marks"),
]


def make_iso(given):
    """With just these variables; returns make-iso.sh's process."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("GUEST", "INITRD", "DISK", "RO", "MEM", "CMDLINE", "APPEND")}
    return subprocess.run(["tools/linux/make-iso.sh", ISO, machine.RELEASE_BUILD],
                          env={**environment, **given}, capture_output=True, text=True, check=False)


def complaints(writer):
    for given, wanted in WRONG:
        result = make_iso(given)
        writer.result(result.returncode != 0 and result.stderr.startswith(wanted), wanted,
                      [f"status {result.returncode}", result.stderr])


def menu():
    with open(f"{ISO[:-4]}.disc/boot/grub/grub.cfg", encoding="utf-8") as file:
        return re.findall(r"\t(?:multiboot|module).*", file.read())


def menus(writer):
    """What stands in GRUB's menu."""
    make_iso({"GUEST": KERNEL, "DISK": KERNEL, "RO": "1", "APPEND": "stats"})
    writer.result(menu() == ["\tmultiboot /boot/umbra.elf 'stats'",
                             "\tmodule --nounzip /guest/kernel kernel name=linux mem=64M -- "
                             "'console=hvc0' 'root=/dev/vda'",
                             "\tmodule --nounzip /guest/disk disk ro"],
                  "a disk is the root, where there is no initrd", menu())
    make_iso({"GUEST": KERNEL, "DISK": KERNEL, "INITRD": KERNEL, "CMDLINE": ""})
    writer.result(menu()[1:] == ["\tmodule --nounzip /guest/kernel kernel name=linux mem=64M --",
                                 "\tmodule --nounzip /guest/initrd initrd",
                                 "\tmodule --nounzip /guest/disk disk"],
                  "an empty command line is none", menu())


def boots(writer):
    line = "one $two;three {four} five=6,7"
    made = make_iso({"GUEST": KERNEL, "MEM": "4M", "CMDLINE": line})
    writer.result(made.returncode == 0, "a disc is made", [made.stderr])
    boot = machine.run(machine.QEMU + machine.DEBUG_EXIT + ["-boot", "d", "-cdrom", ISO],
                       f"{images.BUILD}/tests/guest-disc.log")
    writer.result(f'My command line is "{line}".' in boot.lines() and
                  "umbra: guest linux: shut down: goodbye" in boot.lines(),
                  "GRUB hands over each word as it was written", verdict.log_tail(boot))
    writer.result(boot.status == machine.STATUS_DONE, "and all is well", [boot.status])


def main(writer):
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{images.BUILD}/guest/hello.elf", "rb") as file, open(KERNEL, "wb") as copy:
        copy.write(file.read())
    complaints(writer)
    menus(writer)
    boots(writer)


sys.exit(tap.run(main))
