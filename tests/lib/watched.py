# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU with Umbra, whose guests are watched over the second serial line (docs/state.md)."""

import codecs
import glob
import os
import re
import socket
import subprocess
import tempfile

from lib import images, machine, state

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x20-\x7e\xa0-\U0010ffff]")


class NoGuest(Exception):
    """There is no such guest image or script, or it is not built; the message says so."""


class Machine:
    """A QEMU whose serial lines are the sockets `console` and `stream`. `append` is for the hypervisor's command line,
    `words` are for QEMU. The console must be read, too: the machine waits for it."""

    def __init__(self, name, hypervisor=machine.RELEASE_BUILD, append="", words=()):
        self.bundle = bundle_of(name)
        self.console, console = socket.socketpair()
        self.stream, stream = socket.socketpair()
        self.errors = tempfile.TemporaryFile()
        command = ["qemu-system-i386", "-m", "64", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot",
                   "-chardev", f"socket,id=console,fd={console.fileno()}", "-serial", "chardev:console",
                   "-chardev", f"socket,id=stream,fd={stream.fileno()}", "-serial", "chardev:stream",
                   *machine.DEBUG_EXIT,
                   *machine.kernel_words(hypervisor, [self.bundle], f"console=serial watch=com2 {append}".strip()),
                   *words]
        with console, stream:
            self.qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
                                         pass_fds=[console.fileno(), stream.fileno()])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qemu.kill()
        self.qemu.wait()
        self.console.close()
        self.stream.close()
        os.remove(self.bundle)

    def message(self):
        """QEMU's own words."""
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace").strip()


def image_of(name):
    """The file of a guest image."""
    for folder in ("guest", "tests"):
        path = f"{images.BUILD}/{folder}/{name}.elf"
        if os.path.isfile(path):
            return path
    if images.source_of_image(name):
        raise NoGuest(f"{name} is not built: make watch GUEST={name}")
    there = " ".join(sorted(map(os.path.basename, glob.glob("guest/images/*"))))
    raise NoGuest(f"no guest image is called {name}; there are: {there}. A script's name ends with .txt")


def bundle_of(name):
    """Packs the modules of a guest image or a script; returns the bundle."""
    lines = []
    if name.endswith(".txt"):
        if not os.path.isfile(name):
            raise NoGuest(f"there is no script {name}")
        if re.search(r'[\s"\\]', name):
            raise NoGuest(f"{name}: no blanks, quotation marks and backslashes in a script's name, please")
        # A line of a bundle has another meaning if it begins with # or the word umbra.
        name = name if "/" in name else f"./{name}"
        lines.append(f"{name} initrd")
    elf = image_of("script" if lines else name)
    words = subprocess.run(["tools/module-words.sh", name], stdout=subprocess.PIPE, text=True, check=True).stdout
    bundle = f"{images.BUILD}/watch-{os.getpid()}.cpio"
    machine.pack(bundle, [f"{elf} {words.strip()}", *lines])
    return bundle


class Console:
    """The machine's first serial port: its lines go into the recording."""

    READ_MAX = 65536

    def __init__(self, line, recording):
        self.line = line
        self.recording = recording
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        self.ended = False

    def fileno(self):
        return self.line.fileno()

    def take(self):
        """Waits for output and records the lines that are complete now; sets `ended` at the end."""
        try:
            data = self.line.recv(self.READ_MAX)
        except OSError:
            data = b""
        self.ended = not data
        *lines, self.rest = (self.rest + self.decoder.decode(data)).split("\n")
        for line in lines:
            self.recording.add(state.PRINTED + ESCAPES.sub("", line))
