# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits on the time that tests wait for a machine that does not answer, and the message about a hang.

The limits measure nothing: only a hang reaches them. They count the seconds in which the machine computed
or slept. Seconds in which it waits for a CPU of a busy host do not count. A hang costs the whole limit, and a
broken product would cost it in every boot. So every hang is noted in a file that all programs of one run of
the suite share (HANGS in the environment, from tests/run-all). After a few hangs the product counts as
broken and the limits shrink, and each message about a hang says so.
"""

import glob
import os
import signal
import time

# (hangs, seconds): from so many hangs on, a machine hangs after so many seconds without output. A working
# machine prints nothing for at most about 5 s.
SILENCE = [(0, 60), (3, 15), (10, 5)]

# The limit on a whole boot, as a multiple of the limit on a silence.
BOOT = 5


class Hang(Exception):
    """A limit was reached: the message says which step was waited for. `details` is for a diagnosis."""

    def __init__(self, message, details=()):
        super().__init__(message)
        self.details = list(details)


class Stopped(BaseException):
    """tests/run-one stops this program: it has taken longer than any test may."""


def fields(path):
    """The fields of a stat file of /proc: the state, then numbers. None if the process has ended."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


class Clock:
    """The seconds in which a process computed or slept. Seconds in which it waits for a CPU do not count."""

    def __init__(self, pid):
        self.pid = pid
        self.seconds = 0.0
        self.computed = self.cpu_seconds()
        self.looked = time.monotonic()

    def cpu_seconds(self):
        stat = fields(f"/proc/{self.pid}/stat")
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK") if stat else 0.0

    def sleeps(self):
        stats = map(fields, glob.glob(f"/proc/{self.pid}/task/*/stat"))
        return not any(stat and stat[0] == "R" for stat in stats)

    def look(self):
        """The seconds so far. If the process sleeps now, it counts as asleep since the last call, so callers call this
        often."""
        now, computed = time.monotonic(), self.cpu_seconds()
        more = max(computed - self.computed, 0)
        if self.sleeps():
            more = max(more, now - self.looked)
        self.seconds += more
        self.computed, self.looked = computed, now
        return self.seconds


def hangs():
    """The number of hangs that this run of the suite has had."""
    try:
        with open(os.environ["HANGS"], encoding="utf-8") as file:
            return len(file.readlines())
    except (KeyError, OSError):
        return 0


def silence():
    """The seconds without output after which a machine counts as hung."""
    so_far = hangs()
    return next(seconds for least, seconds in reversed(SILENCE) if so_far >= least)


def note_hang(message):
    """Notes a hang for the whole run; returns the message, with a remark if the limits had shrunk."""
    so_far = hangs()
    if "HANGS" in os.environ:
        with open(os.environ["HANGS"], "a", encoding="utf-8") as file:
            file.write(" ".join(message.split()) + "\n")
    if so_far < SILENCE[1][0]:
        return message
    return f"{message} (limits are short: the suite has had {so_far} hangs)"


def hang(message, details=()):
    """Notes a hang; returns the exception for it."""
    return Hang(note_hang(message), details)


class Step:
    """The step that the program waits for. The message about a hang or a stop names it. Steps nest."""

    names = []

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        Step.names.append(self.name)

    def __exit__(self, kind, *_):
        if kind is not Stopped:
            Step.names.pop()


def on_stop(*_):
    raise Stopped(" in ".join(reversed(Step.names)) or "nothing in particular")


def stop_on_signal():
    signal.signal(signal.SIGTERM, on_stop)
