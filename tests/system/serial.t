#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The console finds its serial port: the one that serial= or ACPI names, any of COM1 to COM4, a PCI card. Keys come in
by each of them. Without a serial port the screen is used."""

import struct
import sys

from lib import console_lines, images, machine, tap, terminal

TYPIST = f"{images.BUILD}/tests/virtio-console-input.elf kernel name=typist mem=2M"
SMALL_PIPE = 4096
LINE = ["-chardev", "stdio,id=line"]
COM1, COM2, COM4 = (f"isa-serial,chardev=line,iobase={port:#x},irq={irq}"
                    for port, irq in ((0x3F8, 4), (0x2F8, 3), (0x2E8, 3)))
PCI = "pci-serial,chardev=line"
SILENT = "isa-serial,chardev=silent,iobase=0x3f8,irq=4"
BESIDE_COM1 = ["-chardev", "null,id=silent", "-device", SILENT]

# QEMU's machine without a serial port.
at = machine.QEMU.index("-serial")
BASE = [*machine.QEMU[:at], "-serial", "none", *machine.QEMU[at + 2:]]

# The name of a case, the device, further words for QEMU, the hypervisor's word, and its line about the port.
PORTS = [
    ("COM1", COM1, [], "", None),
    ("the only port, COM2,", COM2, [], "", "I/O port 0x2f8, 115200 baud, IRQ 3"),
    ("the only port, COM4,", COM4, [], "", "I/O port 0x2e8, 115200 baud, IRQ 3"),
    ("serial=0x2f8,9600", COM2, BESIDE_COM1, "serial=0x2f8,9600", "I/O port 0x2f8, 9600 baud, IRQ 3"),
    ("a PCI card", PCI, [], "", "I/O port 0xc[0-9a-f]+, 115200 baud, polled"),
    ("serial=pci", PCI, BESIDE_COM1, "serial=pci", "I/O port 0xc[0-9a-f]+, 115200 baud, polled"),
    ("a PCI card on q35", PCI, ["-M", "q35"], "", "I/O port 0x[0-9a-f]+, 115200 baud, polled"),
    ("a PCI card behind a bridge", PCI + ",bus=behind,addr=3",
     ["-device", "pci-bridge,id=behind,chassis_nr=1"], "", "I/O port 0x[0-9a-f]+, 115200 baud, polled"),
]


def person_at(devices, append, words=(), module=TYPIST, kernel=machine.RELEASE_BUILD, **options):
    listed = [word for device in devices for word in ("-device", device)]
    return terminal.Terminal([module], append, kernel, base=[*BASE, *machine.DEBUG_EXIT, *LINE],
                             words=[*words, *listed, *machine.INSTRUCTIONS_AWAKE], **options)


def keys_come_in(person):
    """An idle machine takes a long line of keys; the monitor opens; the guest ends."""
    person.wait_for("ready\n")
    person.wait_until_halted()
    person.type("hello\n")
    person.wait_for("read: hello\n")
    person.type("\x01m")
    person.wait_for("umbra> ")
    person.type("guests\n")
    person.match(r"typist +\w+")
    person.type("quit\n")
    person.type("\x01" + "1")
    person.type("quit\n")
    person.wait_for("shut down: virtio-console-input: 2 lines\n")
    return person.end() == machine.STATUS_DONE


def ports(writer):
    for what, device, words, append, line in PORTS:
        with person_at([device], f"console=serial {append}", words) as person:
            if line:
                person.match(f"^umbra: serial port: {line}\n")
            else:
                person.wait_for("umbra: version")
            writer.result(keys_come_in(person), f"{what} is used, for output and keys", [person.all])


def generic(port):
    """ACPI's generic address of a port: space, width in bits, offset, access size, address."""
    return struct.pack("<BBBBQ", 1, 8, 0, 1, port)


def acpi_words(name, signature, data):
    path = f"{images.BUILD}/tests/serial-{name}.dat"
    with open(path, "wb") as file:
        file.write(data)
    return ["-acpitable", f"sig={signature},rev=2,data={path}"]


