#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The state stream's reader (tests/lib/state.py), its words and drawing, and tools/watch in a pseudo-terminal: first
with a simulated hypervisor that answers as docs/state.md says, then with Umbra in QEMU."""

import contextlib
import os
import re
import signal
import socket
import sys
import threading
import tty

import pexpect
import pyte

from lib import images, machine, patience, state, state_view, state_words, tap, watched

FOLDER = f"{images.BUILD}/tests/watch"
PAGE = "docs/state.md"

# -- A simulated hypervisor ------------------------------------------------------------------------

EVENT = ("why={why} what={what} error={error} eip=0x1000{n:02x} address={address} ring=0 done={done} ticks=800 cpu=0 "
         "top={top} at={at} gpde={gpde} gpte={gpte} spde={spde} spte={spte} fills={n} frames=12 evicted=0 reclaimed=0 "
         "switches=1")
LINEAR = {"top": "linear", "at": "0", "gpde": "-", "gpte": "-", "spde": "-", "spte": "-", "error": "0"}
OWN = {"top": "0x113000", "at": "0x800000", "gpde": "0x114007", "gpte": "0x101007", "spde": "0", "spte": "-",
       "error": "0"}

# Of each event the values, and what the directory and the page table hold after it.
STORY = [
    ({**LINEAR, "why": "hypercall", "what": "LGUEST_INIT", "address": "0x9000", "done": "served"}, {}, {}),
    ({**OWN, "why": "hypercall", "what": "NEW_PGTABLE", "address": "0x113000", "done": "served"},
     {0x800000: (0x114007, 0), 0xc0000000: (0x115003, 0x7f29023)},
     {0x800000: (0x101007, 0), 0x801000: (0x102005, 0)}),
    ({**OWN, "why": "page-fault", "what": "read-user", "error": "4", "address": "0x800000", "done": "filled",
      "gpde": "0x114007>0x114027", "gpte": "0x101007>0x101027", "spde": "0>0x7f11027", "spte": "0>0x7f12025"},
     {0x800000: (0x114027, 0x7f11027), 0xc0000000: (0x115003, 0x7f29023)},
     {0x800000: (0x101027, 0x7f12025), 0x801000: (0x102005, 0)}),
    ({**OWN, "why": "page-fault", "what": "write-user", "error": "7", "address": "0x800000", "done": "filled",
      "gpde": "0x114027", "gpte": "0x101027>0x101067", "spde": "0x7f11027", "spte": "0x7f12025>0x7f12067"},
     {0x800000: (0x114027, 0x7f11027), 0xc0000000: (0x115003, 0x7f29023)},
     {0x800000: (0x101067, 0x7f12067), 0x801000: (0x102005, 0)}),
    ({**OWN, "why": "page-fault", "what": "write-user", "error": "6", "address": "0x801000", "at": "0x801000",
      "done": "reflected", "gpde": "0x114027", "gpte": "0x102005", "spde": "0x7f11027", "spte": "0"},
     {0x800000: (0x114027, 0x7f11027), 0xc0000000: (0x115003, 0x7f29023)},
     {0x800000: (0x101067, 0x7f12067), 0x801000: (0x102005, 0)}),
    ({**OWN, "why": "hypercall", "what": "SHUTDOWN", "address": "0x100", "at": "0x801000", "done": "ended",
      "gpde": "0x114027", "gpte": "0x102005", "spde": "0x7f11027", "spte": "0"},
     {0x800000: (0x114027, 0x7f11027), 0xc0000000: (0x115003, 0x7f29023)},
     {0x800000: (0x101067, 0x7f12067), 0x801000: (0x102005, 0)}),
]


def event_line(n):
    return f"event n={n} guest=story " + EVENT.format(n=n, **STORY[n - 1][0])


def number(value):
    return hex(value) if value else "0"


class Simulated:
    """Answers commands about one guest, `story`, whose events are STORY."""

    def __init__(self):
        self.n = 0
        self.commands = []

    def state_now(self):
        return "waiting" if not self.n else "ended" if self.n == len(STORY) else "paused"

    def entries(self, kind, which):
        entries = STORY[self.n - 1][which] if self.n else {}
        return [f"{kind} at={number(at)} guest={number(guest)} shadow={number(shadow)}"
                for at, (guest, shadow) in sorted(entries.items())]

    def state(self):
        if not self.n:
            return ["error text=story has not been started"]
        top = STORY[self.n - 1][0]["top"]
        return [f"space guest=story n={self.n} engine=two-level top={top} shift=22 kernel=0xc0000000 memory=1024 "
                "frames=12 budget=128 eip=0x100abc ring=1",
                f"directory guest=story top={0x113000:#x} current=1 used=0 tables=1 pages=2",
                *self.entries("pde", 1), "ok"]

    def go(self, is_last):
        lines = []
        while self.n < len(STORY):
            self.n += 1
            lines.append(event_line(self.n))
            if is_last(self.n):
                break
        return lines + [f"stopped guest=story n={self.n} state={self.state_now()}"]

    def answer(self, command):
        """The lines of the answer."""
        self.commands.append(command)
        word, *words = command.split()
        if word == "list":
            return [f"guest name=story state={self.state_now()} watched=1 n={self.n}", "ok"]
        if words[:1] != ["story"]:
            return [f"error text=no guest is called {(words or [''])[0]}"]
        if word == "state":
            return self.state()
        if word == "table":
            in_table = int(words[1], 0) >> 22 == 0x800000 >> 22
            return [*(self.entries("pte", 2) if in_table else []), "ok"]
        if word == "step":
            last = self.n + int((words + ["1"])[1])
            return ["ok", *self.go(lambda n: n == last)]
        if word == "run":
            return ["ok", *self.go(lambda n: False)]
        if word == "until":
            return ["ok", *self.go(lambda n: words[1] in (STORY[n - 1][0]["why"], STORY[n - 1][0]["what"]))]
        if word == "pause":
            return ["ok", f"stopped guest=story n={self.n} state={self.state_now()}"]
        return [f"error text={word} is no command"]


class Server:
    """Simulated at a unix socket, in a thread, for one connection."""

    def __init__(self, path):
        self.path = path
        self.simulated = Simulated()
        if os.path.exists(path):
            os.remove(path)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(path)
        self.listening.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        serve(self.simulated, self.listening.accept()[0].makefile("rwb", 0))


def serve(simulated, file):
    """Answers the commands that come from `file`."""
    file.write(b"hello version=1\n")
    with contextlib.suppress(OSError):  # the reader has closed the line
        for command in file:
            file.write("".join(answer + "\n" for answer in simulated.answer(command.decode().strip())).encode())


def story_lines():
    """The recording of a session with Simulated that steps to the end."""
    simulated, lines = Simulated(), ["hello version=1"]
    for command in ["list", *["step story", "state story", "table story 0x800000"] * len(STORY)]:
        lines += [state.SENT + command, *simulated.answer(command)]
        if command.startswith("step"):
            lines.append(f"{state.PRINTED}ok {simulated.n} - printed")
    return lines


# -- 1. The grammar --------------------------------------------------------------------------------


def example_lines():
    """The lines of the page's example of Umbra's lines."""
    part = images.read(PAGE).partition("\n## Lines from Umbra\n")[2].partition("\n## ")[0]
    return re.findall(r"^    (\S.*)$", part, re.MULTILINE)


def bad_key(line):
    """The key that the grammar names for a bad line; None for a good one."""
    try:
        state.parse(line)
    except state.BadLine as problem:
        return problem.key
    return None


# A good line that is damaged, and the key that must be named.
DAMAGES = [
    ("hello version=1", "version=1", "version=one", "version"),
    ("hello version=1", " version=1", "", "version"),
    ("hello version=1", "version=1", "version=01", "version"),
    ("stopped guest=a n=7 state=paused", "guest=a n=7", "n=7 guest=a", "guest"),
    ("stopped guest=a n=7 state=paused", "a n", "a  n", "n"),
    ("stopped guest=a n=7 state=paused", "paused", "paused ", "state"),
    ("stopped guest=a n=7 state=paused", "paused", "paused new", "new"),
    ("guest name=a state=paused watched=1 n=0", "paused", "asleep", "state"),
    ("guest name=a state=paused watched=1 n=0", "watched=1", "watched=2", "watched"),
    ("ring guest=a n=3 what=SET_PTE a=0x131000 b=0 c=0x12f007 d=0", "b=0", "b=00", "b"),
    (event_line(3), "why=page-fault", "why=fault", "why"),
    (event_line(3), "gpte=0x101007>0x101027", "gpte=0x101007>", "gpte"),
    (event_line(3), "gpte=0x101007>0x101027", "gpte=0x101007>-0", "gpte"),
    (event_line(3), "spde=0>", "spde=0x0>", "spde"),
    (event_line(3), "eip=0x", "eip=0X", "eip"),
    (event_line(3), "at=0x800000", "at=800000h", "at"),
    (event_line(3), "done=filled", "done=made", "done"),
    (event_line(3), "switches=1", "switches=", "switches"),
    ("pde at=0x40000000 guest=0x113067 shadow=0x7f11027", "shadow=0x7f11027", "shadow=7f11027", "shadow"),
    ("pte at=0x40000000 guest=0x101067 shadow=0", "at=", "gat=", "at"),
    ("lost lines=3", "lines=3", "lines=-3", "lines"),
    ("ok", "ok", "ok then", "then"),
    ("ok", "ok", "OK", "OK"),
]


def test_grammar(writer):
    examples = example_lines()
    for line in examples:
        if line.endswith(" ..."):
            # The page has left out the end: all that is there must be right.
            keys = list(state.LINES[line.split()[0]])
            key = keys[len(line.split()) - 2]
            writer.result(bad_key(line.removesuffix(" ...")) == key, f"the beginning of the example is right: {line}",
                          [f"{bad_key(line.removesuffix(' ...'))} instead of {key}"])
        else:
            writer.result(bad_key(line) is None, f"the example is right: {line}", [str(bad_key(line))])
    kinds = {line.split()[0] for line in examples}
    writer.result(kinds == set(state.LINES), "the grammar and the examples have the same kinds of lines",
                  [f"{kinds} instead of {set(state.LINES)}"])
    named = set(re.findall(r"`([a-z]+) ([a-z]+=.*?)`", images.read(PAGE))) | \
        {(kind, keys) for kind, keys in (line.split(" ", 1) for line in examples if " " in line)}
    wrong = [f"{kind} {key}" for kind, keys in named if kind in state.LINES
             for key in re.findall(r"([a-z]+)=", keys) if key not in state.LINES[kind]]
    writer.result(not wrong, "each key on the page is in the grammar", wrong)
    for line, old, new, key in DAMAGES:
        damaged = line.replace(old, new, 1)
        found = bad_key(damaged)
        writer.result(bad_key(line) is None and found == key,
                      f"with {new.strip()!r} {line.split()[0]} is refused: {key}",
                      [damaged, f"{found} instead of {key}"])
    try:
        state.parse("stopped guest=a n=x state=paused")
    except state.BadLine as problem:
        writer.result(str(problem) == "n: its value 'x' is no decimal, in the line: stopped guest=a n=x state=paused",
                      "the message names key, value and line", [str(problem)])
    writer.result(state.parse("moon phase=3") is None and state.parse("hello version=1 extra=7"),
                  "lines of an unknown kind and keys at a line's end are ignored")
    writer.result(state.parse("error text=no guest is called a=b  c").values["text"] == "no guest is called a=b  c",
                  "the text of an error is the rest of its line")


# -- 2. The model ----------------------------------------------------------------------------------


def recorded(lines):
    recording = state.Recording()
    for line in lines:
        recording.add(line)
    return recording


def test_model(writer):
    recording = recorded(story_lines())
    writer.result(recording.last == len(STORY), "each event is a moment of the recording", [str(recording.last)])
    for moment, (_, directory, table) in enumerate([({}, {}, {})] + STORY):
        guest = recording.model(moment).guest("story")
        writer.result((guest.n, guest.directory, guest.table(0x800123) or {}) == (moment, directory, table),
                      f"the model has the entries after event {moment}",
                      [f"{guest.n} {guest.directory} {guest.table(0x800123)}"])
    guest = recording.now.guest("story")
    writer.result((guest.state, guest.cached[0]["pages"], recording.now.console[-1]) ==
                  ("ended", "2", "ok 6 - printed"),
                  "the model has the guest's end, its cached directories and its console")
    # Without a question after the event the event's own entries count.
    lines = [line for line in story_lines() if line.startswith(("hello", "event"))]
    upto = story_lines().index(next(line for line in story_lines() if line.startswith("event n=3")))
    recording = recorded(story_lines()[:upto] + lines[3:5])
    guest = recording.now.guest("story")
    writer.result((guest.directory, guest.table(0x800000)) == STORY[3][1:],
                  "an event changes the entries of its address", [f"{guest.directory} {guest.table(0x800000)}"])
    gone = event_line(5).replace("spde=0x7f11027 spte=0", "spde=0x7f11027>0 spte=-").replace("n=5", "n=6", 1)
    recording.add(gone)
    writer.result(recording.now.guest("story").table(0x800000) == {0x800000: (0x101067, 0), 0x801000: (0x102005, 0)},
                  "a shadow page table that is dropped has no entries",
                  [str(recording.now.guest("story").table(0x800000))])
    alone = recorded([line for line in story_lines() if line.startswith("event")]).model(4).guest("story")
    writer.result((alone.directory, alone.table(0x800000), alone.read_at) ==
                  ({0x800000: (0x114027, 0x7f11027)}, {0x800000: (0x101067, 0x7f12067)}, {}),
                  "a stream of events alone gives the entries that they had", [f"{alone.directory} {alone.tables}"])
    again = recorded([*story_lines(), event_line(1).replace("n=1 ", "n=7 ", 1)]).now.guest("story")
    writer.result((again.directories, again.tables) == ({"linear": {}}, {}),
                  "nothing of a guest's last life is left in the next one", [f"{again.directories} {again.tables}"])
    long = recorded(story_lines()[:-1] * 200)
    wrong = [moment for moment in range(900, 1000, 17) if known(long.model(moment)) !=
             known(recorded(long.lines[:long.starts[moment + 1]]).now)]
    writer.result(not wrong and len(long.kept) > 5,
                  f"a recording of {long.last} events gives the state after any of them", [f"{wrong} {len(long.kept)}"])


def known(model):
    """All that a model knows of the guest."""
    return model.guest("story").__dict__


# -- 3. Words and drawing --------------------------------------------------------------------------

WORDS = [
    (1, "hypercall LGUEST_INIT, ebx 0x9000"),
    (2, "hypercall NEW_PGTABLE: the page directory is now 0x113000"),
    (3, "page fault: read, ring 3, at 0x800000: the guest's PTE allows it; the shadow PDE and PTE were made; "
        "ACCESSED is set in the guest's PDE and PTE"),
    (4, "page fault: write, ring 3, at 0x800000: the guest's PTE allows it; the shadow PTE was made writable; "
        "DIRTY is set in the guest's PTE"),
    (5, "page fault: write, ring 3, at 0x801000: the guest's PTE forbids writing; the guest's handler gets the fault"),
    (6, "hypercall SHUTDOWN; the guest has ended"),
]

# The guest's entry, the shadow's, the sign and the words between them.
PAIRS = [
    (0, 0, "=", ""), (7, 7, "=", ""), (6, 0, "=", ""), (7, 0, ">", "not made yet"), (0, 5, "<", "stale: removed"),
    (7, 5, ">", "no write yet"), (0x47, 5, ">", "no write"), (5, 7, "<", "stale: write"), (3, 5, "#", "stale: user"),
    (7, 3, ">", "no user"), (1, 1 | 1 << 63, ">", "no fetch"), (1 | 1 << 63, 1, "<", "stale: fetch"),
]


def test_words(writer):
    for n, words in WORDS:
        found = state_words.describe(state.parse(event_line(n)).values)
        writer.result(found == words, f"event {n} in words: {words}", [found])
    for guest, shadow, sign, words in PAIRS:
        found = state_words.sign(guest, shadow), state_words.difference(guest, shadow)
        writer.result(found == (sign, words), f"{guest:#x} {sign} {shadow:#x}: {words or 'no difference'}",
                      [str(found)])
    calls = [{"n": "7", "what": what, "b": "0x800000"} for what in ("SET_PTE", "SET_PGD")]
    found = state_words.describe({**state.parse(event_line(6)).values, "ring": "2", "calls": calls})
    writer.result(found.endswith("2 hypercalls from the ring before it: SET_PTE at 0x800000, SET_PGD"),
                  "hypercalls from the ring are in an event's words", [found])
    writer.result(state_words.flags(0x80000000000001ff) == "PWUTCADLGN" and state_words.flags(0) == "-" * 10,
                  "flags are the letters of the monitor's walk")


def view_of(recording, moment, **more):
    return state_view.View(recording.model(moment), recording.model(moment - 1) if moment else None, "story",
                           status="live", **more)


def segments_with(drawn, text):
    """The row that has this text, as its segments."""
    return next((row for row in drawn if text in "".join(part for part, _ in row)), [])


def test_drawing(writer):
    recording = recorded(story_lines())
    for columns, rows in ((80, 24), (120, 40), (81, 25), (200, 60)):
        for moment in range(recording.last + 1):
            for zoom in state_view.ZOOMS:
                drawn = state_view.draw(view_of(recording, moment, zoom=zoom), rows, columns)
                widths = {sum(len(text) for text, _ in row) for row in drawn}
                if len(drawn) != rows or widths != {columns}:
                    writer.result(False, f"{columns} x {rows}: {zoom} at {moment}", [f"{len(drawn)} rows, widths {widths}"])
    for columns, rows in ((80, 24), (120, 40)):
        size = f"{columns} x {rows}"
        drawn = state_view.draw(view_of(recording, 3), rows, columns)
        text = state_view.text_of(drawn)
        writer.result(any(re.search(r">@\* *00800000 +00114027 P-?WU--A.* = +07f11027 PWU--A", line) for line in text),
                      f"{size}: the directory entry beside its shadow", text)
        row = segments_with(drawn, "07f12025")
        changed = [part for part, attribute in row if attribute == state_view.CHANGED]
        writer.result(changed == ["00101027 PWU--A----", "07f12025 P-U--A----"],
                      f"{size}: both entries that the event changed are highlighted", [str(row)])
        writer.result("".join(part for part, _ in row).startswith(" @*00800000") and (" > ", state_view.MORE) in row and
                      ("  no write yet", state_view.MORE) in row,
                      f"{size}: more rights in the guest have a sign and a colour", [str(row)])
        row = segments_with(drawn, "00102005")
        writer.result(row and not any(attribute == state_view.CHANGED for _, attribute in row),
                      f"{size}: an entry that the event left alone is not highlighted", [str(row)])
        writer.result(any("page fault: read, ring 3" in line for line in text) and "ok 3 - printed" in text,
                      f"{size}: the last event in words, and the console", text)
        writer.result(text[-1] == " " + state_view.KEYS, f"{size}: the keys", text[-1:])
    drawn = state_view.draw(view_of(recording, 4), 24, 80)
    changed = [part for row in drawn for part, attribute in row if attribute == state_view.CHANGED]
    writer.result(changed == ["00101067 PWU--AD---", "07f12067 PWU--AD---"],
                  "only the entries that the next event changed are highlighted after it", [str(changed)])
    other = recorded(story_lines()[:-1])
    other.now.guest("story").table(0x800000)[0x801000] = (0x102007, 0)
    row = segments_with(state_view.draw(view_of(other, 6), 24, 80), "00102007")
    writer.result([part for part, attribute in row if attribute == state_view.CHANGED] == ["00102007 PWU-------"],
                  "of an entry that only the guest has changed, only the guest's side is highlighted", [str(row)])
    text = state_view.text_of(state_view.draw(view_of(recording, 4, zoom=state_view.GUEST), 24, 80))
    row = "00800000  00101067 PWU--AD---  present, write, user, accessed, dirty"
    writer.result(any(row in line for line in text) and
                  not any("07f12067" in line for line in text),
                  "zoom shows the guest's side, with flags in words", text)
    text = state_view.text_of(state_view.draw(view_of(recording, 4, address=0xc0000000), 24, 80))
    writer.result(any(line.startswith(">   c0000000") or line.startswith(">  c0000000") for line in text) and
                  any("not read yet" in line for line in text), "another directory entry can be chosen", text)
    text = state_view.text_of(state_view.draw(view_of(recording, 4, help=True), 24, 80))
    writer.result(len(state_view.HELP.splitlines()) <= 22 and any("one step" in line for line in text),
                  "the help fits in 24 rows", text)
    text = state_view.text_of(state_view.draw(view_of(recording, 4), 10, 60))
    writer.result(text[0] == "60 x 10 is too small: 80 x 24 is needed", "a window that is too small says so", text)
    alone = recorded([line for line in story_lines() if line.startswith("event")])
    text = state_view.text_of(state_view.draw(view_of(alone, 4), 24, 80))
    writer.result(sum(line.endswith("  those of events") for line in text) == 2,
                  "entries of which only events have told are called so", text)
    many = recorded(story_lines())
    many.now.guest("story").tables[("0x113000", 0x800000)] = {at: (at | 7, at | 5) for at in
                                                              range(0x800000, 0xc00000, 0x1000)}
    text = state_view.text_of(state_view.draw(view_of(many, 6, address=0xa00000), 24, 80))
    writer.result(any("00a00000" in line for line in text) and any("of 1024" in line for line in text),
                  "of a full page table, the rows around the address are shown", text)


# -- 4. The program, with the simulated hypervisor -------------------------------------------------


def own_environment():
    """Make exports variables of its own, such as HYPERVISOR, to tests that it runs."""
    return {key: value for key, value in os.environ.items() if key not in ("HYPERVISOR", "APPEND", "QEMU_FLAGS")}


class Screen:
    """A program in a pseudo-terminal, and what a terminal makes of its output."""

    def __init__(self, words, rows=24, columns=80, **variables):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.Stream(self.screen)
        self.program = pexpect.spawn(words[0], words[1:], dimensions=(rows, columns), encoding="utf-8", timeout=5,
                                     env={**own_environment(), "TERM": "linux", **variables})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.close(force=True)

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines)

    def read(self, seconds):
        """Reads for at most so many seconds; False at the end. Less than a drawing, so that a test that takes part of
        one for the whole fails on a quiet machine, too."""
        try:
            self.stream.feed(self.program.read_nonblocking(16, seconds))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            return False
        return True

    def wait_for(self, *patterns):
        """Waits until the screen has all these patterns; returns whether it has. The rest of the screen may still be
        that of the drawing before: what is read here can end within a drawing."""
        return self.wait_until(lambda: all(re.search(pattern, self.text, re.MULTILINE) for pattern in patterns),
                               patterns)

    def wait_until(self, condition, what):
        """Waits until the condition holds; returns whether it does. `what` names it where it never does."""
        clock = patience.Clock(self.program.pid)
        while clock.look() < patience.silence():
            if condition():
                return True
            if not self.read(0.1):
                return condition()
        patience.note_hang(f"tools/watch: waiting for {what}")
        return False

    def press(self, keys):
        self.program.send(keys)

    def end(self):
        """The program's status at its end."""
        while self.read(1):
            pass
        self.program.close()
        return self.program.exitstatus

    def is_reversed(self, text):
        """Whether the first character of this text is shown in reverse."""
        for y, line in enumerate(self.lines):
            if text in line:
                return self.screen.buffer[y][line.index(text)].reverse
        return None


