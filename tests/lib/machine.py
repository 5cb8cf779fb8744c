# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of the hypervisor in QEMU: its start, its serial log, and limits on waiting for it."""

import os
import re
import socket
import subprocess
import time

import pexpect
from pexpect.fdpexpect import fdspawn

from lib import patience
from lib.images import BUILD

DEBUG_BUILD = f"{BUILD}/debug/umbra.elf"
RELEASE_BUILD = f"{BUILD}/umbra.elf"

# isa-debug-exit makes QEMU end with 2 * value + 1.
STATUS_DONE = 0x10 * 2 + 1  # every guest shut itself down
STATUS_PANIC = 0x11 * 2 + 1
STATUS_SOME_FAILED = 0x12 * 2 + 1  # killed, timed out or not started
STATUS_NONE_STARTED = 0x13 * 2 + 1

# The pipe behind QEMU's serial line. QEMU drops serial output that does not fit in it.
PIPE_SIZE = 1 << 20

# A boot that prints more never ends.
OUTPUT_MAX = 64 << 20
READ_MAX = 65536  # bytes in one read

# The machine's time is the number of instructions that it has executed: it is the same on a busy host as on an
# idle one. An instruction takes 8 ns. In the debug build it takes 1 ns, since at 8 ns the audits after each exit
# would leave the guest no time between two clock events. While the CPU sleeps, time skips to the next event; for
# tests that type (AWAKE) it then passes as on the host.
INSTRUCTIONS = ("-icount", "shift=3,sleep=off")
INSTRUCTIONS_DEBUG = ("-icount", "shift=0,sleep=off")
INSTRUCTIONS_AWAKE = ("-icount", "shift=2")
REAL_TIME = ()

# The number of CPUs, unless a test says otherwise: SMP=2 in the environment runs a test with two.
SMP = ["-smp", os.environ.get("SMP", "1")]
ONE_CPU = ["-smp", "1"]
SMP_NAME = "" if SMP == ONE_CPU else f"-smp{SMP[1]}"  # in the names of files

DEBUG_EXIT = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
QEMU = ["qemu-system-i386", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot",
        "-serial", "stdio", "-m", "128"]


# The disc's menu waits one second instead of five (iso/hurry.cfg).
HURRY = ["-smbios", "type=1,version=umbra-hurry"]


def free_ports(count):
    """TCP ports that no program of the host uses. A fixed port would be taken while another run of the suite has it,
    and for a minute after the last one."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


class Boot:
    """The results of one boot: its serial output, QEMU's exit status, or why it had to be killed."""

    def __init__(self, log):
        self.log = log
        self.text = ""
        self.status = None
        self.hung = None
        self.seconds = 0.0

    def lines(self):
        """The output's lines, without carriage returns and escape sequences: GRUB draws its menu on the serial line."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self.text).split("\n")


def kernel_words(kernel, modules, append="console=serial"):
    """QEMU's words to boot a kernel without GRUB; QEMU takes a doubled comma for a comma."""
    words = ["-kernel", kernel, "-append", append]
    if modules:
        words += ["-initrd", ",".join(module.replace(",", ",,") for module in modules)]
    return words


class NoBundle(Exception):
    """A bundle cannot be packed: the message of tools/bundle."""


