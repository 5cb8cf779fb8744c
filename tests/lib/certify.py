# SPDX-License-Identifier: GPL-2.0-or-later
"""The fingerprint of page walks: tests/reference/page-walk on bare machines, and the files made from its output."""

import functools
import os
import re
import subprocess

from lib import bochs, machine, v86
from lib.images import BUILD

REFERENCE = "tests/reference/page-walk/reference_lines.c"
TWO_LEVEL, PAE = "page-walk", "page-walk-pae"

# The reference: an image, a CPU of QEMU, and the list's name.
REFERENCES = [(TWO_LEVEL, "max", "two_level"), (PAE, "pentium3", "pae"), (PAE, "max", "nx")]

BOCHS_SECONDS = 100
FNV_START, FNV_PRIME, MASK = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
REPORT = re.compile(r"certify: (.*): code ([0-9A-F]{16}), (\d+) of \d+ lines differ", re.MULTILINE)
DONE = re.compile(r"shut down: page-walk: done")


def fnv(data, value=FNV_START):
    for byte in data:
        value = (value ^ byte) * FNV_PRIME & MASK
    return value


def native(name, cpu, words):
    """A boot of the image on QEMU's bare machine."""
    return machine.boot_kernel(f"{BUILD}/tests/certify-{name}-{cpu}.log", [], f"{BUILD}/reference/{name}.elf",
                               append=words, words=["-cpu", cpu], clock=machine.REAL_TIME)


@functools.lru_cache
def records(name, cpu):
    """The lines that the fingerprint is made of: all but the first and the last."""
    lines = [line for line in native(name, cpu, "").lines() if line]
    assert DONE.match(lines[-1]), lines[-1]
    return lines[1:-1]


def short_hash(line):
    value = fnv(line.encode())
    return value >> 32 ^ value & 0xFFFFFFFF


def reference_text():
    """The contents of REFERENCE."""
    text = ["// SPDX-License-Identifier: GPL-2.0-or-later", "/* Written by tools/certify-table --reference. */",
            "/* clang-format off */", '#include "tests/reference/page-walk/certify.h"']
    for image, cpu, name in REFERENCES:
        hashes = [f"0x{short_hash(line):08X}" for line in records(image, cpu)]
        text += ["", f"static const u32 {name}[] = {{"]
        text += ["    " + ", ".join(hashes[i:i + 7]) + "," for i in range(0, len(hashes), 7)]
        text += ["};", f"const struct reference_lines reference_{name} = {{{name}, {len(hashes)}}};"]
    return "\n".join(text) + "\n"


def code_of(boot, who):
    found = REPORT.search(boot.text.replace("\r", ""))
    if not found:
        raise RuntimeError(f"{who}: no code: {boot.hung or boot.text[-500:]}")
    return found.groups()


def qemu_code(name, cpu):
    """The format, the code, and the number of lines that differ from the reference."""
    return code_of(native(name, cpu, "certify"), f"{name} on {cpu}")


def disc(name):
    """A disc that boots the image on the bare machine."""
    folder = f"{BUILD}/tests/certify-{name}.disc"
    os.makedirs(f"{folder}/boot/grub", exist_ok=True)
    subprocess.run(["objcopy", "--strip-debug", f"{BUILD}/reference/{name}.elf", f"{folder}/boot/{name}.elf"],
                   check=True)
    with open(f"{folder}/boot/grub/grub.cfg", "w", encoding="utf-8") as file:
        file.write(f"multiboot /boot/{name}.elf certify\nboot\n")
    subprocess.run(["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", f"{folder}.iso", folder], check=True,
                   capture_output=True)
    return f"{folder}.iso"


def bochs_code(name, model):
    return code_of(bochs.boot(model, disc(name), seconds=BOCHS_SECONDS, done=DONE), f"{name} on Bochs's {model}")


def v86_code(name, version):
    """`version` is for the table only."""
    boot = v86.boot(f"certify-{name}", DONE.pattern, "multiboot", f"{BUILD}/reference/{name}.elf", "certify")
    return code_of(boot, f"{name} on v86 {version}")