def test_simulated(writer):
    path, record = f"{FOLDER}/state.sock", f"{FOLDER}/story.txt"
    server = Server(path)
    with Screen(["tools/watch", "--record", record, "--connect", path]) as person:
        writer.result(person.wait_for("story: waiting, event 0", "live"), "the program shows the guest that waits",
                      person.lines)
        person.press("s")
        writer.result(person.wait_for("event 1,", "LGUEST_INIT", "linear map"), "s steps to the first event",
                      person.lines)
        person.press("s ")
        writer.result(person.wait_for("event 3,", "00101027 PWU--A---- > 07f12025 P-U--A----", "ACCESSED is set in"),
                      "s and the space key step to the fault that fills", person.lines)
        writer.result(person.wait_until(lambda: person.is_reversed("07f12025") and
                                        person.is_reversed("00102005") is False, "the reversed entry"),
                      "the changed entry is in reverse, another is not", person.lines)
        person.press("b")
        writer.result(person.wait_for("past 2 of 3", "00101007 PWU------- > -"), "b shows the state before",
                      person.lines)
        person.press("s")
        writer.result(person.wait_for("live", "07f12025") and "step story" in server.simulated.commands and
                      server.simulated.n == 3, "s goes forward to the present, and the guest does not step",
                      person.lines)
        person.press("u")
        person.wait_for("until which event")
        person.press("wrote\x7f\x7f\x7f\x7f\x7fpage-fault\r")
        writer.result(person.wait_for("event 4,", "07f12067 PWU--AD---"), "u runs until an event", person.lines)
        person.press("\t")
        writer.result(person.wait_for("^>  +c0000000", "tbl c0000000"), "Tab chooses the next directory entry",
                      person.lines)
        person.press("g")
        person.press("801000\r")
        writer.result(person.wait_for("tbl 00800000"), "g shows the page table for an address", person.lines)
        person.press("z")
        writer.result(person.wait_for(r"\A.*\ntbl 00800000"), "z shows the page table only",
                      person.lines)
        person.press("zzz")
        person.press("?")
        writer.result(person.wait_for("one step: the guest runs"), "? shows the help", person.lines)
        person.press("x")
        person.press("r")
        writer.result(person.wait_for("story: ended, event 6", "the guest has ended"), "r runs to the end",
                      person.lines)
        person.press("q")
        writer.result(person.end() == 0, "q leaves with 0")
    recording = state.read_recording(record)
    writer.result(recording.last == 6 and recording.lines[0] == "hello version=1" and
                  "> until story page-fault" in recording.lines, "the recording has all lines and commands")


