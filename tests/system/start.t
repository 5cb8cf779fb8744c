#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long it takes from the boot loader's hand-over to the guest's first line of C, with an instruction
a nanosecond: the image `start-time` reads the time-stamp counter, once on the bare machine and once as
a guest. The difference is the hypervisor's."""

import re
import sys

from lib import images, machine, tap, verdict

ELF = f"{images.BUILD}/reference/start-time.elf"
MILLISECONDS_MAX = 40
TICKS_PER_MS = 1000000  # QEMU's counter counts nanoseconds


def ticks(name, kernel, modules):
    """What the image says in one boot, or None, and the boot."""
    boot = machine.boot_kernel(f"{images.BUILD}/tests/start-{name}.log", modules, kernel,
                               append="console=serial", words=["-icount", "shift=0,sleep=off"])
    said = re.search(r"^start-time: (\d+) times (\d+) ticks", boot.text, re.MULTILINE)
    return (int(said[1]) * int(said[2]) if said else None), boot


def main(writer):
    bare, boot = ticks("bare", ELF, [])
    writer.result(bare, "the bare machine's time is said", verdict.log_tail(boot))
    guest, boot = ticks("guest", machine.RELEASE_BUILD, [f"{ELF} kernel name=start-time mem=4M"])
    writer.result(guest, "the guest's time is said", verdict.log_tail(boot))
    if bare and guest:
        took = (guest - bare) / TICKS_PER_MS
        writer.result(0 < took < MILLISECONDS_MAX,
                      f"{took:.1f} ms to the guest's first line, at most {MILLISECONDS_MAX}")


sys.exit(tap.run(main))
