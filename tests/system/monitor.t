#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command of the monitor is typed on the serial line, and gives the known facts about a guest. The monitor also
answers about a guest that does all it can to confuse it. monitor= on the command line executes commands."""

import re
import sys

from lib import images, machine, tap, terminal

PROMPT = r"^umbra> "
OPEN = "\x01m"
UP = "\x1b[A"
FOR_EVER_MS = 1000000000
FOR_EVER = 1000000000
CAPPED_MS = 10000
QUIET_MS = 2500  # by the machine's clock: `top` prints each second
WIDE = 200  # columns: no line of the monitor's is as long
LOOKS = 30  # at a guest that changes its frame pointer all the time

# Pages of tests/guest/system/monitor-inspection, with the flags in the guest's last entry for each.
PAGES = {0x20000000: "P----A----", 0x20001234: "PW---AD---", 0x20003000: "PWU-------"}
BROKEN = 0x20002000
RECURSIVE = 0x30000000


class Monitor(terminal.Terminal):
    """A monitor on the serial line. Its output passes through terminal.Paper."""

    def __init__(self, modules, append="console=serial"):
        self.shown = terminal.Paper().print
        super().__init__(modules, append, words=machine.INSTRUCTIONS_AWAKE)

    def command(self, line):
        """The monitor's answer to a line, up to the next prompt."""
        self.type(line + "\r")
        self.match(re.escape(line) + "\n")
        self.match(PROMPT)
        return self.line.before


def guest(name, words, image="monitor-inspection"):
    return f"{images.BUILD}/tests/{image}.elf kernel name={name} {words}"


def says(writer, monitor, line, pattern):
    answer = monitor.command(line)
    found = re.search(pattern, answer, re.MULTILINE)
    writer.result(found, f"`{line}` answers {pattern}", ["it said: " + answer])
    return found


def leads_to(writer, monitor, line, answer, event, text):
    """Types a command that has an effect. A line reports the effect, before or after the next prompt."""
    monitor.type(line + "\r")
    monitor.match(re.escape(line) + "\n")
    writer.result(monitor.match(answer), f"`{line}` answers {answer}", [monitor.text])
    writer.result(monitor.match(event), text, [monitor.text])
    monitor.match(PROMPT)


def machine_ms(answer):
    """The machine's time, from the output of `stats`."""
    return int(re.search(r"machine after (\d+) ms", answer)[1])


def guest_ms(answer):
    """The time since a guest's start, and the time that it ran, from the output of `stats NAME`."""
    return (int(re.search(r"guest calls after (\d+) ms", answer)[1]),
            int(re.search(r"time +(\d+) ms run", answer)[1]))


def pass_time(monitor, milliseconds):
    """Types `stats` until so much of the machine's time has passed; returns all the output."""
    said = monitor.command("stats")
    until = machine_ms(said) + milliseconds
    while machine_ms(answer := monitor.command("stats")) < until:
        said += answer
    return said + answer


def test_words(writer, monitor):
    monitor.type(OPEN)
    writer.result(monitor.match(PROMPT), "Ctrl-A m opens the monitor", [monitor.text])
    headings = re.findall(r"^### ([a-z, ]+)$", images.read("docs/monitor.md"), re.MULTILINE)
    documented = ", ".join(headings).split(", ")
    listed = re.findall(r"^([a-z]+) ", monitor.command("help"), re.MULTILINE)
    writer.result(listed and listed == documented, "help lists what docs/monitor.md explains",
                  [str(listed), str(documented)])
    says(writer, monitor, "help walk", r"^walk +NAME ADDRESS +its page tables")
    says(writer, monitor, "gests", "^no command is called gests: did you mean guests")
    says(writer, monitor, "xyzzy", "^no command is called xyzzy$")
    says(writer, monitor, "p calls", "^several commands begin with p: pause is one$")
    says(writer, monitor, "regs clals", r"^no guest is called clals: did you mean calls")
    says(writer, monitor, "kil calls", "^kill must be written out$")
    says(writer, monitor, "walk calls", "^it is: walk NAME ADDRESS$")
    says(writer, monitor, "mem all", "^too many words: mem")
    says(writer, monitor, "walk calls 0xgg", "^0xgg is not a number$")
    says(writer, monitor, "weight calls 0", "^a weight is 1 to 10000")
    says(writer, monitor, "cap calls 101", "^a cap is 1 to 100 per cent")
    says(writer, monitor, "trace calls maybe", "^trace calls is on, off or show$")
    writer.result(monitor.command("") == "" and monitor.command("   ") == "", "an empty line has an empty answer")


