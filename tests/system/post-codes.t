#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A POST card shows the step of start-up: the codes of arch/x86/post_code.h come at port 0x80, each once and in the
order of the header; a panic has its own; and docs/hardware.md has the same table."""

import re
import sys

from lib import images, machine, tap, verdict
from lib.images import read

CODE = re.compile(r"^#define (POST_\w+) 0x([0-9A-F]{2})[ \t]+/\* (.*) \*/$", re.MULTILINE)
ROW = re.compile(r"^\| `([0-9A-F]{2})` \| (.*) \|$", re.MULTILINE)
HELLO = f"{images.BUILD}/guest/hello.elf kernel name=hello mem=2M"
PANIC = f"{images.BUILD}/runner/panic.elf kernel name=breaker mem=4M -- panic"


def port_80(name, module, kernel):
    """The bytes that the machine writes to port 0x80, the boot's log."""
    path = f"{images.BUILD}/tests/post-codes-{name}.bytes"
    boot = machine.boot_kernel(f"{images.BUILD}/tests/post-codes-{name}.log", [module], kernel, append="console=serial",
                               words=["-chardev", f"file,id=card,path={path}",
                                      "-device", "isa-debugcon,iobase=0x80,chardev=card"])
    with open(path, "rb") as file:
        return [f"{byte:02X}" for byte in file.read()], boot


def main(writer):
    codes = [(code, text) for _, code, text in CODE.findall(read("arch/x86/post_code.h"))]
    numbers = [code for code, _ in codes]
    writer.result(len(numbers) > 10 and numbers == sorted(set(numbers)), "the codes rise", numbers)
    rows = ROW.findall(read("docs/hardware.md"))
    writer.result(rows == codes, "docs/hardware.md has the table of the header",
                  [f"{row} is not {code}" for row, code in zip(rows, codes) if row != code] + [len(rows), len(codes)])
    *steps, panic = numbers
    shown, boot = port_80("end", HELLO, machine.RELEASE_BUILD)
    writer.result(shown == steps, "a boot shows each code once, in this order", [shown, *verdict.log_tail(boot)])
    shown, boot = port_80("panic", PANIC, machine.DEBUG_BUILD)
    writer.result(shown == [step for step in steps if step <= "70"] + [panic], "a panic shows its own code at last",
                  [shown, *verdict.log_tail(boot)])


sys.exit(tap.run(main))
