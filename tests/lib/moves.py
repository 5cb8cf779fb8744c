# SPDX-License-Identifier: GPL-2.0-or-later
"""Two machines whose second serial lines are joined, and guests that move between them (docs/snapshot.md)."""

import contextlib
import os
import re
import select
import socket
import struct
import threading

from lib import images, machine, terminal

FOLDER = f"{images.BUILD}/tests/moves"
PROMPT = "umbra> "
OPEN = "\x01m"

FRAME = struct.Struct("<2sHI")  # in front of the bytes; the CRC-32 is behind them
ANSWER_SIZE = 9
SECTION = struct.Struct("<II")
COMMIT = 18  # abi/move.h


def connect(path):
    """The socket of a machine's second line."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(path)
    return line


class Line:
    """A cable between two machines. Each frame and each answer passes `rule(sender, letter, number, unit)`, which returns
    the bytes that arrive; letter is U for a frame, A or N for an answer."""

    def __init__(self, *ends):
        self.ends = ends
        self.rule = lambda sender, letter, number, unit: unit
        self.rest = [b"", b""]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                for end in select.select(self.ends, [], [])[0]:
                    data = end.recv(4096)
                    if not data:
                        return
                    self.take(self.ends.index(end), data)

    def take(self, sender, data):
        data = self.rest[sender] + data
        while data and (size := self.size_of(data)) and len(data) >= size:
            unit, data = data[:size], data[size:]
            letter = chr(unit[0])
            number, = struct.unpack_from("<I", unit, 4 if letter == "U" else 1)
            self.ends[1 - sender].sendall(self.rule(sender, letter, number, unit))
        self.rest[sender] = data

    @staticmethod
    def size_of(data):
        if data[:1] != b"U":
            return ANSWER_SIZE
        return FRAME.size + FRAME.unpack_from(data)[1] + 4 if len(data) >= FRAME.size else 0


def is_commit(unit):
    return unit[FRAME.size:-4] == SECTION.pack(COMMIT, 0)


class Machine(terminal.Terminal):
    """A machine with a monitor on its first line, and a socket on its second one."""

    def __init__(self, name, modules, kernel=machine.DEBUG_BUILD, words=()):
        self.shown = terminal.Paper().print
        self.path = f"{FOLDER}/{name}"
        if os.path.exists(self.path):
            os.remove(self.path)
        os.makedirs(FOLDER, exist_ok=True)
        super().__init__(modules, f"console=serial,merged{machine.assertion(machine.INSTRUCTIONS_AWAKE)}", kernel,
                         [*machine.INSTRUCTIONS_AWAKE, "-chardev", f"socket,id=com2,path={self.path},server=on,wait=off",
                          "-serial", "chardev:com2", *words])

    def do(self, line):
        """A command in the monitor, which is open for so long; returns its answer."""
        self.type(OPEN)
        self.match(PROMPT)
        self.type(line + "\r")
        self.match(re.escape(line) + "\n")
        self.match(PROMPT)
        answer = self.line.before
        self.type("exit\r")
        self.match("exit\n")
        return answer

    def memory(self, name):
        """The number of frames that are a guest's memory, its own and shared ones."""
        answer = self.do("mem")
        return sum(int(re.search(pattern, answer, re.MULTILINE)[1])
                   for pattern in (r"^\(shared\) +(\d+)", rf"^{name} .* (\d+) memory"))

    def beats(self, name):
        return [int(n) for n in re.findall(rf"^{name} *\| beat (\d+)\n", self.all, re.MULTILINE)]

    def next_beat(self, name):
        return int(self.match(rf"^{name} *\| beat (\d+)\n")[1])

    def finish(self, writer, text):
        self.type(OPEN)
        self.match(PROMPT)
        self.type("poweroff\r")
        status = self.end()
        writer.result(status == machine.STATUS_DONE and "frames free, as at the start" in self.all and
                      "shut down" not in self.all, text, [status, self.all[-2000:]])


def guest(name, words="mem=4M", image="snapshot-beats", **options):
    options = {"beats": 1000000, "ms": 10, "line": 10, "pages": 4, **options}
    return (f"{images.BUILD}/tests/{image}.elf kernel name={name} {words} -- " +
            " ".join(f"{key}={value}" for key, value in options.items()))
