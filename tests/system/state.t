#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The state stream (docs/state.md): commands and their answers, steps, guests that wait for a slow line, and wrong
commands. Instructions are the clock."""

import os
import re
import socket
import sys

from lib import images, machine, moves, state, tap, terminal, verdict

FOLDER = f"{images.BUILD}/tests"
SCRIPT = "tests/scripts/03-read-then-write.txt"
OPEN, PROMPT = moves.OPEN, moves.PROMPT
READ = 1 << 16


def script_modules():
    image = images.image_of_script(SCRIPT)
    return [re.sub(r"\btimeout=\d+ ?", "", module) for module in image.modules], image.name


class Watched(terminal.Terminal):
    """A machine whose COM2 is connected before it starts."""

    def __init__(self, modules, words=(), kernel=machine.DEBUG_BUILD):
        path = f"{FOLDER}/state.sock"
        if os.path.exists(path):
            os.remove(path)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            super().__init__(modules, "console=serial,merged watch=com2" + machine.assertion(machine.INSTRUCTIONS_AWAKE),
                             kernel,
                             [*machine.INSTRUCTIONS_AWAKE, "-chardev", f"socket,id=com2,path={path}", "-serial",
                              "chardev:com2", *words])
            self.com2, _ = server.accept()
        self.com2.settimeout(60)
        self.rest = b""
        self.seen = []  # all lines

    def take(self):
        """The next line."""
        while b"\n" not in self.rest:
            data = self.com2.recv(READ)
            if not data:
                raise EOFError(f"the line has ended behind {self.seen[-3:]}")
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        self.seen.append(line.decode("latin-1"))
        return self.seen[-1]

    def until(self, beginning):
        """The lines up to one that begins so."""
        lines = [self.take()]
        while not lines[-1].startswith(beginning):
            lines.append(self.take())
        return lines

    def lines(self, kind):
        """All lines of this kind so far."""
        return [words(line) for line in self.seen if line.startswith(f"{kind} ")]

    def ask(self, command):
        """The answer to a command, without events."""
        self.com2.sendall(command.encode("latin-1") + b"\n")
        return [line for line in self.until(("ok", "error")) if not line.startswith(("event", "ring", "table", "entry", "stopped"))]

    def run_to(self, command):
        """The events until the guest stands, after such a command."""
        answer = self.ask(command)
        if answer[-1] != "ok":
            raise ValueError(answer)
        return [words(line) for line in self.until(f"stopped guest={command.split()[1]} ")[:-1] if line.startswith("event")]

    def fault_at(self, name, address):
        """The guest stands after its next page fault at this address; returns the event."""
        event = {"at": None}
        while event["at"] != address:
            event = self.run_to(f"until {name} page-fault")[-1]
        return event


def words(line):
    return dict(word.split("=", 1) for word in line.split(" ")[1:] if "=" in word)


def entry(text):
    """The flags of an entry, without its frame: the last one if it has changed."""
    return int(text.rpartition(">")[2], 0) & 0xFFF


def test_steps(writer, words_of_qemu):
    modules, name = script_modules()
    with Watched(modules, words_of_qemu) as at:
        first = at.until("stopped")
        writer.result(first[0] == "hello version=1" and first[-1] == f"stopped guest={name} n=0 state=paused",
                      f"{words_of_qemu}: the guest stands before its first instruction", first)
        events = at.run_to(f"step {name} 3") + at.run_to(f"step {name}")
        writer.result([event["n"] for event in events] == ["1", "2", "3", "4"], "three steps and one are four events", events)
        events = at.run_to(f"until {name} NEW_PGTABLE")
        writer.result(events[-1]["what"] == "NEW_PGTABLE" and all(e["what"] != "NEW_PGTABLE" for e in events[:-1]) and
                      events[-2]["top"] == "linear" and events[-1]["top"].startswith("0x"),
                      "until NEW_PGTABLE ends at the first one", events[-2:])
        entries = {e["at"]: e for e in map(words, at.ask(f"table {name} 0x800000")) if "at" in e}
        writer.result(list(entries) == ["0x800000", "0x801000"] and
                      all(e["shadow"] == "0" and entry(e["guest"]) & 0xFF == 7 for e in entries.values()),
                      "before the first access the guest has two entries, without A and D, and the shadow none", [entries])
        event = at.fault_at(name, "0x800000")
        was, now = (int(value, 0) for value in event["gpte"].split(">"))
        writer.result(event["what"] == "read-user" and now ^ was == 0x20 and
                      event["spte"].startswith("->") and entry(event["spte"]) & 7 == 5,
                      "the read marks ACCESSED; the shadow's entry is read-only", [event])
        event = at.fault_at(name, "0x800000")
        was, now = (int(value, 0) for value in event["gpte"].split(">"))
        writer.result(event["what"] == "write-user" and now ^ was == 0x40 and entry(event["spte"]) & 7 == 7,
                      "the write marks DIRTY; the shadow's entry is writable", [event])
        state = at.ask(f"state {name}")
        space = words(state[0])
        pdes = [words(line) for line in state if line.startswith("pde")]
        found = next(pde for pde in pdes if int(pde["at"], 0) == 0x800000)
        writer.result(space["top"] == event["top"] and space["n"] == event["n"] and found["guest"] == event["gpde"] and
                      found["shadow"] == event["spde"] and
                      any(words(line)["current"] == "1" for line in state if line.startswith("directory")),
                      "state has the same entries", state[:5])
        calls = at.lines("ring")
        rings = {line["n"]: int(line["ring"]) for line in at.lines("event") if int(line["ring"])}
        counts = {n: sum(call["n"] == n for call in calls) for n in rings}
        writer.result(rings and counts == rings and "LOAD_IDT_ENTRY" in {call["what"] for call in calls},
                      f"the {len(calls)} calls of the ring stand before their events", [rings, counts, calls])
        events = at.run_to(f"run {name}")
        numbers = [int(line["n"]) for line in at.lines("event")]
        writer.result(events[-1]["done"] == "ended" and numbers == list(range(1, len(numbers) + 1)) and
                      "interrupt" not in {line["why"] for line in at.lines("event")},
                      f"all {len(numbers)} events are in order, without the machine's interrupts", numbers[-3:])
        status = at.end()
        writer.result(status == machine.STATUS_DONE and "tap: 16 passed" in at.all, "the script has passed",
                      [status, at.all[-1000:]])


SWITCHER = 0xFFC00000

# An image, the CPU, and what must happen to its shadow page tables. Of the first EVENTS_MAX events, the state is read
# behind each EVERY.
MIRRORED = [
    ("flush-all", "pentium", "made dropped"),
    ("flush-all", "pentium2", "made dropped"),
    ("flush-all-pae", "pentium2", "made dropped"),
    ("set-pgd-pae", "pentium2", "made dropped"),
    ("kernel-sharing-unaligned", "pentium", "made dropped"),
    ("directory-lru", "pentium", "made dropped"),
    ("shadow-budget-pae", "pentium2", "made dropped"),
    ("shadow-random", "pentium", "made dropped"),
    ("clone-writes", "pentium2", "made dropped changed"),
]
EVENTS_MAX, EVERY = 320, 80


def shadow_of(at, name):
    """The shadow's entries of the current directory that are not 0, in the answers to `state` and `table`."""
    pdes = {int(pde["at"], 0): int(pde["shadow"], 0) for pde in map(words, at.ask(f"state {name}")) if "shadow" in pde}
    pdes = {base: entry for base, entry in pdes.items() if entry and base < SWITCHER}
    ptes = [words(line) for base in pdes for line in at.ask(f"table {name} {base:#x}") if line.startswith("pte")]
    return pdes, {int(pte["at"], 0): int(pte["shadow"], 0) for pte in ptes if pte["shadow"] != "0"}


