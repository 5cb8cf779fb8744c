#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user's own guest, from `make new-guest` on, in a copy of the sources. Its end is checked, and a mistake in it does
not stop the other images. make names wrong words."""

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

# Variables of the make that runs this test: the make in the copy must not get them.
NOT_FOR_THIS = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BUILD", "ALL_TOOLS")


def copy_tree():
    """Copies the sources and the build with the files' times, so that little has to be built."""
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


# Names that cannot work, and the answer's end.
WRONG_NAMES = [
    *((name, "another image is called so") for name in ("kit", "walk")),
    *((name, "guest/images/%s is there already" % name) for name in ("demo", "hello")),
    *((name, "end with -pae") for name in ("demo-pae", "y-pae")),
    *((name, "a script is called so") for name in ("01-linear-map", "script-01-linear-map")),
    *((name, f"run-{name} or test-{name} is another target") for name in
      ("many", "linux", "bochs", "long", "boot", "programs", "under-load", "nightly")),
    *((name, f"test-{name} runs all {name}") for name in ("images", "scripts", "guests")),
    ("script", "guest/images/script is there already"),
    ("lab", "the guest of make lab is called so"),
    ("native-y", "run-native-y is the target for an image on the bare machine"),
    ("y" * 28, "at most 27 characters"),
    *((name, "without - in front: make new-guest NAME=x") for name in ("", "-x", "Y", "a/b", "a b", "a'b")),
]


def its_name(writer):
    """A name that another image, a script or a target has is refused, and makes no folder."""
    before = sorted(os.listdir(f"{TREE}/guest/images"))
    for name, answer in WRONG_NAMES:
        done = subprocess.run(["tools/new-guest.sh"], cwd=TREE, capture_output=True, text=True, check=False,
                              env={**os.environ, "NAME": name, "TAKEN": "bench bench-pae kit walk-pae"})
        writer.result(done.returncode == 1 and done.stderr.endswith(f"{answer}\n"), f"NAME={name} is refused: {answer}",
                      [done])
    for name in ("kit", "panic", "page-walk"):
        status, output = make("new-guest", f"NAME={name}")
        writer.result(status != 0 and output.startswith(f"NAME={name}: another image is called so\n"),
                      f"make new-guest NAME={name} is refused: an image of tests/ has this name", [output])
    writer.result(sorted(os.listdir(f"{TREE}/guest/images")) == before, "a refused NAME= makes no folder",
                  os.listdir(f"{TREE}/guest/images"))


def its_end(writer):
    status, output = make("new-guest", "NAME=x")
    writer.result(status == 0, "make new-guest NAME=x succeeds", [output])
    status, output = make("test-x")
    writer.result(status == 0 and re.search(r"^ok 1 - x$", output, re.MULTILINE), "make test-x passes",
                  [output])
    built = glob.glob(f"{TREE}/build/tests/*.elf")
    writer.result(not built, "make test-x builds no other test's image", built)
    status, output = make("run-x")
    writer.result(status == 0 and "umbra: guest x: shut down: x is done" in output, "make run-x passes",
                  [output])
    change(f"{GUEST}/x.c", '"x is done"; /*', '"x has failed"; /*')
    status, output = make("test-x")
    writer.result(status != 0 and "# expected: shut down \"x is done\"" in output,
                  "make test-x fails if the guest ends otherwise than it declares", [output])
    status, output = make("run-x")
    writer.result(status != 0 and 'guest x should have ended: shut down "x is done"' in output,
                  "make run-x fails if the guest ends otherwise than it declares", [output])
    status, output = make("run-x", "APPEND=paging=2level", "QEMU_FLAGS=-m 2")
    writer.result(status != 0, "make run-x fails if the guest does not start", [output])


