#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disc with a user's kernel (make run GUEST=...): make-iso.sh names mistakes in its variables, and the kernel gets
its command line unchanged. The kernel here is Umbra's guest `hello`, which prints its command line."""

import os
import re
import subprocess
import sys

from lib import images, machine, tap, verdict

FOLDER = f"{images.BUILD}/tests/guest disc"  # blanks in names are allowed
KERNEL = f"{FOLDER}/my kernel"
ISO = f"{images.BUILD}/tests/guest-disc.iso"
LINE = "a=b;c 'd'"

# Wrong variables, and the beginning of make-iso.sh's message.
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
    ({"GUEST": KERNEL, "MEM": "08M"}, "MEM=08M: write for example"),
    ({"GUEST": KERNEL, "MEM": "010M"}, "MEM=010M: write for example"),
    ({"GUEST": KERNEL, "MEM": "0"}, "MEM=0: write for example"),
    ({"GUEST": KERNEL, "MEM": "M"}, "MEM=M: write for example"),
    ({"GUEST": KERNEL, "CMDLINE": LINE}, "CMDLINE, APPEND: no quotation marks"),
    ({"GUEST": KERNEL, "APPEND": "\\"}, "CMDLINE, APPEND: no quotation marks"),
]


# Sizes of a guest, and the memory of a machine for it: an eighth more, 32 MB and what the modules take.
SIZES = [("64M", 64), ("1G", 1024), ("1025K", 2), ("1048577", 2)]


def call(words, given):
    """Calls a program with these variables only; returns its finished process."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("GUEST", "INITRD", "DISK", "RO", "MEM", "CMDLINE", "APPEND")}
    return subprocess.run(words, env={**environment, **given}, capture_output=True, text=True, check=False)


def make_iso(given):
    return call(["tools/linux/make-iso.sh", ISO, machine.RELEASE_BUILD], given)


def complaints(writer):
    for given, wanted in WRONG:
        result = make_iso(given)
        words = " ".join(f"{name}={value}" for name, value in given.items())
        writer.result(result.returncode != 0 and result.stderr.startswith(wanted),
                      f"make-iso.sh refuses {words}: {wanted}",
                      [f"status {result.returncode}", result.stderr])
    checked = call(["tools/linux/make-iso.sh", "--check"], {"GUEST": "/nosuch"})
    writer.result(checked.returncode == 1 and checked.stderr == "GUEST=/nosuch: there is no such file\n",
                  "make-iso.sh --check checks the variables", [checked])
    checked = call(["tools/linux/make-iso.sh", "--check"], {"GUEST": KERNEL})
    writer.result(checked.returncode == 0 and checked.stdout + checked.stderr == "" and not os.path.exists("--check"),
                  "make-iso.sh --check makes nothing", [checked])


def machines_memory(writer):
    """run.sh's machine has memory for the guest. A QEMU that prints its words stands for the real one."""
    tools = os.path.abspath(f"{FOLDER}/tools")
    os.makedirs(tools, exist_ok=True)
    with open(f"{tools}/qemu-system-i386", "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\nfor word; do last="$before"; before="$word"; done; echo "its words: $last $word"\n')
    os.chmod(file.name, 0o755)
    path = {"PATH": f"{tools}:{os.environ['PATH']}"}
    os.makedirs(f"{FOLDER}/run.disc", exist_ok=True)
    with open(f"{FOLDER}/run.iso", "w", encoding="utf-8"):
        pass
    for size, mega in SIZES:
        said = call(["tools/linux/run.sh", f"{FOLDER}/run.iso"], {**path, "MEM": size}).stdout
        match = re.search(r"its words: -m (\d+)$", said, re.MULTILINE)
        least = mega + mega // 8 + 32
        writer.result(match and least <= int(match[1]) <= least + 1, 
                      f"a guest with MEM={size} gets a machine of {least} MB", [said])
    for iso, memory, answer in (("/no/x", "64M", "/no/x: there is no such disc of make-iso.sh\n"),
                                (f"{FOLDER}/run.iso", "08M", "MEM=08M: write for example MEM=64M or MEM=1G\n")):
        done = call(["tools/linux/run.sh", iso], {**path, "MEM": memory})
        writer.result(done.returncode == 1 and (done.stdout, done.stderr) == ("", answer),
                      f"run.sh starts no machine, and answers: {answer.strip()}", [done])


def menu():
    with open(f"{ISO[:-4]}.disc/boot/grub/grub.cfg", encoding="utf-8") as file:
        return re.findall(r"^\t\$(?:multiboot|module) .*", file.read(), re.MULTILINE)


def menus(writer):
    """GRUB's menu has the modules with their words."""
    make_iso({"GUEST": KERNEL, "DISK": KERNEL, "RO": "1", "APPEND": "stats"})
    writer.result(menu() == ["\t$multiboot /boot/umbra.elf 'stats'",
                             "\t$module --nounzip /guest/kernel kernel name=linux mem=64M -- "
                             "'console=hvc0' 'root=/dev/vda'",
                             "\t$module --nounzip /guest/disk disk ro"],
                  "the disk is the root if there is no initrd", menu())
    make_iso({"GUEST": KERNEL, "DISK": KERNEL, "INITRD": KERNEL, "CMDLINE": ""})
    writer.result(menu()[1:] == ["\t$module --nounzip /guest/kernel kernel name=linux mem=64M --",
                                 "\t$module --nounzip /guest/initrd initrd",
                                 "\t$module --nounzip /guest/disk disk"],
                  "an empty CMDLINE gives the kernel an empty command line", menu())


def boots(writer):
    line = "one $two;three {four} five=6,7"
    made = make_iso({"GUEST": KERNEL, "MEM": "4M", "CMDLINE": line})
    writer.result(made.returncode == 0, "make-iso.sh makes a disc", [made.stderr])
    boot = machine.run(machine.QEMU + machine.DEBUG_EXIT + ["-boot", "d", "-cdrom", ISO],
                       f"{images.BUILD}/tests/guest-disc.log")
    writer.result(f'My command line is "{line}".' in boot.lines() and
                  "umbra: guest linux: shut down: goodbye" in boot.lines(),
                  "GRUB passes on each word as it was written", verdict.log_tail(boot))
    writer.result(boot.status == machine.STATUS_DONE, "a boot from the disc ends with the status for success",
                  [boot.status])


def main(writer):
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{images.BUILD}/guest/hello.elf", "rb") as file, open(KERNEL, "wb") as copy:
        copy.write(file.read())
    complaints(writer)
    machines_memory(writer)
    menus(writer)
    boots(writer)


sys.exit(tap.run(main))
