#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`certify` prints the fingerprint of a CPU's page walks: the code in the table of docs/hardware.md, over the lines of the
reference, which is up to date. The disc's menu has it, and its result is on the screen and on the serial port."""

import re
import subprocess
import sys

from lib import certify, images, machine, tap, terminal, verdict
from lib.images import read

ROW = re.compile(r"^\| (\S.*) \| `([0-9A-F]{16})` \| (\d+) \| (.*) \|$", re.MULTILINE)
# On each CPU its image, and the page tables.
CODES = [("486", certify.TWO_LEVEL, "two-level"), ("pentium3", certify.PAE, "PAE without NX"),
         ("max", certify.PAE, "PAE with NX")]
ISO = f"{images.BUILD}/tests/certify.iso"
DOWN = "\x0e"  # Ctrl-N, in GRUB's menu
RESULT = "certify: two-level: code "


def the_reference(writer):
    writer.result(read(certify.REFERENCE) == certify.reference_text(),
                  "the reference has the lines that QEMU's CPUs print",
                  ["type: tools/certify-table --reference, make, make docs-certify"])


def the_codes(writer):
    rows = {(kind, model): (code, differ) for kind, code, differ, machines in ROW.findall(read("docs/hardware.md"))
            for model in re.search(r"QEMU: ([^;]*)|$", machines)[0].removeprefix("QEMU: ").split(", ")}
    for cpu, name, kind in CODES:
        printed = certify.qemu_code(name, cpu)
        writer.result(printed[0] == kind and rows.get((kind, cpu)) == printed[1:],
                      f"docs/hardware.md has the code of QEMU's {cpu}, {kind}", [printed, rows.get((kind, cpu))])
        code = f"{certify.fnv(''.join(line + chr(10) for line in certify.records(name, cpu)).encode()):016X}"
        writer.result(code == printed[1], f"the code is that of all lines, on {cpu}", [code])


def a_difference(writer):
    """An image whose reference has another first line."""
    image = f"{images.BUILD}/tests/certify-broken.elf"
    with open(f"{images.BUILD}/reference/page-walk.elf", "rb") as file:
        data = file.read()
    first, second = (int(word, 16).to_bytes(4, "little") for word in re.search(
        r"two_level\[\] = \{\s*0x([0-9A-F]{8}), 0x([0-9A-F]{8})", read(certify.REFERENCE)).groups())
    with open(image, "wb") as file:
        file.write(data.replace(first + second, bytes(4) + second))
    boot = machine.boot_kernel(f"{images.BUILD}/tests/certify-broken.log", [], image, append="certify")
    lines = boot.lines()
    writer.result(sum(line.startswith("differs: page 0 kr:") for line in lines) == 1 and
                  any(re.search(", 1 of [0-9]+ lines differ", line) for line in lines),
                  "a line that differs from the reference is printed", verdict.log_tail(boot))


def without_pae(writer):
    boot = machine.boot_kernel(f"{images.BUILD}/tests/certify-no-pae.log", [],
                               f"{images.BUILD}/reference/page-walk-pae.elf", append="certify", words=["-cpu", "486"])
    writer.result("this CPU has no PAE\n" in boot.text, "a CPU without PAE is named", verdict.log_tail(boot))


def the_menu(writer):
    subprocess.run(["iso/make-iso.sh", ISO, machine.RELEASE_BUILD, f"{images.BUILD}/guest/demo.elf"], check=True)
    with terminal.Terminal([], kernel=None, base=machine.QEMU, words=["-boot", "d", "-cdrom", ISO]) as person:
        person.wait_for("certify PAE")
        person.type(DOWN + DOWN + "\n")
        lines = person.wait_for_screen(lambda lines: "Switch the machine off" in " ".join(lines))
        writer.result(person.wait_for(RESULT) and any(line.startswith(RESULT) for line in lines),
                      "the disc's menu offers it; the result is on the screen and on COM1", lines)


sys.exit(tap.run(the_reference, the_codes, a_difference, without_pae, the_menu))