def test_editing(writer, monitor):
    monitor.type("wal\tca\t0x20000000\r")
    writer.result(monitor.match(r"walk calls 0x20000000\n0x20000000, "),
                  "Tab completes commands and names", [monitor.text])
    monitor.match(PROMPT)
    monitor.type("p\t")
    writer.result(monitor.match(r"pause  pin  poweroff"), "Tab lists the commands that fit", [monitor.text])
    monitor.type("\x15" + UP + "\r")
    writer.result(monitor.match(r"0x20000000, "), "the cursor key brings back the line before", [monitor.text])
    monitor.match(PROMPT)
    monitor.type("help\rversion\r")
    writer.result(monitor.match(r"(?s)Ctrl-A h: other keys.*^Umbra 0\.2\.0 \(\S+, debug build, "),
                  "a line that is typed while a command prints is executed after it", [monitor.text])
    monitor.match(PROMPT)


def test_guests(writer, monitor):
    says(writer, monitor, "guests", r"^calls +(running|ready) +4096 +\d+ +\d+\.\d +\d+ +0:00:\d\d")
    says(writer, monitor, "pause calls", "^calls is paused$")
    says(writer, monitor, "pause calls", "^calls does not run$")
    says(writer, monitor, "guests", r"^calls +paused +4096 +\d+ +0\.0 ")
    says(writer, monitor, "resume calls", "^calls goes on$")
    says(writer, monitor, "resume calls", "^calls is not paused$")
    says(writer, monitor, "weight calls 300", "^calls has weight 300$")
    monitor.type("top\r")
    shares = [float(monitor.match(r"^up .* idle \d+\.\d %(?s:.*?)^calls .*? (\d+\.\d) +\d+ +\d")[1])
              for _ in range(4)]
    writer.result(all(70 <= share <= 80 for share in shares[1:]),
                  "top: weight 300 beside weight 100 has about three quarters, each second",
                  [str(shares), monitor.text])
    writer.note(f"shares: {shares}")
    monitor.type("x")
    writer.result(monitor.match(PROMPT), "a key ends top", [monitor.text])
    says(writer, monitor, "cap calls 20", "^calls has at most 20 % of the CPU$")
    after, run = guest_ms(monitor.command("stats calls"))
    pass_time(monitor, CAPPED_MS)
    later, run_later = guest_ms(monitor.command("stats calls"))
    share = 100 * (run_later - run) / (later - after)
    writer.result(19 <= share <= 21, "a guest with a cap of 20 % has 20 %", [share])
    writer.note(f"share: {share:.1f} %")
    says(writer, monitor, "cap calls 0", "^calls has no cap$")
    says(writer, monitor, "stats calls", r"^stats: +exits +\d+: \d+ hypercalls")


def test_times(writer, monitor):
    times = says(writer, monitor, "stats", r"^stats: machine after (\d+) ms: (\d+) ms by guests, "
                 r"(\d+) ms idle, (\d+) ms by the hypervisor")
    after, *parts = map(int, times.groups()) if times else (0, 1)
    writer.result(abs(after - sum(parts)) <= len(parts), "stats: the parts add up to the machine's time",
                  [str(times)])
    runs = [re.search(r"time +(\d+) ms run", monitor.command(f"stats {name}"))
            for name in ("calls", "rubbish")]
    own = [int(run[1]) for run in runs if run]
    times = re.search(r"(\d+) ms by guests", monitor.command("stats"))
    writer.result(len(own) == 2 and times and 0 <= int(times[1]) - sum(own) < 1000,
                  "stats: the guests' part is the sum of their own times", [f"{own} {times}"])


