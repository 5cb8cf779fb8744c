#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines with several CPUs. Guests run on all of them, move between them and keep their state, are seen and steered
from the monitor wherever they run, and get their shares of the whole machine. A panic on one CPU stops all."""

import re
import subprocess
import sys

from lib import images, machine, tap, terminal, verdict

PROMPT = r"^umbra> "
OPEN = "\x01m"

# The checker sees, to the last bit, the same CPU state in each of its rounds (isolation-cpu-state).
CHECKER = f"{images.BUILD}/tests/isolation-cpu-state.elf kernel mem=2M"
SPINNER = f"{images.BUILD}/tests/sched-busy-loop.elf kernel mem=2M"
PAGES = f"{images.BUILD}/tests/switcher-pages.elf kernel mem=4M"
PANIC = f"{images.BUILD}/runner/panic.elf kernel mem=4M"
HELLO = f"{images.BUILD}/guest/hello.elf kernel mem=4M"
HOSTILE = [f"{images.BUILD}/tests/hostile-{name}.elf kernel mem=4M" for name in ("gates", "ring", "tables", "time")]

MOVE_US = 200  # a guest moves to another CPU after so long
MOVES_MS = 300  # of the machine's time
MOVES_LEAST = 1000
SAW = re.compile(r"umbra: guest (\S+): (?:shut down|restarting): isolation-cpu-state: saw ([0-9a-f]{8}) in (\d+) rounds")

WEIGHTS = (4, 2, 2, 2, 1, 1, 2, 2)  # on two CPUs; the least common sum of shares is 16
SECONDS = 4
POINTS = 2  # per cent of the two CPUs' time


def smp(count, *more):
    return ["-smp", str(count), *more]


def boot(name, modules, cpus, append="console=serial", kernel=machine.DEBUG_BUILD, words=(), clock=machine.REAL_TIME):
    """The bound of `boot` is in real time, unless `clock` counts instructions."""
    return machine.boot_kernel(f"{images.BUILD}/tests/cpus-{name}.log", modules, kernel=kernel, append=append,
                               words=[*smp(cpus), *words], clock=clock)


def ends_well(writer, booted, text, problems=()):
    problems = list(problems)
    if booted.status != machine.STATUS_DONE:
        problems.append(booted.hung or f"QEMU ended with {booted.status}")
    writer.result(not problems, text, problems + verdict.log_tail(booted))


def test_number(writer):
    """The CPUs that are found, by the tables of several machines, and the option cpus=."""
    for name, cpus, append, words, said in [
            ("one", 1, "", [], None),
            ("pc", 2, "", [], "2 CPUs"),
            ("pc8", 8, "", [], "8 CPUs"),
            ("q35", 8, "", ["-M", "q35"], "8 CPUs"),
            ("mp-table", "2,sockets=2", "", ["-M", "pc,acpi=off"], "2 CPUs"),
            ("two-level", 3, " paging=2level", [], "3 CPUs"),
            ("limit", 4, " cpus=2", [], "2 CPUs"),
            ("just-one", 4, " cpus=1", [], None),
            ("no-apic", 1, "", ["-cpu", "486"], None),
            ("wrong", 2, " cpus=0", [], "cpus=0 is not known: write cpus=1 to 16"),
            ("many", 17, "", [], "1 CPUs are left out: at most 16 are taken")]:
        booted = boot(f"number-{name}", [HELLO + " name=hello"], cpus, "console=serial" + append, words=words,
                      kernel=machine.RELEASE_BUILD)
        lines = [line for line in booted.lines() if re.match(r"umbra: \d+ CPUs$", line)]
        found = f"umbra: {said}" in booted.lines() if said else not lines
        ends_well(writer, booted, f"-smp {cpus} {' '.join(words)}{append}: {said or 'one CPU'}",
                  [] if found else ["it said: " + "; ".join(lines)])


def moves(text):
    """How many turns began in all, by the monitor's `cpus`."""
    return sum(int(turns) for turns in re.findall(r"^umbra: +\d+ +[\d.]+ +(\d+) +\d+ +\d+ ", text, re.MULTILINE))


