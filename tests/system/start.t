#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long it takes from the boot loader's hand-over to the guest's first line.

QEMU's firmware writes its messages to a debug port, the last one right before it jumps to the boot
loader in ROM. So the time from there includes the loader, and is an upper bound.
"""

import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import images
import machine
import tap
import verdict

LAST_OF_FIRMWARE = "Booting from ROM"
FIRST_OF_GUEST = "Hello from ring 1"
MILLISECONDS_MAX = 100
TRIES = 3  # of which the best counts: other programs may keep the CPU busy

# The firmware's debug port and the serial port, together on the standard output.
DEBUG_PORT = ["-chardev", "stdio,id=both,mux=on", "-serial", "chardev:both",
              "-device", "isa-debugcon,iobase=0x402,chardev=both"]


def without_serial(words):
    place = words.index("-serial")
    return words[:place] + words[place + 2:]


class Stopwatch:
    """Notes when each of the two messages is first seen."""

    def __init__(self):
        self.seen = {}

    def __call__(self, text):
        now = time.monotonic()
        for message in (LAST_OF_FIRMWARE, FIRST_OF_GUEST):
            if message in text:
                self.seen.setdefault(message, now)

    def milliseconds(self):
        if len(self.seen) < 2:
            return None
        return (self.seen[FIRST_OF_GUEST] - self.seen[LAST_OF_FIRMWARE]) * 1000


def main():
    writer = tap.Writer()
    hello = images.guest_image("hello")
    best = None
    for _ in range(TRIES):
        watch = Stopwatch()
        command = [*without_serial(machine.QEMU), *machine.DEBUG_EXIT, *DEBUG_PORT,
                   *machine.kernel_words(machine.RELEASE_BUILD, hello.modules)]
        boot = machine.run(command, f"{images.BUILD}/tests/start.log", on_output=watch)
        took = watch.milliseconds()
        if took is not None and (best is None or took < best):
            best = took
    writer.result(best is not None, "both messages were seen", verdict.log_tail(boot))
    writer.result(best is not None and best < MILLISECONDS_MAX,
                  f"{best or 0:.0f} ms to the guest's first line, at most {MILLISECONDS_MAX}")
    return writer.done()


sys.exit(main())
