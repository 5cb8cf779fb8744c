#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each guest gets its share of the CPU, and wakes in time. With -icount the machine's time is the number of
instructions that it has executed: it is the same on a busy host as on an idle one, and in every run."""

import re
import sys

from lib import images, machine, tap, verdict

SHIFT = 5  # an instruction takes 2^5 ns
SECONDS = 5
WEIGHTS = (1, 2, 4)
SHARE_TOLERANCE = 0.05
CAP, CAP_TOLERANCE = 20, 2  # per cent, and points
SMALL_CAP = 1  # per cent; that part of a period is less than a short life takes
LATENCY_US_MAX = 2000
WAKING_SHARE, WORK_TOLERANCE = 10, 1  # per cent, and points

SPINNER = f"{images.BUILD}/tests/sched-busy-loop.elf kernel mem=2M"
WAKER = f"{images.BUILD}/tests/sched-wakeup-latency.elf kernel mem=2M"


def boot(name, modules, shift=SHIFT):
    return machine.boot_kernel(f"{images.BUILD}/tests/share-{name}.log", modules,
                               kernel=machine.RELEASE_BUILD, append="console=serial stats",
                               words=["-cpu", "max", "-icount", f"shift={shift},sleep=off"])


def run_times(booted):
    """Milliseconds of the CPU that each guest got, by its name; the hypervisor prints them at a guest's end."""
    blocks = re.findall(r"umbra: stats: guest (\S+) after \d+ ms\r?\n"
                        r"umbra: stats: +time +(\d+) ms run", booted.text)
    return {name: int(ms) for name, ms in blocks}


def machine_times(booted):
    """Since start-up, by guests, idle, by the hypervisor: milliseconds."""
    found = re.search(r"machine after (\d+) ms: (\d+) ms by guests, (\d+) ms idle, (\d+) ms by",
                      booted.text)
    return [int(ms) for ms in found.groups()] if found else [0, 0, 0, 0]


def test_weights(writer):
    booted = boot("weights", [f"{SPINNER} name=w{weight} weight={weight} timeout={SECONDS} -- ms=9000"
                              for weight in WEIGHTS])
    times = run_times(booted)
    total = sum(times.values())
    for weight in WEIGHTS:
        got, due = times.get(f"w{weight}", 0), total * weight / sum(WEIGHTS)
        writer.result(total and abs(got - due) <= SHARE_TOLERANCE * due,
                      f"weight {weight} of {WEIGHTS} gets {got} ms of {total}, and its share is {due:.0f} ms",
                      verdict.log_tail(booted))
    everything, by_guests, idle, own = machine_times(booted)
    writer.result(everything and abs(everything - by_guests - idle - own) <= 3,
                  f"{by_guests} ms by guests, {idle} idle and {own} by the hypervisor add up to "
                  f"{everything} ms")
    cleared = by_guests - total  # the time to free the guests' memory, after their times were printed
    writer.result(0 <= cleared <= 0.01 * everything,
                  f"the time by guests is the sum of each guest's time, and {cleared} ms to free their memory")


def test_cap(writer, name, others):
    booted = boot(f"cap-{name}", [f"{SPINNER} name=capped cap={CAP} timeout={SECONDS} -- ms=9000",
                                  *others])
    got = run_times(booted).get("capped", 0) / (SECONDS * 10)
    writer.result(abs(got - CAP) <= CAP_TOLERANCE, f"cap={CAP} gives a guest {name} {got:.1f} % of the CPU",
                  verdict.log_tail(booted))


def test_capped_restarts(writer):
    """The time to start a guest and to free its memory counts as the guest's."""
    booted = boot("cap-restarts", [f"{images.BUILD}/tests/restart-at-once.elf kernel mem=2M name=restarter "
                                   f"cap={SMALL_CAP} timeout={SECONDS}"])
    got = run_times(booted).get("restarter", 0) / (SECONDS * 10)
    writer.result(0 < got <= 2 * SMALL_CAP,
                  f"cap={SMALL_CAP} gives a guest that restarts without end {got:.1f} % of the CPU",
                  verdict.log_tail(booted))