def acpi(writer):
    # SPCR: type, reserved, address, interrupt type, IRQ, GSI, baud code 6 (57600), and 29 bytes of others.
    spcr = struct.pack("<B3x12sBBIB29x", 0, generic(0x2F8), 1, 3, 3, 6)
    # DBG2: where the devices are, their number; one device: revision, length, registers, name, data, type, subtype.
    size = 22 + 12 + 4
    dbg2 = struct.pack("<II", 44, 1) + struct.pack("<BHBHHHHHH2xHH", 0, size, 1, 0, 0, 0, 0, 0x8000, 0, 22,
                                                   34) + generic(0x2F8) + struct.pack("<I", 8)
    for name, signature, data, baud in (("spcr", "SPCR", spcr, 57600), ("dbg2", "DBG2", dbg2, 115200)):
        words = [*BESIDE_COM1, *acpi_words(name, signature, data)]
        with person_at([COM2], "console=serial", words) as person:
            person.wait_for(f"umbra: serial port: I/O port 0x2f8, {baud} baud, IRQ 3\n")
            writer.result(keys_come_in(person), f"the port that {signature} names is used, though COM1 answers",
                          [person.all])


def much_output(writer):
    """QEMU's card takes no bytes whenever the small pipe behind it is full: it is then polled."""
    with person_at([PCI], "console=serial", module=console_lines.module("one", 128), pipe_size=SMALL_PIPE) as person:
        status = person.end()
        problems = console_lines.problems("one", console_lines.lines_in_front(person.all),
                                          console_lines.ends(person.all).get("one"))
        writer.result(status == machine.STATUS_DONE and not problems, "no byte of 128 KB is lost on a PCI card",
                      [f"QEMU ended with {status}", *problems])


def polled_port_at_the_end(writer):
    """Without the guests' turns: a key ends the machine, and a panic is printed."""
    hello = f"{images.BUILD}/guest/hello.elf kernel mem=2M"
    with person_at([PCI], "console=serial end=wait", module=hello) as person:
        person.wait_for("umbra: any key switches the machine off")
        person.type("x")
        writer.result(person.end() == machine.STATUS_DONE, "a key on a PCI card ends the machine", [person.all])
    breaker = f"{images.BUILD}/runner/panic.elf kernel name=breaker mem=4M -- panic"
    with person_at([PCI], "console=serial", module=breaker, kernel=machine.DEBUG_BUILD) as person:
        person.wait_for("umbra: panic: a guest asked for it, as a test\n")
        person.wait_for("umbra: running: breaker\n")
        writer.result(person.end() == machine.STATUS_PANIC, "a panic is printed on a PCI card", [person.all])


def wrong_words(writer):
    for word, text in (("serial=com9", "serial=com9 is not known: write serial=PORT,BAUD, com1 to com4, pci, "
                                       "mmio:ADDRESS or off"),
                       ("serial=com2", "serial=com2: no serial port answers there"),
                       ("serial=mmio:0xfe034000", "serial=mmio:0xfe034000: no serial port answers there"),
                       ("serial=pci", "serial=pci: no serial port answers there")):
        with person_at([COM1], f"console=serial {word}") as person:
            writer.result(person.wait_for(f"umbra: {text}\n") and person.wait_for("ready\n"),
                          f"{word}: one line says what is wrong, and COM1 is used", [person.all])


def screen(writer):
    for what, devices, append in (("without a serial port the screen is used", [], ""),
                                  ("with console=serial too, as the only output", [], "console=serial"),
                                  ("serial=off leaves COM1 silent", [COM1], "serial=off")):
        with person_at(devices, append) as person:
            person.wait_for_screen(lambda lines: "ready" in lines)
            person.press("hello\n")
            lines = person.wait_for_screen(lambda lines: "read: hello" in lines)
            writer.result(not any("serial port" in line for line in lines) and "umbra" not in person.all, what,
                          [*lines, person.all])


sys.exit(tap.run(ports, acpi, much_output, polled_port_at_the_end, wrong_words, screen))