def test_moves(writer):
    """Guests that move all the time keep their CPU's state; the audit after each exit finds no other CPU's page."""
    for cpus in (2, 4):
        modules = [f"{CHECKER} name=c{n} -- ms={MOVES_MS} seed={n}" for n in range(1, 4)]
        booted = boot(f"moves-{cpus}", modules, cpus, f"console=serial migrate={MOVE_US} monitor=cpus",
                      kernel=machine.RELEASE_BUILD, clock=("-icount", "shift=3,sleep=off"))
        seen = SAW.findall(booted.text)
        turns = moves("\n".join(booted.lines()))
        problems = [] if len(seen) == len(modules) else [f"only {seen} ended as they should"]
        if turns < MOVES_LEAST:
            problems.append(f"{turns} turns, not {MOVES_LEAST}")
        ends_well(writer, booted, f"{len(modules)} guests on {cpus} CPUs take {turns} turns, each on another CPU, and keep their state", problems)


def test_own_pages(writer):
    modules = [f"{PAGES} name=on{n} cpus={n}" for n in (0, 1)]
    booted = boot("own-pages", modules, 2)
    ends = re.findall(r"umbra: guest on(\d): shut down: tap: ", booted.text)
    ends_well(writer, booted, "on each CPU a guest finds that CPU's pages and no others",
              [] if sorted(ends) == ["0", "1"] else ["ended well: " + " ".join(ends)])


def test_attacks(writer):
    """Attackers on all CPUs beside checkers, in real time: the CPUs run at the same time."""
    for cpus in (2, 4):
        modules = [f"{CHECKER} name=checker{n} -- ms=1500 seed={n}" for n in range(2)]
        modules += [f"{attacker} name=attacker{n} timeout=2 restart=always" for n, attacker in enumerate(HOSTILE)]
        booted = boot(f"attacks-{cpus}", modules, cpus, f"console=serial migrate={5 * MOVE_US}")
        seen = SAW.findall(booted.text)
        problems = [] if len(seen) == 2 else [f"the checkers that ended as they should: {seen}"]
        if "umbra: done:" not in booted.text:
            problems.append(booted.hung or f"QEMU ended with {booted.status}")
        writer.result(not problems, f"{len(HOSTILE)} attackers beside two checkers on {cpus} CPUs",
                      problems + verdict.log_tail(booted))


def test_shares(writer):
    modules = [f"{SPINNER} name=w{n} weight={weight * 100} timeout={SECONDS} -- ms=60000"
               for n, weight in enumerate(WEIGHTS)]
    booted = boot("shares", modules, 2, "console=serial stats", kernel=machine.RELEASE_BUILD,
                  clock=("-icount", "shift=5,sleep=off"))
    blocks = re.findall(r"umbra: stats: guest w(\d+) after \d+ ms\r?\n"
                        r"umbra: stats: +time +(\d+) ms run", booted.text)
    times = {int(name): int(ms) for name, ms in blocks}
    total = sum(times.values()) or 1
    problems = []
    for n, weight in enumerate(WEIGHTS):
        due, got = 100 * weight / sum(WEIGHTS), 100 * times.get(n, 0) / total
        if abs(due - got) > POINTS:
            problems.append(f"weight {weight} got {got:.1f} % and is due {due:.1f} %")
    if total < 1.9 * SECONDS * 1000:
        problems.append(f"the guests got {total} ms of two times {SECONDS} s")
    writer.result(not problems, f"eight guests on two CPUs get their shares within {POINTS} points: {times}",
                  problems + verdict.log_tail(booted))


def test_panic(writer):
    """The CPU that panics names the guests of the others."""
    modules = [f"{SPINNER} name=bystander cpus=0 -- ms=60000", f"{PANIC} name=breaker cpus=1 -- null"]
    booted = boot("panic", modules, 2)
    wanted = ["umbra: panic: trap 14 in the hypervisor", "umbra: running: breaker", "umbra: CPU 0: bystander, at "]
    problems = [f"missing: {text}" for text in wanted if text not in booted.text]
    if booted.status != machine.STATUS_PANIC:
        problems.append(booted.hung or f"QEMU ended with {booted.status}")
    writer.result(not problems, "a panic on one CPU stops the other one, and says what it did",
                  problems + verdict.log_tail(booted))


class Monitor(terminal.Terminal):
    def __init__(self, modules, cpus, append=""):
        self.shown = terminal.Paper().print
        super().__init__(modules, "console=serial" + append, words=smp(cpus))

    def command(self, line):
        """The monitor's answer to a line, up to the next prompt."""
        self.type(line + "\r")
        self.match(re.escape(line) + "\n")
        self.match(PROMPT)
        return self.line.before


