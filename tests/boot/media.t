#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every medium boots: its guests come to their ends, and so does the machine. With LONG=1 also the rows that take
longer, in Bochs among others: `make test` runs the rows without Bochs, `make test-boot` all."""

import os
import sys
from typing import NamedTuple

from lib import bochs, machine, tap, verdict
from lib.images import BUILD

LONG = bool(os.environ.get("LONG"))

# The lines that tell of a good end: of the bundle (media/umbra.cfg), and of the ISO's first entry.
DEMO = "umbra: guest demo: shut down: demo: all "
BUNDLE = (DEMO, "umbra: guest hello: shut down: goodbye", "umbra: guest 01-linear-map: shut down: tap: 9 passed",
          "umbra: done: 3 guests, ")
DISC = (DEMO, "umbra: done: 1 guests, ")

FLOPPY = f"{BUILD}/umbra-floppy.img"
FLOPPY_ISO = f"{BUILD}/umbra-floppy.iso"
ISO = f"{BUILD}/umbra.iso"


class InQemu(NamedTuple):
    """A medium in QEMU. By default instructions are the clock, so the seconds that a loader waits for a key pass at
    once."""
    medium: str
    words: list  # for QEMU
    ends: tuple = BUNDLE
    qemu: str = machine.QEMU[0]
    clock: tuple = machine.INSTRUCTIONS
    long: bool = False


class InBochs(NamedTuple):
    """A medium in Bochs. It takes longer."""
    medium: str
    model: str  # of the CPU
    megs: int
    image: str
    drive: str
    ends: tuple = BUNDLE


def network(file):
    """QEMU's words for a boot from its TFTP server, which tells the network card's ROM to begin with this file."""
    return ["-netdev", f"user,id=net,tftp={BUILD}/pxe,bootfile={file}", "-device", "e1000,netdev=net", "-boot", "n"]


def image(path):
    return f"file={path},format=raw,readonly=on"


QEMU = [
    InQemu("QEMU's -kernel and one bundle", ["-kernel", f"{BUILD}/umbra.elf", "-initrd", f"{BUILD}/umbra.cpio"]),
    InQemu("the floppy on a 486 with 8 MB",
           ["-cpu", "486", "-m", "8", "-boot", "a", "-drive", image(FLOPPY) + ",if=floppy"]),
    InQemu("the floppy on a CD, emulated by the BIOS", ["-boot", "d", "-cdrom", FLOPPY_ISO]),
    InQemu("the network by PXELINUX", network("pxelinux.0")),
    InQemu("the network by iPXE", network("umbra.ipxe")),
    # In real time: GRUB computes while it waits for a key. tests/system/iso.t boots the ISO too.
    InQemu("the ISO as a CD, by GRUB", [*machine.HURRY, "-boot", "d", "-cdrom", ISO], DISC, clock=machine.REAL_TIME,
           long=True),
    InQemu("the ISO as a disk, by GRUB", [*machine.HURRY, "-drive", f"file={ISO},format=raw,snapshot=on"], DISC,
           clock=machine.REAL_TIME, long=True),
    InQemu("the ISO as a USB stick, by GRUB",
           [*machine.HURRY, "-drive", image(ISO) + ",if=none,id=stick", "-device", "qemu-xhci",
            "-device", "usb-storage,drive=stick"], DISC, clock=machine.REAL_TIME, long=True),
]

BOCHS = [
    InBochs("the floppy on a Pentium with 8 MB", "pentium", 8, FLOPPY, bochs.FLOPPY),
    InBochs("the floppy on a CD, emulated by the BIOS", "pentium", 64, FLOPPY_ISO, bochs.CDROM),
]


def missing(boot, ends):
    """The problems of a boot: a limit that it reached, and each end that it lacks."""
    return ([boot.hung] if boot.hung else []) + [
        f"no line `{end}...`" for end in ends if not any(line.startswith(end) for line in boot.lines())]


def in_qemu(writer):
    for number, row in enumerate(QEMU, 1):
        if row.long and not LONG:
            continue
        command = [row.qemu, *machine.QEMU[1:], *machine.DEBUG_EXIT, *row.clock, *row.words]
        boot = machine.run(command, f"{BUILD}/tests/media-{number}.log")
        problems = missing(boot, row.ends)
        if boot.status != machine.STATUS_DONE:
            problems.append(f"QEMU ended with {boot.status}")
        writer.result(not problems, f"{row.medium}: all guests end well, {boot.seconds:.0f} s",
                      problems + verdict.log_tail(boot))


def in_bochs(writer):
    for number, row in enumerate(BOCHS if LONG else [], 1):
        boot = bochs.boot(row.model, row.image, megs=row.megs, drive=row.drive, name=f"media-{number}")
        problems = missing(boot, row.ends)
        writer.result(not problems, f"{row.medium}, in Bochs: all guests end well, {boot.seconds:.0f} s",
                      problems + verdict.log_tail(boot))


sys.exit(tap.run(in_qemu, in_bochs))
