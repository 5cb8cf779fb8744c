#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that is saved while it runs goes on, and a guest that is restored from the file goes on where the first one
was, more than once. A file that is cut or damaged anywhere, or that was saved on a CPU with more features, is refused
in one line, and no frame is lost."""

import importlib.machinery
import importlib.util
import os
import re
import select
import socket
import struct
import subprocess
import sys
import threading

from lib import images, machine, tap, terminal, verdict

FOLDER = f"{images.BUILD}/tests/snapshots"
BEATS, BEATS_SAVED = 1000, 300
REFUSED = "the snapshot cannot be restored: "
NOT_STARTED = "not started: its snapshot cannot be restored: "
MODULES = 40  # in one boot
DISK_SECTORS = 41  # five pages, and a sector

loader = importlib.machinery.SourceFileLoader("snapshot_tool", "tools/snapshot")
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("snapshot_tool", loader))
loader.exec_module(tool)


def save(name, module, wanted, ending, disk=None):
    """Boots a guest, saves it when it has printed a text, and lets it end. Returns the file."""
    path = f"{FOLDER}/{name}.snap"
    modules = [f"{images.BUILD}/{module}"] + ([f"{disk} disk"] if disk else [])
    with terminal.Terminal(modules, words=["-debugcon", f"file:{path}", *machine.INSTRUCTIONS_AWAKE]) as vm:
        vm.match(wanted)
        vm.type("\x01m")
        vm.match(r"umbra> ")
        if disk:  # from its clone on, the guest writes to pages of its own
            vm.type("clone x\r")
            vm.match("a clone of x, made")
            vm.type("console x\r")
            vm.match("--- guest x ---")
            vm.match(f"beat {BEATS_SAVED + 200}")
            vm.type("\x01m")
            vm.match(r"umbra> ")
        vm.type("save x\r")
        vm.match(r"guest x: saved: \d+ KB")
        vm.match(ending)
    return path


def restore(name, modules, **words):
    return machine.boot_kernel(f"{images.BUILD}/tests/snapshot-{name}.log", modules, **words)


def saved_and_restored(writer, name, module, wanted, ending, disk=None):
    path = save(name, module, wanted, ending, disk)
    writer.result(True, f"{name}: it goes on while it is saved, and ends well")
    checked = subprocess.run(["tools/snapshot", "check", path], capture_output=True, text=True, check=False)
    writer.result(checked.returncode == 0, f"{name}: the file is good", [checked.stdout, checked.stderr])
    booted = restore(name, [f"{path} snapshot name={twin}" for twin in ("one", "two")], append="console=serial")
    for twin in ("one", "two"):
        writer.result(re.search(f"guest {twin}: {ending}", booted.text), f"{name}: restored as {twin}, it ends well",
                      verdict.log_tail(booted))
    writer.result(booted.status == machine.STATUS_DONE, f"{name}: no frame is lost", verdict.log_tail(booted))
    return path, booted


# -- Wrong files ---------------------------------------------------------------------------------------

HEADER = tool.HEADER.size


def with_sums(data):
    """The file with the right sums, after a change."""
    body = data[:-8]
    return body + struct.pack("<II", *tool.sums_of(body))


def changed(data, at, value):
    """The file with another 32-bit word, and sums that are right."""
    return with_sums(data[:at] + struct.pack("<I", value & 0xFFFFFFFF) + data[at + 4:])


def cuts(snapshot):
    """The file cut at each boundary, and in the middle of each section; one of the pages stands for all."""
    for at, kind, size in snapshot.places:
        if kind != tool.PAGES or at < 20000:
            yield f"cut before {tool.NAMES[kind]}", snapshot.data[:at]
            yield f"cut in {tool.NAMES[kind]}", snapshot.data[:at + tool.SECTION.size + size // 2]


def header_faults(snapshot):
    fields = {"magic": 0, "version": 8, "size": 12, "memory": 16, "frames": 20, "paging": 24, "flags": 28,
              "disk": 32}
    for name, at in fields.items():
        word, = struct.unpack_from("<I", snapshot.data, at)
        yield f"other {name}", changed(snapshot.data, at, word + 0x10000001)
    yield "name without end", with_sums(snapshot.data[:72] + b"x" * 32 + snapshot.data[104:])
    yield "command line without end", with_sums(snapshot.data[:104] + b"x" * 256 + snapshot.data[360:])


def state_faults(snapshot):
    """Words of the sections that no guest could have: (section, offset, value)."""
    place = {kind: at + tool.SECTION.size for at, kind, _ in snapshot.places if kind != tool.PAGES}
    page = next(at for at, kind, _ in snapshot.places if kind == tool.PAGES)
    faults = [
        ("cs of ring 0", 1, 48, 0x60), ("cs of ring 2", 1, 48, 0x62), ("the hypervisor's cs", 1, 48, 0x108),
        ("ss of another ring", 1, 60, 0x6B), ("ds of the LDT", 1, 12, 0x6D), ("the hypervisor's ds", 1, 12, 0x110),
        ("gs beyond 16 bits", 1, 0, 0x10069), ("virtual-8086 mode", 1, 52, 0x20202), ("IOPL 3", 1, 52, 0x3202),
        ("interrupts off", 1, 52, 0x2), ("halted twice", 1, 64, 2), ("TS of 2", 1, 68, 2),
        ("a ring-0 stack", 1, 76, 0x68), ("a stack of 3 pages", 1, 84, 3),
        ("FPU format", 2, 0, 7), ("MXCSR", 2, 4 + 24, 0xFFFFFFFF),
        ("a ring-0 segment", 3, 12 * 8 + 4, 0x00CF9B00), ("a call gate", 3, 14 * 8 + 4, 0x0000EC00),
        ("a descriptor of the host's", 3, 16 * 8, 1), ("a task gate", 4, 14 * 8 + 4, 0x00008500),
        ("a gate for NMI", 4, 2 * 8 + 4, 0x00008F00), ("flagged twice", 5, 4, 2),
        ("page-table format", 7, 0, 3), ("an unaligned directory", 7, 4, 0x1001), ("a directory beyond", 7, 4, 0xFFFFF000),
        ("initialised twice", 7, 8, 2), ("lguest_data beyond", 7, 12, 0xFFFFFFFC), ("kernel address", 7, 16, 0xFFC00000),
        ("slot 64", 7, 20, 64), ("5 devices", 8, 0, 5), ("a device's type", 8, 4, 9), ("a device's state", 8, 8, 3),
        ("features", 8, 12, 0x80000000), ("a queue too many", 8, 16, 4), ("513 keys", 8, 164, 513),
    ]
    for name, kind, offset, value in faults:
        yield name, changed(snapshot.data, place[kind] + offset, value)
    yield "a page beyond", changed(snapshot.data, page + tool.SECTION.size, snapshot.frames)
    yield "a byte", snapshot.data[:page + 3000] + b"\xAA\x55" + snapshot.data[page + 3002:]
    yield "bytes of code for sums", snapshot.data[:-8] + bytes(8)


def disk_faults(snapshot):
    """Files of a guest with a disk."""
    at, size = next((at, size) for at, kind, size in snapshot.places if kind == tool.DISK)
    head, end = snapshot.data[:at], snapshot.data[at + tool.SECTION.size + size:]
    body = snapshot.data[at + tool.SECTION.size:at + tool.SECTION.size + size]
    section = tool.SECTION.pack(tool.DISK, size)
    yield "no disk", with_sums(head + end)
    yield "no room for its disk", with_sums(head[:20000])
    yield "half a disk", with_sums(head + tool.SECTION.pack(tool.DISK, size // 2) + body[:size // 2] + end)
    yield "two disks", with_sums(head + section + body + section + body + end)
    yield "a larger disk", changed(snapshot.data, 32, size + 512)
    yield "half a sector", changed(snapshot.data, 32, size + 256)
    yield "the largest disk", changed(snapshot.data, 32, 0xFFFFFE00)
    yield "a disk without devices", changed(snapshot.data, 28, 1)
    yield "a byte of the disk", head + section + bytes([body[0] ^ 1]) + body[1:] + end


def refused(writer, name, faults):
    """Boots all wrong files, and expects one line for each."""
    faults = list(faults)
    for first in range(0, len(faults), MODULES):
        some, modules = faults[first:first + MODULES], []
        for number, (_, data) in enumerate(some):
            path = f"{FOLDER}/{name}-{first + number}.snap"
            with open(path, "wb") as file:
                file.write(data)
            modules.append(f"{path} snapshot name=x{number}")
        booted = restore(f"{name}-{first}", modules)
        for number, (fault, _) in enumerate(some):
            lines = re.findall(rf"^umbra: (?:module {number + 1}|guest x{number}): .*$", booted.text, re.MULTILINE)
            good = len(lines) == 1 and (REFUSED in lines[0] or NOT_STARTED in lines[0])
            writer.result(good, f"{name}: {fault}: {lines[0].split('restored: ')[-1] if lines else ''}", lines)
        writer.result(booted.status in (machine.STATUS_SOME_FAILED, machine.STATUS_NONE_STARTED),
                      f"{name}: no frame is lost", verdict.log_tail(booted))
        for module in modules:
            os.remove(module.split()[0])


# -- The serial line -----------------------------------------------------------------------------------

DAMAGES = (3000, 100000, 200000)  # bytes of the line that are lost or changed


def pass_on(path, listener):
    """Joins QEMU's socket and the receiver's as a bad line: of the bytes from QEMU it changes some, and loses one."""
    qemu = socket.socket(socket.AF_UNIX)
    qemu.connect(path)
    receiver, _ = listener.accept()
    count = 0
    with qemu, receiver:
        while True:
            for end in select.select([qemu, receiver], [], [])[0]:
                data = bytearray(end.recv(4096))
                if not data:
                    return
                if end is receiver:
                    qemu.sendall(data)
                    continue
                first, count = count, count + len(data)
                for at in DAMAGES:
                    if first <= at < count:
                        data[at - first] ^= 0x10
                receiver.sendall(data[1:] if first == 0 else data)


def by_line(writer):
    """Saves by com2 over a bad line; without a receiver, the guest goes on and a line says so."""
    ours, theirs, path = f"{FOLDER}/line", f"{FOLDER}/receiver", f"{FOLDER}/com2.snap"
    for name in (ours, theirs):
        if os.path.exists(name):
            os.remove(name)
    words = ["-chardev", f"socket,id=com2,path={ours},server=on,wait=off", "-serial", "chardev:com2"]
    with terminal.Terminal([f"{images.BUILD}/tests/snapshot-beats.elf kernel name=x mem=4M -- beats=100000"],
                           words=words) as vm, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(theirs)
        listener.listen()
        vm.match("beat 100")
        threading.Thread(target=pass_on, args=(ours, listener), daemon=True).start()
        with subprocess.Popen(["tools/snapshot", "receive", f"unix:{theirs}", path], stdout=subprocess.PIPE,
                              text=True) as receiver:
            vm.type("\x01m")
            vm.match(r"umbra> ")
            vm.type("save x com2\r")
            vm.match(r"guest x: saved: \d+ KB")
            said = receiver.communicate()[0]
        writer.result(receiver.returncode == 0 and "good" in said, "a bad line brings a good snapshot", [said])
        vm.type("save x com3\r")
        writer.result(vm.match("x is not saved: a port is debugcon or com2"), "another port is refused")
    booted = restore("com2", [f"{path} snapshot timeout=1"])
    writer.result("guest x: timed out after 1 s" in booted.text and "beat" in booted.text,
                  "it can be restored, and its time limit is the new machine's", verdict.log_tail(booted))


def wrong_words(writer):
    """What tools/snapshot says of a line and of files that it cannot use: the one at fault is named."""
    for words, said in ((["receive", "unix:/nowhere", f"{FOLDER}/none"], "snapshot: unix:/nowhere: No such file or directory"),
                        *((["receive", f"tcp:{place}", f"{FOLDER}/none"],
                           f"snapshot: tcp:{place}: write tcp:HOST:PORT, with a port from 1 to 65535") for place in
                          ("localhost", "localhost:port", "localhost:0", "localhost:65536", ":1234")),
                        (["receive", "README.md", f"{FOLDER}/none"],
                         "snapshot: README.md: it is no serial device; a socket is unix:PATH or tcp:HOST:PORT"),
                        *((["receive", "unix:/nowhere", path], f"snapshot: {path}: a file of this name cannot be written")
                          for path in ("/nowhere/x", FOLDER)),
                        (["show", "/nowhere"], "snapshot: /nowhere: No such file or directory"),
                        (["check", "README.md"], "snapshot: README.md: it is no snapshot")):
        done = subprocess.run(["tools/snapshot", *words], capture_output=True, text=True, check=False)
        writer.result(done.returncode == 1 and done.stderr.startswith(said) and done.stderr.count("\n") == 1,
                      f"`{' '.join(words[:2])}` is answered in one line", [done.stderr])


def main(writer):
    os.makedirs(FOLDER, exist_ok=True)
    wrong_words(writer)
    for image in ("demo", "demo-pae"):
        saved_and_restored(writer, image, f"guest/{image}.elf kernel name=x mem=4M", r"is killed",
                           r"shut down: demo: all \d+ checks passed")
    for image, words in (("snapshot-beats", ""), ("snapshot-beats-pae", ""), ("snapshot-beats", " devices=off")):
        name = image + words.strip().replace("=", "-")
        plain = "plain" if words else ""
        path, booted = saved_and_restored(
            writer, name, f"tests/{image}.elf kernel name=x mem=4M{words} -- beats={BEATS} {plain}", f"beat {BEATS_SAVED}",
            "shut down: every beat was right")
        beats = sorted(set(int(beat) for beat in re.findall(r"beat (\d+)", booted.text)))
        writer.result(BEATS_SAVED + 100 in beats, f"{name}: it goes on behind beat {BEATS_SAVED}", [str(beats)])

    snapshot = tool.read(f"{FOLDER}/snapshot-beats.snap")
    shown = "\n".join(tool.show(snapshot))
    writer.result("guest x: 4096 KB" in shown and "two-level" in shown, "`show` has its facts in words", [shown])
    refused(writer, "cut", cuts(snapshot))
    refused(writer, "header", header_faults(snapshot))
    refused(writer, "state", state_faults(snapshot))
    with open(f"{FOLDER}/disk.img", "wb") as file:
        file.write(bytes(DISK_SECTORS * 512 + 100))
    path, _ = saved_and_restored(
        writer, "disk", f"tests/snapshot-beats.elf kernel name=x mem=4M -- beats={BEATS}", f"beat {BEATS_SAVED}",
        "shut down: every beat was right", f"{FOLDER}/disk.img")
    snapshot = tool.read(path)
    writer.result(any("a disk of 20 KB" in line for line in tool.show(snapshot)), "`show` has its disk")
    refused(writer, "disk", disk_faults(snapshot))
    by_line(writer)
    path = f"{FOLDER}/snapshot-beats.snap"
    booted = restore("old-cpu", [f"{path} snapshot"], words=["-cpu", "pentium,+pae"])
    writer.result("has seen a CPU with CMOV, which this one lacks" in booted.text,
                  "a CPU without CMOV refuses the snapshot by that name", verdict.log_tail(booted))
    booted = restore("other-rate", [f"{path} snapshot"], clock=machine.REAL_TIME)
    writer.result(booted.status == machine.STATUS_DONE, "a machine with another TSC shows the guest its old rate",
                  verdict.log_tail(booted))
    booted = restore("new-cpu", [f"{path} snapshot"], words=["-cpu", "max"])
    writer.result(booted.status == machine.STATUS_DONE, "a CPU with more features takes it", verdict.log_tail(booted))


sys.exit(tap.run(main))
