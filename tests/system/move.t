#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A running guest moves from one machine to another over the second serial line, and back: it never misses a beat, and
never runs on both. A line that breaks, damages or loses frames, and a hostile sender, do no harm.

    tests/system/move.t           two machines, a bad line, a hostile sender
    LONG=1 tests/system/move.t    and lines that break before and behind the commit, which takes their half a minute
"""

import contextlib
import os
import re
import struct
import sys
import zlib

from lib import images, machine, tap
from lib.moves import ANSWER_SIZE, COMMIT, FOLDER, FRAME, SECTION, Line, Machine, connect, guest, is_commit

# abi/move.h and abi/snapshot.h
HELLO = struct.Struct("<8sII")
MAGIC = b"UMBRA>\r\n"
VERSION = 2
PAGE, END, STATE, ZERO, DISK = 10, 12, 16, 17, 19
LAST = 1
PAGE_SIZE = 4096
SESSION = 0x5E5510
DISK_WORDS = 32 * 128 + 2 * 128  # the 32 sectors that the guest uses, and two more: five pages, the last one in part
HEADER = {"magic": 0, "version": 8, "size": 12, "memory": 16, "frames": 20, "disk": 32, "features": 36, "name": 72}
REGISTERS = 360 + 8  # of a state


# -- The line ------------------------------------------------------------------------------------------


def damaged(unit):
    return unit[:len(unit) // 2] + bytes([unit[len(unit) // 2] ^ 0x10]) + unit[len(unit) // 2 + 1:]


def shortened(unit):
    return unit[:len(unit) // 2] + unit[len(unit) // 2 + 1:]


class BadLine:
    """A rule: some frames and answers are damaged, lost, shortened or doubled when they come for the first time, among
    them the commit and its answer."""

    FAULTS = {0: lambda unit: b"", 1: damaged, 5: shortened, 9: lambda unit: 2 * unit}
    ANSWERS = {2: lambda unit: b"", 4: damaged, 8: shortened, 11: lambda unit: 2 * unit}

    def __init__(self):
        self.seen = set()
        self.commit = None
        self.count = 0

    def fault_of(self, letter, number, unit):
        if is_commit(unit):
            self.commit = number
        if number == self.commit:
            return damaged
        return (self.FAULTS if letter == "U" else self.ANSWERS).get(number)

    def __call__(self, sender, letter, number, unit):
        fault = self.fault_of(letter, number, unit)
        if not fault or (letter, number) in self.seen:
            return unit
        self.seen.add((letter, number))
        self.count += 1
        return fault(unit)


class Recorder:
    """A rule that keeps the frames' contents."""

    def __init__(self):
        self.bodies = {}

    def __call__(self, sender, letter, number, unit):
        if letter == "U":
            self.bodies[number] = unit[FRAME.size:-4]
        return unit

    def sections(self):
        """The sections behind the hello: (type, body)."""
        data = b"".join(self.bodies[number] for number in sorted(self.bodies)[1:])
        found, at = [], 0
        while at < len(data):
            kind, size = SECTION.unpack_from(data, at)
            found.append((kind, data[at + SECTION.size:at + SECTION.size + size]))
            at += SECTION.size + size
        return found


# -- Between two machines ------------------------------------------------------------------------------


def move(writer, source, target, name, text):
    """The guest goes on behind its last beat. Returns its new name."""
    target.do("receive com2")
    source.do(f"send {name} com2")
    moved = source.match(rf"guest {name}: moved: (\d+) KB in (\d+) rounds, and it stood still for (\d+) ms")
    last = source.beats(name)[-1]
    new = target.match(rf"guest ({name}(?:-\d+)?): received: \d+ KB, goes on at")[1]
    first = target.next_beat(new)
    writer.result(first == last + 10, f"{text}: {moved[0]}", [last, first])
    return new


