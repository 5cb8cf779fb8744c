#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots a user's Linux, and uses it over the serial line as a person does.

    make test-linux GUEST=bzImage INITRD=initrd.gz    docs/linux.md says how to make these
    make test-linux ... MATRIX=1                      also every CPU and memory size, and Bochs
    make test-linux ... ONLY=network                  only the parts with this in their names
"""

import hashlib
import os
import re
import subprocess
import sys
import time

import guests
import matrix
from guests import boot, modules
from lib import machine, tap
from session import HYPERVISOR, PATIENCE, Failed, Session

IDLE_SECONDS = 10
IDLE_MOST = 0.15  # of a host's CPU
SLEEP_MOST = 3 if "debug" in HYPERVISOR else 1.2  # seconds; in the debug build the start of `sleep` takes longer
DATE_LATE, DATE_EARLY = 3, 1  # seconds
COPY_LINES, COPY_TIMES = 160000, 10  # 10 MB
COPY_SECONDS = 240
MAPPED_MB = 6  # above the kernel's end: for page tables of 896 MB, up to the next 4 MB
COST_SECONDS = 1800  # only a hang takes longer; the costs are counted in instructions
RESET = "restarting: reset by the keyboard controller: 0xfe to port 0x64"


def note(text):
    print("#", text, flush=True)


# -- One guest, one boot ------------------------------------------------------------------------


# The program prints a line when it has the terminal, so that Ctrl-C and Ctrl-Z are typed to it and not to the
# shell. The line as it is typed does not contain the words that are waited for.
PROGRAM = """sh -c 'trap "echo resu""med" CONT; echo run''ning; while :; do sleep 1; done'\n"""


def start_program(linux):
    linux.type(PROGRAM)
    linux.match("running\n", 10)


def typing(linux, ok):
    """Line editing, signals and job control."""
    ok(linux.output("echo $((6 * 7))") == "42", "a typed command prints its answer")
    linux.type("echo ax\x7fcd\x1b[D\x1b[Db\n")
    linux.match(r"\nabcd\n", 10)
    ok(True, "backspace and cursor keys edit a line")
    linux.type("\x1b[A\n")
    linux.match(r"\nabcd\n", 10)
    ok(True, "the cursor key brings back the line before")
    start_program(linux)
    linux.type("\x03")
    ok(linux.output("echo back", 10) == "back", "Ctrl-C ends a program")
    start_program(linux)
    linux.type("\x1a")
    linux.match("Stopped", 10)
    ok("sleep" in linux.output("jobs"), "Ctrl-Z stops a program")
    linux.type("fg\n")
    linux.match("resumed\n", 10)
    linux.type("\x03")
    ok(linux.output("jobs | wc -l", 10) == "0", "fg continues a stopped program")


def kernel_log(linux):
    """The lines of the kernel's log, without those for debugging."""
    raw = linux.output("dmesg -r")
    return [line[3:].strip() for line in raw.split("\n") if re.match(r"<[0-6]>\S", line)]


def output(linux, ok):
    begin = time.monotonic()
    text = linux.output("seq 1 20000")
    for line in kernel_log(linux):  # the kernel may print one at any time
        text = text.replace(line + "\n", "")
    ok(text == "\n".join(map(str, range(1, 20001))), "20,000 lines arrive as they were printed",
       [f"{len(text)} bytes"])
    note(f"{len(text) / (time.monotonic() - begin) / 1024:.0f} KB/s")


def first_lines(linux, ok):
    """The console has shown each line of the kernel's log, in the log's order. (The kernel does not print lines for
    debugging, level 7.)"""
    logged = kernel_log(linux)
    lost, at = [], 0
    for line in logged:
        found = linux.all.find(line, at)
        if found < 0:
            lost.append(line)
        else:
            at = found + len(line)
    ok(logged and not lost, f"the console shows all {len(logged)} lines of the kernel's log",
       ["not seen: " + line for line in lost[:5]])


