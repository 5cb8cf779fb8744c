#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts are never off for more than 100,000 instructions, however much a guest asks for, and a sleeping guest
beside it is woken in time. (Every other test that counts instructions asserts the first, too: machine.assertion.)
`stats` prints the longest stretch of each guest: the longest time with interrupts off on its behalf."""

import os
import re
import sys

from lib import images, machine, tap, verdict

# A stretch that has just begun must end before the interrupt, and a second one follows before the VM entry.
LATE_US_MAX = 200
TIMES = 50
INITRD = f"{images.BUILD}/tests/initrd-48M"
RECEIVERS = 14
FAILING = 15
DEVICES = ("console", "entropy source", "network card")

# A guest with such a weight that it never waits for its share, also while sixteen guests start.
WAKER = f"{images.BUILD}/tests/sched-wakeup-latency.elf kernel name=waker mem=2M weight=10000 -- times={TIMES}"
WORK = f"{images.BUILD}/tests/exit-time-bounded.elf kernel name=work mem=64M timeout=1 -- case="


def boot(name, modules, console):
    return machine.boot_kernel(f"{images.BUILD}/tests/stretch-{name}.log", [WAKER, *modules],
                               kernel=machine.RELEASE_BUILD, append=f"console={console} stats",
                               words=["-cpu", "max", "-m", "1024",
                                      "-icount", "shift=0,sleep=off"])


def check(writer, name, modules, console="serial"):
    booted = boot(name, modules, console)
    late = re.search(rf"sched-wakeup-latency: worst (\d+) us of {TIMES} times", booted.text)
    longest = [(int(us), cause) for us, cause in
               re.findall(r"longest +(\d+) us with interrupts off[^:]*: ([^\r\n]*)", booted.text)]
    problems = [] if longest else ["stats says nothing of stretches"]
    problems += [line for line in booted.lines() if "panic" in line]
    if not late or int(late[1]) > LATE_US_MAX:
        problems.append(f"a sleeper beside it was late by {late[1] if late else '?'} us")
    writer.result(not problems, f"{name}: a sleeping guest wakes at most {late and late[1]} us late",
                  problems + verdict.log_tail(booted))
    if longest:
        writer.note(f"the longest stretch: {max(longest)[0]} us, {max(longest)[1]}")


def flush_ends(writer, image, paging):
    """FLUSH_TLB ends although the page tables of the guest's code are filled again between two of its parts."""
    booted = boot(f"{image}-{paging}", [f"{images.BUILD}/tests/{image}.elf kernel name=work mem=8M timeout=2"],
                  f"serial paging={paging}")
    writer.result("guest work: shut down: flush-ends: each has ended" in booted.text,
                  f"{image} on {paging} shadow tables: FLUSH_TLB ends, however many pages are in use",
                  verdict.log_tail(booted))


def device_failures(writer):
    """The hypervisor prints more lines at once than the serial line takes, and does not wait with interrupts off."""
    failing = [f"{images.BUILD}/tests/virtio-all-fail.elf kernel name=f{n} mem=2M" for n in range(FAILING)]
    booted = boot("virtio-all-fail", failing, "both")
    said = re.findall(r"^umbra: guest (f\d+): its ([a-z ]+) has failed: a queue was kicked before",
                      "\n".join(booted.lines()), re.MULTILINE)
    writer.result(booted.status == machine.STATUS_DONE and sorted(said) == sorted(
        (f"f{n}", device) for n in range(FAILING) for device in DEVICES),
                  f"all {FAILING} guests whose devices fail at once are named, and no stretch is too long",
                  [booted.hung, booted.status, *map(str, said)] + verdict.log_tail(booted))


def make_initrd():
    with open(INITRD, "wb") as file:
        for block in range(48):
            file.write(bytes([block + 1]) * (1 << 20))


def main(writer):
    check(writer, "alone", [])
    for case in ("flush-user", "flush-all"):
        check(writer, case, [WORK + case])
        check(writer, f"{case}-pae", [(WORK + case).replace("exit-time-bounded.elf", "exit-time-bounded-pae.elf")])
    for image, paging in (("flush-ends", "2level"), ("flush-ends", "pae"), ("flush-ends-pae", "pae")):
        flush_ends(writer, image, paging)
    check(writer, "reread", [WORK + "reread"])
    # Here a wake-up falls into the guest's end, and into its statistics.
    check(writer, "end", [WORK.replace("mem=64M", "mem=63M") + "reread"])
    check(writer, "stacks-pae", [(WORK + "stacks kernel=4194304").replace("exit-time-bounded.elf",
                                                                          "exit-time-bounded-pae.elf")])
    check(writer, "unused", [WORK + "unused"])
    check(writer, "escapes", [WORK + "escapes"], "both")
    on_screen = boot("escapes-vga", [WORK + "escapes"], "vga")  # no text can be read there
    writer.result(on_screen.status == machine.STATUS_SOME_FAILED, "escape sequences on the screen cause no panic",
                  [on_screen.hung, on_screen.status])
    for case in ("disk", "fresh"):
        check(writer, case, images.find_images(f"exit-time-bounded.{case}")[0].modules)
    listeners = [f"{images.BUILD}/tests/exit-time-bounded.elf kernel name=l{n} mem=4M timeout=1 -- case=listen"
                 for n in range(RECEIVERS)]
    check(writer, "frames", [*listeners, WORK + "frames"])
    device_failures(writer)
    make_initrd()
    check(writer, "restarts", [f"{images.BUILD}/tests/restart-at-once.elf kernel name=restarter mem=64M "
                               "timeout=1", f"{INITRD} initrd"])
    os.remove(INITRD)


sys.exit(tap.run(main))