def test_replay(writer):
    record = f"{FOLDER}/story.txt"
    with open(record, "w", encoding="utf-8") as file:
        file.write("\n".join(story_lines()) + "\n")
    with Screen(["tools/watch", "--replay", record], 40, 120) as person:
        writer.result(person.wait_for("replay 0 of 6"), "a replay begins before the first event", person.lines)
        person.press("s")
        person.press("s")
        person.press("s")
        writer.result(person.wait_for("replay 3 of 6", "00101027 PWU--A---- > 07f12025 P-U--A----  no write yet"),
                      "s goes forward in a replay", person.lines)
        person.press("b")
        writer.result(person.wait_for("replay 2 of 6", "00101007 PWU------- > -"), "b goes back", person.lines)
        person.press("u")
        person.press("SHUTDOWN\r")
        writer.result(person.wait_for("replay 6 of 6"), "u finds an event", person.lines)
        person.press("\x1b[1~")
        writer.result(person.wait_for("replay 0 of 6"), "Home shows the first state", person.lines)
        person.press("b")
        writer.result(person.wait_for("this is the first state"), "b at the first state says so", person.lines)
        person.program.setwinsize(10, 40)
        person.screen.resize(10, 40)
        writer.result(person.wait_for("40 x 10 is too small"), "a window that becomes too small says so", person.lines)
        person.program.setwinsize(24, 80)
        person.screen.resize(24, 80)
        writer.result(person.wait_for("replay 0 of 6", "help  q"), "a window that becomes large again is drawn",
                      person.lines)
        person.press("q")
        writer.result(person.end() == 0, "q leaves the replay with 0")


