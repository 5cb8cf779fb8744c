# SPDX-License-Identifier: GPL-2.0-or-later
"""The same guest on several CPUs and with several sizes of memory. It runs its checks (tests/linux/check) and powers
off."""

import hashlib
import re

import guests
from lib import bochs, machine

CPUS = ["pentium3", "core2duo", "qemu32", "max"]
SIZES = ["16M", "24M", "128M", "400M", "1G"]
BOCHS_MODEL = "corei7_sandy_bridge_2600k"
LINE = "quiet rdinit=/umbra/check HOST=linux"
SUM = hashlib.md5("".join(f"{i}\n" for i in range(1, 100001)).encode()).hexdigest()[:8]


def check_problems(text, name):
    """The problems of one guest's checks (tests/linux/check)."""
    wanted = [rf"CHECK {name} FPU(?: and SSE)? ok", rf"CHECK {name} sum {SUM}",
              f"CHECK {name} 30 processes", f"CHECK {name} done",
              f"umbra: guest {name}: shut down: Power down"]
    return ["not there: " + line for line in wanted if not re.search(line, text)]


def one(ok, cpu, size):
    log = f"matrix-{cpu}-{size}"
    with guests.boot(log, guests.modules(memory=size, line=LINE), guests.megabytes(size),
                     cpu=cpu) as linux:
        status = linux.end(300)
        problems = check_problems(linux.all, "linux")
        memory = re.search(r"memory (\d+) KB", linux.all)
        ok(status == machine.STATUS_DONE and not problems,
           f"the guest on {cpu} with {size} passes its checks: Linux has {memory[1] if memory else '?'} KB",
           problems + ["log: " + linux.log])


def cpus(ok):
    for cpu in CPUS:
        one(ok, cpu, "64M")


def sizes(ok):
    for size in SIZES:
        one(ok, "core2duo", size)


def in_bochs(ok):
    """A boot from the disc in Bochs, which is slow."""
    iso = guests.make_disc("bochs", "32M", "console=hvc0 " + LINE)
    result = bochs.boot(BOCHS_MODEL, iso, seconds=900)
    problems = check_problems("\n".join(result.lines()), "linux")
    ok(not problems, f"the guest in Bochs passes its checks, after {result.seconds:.0f} s", problems + ["log: " + result.log])


PARTS = [cpus, sizes, in_bochs]