def between_two(writer):
    disk = f"{FOLDER}/disk"
    os.makedirs(FOLDER, exist_ok=True)
    images.write_disk(disk, DISK_WORDS)
    with (Machine("a", [guest("x"), guest("other", ms=20), guest("big", "mem=64M", ms=50), guest("store", said=200), f"{disk} disk",
                        guest("reader", reads=1), f"{disk} disk ro",
                        guest("busy", image="snapshot-beats-pae", ms=2, line=100, pages=18)]) as a,
          Machine("b", [guest("third", ms=20)], words=["-m", "64"]) as b):
        line = Line(connect(a.path), connect(b.path))
        for name in ("x", "other", "big", "busy", "store", "reader"):
            a.next_beat(name)
        b.next_beat("third")
        writer.result("nothing to stop" in b.do("receive stop"), "there is nothing to stop")
        writer.result("is received by com2" in b.do("receive com1"), "another port is refused")
        writer.result("is sent by com2" in a.do("send x debugcon"), "another port is refused")

        b.do("receive com2")
        a.do("send big com2")
        a.match("guest big: not sent: the receiver on com2 refuses it; it goes on here")
        writer.result(b.match(r"receive: no guest: guest big needs \d+ KB, .*, and \d+ KB are free"),
                      "a machine without memory for a guest refuses it in one line")
        a.next_beat("big")
        writer.result(True, "and it goes on where it was")

        recorder = line.rule = Recorder()
        writer.result(move(writer, a, b, "x", "a guest moves") == "x", "it has its name there")
        line.rule = lambda sender, letter, number, unit: unit
        store = move(writer, a, b, "store", "a guest moves with its disk, which it reads and writes")
        store = move(writer, b, a, store, "it moves back, and the disk with it")
        writer.result(store != "store", "a guest whose name is in use gets another one", [store])
        kept = line.rule = Recorder()
        move(writer, a, b, "reader", "a guest moves with a disk that it can only read")
        pages = [body for kind, body in kept.sections() if kind == DISK]
        used = 4 + 4 * DISK_WORDS % PAGE_SIZE
        writer.result(len(pages) == 5 and any(pages[-1][:used]) and not any(pages[-1][used:]),
                      "behind the end of the disk are zeroes", [len(pages), pages[-1][used:used + 16].hex()])
        line.rule = bad = BadLine()
        b.do("receive com2")
        a.do("send busy com2")
        moved = a.match(r"guest busy: moved: (\d+) KB in (\d+) rounds")
        last = a.beats("busy")[-1]
        b.match("guest busy: received: ")
        first = b.next_beat("busy")
        writer.result(first == last + 100, f"a PAE guest that writes faster than it is sent moves over a line with "
                      f"{bad.count} faults: {moved[0]}", [last, first])
        b.next_beat("busy")
        for vm, names in ((a, ("other", "big", store)), (b, ("third", "x", "busy", "reader"))):
            for name in names:
                vm.next_beat(name)
                beats = vm.beats(name)
                step = 100 if name == "busy" else 10
                gaps = [pair for pair in zip(beats, beats[1:]) if pair[1] != pair[0] + step]
                writer.result(not gaps, f"{name} misses no beat", [beats[0], beats[-1], gaps])
        a.finish(writer, "no frame is lost on one machine")
        b.finish(writer, "no frame is lost on the other machine")
    return recorder.sections()


# -- A line that breaks --------------------------------------------------------------------------------
# Each is a generator that waits for half a minute in its middle, where the others begin.


@contextlib.contextmanager
def pair(name):
    guests = [guest("x", ms=50), guest("other", ms=50)]
    with (Machine(f"{name}-a", guests, machine.RELEASE_BUILD) as a,
          Machine(f"{name}-b", guests[1:], machine.RELEASE_BUILD) as b):
        line = Line(connect(a.path), connect(b.path))
        a.next_beat("x")
        b.next_beat("other")
        yield a, b, line


def begin(a, b):
    b.do("receive com2")
    a.do("send x com2")