def test_registers(writer, monitor):
    says(writer, monitor, "regs calls", r"^eip c01[0-9a-f]{5} innermost.*, ring 1$")
    says(writer, monitor, "regs calls", r"^cs 0061  ss 0069")
    says(writer, monitor, "bt calls", r"(?s)^ 0  c01\w+ innermost.*^ 1  c01\w+ middle.*"
         r"^ 2  c01\w+ outermost.*^ 3  c01\w+ guest_main.*^ 4  c01\w+ kit_start")


def test_tables(writer, monitor, shadow, digits):
    for address, flags in PAGES.items():
        found = says(writer, monitor, f"walk calls {address:#x}",
                     rf"(?s){shadow}.*^entry +\[ *{address >> 12 & 0x1FF}\] [0-9a-f]{{{digits}}} "
                     rf"{flags} +\[.*\] (?P<entry>[0-9a-f]+) (?P<flags>\S+)\n"
                     rf"leads to 0x[0-9a-f]+{address & 0xFFF:03x} of its memory, which is "
                     rf"0x(?P<machine>[0-9a-f]+) of")
        if found and "P" in found["flags"]:
            writer.result(int(found["entry"], 16) >> 12 == int(found["machine"], 16) >> 12,
                          "walk: the shadow entry leads to the frame of the guest's", [found[0]])
    says(writer, monitor, f"walk calls {BROKEN:#x}", "would kill the guest$")
    says(writer, monitor, "walk calls 0x40000000", "no memory of the guest's is there$")
    says(writer, monitor, "walk calls 0xffc01000", "no memory of the guest's is there$")
    says(writer, monitor, "walk calls 0xffffffff", "no memory of the guest's is there$")
    says(writer, monitor, "tables calls", rf"(?s)^{shadow}, \d+ frames of \d+ at most.*"
         r"^shared from c0000000 up: +1 tables, +\d+ pages c0000000-.*"
         r"^\w+\* +0 switches ago: +1 tables, +2 pages 20000000-")


def test_memory(writer, monitor):
    answer = monitor.command("mem")
    frames = [int(n) for n in re.findall(r"^\S+ +(\d+) frames", answer, re.MULTILINE)]
    writer.result(len(frames) == 6 and sum(frames[:-1]) == frames[-1] and "all there are" in answer,
                  "mem: the owners' frames add up to all", [answer])
    parts = re.search(r"^calls +(\d+) frames .* (\d+) memory, (\d+) p2m, (\d+) shadow, (\d+) other",
                      answer,
                      re.MULTILINE)
    writer.result(parts and int(parts[1]) == sum(map(int, parts.groups()[1:])),
                  "mem: a guest's frames by kind add up to the guest's", [answer])


def test_trace_and_log(writer, monitor):
    says(writer, monitor, "trace calls show", "^nothing is recorded of calls$")
    says(writer, monitor, "trace calls on", "^calls is traced$")
    monitor.command("guests")  # takes a while
    says(writer, monitor, "trace calls show", r"^ +\d+\.\d{6}  interrupt +\d+ +c01\w+ ")
    says(writer, monitor, "trace calls off", "^calls is no longer traced$")
    says(writer, monitor, "log", r"^guest rubbish: starting with 4096 KB")


def test_rubbish(writer, monitor):
    answers = []
    for i in range(LOOKS):
        answers.append(monitor.command("bt rubbish"))
        answers.append(monitor.command(f"walk rubbish {RECURSIVE + i * 0x12345:#x}"))
        answers.append(monitor.command("regs rubbish"))
    writer.result(all(re.search(r"^ 0  c01\w+ guest_main", bt) for bt in answers[::3]),
                  f"bt begins with guest_main for a guest with rubbish in its frame pointer, {LOOKS} times",
                  answers[::3])
    ends = {end for bt in answers[::3] for end in re.findall(r"\((.*)\)", bt)}
    writer.result(len(ends) >= 2 and all(len(bt.splitlines()) <= 25 for bt in answers[::3]),
                  "bt of that guest ends, for more than one reason", sorted(ends))
    writer.result(all("leads to" in walk for walk in answers[1::3]),
                  "walk ends in a page table that is its own page table", answers[1::3])
    says(writer, monitor, "guests", r"^rubbish +(running|ready) ")