def test_connections(writer):
    """Each kind of line, with Simulated at the other end."""
    expected = [("ok",), ("ok",), ("stopped", "story", "2", "paused"), ("error", "halt is no command")]
    server = socket.create_server(("localhost", 0))
    end, device = os.openpty()
    tty.setraw(device)
    for name, address, opened in (
            ("TCP", f"localhost:{server.getsockname()[1]}", lambda: server.accept()[0].makefile("rwb", 0)),
            ("a pseudo-terminal", os.ttyname(device), lambda: open(end, "r+b", 0))):
        threading.Thread(target=lambda: serve(Simulated(), opened()), daemon=True).start()
        session = state.Session(state.Connection.open(address))
        session.wait_for(lambda line: line.kind == "hello")
        found = [session.ask("list"), session.ask("step", "story", 2),
                 session.wait_for(lambda line: line.kind == "stopped"), session.ask("halt", "story")]
        found = [line and (line.kind, *line.values.values()) for line in found]
        writer.result(found == expected, f"commands and answers over {name}", found)
        session.connection.close()
    os.close(device)
    server.close()


def test_restart(writer):
    """A machine says hello late: the question before is lost, and must not block those after it."""
    ours, theirs = socket.socketpair()
    session = state.Session(state.Connection(theirs))
    session.command("list")
    session.command("state", "a")
    ours.recv(100)
    ours.sendall(b"=0 n=5\nhello version=1\n")
    hello = session.wait_for(lambda line: line.kind == "hello", 10)
    session.command("list")
    writer.result(hello and ours.recv(100) == b"list\n" and not session.bad,
                  "a stream may begin within a line; after hello, commands begin anew", map(str, session.bad))
    ours.sendall(b"stopped guest=a\n")
    ours.close()
    session.wait_for(lambda line: False, 10)
    writer.result(session.connection.ended and [problem.key for problem in session.bad] == ["n"],
                  "a bad line in the stream is kept with its problem", map(str, session.bad))