def breaks_in_round(writer):
    with pair("round") as (a, b, line):
        a.do("save x")
        a.match("guest x: saved: ")
        frames = a.memory("x")
        line.rule = lambda sender, letter, number, unit: unit if number < 20 else b""
        begin(a, b)
        b.match("guest x: being received")
        writer.result("one at a time" in a.do("send x com2") or "being sent" in a.do("send x com2"),
                      "a guest is not sent twice at once")
        writer.result("com2 is in use" in b.do("receive com2"), "one guest is received at a time")
        writer.result("com2 is in use" in b.do("save other com2"), "and none is saved there meanwhile")
        yield
        a.match("guest x: not sent: nothing answers on com2; it goes on here")
        b.match("guest x: not received: the sender is silent")
        beats = a.beats("x")
        writer.result(a.next_beat("x") and beats == list(range(beats[0], beats[-1] + 1, 10)),
                      "the line breaks in the first round: the guest goes on, and has missed no beat", [beats])
        writer.result(a.memory("x") == frames, "its clones' frames are free again", [frames])
        line.rule = lambda sender, letter, number, unit: unit
        move(writer, a, b, "x", "over the mended line it moves")
        a.finish(writer, "no frame is lost on the sender")
        b.finish(writer, "no frame is lost on the receiver")


def unsettled(writer, a):
    a.match("guest x: sent, but no answer says that it runs there")
    last = a.beats("x")[-1]
    writer.result(re.search("^x +unsettled", a.do("guests"), re.MULTILINE), "after the commit it stands still")
    for command in ("send x com2", "save x", "clone x", "restart x"):
        writer.result(re.search("is not|does not|is starting", a.do(command)), f"`{command}` is refused meanwhile")
    a.do("pause x")
    return last


def commit_is_lost(writer):
    with pair("commit") as (a, b, line):
        line.rule = lambda sender, letter, number, unit: b"" if is_commit(unit) else unit
        begin(a, b)
        yield
        last = unsettled(writer, a)
        b.match("guest x: not received: the sender is silent")
        writer.result("goes on" in a.do("resume x") and a.next_beat("x") == last + 10 and not b.beats("x"),
                      "the commit is lost: the guest goes on after `resume`", [last, a.beats("x")])
        a.finish(writer, "no frame is lost on the sender")
        b.finish(writer, "no frame is lost on the receiver")


def answer_is_lost(writer):
    commits = set()

    def rule(_sender, letter, number, unit):
        if is_commit(unit):
            commits.add(number)
        return b"" if letter == "A" and number in commits else unit

    with pair("answer") as (a, b, line):
        line.rule = rule
        begin(a, b)
        yield
        b.match("guest x: received: ")
        last = unsettled(writer, a)
        writer.result("has not been sent" in b.do("discard x"), "the guest that runs cannot be discarded")
        a.do("discard x")
        a.next_beat("other")
        writer.result("guest x: moved: discarded here" in a.all and b.beats("x")[0] == last + 10 and
                      a.beats("x")[-1] == last,
                      "the answer to the commit is lost: the guest runs on the other machine only", [last])
        a.finish(writer, "no frame is lost on the sender")
        b.finish(writer, "no frame is lost on the receiver")


def breaks(writer):
    scenes = [scene(writer) for scene in (breaks_in_round, commit_is_lost, answer_is_lost)]
    for scene in scenes:
        next(scene)
    for scene in scenes:
        next(scene, None)


# -- A hostile sender ----------------------------------------------------------------------------------


def sums_of(data):
    total = sums = 0
    for word, in struct.iter_unpack("<I", data):
        total += word
        sums += total
    return struct.pack("<II", total & 0xFFFFFFFF, sums & 0xFFFFFFFF)


def pack(sections):
    return b"".join(SECTION.pack(kind, len(body)) + body for kind, body in sections)


