# SPDX-License-Identifier: GPL-2.0-or-later
"""A terminal for tests: it types on the serial line or the PC's keyboard, and reads the serial line and the PC's
screen, as a person would."""

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import time

import pexpect
import pyte
from pexpect.fdpexpect import fdspawn

from lib import machine, patience

VGA = 0xB8000
ROWS, COLUMNS = 25, 80

# The speed of typing, that of text pasted into a terminal: characters at a time, and seconds between them.
CHUNK = 16
PAUSE = 0.005

READ_MAX = 65536  # bytes in one read

# Seconds after which pexpect returns, so that the limits by patience.Clock are checked often.
LOOK = 1

KEYBOARD_STATUS, OUTPUT_FULL = 0x64, 1

TAIL = 500  # characters, for a diagnosis

# QEMU's names of the keys that are not letters or digits.
KEYS = {" ": "spc", "\n": "ret", "\t": "tab", "-": "minus", "=": "equal", ".": "dot", ",": "comma",
        "/": "slash", ";": "semicolon", "'": "apostrophe", "\\": "backslash", "[": "bracket_left",
        "]": "bracket_right", "`": "grave_accent", "_": "shift-minus", "+": "shift-equal",
        "\"": "shift-apostrophe", ":": "shift-semicolon", "?": "shift-slash", "!": "shift-1"}


def key_name(character):
    if "\x01" <= character <= "\x1a" and character not in KEYS:
        return "ctrl-" + chr(ord(character) + 0x60)
    if character.isupper():
        return "shift-" + character.lower()
    return KEYS.get(character, character)


def screen_of(text, rows, columns):
    """The rows of the screen after this text, by pyte, a terminal emulator that is not Umbra's."""
    screen = pyte.Screen(columns, rows)
    pyte.Stream(screen).feed(text)
    return [row.rstrip() for row in screen.display]


class Paper:
    """A printing terminal, for pyte.Stream: it prints characters, ignores each sequence that moves a cursor or
    sets a colour, and begins a new line where a screen would erase the whole line."""

    WHOLE_LINE = 2  # the parameter of EL

    def __init__(self):
        self.printed = ""
        self.stream = pyte.Stream(self, strict=False)

    def __getattr__(self, event):
        return lambda *_, **__: None

    def draw(self, text):
        self.printed += text

    def tab(self):
        self.printed += "\t"

    def linefeed(self):
        self.printed += "\n"

    def erase_in_line(self, how=0, **_):
        self.printed += "\n" if how == self.WHOLE_LINE else ""

    def print(self, text):
        """The printed characters of this text. An escape sequence may end in the next text."""
        self.stream.feed(text)
        printed, self.printed = self.printed, ""
        return printed


class SerialLine(fdspawn):
    """pexpect on two pipes, from and to QEMU's serial line. A pseudo-terminal would have 4 KB of room, and QEMU
    drops serial output that has no room."""

    def __init__(self, qemu, encoding, shown):
        super().__init__(qemu.stdout, maxread=READ_MAX, encoding=encoding, codec_errors="replace")
        self.keys = qemu.stdin.fileno()
        self.shown = shown
        self.ahead = ""
        self.logfile_read = io.StringIO()

    def read_ahead(self, seconds):
        """Reads until output comes, for at most so many seconds. The next wait looks at that output first."""
        self.ahead += self.shown(super().read_nonblocking(READ_MAX, seconds))

    def read_nonblocking(self, size=1, timeout=-1):
        if not self.ahead:
            self.read_ahead(timeout)
        text, self.ahead = self.ahead, ""
        return text

    def send(self, s):
        """Types in small pieces with pauses. QEMU's UART takes keys only while it has room. Keys that the guest does
        not take wait in a queue of limited length."""
        data = s.encode("latin-1")
        for at in range(0, len(data), CHUNK):
            os.write(self.keys, data[at:at + CHUNK])
            time.sleep(PAUSE)


