#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user's own guest, from `make new-guest` on, in a copy of the sources: how it ends is checked, and a
mistake in it does not stop the other images. And wrong words for make."""

import glob
import os
import re
import shutil
import subprocess
import sys

from lib import tap
from lib.images import BUILD, read

TREE = f"{BUILD}/tests/tree"
SOURCES = ["Makefile", "linker.ld", "abi", "arch", "boot", "guest", "hv", "iso", "lib", "mm", "tests",
           "tools"]
BUILT = ["flags", "version", "release", "debug", "kit", "umbra.elf", "guest"]
GUEST = f"{TREE}/guest/images/x"

# Of the call of make that runs this test.
NOT_FOR_THIS = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BUILD", "ALL_TOOLS")


def copy_tree():
    """With the times of files, so that little has to be built."""
    shutil.rmtree(TREE, ignore_errors=True)
    os.makedirs(f"{TREE}/build")
    for name in SOURCES:
        subprocess.run(["cp", "-a", name, TREE], check=True)
    for name in BUILT:
        subprocess.run(["cp", "-a", f"{BUILD}/{name}", f"{TREE}/build"], check=True)


def make(*words):
    """Status and output of make in the copy."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_THIS}
    run = subprocess.run(["make", *words], cwd=TREE, env=environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         errors="replace", check=False)
    return run.returncode, run.stdout


def change(path, old, new):
    text = read(path)
    assert text.count(old) == 1, f"{path}: {old}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


def its_end(writer):
    status, output = make("new-guest", "NAME=x")
    writer.result(status == 0, "make new-guest NAME=x", [output])
    status, output = make("test-x")
    writer.result(status == 0 and re.search(r"^ok 1 - x$", output, re.MULTILINE), "make test-x passes",
                  [output])
    built = glob.glob(f"{TREE}/build/tests/*.elf")
    writer.result(not built, "and builds no other test's image", built)
    status, output = make("run-x")
    writer.result(status == 0 and "umbra: guest x: shut down: x is done" in output, "so does make run-x",
                  [output])
    change(f"{GUEST}/x.c", '"x is done"; /*', '"x has failed"; /*')
    status, output = make("test-x")
    writer.result(status != 0 and "# expected: shut down \"x is done\"" in output,
                  "test-x fails if it ends otherwise than it says", [output])
    status, output = make("run-x")
    writer.result(status != 0 and 'guest x should have ended: shut down "x is done"' in output,
                  "so does run-x", [output])
    status, output = make("run-x", "APPEND=paging=2level", "QEMU_FLAGS=-m 2")
    writer.result(status != 0, "and where it does not even start", [output])


def its_words(writer):
    """What its .mk says."""
    with open(f"{GUEST}/x.mk", "w", encoding="utf-8") as file:
        file.write("pea := y\n\tif nonsense (\n# a comment\nnative := n\n")
    _, output = make("run-hello")
    said = re.findall(r"^guest/images/x/x\.mk:(\d): \"(.*)\" is not understood: write high := y, pae "
                      r":= y or native := y$", output, re.MULTILINE)
    writer.result(said == [("1", "pea := y"), ("2", "\tif nonsense (")],
                  "what is not understood in its .mk is named", [output])
    writer.result("umbra: guest hello: shut down: goodbye" in output, "and breaks nothing", [output])
    with open(f"{GUEST}/x.mk", "w", encoding="utf-8") as file:
        file.write("pae := y\n")
    status, output = make("run-x-pae", "APPEND=stats")
    writer.result("umbra: guest x-pae: shut down: x has failed" in output and
                  os.path.exists(f"{TREE}/build/guest/x-pae.elf"), "pae := y", [output])
    with open(f"{GUEST}/x.mk", "w", encoding="utf-8") as file:
        file.write("native := y\n")
    status, output = make("run-native-x", "APPEND=greeting=hi")
    writer.result(status == 0 and "hi from x, ring 0\n" in output.replace("\r", ""),
                  "native := y: the bare machine", [output])
    os.remove(f"{GUEST}/x.mk")
    status, output = make("run-x-pae")
    writer.result(status != 0 and "no guest image is called x-pae" in output,
                  "without pae := y the image is gone", [output])


def its_mistakes(writer):
    change(f"{GUEST}/x.c", "paging_start();", "paging_start()")
    status, output = make("iso")
    built = read(f"{TREE}/build/guest/built").split()
    writer.result(status == 0 and "build/guest/x.elf does not build, and is left out" in output,
                  "a guest that does not build is left off the disc", [output])
    writer.result("build/guest/demo.elf" in built and "build/guest/x.elf" not in built,
                  "the others are on it", built)
    status, output = make("run-hello")
    writer.result(status == 0 and "umbra: guest hello: shut down: goodbye" in output,
                  "and run", [output])
    status, output = make("run-x")
    writer.result(status != 0 and "error:" in output, "it does not, and it is said why", [output])
    change(f"{GUEST}/x.c", "paging_start()", "paging_start();")
    status, output = make("iso")
    built = read(f"{TREE}/build/guest/built").split()
    writer.result(status == 0 and "build/guest/x.elf" in built, "without the mistake it is on it",
                  [output])


def words_of_make(writer):
    before = set(os.listdir(TREE))
    for name in ("a folder", "folder ", ""):
        status, output = make(f"BUILD={name}", "run-hello")
        writer.result(status != 0 and f"BUILD={name}: the name of one folder, please" in output,
                      f"BUILD={name or '(nothing)'} is refused", [output])
    writer.result(set(os.listdir(TREE)) == before, "and no folder is made", os.listdir(TREE))
    for words, answer in ((["debug", "GUEST=nosuch"], "GUEST=nosuch: no guest image is called so; there "
                           "are: bench demo hello script"),
                          (["run-native-hello"], "build/guest/hello.elf does not run on the bare "
                           "machine: write native := y into hello.mk"),
                          (["run-nosuch"], "no guest image is called nosuch; there are: "),
                          (["test-nosuch"], "no such test: nosuch"),
                          (["run-script", "SCRIPT=/nonexistent"],
                           "SCRIPT=/nonexistent: there is no such file.")):
        status, output = make(*words)
        writer.result(status != 0 and answer in output and "umbra-connect" not in output,
                      f"make {' '.join(words)}: {answer}", [output])


def main(writer):
    copy_tree()
    its_end(writer)
    its_words(writer)
    its_mistakes(writer)
    words_of_make(writer)
    shutil.rmtree(TREE)


sys.exit(tap.run(main))