# Arguments, the environment and the window; the status and what is printed.
REFUSALS = [
    (["--replay", "/nonexistent"], {}, (24, 80), 1, "watch: /nonexistent: No such file or directory"),
    (["--replay", "docs/state.md"], {}, (24, 80), 1, "watch: docs/state.md:1: #: no line begins so, in the line: "),
    (["--connect", "/nonexistent"], {}, (24, 80), 1, "watch: /nonexistent: No such file or directory"),
    (["--connect", "localhost:65536"], {}, (24, 80), 1,
     "watch: localhost:65536: a port is a number from 1 to 65535"),
    (["no-such-guest"], {}, (24, 80), 1,
     "watch: no guest image is called no-such-guest; there are: bench demo "),
    (["bench", "--guest", "x"], {"BUILD": "/nonexistent"}, (24, 80), 1,
     "watch: /nonexistent/umbra.elf is not built: make watch"),
    (["bench"], {"BUILD": "/nonexistent", "HYPERVISOR": "Makefile"}, (24, 80), 1,
     "watch: bench is not built: make watch GUEST=bench"),
    (["no-such.txt"], {}, (24, 80), 1, "watch: there is no script no-such.txt"),
    (["demo"], {}, (24, 60), 1, "watch: the terminal has 60 x 24 characters: 80 x 24 are needed"),
    (["demo"], {"TERM": "no-such-terminal"}, (24, 80), 1, "watch: TERM=no-such-terminal: "),
    ([], {}, (24, 80), 2, "usage: tools/watch"),
]


