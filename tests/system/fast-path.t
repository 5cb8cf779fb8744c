#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast path is taken, and it names no address outside its page and the Switcher's. The image `fast-path` cannot
show the first: the effects of fast and slow path are the same, so it would pass without a fast path."""

import re
import subprocess
import sys

from lib import images, machine, tap, verdict

# Page faults of ring 3 in the image, by refuses() and test_flags(); those of test_two_spaces() may share a window.
FAULTS = 19 * 20
FAULTS_MIN = FAULTS * 19 // 20  # the first fault of each kind is a VM exit
HYPERCALLS_MIN = 5
IMAGE = range(0xFFC40000, 0xFFD00000)


def boot(name, image, append):
    return machine.boot_kernel(f"{images.BUILD}/tests/fast-path-{name}.log",
                               [f"{images.BUILD}/tests/{image}.elf kernel mem=4M timeout=20"],
                               append=f"console=serial stats {append}")


def without_exit(booted):
    found = re.search(r"without exit +\d+: (\d+) page faults reflected, (\d+) hypercalls",
                      booted.text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def test_taken(writer, name, image, paging):
    booted = boot(name, image, f"paging={paging}")
    faults, hypercalls = without_exit(booted)
    writer.result(faults >= FAULTS_MIN and hypercalls >= HYPERCALLS_MIN,
                  f"{name}: {faults} page faults and {hypercalls} hypercalls cause no VM exit",
                  verdict.log_tail(booted))


def test_traced(writer):
    """A trace has every event, so each event of a traced guest is a VM exit."""
    booted = boot("traced", "fast-path", "trace=ring")
    writer.result(without_exit(booted) == (0, 0) and "without exit" in booted.text,
                  "each page fault and hypercall of a traced guest is a VM exit", verdict.log_tail(booted))


def in_hypervisor_context(lines):
    """Each instruction, and true if it is executed behind the Switcher's load of the hypervisor's CR3: of the register into
    which host_cr3 of the state page was loaded last."""
    inside, register = False, None
    for line in lines:
        if host_cr3 := re.search(r"mov +0x(?:ffc02|1)a0c(?:\(%ebx\))?,(%e..)$", line):
            register = host_cr3[1]
        if re.search(r"mov +%e..,%cr3$", line):
            inside = register is not None and line.endswith(f"{register},%cr3")
            register = None
        yield line, inside
        if re.search(r"\t(jmp|ret|iret)", line):
            inside = False


def strays(kernel):
    """All instructions of Switcher and fast path, and those that name an address in the image although the image may not
    be mapped. The call of the hypervisor's trap handler is allowed: trap_in_ring_0 makes it in hypervisor context only."""
    listing = subprocess.run(["objdump", "-d", "--section=.switcher", "--section=.fast_path",
                              "--no-show-raw-insn", kernel],
                             stdout=subprocess.PIPE, check=True, text=True).stdout
    lines = [line.strip() for line in listing.splitlines() if re.match(r"ffc0[07][0-9a-f]{3}:", line)]
    out = [line for line, inside in in_hypervisor_context(lines)
           if not inside and any(int(number, 16) in IMAGE for number in re.findall(r"\bff[0-9a-f]{6}\b",
                                                                                    line.replace("0x", " ")))]
    return lines, [line for line in out if "<hypervisor_trap>" not in line]


def test_closed(writer, kernel):
    lines, out = strays(kernel)
    writer.result(len(lines) > 500 and not out,
                  f"{kernel}: {len(lines)} instructions of Switcher and fast path name no other page", out)


def main(writer):
    test_taken(writer, "2-on-2", "fast-path", "2level")
    test_taken(writer, "2-on-PAE", "fast-path", "pae")
    test_taken(writer, "PAE-on-PAE", "fast-path-pae", "pae")
    test_traced(writer)
    for kernel in (machine.RELEASE_BUILD, machine.DEBUG_BUILD):
        test_closed(writer, kernel)


sys.exit(tap.run(main))
