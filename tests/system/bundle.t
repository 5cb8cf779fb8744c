#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A bundle boots several guests from one file, made by tools/bundle or by GNU cpio. A bundle with a fault gets one
line. tools/bundle names wrong input."""

import os
import re
import shutil
import subprocess
import sys

from lib import images, machine, tap, verdict
from lib.images import BUILD

FOLDER = f"{BUILD}/tests/bundle"
HELLO = f"{BUILD}/guest/hello.elf"
SCRIPT = "tests/scripts/01-linear-map.txt"


def run(*words, **more):
    """Status and output of a command."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, **more)
    return done.returncode, done.stdout


def pack(name, lines, *words):
    """A bundle with these lines."""
    path = f"{FOLDER}/{name}.cpio"
    subprocess.run(["tools/bundle", "-o", path, *[word for line in lines for word in ("-l", line)], *words], check=True)
    return path


def boot(name, modules, append="console=serial run=sequence"):
    return machine.boot_kernel(f"{FOLDER}/{name}.log", modules, append=append)


def images_of_bundle():
    return [images.guest_image("demo"), images.guest_image("hello"), images.image_of_script(SCRIPT)]


def problems_of(result, chosen):
    lives = verdict.lives_of(result.lines())
    return [f"{image.name}: {problem}" for image in chosen for problem in verdict.guest_problems(image, lives)] + \
        verdict.boot_problems(result, chosen)


# -- Boots -----------------------------------------------------------------------------------------


def three_guests(writer):
    """QEMU passes the bundle's file as its string, and no command line of Umbra's own."""
    chosen = images_of_bundle()
    lines = ["umbra console=serial run=sequence", *[module for image in chosen for module in image.modules]]
    result = boot("three", [pack("three", lines)], append="")
    problems = problems_of(result, chosen)
    writer.result(not problems, "demo, hello and a script run from one bundle, which has Umbra's options too",
                  problems + verdict.log_tail(result))


def in_order(writer):
    """Modules of bundles and others, and a bundle by its kind."""
    first = pack("first", [f"{HELLO} kernel name=b mem=2M", "umbra run=parallel monitor=guests",
                           f"{HELLO} kernel name=c mem=2M"])
    second = pack("second", ["e.elf kernel mem=2M"], f"e.elf={HELLO}")
    result = boot("order", [f"{HELLO} kernel name=a mem=2M", f"{first} bundle",
                            f"{HELLO} kernel name=d mem=2M", second])
    events = re.findall(r"^umbra: guest (\w): (\w+)", "\n".join(result.lines()), re.MULTILINE)
    writer.result([name for name, event in events if event == "starting"] == list("abcde"),
                  "bundles and other modules keep their order", [events])
    writer.result(events == [(name, event) for name in "abcde" for event in ("starting", "shut")],
                  "run=sequence of the boot loader wins over the bundle's run=parallel", [events])
    writer.result("umbra: monitor: guests" in result.text and result.status == machine.STATUS_DONE,
                  "an option that only the bundle has is used", verdict.log_tail(result))


def by_cpio(writer):
    """GNU cpio's archives, with and without sums; a file that is named twice is used twice."""
    folder = f"{FOLDER}/tree"
    os.makedirs(f"{folder}/guests", exist_ok=True)
    with open(HELLO, "rb") as elf, open(f"{folder}/guests/hello.elf", "wb") as copy:
        copy.write(elf.read())
    with open(f"{folder}/umbra.cfg", "w", encoding="utf-8") as file:
        file.write("guests/hello.elf kernel name=one mem=2M\r\n./guests/hello.elf kernel name=two mem=2M\r\n")
    for archive in ("newc", "crc"):
        path = f"{FOLDER}/by-cpio-{archive}.cpio"
        with open(path, "wb") as out:
            subprocess.run(["cpio", "--quiet", "-o", "-H", archive], cwd=folder, stdout=out, check=True,
                           input=b"./guests\n./guests/hello.elf\n./umbra.cfg\n")
        result = boot(f"by-cpio-{archive}", [path])
        starts = [life.name for life in verdict.lives_of(result.lines())]
        writer.result(starts == ["one", "two"] and result.status == machine.STATUS_DONE,
                      f"a bundle by GNU cpio boots: -H {archive}", [starts] + verdict.log_tail(result))


def faults(writer):
    """A cut bundle and an initrd behind it, a bundle of too many modules, and a disk that is an image too."""
    whole = pack("whole", [f"{HELLO} kernel name=lost mem=2M"])
    with open(whole, "rb") as file, open(f"{FOLDER}/cut.cpio", "wb") as cut:
        cut.write(file.read(5000))
    size = os.path.getsize(HELLO)
    many = pack("many", [f"{HELLO} kernel name=m{n} mem=2M" for n in range(383)])
    disk = pack("disk", [f"{HELLO} kernel name=last mem=2M", f"{HELLO} disk"])
    result = boot("faults", [f"{HELLO} kernel name=first mem=2M", f"{FOLDER}/cut.cpio bundle", "README.md initrd", many,
                             disk])
    lines = [line for line in result.lines() if line.startswith("umbra: module ")]
    expected = [f"module 2: bundle, entry 2 at byte [0-9]+, {HELLO}: its {size} bytes go beyond the archive's end",
                "module 4: bundle, umbra.cfg line 381 at byte [0-9]+: there are more than 384 modules",
                "module 6: its disk is module 5 too: it needs a file of its own, or the word ro"]
    writer.result(re.fullmatch("\n".join(f"umbra: {line}" for line in expected), "\n".join(lines)),
                  "each fault of a bundle has one line", lines + verdict.log_tail(result))
    starts = [life.name for life in verdict.lives_of(result.lines())]
    writer.result(starts == ["first", "last"] and result.status == machine.STATUS_SOME_FAILED,
                  "the other modules run, and the status is that of refused modules", [starts, result.status])