def test_dozer(writer):
    """A guest that sleeps for a moment just before its slice ends is charged as much as a guest that does not."""
    booted = boot("dozer", [f"{SPINNER} name=dozer timeout={SECONDS} -- times=999999 doze=60",
                            f"{SPINNER} name=spinner timeout={SECONDS} -- ms=9000"])
    got = run_times(booted).get("dozer", 0) / (SECONDS * 10)
    writer.result(45 <= got <= 52, f"a guest that sleeps before each slice ends gets {got:.1f} % beside a spinner",
                  verdict.log_tail(booted))


def test_latency(writer):
    booted = boot("latency", [f"{WAKER} name=waker -- times=500",
                              f"{SPINNER} name=a timeout={SECONDS} -- ms=9000",
                              f"{SPINNER} name=b timeout={SECONDS} -- ms=9000"], shift=3)
    worst = re.search(r"sched-wakeup-latency: worst (\d+) us of 500 times", booted.text)
    writer.result(worst and int(worst[1]) < LATENCY_US_MAX,
                  f"a sleeper beside two spinners wakes at most {worst[1] if worst else '?'} us late",
                  verdict.log_tail(booted))
    for line in re.findall(r"^late by.*?$", booted.text, re.MULTILINE):
        writer.note(line.strip())


def spinner_rounds(name, words, others):
    """The number of rounds that a spinner makes in a second. An instruction takes a nanosecond."""
    booted = boot(f"work-{name}", [f"{SPINNER} name=spinner {words} -- ms=1000", *others], shift=0)
    found = re.search(r"went round (\d+) times", booted.text)
    return int(found[1]) if found else 0


def test_cost_of_waking(writer):
    """A guest that wakes 30,000 times a second pays for its interrupts, its VM exits and entries, and the others'
    TLB misses. The test compares work: times are as the hypervisor charges them, so they would hide its mistakes."""
    alone = spinner_rounds("alone", "", [])
    for words, others in (("", f"cap={WAKING_SHARE}"),
                          (f"weight={100 - WAKING_SHARE}", f"weight={WAKING_SHARE}")):
        dozer = f"{SPINNER} name=dozer {others} timeout=2 -- times=99999999 doze=1 doze-ns=20000"
        rounds = spinner_rounds(others.replace("=", "-"), words, [dozer])
        left = 100 * rounds / alone if alone else 0
        writer.result(abs(left - (100 - WAKING_SHARE)) <= WORK_TOLERANCE,
                      f"a spinner beside a guest with {others} that wakes each 20 us does {left:.1f} % of its work",
                      [rounds, alone])


def interrupts_alone(times):
    booted = boot("alone", [f"{SPINNER} name=alone -- times={times}"])
    found = re.search(r"(\d+) interrupts, \d+ others", booted.text)
    return int(found[1]) if found else None


def test_quiet(writer):
    """A guest alone gets no timer interrupt. One is allowed: a new control word does not stop the count of QEMU's
    8254, although it stops the count of a real one."""
    short, long = interrupts_alone(10000), interrupts_alone(40000)
    writer.result(short == long and long in (0, 1),
                  "one guest alone with no deadline is not interrupted, however long it runs",
                  [short, long])
    booted = boot("idle", [f"{WAKER} name=waker -- times=200"])
    everything, by_guests, idle, _ = machine_times(booted)
    writer.result(everything and idle > 0.9 * everything,
                  f"the CPU is idle while the only guest sleeps: {idle} of {everything} ms",
                  verdict.log_tail(booted))
    writer.result(by_guests < 0.1 * everything, "no guest is charged for the CPU's idle time")


def main(writer):
    test_weights(writer)
    test_cap(writer, "alone", [])
    test_cap(writer, "beside a spinner", [f"{SPINNER} name=other timeout={SECONDS} -- ms=9000"])
    test_capped_restarts(writer)
    test_dozer(writer)
    test_latency(writer)
    test_cost_of_waking(writer)
    test_quiet(writer)


sys.exit(tap.run(main))