def test_refusals(writer):
    for words, variables, (rows, columns), status, message in REFUSALS:
        with Screen(["tools/watch", *words], rows, columns, **variables) as person:
            got = person.end()
            said = "".join(person.lines).replace(" ", "")
            writer.result(got == status and said.startswith(message.replace(" ", "")),
                          f"{' '.join(words) or 'no word'}, {variables or columns}: {message}",
                          [str(got), *person.lines])
    said, status = pexpect.run("sh -c 'tools/watch demo </dev/null 2>&1'", withexitstatus=True, encoding="utf-8")
    writer.result(status == 1 and said.strip() == "watch: this program needs a terminal for its input and output",
                  "without a terminal one line says so", [said])
    said, status = pexpect.run("make watch GUEST=demo REPLAY=x", withexitstatus=True, encoding="utf-8")
    writer.result(status == 2 and "make watch: one of SCRIPT=, GUEST= and REPLAY=" in said, "`make watch` takes one of them", [said])


# -- 5. Umbra in QEMU ------------------------------------------------------------------------------

SCRIPT, GUEST = "tests/scripts/03-read-then-write.txt", "03-read-then-write"


class Watch:
    """A machine that runs with a Session, and its console beside it."""

    def __init__(self, started):
        self.session = state.Session(state.Connection(started.stream))
        self.console = watched.Console(started.console, self.session.recording)
        self.started = started

    @property
    def model(self):
        return self.session.recording.now

    def wait_for(self, wanted, step):
        """Waits until `wanted(Line)` is true for one of the stream's lines, or for the machine's end."""
        clock = patience.Clock(self.started.qemu.pid)
        while clock.look() < patience.silence():
            if self.session.wait_for(wanted, 1, [self.console]) or self.session.connection.ended and self.console.ended:
                return
        raise patience.hang(f"waiting for {step}", self.session.recording.lines[-5:])

    def ask(self, *words):
        self.session.command(*words)
        self.wait_for(lambda line: line.kind in ("ok", "error"), " ".join(words))

    def until(self, *words):
        """Sends a command that lets the guest run, and waits until it stands, or the machine's end."""
        self.ask(*words)
        self.wait_for(lambda line: line.kind == "stopped", " ".join(words))