def pack(path, lines):
    """Packs the modules that these lines name, and the lines, into a bundle."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    files = [f"{line.split()[0]}={line.split()[0]}" for line in lines]
    done = subprocess.run(["tools/bundle", "-o", path, *[f"--line={line}" for line in lines], "--", *files],
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise NoBundle(done.stderr.strip())


GUEST_LINE = re.compile(r"umbra: guest (\S+): (starting|shut down|killed|timed out|restarting)")
ENDS = ("shut down", "killed", "timed out")


def awaited(lines):
    """The step that comes next in a boot that has printed these lines."""
    lines = [line for line in lines if line.startswith("umbra: ")]
    if not lines:
        return "the hypervisor's first line"
    if any(line.startswith("umbra: done:") for line in lines):
        return "QEMU's end"
    alive = {}
    for match in filter(None, map(GUEST_LINE.match, lines)):
        alive[match[1]] = match[2] not in ENDS
    names = [name for name in alive if alive[name]]
    return "the end of guest " + ", ".join(names) if names else "the line `umbra: done:`"


class Limits:
    """The limits at which a process is stopped. A caller may give its own `bound` and `silence` in seconds; its
    `silence` counts from the first output on. The limits of `patience`, which may shrink during a run, are the
    defaults."""

    def __init__(self, pid, bound=None, silence=None):
        self.bound, self.silence = bound, silence
        self.clock = patience.Clock(pid)
        self.last = 0.0
        self.size = 0

    def note_output(self, size):
        self.last = self.clock.look()
        self.size += size

    def reached(self):
        """The reason to stop the process, or None."""
        now = self.clock.look()
        silence = self.size and self.silence or patience.silence()
        bound = self.bound or patience.BOOT * patience.silence()
        if now - self.last >= silence:
            return f"said nothing for {silence} s"
        if now >= bound:
            return f"was not done after {bound} s"
        if self.size > OUTPUT_MAX:
            return f"printed more than {OUTPUT_MAX >> 20} MB"
        return None


def run(words, log, bound=None, silence=None, echo=None, on_output=None):
    """Runs a command, QEMU or another, until it ends. Kills it if one of the `Limits` is reached. Calls
    `on_output(text)` with all the output so far as output arrives."""
    os.makedirs(os.path.dirname(log), exist_ok=True)
    boot = Boot(log)
    begin = time.monotonic()
    with patience.Step(f"the boot of {log}"), open(log, "wb") as kept, subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, pipesize=PIPE_SIZE) as process:
        try:
            limits = Limits(process.pid, bound, silence)
            reached = follow(process, kept, boot, limits, echo, on_output)
            if reached:
                boot.hung = patience.note_hang(f"{reached}, waiting for {awaited(boot.lines())}")
        finally:
            if process.poll() is None:
                process.kill()
        boot.status = process.wait()
    boot.seconds = time.monotonic() - begin
    return boot


def follow(process, kept, boot, limits, echo, on_output):
    """Copies output until the process has ended; returns None, or the limit that was reached before."""
    output = fdspawn(process.stdout)
    while not (reached := limits.reached()):
        try:
            data = output.read_nonblocking(READ_MAX, 1)
        except pexpect.TIMEOUT:
            continue
        except pexpect.EOF:
            if process.poll() is not None:
                return None
            time.sleep(0.01)  # the output has ended, so the process soon ends
            continue
        limits.note_output(len(data))
        kept.write(data)
        kept.flush()
        text = data.decode("utf-8", "replace")
        boot.text += text
        if echo:
            echo.write(text)
            echo.flush()
        if on_output:
            on_output(boot.text)
    return reached


# The longest time that interrupts may be off, in instructions (hv/base/stretch.h).
STRETCH_INSTRUCTIONS = 100000


def assertion(words):
    """A word for the hypervisor that makes a longer time with interrupts off a panic, if instructions are the clock."""
    if "-icount" not in words:
        return ""
    shift = int(re.match(r"shift=(\d+)", words[words.index("-icount") + 1])[1])
    return f" assert-stretch={(STRETCH_INSTRUCTIONS << shift) // 1000}"


def boot_kernel(log, modules, kernel=DEBUG_BUILD, append="console=serial run=sequence", words=(),
                clock=None, **limits):
    """Boots a kernel with modules and the debug exit device; `words` are further words for QEMU."""
    if clock is None and "-icount" not in words:
        clock = INSTRUCTIONS_DEBUG if kernel == DEBUG_BUILD else INSTRUCTIONS
    words = [*([] if "-smp" in words else SMP), *words, *(clock or REAL_TIME)]
    if words[:2] == ONE_CPU and kernel in (DEBUG_BUILD, RELEASE_BUILD):
        append += assertion(words)
    return run([*QEMU, *DEBUG_EXIT, *kernel_words(kernel, modules, append), *words], log, **limits)
