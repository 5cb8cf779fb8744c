# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of the hypervisor in QEMU: start it, keep its serial log, never wait for ever."""

import os
import re
import selectors
import subprocess
import time

from images import BUILD

DEBUG_BUILD = f"{BUILD}/debug/umbra.elf"
RELEASE_BUILD = f"{BUILD}/umbra.elf"

# isa-debug-exit makes QEMU end with 2 * value + 1.
STATUS_DONE = 0x10 * 2 + 1  # every guest shut itself down
STATUS_PANIC = 0x11 * 2 + 1
STATUS_SOME_FAILED = 0x12 * 2 + 1  # killed, timed out or not started
STATUS_NONE_STARTED = 0x13 * 2 + 1

# QEMU drops serial output that its reader is too slow for: give it room.
PIPE_SIZE = 1 << 20

DEBUG_EXIT = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
QEMU = ["qemu-system-i386", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot",
        "-serial", "stdio", "-m", "128"]


# The disc's menu waits one second instead of five (iso/hurry.cfg).
HURRY = ["-smbios", "type=1,version=umbra-hurry"]


class Boot:
    """What one boot left: its serial output, QEMU's exit status, or why it had to be killed."""

    def __init__(self, log):
        self.log = log
        self.text = ""
        self.status = None
        self.hung = None
        self.seconds = 0.0

    def lines(self):
        """The output without what only moves a cursor: GRUB draws its menu on the serial line."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self.text).split("\n")


def kernel_words(kernel, modules, append="console=serial"):
    """QEMU's words to boot a kernel without GRUB; QEMU takes a doubled comma for a comma."""
    words = ["-kernel", kernel, "-append", append]
    if modules:
        words += ["-initrd", ",".join(module.replace(",", ",,") for module in modules)]
    return words


def run(words, log, bound=60, silence=30, echo=None, on_output=None):
    """Runs a command, QEMU or another, until it ends or is killed: after `bound` seconds in all,
    or `silence` seconds without output. `on_output(text)` is called as output arrives."""
    os.makedirs(os.path.dirname(log), exist_ok=True)
    boot = Boot(log)
    start = time.monotonic()
    with open(log, "wb") as kept, subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, pipesize=PIPE_SIZE) as process:
        try:
            boot.hung = follow(process.stdout, kept, boot, start + bound, silence, echo, on_output)
        finally:
            if process.poll() is None and boot.hung:
                process.kill()
        boot.status = process.wait()
    boot.seconds = time.monotonic() - start
    return boot


def follow(pipe, kept, boot, deadline, silence, echo, on_output):
    """Copies output until it ends (None) or a limit is reached (which one)."""
    selector = selectors.DefaultSelector()
    selector.register(pipe, selectors.EVENT_READ)
    last = time.monotonic()
    while True:
        now = time.monotonic()
        if now >= deadline:
            return "was not done in time"
        if now - last >= silence:
            return f"said nothing for {silence} s"
        if not selector.select(min(deadline - now, silence - (now - last))):
            continue
        data = os.read(pipe.fileno(), 65536)
        if not data:
            return None
        last = time.monotonic()
        kept.write(data)
        kept.flush()
        boot.text += data.decode("utf-8", "replace")
        if echo:
            echo.write(data.decode("utf-8", "replace"))
            echo.flush()
        if on_output:
            on_output(boot.text)


def boot_kernel(log, modules, kernel=DEBUG_BUILD, append="console=serial run=sequence", words=(), **limits):
    """Boots a kernel with modules and debug exit; `words` are more for QEMU."""
    command = QEMU + DEBUG_EXIT + kernel_words(kernel, modules, append) + list(words)
    return run(command, log, **limits)