class Sender:
    """Sends what it is told to, by frames that are right."""

    def __init__(self, path):
        self.line = connect(path)
        self.session = self.number = 0
        self.last = b""

    def frame(self, body):
        """Sends a frame; returns the letter of its answer."""
        number = self.number
        frame = FRAME.pack(b"UM", len(body), number) + body
        self.last = frame + struct.pack("<I", zlib.crc32(frame) ^ (self.session if number else 0))
        self.number += 1
        return self.repeat()

    def repeat(self):
        self.line.sendall(self.last)
        data = b""
        while len(data) < ANSWER_SIZE:
            data += self.line.recv(ANSWER_SIZE - len(data))
        return chr(data[0])

    def hello(self, magic=MAGIC, version=VERSION):
        self.number = self.session = 0
        letter = self.frame(HELLO.pack(magic, version, SESSION))
        self.session = SESSION
        return letter

    def stream(self, data):
        """Sends it until it is refused; returns the last letter."""
        for at in range(0, len(data), 1024):
            if (letter := self.frame(data[at:at + 1024])) != "A":
                return letter
        return "A"


def words_set(state, at, *values):
    return state[:at] + struct.pack(f"<{len(values)}I", *values) + state[at + 4 * len(values):]


def faults(sections):
    """(name, what the line says, sections): some are right, and the last one is not."""
    first = sections[0][1]
    last = next(body for kind, body in sections[1:] if kind == STATE)
    page = next(body for kind, body in sections if kind == PAGE)
    early = [(STATE, first)]
    both = [(STATE, first), (STATE, last)]

    def header(field, *values):
        return [(STATE, words_set(first, 4 + HEADER[field], *values))]

    def with_disk(size):
        """The block device has two frames above the memory (docs/abi.md)."""
        frames, = struct.unpack_from("<I", first, 4 + HEADER["frames"])
        return [(STATE, words_set(words_set(first, 4 + HEADER["disk"], size), 4 + HEADER["frames"], frames + 2))]

    def ended(state):
        body = [(STATE, first), (STATE, state)]
        return body + [(END, sums_of(pack(body) + SECTION.pack(END, 8)))]

    yield "another file's header", "it is no snapshot", header("magic", 0)
    yield "a later version", "its version is 2", header("version", 2)
    yield "2 GB of memory", "KB are free", header("memory", 0x80000000, 0x80000)
    yield "3 GB and a byte", "its header is damaged", header("memory", 0xC0000001)
    yield "too many frames", "its header is damaged", header("frames", 0xFFFFFFFF)
    yield "one frame more", "with the devices of this Umbra", header("frames", struct.unpack_from("<I", first, 24)[0] + 1)
    yield "a CPU of another world", "which this one lacks", header("features", 0xFFFFFFFF)
    yield "a name that moves the cursor", "its name is none", header("name", 0x4A325B1B, 0)
    yield "flags of a state", "a state that it must not send", [(STATE, words_set(first, 0, 4))]
    yield "a page before the state", "none of the guest's", [(PAGE, page)]
    yield "an end before the state", "it ends too early", [(END, bytes(8))]
    yield "a commit before the end", "it sends a section 18", early + [(COMMIT, b"")]
    yield "an unknown section", "it sends a section 12 of 4 bytes", early + [(12, bytes(4))]
    yield "a page of 4 GB", "of 4294967295 bytes", early + [(PAGE, None)]
    yield "a page beyond the memory", "none of the guest's", early + [(PAGE, words_set(page, 0, 0xFFFFFFFF))]
    yield "zeroes beyond the memory", "none of the guest's", early + [(ZERO, struct.pack("<I", 0x100000))]
    yield "a page of a disk that it has not", "page 0 of the disk, which is none", early + [(DISK, words_set(page, 0, 0))]
    yield "half a sector of disk", "its header is damaged", header("disk", 256)
    yield "4 GB of disk", "KB are free", with_disk(0xFFFFFE00)
    yield "a page beyond the disk", "page 0x2 of the disk", with_disk(0x1200) + [
        (DISK, words_set(page, 0, 0)), (DISK, words_set(page, 0, 1)), (DISK, words_set(page, 0, 2))]
    yield "another disk in the last state", "it has become another guest", with_disk(0x1200) + [(STATE, last)]
    yield "an end without the last state", "it ends too early", early + [(END, bytes(8))]
    yield "a second state that is not the last", "a state that it must not send", early + early
    yield "a state after the last one", "a state that it must not send", both + [(STATE, last)]
    yield "a state of another guest", "it has become another guest", early + [
        (STATE, words_set(last, 4 + HEADER["memory"], 0x200000))]
    yield "wrong sums", "its sums are wrong", both + [(END, bytes(8))]
    yield "registers of ring 0", "bad registers", ended(words_set(last, 4 + REGISTERS + 48, 0x60))
    yield "a page directory beyond", "bad", ended(words_set(last, 4 + 356 + 8 + 88 + 8 + 516 + 8 + 256 + 8 + 2048 + 8 + 20
                                                            + 8 + 24 + 8 + 4, 0xFFFFF000))
    yield "a page after the end", "it sends a section 10", ended(last) + [(PAGE, page)]