def its_words(writer):
    """The words of the guest's .mk have their effects."""
    with open(f"{GUEST}/x.mk", "w", encoding="utf-8") as file:
        file.write("pea := y\n\tif nonsense (\n# a comment\nnative := n\n")
    _, output = make("run-hello")
    said = re.findall(r"^guest/images/x/x\.mk:(\d): \"(.*)\" is not understood: write high := y, pae "
                      r":= y, native := y or editor := y$", output, re.MULTILINE)
    writer.result(said == [("1", "pea := y"), ("2", "\tif nonsense (")],
                  "each wrong line in a guest's .mk is named", [output])
    writer.result("umbra: guest hello: shut down: goodbye" in output,
                  "wrong lines in a guest's .mk do not stop another guest", [output])
    with open(f"{GUEST}/x.mk", "w", encoding="utf-8") as file:
        file.write("pae := y\n")
    status, output = make("run-x-pae", "APPEND=stats")
    writer.result("umbra: guest x-pae: shut down: x has failed" in output and
                  os.path.exists(f"{TREE}/build/guest/x-pae.elf"),
                  "pae := y builds a second image, with PAE page tables", [output])
    with open(f"{GUEST}/x.mk", "w", encoding="utf-8") as file:
        file.write("native := y\n")
    status, output = make("run-native-x", "APPEND=greeting=hi")
    writer.result(status == 0 and "hi from x, ring 0\n" in output.replace("\r", ""),
                  "native := y makes the image boot on the bare machine", [output])
    os.remove(f"{GUEST}/x.mk")
    status, output = make("run-x-pae")
    writer.result(status != 0 and "no guest image is called x-pae" in output,
                  "without pae := y there is no second image", [output])


def its_mistakes(writer):
    change(f"{GUEST}/x.c", "paging_start();", "paging_start()")
    status, output = make("iso")
    built = read(f"{TREE}/build/guest/built").split()
    writer.result(status == 0 and "build/guest/x.elf does not build, and is left out" in output,
                  "a guest that does not build is left off the disc", [output])
    writer.result("build/guest/demo.elf" in built and "build/guest/x.elf" not in built,
                  "the other guests are on the disc", built)
    status, output = make("run-hello")
    writer.result(status == 0 and "umbra: guest hello: shut down: goodbye" in output,
                  "another guest runs beside one that does not build", [output])
    status, output = make("run-x")
    writer.result(status != 0 and "error:" in output,
                  "make run-x of a guest that does not build fails with the compiler's message", [output])
    change(f"{GUEST}/x.c", "paging_start()", "paging_start();")
    status, output = make("iso")
    built = read(f"{TREE}/build/guest/built").split()
    writer.result(status == 0 and "build/guest/x.elf" in built, "the corrected guest is on the disc",
                  [output])


def words_of_make(writer):
    before = set(os.listdir(TREE))
    for name in ("a folder", "folder ", ""):
        status, output = make(f"BUILD={name}", "run-hello")
        writer.result(status != 0 and f"BUILD={name}: the name of one folder, please" in output,
                      f"BUILD={name or '(nothing)'} is refused", [output])
    writer.result(set(os.listdir(TREE)) == before, "a refused BUILD= makes no folder", os.listdir(TREE))
    for words, answer in ((["debug", "GUEST=nosuch"], "no guest image is called nosuch; there are: "
                           "bench demo hello script"),
                          (["run-native-hello"], "build/guest/hello.elf does not run on the bare "
                           "machine: write native := y into hello.mk"),
                          (["run-nosuch"], "no guest image is called nosuch; there are: "),
                          (["test-nosuch"], "no such test: nosuch"),
                          (["run", "APPEND=stats"], "APPEND=stats: the menu of build/umbra.iso takes no options"),
                          (["run-script", "SCRIPT=/nonexistent"],
                           "SCRIPT=/nonexistent: there is no such file.")):
        status, output = make(*words)
        writer.result(status != 0 and answer in output and "umbra-connect" not in output,
                      f"make {' '.join(words)} answers: {answer}", [output])
    status, output = make("run", "GUEST=/nosuch")
    writer.result(status != 0 and output.startswith("GUEST=/nosuch: there is no such file"),
                  "make run GUEST=/nosuch makes nothing before it names the mistake", [output])


def main(writer):
    copy_tree()
    its_name(writer)
    its_end(writer)
    its_words(writer)
    its_mistakes(writer)
    words_of_make(writer)
    shutil.rmtree(TREE)


sys.exit(tap.run(main))