def disk(linux, ok):
    ok(linux.output("cat /sys/block/vda/size") == str(guests.DISK_MB * 2048), "the guest reads the disk's size")
    linux.output("mkdir -p /mnt; mount -t ext2 /dev/vda /mnt")
    ok(linux.output("cat /mnt/hello.txt") == guests.DISK_TEXT.strip(), "the guest reads a file on the disk")
    linux.output("seq 1 200000 > /tmp/numbers; cp /tmp/numbers /mnt/numbers && sync")
    linux.output("umount /mnt; echo 3 > /proc/sys/vm/drop_caches")
    linux.output("mount -t ext2 -o ro /dev/vda /mnt")
    numbers = "".join(f"{i}\n" for i in range(1, 200001)).encode()
    ok(linux.output("md5sum < /mnt/numbers").split()[0] == hashlib.md5(numbers).hexdigest(),
       "the guest reads 1.3 MB from the disk as it wrote them")
    linux.output("umount /mnt; rm /tmp/numbers")


def uptime(linux):
    """The guest's uptime, and the host's time before and after the question."""
    before = time.monotonic()
    seconds = float(linux.output("cat /proc/uptime").split()[0])
    return seconds, before, time.monotonic()


def clock(linux, ok):
    """The guest reads the date between QEMU's start and its own first line. The date can be three seconds late:
    the PC's clock, the time that lguest's part of Linux takes over and `date` have whole seconds. (Linux loses
    ticks on a busy host until its drivers start: the date now is no measure, the date at its start is.)"""
    date, up = linux.output("date +%s; cat /proc/uptime").split()[:2]
    began = int(date) - float(up)
    ok(linux.launched - DATE_LATE <= began <= linux.started + DATE_EARLY, "the guest's date is right",
       [f"{began:.1f} at its start, between {linux.launched:.1f} and {linux.started:.1f}"])
    begin, *began = uptime(linux)
    time.sleep(10)
    end, *ended = uptime(linux)
    least, most = ended[0] - began[1], ended[1] - began[0]
    ok(least - 0.5 < end - begin < most + 0.5, "the guest's clock is as fast as the host's",
       [f"{end - begin:.1f} s in {least:.1f} s to {most:.1f} s"])


def random_numbers(linux, ok):
    ok("virtio" in linux.output("cat /sys/class/misc/hw_random/rng_current"),
       "the guest's random numbers come from the hypervisor")
    a, b = (linux.output("head -c 16 /dev/hwrng | md5sum") for _ in range(2))
    ok(a != b, "two reads of random numbers differ", [a, b])


def processes(linux, ok):
    text, status = linux.run("/umbra/fpu")
    ok(not status and "ok" in text, f"eight processes keep their FPU registers: {text.strip()}", [text])
    ok(linux.output("i=0; while [ $i -lt 100 ]; do (exit 3) & wait $!; i=$((i+$?)); done; echo $i")
       == "102", "34 processes run one after the other")


def idle(linux, ok):
    linux.run("true")
    before = linux.cpu_seconds()
    until = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < until:
        linux.read(1)
    share = (linux.cpu_seconds() - before) / IDLE_SECONDS
    ok(share < IDLE_MOST, "an idle guest uses almost no CPU time", [f"{share:.1%} of one"])
    note(f"QEMU needs {share:.1%} of a CPU while it waits at the prompt")


def shutdown(linux, ok):
    linux.type("reboot\n")
    linux.match("umbra: guest linux: restarting")
    linux.wait_for_shell()
    ok(float(linux.output("cut -d ' ' -f 1 /proc/uptime")) < 100, "reboot starts the guest again")
    linux.type("poweroff\n")
    reason = linux.match(r"umbra: guest linux: (.*)\n")[1]
    ok(reason == "shut down: Power down", "poweroff shuts the guest down with its reason", [reason])
    linux.match("frames free, as at the start")
    ok(linux.end() == machine.STATUS_DONE, "all memory of the guest is free after poweroff")


def interactive(ok):
    """The parts that one guest in one boot can show."""
    guests.make_disk()
    parts = [typing, output, first_lines, disk, clock, random_numbers, processes, idle, shutdown]
    with boot("interactive", modules(disk="disk"), 64) as linux:
        begin = time.monotonic()
        linux.wait_for_shell()
        ok(True, "the guest's shell answers")
        note(f"after {time.monotonic() - begin:.1f} s")
        for part in parts:
            try:
                part(linux, ok)
            except Failed as problem:
                ok(False, part.__name__, [str(problem), "log: " + linux.log])
                return


