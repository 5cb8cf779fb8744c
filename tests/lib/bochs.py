# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of a disc or a floppy in Bochs.

Bochs is stricter than QEMU: it checks segment limits, reserved bits and alignment, and it models
each CPU with the instructions that CPU had.
"""

import contextlib
import os
import socket
import time

import pexpect

from lib import patience, verdict
from lib.images import BUILD
from lib.machine import Boot, free_ports

CONFIGURATION = """\
megs: {megs}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model={model}, count=1, ips=50000000
{drive}
com1: enabled=1, mode=file, dev={serial}
display_library: term
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
panic: action=fatal
log: {log}
"""


# The words for the drive that the machine boots from.
CDROM = "ata0-master: type=cdrom, path={}, status=inserted\nboot: cdrom"
FLOPPY = "floppya: 1_44={}, status=inserted, write_protected=1\nboot: floppy"

PROMPT = "<bochs:1>"
LOOK = 0.5  # seconds between two looks at the serial log
READ_MAX = 65536


def serial_text(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def attend(bochs):
    """Reads the screen, so that Bochs need not wait. Debian's Bochs starts in its debugger: `c` lets it continue.
    Returns False when Bochs has ended."""
    found = bochs.expect_exact([PROMPT, pexpect.TIMEOUT, pexpect.EOF], timeout=LOOK)
    if found == 0:
        bochs.sendline("c")
    return found != 2


def follow(bochs, result, seconds, done):
    """Waits until a line matches `done`, Bochs has ended, or the time is up."""
    begin = time.monotonic()
    clock = patience.Clock(bochs.pid)
    while attend(bochs):
        result.text = serial_text(result.log)
        if any(map(done.match, result.lines())):
            break
        if clock.look() > seconds:
            result.hung = f"was not done after {seconds} s"
            break
    result.seconds = time.monotonic() - begin


def boot(model, image, megs=64, seconds=300, drive=CDROM, name=None, done=verdict.DONE_LINE):
    """One run of Bochs with this CPU model and so many megabytes of memory, from an image of a CD or a floppy, until a
    line matches `done`. Its files are bochs-NAME.*; the name is the model's by default."""
    base = f"{BUILD}/tests/bochs-{name or model}"
    os.makedirs(os.path.dirname(base), exist_ok=True)
    result = Boot(base + ".serial")
    with open(base + ".bochsrc", "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(model=model, megs=megs, drive=drive.format(image),
                                        serial=result.log, log=base + ".log"))
    open(result.log, "wb").close()
    with pexpect.spawn("bochs", ["-q", "-f", base + ".bochsrc"], env=dict(os.environ, TERM="vt100"),
                       encoding="latin-1", maxread=READ_MAX) as bochs:
        follow(bochs, result, seconds, done)
    result.text = serial_text(result.log)
    return result


class Lines:
    """A Bochs that runs until the end of a `with`, with a socket on each of its two serial lines: `typed` and `second`."""

    FILE_LINE = "com1: enabled=1, mode=file, dev={serial}"

    # While the CPU sleeps, Bochs' time would pass several times as fast as that of the program at the other end, and a
    # limit on its silence would be over as much earlier.
    CLOCK = "clock: sync=slowdown\n"

    def __init__(self, model, image, name, megs=64):
        base = f"{BUILD}/tests/bochs-{name}"
        self.log = base + ".log"
        self.ports = free_ports(2)
        lines = self.CLOCK + "\n".join(f"com{n}: enabled=1, mode=socket-server, dev=localhost:{port}"
                          for n, port in enumerate(self.ports, 1))
        with open(base + ".bochsrc", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.replace(self.FILE_LINE, lines).format(
                model=model, megs=megs, drive=CDROM.format(image), log=self.log))
        self.text = ""
        self.bochs = pexpect.spawn("bochs", ["-q", "-f", base + ".bochsrc"], env=dict(os.environ, TERM="vt100"),
                                   encoding="latin-1", maxread=READ_MAX)

    def __enter__(self):
        self.typed, self.second = map(self.connect, self.ports)
        self.typed.setblocking(False)
        return self

    def __exit__(self, *_):
        self.bochs.close(force=True)

    def connect(self, port):
        """Bochs waits until both are connected."""
        clock = patience.Clock(self.bochs.pid)
        while attend(self.bochs) and clock.look() < patience.silence():
            with contextlib.suppress(OSError):
                return socket.create_connection(("localhost", port))
        raise patience.hang("Bochs does not listen", [str(port), *self.errors()])

    def errors(self):
        """The messages in Bochs's log with which it ends."""
        return [line for line in serial_text(self.log).split("\n") if ">>PANIC<<" in line]

    def wait_for(self, wanted, seconds=600, failures=lambda: []):
        """Reads until this text has come. It cannot come any more when `failures()` returns lines."""
        clock = patience.Clock(self.bochs.pid)
        while wanted not in self.text:
            if failed := failures():
                raise patience.Hang(f"in vain: {wanted!r}", [*failed, self.text[-500:]])
            if not attend(self.bochs) or clock.look() > seconds:
                raise patience.hang(f"waiting for {wanted!r}", [self.text[-500:], *self.errors()])
            with contextlib.suppress(BlockingIOError):
                self.text += self.typed.recv(READ_MAX).decode("latin-1").replace("\r", "")

    def type(self, text):
        """Types slowly: Bochs' line is."""
        for character in text:
            self.typed.sendall(character.encode())
            attend(self.bochs)
