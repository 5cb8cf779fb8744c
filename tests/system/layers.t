#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""No file of the hypervisor includes a header of a folder (a room) above its own in the order of rooms."""

import glob
import os
import re
import sys

from lib import tap
from lib.images import read

# From the top to the bottom. A room may include its own headers and those of the rooms behind it here.
ROOMS = ["boot", "hv/monitor", "hv/domain", "hv/virtio", "hv/console", "hv/sched", "hv", "hv/fastpath",
         "hv/shadow", "hv/base", "arch/x86", "mm", "abi", "lib"]
INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"')


def sources():
    return [path for room in ROOMS for path in sorted(glob.glob(f"{room}/*.*"))
            if path.endswith((".c", ".h", ".inc", ".S"))]


def upward(path):
    """The lines of a file that include a header of a room above."""
    for number, line in enumerate(read(path).splitlines(), 1):
        if match := INCLUDE.match(line):
            room = os.path.dirname(match[1])
            if room in ROOMS and ROOMS.index(room) < ROOMS.index(os.path.dirname(path)):
                yield f"{path}:{number}: {line.strip()}"


def layers(writer):
    known = {os.path.dirname(path) for folder in {room.split("/")[0] for room in ROOMS}
             for path in glob.glob(f"{folder}/**/*.[chS]", recursive=True)}
    writer.result(known == set(ROOMS), "each folder of the hypervisor is a room with a place in the order",
                  sorted(known ^ set(ROOMS)))
    found = [line for path in sources() for line in upward(path)]
    writer.result(not found, "no file includes a header of a room above its own",
                  [*found, "the order, from the top: " + ", ".join(ROOMS)])


sys.exit(tap.run(layers))