def test_life(writer, monitor):
    says(writer, monitor, "start calls", "^calls has not ended$")
    leads_to(writer, monitor, "kill rubbish", "^rubbish is to end$",
             "^umbra: guest rubbish: killed: from the monitor ",
             "kill ends a guest that would be restarted")
    says(writer, monitor, "guests", r"^rubbish +ended +4096 +0 ")
    for command in ("regs", "bt", "tables"):
        says(writer, monitor, f"{command} rubbish", "^rubbish is not alive$")
    says(writer, monitor, "kill rubbish", "^rubbish is not alive$")
    leads_to(writer, monitor, "kill calls", "^calls is to end$", "guest calls: killed", "kill ends a guest")
    says(writer, monitor, "mem", "(?s)sum.*all there are")
    leads_to(writer, monitor, "start rubbish", "^rubbish is to be started$",
             "^umbra: guest rubbish: starting", "start starts a guest after all guests have ended")
    leads_to(writer, monitor, "restart rubbish", "^rubbish is to be started again$",
             "(?s)guest rubbish: restarting: from the monitor.*rubbish: starting", "restart ends a guest and starts it")


def test_end(writer, monitor):
    monitor.type("exit\r")
    writer.result(monitor.match(r"^--- guest"), "exit leads back to the guests", [monitor.text])
    monitor.type(OPEN)
    monitor.match(PROMPT)
    monitor.type("console rubbish\r")
    writer.result(monitor.match(r"^--- guest rubbish ---"), "console leads to a guest", [monitor.text])
    monitor.type(OPEN)
    monitor.match(PROMPT)
    monitor.command("weight rubbish 200")
    monitor.type("top\r")
    monitor.match(r"^up ")
    monitor.type("\x011")
    writer.result(monitor.match(r"^--- guest calls ---"), "Ctrl-A 1 leaves the monitor", [monitor.text])
    monitor.type(OPEN)
    monitor.match(PROMPT)
    before = monitor.line.before
    after = pass_time(monitor, QUIET_MS)
    writer.result("up " not in before + after, "leaving the monitor ends top", [before, after])
    monitor.type("poweroff\r")
    writer.result(monitor.match(r"^umbra: done: 2 guests, \d+ frames free, as at the start"),
                  "poweroff ends all guests", [monitor.text])
    writer.result(monitor.end() == machine.STATUS_DONE, "poweroff ends the machine")


def test_typed(writer):
    with Monitor([guest("calls", "mem=4M -- case=calls"),
                  guest("rubbish", "mem=4M restart=always -- case=rubbish")]) as monitor:
        monitor.match("ready\n")
        test_all(writer, monitor)


def test_all(writer, monitor):
    test_words(writer, monitor)
    test_editing(writer, monitor)
    test_guests(writer, monitor)
    test_times(writer, monitor)
    test_registers(writer, monitor)
    test_tables(writer, monitor, "two-level on PAE", 8)
    test_memory(writer, monitor)
    test_trace_and_log(writer, monitor)
    test_rubbish(writer, monitor)
    test_life(writer, monitor)
    test_end(writer, monitor)


def test_other_formats(writer):
    for shadow, image, paging, digits in (("two-level on two-level", "monitor-inspection", "2level", 8),
                                          ("PAE on PAE", "monitor-inspection-pae", "pae", 16)):
        with Monitor([guest("calls", "mem=4M -- case=calls", image)],
                     append=f"console=serial paging={paging}") as monitor:
            monitor.match("ready\n")
            monitor.type(OPEN)
            monitor.match(PROMPT)
            test_tables(writer, monitor, shadow, digits)
            monitor.type("reboot\r")
            monitor.match(r"^umbra: done:")
            status = monitor.end()
            writer.result(status == 0, "reboot resets the machine", [f"QEMU ended with {status}"])


def type_half_a_line(monitor):
    """Types `versio`. False if a guest has ended meanwhile."""
    monitor.match("guest stays: starting")
    monitor.type(OPEN)
    monitor.match(PROMPT)
    monitor.type("versio")
    monitor.wait_for("versio")
    return "timed out" not in monitor.all