def says(writer, monitor, line, pattern):
    answer = monitor.command(line)
    writer.result(re.search(pattern, answer, re.MULTILINE), f"`{line}` answers {pattern}", ["it said: " + answer])


def test_monitor(writer):
    """Guests on both CPUs are steered, and 1,000 changes of `pin` harm nothing."""
    modules = [f"{SPINNER} name=spin0 cpus=0 -- ms=4000000000", f"{SPINNER} name=spin1 cpus=1 -- ms=4000000000",
               f"{CHECKER} name=checker restart=always -- ms=2000 seed=5"]
    with Monitor(modules, 2) as monitor:
        monitor.match(r"guest checker: starting")
        monitor.type(OPEN)
        monitor.match(PROMPT)
        says(writer, monitor, "cpus", r"^ +1 +\d+\.\d +\d+ +\d+ +\d+ +\d+ +(spin1|checker)$")
        says(writer, monitor, "pin spin0 1", r"^spin0 may run on CPU 1$")
        says(writer, monitor, "pin spin0 0,1", r"^spin0 may run on CPU 0,1$")
        says(writer, monitor, "pin spin0 7", r"^there are the CPUs 0 to 1$")
        says(writer, monitor, "pin spin0 x", r"^x is not a list of CPUs such as 0,2, nor all$")
        says(writer, monitor, "pin spin0 all", r"^spin0 may run on any CPU$")
        says(writer, monitor, "regs spin1", r"^last on CPU 1$")
        says(writer, monitor, "pause spin1", r"^spin1 is paused$")
        says(writer, monitor, "guests", r"^spin1 +paused")
        says(writer, monitor, "resume spin1", r"^spin1 goes on$")
        for n in range(MOVES_LEAST):
            monitor.command(f"pin checker {n % 2}")
        seen = {match[2] for match in SAW.finditer(monitor.all)}
        writer.result(len(seen) == 1 and "isolation-cpu-state: round" not in monitor.all,
                      f"in {MOVES_LEAST} changes of its CPU by `pin` a guest keeps its state", [str(seen)])
        says(writer, monitor, "kill spin1", r"^spin1 is to end$")
        monitor.match(r"guest spin1: killed")
        monitor.match(PROMPT)
        says(writer, monitor, "restart spin0", r"^spin0 is to be started again$")
        monitor.match(r"guest spin0: starting")
        monitor.match(PROMPT)
        says(writer, monitor, "guests", r"^spin1 +end")
        monitor.type("poweroff\r")
        monitor.match(r"guest checker: killed: from the monitor")
        monitor.match(r"umbra: done: 3 guests, (\d+) frames free, as at the start")
        writer.result(True, "guests on both CPUs are ended from the monitor, and no frame is lost")


# -- Locks, NMIs, CPUs that differ, the end ------------------------------------------------------

HOLD_NS_MOST = 100_000  # docs/decisions.md: the bound of a stretch
LOCK = re.compile(r"lock (\w+) +held for (\d+) ns at most")
LISTENERS, FAILING = 14, 15
WAKER = f"{images.BUILD}/tests/sched-wakeup-latency.elf kernel name=waker mem=2M weight=10000 -- times=50"
WORK = f"{images.BUILD}/tests/exit-time-bounded.elf kernel timeout=1"
FAILS = f"{images.BUILD}/tests/virtio-all-fail.elf kernel mem=2M"
RESTARTS = f"{images.BUILD}/tests/restart-at-once.elf kernel name=restarter mem=64M timeout=1"


def test_locks(writer):
    """With a clock that counts instructions, on one CPU: with two, it also counts what the other CPU executes while
    the emulator lets the holder wait."""
    for name, modules in (
            ("frames", [f"{WORK} name=l{n} mem=4M -- case=listen" for n in range(LISTENERS)]
             + [f"{WORK} name=work mem=64M -- case=frames"]),
            ("failures", [f"{FAILS} name=f{n}" for n in range(FAILING)]),
            ("restarts", [RESTARTS])):
        booted = boot(f"locks-{name}", [WAKER, *modules], 1, "console=serial monitor=cpus",
                      words=["-cpu", "max", "-m", "1024"], clock=machine.INSTRUCTIONS_DEBUG)
        held = {lock: int(ns) for lock, ns in LOCK.findall(booted.text)}
        writer.result(list(held) == ["machine", "frames", "clock"] and 0 < held["frames"] < held["machine"] < HOLD_NS_MOST,
                      f"{name}: no lock is held for longer than a stretch may take", [str(held)] + verdict.log_tail(booted))
        writer.note(f"longest holds in ns: {held}")


