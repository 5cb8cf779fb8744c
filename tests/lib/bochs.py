# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of a disc in Bochs.

Bochs is stricter than QEMU: it checks segment limits, reserved bits and alignment, and it models
each CPU with the instructions that CPU had.
"""

import os
import pty
import select
import subprocess
import time

from lib import patience, verdict
from lib.images import BUILD
from lib.machine import Boot

CONFIGURATION = """\
megs: {megs}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model={model}, count=1, ips=50000000
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={serial}
display_library: term
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
panic: action=fatal
log: {log}
"""


def start(configuration, terminal):
    """Starts Bochs on a terminal of its own: its text display wants one."""
    return subprocess.Popen(["bochs", "-q", "-f", configuration], stdin=terminal, stdout=terminal,
                            stderr=terminal, env=dict(os.environ, TERM="vt100"),
                            start_new_session=True)


def serial_text(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


class Terminal:
    """The terminal that Bochs draws on, and we must read so that it does not wait for us."""

    def __init__(self, file):
        self.file = file
        self.drawn = b""
        self.answered = False

    def attend(self):
        """Reads, and answers the debugger: Debian's Bochs starts in it. False when Bochs has closed
        the terminal."""
        if select.select([self.file], [], [], 0.5)[0]:
            try:
                self.drawn += os.read(self.file, 65536)
            except OSError:
                return False
        if not self.answered and b"<bochs:1>" in self.drawn:
            os.write(self.file, b"c\n")
            self.answered = True
        return True


def follow(terminal, process, result, seconds):
    """Waits for the end of a run: the hypervisor is done, Bochs has ended, or the time is up."""
    begin = time.monotonic()
    clock = patience.Clock(process.pid)
    while terminal.attend() and process.poll() is None:
        result.text = serial_text(result.log)
        if any(map(verdict.DONE_LINE.match, result.lines())):
            break
        if clock.look() > seconds:
            result.hung = f"was not done after {seconds} s"
            break
    result.seconds = time.monotonic() - begin


def boot(model, iso, megs=64, seconds=300):
    """One run of Bochs as this CPU model, with so many megabytes."""
    base = f"{BUILD}/tests/bochs-{model}"
    os.makedirs(os.path.dirname(base), exist_ok=True)
    result = Boot(base + ".serial")
    with open(base + ".bochsrc", "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(model=model, megs=megs, iso=iso, serial=result.log,
                                        log=base + ".log"))
    open(result.log, "wb").close()
    ours, theirs = pty.openpty()
    process = start(base + ".bochsrc", theirs)
    os.close(theirs)
    follow(Terminal(ours), process, result, seconds)
    process.kill()
    process.wait()
    os.close(ours)
    result.text = serial_text(result.log)
    return result
