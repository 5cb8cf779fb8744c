#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A panic prints its reason and registers, for each way in which the debug hypercall can break the hypervisor."""

import sys

from lib import images, machine, tap, verdict

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


def main(writer):
    for way, wanted in WAYS.items():
        check(writer, way, wanted)


sys.exit(tap.run(main))
