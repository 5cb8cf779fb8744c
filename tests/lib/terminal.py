# SPDX-License-Identifier: GPL-2.0-or-later
"""A person at the machine: types on the serial line or the PC's keyboard, reads the serial line and
the PC's screen."""

import os
import re
import selectors
import socket
import subprocess
import tempfile
import time

import machine

PATIENCE = 30
VGA = 0xB8000
ROWS, COLUMNS = 25, 80

# As fast as a person who pastes: the UART has room for 16 bytes, and nothing tells us when.
CHUNK = 16
PAUSE = 0.005

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
    """A QEMU that is running. kernel=None: it boots as `words` say."""

    def __init__(self, modules, append="console=serial", kernel=machine.DEBUG_BUILD, words=(),
                 pipe_size=machine.PIPE_SIZE, base=(*machine.QEMU, *machine.DEBUG_EXIT)):
        self.folder = tempfile.TemporaryDirectory()
        control = os.path.join(self.folder.name, "control")
        loaded = machine.kernel_words(kernel, modules, append) if kernel else []
        command = [*base, *loaded,
                   "-monitor", f"unix:{control},server,nowait", *words]
        self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, pipesize=pipe_size)
        self.all = ""  # everything that came
        self.raw = ""  # the same with carriage returns
        self.text = ""  # what nobody has waited for yet
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.qemu.stdout, selectors.EVENT_READ)
        self.control = self.connect(control)
        self.answer()

    @staticmethod
    def connect(path):
        control = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            try:
                control.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        control.settimeout(PATIENCE)
        return control

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

    def wait_for(self, wanted, seconds=PATIENCE):
        """Reads until the text is there; what comes behind it stays for the next one."""
        until = time.monotonic() + seconds
        while wanted not in self.text:
            if time.monotonic() >= until or not self.read(until - time.monotonic()):
                return False
        self.text = self.text.partition(wanted)[2]
        return True

    def type(self, text):
        """On the serial line."""
        data = text.encode("latin-1")
        for at in range(0, len(data), CHUNK):
            self.qemu.stdin.write(data[at:at + CHUNK])
            self.qemu.stdin.flush()
            time.sleep(PAUSE)

    def answer(self):
        """What QEMU's monitor says up to its prompt."""
        answer = b""
        while not answer.endswith(b"(qemu) "):
            data = self.control.recv(65536)
            if not data:
                break
            answer += data
        return answer.decode("latin-1")

    def ask_qemu(self, line):
        """A command of QEMU's monitor, and its answer."""
        self.control.sendall(line.encode() + b"\n")
        return self.answer()

    def press(self, text):
        """On the keyboard."""
        for character in text:
            self.ask_qemu(f"sendkey {key_name(character)} 20")
            time.sleep(0.06)

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

    def wait_for_screen(self, wanted, seconds=PATIENCE):
        """Until `wanted(lines)` is true; returns the lines, true or not."""
        until = time.monotonic() + seconds
        while True:
            lines = self.screen()
            if wanted(lines) or time.monotonic() >= until:
                return lines
            self.read(0.05)

    def end(self, seconds=PATIENCE):
        """QEMU's status; what still comes is read."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.read(until - time.monotonic()):
            pass
        if self.qemu.poll() is None and time.monotonic() >= until:
            self.qemu.kill()
        self.folder.cleanup()
        return self.qemu.wait()

    def kill(self):
        self.qemu.kill()
        self.end()
