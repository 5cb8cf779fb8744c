# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell session in a Linux guest: it types commands, and reads their output."""

import contextlib
import os
import time

from lib import machine, patience, terminal

# The limit on waits, in seconds in which the machine computes or sleeps (patience.Clock).
PATIENCE = int(os.environ.get("PATIENCE", "60"))
ANSWER = 3  # seconds between two commands to a shell that does not answer

# With DEBUG=1 make passes the debug build, which audits all shadow tables after each exit.
HYPERVISOR = os.environ.get("HYPERVISOR", machine.RELEASE_BUILD)


Failed = patience.Hang


class Session(terminal.Terminal):
    """A boot whose output is kept in a file. Waits search the text without escape sequences (terminal.Paper)."""

    ENCODING = "utf-8"

    def __init__(self, log, modules, append, words):
        self.paper = terminal.Paper()
        self.log = log
        self.commands = 0
        self.launched = time.time()
        self.started = None  # when the first line of a guest was seen
        super().__init__(modules, append, HYPERVISOR, words)

    def __exit__(self, *_):
        with open(self.log, "w", encoding=self.ENCODING) as file:
            file.write(self.all)
        self.kill()

    def shown(self, text):
        if not self.started and ": starting with " in self.all:
            self.started = time.time()
        return self.paper.print(text)

    def match(self, pattern, seconds=PATIENCE):
        return super().match(pattern, seconds)

    def wait_for_shell(self, seconds=PATIENCE):
        """Types an `echo` until a shell answers, and reads all its answers."""
        for left in range(seconds, 0, -ANSWER):
            self.type("echo answer-$((6*7))\n")
            try:
                self.match(r"answer-42\n", ANSWER)
                break
            except Failed:
                if left <= ANSWER:
                    raise
        with contextlib.suppress(Failed):
            while True:
                self.match(r"answer-42\n", 1)

    def run(self, command, seconds=PATIENCE):
        """Runs a shell command; returns its output and its status. The command's echo has quotation marks around < and >,
        so it does not match the pattern."""
        self.commands += 1
        number = self.commands
        self.type(f"echo '<'{number}; {command}; echo '>'{number}:$?\n")
        match = self.match(rf"(?s)<{number}\n(.*?)>{number}:(\d+)\n", seconds)
        return match[1], int(match[2])

    def output(self, command, seconds=PATIENCE):
        """The output of a command, which must succeed."""
        text, status = self.run(command, seconds)
        if status:
            raise Failed(f"{command}: status {status}: {text}")
        return text.strip("\n")

    def end(self, seconds=PATIENCE):
        """Waits for the end of the boot; returns QEMU's status."""
        return super().end(seconds)

    def cpu_seconds(self):
        """QEMU's CPU time so far."""
        with open(f"/proc/{self.qemu.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
