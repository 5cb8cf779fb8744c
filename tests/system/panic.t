#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A panic prints its reason and registers, for each way in which the debug hypercall can break the hypervisor; and also
before start-up has chosen the console's outputs."""

import re
import struct
import subprocess
import sys

from lib import images, machine, tap, terminal, verdict

# The way in which the guest breaks the hypervisor, and texts that the panic must have.
WAYS = {
    "panic": ["umbra: panic: a guest asked for it, as a test"],
    "null": ["umbra: panic: trap 14 in the hypervisor, error code 0x2,", "cr2 00000000",
             "umbra: eax ", "umbra: eip "],
    "overflow": ["umbra: panic: stack overflow: the CPU's stack has run into its guard page"],
    "text": ["umbra: panic: trap 14 in the hypervisor, error code 0x3,", "umbra: eip "],
    # Data is executed on a CPU with NX: error code 0x11 is a fetch from a present page.
    "data": ["umbra: panic: trap 14 in the hypervisor, error code 0x11,", "umbra: eip ffc"],
    "alias": ["umbra: panic: trap 14 in the hypervisor, error code 0x11,", "umbra: eip 001"],
}


def check(writer, way, wanted):
    module = f"{images.BUILD}/runner/panic.elf kernel name=breaker mem=4M -- {way}"
    boot = machine.boot_kernel(f"{images.BUILD}/tests/panic-{way}.log", [module],
                               words=["-cpu", "max"])
    missing = [f"missing: {text}" for text in wanted + ["umbra: running: breaker"]
               if text not in boot.text]
    if boot.status != machine.STATUS_PANIC:
        missing.append(boot.hung or f"QEMU ended with {boot.status}")
    if "not ok" in boot.text or "umbra: done:" in boot.text:
        missing.append("something ran after the panic")
    writer.result(not missing, f"a hypervisor broken by {way} prints the panic, and the machine stops",
                  missing + verdict.log_tail(boot))


EARLY = "pic_init"  # is called when exceptions are reported, and long before the console is started
UD2 = b"\x0f\x0b"


def offset_of(file, symbol):
    """Where the code of a function lies in an ELF file."""
    table = subprocess.run(["readelf", "-sW", file], stdout=subprocess.PIPE, text=True, check=True).stdout
    address = int(re.search(rf"([0-9a-f]+) +\d+ FUNC .* {symbol}$", table, re.MULTILINE)[1], 16)
    with open(file, "rb") as opened:
        image = opened.read()
    headers, = struct.unpack_from("<I", image, 28)
    size, count = struct.unpack_from("<HH", image, 42)
    for number in range(count):
        _, offset, start, _, bytes_in_file = struct.unpack_from("<5I", image, headers + number * size)
        if start <= address < start + bytes_in_file:
            return offset + address - start
    raise RuntimeError(f"{symbol} is in no segment of {file}")


def broken_early():
    """A copy of the hypervisor with an invalid instruction in place of a function that start-up calls."""
    at, path = offset_of(machine.DEBUG_BUILD, EARLY), f"{images.BUILD}/tests/panic-early.elf"
    with open(machine.DEBUG_BUILD, "rb") as whole, open(path, "wb") as broken:
        image = whole.read()
        broken.write(image[:at] + UD2 + image[at + len(UD2):])
    return path


def check_early(writer):
    """console= is not known yet: COM1 and the screen have the panic, whatever it says."""
    path = broken_early()
    boot = machine.boot_kernel(f"{images.BUILD}/tests/panic-early.log", [], path, append="console=vga")
    wanted = ["umbra: panic: trap 6 in the hypervisor, error code 0,", "umbra: eip ffc", "umbra: running: no guest"]
    missing = [f"missing: {text}" for text in wanted if text not in boot.text]
    if boot.status != machine.STATUS_PANIC:
        missing.append(boot.hung or f"QEMU ended with {boot.status}")
    writer.result(not missing, "a panic before the console is started is printed on COM1", missing + verdict.log_tail(boot))
    with terminal.Terminal([], "console=serial", path, base=machine.QEMU) as console:
        lines = console.wait_for_screen(lambda lines: wanted[-1] in lines)
    writer.result(any(line.startswith(wanted[0]) for line in lines),
                  "a panic before the console is started is shown on the screen", lines)


def main(writer):
    check_early(writer)
    for way, wanted in WAYS.items():
        check(writer, way, wanted)


sys.exit(tap.run(main))