def told_of(model, name):
    """The same, by the lines `table` and `entry` that events have had."""
    guest = model.guest(name)
    tables = {base: table for (top, base), table in guest.shadow.items() if top in (guest.top, "shared")}
    return ({base: table.spde for base, table in tables.items()},
            {page: entry for table in tables.values() for page, entry in table.entries.items()})


def test_mirror(writer, name, cpu, fates):
    """Whoever follows the lines from the first event on has the shadow's page tables as they are."""
    image = images.find_images(name)[0]
    modules = [re.sub(r"\btimeout=\d+ ?", "", module) for module in image.modules]
    with Watched(modules, ["-cpu", cpu]) as at:
        at.until("stopped")
        model, read, compared, wrong = state.Model(), 0, 0, []
        while model.guest(name).state != "ended" and model.guest(name).n < EVENTS_MAX and not wrong:
            at.run_to(f"step {name} {EVERY}")
            if at.lines("event")[-1]["what"] == "CLONE":
                at.run_to(f"step {name} 1")  # what a clone drops is told with the next event (docs/state.md)
            for line in at.seen[read:]:
                if line.startswith(("ring", "table", "entry", "event", "stopped")):
                    model.apply(line)
            read = len(at.seen)
            if model.guest(name).state == "ended":
                break
            found, told = shadow_of(at, name), told_of(model, name)
            compared += len(found[1])
            wrong += [f"n={model.guest(name).n} {base:#x}: {have.get(base, 0):#x}, and the lines say {say.get(base, 0):#x}"
                      for have, say in zip(found, told) for base in sorted({*have, *say}) if have.get(base) != say.get(base)]
        there = {line["what"] for line in at.lines("table")}
        writer.result(not wrong and compared and there >= set(fates.split()),
                      f"{name} on {cpu}: {compared} shadow entries are as the lines of {model.guest(name).n} events say",
                      [there, *wrong[:10]])


