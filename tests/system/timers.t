#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Any of the timers and interrupt controllers of a PC is enough: the alarm, the clock and the controller are those that
docs/hardware.md names, and the guest ends as declared."""

import re
import sys

from lib import images, machine, tap, terminal, verdict

APIC, PIT, HPET = "the local APIC's timer", "the interval timer (8254)", "the HPET"
TSC, PM_TIMER = "the TSC", "the ACPI PM timer"
PAIR, IO_APIC = "8259", "I/O APIC"

# Guest image, words for QEMU, timer=; the alarm, the clock and the controller.
MACHINES = [
    ("demo", "-M pc", "apic", APIC, TSC, PAIR),
    ("demo", "-M pc", "pit", PIT, TSC, PAIR),
    ("demo", "-M pc", "hpet", HPET, TSC, PAIR),
    ("hello", "-M q35", "", APIC, TSC, PAIR),
    ("demo", "-M q35,pit=off,hpet=off -smp 2", "", APIC, TSC, PAIR),
    ("demo", "-M q35,pic=off", "pit", PIT, TSC, IO_APIC),
    ("demo", "-M q35,pic=off", "hpet", HPET, TSC, IO_APIC),
    ("demo", "-M pc,pic=off,pit=off", "", APIC, TSC, IO_APIC),
    ("demo", "-M microvm,pic=off", "", APIC, TSC, IO_APIC),
    ("hello", "-M microvm,pic=off -bios qboot.rom", "", APIC, TSC, IO_APIC),
    ("demo", "-cpu 486 -M pc", "", PIT, HPET, PAIR),
    ("demo", "-cpu 486 -M pc,pit=off", "", HPET, HPET, PAIR),
    ("demo", "-cpu 486 -M pc,hpet=off", "", PIT, PM_TIMER, PAIR),
    ("demo", "-cpu 486,+apic -M pc,hpet=off,pit=off", "", APIC, PM_TIMER, PAIR),
    ("demo", "-cpu 486,+apic -M pc,hpet=off,acpi=off", "", APIC, PIT, PAIR),
    ("demo", "-cpu 486 -M isapc", "", PIT, PIT, PAIR),
    ("hello", "-cpu pentium3,-hypervisor -M pc", "", APIC, f"{TSC}, checked by {HPET}", PAIR),
    ("hello", "-cpu pentium3,-hypervisor -M pc,hpet=off", "", APIC, f"{TSC}, checked by {PM_TIMER}", PAIR),
    ("hello", "-M microvm,acpi=off,pic=off", "", APIC, TSC, "no controller"),
    ("hello", "-M microvm,pit=off", "", APIC, TSC, PAIR),
]

# In real time: the TSC is measured by a second of the battery-backed clock.
BY_SECONDS = "-M microvm,pit=off"

# Words for QEMU, timer=, the lines that say what is wrong, and the alarm that is taken.
OTHERS = [
    ("-M pc,hpet=off", "hpet", "umbra: timer=hpet: this machine has none; trying the others", APIC),
    ("-cpu 486 -M pc,pit=off", "apic", "umbra: timer=apic: this machine has none; trying the others", HPET),
    ("-M microvm,pic=off,acpi=off", "pit",
     "umbra: the interval timer (8254) counts, but does not interrupt; trying the others", APIC),
    ("-M pc", "rtc", "umbra: timer=rtc is not known: write timer=apic, pit or hpet", APIC),
]

# Machines without any timer, and the one line.
HOPELESS = [
    ("-cpu 486 -M pc,hpet=off,pit=off",
     "umbra: panic: no timer interrupts: the local APIC's timer is missing; the interval timer (8254) is missing; "
     "the HPET is missing"),
    ("-cpu 486 -M pc,pic=off",
     "umbra: panic: no timer interrupts: the local APIC's timer is missing; the interval timer (8254) does not "
     "interrupt; the HPET does not interrupt; no 8259 or I/O APIC"),
    ("-M microvm,pit=off,rtc=off",
     "umbra: panic: there is no clock: tried the TSC, the HPET, the ACPI PM timer and the interval timer (8254)"),
]

INPUT = f"{images.BUILD}/tests/virtio-console-input.elf"
INPUT_MACHINES = ["-M q35,pic=off", "-M q35", "-M microvm,acpi=off,pic=off"]


def boot(name, words, timer):
    image = images.guest_image(name)
    log = f"{images.BUILD}/tests/timers{words.replace(' ', '')}-{timer}.log"
    append = "console=serial run=sequence stats" + (f" timer={timer}" if timer else "")
    clock = machine.REAL_TIME if words == BY_SECONDS else None
    return image, machine.boot_kernel(log, image.modules, kernel=machine.RELEASE_BUILD, append=append,
                                      words=words.split(), clock=clock)


def problems_of(image, done, wanted):
    """The reasons why this boot is not as declared; `wanted` are values of lines of the statistics."""
    problems = verdict.guest_problems(image, verdict.lives_of(done.lines()))
    problems += verdict.boot_problems(done, [image])
    found = dict(re.findall(r"^umbra: stats:   (alarm|clock|interrupts) +(.*)$", "\n".join(done.lines()), re.MULTILINE))
    problems += [f"{key} is {found.get(key)}, not {value}" for key, value in wanted.items() if found.get(key) != value]
    if "unexpected interrupts" in done.text:
        problems.append("there were unexpected interrupts")
    return problems


def check_machine(writer, name, words, timer, alarm, clock, controller):
    image, done = boot(name, words, timer)
    problems = problems_of(image, done, {"alarm": alarm, "clock": clock, "interrupts": controller})
    writer.result(not problems, f"{name} ends as declared on {words} timer={timer}: {alarm}; {clock}; {controller}",
                  problems + verdict.log_tail(done))


def check_other(writer, words, timer, line, alarm):
    image, done = boot("hello", words, timer)
    problems = problems_of(image, done, {"alarm": alarm})
    if line not in done.lines():
        problems.append(f"nothing says: {line}")
    writer.result(not problems, f"{words} timer={timer}: one line says why not, and {alarm} is taken",
                  problems + verdict.log_tail(done))


def check_hopeless(writer, words, line):
    _, done = boot("hello", words, "")
    problems = [] if line in done.lines() else [f"nothing says: {line}"]
    if done.status != machine.STATUS_PANIC:
        problems.append(done.hung or f"QEMU ended with {done.status}")
    writer.result(not problems, f"{words}: the panic's line names all that was tried", problems + verdict.log_tail(done))


def check_input(writer, words):
    """The guest sleeps until an interrupt of the line or of the keyboard has been served."""
    keyboard = "microvm" not in words
    append = f"run=sequence console={'both' if keyboard else 'serial'}"
    with terminal.Terminal([f"{INPUT} kernel name=typing mem=2M"], append, machine.RELEASE_BUILD,
                           [*words.split(), *machine.INSTRUCTIONS_AWAKE]) as person:
        person.wait_for("ready\n")
        person.type("by line\n")
        came = [person.wait_for("read: by line\n")]
        if keyboard:
            person.press("by key\n")
            came.append(person.wait_for("read: by key\n"))
        person.type("quit\n")
        came.append(person.wait_for("shut down: virtio-console-input"))
    writer.result(all(came), f"{words}: the serial line {'and the keyboard wake' if keyboard else 'wakes'} the guest")


def main(writer):
    for row in MACHINES:
        check_machine(writer, *row)
    for row in OTHERS:
        check_other(writer, *row)
    for row in HOPELESS:
        check_hopeless(writer, *row)
    for words in INPUT_MACHINES:
        check_input(writer, words)


sys.exit(tap.run(main))
