# SPDX-License-Identifier: GPL-2.0-or-later
"""A reader of the state stream (docs/state.md): the grammar of its lines, a model of the guests that the lines
describe, a connection to Umbra, and recordings.

The grammar is data, in state-grammar.json: for each kind of line its keys in their order, and for each kind of value a
regular expression that Python and JavaScript read alike. A line may have further keys at its end; a line of an unknown
kind is ignored.

A recording (docs/watch.md) is a text file: the lines of the stream as they came, `> COMMAND` for each command that
was sent, and `| TEXT` for each line of the machine's first serial port.
"""

import bisect
import collections
import contextlib
import dataclasses
import json
import os
import re
import select
import socket
import stat
import termios
import time
import tty

PAGE_SHIFT = 12
PRESENT = 1
PAGES_OF_TABLES = (1024, 512)  # that a page table is for, by its format
SHIFT = 22  # of a directory entry, before the first `space` line
EVENTS_KEPT = 200
CONSOLE_KEPT = 200
SENT, PRINTED = "> ", "| "  # the beginnings of the lines in a recording that are not Umbra's on COM2

with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "state-grammar.json"), encoding="utf-8") as _file:
    GRAMMAR = json.load(_file)
PATTERNS = {name: re.compile(pattern) for name, pattern in GRAMMAR["values"].items()}
LINES = GRAMMAR["lines"]


# -- 1. Lines --------------------------------------------------------------------------------------


class BadLine(Exception):
    """A line does not follow the grammar. The message names the key and has the line."""

    def __init__(self, line, key, problem):
        self.line, self.key = line, key
        super().__init__(f"{key}: {problem}, in the line: {line}")


Line = collections.namedtuple("Line", "kind values")


def words_of(text, keys):
    """The words KEY=VALUE of a line, as pairs. The value of `text` is the rest of the line."""
    pairs = []
    while text:
        if "text" in keys and text.startswith("text="):
            return pairs + [("text", text.removeprefix("text="))]
        word, blank, text = text.partition(" ")
        if blank and not text:
            word += " "
        pairs.append(tuple(word.split("=", 1)) if "=" in word else (word, None))
    return pairs


def parse(line):
    """A Line; None for a line of a kind that is not known. Raises BadLine."""
    kind, _, rest = line.partition(" ")
    keys = LINES.get(kind)
    if keys is None:
        if not re.fullmatch(r"[a-z][a-z-]*( [a-z-]+=.*)?", line):
            raise BadLine(line, kind or "(nothing)", "no line begins so")
        return None
    pairs = words_of(rest, keys)
    for position, (key, value) in enumerate(keys.items()):
        if position >= len(pairs) or pairs[position][0] != key:
            found = repr(pairs[position][0]) if position < len(pairs) else "the line's end"
            raise BadLine(line, key, f"{kind} must have it here, instead of {found}")
        if pairs[position][1] is None or not PATTERNS[value].fullmatch(pairs[position][1]):
            raise BadLine(line, key, f"its value {pairs[position][1]!r} is no {value}")
    for key, value in pairs[len(keys):]:
        if value is None or not re.fullmatch(r"[a-z][a-z_-]*", key) or not re.fullmatch(r"\S+", value):
            raise BadLine(line, key, f"{kind} has {len(keys)} keys, and further ones have the form KEY=VALUE")
    return Line(kind, dict(pairs))


def before_and_after(change):
    """The entry before and after an event, as numbers; None where the walk does not come so far."""
    values = [None if value == "-" else int(value, 0) for value in change.split(">")]
    return values[0], values[-1]


# -- 2. The model ----------------------------------------------------------------------------------


@dataclasses.dataclass
class ShadowTable:
    """A page table of the shadow's: the directory entry that leads to it, the number of pages that it is for, and its
    entries that are not 0, by address."""

    spde: int
    pages: int
    entries: dict