def packed_fault(sections):
    """A body of None: a section that claims 4 GB."""
    return b"".join(SECTION.pack(kind, 0xFFFFFFFF) if body is None else pack([(kind, body)]) for kind, body in sections)


def refused(writer, vm, sender, name, wanted, data, hello=None):
    vm.do("receive com2")
    letter = sender.hello(**(hello or {}))
    ends = data.find(SECTION.pack(END, 8))
    if letter == "A" and ends >= 0:  # nothing is in a frame behind the end
        letter = sender.stream(data[:ends + 16])
        data = data[ends + 16:]
    if letter == "A" and data:
        letter = sender.stream(data)
    line = vm.match(r"^umbra: .*(?:not received|no guest): (.*)\n")[1]
    again = sender.repeat()
    writer.result(letter == again == "N" and re.search(wanted, line), f"{name}: {line}", [letter, again])


def hostile(writer, sections):
    with Machine("hostile", [guest("third")]) as vm:
        vm.next_beat("third")
        sender = Sender(vm.path)
        vm.do("receive com2")
        sender.line.sendall(bytes(range(256)) * 4 + b"UM\xFF\xFF" + b"U" * 100 + FRAME.pack(b"UM", 1024, 0) + bytes(1028))
        vm.next_beat("third")
        vm.next_beat("third")
        writer.result("receive: no guest: given up" in vm.do("receive stop"),
                      "noise is not answered, and `receive stop` gives up")
        refused(writer, vm, sender, "another magic", "what comes is no move", b"", {"magic": b"UMBRA\r\n\x1A"})
        refused(writer, vm, sender, "another version", "the sender's version is 1", b"", {"version": 1})
        for name, wanted, some in faults(sections):
            refused(writer, vm, sender, name, wanted, packed_fault(some))
        lines = len(re.findall(r"(?:not received|no guest): ", vm.all))
        vm.do("receive com2")
        sender.hello()
        sender.stream(pack(sections[:-1]))
        writer.result("guest x: not received: given up" in vm.do("receive stop"), "a guest that is ready can be given up")
        vm.do("receive com2")
        sender.hello()
        sender.stream(pack(sections[:-1]))
        letters = [sender.stream(pack(sections[-1:]))]
        vm.match("guest x: received: ")
        letters += [sender.repeat() for _ in range(3)]
        vm.next_beat("x")
        vm.next_beat("third")
        writer.result(letters == ["A"] * 4, "a commit that comes again is answered again", [letters])
        writer.result(len(re.findall(r"(?:not received|no guest): ", vm.all)) == lines + 1, "one line for each refusal")
        vm.finish(writer, "no frame is lost by all these")


def main(writer):
    hostile(writer, between_two(writer))
    if os.environ.get("LONG"):
        breaks(writer)


if __name__ == "__main__":
    sys.exit(tap.run(main))