SHARES = r"guests (\d+)\.\d %, hypervisor \d+\.\d %, idle (\d+)\.\d %$"


def test_top_and_trace(writer):
    """A guest that spins on CPU 1 alone, and a trace of both CPUs."""
    modules = [f"{SPINNER} name=spin cpus=1 timeout=4 -- ms=60000", f"{CHECKER} name=checker cpus=0 -- ms=300 seed=1"]
    booted = boot("top", modules, 2, "console=serial trace=debugcon monitor=\"top; cpus; trace spin show\"",
                  words=["-debugcon", f"file:{images.BUILD}/tests/cpus-trace.txt"], clock=("-icount", "shift=5,sleep=off"))
    text = "\n".join(booted.lines())
    shares = {cpu: (int(guests), int(idle)) for cpu, guests, idle in
              re.findall(r"^umbra: (up|CPU \d+).*: " + SHARES, text, re.MULTILINE)}
    writer.result(list(shares) == ["up", "CPU 0", "CPU 1"] and shares["CPU 1"][0] > 50 and shares["CPU 0"][1] > 50,
                  "`top` has a line for each CPU: one with a guest that spins, one that sleeps", [str(shares)] + verdict.log_tail(booted))
    exits = {int(cpu): int(exits) for cpu, exits in
             re.findall(r"^umbra: +(\d+) +[\d.]+ +\d+ +(\d+) +\d+ +\d+  -$", text, re.MULTILINE)}
    events = re.findall(r"^trace ns=(\d+) guest=(\S+) why=(?!inject).* cpu=(\d+)$",
                        images.read(f"{images.BUILD}/tests/cpus-trace.txt"), re.MULTILINE)
    traced = {cpu: sum(int(event[2]) == cpu for event in events) for cpu in (0, 1)}
    writer.result(exits == traced and all(exits.values()), "`cpus` counts on each CPU the exits that the trace has of it",
                  [f"cpus: {exits}, trace: {traced}"])
    where = {name: {int(event[2]) for event in events if event[1] == name} for name in ("spin", "checker")}
    times = [int(event[0]) for event in events if event[1] == "checker"]
    writer.result(where == {"spin": {1}, "checker": {0}} and times == sorted(times),
                  "the trace says on which CPU each event was, in the order of each guest's time", [str(where)])
    writer.result(re.search(r"ticks CPU$", text, re.MULTILINE) and re.search(r"interrupt .* 1$", text, re.MULTILINE),
                  "`trace` shows the CPU of each event", verdict.log_tail(booted))


ICOUNT = ("-icount", "shift=3,sleep=off")


def linked(symbol):
    """The linear address of a symbol of the debug build."""
    table = subprocess.run(["nm", machine.DEBUG_BUILD], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(rf"^([0-9a-f]+) \w {symbol}$", table, re.MULTILINE)[1], 16)


def stack_of(console, cpu):
    """Where a CPU's stack pointer is, and the machine address of that."""
    def ask(line):
        return console.qmp("human-monitor-command", **{"command-line": line, "cpu-index": cpu})
    esp = int(re.search(r"ESP=([0-9a-f]+)", ask("info registers"))[1], 16)
    return esp, int(re.search(r"gpa: (0x[0-9a-f]+)", ask(f"gva2gpa {esp:#x}"))[1], 16)


def test_nmi(writer):
    """The NMI by which a panic on CPU 0 stops CPU 1. The machine has no device that ends QEMU, so both CPUs stay where
    they have halted."""
    first, behind = linked("boot_stack") + 0x1000, linked("boot_stack_end")
    for name, bystander, where in (("guest", [f"{SPINNER} name=bystander cpus=1 -- ms=60000"], r"bystander, at 00\w+"),
                                   ("hypervisor", [], r"no guest, at ffc\w+")):
        with terminal.Terminal([*bystander, f"{PANIC} name=breaker cpus=0 -- late"], words=[*smp(2), *ICOUNT],
                               base=machine.QEMU) as console:
            console.match(r"umbra: panic: a guest asked for it")
            said = console.match(r"umbra: CPU 1: (.*)\n")[1]
            stacks = [stack_of(console, cpu) for cpu in (0, 1)]
        writer.result(re.fullmatch(where, said), f"an NMI finds CPU 1 in the {name}", [said])
        writer.result(all(first <= esp < behind for esp, _ in stacks) and len({there >> 12 for _, there in stacks}) == 2,
                      f"an NMI in the {name} is handled on the CPU's own stack", [str(stacks), f"{first:#x} to {behind:#x}"])