class Guest:
    """What is known of a guest. `directories` has for each page directory `top` its entries: address -> (the guest's,
    the shadow's). `tables` has for (top, address of the first page) the entries of that page table in the same form. A
    directory or page table is in `read_at` if it was read as a whole, with the number of events before; of others only
    those entries are known that events had."""

    def __init__(self, name):
        self.name = name
        self.state = "waiting"
        self.watched = True
        self.n = 0
        self.top = None
        self.space = {}
        self.cached = []
        self.directories = {}
        self.tables = {}
        self.read_at = {}
        # The values of their lines, `switched` to another directory or not, `calls` from the ring, `changes`: Lines.
        self.events = []
        self.calls = []
        self.changes = []
        self.shadow = {}  # (directory or "shared", address of the first page): ShadowTable

    def copy(self):
        other = Guest(self.name)
        other.__dict__.update(self.__dict__)
        other.space = dict(self.space)
        other.cached = list(self.cached)
        other.directories = {top: dict(entries) for top, entries in self.directories.items()}
        other.tables = {key: dict(entries) for key, entries in self.tables.items()}
        other.read_at = dict(self.read_at)
        other.events = list(self.events)
        other.calls = list(self.calls)
        other.changes = list(self.changes)
        other.shadow = {key: ShadowTable(table.spde, table.pages, dict(table.entries))
                        for key, table in self.shadow.items()}
        return other

    @property
    def shift(self):
        return int(self.space.get("shift", SHIFT))

    @property
    def event(self):
        """The values of the last event; None before the first."""
        return self.events[-1] if self.events else None

    @property
    def eip(self):
        """The next instruction, as far as it is known."""
        return self.event["eip"] if self.event and self.n > int(self.space.get("n", -1)) else self.space.get("eip", "0")

    def base(self, address):
        """The first address that has the same directory entry."""
        return address >> self.shift << self.shift

    @property
    def directory(self):
        """The entries of the current directory."""
        return self.directories.get(self.top, {})

    def table(self, address):
        """The entries of the current page table for this address; None if nothing is known of it."""
        return self.tables.get((self.top, self.base(address)))

    def see_event(self, values):
        self.n = int(values["n"])
        self.state = "ended" if values["done"] == "ended" else "runs"
        switched = self.top not in (None, values["top"])
        if switched and values["top"] == "linear":  # another life of the guest
            self.directories, self.tables, self.read_at, self.shadow = {}, {}, {}, {}
        self.top = values["top"]
        changes = [line for line in self.changes if line.values["n"] == values["n"]]
        self.events = self.events[-EVENTS_KEPT + 1:] + [
            {**values, "switched": switched, "calls": [call for call in self.calls if call["n"] == values["n"]],
             "changes": changes}]
        self.calls, self.changes = [], []
        for line in changes:
            self.change_shadow(line)
        at = int(values["at"], 0)
        pde, pte = ([before_and_after(values[side + level])[1] for side in "gs"] for level in ("pde", "pte"))
        pde = [entry or 0 for entry in pde]
        directory = self.directories.setdefault(self.top, {})
        self.set_entry(directory, self.base(at), pde)
        # An entry of the guest's may be for two of the shadow's. The format is known when the directory has been read.
        if self.top in self.read_at and self.space.get("engine") == "two-level-on-PAE":
            self.set_entry(directory, self.base(at) ^ 1 << self.shift, [pde[0], None])
        if self.table(at) is not None or pte != [None, None]:
            table = self.tables.setdefault((self.top, self.base(at)), {})
            self.set_entry(table, at >> PAGE_SHIFT << PAGE_SHIFT, pte)
            for side in (0, 1):
                if not pde[side] & PRESENT:  # the page table is gone
                    for address in list(table):
                        self.set_entry(table, address, [0, None] if side == 0 else [None, 0])

    def change_shadow(self, line):
        """Takes a line `table` or `entry`: of the shadow's page tables all are known, from the first event on."""
        values = line.values
        top, at = values["top"], int(values["at"], 0)
        new = before_and_after(values["spde" if line.kind == "table" else "spte"])[1] or 0
        if line.kind == "table" and values["what"] == "dropped":
            self.shadow.pop((top, at), None)
            self.forget_shadow(top, at, int(values["pages"]))
        elif line.kind == "table":
            self.shadow.setdefault((top, at), ShadowTable(0, int(values["pages"]), {})).spde = new
        else:
            table = self.shadow_table(top, at)
            if table:
                table.entries[at] = new
            if not new and table:
                del table.entries[at]
            for known in self.known_tables(top, at):
                self.set_entry(known, at, [None, new])

    def shadow_table(self, top, at):
        """The ShadowTable that has the entry for this address; None if there is none."""
        for pages in PAGES_OF_TABLES:
            table = self.shadow.get((top, at // (pages << PAGE_SHIFT) * (pages << PAGE_SHIFT)))
            if table and table.pages == pages:
                return table
        return None

    def known_tables(self, top, at):
        """The page tables, of those that were read or are current, that have the entry for this address."""
        return [table for (of, base), table in self.tables.items() if base == self.base(at) and top in ("shared", of)]

    def forget_shadow(self, top, start, pages):
        """The shadow has no page table for so many pages any more."""
        for table in self.known_tables(top, start):
            for at in list(table):
                if start <= at < start + (pages << PAGE_SHIFT):
                    self.set_entry(table, at, [None, 0])

    @staticmethod
    def set_entry(entries, at, new):
        """Sets the guest's and the shadow's entry; None leaves it."""
        old = entries.get(at, (0, 0))
        pair = tuple(old[side] if new[side] is None else new[side] for side in (0, 1))
        if pair == (0, 0):
            entries.pop(at, None)
        else:
            entries[at] = pair


class Model:
    """The state of all guests, after the lines that `apply` has got."""

    def __init__(self):
        self.hello = None
        self.guests = {}
        self.console = []
        self.lost = 0  # lines for which Umbra had no room
        self.command = ""  # the last one
        self.subject = None  # the guest of the last `space`
        self.collected = {"pde": {}, "pte": {}}  # the entries of an answer, until its `ok`

    def copy(self):
        other = Model()
        other.__dict__.update(self.__dict__)
        other.guests = {name: guest.copy() for name, guest in self.guests.items()}
        other.console = list(self.console)
        other.collected = {kind: dict(entries) for kind, entries in self.collected.items()}
        other.subject = self.subject and other.guests[self.subject.name]
        return other

    def guest(self, name):
        return self.guests.setdefault(name, Guest(name))

    def apply(self, text):
        """Takes one line of a stream or a recording. Returns the Line, or None. Raises BadLine."""
        if text.startswith(SENT):
            self.command = text.removeprefix(SENT)
            self.forget()
        elif text.startswith(PRINTED):
            self.console = self.console[-CONSOLE_KEPT + 1:] + [text.removeprefix(PRINTED)]
        elif text:
            line = parse(text)
            if line:
                getattr(self, "see_" + line.kind)(line.values)
            return line
        return None

    def see_hello(self, values):
        self.hello = values

    def see_guest(self, values):
        guest = self.guest(values["name"])
        guest.state, guest.watched, guest.n = values["state"], values["watched"] == "1", int(values["n"])

    def see_ring(self, values):
        self.guest(values["guest"]).calls.append(values)

    def see_table(self, values):
        self.guest(values["guest"]).changes.append(Line("table", values))

    def see_entry(self, values):
        self.guest(values["guest"]).changes.append(Line("entry", values))

    def see_event(self, values):
        self.guest(values["guest"]).see_event(values)

    def see_stopped(self, values):
        guest = self.guest(values["guest"])
        guest.n, guest.state = int(values["n"]), values["state"]
        if guest.state == "ended":
            guest.shadow = {}

    def see_space(self, values):
        self.subject = self.guest(values["guest"])
        self.subject.space, self.subject.cached = values, []
        self.subject.top, self.subject.n = values["top"], int(values["n"])
        self.forget()

    def see_directory(self, values):
        self.guest(values["guest"]).cached.append(values)

    def see_pde(self, values):
        self.collected["pde"][int(values["at"], 0)] = (int(values["guest"], 0), int(values["shadow"], 0))

    def see_pte(self, values):
        self.collected["pte"][int(values["at"], 0)] = (int(values["guest"], 0), int(values["shadow"], 0))

    def see_lost(self, values):
        self.lost += int(values["lines"])

    def see_ok(self, _):
        word, *words = self.command.split() or [""]
        if word == "state" and self.subject:
            self.subject.directories[self.subject.top] = self.collected["pde"]
            self.subject.read_at[self.subject.top] = self.subject.n
        elif word == "table" and len(words) == 2:
            guest = self.guest(words[0])
            key = (guest.top, guest.base(int(words[1], 0)))
            guest.tables[key], guest.read_at[key] = self.collected["pte"], guest.n
        elif word in ("run", "until", "step") and words:
            self.guest(words[0]).state = "runs"
        self.forget()

    def see_error(self, _):
        self.forget()

    def forget(self):
        self.collected = {"pde": {}, "pte": {}}


# -- 3. Recordings ---------------------------------------------------------------------------------


class Recording:
    """All lines of a session, and the model after each event. Moment 0 is before the first event; moment N is after the
    Nth event in the recording and all lines before the next one."""

    KEYFRAME = 256  # lines between two models that are kept; the others are made from the lines

    def __init__(self, path=None):
        self.lines = []
        self.starts = [0]  # for each moment, the number of its first line
        self.now = Model()
        self.kept = [(0, Model())]  # moments, each with the model before its first line
        self.made = {}  # the models of a few moments, as `model` has made them
        self.file = open(path, "w", encoding="utf-8") if path else None

    def add(self, text):
        """Adds a line. Returns what Model.apply returns. Raises BadLine; the line is in the recording all the same."""
        if text.startswith("event "):
            self.starts.append(len(self.lines))
            if len(self.lines) - self.starts[self.kept[-1][0]] >= self.KEYFRAME:
                self.kept.append((self.last, self.now.copy()))
        self.lines.append(text)
        if self.file:
            self.file.write(text + "\n")
            self.file.flush()
        return self.now.apply(text)

    @property
    def last(self):
        """The number of the last moment."""
        return len(self.starts) - 1

    def model(self, moment):
        """The model at this moment. The caller does not change it."""
        if moment >= self.last:
            return self.now
        if moment not in self.made:
            if len(self.made) > 8:
                self.made.clear()
            self.made[moment] = self.make(moment)
        return self.made[moment]

    def make(self, moment):
        first, kept = self.kept[bisect.bisect_right(self.kept, moment + 1, key=lambda pair: pair[0]) - 1]
        model = kept.copy()
        for text in self.lines[self.starts[first]:self.starts[moment + 1]]:
            with contextlib.suppress(BadLine):
                model.apply(text)
        return model

    def close(self):
        if self.file:
            self.file.close()


class BadRecording(Exception):
    """A recording has a line that does not follow the grammar: the message has its number."""


def read_recording(path):
    """A Recording from a file. Raises OSError and BadRecording."""
    recording = Recording()
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file.read().split("\n"), 1):
            try:
                recording.add(text) if text else None
            except BadLine as problem:
                raise BadRecording(f"{path}:{number}: {problem}") from None
    return recording


# -- 4. The connection -----------------------------------------------------------------------------


class NoConnection(Exception):
    """The address cannot be opened; the message says why."""


def open_socket(address):
    """A connected socket: address is HOST:PORT, or the path of a unix socket."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in address:
        if not 0 < int(port) < 65536:
            raise OSError("a port is a number from 1 to 65535")
        return socket.create_connection((host or "localhost", int(port)), 5)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(address)
    except OSError:
        line.close()
        raise
    return line


def open_device(path):
    """The file descriptor of a serial device or pseudo-terminal, at 115200 baud, 8N1."""
    device = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(device)
    words = termios.tcgetattr(device)
    words[2] = words[2] & ~(termios.CSTOPB | termios.PARENB | termios.CRTSCTS) | termios.CLOCAL | termios.CREAD
    words[4] = words[5] = termios.B115200
    termios.tcsetattr(device, termios.TCSANOW, words)
    return device


class Connection:
    """The stream in both directions. `line` is a socket or the number of a file descriptor."""

    READ_MAX = 65536

    def __init__(self, line):
        self.line = line
        self.fd = line if isinstance(line, int) else line.fileno()
        self.rest = b""
        self.ended = False
        os.set_blocking(self.fd, True)

    @classmethod
    def open(cls, address):
        """Opens HOST:PORT, the path of a unix socket, or a serial device. Raises NoConnection."""
        try:
            is_device = os.path.exists(address) and stat.S_ISCHR(os.stat(address).st_mode)
            return cls(open_device(address) if is_device else open_socket(address))
        except (OSError, termios.error) as problem:
            raise NoConnection(f"{address}: {getattr(problem, 'strerror', None) or problem}") from None

    def fileno(self):
        return self.fd

    def send(self, command):
        """Sends a command. On a connection that has ended this does nothing."""
        data = command.encode("ascii", "replace") + b"\n"
        try:
            while data:
                data = data[os.write(self.fd, data):]
        except (BrokenPipeError, ConnectionResetError):
            self.ended = True

    def read(self):
        """Waits for output, and returns the lines that are complete now; sets `ended` at the end."""
        try:
            data = os.read(self.fd, self.READ_MAX)
        except OSError:  # of a pseudo-terminal that was closed, EIO
            data = b""
        self.ended = not data
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line.rstrip(b"\r").decode("utf-8", "replace") for line in lines]

    def close(self):
        if isinstance(self.line, int):
            os.close(self.line)
        else:
            self.line.close()


class Session:
    """A connection whose lines go to a recording. A command is sent when the one before has been answered."""

    def __init__(self, connection, recording=None):
        self.connection = connection
        self.recording = recording or Recording()
        self.waiting = collections.deque()
        self.sent = None
        self.found = collections.deque()  # lines for wait_for
        self.bad = []
        self.first = True

    @property
    def model(self):
        return self.recording.now

    @property
    def is_idle(self):
        return self.sent is None and not self.waiting

    def command(self, *words, then=None):
        """Sends a command, or lets it wait for its turn. `then(Line)` is called with its `ok` or `error`."""
        self.waiting.append((" ".join(map(str, words)), then))
        self.send_next()

    def send_next(self):
        if self.sent is None and self.waiting:
            self.sent = self.waiting.popleft()
            self.recording.add(SENT + self.sent[0])
            self.connection.send(self.sent[0])

    def take(self):
        """Waits for output; returns the Lines that have come. Lines that do not follow the grammar go to `bad`: a
        BadLine each. The first line of a stream may be cut, and is ignored then."""
        found = []
        for text in filter(None, self.connection.read()):
            try:
                if self.first:
                    parse(text)
                line = self.recording.add(text)
            except BadLine as problem:
                if not self.first:
                    self.bad.append(problem)
                line = None
            self.first = False
            if line:
                found.append(line)
                if line.kind == "hello":  # the machine has started, and has lost all that was sent before
                    self.sent = None
                    self.waiting.clear()
                elif line.kind in ("ok", "error"):
                    self.answered(line)
        return found

    def answered(self, line):
        then = self.sent and self.sent[1]
        self.sent = None
        if then:
            then(line)
        self.send_next()

    def wait_for(self, wanted, seconds=30, beside=()):
        """Reads until `wanted(Line)` is true for a line, which it returns; the lines behind it are for the next call.
        None at the end of the stream, or if this takes longer. Meanwhile the sources `beside` are read too: each has
        fileno, take and ended. This is for programs that have nothing else to do."""
        end = time.monotonic() + seconds
        while True:
            while self.found:
                line = self.found.popleft()
                if wanted(line):
                    return line
            sources = [source for source in (self.connection, *beside) if not source.ended]
            left = end - time.monotonic()
            if not sources or left <= 0:
                return None
            for source in select.select(sources, [], [], left)[0]:
                if source is self.connection:
                    self.found.extend(self.take())
                else:
                    source.take()

    def ask(self, *words, seconds=30, beside=()):
        """Sends a command and waits for its answer, which it returns: the Line `ok` or `error`; None if none comes."""
        answers = []
        self.command(*words, then=answers.append)
        self.wait_for(lambda line: answers and line is answers[0], seconds, beside)
        return answers[0] if answers else None
