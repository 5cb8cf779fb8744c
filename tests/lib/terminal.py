# SPDX-License-Identifier: GPL-2.0-or-later
"""A person at the machine: types on the serial line or the PC's keyboard, reads the serial line and
the PC's screen."""

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

# As fast as a person who pastes.
CHUNK = 16
PAUSE = 0.005

READ_MAX = 65536  # bytes, at once

# Seconds after which pexpect comes back, so that patience.Clock is looked at often.
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
    """The rows of pyte's screen after this text: a second opinion on terminal emulation."""
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
        """The characters that come of this text. A sequence may have its end in the next one."""
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
        """Reads for so long, or until something came, for a wait that follows."""
        self.ahead += self.shown(super().read_nonblocking(READ_MAX, seconds))

    def read_nonblocking(self, size=1, timeout=-1):
        if not self.ahead:
            self.read_ahead(timeout)
        text, self.ahead = self.ahead, ""
        return text

    def send(self, s):
        """QEMU's UART takes only what it has room for, however slow the guest is; but keys which the guest
        does not take wait in a queue that has an end."""
        data = s.encode("latin-1")
        for at in range(0, len(data), CHUNK):
            os.write(self.keys, data[at:at + CHUNK])
            time.sleep(PAUSE)


class Terminal:
    """A QEMU that is running, until the end of a `with`. kernel=None: it boots as `words` say. Each wait
    names the step it waits for. A wait that takes too long is a hang, patience.Hang."""

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
        """The part of incoming text that waits look at."""
        return text.replace("\r", "")

    @property
    def raw(self):
        """Everything that came."""
        return self.line.logfile_read.getvalue()

    @property
    def all(self):
        """Everything that came, without carriage returns."""
        return self.raw.replace("\r", "")

    @property
    def text(self):
        """The text behind the last one that was waited for."""
        in_vain = self.line.after in (pexpect.TIMEOUT, pexpect.EOF)
        return (self.line.before if in_vain else self.line.buffer) + self.line.ahead

    def read(self, seconds):
        """Reads for so long, or until something came. False at the end."""
        try:
            self.line.read_ahead(seconds)
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            return False
        return True

    def waits(self, step, seconds=None):
        """Goes round a loop that waits for something; a hang, if it goes round too long. Gives the
        seconds that are left."""
        clock = patience.Clock(self.qemu.pid)
        with patience.Step(f"wait for {step}"):
            while (left := (seconds or patience.silence()) - clock.look()) > 0:
                yield left
        raise patience.hang(f"{clock.seconds:.0f} s of waiting for {step}",
                            ["the last that came: " + repr(self.text[-TAIL:])])

    def expect(self, search, wanted, step, seconds=None):
        """Lets `search`, which is pexpect's, look for `wanted` until that has come or QEMU has ended: which
        of both?"""
        for left in self.waits(step, seconds):
            found = search([wanted, pexpect.EOF, pexpect.TIMEOUT], timeout=min(left, LOOK))
            if found < 2:
                return found == 0

    def expect_on_line(self, search, wanted, step, seconds):
        if not self.expect(search, wanted, step, seconds):
            raise self.ended(step)

    def ended(self, step):
        """The exception for a step that cannot come."""
        return patience.Hang(f"QEMU has ended, waiting for {step}", [repr(self.text[-TAIL:])])

    def wait_for(self, wanted, seconds=None):
        """Reads until the text is there; the text behind it stays for the next one."""
        self.expect_on_line(self.line.expect_exact, wanted, repr(wanted), seconds)
        return True

    def match(self, pattern, seconds=None):
        """As wait_for, of a regular expression: returns the match."""
        self.expect_on_line(self.line.expect, re.compile(pattern, re.MULTILINE), repr(pattern), seconds)
        return self.line.match

    def type(self, text):
        """On the serial line. Keys for a QEMU that has ended are lost: the next wait says so."""
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
        """On the keyboard: each key down and up. The keyboard's queue is short, and QEMU drops keys that have no
        room, so each key waits until the machine has read the one before. After the last key nothing is
        asked: it may end the machine, and a QEMU 7.2 that ends while it is asked may hang."""
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
        """Until the machine's CPU sleeps."""
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
        """Until `wanted(lines)` is true; returns the lines."""
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
        """QEMU's status, after the rest of its output is read."""
        for left in self.waits("QEMU's end", seconds):
            with contextlib.suppress(subprocess.TimeoutExpired):
                if not self.read(min(left, LOOK)):
                    return self.qemu.wait(LOOK)

    def kill(self):
        self.qemu.kill()
        self.qemu.wait()
        self.socket.close()
