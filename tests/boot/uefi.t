#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The ISO boots under UEFI: the demo runs to its end, and the framebuffer shows what the serial line has. With
LONG=1 on more machines; `make test` runs the first row, `make test-boot` all."""

import os
import sys

from lib import images, machine, ovmf, pixels, tap, terminal, verdict
from lib.images import BUILD

ISO = f"{BUILD}/umbra.iso"
CD = ["-cdrom", ISO]
DISK = ["-drive", f"file={ISO},format=raw,snapshot=on"]
USB = ["-drive", f"if=none,id=stick,file={ISO},format=raw,snapshot=on", "-device", "qemu-xhci",
       "-device", "usb-storage,drive=stick"]

# A machine of ovmf.MACHINES, a medium, and what it is.
ROWS = [
    ("x64", CD, "CD"),
    ("ia32", CD, "CD"),
    ("x64", [*CD, "-smp", "2"], "CD, 2 CPUs"),
    ("ia32", [*CD, "-smp", "2"], "CD, 2 CPUs"),
    ("x64", DISK, "disk"),
    ("x64", USB, "USB stick"),
    ("ia32", DISK, "disk"),
    ("x64 on pc", CD, "CD"),
    ("x64", [*CD, "-vga", "none", "-device", "bochs-display"], "CD, bochs-display"),
    ("x64", [*CD, "-vga", "none", "-device", "ramfb"], "CD, ramfb"),
    ("x64", [*CD, "-vga", "cirrus"], "CD, Cirrus VGA"),
    ("x64", [*CD, "-vga", "virtio"], "CD, virtio-vga"),
    ("x64", [*CD, "-vga", "vmware"], "CD, VMware SVGA"),
]

ANY_KEY = "umbra: any key switches the machine off"


def picture(person, name):
    path = f"{BUILD}/tests/{name}.ppm"
    person.qmp("screendump", filename=path)
    return pixels.text_of(path)


def shows(person, name, wanted):
    """The rows of the screen once `wanted` of them is true, or as they are when QEMU hangs."""
    for _ in person.waits("the screen's last line"):
        rows = picture(person, name)
        if wanted(rows):
            break
        person.read(0.2)
    return rows


def boot(writer, number, name, medium, what):
    title = f"UEFI {name}, {what}"
    base = [*ovmf.words(name), *machine.HURRY]
    with terminal.Terminal([], kernel=None, base=base, words=medium) as person:
        person.wait_for(ANY_KEY + ", r starts it again\n")
        run = machine.Boot("(not kept)")
        run.text = person.all
        problems = verdict.guest_problems(images.guest_image("demo"), verdict.lives_of(run.lines()))
        if ("umbra: 2 CPUs" in run.lines()) != ("-smp" in medium):
            problems.append("not the number of CPUs")
        writer.result(not problems, f"{title}: the demo runs to its end", problems + verdict.log_tail(run))
        serial = terminal.screen_of(person.raw, terminal.ROWS - 1, terminal.COLUMNS)
        screen = shows(person, f"uefi-{number}", lambda rows: any(row.startswith(ANY_KEY) for row in rows))
        writer.result(screen[:-1] == serial, f"{title}: the framebuffer shows what the serial line has",
                      ["the framebuffer:", *screen, "the serial line:", *serial])


def main(writer):
    rows = ROWS if os.environ.get("LONG") else ROWS[:1]
    for number, (name, medium, what) in enumerate(rows, 1):
        boot(writer, number, name, medium, what)


sys.exit(tap.run(main))