def sleep(ok):
    """`sleep 1` takes a second. The machine's time is counted in instructions, so no other program delays the guest."""
    with boot("sleep", modules(line="quiet"), 64, counted=True) as linux:
        linux.wait_for_shell()
        text = linux.output("cat /proc/uptime; sleep 1; cat /proc/uptime")
        begin, end = (float(line.split()[0]) for line in text.split("\n"))
        ok(0.99 <= end - begin <= SLEEP_MOST, "sleep 1 takes a second", [f"{end - begin:.2f} s"])


# -- How it ends when something is wrong ----------------------------------------------------------


def read_only_disk(ok):
    guests.make_disk()
    with boot("read-only", modules(disk="disk ro", line="quiet"), 64) as linux:
        linux.wait_for_shell()
        status = linux.run("dd if=/dev/zero of=/dev/vda bs=1k count=1 conv=fsync")[1]
        ok(status != 0, "a write to a read-only disk fails")
        ok(linux.output("cat /sys/block/vda/ro") == "1", "the guest's kernel marks the disk as read-only")


def panic(ok):
    """A kernel without a root file system panics."""
    line = "rdinit=/nosuch root=/dev/nosuch"
    with boot("panic", modules(line=line), 64) as linux:
        reason = linux.match(r"umbra: guest linux: shut down: (.*)\n")[1]
        ok("root" in reason or "init" in reason, "a panic shuts the guest down with its message as reason: " + reason)
        linux.end()


def has_sysrq(linux, ok, text):
    if not linux.run("[ -e /proc/sysrq-trigger ]")[1]:
        return True
    ok(True, f"{text} # SKIP the kernel has no CONFIG_MAGIC_SYSRQ")
    return False


def crash(linux):
    """Crashes the kernel by SysRq c. Returns the guest's verdict line."""
    linux.type("echo 8 > /proc/sys/kernel/printk; echo c > /proc/sysrq-trigger\n")
    return linux.match(r"umbra: guest linux: (.*)\n")[1]


def oops(ok):
    """The kernel prints all registers, and then panics."""
    with boot("oops", modules(line="quiet"), 64) as linux:
        linux.wait_for_shell()
        if not has_sysrq(linux, ok, "an oops"):
            return
        reason = crash(linux)
        ok(re.search(r"\bOops: ", linux.all), "the kernel prints an oops")
        # DR6 has the CPU's value after a reset, or 0 if lguest's part of Linux returns it (3.19). From 3.15 on
        # Linux leaves out registers that have their values after a reset.
        strange = set(re.findall(r"DR6: (\w+)", linux.all)) - {"ffff0ff0", "00000000"}
        ok(linux.all.count("Oops: ") == 1 and "CR0: " in linux.all and not strange,
           "the kernel prints the oops once, with all registers", [linux.all[-2000:]])
        ok(reason.startswith("shut down: ") and "exception" in reason,
           "an oops shuts the guest down with its panic as reason: " + reason)
        linux.end()


def panic_timeout(ok):
    """panic=1: the kernel would restart after a second. Before that it reports the panic to the hypervisor."""
    with boot("panic-timeout", modules(line="quiet panic=1"), 64) as linux:
        linux.wait_for_shell()
        if not has_sysrq(linux, ok, "a panic with panic=1"):
            return
        reason = crash(linux)
        ok(reason.startswith("shut down: ") and "exception" in reason,
           "a panic with panic=1 shuts the guest down: " + reason)
        linux.end()


