#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of a boot: QEMU's status shows how the guests ended; end= decides what the machine does then."""

import sys

from lib import images, machine, tap, terminal, verdict

HELLO = f"{images.BUILD}/guest/hello.elf kernel mem=2M"
KILLED = f"{images.BUILD}/tests/die-pte-frame.elf kernel mem=2M devices=off"
SPINNER = f"{images.BUILD}/tests/sched-busy-loop.elf kernel mem=2M timeout=1 -- ms=60000"
READER = f"{images.BUILD}/tests/virtio-console-input.elf kernel mem=2M"
RESTARTS = f"{images.BUILD}/guest/hello.elf kernel mem=2M restart=1"

# A case, its modules, and QEMU's status after the boot.
STATUSES = [
    ("all guests shut down", [HELLO, RESTARTS], machine.STATUS_DONE),
    ("one guest was killed", [HELLO, KILLED], machine.STATUS_SOME_FAILED),
    ("one guest timed out", [SPINNER, HELLO], machine.STATUS_SOME_FAILED),
    ("one guest did not fit in memory", [HELLO, HELLO + " name=large mem=2G"], machine.STATUS_SOME_FAILED),
    ("one kernel was refused", [HELLO, HELLO + " colour=red"], machine.STATUS_SOME_FAILED),
    ("an initrd was refused", ["README.md initrd", HELLO], machine.STATUS_SOME_FAILED),
    ("there was no module", [], machine.STATUS_NONE_STARTED),
    ("no guest could be started", ["README.md kernel mem=2M"], machine.STATUS_NONE_STARTED),
]

ANY_KEY = "umbra: any key switches the machine off, r starts it again\n"
HELLO_LINE = "Hello from ring 1"
# A machine that switches off or restarts does so before QEMU has answered this many questions.
ROUND_TRIPS = 20
TRIES = 20


def boot(name, modules, append):
    return machine.boot_kernel(f"{images.BUILD}/tests/end-{name}.log", modules,
                               kernel=machine.RELEASE_BUILD, append=append)


def machine_without_debug_exit(modules, append):
    return terminal.Terminal(modules, append, machine.RELEASE_BUILD, base=machine.QEMU)


def stays_on(person):
    """True if QEMU still runs, and the machine in it too."""
    return all("VM status: running" in person.ask_qemu("info status") for _ in range(ROUND_TRIPS))


def statuses(writer):
    for what, modules, status in STATUSES:
        booted = boot("status", modules, "console=serial")
        writer.result(booted.status == status, f"QEMU's status is {status} if {what}",
                      [f"QEMU ended with {booted.status}"] + verdict.log_tail(booted))


def words(writer):
    booted = boot("poweroff", [HELLO], "console=both end=poweroff")
    writer.result(booted.status == machine.STATUS_DONE and ANY_KEY not in booted.text,
                  "end=poweroff switches the machine off at once", verdict.log_tail(booted))
    booted = boot("wrong", [HELLO], "console=serial end=sometime")
    writer.result("umbra: end=sometime is not known: write end=wait, poweroff, reboot or halt"
                  in booted.text, "an unknown word of end= is named", verdict.log_tail(booted))
    writer.result(booted.status == machine.STATUS_DONE, "an unknown word of end= is ignored")
    booted = boot("reboot", [HELLO], "console=serial end=reboot")
    writer.result(booted.status == 0 and HELLO_LINE in booted.text, "end=reboot resets the machine",
                  verdict.log_tail(booted))


def halt(writer):
    with terminal.Terminal([HELLO], "console=serial end=halt", machine.RELEASE_BUILD) as person:
        person.wait_for("umbra: halted: it is now safe to switch off\n")
        writer.result(stays_on(person), "end=halt leaves the machine on", [person.all])
        writer.result("HLT=1" in person.ask_qemu("info registers"), "end=halt halts the CPU")


def screen_waits(writer):
    """A result on a screen stays there until a person has read it."""
    with machine_without_debug_exit([HELLO], "console=vga") as person:
        lines = person.wait_for_screen(lambda lines: ANY_KEY.strip() in lines)
        writer.result(any(HELLO_LINE in line for line in lines),
                      "a result on a screen stays until a key is pressed", lines)
        writer.result(" guests alive: 0 " in lines[-1], "the status line counts no guest at the end", lines)
        writer.result(stays_on(person), "a machine with a result on its screen stays on")
        person.press("x")
        writer.result(person.end() == 0, "a key switches the machine off")


def serial_line_does_not_wait(writer):
    with machine_without_debug_exit([HELLO], "console=serial") as person:
        writer.result(person.end() == 0 and ANY_KEY not in person.all,
                      "a machine without a screen is switched off by itself", [person.all])


def end_wait_waits(writer):
    with terminal.Terminal([HELLO], "console=serial end=wait", machine.RELEASE_BUILD) as person:
        person.wait_for(ANY_KEY)
        writer.result(stays_on(person), "end=wait waits without a screen too", [person.all])
        person.type("x")
        writer.result(person.end() == machine.STATUS_DONE, "end=wait keeps QEMU's status")


def drain(person):
    """Reads until QEMU sends nothing more."""
    before = None
    while before != len(person.all):
        before = len(person.all)
        person.read(0)


def stop_near_the_end(person):
    """Stops the machine after its last guest's end, and types a key. False if it waits for a key already."""
    person.wait_for("umbra: monitor: help")
    person.ask_qemu("stop")
    person.type("x")
    for _ in range(ROUND_TRIPS):  # QEMU has taken the key when it has answered
        person.ask_qemu("info status")
    drain(person)
    return ANY_KEY not in person.all


def check_keys(writer, person):
    person.ask_qemu("cont")
    person.wait_for(ANY_KEY)
    writer.result(stays_on(person), "a key that is typed before the end is ignored", [person.all])
    person.type("r")
    writer.result(person.wait_for("guest hello: starting"), "r starts the machine again",
                  [person.all])


def keys(writer):
    for _ in range(TRIES):
        with terminal.Terminal([HELLO], f'console=both "monitor={"help;" * 45}"', machine.RELEASE_BUILD,
                               base=[word for word in machine.QEMU if word != "-no-reboot"]) as person:
            if stop_near_the_end(person):
                check_keys(writer, person)
                return
    writer.result(False, "a key is typed before the end")


def pasted_text(writer):
    """The text comes at once, since the machine stands still while it is typed. Its first line ends the guest. The
    machine is slow beside the host: QEMU has 100 million of its instructions to pass on the next 16 bytes."""
    with terminal.Terminal([READER], "console=serial end=wait", machine.RELEASE_BUILD,
                           words=("-icount", "shift=0")) as person:
        person.wait_for("ready\n")
        person.qmp("stop")
        person.type("quit\n" + 3000 * "x")
        person.qmp("cont")
        person.wait_for(ANY_KEY)
        writer.result(stays_on(person), "the rest of a text that was pasted before the end is ignored", [person.all])


sys.exit(tap.run(statuses, words, halt, screen_waits, serial_line_does_not_wait, end_wait_waits, keys,
                 pasted_text))