WRONG = [
    ("nonsense", "error text=no such command"),
    ("step", "error text=too few words, or too many"),
    ("step demo 1 2", "error text=too few words, or too many"),
    ("step nobody", "error text=no guest has this name"),
    ("step demo 0", "error text=a number of steps is 1 to 1000000"),
    ("step demo 1000001", "error text=a number of steps is 1 to 1000000"),
    ("step demo x", "error text=a number of steps is 1 to 1000000"),
    ("table demo here", "error text=an address is a number, such as 0x800000"),
    ("until demo " + 24 * "x", "error text=no event is called so"),
    ("until demo page_fault", "error text=no event is called so"),
    ("pause demo", "error text=the guest does not run"),
    (127 * "x", "error text=no such command"),
    (128 * "x", "error text=longer than 127 characters"),
    (5000 * "x", "error text=longer than 127 characters"),
    ("\xff\x00\x01", "error text=no such command"),
]


def test_wrong_commands(writer):
    modules = ["build/guest/demo.elf kernel name=demo mem=4M", "build/guest/hello.elf kernel name=hello mem=4M"]
    with Watched(modules) as at:
        at.until("stopped guest=hello")
        for command, answer in WRONG:
            got = at.ask(command)
            writer.result(got == [answer], f"`{command[:20]}` ({len(command)}) is answered: {answer}", got)
        got = at.ask("list")
        writer.result(got == ["guest name=demo state=paused watched=1 n=0", "guest name=hello state=paused watched=1 n=0",
                              "ok"], "list names both guests", got)
        at.ask("unwatch hello")
        at.match("guest hello: shut down: goodbye")
        got = at.ask("list")
        writer.result(got[1:] == ["guest name=hello state=ended watched=0 n=0", "ok"],
                      "a guest that is not watched runs, without events", got)
        writer.result(at.ask("step hello") == ["error text=the guest is not alive"] ==
                      at.ask("state hello") == at.ask("table hello 0"), "a guest that has ended is not stepped")
        at.type(OPEN)
        at.match(PROMPT)
        at.type("step demo\r")
        text = at.match(r"(?s)seconds  why.*leads to 0x[0-9a-f]+ of its memory")[0]
        writer.result("page-fault" in text and at.until("stopped")[-1] == "stopped guest=demo n=1 state=paused",
                      "the monitor's step shows the event and the walk", [text])
        at.match(PROMPT)
        at.type("until demo HLT\r")
        at.match("no event is called HLT")
        at.match(PROMPT)
        at.type("until demo HALT\r")
        last = words([line for line in at.until("stopped") if line.startswith("event")][-1])
        at.match(r"hypercall +HALT +[0-9a-f]{8} [0-9a-f]{8} +halted")
        writer.result(last["what"] == "HALT" and last["done"] == "halted", "the monitor's until ends at the event", [last])
        at.match(PROMPT)
        at.type("kill demo\r")
        writer.result(at.until("stopped")[-1].startswith("stopped guest=demo"), "the end of a guest is told")
        at.match(PROMPT)
        at.type("exit\r")
        writer.result(at.end() == machine.STATUS_DONE, "all frames come back", [at.all[-1000:]])


