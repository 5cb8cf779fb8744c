#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every medium boots: its guests come to their ends, and so does the machine. With LONG=1 in Bochs too, which takes
longer. `make test` runs the rows without Bochs, `make test-boot` all."""

import os
import sys

from lib import bochs, machine, tap, verdict
from lib.images import BUILD

# The lines that tell of a good end: of the bundle (media/umbra.cfg), and of the ISO's first entry.
DEMO = "umbra: guest demo: shut down: demo: all "
BUNDLE = [DEMO, "umbra: guest hello: shut down: goodbye", "umbra: guest 01-linear-map: shut down: tap: 9 passed",
          "umbra: done: 3 guests, "]

FLOPPY = f"{BUILD}/umbra-floppy.img"
FLOPPY_ISO = f"{BUILD}/umbra-floppy.iso"


def network(file):
    """QEMU's words for a boot from its TFTP server, which tells the network card's ROM to begin with this file."""
    return ["-netdev", f"user,id=net,tftp={BUILD}/pxe,bootfile={file}", "-device", "e1000,netdev=net", "-boot", "n"]


# A medium; the machine's words for QEMU; the ends.
MEDIA = [
    ("QEMU's -kernel and one bundle", ["-kernel", f"{BUILD}/umbra.elf", "-initrd", f"{BUILD}/umbra.cpio"], BUNDLE),
    ("the floppy on a 486 with 8 MB",
     ["-cpu", "486", "-m", "8", "-boot", "a", "-drive", f"file={FLOPPY},format=raw,if=floppy,readonly=on"], BUNDLE),
    ("the floppy on a CD, emulated by the BIOS", ["-boot", "d", "-cdrom", FLOPPY_ISO], BUNDLE),
    ("the network by PXELINUX", network("pxelinux.0"), BUNDLE),
    ("the network by iPXE", network("umbra.ipxe"), BUNDLE),
]

# A medium, a CPU model of Bochs, memory in MB, the image and its drive; the ends.
MEDIA_IN_BOCHS = [
    ("the floppy on a Pentium with 8 MB", "pentium", 8, FLOPPY, bochs.FLOPPY, BUNDLE),
    ("the floppy on a CD, emulated by the BIOS", "pentium", 64, FLOPPY_ISO, bochs.CDROM, BUNDLE),
]


def missing(boot, ends):
    """The problems of a boot: a limit that it reached, and each end that it lacks."""
    return ([boot.hung] if boot.hung else []) + [
        f"no line `{end}...`" for end in ends if not any(line.startswith(end) for line in boot.lines())]


def in_qemu(writer):
    """Instructions are the clock, so the seconds that a loader waits for a key pass at once."""
    for number, (medium, words, ends) in enumerate(MEDIA, 1):
        boot = machine.run([*machine.QEMU, *machine.DEBUG_EXIT, *machine.INSTRUCTIONS, *words],
                           f"{BUILD}/tests/media-{number}.log")
        problems = missing(boot, ends)
        if boot.status != machine.STATUS_DONE:
            problems.append(f"QEMU ended with {boot.status}")
        writer.result(not problems, f"{medium}: all guests end well", problems + verdict.log_tail(boot))


def in_bochs(writer):
    rows = MEDIA_IN_BOCHS if os.environ.get("LONG") else []
    for number, (medium, model, megs, image, drive, ends) in enumerate(rows, 1):
        boot = bochs.boot(model, image, megs=megs, drive=drive, name=f"media-{number}")
        problems = missing(boot, ends)
        writer.result(not problems, f"{medium}, in Bochs: all guests end well", problems + verdict.log_tail(boot))


sys.exit(tap.run(in_qemu, in_bochs))
