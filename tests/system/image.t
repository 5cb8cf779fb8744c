#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor's image is small enough, and no image has an instruction that a 486 does not have, but in
functions for CPUs with SSE2."""

import glob
import os
import re
import struct
import subprocess
import sys

from lib import tap
from lib.images import BUILD
from lib.machine import DEBUG_BUILD, RELEASE_BUILD

SIZE_MAX = 256 * 1024

# Instructions that a compiler or a library may use and that raise #UD on a 486.
BEYOND_486 = re.compile(r"""
    \t(f?cmov\w+ | fu?comip? | nop[wl] | endbr\d+ | prefetch\w* | [lsm]fence | popcnt | [lt]zcnt
       | movbe | sysenter | sysexit | syscall | rdtscp | rdpmc | emms)\b
    | %[xyz]?mm\d
    """, re.VERBOSE)

# Lines as objdump prints them, with which the pattern is tested.
WRONG_LINES = [
    "ffc10010:\t0f 44 c2             \tcmove  %edx,%eax",
    "ffc10013:\tda c1                \tfcmovb %st(1),%st",
    "ffc10013:\tdf e9                \tfucomip %st(1),%st",
    "ffc10016:\t0f 1f 40 00          \tnopl   0x0(%eax)",
    "ffc1001a:\tf3 0f 1e fb          \tendbr32",
    "ffc1001e:\t66 0f 6f 00          \tmovdqa (%eax),%xmm0",
    "ffc10022:\t0f 6f 00             \tmovq   (%eax),%mm0",
]
RIGHT_LINES = [
    "ffc10025:\t0f ba e0 03          \tbt     $0x3,%eax",
    "ffc1002a:\t90                   \tnop",
    "ffc1002b:\t0f b1 0a             \tcmpxchg %ecx,(%edx)",
    "ffc1002e:\t8d b4 26 00 00 00 00 \tlea    0x0(%esi,%eiz,1),%esi",
    "ffc10035:\te8 06 00 00 00       \tcall   ffc10040 <print_mm3_nopl>",
]


def instruction(line):
    """A line of disassembly without the symbol names in it."""
    return re.sub(r"<.*?>", "", line)


def beyond_486(lines):
    return [line for line in lines if BEYOND_486.search(instruction(line))]


def without_sse2(lines):
    """The lines but those of functions for SSE2, and of the one of the engine's that asks for it first."""
    kept, skipped = [], False
    for line in lines:
        if label := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            skipped = label[1].startswith(("sse2_", "sh_set_pairs"))
        if not skipped:
            kept.append(line)
    return kept


def disassembly(path):
    objdump = os.environ.get("OBJDUMP", "objdump")
    return without_sse2(subprocess.run([objdump, "-d", path], check=True, capture_output=True,
                                       text=True).stdout.split("\n"))


def loaded_bytes(path):
    """Text and data: the bytes of the file that its ELF program headers load."""
    with open(path, "rb") as file:
        image = file.read()
    headers, = struct.unpack_from("<I", image, 28)
    size, count = struct.unpack_from("<HH", image, 42)
    loadable = 1
    total = 0
    for number in range(count):
        kind, _, _, _, file_size = struct.unpack_from("<5I", image, headers + number * size)
        total += file_size if kind == loadable else 0
    return total


def main(writer):
    missed = [line for line in WRONG_LINES if not beyond_486([line])]
    writer.result(not missed, "the pattern finds instructions that a 486 does not have", missed)
    wrong = beyond_486(RIGHT_LINES)
    writer.result(not wrong, "the pattern accepts instructions of a 486", wrong)
    functions = ["ffc10000 <sse2_zero>:", WRONG_LINES[5], "", "ffc10020 <f>:", WRONG_LINES[5], RIGHT_LINES[0]]
    writer.result(without_sse2(functions) == functions[3:], "only functions for SSE2 are left out", without_sse2(functions))
    size = loaded_bytes(RELEASE_BUILD)
    writer.result(0 < size <= SIZE_MAX, f"the hypervisor is {size // 1024} KB, at most 256 KB")
    for path in [RELEASE_BUILD, DEBUG_BUILD, *sorted(glob.glob(f"{BUILD}/guest/*.elf"))]:
        lines = disassembly(path)
        found = beyond_486(lines)
        writer.result(len(lines) > 10 and not found, f"{path} has only instructions of a 486", found[:20])


sys.exit(tap.run(main))