def test_prompt(writer):
    """The lines of guests that end do not cut a line that is being typed. On a slow host the guests end later."""
    for seconds in (2, 8, 32, 128):
        with Monitor([guest("one", f"mem=2M timeout={seconds} -- ms=600000", "sched-busy-loop"),
                      guest("two", f"mem=2M timeout={seconds} -- ms=600000", "sched-busy-loop"),
                      guest("stays", "mem=2M -- ms=600000", "sched-busy-loop")]) as monitor:
            if type_half_a_line(monitor):
                test_half_a_line(writer, monitor)
                return
    writer.result(False, "a line is typed before two guests end", [monitor.all])


def test_half_a_line(writer, monitor):
    ended = [monitor.match(r"^umbra: guest \w+: timed out") for _ in range(2)]
    writer.result(all(ended) and monitor.match("^umbra> versio"), "two guests end while a line is typed",
                  [monitor.text])
    monitor.type("n\r")
    monitor.match("^Umbra .* build")
    monitor.match(PROMPT)
    monitor.type("kill stays\r")
    monitor.match("guest stays: killed")
    monitor.match(PROMPT)
    monitor.type("poweroff\r")
    monitor.end()
    lines = terminal.screen_of(monitor.raw, monitor.raw.count("\n") + 1, WIDE)
    prompts = [line for line in lines if line.startswith(PROMPT[1:])]
    writer.result(prompts == ["umbra> version", "umbra> kill stays", "umbra> poweroff"],
                  "no guest's line stands between a prompt and the typed line", lines)


def test_one_look(writer):
    """`tables` reads all page tables while the guest cannot switch its address space."""
    with Monitor([guest("demo", f"mem=4M -- times={FOR_EVER}", "monitor-space-switches")]) as monitor:
        monitor.match("^switching$")
        monitor.type(OPEN)
        monitor.match(PROMPT)
        answers = [monitor.command("tables demo") for _ in range(LOOKS)]
        seen = [re.findall(r"^(\w+)([* ]) +(\d+) switches ago", answer, re.MULTILINE)
                for answer in answers]
        writer.result(all([ago for _, star, ago in look if star == "*"] == ["0"] for look in seen),
                      f"tables shows one current directory, {LOOKS} times", answers)
        writer.result(all(len({ago for *_, ago in look}) == len(look) for look in seen)
                      and any(len(look) > 4 for look in seen), "tables: each directory was used at a time of its own",
                      answers)
        says(writer, monitor, "guests", r"^demo +(running|ready|asleep) ")
        monitor.type("tables demo\r\x03")
        monitor.match(PROMPT)
        says(writer, monitor, "guests", r"^demo +(running|ready|asleep) ")
        says(writer, monitor, "pause demo", "^demo is paused$")
        monitor.command("tables demo")
        says(writer, monitor, "guests", r"^demo +paused ")


def test_on_screen(writer):
    with Monitor([guest("spin", f"mem=2M -- ms={FOR_EVER_MS}", "sched-busy-loop")],
                 append="console=vga") as monitor:
        monitor.wait_for_screen(lambda lines: any("guest spin: starting" in line for line in lines))
        monitor.press("\x01m")
        monitor.press("pp\x08ause spin\n")
        lines = monitor.wait_for_screen(lambda lines: "spin is paused" in lines)
        writer.result("umbra> pause spin" in lines and "spin is paused" in lines,
                      "the monitor answers on the PC's keyboard and screen", lines)


def test_script(writer):
    script = "guests;  mem ;gests; stats spin;walk spin 0"
    boot = machine.boot_kernel(
        f"{images.BUILD}/tests/monitor-script.log", [guest("spin", "mem=2M -- ms=100", "sched-busy-loop")],
        append=f'console=serial "monitor={script}" stats')
    for line in (r"monitor: guests$", r"name +state +KB", r"spin +ended +2048 +0 ",
                 r"monitor: mem $", r"\(sum\) .* all there are$", r"monitor: gests$",
                 r"no command is called gests: did you mean guests\?$",
                 r"stats: guest spin ", r"spin is not alive$", r"done: 1 guests, "):
        writer.result(re.search(f"^umbra: {line}", boot.text.replace("\r", ""), re.MULTILINE),
                      f"monitor= prints at the end of the boot: {line}", [boot.text])
    writer.result(boot.status == machine.STATUS_DONE, "monitor= does not change QEMU's status")


sys.exit(tap.run(test_typed, test_other_formats, test_prompt, test_one_look, test_on_screen, test_script))
