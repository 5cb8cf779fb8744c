#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The disc boots through GRUB: it starts the demo by default, the machine ends as it should, and a panic's backtrace
has names."""

import re
import struct
import subprocess
import sys
import uuid
import zlib

from lib import images, machine, tap, terminal, verdict

BUILD = images.BUILD

SECTOR = 512
EFI_SYSTEM = uuid.UUID("C12A7328-F81F-11D2-BA4B-00A0C93EC93B")


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


def partitions(writer):
    """Its MBR has an active entry, without which some old BIOSes start no stick; its GPT is whole, and has an EFI
    system partition."""
    with open(f"{BUILD}/umbra.iso", "rb") as file:
        mbr, header = file.read(SECTOR), file.read(SECTOR)
        size, checksum = struct.unpack_from("<II", header, 12)
        first, count, entry_size = struct.unpack_from("<QII", header, 72)
        file.seek(first * SECTOR)
        entries = file.read(count * entry_size)
    active = [entry for entry in range(4) if mbr[446 + 16 * entry] == 0x80]
    writer.result(mbr[510:] == b"\x55\xAA" and len(active) == 1, "the disc's MBR has one active entry", [active])
    blank = header[:16] + bytes(4) + header[20:size]
    types = [uuid.UUID(bytes_le=entries[at:at + 16]) for at in range(0, len(entries), entry_size)]
    writer.result(header.startswith(b"EFI PART") and zlib.crc32(blank) == checksum and
                  zlib.crc32(entries) == struct.unpack_from("<I", header, 88)[0] and EFI_SYSTEM in types,
                  "the disc's GPT is whole and has an EFI system partition", types)


def main(writer):
    partitions(writer)
    the_demo(writer)
    in_a_hurry(writer)
    a_panic(writer)


sys.exit(tap.run(main))
