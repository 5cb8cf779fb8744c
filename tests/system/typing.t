#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Types on the serial line, and looks whether the guest's console driver reads just that."""

import os
import selectors
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import images
import machine
import tap

ELF = f"{images.BUILD}/tests/virtio-typing.elf"
PATIENCE = 20
# As fast as a person who pastes: the UART has room for 16 bytes, and nothing tells us when.
CHUNK = 16
PAUSE = 0.005


class Terminal:
    def __init__(self):
        command = (machine.QEMU + machine.DEBUG_EXIT
                   + machine.kernel_words(machine.DEBUG_BUILD, [f"{ELF} kernel name=typing mem=2M "
                                                                "timeout=30"]))
        self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT)
        self.text = ""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.qemu.stdout, selectors.EVENT_READ)

    def wait_for(self, wanted):
        """Reads until the text is there; what comes behind it stays for the next one."""
        until = time.monotonic() + PATIENCE
        while wanted not in self.text:
            left = until - time.monotonic()
            if left <= 0 or not self.selector.select(left):
                return False
            data = os.read(self.qemu.stdout.fileno(), 65536)
            if not data:
                return False
            self.text += data.decode("latin-1").replace("\r", "")
        self.text = self.text.partition(wanted)[2]
        return True

    def type(self, text):
        data = text.encode("latin-1")
        for at in range(0, len(data), CHUNK):
            self.qemu.stdin.write(data[at:at + CHUNK])
            self.qemu.stdin.flush()
            time.sleep(PAUSE)

    def end(self):
        try:
            return self.qemu.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.qemu.kill()
            return self.qemu.wait()


def main():
    writer = tap.Writer()
    terminal = Terminal()
    writer.result(terminal.wait_for("ready\n"), "the guest is ready")
    time.sleep(0.3)  # it sleeps, with no timer
    terminal.type("hello\n")
    writer.result(terminal.wait_for("read: hello\n"), "a line wakes it, and is read",
                  [terminal.text])
    every = "".join(chr(c) for c in range(1, 256) if c not in (1, 10, 13))
    terminal.type(every + "\n")
    writer.result(terminal.wait_for(f"read: {every}\n"), "every byte but Ctrl-A",
                  [repr(terminal.text)])
    terminal.type("\x01\x01\n")
    writer.result(terminal.wait_for("read: \x01\n"), "and Ctrl-A, typed twice",
                  [repr(terminal.text)])
    long = "".join(chr(ord("a") + i % 26) for i in range(900))
    terminal.type(long + "\n")
    writer.result(terminal.wait_for(f"read: {long}\n"), "a line of 900 characters",
                  [repr(terminal.text)])
    terminal.type("pause\n")
    terminal.wait_for("read: pause\n")
    terminal.type(long[:400] + "\n")
    writer.result(terminal.wait_for(f"read: {long[:400]}\n"),
                  "what is typed while it takes nothing waits", [repr(terminal.text)])
    terminal.type("quit\n")
    writer.result(terminal.wait_for("shut down: typing: 7 lines\n"), "and that was all")
    writer.result(terminal.end() == machine.STATUS_DONE, "the boot ends well")
    return writer.done()


sys.exit(main())