def test_nmis(writer):
    """Thousands of NMIs on a CPU whose guest checks its state."""
    booted = boot("nmis", [f"{CHECKER} name=checker cpus=1 -- ms=1500 seed=3", f"{PANIC} name=sender cpus=0 -- nmi"], 2,
                  "console=serial stats")
    hit = re.search(r"guest checker after.*?others +(?:.*?, )?(\d+) NMI", booted.text, re.DOTALL)
    ends_well(writer, booted, "a guest on CPU 1 keeps its state while CPU 0 sends NMIs there",
              ([] if len(SAW.findall(booted.text)) == 1 else ["the checker did not end well"])
              + ([] if hit else ["no NMI has hit the guest"]))
    writer.note(f"{hit[1] if hit else 0} of 20000 NMIs have hit the guest")


def test_different(writer):
    """QEMU makes a second CPU of the same model, with other features."""
    for feature, said in (("pae=on", "2 CPUs"),
                          ("sse3=off", "the CPU with APIC ID 1 differs from the boot CPU in bit 0 of CPUID 0x1.ECX: it is left out"),
                          ("ssse3=on", "the CPU with APIC ID 1 differs from the boot CPU in bit 9 of CPUID 0x1.ECX: it is left out"),
                          ("fxsr=off", "the CPU with APIC ID 1 differs from the boot CPU in bit 24 of CPUID 0x1.EDX: it is left out"),
                          ("nx=off", "the CPU with APIC ID 1 does not answer: it is left out"),
                          ("pae=off", "the CPU with APIC ID 1 does not answer: it is left out")):
        booted = boot(f"different-{feature}", [HELLO + " name=hello"], "1,maxcpus=2,sockets=2",
                      words=["-cpu", "qemu64", "-device", f"qemu64-i386-cpu,socket-id=1,core-id=0,thread-id=0,{feature}"])
        ends_well(writer, booted, f"a second CPU with {feature}: {said}",
                  [] if f"umbra: {said}" in booted.lines() else ["it did not say so"])


def test_last_guest(writer):
    """The machine ends when the last guest does, on either CPU."""
    for cpu in (0, 1):
        booted = boot(f"last-{cpu}", [HELLO + f" name=first cpus={1 - cpu}", f"{CHECKER} name=last cpus={cpu} -- ms=200 seed=4"], 2)
        done = re.search(r"umbra: done: 2 guests, \d+ frames free, as at the start", booted.text)
        ends_well(writer, booted, f"the machine ends after the end of its last guest, on CPU {cpu}",
                  [] if done else ["no line `umbra: done:`"])


def test_poweroff(writer):
    """`poweroff` while guests run on both CPUs, on CPU 1 only, and on none."""
    for name, cpus in (("both CPUs", (0, 1)), ("CPU 1", (1,)), ("no CPU", (1,))):
        modules = [f"{SPINNER} name=spin{n} cpus={n} -- ms=4000000000" for n in cpus]
        with Monitor(modules, 2) as monitor:
            monitor.match(r"guest spin1: starting")
            monitor.type(OPEN)
            monitor.match(PROMPT)
            if name == "no CPU":
                monitor.command("kill spin1")
                monitor.match(r"guest spin1: killed")
                monitor.match(PROMPT)
            monitor.type("poweroff\r")
            monitor.match(rf"umbra: done: {len(modules)} guests, (\d+) frames free, as at the start")
            status = monitor.end()
        writer.result(status == machine.STATUS_DONE, f"`poweroff` with guests on {name}: the machine ends, no frame is lost",
                      [f"QEMU ended with {status}"])


sys.exit(tap.run(test_number, test_moves, test_own_pages, test_attacks, test_shares, test_panic, test_monitor, test_locks,
                 test_top_and_trace, test_nmi, test_nmis, test_different, test_last_guest, test_poweroff))
