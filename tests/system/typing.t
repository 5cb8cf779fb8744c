#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's console driver reads exactly the bytes that are typed on the serial line."""

import sys

from lib import images, machine, tap, terminal

ELF = f"{images.BUILD}/tests/virtio-console-input.elf"
PASTED = 10  # lines


def main(writer):
    with terminal.Terminal([f"{ELF} kernel name=typing mem=2M"], "console=serial run=sequence",
                           words=machine.INSTRUCTIONS_AWAKE) as person:
        test_lines(writer, person)


def test_paste(writer, person, line):
    """While the machine stands still, as on a busy host, the text piles up before its UART. It then comes at once."""
    person.qmp("stop")
    person.type(PASTED * (line + "\n"))
    person.qmp("cont")
    for _ in range(PASTED):
        person.wait_for(f"read: {line}\n")
    writer.result(True, f"the guest reads {PASTED} such lines that come at once")


def test_lines(writer, person):
    writer.result(person.wait_for("ready\n"), "the guest waits for input")
    person.wait_until_halted()  # with no timer set
    person.type("hello\n")
    writer.result(person.wait_for("read: hello\n"), "a line wakes the guest, which reads it",
                  [person.text])
    every = "".join(chr(c) for c in range(1, 256) if c not in (1, 10, 13))
    person.type(every + "\n")
    writer.result(person.wait_for(f"read: {every}\n"), "the guest reads every byte but Ctrl-A",
                  [repr(person.text)])
    person.type("\x01\x01\n")
    writer.result(person.wait_for("read: \x01\n"), "the guest reads Ctrl-A that is typed twice",
                  [repr(person.text)])
    long = "".join(chr(ord("a") + i % 26) for i in range(900))
    person.type(long + "\n")
    writer.result(person.wait_for(f"read: {long}\n"), "the guest reads a line of 900 characters",
                  [repr(person.text)])
    person.type("pause\n")
    person.wait_for("read: pause\n")
    person.type(long[:400] + "\n")
    writer.result(person.wait_for(f"read: {long[:400]}\n"),
                  "a line waits while the guest takes none", [repr(person.text)])
    test_paste(writer, person, long)
    person.type("quit\n")
    writer.result(person.wait_for(f"shut down: virtio-console-input: {7 + PASTED} lines\n"),
                  f"the guest has read {7 + PASTED} lines in all")
    writer.result(person.end() == machine.STATUS_DONE, "a boot with typed input ends with the status for success")


sys.exit(tap.run(main))
