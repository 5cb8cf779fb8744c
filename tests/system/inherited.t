#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A boot loader that leaves the machine in a bad state (tests/loader) makes no difference to Umbra.

Each state is tried by itself with a guest that must end well. One is tried from a disc too: GRUB puts modules elsewhere
than QEMU does. Then many states are set at once: while a guest runs, QEMU must show the same registers of CPU, local APIC
and 8259s as after a boot without bad states.
"""

import re
import sys

from lib import disc, images, machine, tap, terminal, verdict

LOADER = f"{images.BUILD}/loader/loader.elf"

# The 64-bit emulator: the CPUs of qemu-system-i386 have neither SYSCALL nor EFER.
QEMU = ["qemu-system-x86_64", *machine.QEMU[1:], *machine.DEBUG_EXIT]

# The states that the loader leaves, the guest, and words for QEMU.
STATES = [
    ("efer-sce syscall sysenter", "sysenter", "-cpu max"),
    ("lme", "hello", "-cpu max"),
    ("pae", "hello", "-cpu max"),
    ("nt", "hello", "-cpu max"),
    ("lint0", "demo", "-cpu max"),
    ("timer", "hello", "-cpu max"),
    ("timer-0x80", "software-int", "-cpu max"),
    ("apic-off", "hello", "-cpu max"),
    ("apic-soft-off tpr", "hello", "-cpu max"),
    ("breakpoint", "hello", "-cpu max"),
    ("general-detect", "hello", "-cpu max"),
    ("pic-midway", "hello", "-cpu max"),
    ("nt flags caches cr0 pic elcr pit dlab loop tables breakpoint", "hello", "-cpu 486"),
]
MANY = ("efer-sce syscall sysenter lme nt flags caches cr0 cr4 pat debugctl lint0 timer pic elcr pit dlab "
        "loop tables breakpoint")

# QEMU's questions, and the parts of the answers that must be the same. IRR is left out: an interrupt of the loader's
# timer may still be pending there. Software cannot clear it; the task priority keeps it from the CPU.
SHOWN = {
    "info registers": r"CR0=\w+|CR4=\w+|DR[0-367]=\w+|EFER=\w+",
    "info lapic": r"LVT\w+\s+0x\w+|initial_count = \d+|SPIV\s+0x\w+|ESR\s+\w+|ISR\t[^\n]*|TPR \w+",
    "info pic": r"pic\d|imr=\w+|isr=\w+|hprio=\w+|irq_base=\w+|elcr=\w+|fnm=\w+",
}


KERNEL = f"{machine.RELEASE_BUILD} console=serial"


def command(states, modules, words):
    return [*QEMU, *machine.kernel_words(LOADER, [KERNEL, *modules], states), *machine.INSTRUCTIONS, *words]


def command_from_disc(states, modules, words):
    files = [module.split(" ", 1) for module in (KERNEL, *modules)]
    return [*QEMU, "-cdrom", disc.make("inherited", states, files, LOADER), *machine.INSTRUCTIONS, *words]


def find_image(name):
    for image in images.test_images():
        if image.name == name:
            return image
    return images.guest_image(name)


def check_state(writer, states, name, words, command_of=command, where=""):
    image = find_image(name)
    log = f"{images.BUILD}/tests/inherited-{states.replace(' ', '-')}{where.replace(' ', '-')}.log"
    boot = machine.run(command_of(states, image.modules, words.split()), log)
    problems = verdict.guest_problems(image, verdict.lives_of(boot.lines()))
    problems += verdict.boot_problems(boot, [image])
    writer.result(not problems, f"{name} on {words} ends as declared after a loader that leaves: {states}{where}",
                  problems + verdict.log_tail(boot))


def shown_registers(states):
    """QEMU's answers when a guest has started."""
    module = f"{images.BUILD}/runner/hang.elf kernel name=hang mem=4M"
    with terminal.Terminal([KERNEL, module], states, LOADER,
                           words=["-cpu", "max"], base=QEMU) as console:
        console.wait_for("guest hang: starting")
        return [answer for question, pattern in SHOWN.items()
                for answer in re.findall(pattern, console.ask_qemu(question).replace("\r", ""))]


def check_shown(writer):
    usual, after_many = shown_registers(""), shown_registers(MANY)
    differ = [f"{one} is {other}" for one, other in zip(usual, after_many) if one != other]
    writer.result(len(usual) > 20 and len(usual) == len(after_many) and not differ,
                  f"{len(usual)} registers of CPU, local APIC and 8259s are the same after many bad states", differ)


def main(writer):
    for states, name, words in STATES:
        check_state(writer, states, name, words)
    check_state(writer, "nt", "hello", "-cpu max", command_from_disc, " from a disc")
    check_shown(writer)


sys.exit(tap.run(main))
