# SPDX-License-Identifier: GPL-2.0-or-later
"""A person at the machine: types on the serial line or the PC's keyboard, reads the serial line and
the PC's screen."""

import json
import os
import re
import selectors
import socket
import subprocess
import tempfile
import time

from lib import machine, patience

VGA = 0xB8000
ROWS, COLUMNS = 25, 80

# As fast as a person who pastes.
CHUNK = 16
PAUSE = 0.005

KEYBOARD_STATUS, OUTPUT_FULL = 0x64, 1

TAIL = 500  # characters, for a diagnosis

# What QEMU's monitor calls the keys that are not letters or digits.
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


class Terminal:
    """A QEMU that is running, until the end of a `with`. kernel=None: it boots as `words` say. Each wait
    names what it waits for: when that does not come, it is a hang, patience.Hang."""

    def __init__(self, modules, append="console=serial", kernel=machine.DEBUG_BUILD, words=(),
                 pipe_size=machine.PIPE_SIZE, base=(*machine.QEMU, *machine.DEBUG_EXIT)):
        self.folder = tempfile.TemporaryDirectory()
        control = os.path.join(self.folder.name, "control")
        loaded = machine.kernel_words(kernel, modules, append) if kernel else []
        command = [*base, *loaded, "-qmp", f"unix:{control},server=on,wait=off", *words]
        self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, pipesize=pipe_size)
        self.all = ""  # everything that came
        self.raw = ""  # the same with carriage returns
        self.text = ""  # what nobody has waited for yet
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.qemu.stdout, selectors.EVENT_READ)
        self.answers = b""  # of QEMU, not yet read
        self.control = self.connect(control)
        self.answer()  # its greeting
        self.qmp("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def connect(self, path):
        control = socket.socket(socket.AF_UNIX)
        for _ in self.waits("QEMU"):
            try:
                control.connect(path)
                control.settimeout(1)
                return control
            except OSError:
                time.sleep(0.05)

    def read(self, seconds):
        """Reads for so long, or until something came. False at the end."""
        if not self.selector.select(max(seconds, 0)):
            return True
        data = os.read(self.qemu.stdout.fileno(), 65536)
        self.raw += data.decode("latin-1")
        text = data.decode("latin-1").replace("\r", "")
        self.all += text
        self.text += text
        return bool(data)

    def waits(self, what, seconds=None):
        """Goes round a loop that waits for something; a hang, if it goes round too long. Gives the
        seconds that are left."""
        clock = patience.Clock(self.qemu.pid)
        with patience.Step(f"wait for {what}"):
            while (left := (seconds or patience.silence()) - clock.look()) > 0:
                yield left
        raise patience.hang(f"{clock.seconds:.0f} s of waiting for {what}",
                            ["the last that came: " + repr(self.text[-TAIL:])])

    def read_until(self, arrived, what, seconds=None):
        """Reads until `arrived()` is true, and returns that."""
        for left in self.waits(what, seconds):
            if result := arrived():
                return result
            if not self.read(min(left, 1)):
                break
        if result := arrived():
            return result
        raise patience.Hang(f"QEMU has ended, waiting for {what}", [repr(self.text[-TAIL:])])

    def wait_for(self, wanted, seconds=None):
        """Reads until the text is there; what comes behind it stays for the next one."""
        self.read_until(lambda: wanted in self.text, repr(wanted), seconds)
        self.text = self.text.partition(wanted)[2]
        return True

    def type(self, text):
        """On the serial line. QEMU's UART takes only what it has room for, however slow the guest is; but
        what the guest does not take waits in a queue that has an end."""
        data = text.encode("latin-1")
        for at in range(0, len(data), CHUNK):
            self.qemu.stdin.write(data[at:at + CHUNK])
            self.qemu.stdin.flush()
            time.sleep(PAUSE)

    def answer(self):
        """The next of QEMU's answers, events apart; empty when QEMU has ended."""
        for _ in self.waits("QEMU to answer"):
            while b"\n" in self.answers:
                line, _, self.answers = self.answers.partition(b"\n")
                answer = json.loads(line)
                if "event" not in answer:
                    return answer
            try:
                data = self.control.recv(65536)
            except TimeoutError:
                continue
            if not data:
                return {}
            self.answers += data

    def qmp(self, name, **arguments):
        """A command of QEMU's machine protocol, and what it returns."""
        self.control.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        return self.answer().get("return", "")

    def ask_qemu(self, line):
        """A command of QEMU's monitor, and its answer."""
        return self.qmp("human-monitor-command", **{"command-line": line})

    def press(self, text):
        """On the keyboard: each key down and up. The keyboard's queue is short and QEMU drops what has no
        room: so each key waits until the machine has read the one before. Behind the last one nothing is
        asked: it may end the machine, and a QEMU that ends while it is asked may stop for ever."""
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
        return int(self.ask_qemu(f"i /b {KEYBOARD_STATUS:#x}").split("=")[1], 16)

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

    def wait_for_screen(self, wanted, seconds=None, what="a text on the screen"):
        """Until `wanted(lines)` is true; returns the lines."""
        lines = []
        try:
            for _ in self.waits(what, seconds):
                lines = self.screen()
                if wanted(lines):
                    return lines
                self.read(0.05)
        except patience.Hang as problem:
            problem.details += ["the screen:", *lines]
            raise

    def end(self, seconds=None):
        """QEMU's status; what still comes is read."""
        for left in self.waits("QEMU's end", seconds):
            if not self.read(min(left, 1)):
                break
        return self.qemu.wait()

    def kill(self):
        self.qemu.kill()
        self.qemu.wait()
        self.folder.cleanup()