# -- tools/bundle ----------------------------------------------------------------------------------

# A wrong input and its message.
WRONG = [
    ([], "tools/bundle: which umbra.cfg? Or give its lines, each behind -l\n"),
    (["nowhere/umbra.cfg"], "tools/bundle: nowhere/umbra.cfg: No such file or directory\n"),
    (["-l", "nowhere.elf kernel"], "tools/bundle: ./nowhere.elf: No such file or directory\n"),
    (["-l", f"{HELLO} kernel", "x=y"], "tools/bundle: x=y: no line names x\n"),
    (["-l", f"{HELLO} kernel", "x"], "tools/bundle: x: write FILE=PATH\n"),
    (["-l", "umbra.cfg kernel"], "tools/bundle: -l:1: a file in a bundle cannot be called 'umbra.cfg'\n"),
    (["-l", "x" * 512], "tools/bundle: -l:1: the line is too long: at most 511 bytes\n"),
    ([word for _ in range(385) for word in ("-l", f"{HELLO} kernel")],
     "tools/bundle: -l:385: there are more than 384 modules\n"),
]


def the_tool(writer):
    out = f"{FOLDER}/tool.cpio"
    for words, message in WRONG:
        got = run("tools/bundle", "-o", out, *words)
        writer.result(got == (1, message), f"tools/bundle says: {message.strip()}", got)
    writer.result(not os.path.exists(out), "a wrong input makes no file")
    status, text = run("tools/bundle", "--help")
    writer.result(status == 0 and text.startswith("usage: tools/bundle -o OUT umbra.cfg"),
                  "--help prints the usage", [text])
    writer.result(run("tools/bundle", "--frob")[0] == 2, "an unknown option ends with 2")
    status, text = run("tools/bundle", "-o", "", "-l", f"{HELLO} kernel")
    writer.result(status == 2 and text.endswith("tools/bundle: error: -o: which file?\n"), "an empty name ends with 2",
                  [text])


def writes_whole_or_nothing(writer):
    """A bundle is written beside its place first."""
    place = f"{FOLDER}/place"
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(f"{place}/out", exist_ok=True)
    got = run("tools/bundle", "-o", f"{place}/out", "-l", f"{HELLO} kernel")
    writer.result(got == (1, f"tools/bundle: {place}/out: Is a directory\n") and os.listdir(place) == ["out"],
                  "a bundle that cannot be written leaves no file", [got, os.listdir(place)])


def names_with_equals_signs(writer):
    """FILE=PATH, and umbra.cfg, where names have a "=" in them."""
    folder = f"{FOLDER}/a=b"
    os.makedirs(folder, exist_ok=True)
    lines = ["x=y kernel mem=2M", "x initrd"]
    for name, text in (("p=q", "first"), ("p", "second"), ("umbra.cfg", "\n".join([*lines, ""]))):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    words = [f"x=y={folder}/p=q", f"x={folder}/p"]
    paths = []
    for source in (["-l", lines[0], "-l", lines[1]], [f"{folder}/umbra.cfg"]):
        paths.append(f"{FOLDER}/equals-{len(paths)}.cpio")
        status, text = run("tools/bundle", "-o", paths[-1], *source, *reversed(words))
        data = b""
        if status == 0:
            with open(paths[-1], "rb") as file:
                data = file.read()
        writer.result(b"x=y\0" in data and data.index(b"first") < data.index(b"second"),
                      f"a file's name may have a = in it: {source[0]}", [status, text])


def same_bytes(writer):
    """From umbra.cfg and from lines, with other times of the files."""
    folder = f"{FOLDER}/same"
    os.makedirs(folder, exist_ok=True)
    lines = ["# A comment", "", "\"a b\" kernel mem=2M", "umbra stats", "c initrd"]
    made = []
    for number, name in enumerate(["a b", "c", "umbra.cfg"] * 2):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]) if name == "umbra.cfg" else name)
        os.utime(file.name, (number, number * 1000))
        if name == "umbra.cfg":
            out = f"{FOLDER}/same-{number}.cpio"
            subprocess.run(["tools/bundle", "-o", out, f"{folder}/umbra.cfg"], check=True)
            made.append(out)
    made.append(pack("same-lines", lines, f"a b={folder}/a b", f"c={folder}/c"))
    contents = []
    for path in made:
        with open(path, "rb") as file:
            contents.append(file.read())
    writer.result(contents[0] == contents[1] == contents[2], "the same input gives the same bytes", made)
    with open(made[0], "rb") as file:
        listed = run("cpio", "--quiet", "-itv", "--numeric-uid-gid", stdin=file)[1].splitlines()
    writer.result([line.split(None, 8)[-1] for line in listed] == ["umbra.cfg", "a b", "c"], "GNU cpio lists a bundle",
                  listed)


def main(writer):
    os.makedirs(FOLDER, exist_ok=True)
    for test in (three_guests, in_order, by_cpio, faults, the_tool, writes_whole_or_nothing,
                 names_with_equals_signs, same_bytes):
        writer.part(test)


sys.exit(tap.run(main))
