# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines of the table in docs/hardware.md: what each of them is, and what happens when it boots the demo."""

import os
import re

from lib import bochs, machine, ovmf, v86
from lib.images import BUILD, guest_image

QEMU = ["qemu-system-i386", "-display", "none", "-monitor", "none", "-no-reboot", "-serial", "stdio"]
SILENT = ["qemu-system-i386", "-display", "none", "-monitor", "none", "-no-reboot", "-serial", "none"]
KERNEL = machine.kernel_words(machine.RELEASE_BUILD, guest_image("demo").modules, append="")
ISO = ["-cdrom", f"{BUILD}/umbra.iso", *machine.HURRY]


def by_kernel(words):
    """A machine that loads the kernel itself."""
    return (words, lambda: [*QEMU, "-nic", "none", *words.split(), *KERNEL])


def without_serial(words):
    """The same, without a serial port: its exit status shows the result."""
    return (f"{words} -serial none".strip(), lambda: [*SILENT, "-nic", "none", *words.split(), *KERNEL])


def by_uefi(name, words):
    """UEFI firmware and the ISO; QEMU's words without the firmware's."""
    return (f"UEFI {name}, the ISO {words}".strip(), lambda: [*ovmf.words(name), *ISO, *words.split()])


def in_bochs(model):
    return (model, model)


# Groups of rows: a title, and the machines, each with a function that returns QEMU's command: called when it is booted, it
# gives each machine with UEFI new variables. Those of a group differ in one thing.
GROUPS = [
    ("CPU, with 64 MB",
     [by_kernel(f"-cpu {cpu} -m 64") for cpu in
      ("486", "pentium", "pentium2", "pentium3", "athlon", "n270", "core2duo", "qemu32", "Nehalem", "Haswell", "EPYC",
       "max")]),
    ("Memory", [by_kernel(f"-m {memory}") for memory in ("8", "16", "512", "2G", "3584", "4G", "8G")]),
    ("Board", [by_kernel(words) for words in (
        "-M pc", "-M q35", "-M isapc -cpu pentium", "-M isapc -cpu 486 -m 16", "-M microvm",
        "-M microvm -bios qboot.rom", "-M pc -smp 2", "-M q35 -smp 2")]),
    ("A device less", [by_kernel(words) for words in (
        "-M pc,hpet=off", "-M q35,hpet=off", "-M pc,pit=off", "-M q35,pit=off", "-M pc,pic=off", "-M q35,pic=off",
        "-M q35,pit=off,pic=off", "-M q35,pit=off,hpet=off", "-M pc,pit=off,hpet=off -cpu 486", "-M pc,i8042=off",
        "-M q35,i8042=off", "-M microvm,rtc=off", "-M microvm,pit=off", "-M microvm,pic=off",
        "-M microvm,pic=off,pit=off -bios qboot.rom", "-vga none")]),
    ("No serial port", [without_serial(words) for words in ("-M pc", "-M q35", "-M isapc", "-M pc -vga none")]),
    ("Screen, with a BIOS", [by_kernel(words) for words in (
        "-vga std", "-vga cirrus", "-vga vmware", "-vga virtio", "-vga none -device bochs-display",
        "-vga none -device ramfb")]),
    ("UEFI", [by_uefi("x64", ""), by_uefi("ia32", ""), by_uefi("x64 on pc", ""), by_uefi("x64", "-smp 2"),
              by_uefi("x64", "-vga none"), by_uefi("x64", "-vga virtio"), by_uefi("x64", "-vga none -device ramfb"),
              by_uefi("x64", "-m 8G"), by_uefi("ia32", "-vga cirrus")]),
]
BOCHS = ("Bochs, the ISO", [in_bochs(model) for model in
                           ("pentium", "p4_willamette", "core2_penryn_t9600", "corei7_sandy_bridge_2600k")])

# A medium, and the words of tools/v86/boot.mjs.
V86 = ("v86 " + v86.version(), [("the ISO", ["iso", f"{BUILD}/umbra.iso"]),
                                ("kernel and bundle", ["multiboot", f"{BUILD}/umbra.elf", "", f"{BUILD}/umbra.cpio"])])

PASSES = "passes"
DEMO = "umbra: guest demo: shut down: demo: all "


def outcome(boot):
    """What a boot's output and exit status say, in a few words."""
    if boot.status == machine.STATUS_DONE:
        return PASSES
    panic = re.search(r"^umbra: panic: (.*)$", boot.text.replace("\r", ""), re.MULTILINE)
    if panic:
        return f"stops: {panic[1]}"
    return boot.hung or f"ends with status {boot.status}"


def boot_in_qemu(what, command):
    name = re.sub(r"[^a-z0-9]+", "-", what.lower())
    return machine.run([*command(), *machine.DEBUG_EXIT], f"{BUILD}/tests/hardware-{name}.log")


def judged_by_text(boot):
    """The boot of an emulator without QEMU's exit status: the demo's last line tells."""
    boot.status = machine.STATUS_DONE if any(line.startswith(DEMO) for line in boot.lines()) else None
    return boot


def boot_in_bochs(model):
    return judged_by_text(bochs.boot(model, f"{BUILD}/umbra.iso", megs=64, name=f"hardware-{model}"))


def boot_in_v86(words):
    return judged_by_text(v86.boot(f"hardware-{words[0]}", "umbra: done: ", *words))


def results():
    """Yields (group, machine, outcome) for each row, as it becomes known."""
    os.makedirs(f"{BUILD}/tests", exist_ok=True)
    for title, rows in GROUPS:
        for what, command in rows:
            yield title, what, outcome(boot_in_qemu(what, command))
    v86.install()
    for (title, rows), boot in ((BOCHS, boot_in_bochs), (V86, boot_in_v86)):
        for what, words in rows:
            yield title, what, outcome(boot(words))

# -- The table --

PAGE = "docs/hardware.md"
TABLE = re.compile(r"(<!-- tools/hardware-table writes this table -->\n\n).*?\n(?=\n|\Z)", re.DOTALL)
HEAD = "| | machine | result |\n|---|---|---|"


def table(rows):
    """The table's text, of (group, machine, outcome)."""
    lines, last = [HEAD], None
    for title, what, result in rows:
        lines.append(f"| {title if title != last else ''} | `{what}` | {result} |")
        last = title
    return "\n".join(lines)


def written_table():
    """The outcomes in the page: {machine: outcome}."""
    with open(PAGE, encoding="utf-8") as file:
        return dict(re.findall(r"^\| [^|]*\| `([^`]*)` \| (.*) \|$", TABLE.search(file.read())[0], re.MULTILINE))


def write_table(rows):
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(TABLE.sub(lambda match: match[1] + table(rows) + "\n", text))