def grammar_problems(session):
    events = [state.parse(line).values for line in session.recording.lines if line.startswith("event ")]
    numbers = [int(event["n"]) for event in events]
    problems = list(map(str, session.bad[:5]))
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        problems.append(f"the events are not numbered from 1 on: {numbers[:20]}")
    return problems, len(numbers)


def test_demo(writer):
    with watched.Machine("demo", words=machine.INSTRUCTIONS_AWAKE) as started:
        watch = Watch(started)
        watch.wait_for(lambda line: line.kind == "hello", "hello")
        watch.ask("list")
        watch.until("until", "demo", "NEW_PGTABLE")
        watch.ask("state", "demo")
        watch.ask("run", "demo")
        watch.wait_for(lambda line: False, "the demo's end")
        problems, count = grammar_problems(watch.session)
        writer.result(not problems and count > 500, f"each of the demo's {count} events follows the grammar", problems)
        writer.result(any("checks passed" in line for line in watch.model.console), "the demo passes its checks",
                      watch.model.console[-5:])
        kinds = {line.split()[0] for line in watch.session.recording.lines if line[0] not in "|>"}
        writer.result({"hello", "guest", "event", "stopped", "space", "directory", "pde", "ring", "ok"} <= kinds,
                      "the demo's stream has each kind of line", sorted(kinds))
        words = {state_words.describe({**event, "switched": False}) for event in
                 (state.parse(line).values for line in watch.session.recording.lines if line.startswith("event "))}
        writer.result(any(re.fullmatch(r"page fault: write, ring 3, at 0x\w+: the guest's PTE is absent; the guest's "
                                       r"handler gets the fault", text) for text in words),
                      "a page fault for the guest's handler is described", sorted(words)[:20])