def test_clones(writer):
    with Watched(["build/guest/demo.elf kernel name=demo mem=4M"]) as at:
        at.until("stopped")
        at.run_to("until demo HALT")
        at.type(OPEN)
        at.match(PROMPT)
        at.type("clone demo 2\r")
        at.until("stopped guest=demo-3")
        stopped = [(line["guest"], line["n"]) for line in at.lines("stopped")][-2:]
        writer.result(stopped == [("demo-2", "0"), ("demo-3", "0")], "clones are watched, and stand", stopped)
        events = at.run_to("step demo-2 3")
        writer.result([(event["guest"], event["n"]) for event in events] == [("demo-2", n) for n in "123"],
                      "a clone is stepped", events)
        at.type("exit\r")
        for command in "unwatch demo", "run demo-2", "unwatch demo-3":
            at.ask(command)
        at.until("stopped guest=demo-2")
        status = at.end()
        writer.result(status == machine.STATUS_DONE and len(re.findall("demo: all [0-9]+ checks passed", at.all)) == 3,
                      "all three pass", [status, at.all[-1500:]])


def test_slow_reader(writer):
    """What is not read fills the socket, then QEMU, then the queue; the guest waits."""
    with Watched(["build/guest/demo.elf kernel name=demo mem=4M"]) as at:
        at.com2.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        at.until("stopped")
        at.ask("run demo")
        at.wait_until_halted()
        standing = "shut down" not in at.all
        paused = at.ask("pause demo")
        last = int(at.lines("stopped")[-1]["n"])
        numbers = [int(line["n"]) for line in at.lines("event")]
        writer.result(paused == ["ok"] and at.ask("list")[0] == f"guest name=demo state=paused watched=1 n={last}" and numbers[-1] == last,
                      "a guest that waits for the line can be paused", [last, numbers[-1:]])
        at.run_to("run demo")
        at.match("demo: all [0-9]+ checks passed")
        status = at.end()
        numbers = [int(line["n"]) for line in at.lines("event")]
        writer.result(numbers == list(range(1, len(numbers) + 1)) and not any(line.startswith("lost") for line in at.seen) and
                      status == machine.STATUS_DONE, f"a reader that is slow gets all {len(numbers)} events", [standing, status])


def test_debugcon(writer):
    path = f"{FOLDER}/state.txt"
    modules, name = script_modules()
    boot = machine.boot_kernel(f"{FOLDER}/state.log", modules, append="console=serial watch=debugcon",
                               words=["-debugcon", f"file:{path}"])
    lines = images.read(path).splitlines()
    writer.result(boot.status == machine.STATUS_DONE and lines[0] == "hello version=1" and
                  lines[-1].startswith(f"stopped guest={name} n=") and
                  all(line.startswith(("event n=", "ring guest=", "table guest=", "entry guest=")) for line in lines[1:-1]),
                  f"watch=debugcon: {len(lines)} lines, and the guest runs", lines[:2] + lines[-2:] + verdict.log_tail(boot))
    boot = machine.boot_kernel(f"{FOLDER}/state.log", modules, append="console=serial watch=com7")
    writer.result("umbra: watch=com7 is not known: write watch=com2 or debugcon" in boot.lines() and
                  boot.status == machine.STATUS_DONE, "another word is named", verdict.log_tail(boot))


def main(writer):
    test_steps(writer, ["-cpu", "pentium2", "-smp", "2"])
    test_steps(writer, ["-cpu", "pentium"])
    test_wrong_commands(writer)
    test_clones(writer)
    test_slow_reader(writer)
    for row in MIRRORED:
        test_mirror(writer, *row)
    test_debugcon(writer)


sys.exit(tap.run(main))
