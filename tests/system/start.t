#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor adds little to the time from power-on to a guest's first line of C. An instruction takes a nanosecond.
The image `start-time` reads the time-stamp counter there, once on the bare machine and once as a guest. The
difference is the hypervisor's time."""

import re
import sys

from lib import images, machine, tap, verdict

ELF = f"{images.BUILD}/reference/start-time.elf"
MILLISECONDS_MAX = 40
TICKS_PER_MS = 1000000  # QEMU's counter counts nanoseconds


def ticks(name, kernel, modules):
    """The ticks that the image prints in one boot, or None; and the boot."""
    boot = machine.boot_kernel(f"{images.BUILD}/tests/start-{name}.log", modules, kernel,
                               append="console=serial", words=["-icount", "shift=0,sleep=off"])
    said = re.search(r"^start-time: (\d+) times (\d+) ticks", boot.text, re.MULTILINE)
    return (int(said[1]) * int(said[2]) if said else None), boot


def main(writer):
    bare, boot = ticks("bare", ELF, [])
    writer.result(bare, "the image prints its start time on the bare machine", verdict.log_tail(boot))
    guest, boot = ticks("guest", machine.RELEASE_BUILD, [f"{ELF} kernel name=start-time mem=4M"])
    writer.result(guest, "the image prints its start time as a guest", verdict.log_tail(boot))
    if bare and guest:
        took = (guest - bare) / TICKS_PER_MS
        writer.result(0 < took < MILLISECONDS_MAX,
                      f"the hypervisor takes {took:.1f} ms, at most {MILLISECONDS_MAX}, to the guest's first line of C")


sys.exit(tap.run(main))