def test_steps(writer):
    """A script, until the read of 0x800000 and the write that follows."""
    with watched.Machine(SCRIPT, words=machine.INSTRUCTIONS_AWAKE) as started:
        watch = Watch(started)
        watch.wait_for(lambda line: line.kind == "hello", "hello")
        watch.ask("list")
        entries = {}
        while (guest := watch.model.guest(GUEST)).state != "ended" and len(entries) < 2:
            watch.until("until", GUEST, "page-fault")
            event = guest.event
            if event["address"] == "0x800000" and event["what"].endswith("user"):
                watch.ask("state", GUEST)
                watch.ask("table", GUEST, "0x800000")
                entries[event["what"]] = (guest.directory[0x800000], guest.table(0x800000)[0x800000],
                                          guest.table(0x800000).get(0x801000))
        seen = [[state_words.flags(entry) for pair in entries.get(what, ()) for entry in pair]
                for what in ("read-user", "write-user")]
        writer.result(seen == [["PWU--A----", "PWU--A----", "PWU--A----", "P-U--AD---", "PWU-------", "----------"],
                               ["PWU--A----", "PWU--A----", "PWU--AD---", "PWU--AD---", "PWU-------", "----------"]],
                      "after the read, ACCESSED and a read-only shadow entry; after the write, DIRTY and a writable one",
                      seen)
        watch.ask("run", GUEST)
        watch.wait_for(lambda line: False, "the script's end")
        problems, count = grammar_problems(watch.session)
        writer.result(not problems and count > 50, f"each of the script's {count} events follows the grammar", problems)
        writer.result(any("tap: 16 passed" in line for line in watch.model.console) and
                      started.qemu.wait(patience.silence()) == machine.STATUS_DONE,
                      "the script passes while it is watched",
                      watch.model.console[-5:])


def shape(line):
    """A line without its numbers."""
    return re.sub(r"(0x)?[0-9a-f]*\d[0-9a-f]*", "0", line)


def test_screen(writer):
    """The whole program, in 80 columns and 24 rows."""
    record = f"{FOLDER}/script.txt"
    with Screen(["tools/watch", "--record", record, SCRIPT], QEMU_FLAGS=" ".join(machine.INSTRUCTIONS_AWAKE)) as person:
        writer.result(person.wait_for(f"{GUEST}: paused, event 0", "starting with 8192 KB"),
                      "tools/watch boots a script, whose guest stands before its first instruction", person.lines)
        person.press("s")
        writer.result(person.wait_for("event 1,", "page fault: read, ring 1, at 0x100000: in the linear map"),
                      "s steps to the first event, in the linear map", person.lines)
        for address in ("0x40000000", "0x800000"):
            person.press("uread-user\r")
            person.wait_for(f"page fault: read, ring 3, at {address}:")
        writer.result(person.wait_for(r"^ @\*00800000  \w{8} PWU--A---- > \w{16} P-U--AD---  no write yet"),
                      "u finds the read of 0x800000: the shadow's entry is read-only", person.lines)
        page = images.read("docs/watch.md").partition("\n     " + GUEST)[2].partition("    The guest's console")[0]
        page = [line[4:].rstrip() for line in ("     " + GUEST + page).split("\n")[:-1]]
        writer.result(person.wait_until(lambda: list(map(shape, page)) == list(map(shape, person.lines[:len(page)])),
                                        "the screen of docs/watch.md"),
                      "docs/watch.md shows this screen, but for its numbers", person.lines)
        writer.result(person.wait_until(lambda: person.is_reversed("P-U--AD---") and
                                        person.is_reversed("00801000") is False, "the reversed entry"),
                      "the changed entry is highlighted", person.lines)
        person.press("uwrite-user\r")
        writer.result(person.wait_for(r"^ @\*00800000  \w{8} PWU--AD--- = \w{16} PWU--AD---"),
                      "u finds the write: DIRTY is set, and the shadow's entry is writable", person.lines)
        person.press("b")
        writer.result(person.wait_for(r"past \d+ of"), "b goes back", person.lines)
        person.press("r")
        person.wait_for(r"\blive\b")
        person.press("r")
        writer.result(person.wait_for(f"{GUEST}: ended", "the machine has ended", "tap: 16 passed"),
                      "r runs to the end, and the console shows the script's result", person.lines)
        person.press("q")
        writer.result(person.end() == 0, "q leaves with 0", person.lines)
    recording = state.read_recording(record)
    moment = next(moment for moment in range(1, recording.last + 1) if
                  (event := recording.model(moment).guest(GUEST).event)["address"] == "0x800000" and
                  event["what"] == "write-user")
    view = state_view.View(recording.model(moment), recording.model(moment - 1), GUEST)
    text = state_view.text_of(state_view.draw(view, 24, 80))
    writer.result(any(re.match(r" @\*00800000  \w{8} PWU--AD--- = \w{16} PWU--AD---", line) for line in text),
                  "the recording shows the same entries again", text)


def children(pid):
    """The processes that this one has started."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def test_closed(writer):
    """The terminal is closed while the guest stands."""
    with Screen(["tools/watch", SCRIPT]) as person:
        person.wait_for(f"{GUEST}: paused, event 0")
        qemu = children(person.program.pid)
        person.program.kill(signal.SIGHUP)
        status = person.end()
        writer.result(len(qemu) == 1 and not os.path.exists(f"/proc/{qemu[0]}") and status == 128 + signal.SIGHUP,
                      "QEMU ends with the program when the terminal is closed", [qemu, status, *person.lines])


def main(writer):
    os.makedirs(FOLDER, exist_ok=True)
    for test in (test_grammar, test_model, test_words, test_drawing, test_connections, test_restart, test_simulated,
                 test_replay, test_refusals, test_demo, test_steps, test_screen, test_closed):
        writer.part(test)


sys.exit(tap.run(main))
