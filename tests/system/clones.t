#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clones: of clones, in any order of deaths, of guests in any state, made by the guest, by the monitor and after a text;
limits, and memory that is spent. In each boot no frame may be lost, and no stretch with interrupts off be too long; the
debug build audits all frames and page tables after each exit. (tests/guest/clones has the images that show that clones do
not see each other's writes.)"""

import re
import sys

from lib import attackers, images, machine, tap, terminal, verdict

PROMPT = r"^umbra> "
OPEN = "\x01m"
RACE, RACE_MOST = 100, 10_000_000  # clones, and instructions for all of them
LIVING = 300
MIDDLE = 100  # clones, of which some are not made any more
CHECKERS = 3
FOR_EVER_MS = 1000000
CPUS = ["-smp", "2", "-icount", "shift=0,sleep=off"]


def actor(case, words="", module="", name="a", image="clone-actor"):
    return f"{images.BUILD}/tests/{image}.elf kernel name={name} {module} -- case={case} {words}"


def boot(name, modules, append="", **more):
    return machine.boot_kernel(f"{images.BUILD}/tests/clones-{name}.log", modules, append="console=serial " + append,
                               **more)


def ends_of(booted):
    """The sentences of all ends, in order, with the guests' names."""
    return [(match[1], match[2]) for match in
            re.finditer(r"^umbra: guest (\S+): ((?:shut down|killed|timed out|a clone, is).*)$",
                        booted.text.replace("\r", ""), re.MULTILINE)]


def judge(writer, booted, guests, text, wanted, problems=()):
    """The boot must have ended well, and each of `wanted` be true of its output."""
    problems = verdict.boot_problems(booted, range(guests)) + list(problems)
    problems += [f"not found: {pattern}" for pattern in wanted
                 if not re.search(pattern, booted.text.replace("\r", ""), re.MULTILINE)]
    writer.result(not problems, text, problems + verdict.log_tail(booted, 30))


# -- Trees of clones --------------------------------------------------------------------------------


def test_trees(writer):
    for image, order, words in (("clone-actor", "parent-first", []), ("clone-actor-pae", "clone-first", []),
                                ("clone-actor", "clone-first", CPUS)):
        case = actor("tree", f"depth=2 width=3 {order}", "mem=4M clones=12", image=image)
        cpus = 2 if words else 1
        booted = boot(f"tree-{order}-{cpus}", [case], "migrate=3000" if words else "", words=words)
        sentences = [sentence for _, sentence in ends_of(booted)]
        expected = {f"shut down: clone-actor: generation {n}": 3 ** n for n in range(3)}
        found = {sentence: sentences.count(sentence) for sentence in sentences}
        judge(writer, booted, 1, f"{image}: clones of clones that end {order} on {cpus} CPU(s) keep their memory", [],
              [] if found == expected else [found])


# -- Numbers ---------------------------------------------------------------------------------------


def test_race(writer):
    booted = boot("race", [actor("race", f"linear count={RACE}", f"mem=1200K clones={RACE}")],
                  kernel=machine.RELEASE_BUILD, words=["-icount", "shift=0,sleep=off"])
    ticks = re.search(rf"has made {RACE} clones in (\d+) ticks", booted.text)
    judge(writer, booted, 1, f"{RACE} clones are made, and end, in {ticks and ticks[1]} instructions",
          [rf"guest a: shut down: clone-actor: has made {RACE} clones"],
          [] if ticks and int(ticks[1]) <= RACE_MOST else [f"not in {RACE_MOST}"])


def test_cost(writer):
    """On the release build: the debug build's audits cost more."""
    booted = boot("cost", [f"{images.BUILD}/tests/clone-cost.elf kernel name=a mem=4M clones=1"], "console=merged",
                  kernel=machine.RELEASE_BUILD, words=["-icount", "shift=0,sleep=off"])
    costs = re.findall(r"# (copy|taken over): (\d+) instructions", booted.text)
    judge(writer, booted, 1, f"the first write to a shared page costs a copy, or less for its last holder: {costs}",
          ["^umbra: guest a: shut down: tap: 3 passed", "^umbra: guest a-2: shut down: tap: 1 passed"])


def test_many(writer):
    case = actor("fork", f"count={LIVING} ms=2000 touch=256 write=16", f"mem=2M shadow=80K private=256K clones={LIVING}")
    booted = boot("many", [case], kernel=machine.RELEASE_BUILD, words=["-m", "256", "-icount", "shift=0,sleep=off"])
    lines = booted.lines()
    made = [n for n, line in enumerate(lines) if ": a clone of a, made" in line]
    ended = [n for n, line in enumerate(lines) if "clone-actor: has written" in line]
    judge(writer, booted, 1, f"{LIVING} clones live at the same time",
          [f"guest a: shut down: clone-actor: has made {LIVING} clones"],
          [] if len(made) == len(ended) == LIVING and max(made) < min(ended) else [len(made), len(ended)])


# -- Memory ----------------------------------------------------------------------------------------


def test_exhausted(writer):
    booted = boot("exhausted", [actor("fork", "count=20 write=512", "mem=4M clones=20")], words=["-m", "32"])
    refusals = re.findall(r"^umbra: guest a: no further clone: .*$", booted.text.replace("\r", ""), re.MULTILINE)
    made = booted.text.count("a clone of a, made")
    judge(writer, booted, 1, "the memory is spent: one line says so, and the parent goes on",
          [rf"guest a: shut down: clone-actor: has made {made} clones"],
          [] if len(refusals) == 1 and re.search(r"KB are free", refusals[0]) and 2 <= made < 20 and
          booted.text.count("clone-actor: has written") == made else [refusals, made])


def test_after(writer):
    booted = boot("after", [actor("wait", "ms=10", "mem=4M clones=3 clone=after:read")])
    judge(writer, booted, 1, "clone=after: makes clones when the text has come", [],
          [] if [s for _, s in ends_of(booted)] == ["shut down: clone-actor: waited"] * 4 else [ends_of(booted)])


def test_restart(writer):
    booted = boot("again", [actor("again", "", "mem=4M clones=2 restart=3")])
    judge(writer, booted, 1, "a clone that asks for a restart ends",
          ["^umbra: guest a-2: a clone, is not started again: clone-actor: a clone asks for it",
           "^umbra: guest a: shut down: clone-actor: has made 1 clones"])


# -- Attackers -------------------------------------------------------------------------------------


def attacker_module(module):
    """An attacker that is cloned after its first result, and starts again at each end, for a second."""
    words, dashes, command_line = module.partition(" -- ")
    words = re.sub(r" timeout=\d+", "", words)
    return f"{words} timeout=1 restart=always clones=2 clone=after:ok{dashes}{command_line}"


def test_attackers(writer):
    """A guest and its clones, which write all over their memory, beside attackers and clones of theirs."""
    hostile = [a for a in attackers.named() if a.name.startswith("hostile-") and "." not in a.name]
    modules = [actor("fork", f"count={CHECKERS} ms=400 touch=1024 write=1024", f"mem=3M clones={CHECKERS} weight=4000",
                     "checker")]
    modules += [module for a in hostile for module in (attacker_module(a.modules[0]), *a.modules[1:])]
    booted = boot("attackers", modules, kernel=machine.RELEASE_BUILD,
                  words=["-cpu", "max", "-m", "256", "-icount", "shift=5,sleep=off"])
    made = len([c for c, origin in verdict.origins_of(booted.lines()).items() if origin != "checker"])
    right = [s for name, s in ends_of(booted) if name.startswith("checker")]
    judge(writer, booted, len(hostile) + 1,
          f"{CHECKERS} clones and their parent keep their memory beside {len(hostile)} attackers and {made} clones of these", [],
          [] if made >= len(hostile) and sorted(right) == sorted(
              ["shut down: clone-actor: has written"] * CHECKERS +
              [f"shut down: clone-actor: has made {CHECKERS} clones"]) else [made, right])


# -- By the monitor --------------------------------------------------------------------------------


class Monitor(terminal.Terminal):
    """A monitor on the serial line. Its output passes through terminal.Paper."""

    def __init__(self, modules, append="", kernel=machine.DEBUG_BUILD, words=()):
        self.shown = terminal.Paper().print
        super().__init__(modules, "console=serial" + append, kernel, [*machine.INSTRUCTIONS_AWAKE, *words])

    def open(self):
        self.type(OPEN)
        self.match(PROMPT)

    def command(self, line):
        """The monitor's answer to a line, up to the next prompt."""
        self.type(line + "\r")
        self.match(re.escape(line) + "\n")
        self.match(PROMPT)
        return self.line.before

    def says(self, writer, line, pattern, text=None):
        answer = self.command(line)
        found = re.search(pattern, answer, re.MULTILINE)
        writer.result(found, text or f"`{line}` answers {pattern}", [answer])
        return found

    def finish(self, writer, text, status=machine.STATUS_DONE):
        ended = self.end()
        writer.result(ended == status and re.search(r"umbra: done: \d+ guests, \d+ frames free, as at the start", self.all),
                      text, [ended, self.all[-2000:]])


def test_commands(writer):
    """Clones of a guest that sleeps, and of one that is paused; commands for clones."""
    with Monitor([actor("wait", f"ms={FOR_EVER_MS}", "mem=4M")]) as monitor:
        monitor.wait_for("ready\n")
        monitor.open()
        monitor.type("clone a 2\r")
        monitor.match(r"guest a-3: a clone of a, made")
        monitor.command("")
        monitor.says(writer, "guests", r"(?s)^a-2 +(asleep|ready).*^a-3 +(asleep|ready)", "clones of a sleeping guest sleep")
        monitor.command("pause a")
        monitor.type("clone a\r")
        monitor.match(r"guest a-4: a clone of a, made")
        monitor.command("")
        monitor.says(writer, "guests", r"^a-4 +paused", "a clone of a paused guest is paused")
        monitor.says(writer, "resume a-4", "^a-4 goes on$")
        monitor.says(writer, "mem", r"(?s)^\(shared\) +\d{3,} frames.*^\(sum\).*all there are", "mem counts shared frames")
        monitor.says(writer, "restart a-2", "^a-2 is a clone, and has no start of its own$")
        monitor.says(writer, "kill a-2", "^a-2 is to end$")
        monitor.says(writer, "start a-2", "^a-2 is a clone, and has no start of its own$")
        monitor.says(writer, "clone a-2", "^a-2 does not run, or is being cloned$")
        monitor.says(writer, "clone a 0", "^a number of clones is 1 to ")
        monitor.type("poweroff\r")
        monitor.finish(writer, "the power-off ends all clones, and no frame is lost")


def in_the_middle(writer, line, text):
    """Types a command while many clones of a large guest are made: it comes in the middle of one."""
    with Monitor([actor("wait", f"ms={FOR_EVER_MS} touch=8000", "mem=16M private=256K", name="big"),
                  actor("wait", "ms=30000 touch=64", "mem=2M", name="other")], ",merged", words=["-m", "256"]) as monitor:
        monitor.wait_for("big| ready\n")
        monitor.open()
        monitor.type(f"clone big {MIDDLE}\r{line}\r")
        monitor.match("is to be cloned")
        if "poweroff" not in line:
            monitor.match("guest big: killed: from the monitor")
            monitor.match(PROMPT)
            monitor.says(writer, "mem", "all there are")
            monitor.type("poweroff\r")
        monitor.finish(writer, text)
        made = len(re.findall("a clone of big, made", monitor.all))
        ended = len(re.findall(r"guest big-\d+: killed: from the monitor", monitor.all))
        writer.result(made == ended < MIDDLE, f"{text}: {made} of {MIDDLE} clones were made, and they end",
                      [made, ended, monitor.all[-2000:]])


def test_in_the_middle(writer):
    in_the_middle(writer, "kill big", "a guest that is killed while it is cloned ends, and so does that clone")
    in_the_middle(writer, "poweroff", "the power-off comes while a guest is cloned")


def numbers_of(text, name):
    return [int(n) for n in re.findall(rf"^{name}\| number (\d+)$", text, re.MULTILINE)]


def test_output(writer):
    """A guest that prints is cloned in the middle: the clone prints the rest, and the parent loses nothing."""
    with Monitor([actor("count", "times=400 touch=64", "mem=2M")], ",merged") as monitor:
        monitor.match("number 5\n")
        monitor.open()
        monitor.type("clone a\r")
        monitor.match("guest a-2: a clone of a, made")
        monitor.type("exit\r")
        monitor.finish(writer, "a guest that prints is cloned")
        parent, clone = numbers_of(monitor.all, "a"), numbers_of(monitor.all, "a-2")
        writer.result(parent == list(range(1, 401)), "the parent's output is complete", [parent])
        writer.result(clone and clone == list(range(clone[0], 401)), "the clone's output goes on from there", [clone])


def test_keys(writer):
    """Keys that the guest has not read when it is cloned, both read."""
    with Monitor([f"{images.BUILD}/tests/virtio-console-input.elf kernel name=a mem=2M"]) as monitor:
        monitor.wait_for("ready\n")
        monitor.type("pause\rabc\r")
        monitor.match("read: pause\n")
        monitor.open()
        monitor.type("clone a\r")
        monitor.match("guest a-2: a clone of a, made")
        for name in ("a", "a-2"):
            monitor.type(f"console {name}\r")
            monitor.match("read: abc\n")
            monitor.type(f"{name}\r")
            writer.result(monitor.match(f"read: {name}\n"), f"{name} reads old and new keys", [monitor.text])
            monitor.open()
        for name in ("a", "a-2"):
            monitor.type(f"console {name}\r")
            monitor.type("quit\r")
            monitor.match(f"guest {name}: shut down: virtio-console-input: 4 lines")
            if name == "a":
                monitor.open()
        monitor.finish(writer, "a guest with keys that it has not read is cloned")


def test_asleep(writer):
    """A guest that only a key can wake: no clock event is set."""
    with Monitor([f"{images.BUILD}/tests/virtio-console-input.elf kernel name=a mem=2M"]) as monitor:
        monitor.wait_for("ready\n")
        monitor.open()
        monitor.says(writer, "guests", "^a +asleep", "a guest waits for a key")
        monitor.type("clone a\r")
        writer.result(monitor.match("guest a-2: a clone of a, made"), "it is cloned meanwhile")
        monitor.type("poweroff\r")
        monitor.finish(writer, "both end, and no frame is lost")


def test_spent(writer):
    """A clone that has spent its private memory is paused until a user gives it more."""
    with Monitor([actor("fork", "count=2 ms=200 touch=4096 write=2048", "mem=8M private=1M clones=2")], ",merged") as monitor:
        monitor.match(r"guest a-[23]: paused: it owns \d+ KB, as much as is set aside for it")
        monitor.match(r"guest a-[23]: paused: it owns \d+ KB, as much as is set aside for it")
        monitor.match("guest a: shut down: clone-actor: has made 2 clones")
        writer.result(True, "a clone that spends its private memory is paused, and its parent goes on")
        monitor.open()
        monitor.says(writer, "guests", "(?s)^a-2 +paused.*^a-3 +paused")
        for name in ("a-2", "a-3"):
            while not re.search(rf"guest {name}: shut down: clone-actor: has written", monitor.all):
                monitor.type(f"resume {name}\r")
                monitor.match(f"{name} goes on")
                monitor.match(rf"guest {name}: (paused: it owns|shut down: clone-actor: has written)")
            writer.result(True, f"with more memory {name} goes on, and its memory is right")
        monitor.command("")
        monitor.says(writer, "mem", "all there are")
        monitor.type("exit\r")
        monitor.finish(writer, "no frame of those that were set aside is lost")


TESTS = (test_trees, test_race, test_cost, test_many, test_exhausted, test_after, test_restart, test_attackers,
         test_commands, test_in_the_middle, test_output, test_keys, test_asleep, test_spent)
sys.exit(tap.run(*[test for test in TESTS if test.__name__ in (sys.argv[1:] or [test.__name__])]))