def emergency(ok):
    """SysRq b, the restart that writes to the hardware; SysRq o."""
    with boot("emergency", modules(line="quiet"), 64) as linux:
        linux.wait_for_shell()
        if not has_sysrq(linux, ok, "an emergency restart"):
            return
        linux.type("echo b > /proc/sysrq-trigger\n")
        reason = linux.match(r"umbra: guest linux: (.*)\n")[1]
        ok(reason == RESET, "SysRq b restarts the guest with its reason", [reason])
        linux.wait_for_shell()
        linux.type("echo o > /proc/sysrq-trigger\n")
        reason = linux.match(r"umbra: guest linux: (.*)\n")[1]
        ok(reason == "shut down: Power down", "SysRq o shuts the guest down with its reason", [reason])
        ok(linux.end() == machine.STATUS_DONE, "all memory of the guest is free after SysRq o")


def triple_fault(ok):
    """reboot=t: SysRq b loads an empty IDT and executes INT3. A guest's Linux loads an IDT by a hypercall for each gate,
    so it makes no hypercall for an empty IDT. INT3 is then handled as before, and the kernel kills the process that
    used SysRq."""
    with boot("triple-fault", modules(line="quiet reboot=t"), 64) as linux:
        linux.wait_for_shell()
        if not has_sysrq(linux, ok, "a triple fault on purpose"):
            return
        linux.type("echo b > /proc/sysrq-trigger\n")
        linux.match(r"\bint3: 0000")
        linux.wait_for_shell()
        ok("umbra: guest linux: " not in linux.all.split("starting with")[1],
           "a triple fault on purpose causes an oops, and the guest continues", [linux.all[-2000:]])


def halt(ok):
    with boot("halt", modules(line="quiet"), 64) as linux:
        linux.wait_for_shell()
        linux.type("halt\n")
        reason = linux.match(r"umbra: guest linux: (.*)\n")[1]
        ok(reason.startswith("shut down: "), "halt shuts the guest down: " + reason, [linux.all[-2000:]])
        ok(linux.end() == machine.STATUS_DONE, "all memory of the guest is free after halt")


# -- Memory ----------------------------------------------------------------------------------------


def checked_memory():
    """The least memory that tools/linux/check-kernel prints, in KB."""
    said = subprocess.run(["tools/linux/check-kernel", guests.KERNEL], capture_output=True, text=True,
                          check=False).stdout
    match = re.search(r"^memory: at least (\d+) KB", said, re.MULTILINE)
    return int(match[1]) if match else 0


def has_first_line(mb):
    """True if the guest starts with so much memory and prints its first line."""
    with boot(f"least-memory-{mb}M", modules(memory=f"{mb}M"), 64) as linux:
        return linux.match(r"(Linux version|umbra: guest linux: shut down:) .*\n")[1] == "Linux version"