class Terminal:
    """A QEMU that runs until the end of a `with`. With kernel=None, `words` decide what it boots. Each wait names the
    step that it waits for. A wait that takes too long raises patience.Hang."""

    ENCODING = "latin-1"

    def __init__(self, modules, append="console=serial", kernel=machine.DEBUG_BUILD, words=(),
                 pipe_size=machine.PIPE_SIZE, base=(*machine.QEMU, *machine.DEBUG_EXIT)):
        self.socket, theirs = socket.socketpair()
        loaded = machine.kernel_words(kernel, modules, append) if kernel else []
        command = [*base, *loaded, "-chardev", f"socket,id=control,fd={theirs.fileno()}",
                   "-mon", "chardev=control,mode=control", *words]
        with theirs:
            self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, pipesize=pipe_size,
                                         pass_fds=[theirs.fileno()])
        self.line = SerialLine(self.qemu, self.ENCODING, self.shown)
        self.control = fdspawn(self.socket, maxread=READ_MAX, encoding="utf-8")
        self.answer()  # its greeting
        self.qmp("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    @staticmethod
    def shown(text):
        """The part of incoming text that waits search."""
        return text.replace("\r", "")

    @property
    def raw(self):
        """All the output so far."""
        return self.line.logfile_read.getvalue()

    @property
    def all(self):
        """All the output so far, without carriage returns."""
        return self.raw.replace("\r", "")

    @property
    def text(self):
        """The output after the text of the last successful wait."""
        in_vain = self.line.after in (pexpect.TIMEOUT, pexpect.EOF)
        return (self.line.before if in_vain else self.line.buffer) + self.line.ahead

    def read(self, seconds):
        """Reads until output comes, for at most so many seconds. Returns False at the end of the output."""
        try:
            self.line.read_ahead(seconds)
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            return False
        return True

    def waits(self, step, seconds=None):
        """For a loop that waits: yields the seconds that are left, and raises a hang when none are left."""
        clock = patience.Clock(self.qemu.pid)
        with patience.Step(f"wait for {step}"):
            while (left := (seconds or patience.silence()) - clock.look()) > 0:
                yield left
        raise patience.hang(f"{clock.seconds:.0f} s of waiting for {step}",
                            ["the last that came: " + repr(self.text[-TAIL:])])

    def expect(self, search, wanted, step, seconds=None):
        """Lets pexpect's `search` look for `wanted`. Returns True if it has come, False if QEMU has ended before."""
        for left in self.waits(step, seconds):
            found = search([wanted, pexpect.EOF, pexpect.TIMEOUT], timeout=min(left, LOOK))
            if found < 2:
                return found == 0

    def expect_on_line(self, search, wanted, step, seconds):
        if not self.expect(search, wanted, step, seconds):
            raise self.ended(step)

    def ended(self, step):
        """The exception for a step that cannot come, since QEMU has ended."""
        return patience.Hang(f"QEMU has ended, waiting for {step}", [repr(self.text[-TAIL:])])

    def wait_for(self, wanted, seconds=None):
        """Reads until this text has come. The text after it stays for the next wait."""
        self.expect_on_line(self.line.expect_exact, wanted, repr(wanted), seconds)
        return True

    def match(self, pattern, seconds=None):
        """Reads as wait_for does until a regular expression matches; returns the match."""
        self.expect_on_line(self.line.expect, re.compile(pattern, re.MULTILINE), repr(pattern), seconds)
        return self.line.match

    def type(self, text):
        """Types on the serial line. Keys for a QEMU that has ended are lost; the next wait then fails."""
        with contextlib.suppress(BrokenPipeError):
            self.line.send(text)

    def answer(self):
        """The next of QEMU's answers, events apart; empty when QEMU has ended."""
        while self.expect(self.control.expect_exact, "\n", "QEMU to answer"):
            answer = json.loads(self.control.before)
            if "event" not in answer:
                return answer
        return {}

    def qmp(self, name, **arguments):
        """A command of QEMU's machine protocol, and the value it returns; "" when QEMU has ended."""
        try:
            self.control.send(json.dumps({"execute": name, "arguments": arguments}))
            return self.answer().get("return", "")
        except ConnectionError:
            return ""

    def ask_qemu(self, line):
        """A command of QEMU's monitor, and its answer."""
        return self.qmp("human-monitor-command", **{"command-line": line})

    def press(self, text):
        """Types on the PC's keyboard: each key goes down and up. The keyboard's queue is short, and QEMU drops keys
        that do not fit, so each key waits until the machine has read the one before. No question follows the last key:
        it may end the machine, and QEMU 7.2 may hang if it gets a question while it ends."""
        for character in text:
            for _ in self.waits("the machine to read the keyboard"):
                if not self.keyboard_status() & OUTPUT_FULL:
                    break
                self.read(0.01)
            keys = key_name(character).split("-")
            events = [(key, True) for key in keys] + [(key, False) for key in reversed(keys)]
            self.qmp("input-send-event", events=[
                {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}
                for key, down in events])

    def keyboard_status(self):
        """The keyboard controller's status port; reading it changes nothing."""
        value = re.search(r"= (0x\w+)", self.ask_qemu(f"i /b {KEYBOARD_STATUS:#x}"))
        return int(value[1], 16) if value else 0

    def wait_until_halted(self):
        """Waits until the machine's CPU is halted."""
        for _ in self.waits("the CPU to sleep"):
            if "HLT=1" in self.ask_qemu("info registers"):
                return

    def cells(self):
        """The words of the screen's memory, row by row."""
        answer = self.ask_qemu(f"xp /{ROWS * COLUMNS}xh {VGA:#x}")
        words = [int(word, 16) for line in re.findall(r"^[0-9a-f]+: (.*)$", answer.replace("\r", ""),
                                                      re.MULTILINE)
                 for word in line.split()]
        return [words[row * COLUMNS:(row + 1) * COLUMNS] for row in range(ROWS)]

    def screen(self):
        """The text on the PC's screen."""
        return ["".join(chr(cell & 0xFF) for cell in row).rstrip() for row in self.cells()]

    def wait_for_screen(self, wanted, seconds=None, step="a text on the screen"):
        """Waits until `wanted(lines)` is true for the screen's lines; returns the lines."""
        lines = []
        try:
            for _ in self.waits(step, seconds):
                lines = self.screen()
                if wanted(lines):
                    return lines
                if not self.read(0.05):
                    raise self.ended(step)
        except patience.Hang as problem:
            problem.details += ["the screen:", *lines]
            raise

    def end(self, seconds=None):
        """Reads the rest of QEMU's output, and returns QEMU's status."""
        for left in self.waits("QEMU's end", seconds):
            with contextlib.suppress(subprocess.TimeoutExpired):
                if not self.read(min(left, LOOK)):
                    return self.qemu.wait(LOOK)

    def kill(self):
        self.qemu.kill()
        self.qemu.wait()
        self.socket.close()