def least_memory(ok):
    """A guest with too little memory is not started, and a line names what it needs. Somewhat above that, lguest's part
    of Linux fails: it needs all the memory that its first page tables map, and follows a null pointer when it unmaps
    pages beyond its memory."""
    needs = r"not started: the image needs (\d+) KB of memory, with its initrd (\d+) KB, and .*\n"
    with boot("least-memory-1M", modules(memory="1M"), 64) as linux:
        image, together = map(int, linux.match(needs).groups())
    ok(image == checked_memory(), f"check-kernel and the hypervisor name the same least memory: {image} KB")
    with boot("least-memory-less", modules(memory=f"{together - 4}K"), 64) as linux:
        linux.match(needs)
        ok(True, f"a guest with a page less than {together} KB is not started")
    first = -(-together // 1024)
    least = next((mb for mb in range(first, first + MAPPED_MB + 1) if has_first_line(mb)), None)
    ok(least, f"a guest with at most {MAPPED_MB} MB more prints its first line: {least} MB")


def costs(log, words, memory):
    """The lines of tests/linux/costs.c: {(what, MB): instructions}; None if there is nothing to
    measure."""
    with boot(log, modules(memory=f"{memory}M", line=f"quiet rdinit=/umbra/costs {words}"), memory,
              counted=True) as linux:
        linux.match("cost done", COST_SECONDS)
        linux.match("umbra: guest linux: shut down: Power down")
        if "cost no high memory" in linux.all:
            return None
        return {(what, int(mb)): int(ticks)
                for what, mb, ticks in re.findall(r"^cost (\w+) (\d+) (\d+)", linux.all, re.MULTILINE)}


def high_memory(ok):
    """The cost of page faults in high memory, where the kernel maps each page before it clears it."""
    most = 500 if os.environ.get("LONG") else 100
    text = f"the guest measures page faults with up to {most} MB in use, of 1 GB"
    if "debug" in HYPERVISOR:
        ok(True, f"{text} # SKIP the debug build looks at all shadow tables after each exit")
        return
    measured = costs("high-memory", "touch-all" if most > 100 else "touch", 1024)
    if measured is None:
        ok(True, f"{text} # SKIP the kernel has no high memory: CONFIG_HIGHMEM")
        return
    ok(len(measured) == most // 50 + 1, text, [measured])
    note(f"instructions for a page fault with 50, 100 ... {most} MB in use, high memory first: " +
         " ".join(str(measured["fault", mb]) for mb in range(50, most + 50, 50)))
    note(f"and in high memory with {most} MB in use: {measured['again', most]}")


def resident(ok):
    """The cost of system calls that flush the TLB, while much memory is mapped."""
    text = "the guest measures mmap, mprotect and fork with 1, 10 and 100 MB resident"
    if "debug" in HYPERVISOR:
        ok(True, f"{text} # SKIP the debug build looks at all shadow tables after each exit")
        return
    measured = costs("resident", "resident", 256)
    ok(measured and len(measured) == 9, text, [measured])
    for what, name in [("mmap", "mmap, touch and munmap of 64 pages"),
                       ("mprotect", "mprotect of 64 pages, twice, and touch"),
                       ("fork", "fork, exit and wait")]:
        note(f"instructions for {name} with 1, 10, 100 MB resident: " +
             " ".join(str(measured[what, mb]) for mb in (1, 10, 100)))


# -- Other ways to it ------------------------------------------------------------------------------


def screen(ok):
    """console=vga: the PC's screen and its keyboard."""
    with boot("screen", modules(line="quiet"), 64, append="console=vga") as linux:
        lines = linux.wait_for_screen(lambda lines: any(l.startswith("/ #") for l in lines),
                                      PATIENCE)
        ok(any(l.startswith("/ #") for l in lines), "the screen shows a shell's prompt", lines)
        linux.press("echo Typed-`expr 40 + 2`\n")
        lines = linux.wait_for_screen(lambda lines: "Typed-42" in lines)
        ok("Typed-42" in lines, "a command typed on the keyboard runs", lines)
        linux.press("sh -c \"echo Run-`expr 40 + 2`; exec sleep 1000\"\n")
        linux.wait_for_screen(lambda lines: "Run-42" in lines)
        linux.press("\x03")
        linux.press("poweroff\n")
        ok(linux.end() == machine.STATUS_DONE, "Ctrl-C on the keyboard ends a program")


def disc(ok):
    """A boot from a disc by GRUB. At the end the hypervisor switches the machine off."""
    iso = guests.make_disc("disc", "64M", "console=hvc0 " + matrix.LINE)
    result = machine.run(machine.QEMU + ["-boot", "d", "-cdrom", iso], f"{guests.FOLDER}/disc.log",
                         bound=300, silence=PATIENCE)
    problems = matrix.check_problems("\n".join(result.lines()), "linux")
    ok(not problems and result.status == 0, "a guest booted from a disc passes its checks, and the machine switches off",
       problems + ["log: " + result.log])


# -- Several guests --------------------------------------------------------------------------------


NAMES = ["one", "two"]


def to_guest(linux, number):
    linux.type(f"\x01{number}")
    linux.match(f"--- guest {NAMES[number - 1]} ---")
    linux.wait_for_shell()


def bring_up(linux, number):
    """Switches to the guest's console, and gives the guest an address."""
    to_guest(linux, number)
    linux.output(f"ifconfig eth0 10.0.0.{number} netmask 255.255.255.0 up")


def network(ok):
    """Two guests of the same kernel, each on its console."""
    pair = [module for name in NAMES for module in modules(name, line="quiet")]
    with boot("network", pair, 128) as linux:
        linux.match("umbra: guest two: starting")
        bring_up(linux, 2)
        linux.output("(nc -l -p 5000 | md5sum > /tmp/sum2; mv /tmp/sum2 /tmp/sum) & true")
        bring_up(linux, 1)
        text, status = linux.run("ping -c 5 -W 5 10.0.0.2")
        ok(not status and " 0% packet loss" in text, "two guests ping each other", [text])
        times = re.search(r"round-trip.*= (.*)", text)
        note("round trip min/avg/max " + (times[1] if times else "unknown"))
        copied = "".join(f"{i}\n" for i in range(1, COPY_LINES + 1)).encode() * COPY_TIMES
        linux.output(f"seq 1 {COPY_LINES} > /tmp/some")
        linux.output(f"for i in $(seq {COPY_TIMES}); do cat /tmp/some; done > /tmp/numbers")
        begin = time.monotonic()
        linux.output("nc 10.0.0.2 5000 < /tmp/numbers", COPY_SECONDS)
        seconds = time.monotonic() - begin
        to_guest(linux, 2)
        got = linux.output("while [ ! -e /tmp/sum ]; do sleep 1; done; cat /tmp/sum", COPY_SECONDS)
        ok(got.split()[0] == hashlib.md5(copied).hexdigest(),
           f"two guests copy {len(copied) / 1e6:.0f} MB by nc", [got])
        note(f"{seconds:.1f} s, {len(copied) / 1e6 / seconds:.1f} MB/s")
        linux.type("poweroff\n")
        linux.match("guest two: shut down: Power down")
        linux.wait_for_shell()
        ok(True, "after one guest's end the other has the keys")


def four(ok):
    """Four guests at once, each with its checks. The console is merged, since otherwise guests that end while another
    is in front would not be seen."""
    names = ["north", "east", "south", "west"]
    all_modules = [m for name in names
                   for m in modules(name, line=f"quiet rdinit=/umbra/check HOST={name}")]
    with boot("four", all_modules, 256, append="console=serial,merged") as linux:
        status = linux.end(300)
        for name in names:
            problems = matrix.check_problems(linux.all, name)
            ok(not problems, f"guest {name} of four at once passes its checks", problems + ["log: " + linux.log])
        ok(status == machine.STATUS_DONE and "frames free, as at the start" in linux.all,
           "all memory of the four guests is free after their end")


CLONES, CLONES_MACHINE_MB = 64, 256
CLONE_FRAMES_MOST = 100  # that a clone owns right behind CLONE, its page tables and devices apart
CLONE_US_MOST = 500      # at 1,000 instructions in a microsecond
CLONE_MODULES = {"memory": "64M", "line": "quiet", "words": f"private=1M clones={CLONES}"}


def monitor_command(linux, line):
    """Types a line in the monitor; returns the answer."""
    linux.type(line + "\r")
    linux.match(re.escape(line) + "\n")
    return linux.match(r"(?s)(.*?)^umbra> ")[1]


def clone_linux(linux, count):
    """Returns the times that the clones took, in microseconds."""
    linux.type(f"clone linux {count}\r")
    times = [int(linux.match(r"umbra: guest linux-\d+: a clone of linux, made in (\d+) us")[1]) for _ in range(count)]
    monitor_command(linux, "")
    return times


def clones(ok):
    """Many clones of a booted Linux in a small machine; each runs a command."""
    log = f"{guests.FOLDER}/clones.log"
    with Session(log, modules(**CLONE_MODULES), "console=serial", ["-m", str(CLONES_MACHINE_MB)]) as linux:
        linux.wait_for_shell()
        linux.output("HERE=before; mkdir /tmp/before")
        linux.type("\x01m")
        monitor_command(linux, "pause linux")
        clone_linux(linux, 1)
        answer = monitor_command(linux, "mem")
        owned = re.search(r"^linux-2 +(\d+) frames.* (\d+) memory, ", answer, re.MULTILINE)
        ok(owned and int(owned[2]) < CLONE_FRAMES_MOST and "all there are" in answer,
           f"a clone of Linux owns {owned and owned[2]} frames of memory, of {owned and owned[1]} in all", [answer])
        for name in ("linux", "linux-2"):
            monitor_command(linux, f"resume {name}")
        clone_linux(linux, CLONES - 1)
        answered = 0
        for number in range(1, CLONES + 2):
            linux.type(f"console linux{-number if number > 1 else ''}\r")
            linux.match("--- guest linux.* ---")
            answered += linux.output(f"touch /tmp/before/{number}; ls /tmp/before; echo $HERE $(({number} * 7))") \
                == f"{number}\nbefore {number * 7}"
            linux.type("\x01m")
            linux.match("^umbra> ")
        ok(answered == CLONES + 1, f"{CLONES} clones of Linux and their parent run a command each in a machine of "
           f"{CLONES_MACHINE_MB} MB", [answered])
        answer = monitor_command(linux, "mem")
        ok("all there are" in answer and "paused" not in monitor_command(linux, "guests"),
           "none has spent its private memory", [answer])
        linux.type("poweroff\r")
        ok(linux.end() == machine.STATUS_DONE and "as at the start" in linux.all, "no frame of the clones is lost")


def clone_time(ok):
    """The instructions for a clone."""
    with boot("clone-time", modules(**CLONE_MODULES), 128, counted=True) as linux:
        linux.wait_for_shell()
        linux.type("\x01m")
        linux.match("^umbra> ")
        times = clone_linux(linux, 4)
        ok(max(times) <= CLONE_US_MOST or "debug" in HYPERVISOR,
           f"clones of a booted Linux are made in {times} thousand instructions", [times])
        linux.type("poweroff\r")
        linux.end()


RESTORED_NS_MOST = 15000000  # from the start of the clock, which 4 million instructions and the firmware's precede


def snapshot(ok):
    """Saved at its prompt, and restored by another machine, where it goes on."""
    path, events = f"{guests.FOLDER}/linux.snap", f"{guests.FOLDER}/restored.trace"
    with boot("saved", modules(), 128, counted=True, debugcon=path) as linux:
        linux.wait_for_shell()
        linux.output("HERE=before; echo word > /tmp/word")
        linux.type("\x01m")
        linux.match("^umbra> ")
        linux.type("save linux\r")
        linux.match(r"umbra: guest linux: saved: \d+ KB")
        linux.type("console linux\r")
        linux.match("--- guest linux.* ---")
        ok(linux.output("echo $HERE $((6 * 7))") == "before 42", "Linux goes on while it is saved")
        linux.type("poweroff\r")
        linux.end()
    with boot("restored", [f"{path} snapshot name=linux"], 128, append="console=serial trace=debugcon", counted=True,
              debugcon=events) as linux:
        linux.match("umbra: guest linux: starting")
        linux.commands = 100  # the output of those before is shown again
        ok(linux.output("echo $HERE $(cat /tmp/word) $((6 * 7))") == "before word 42",
           "a restored Linux goes on at its prompt, with its files")
        linux.type("poweroff\r")
        ok(linux.end() == machine.STATUS_DONE and "as at the start" in linux.all, "and powers off")
    with open(events, encoding="latin-1") as file:
        first = int(re.search(r"ns=(\d+) guest=linux", file.read())[1])
    ok(first <= RESTORED_NS_MOST or "debug" in HYPERVISOR,
       f"it executes its first instruction {first // 1000} thousand instructions after the start of the clock", [first])


PARTS = [interactive, sleep, read_only_disk, panic, panic_timeout, oops, emergency, triple_fault, halt,
         least_memory, high_memory, resident, screen, disc, network, four, clones, clone_time, snapshot]


def main(writer):

    def ok(passed, text, notes=()):
        writer.result(bool(passed), text, notes)

    os.makedirs(guests.FOLDER, exist_ok=True)
    guests.prepare(os.environ["GUEST"], os.environ["INITRD"])
    parts = PARTS + (matrix.PARTS if os.environ.get("MATRIX") else [])
    for part in parts:
        if os.environ.get("ONLY", "") not in part.__name__:
            continue
        try:
            part(ok)
        except Failed as problem:
            ok(False, part.__name__, [problem])


sys.exit(tap.run(main))
