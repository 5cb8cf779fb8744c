#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts with a mistake, or with an expectation that fails. The message names the file, the line and the word, and the
runner reports each script as a failure. The scripts share a few boots."""

import os
import sys

from lib import images, machine, tap, verdict

FOLDER = f"{images.BUILD}/tests/wrong-scripts"
SCRIPTS_PER_BOOT = 30  # two modules each

# Lines 1 to 3 of every script below.
START = "page A 0x1111\ntable T\ndirectory D\n"

# Scripts with a mistake, which are not played: the lines behind START without the last one, the number of the wrong
# line, and the message.
MISTAKES = {
    "step": ("raed 0x800000 expect ok", 4, '"raed" is no step; the steps are: page table'),
    "upper-case": ("Page B", 4, '"Page" is no step'),
    "missing": ("map D 0x800000", 4, '"0x800000" must be followed by a page or a table; right is '
                                     "for example: map D 0x800000 A rw user"),
    "nothing": ("switch", 4, '"switch" must be followed by the name of a directory'),
    "unknown-name": ("map D 0x800000 Q", 4, '"Q" is no number, and nothing above it has that name'),
    "later-name": ("map D 0x800000 Q\npage Q", 4, '"Q" is no number, and nothing above'),
    "not-a-directory": ("switch A", 4, '"A" is a page (line 1), not a directory'),
    "no-directory": ("switch E", 4, '"E" is not the name of a directory'),
    "twice": ("table A", 4, '"A" is a page already (line 1)'),
    "bad-name": ("page 1st", 4, '"1st" is no name: up to 15 letters'),
    "long-name": ("page ABCDEFGHIJKLMNOP", 4, '"ABCDEFGHIJKLMNOP" is no name'),
    "number": ("unmap D 0x80000g", 4, '"0x80000g" is not an address: a number below 2^32'),
    "too-large": ("unmap D 0x100000000", 4, '"0x100000000" is not an address'),
    "too-large-decimal": ("unmap D 4294967296", 4, '"4294967296" is not an address'),
    "not-a-page": ("unmap D 0x800004", 4, '"0x800004" is not the address of a page: that ends in'),
    "kernel": ("map D 0x7ff000 A", 4, '"0x7ff000" is where the script\'s own kernel is (0 to 8 MB'),
    "ring-3-part": ("unmap D 0x40001000", 4, '"0x40001000" is where the script\'s own kernel is'),
    "ring-3-stack": ("link D 0x4fc00000 T", 4, '"0x4fc00000" is where the script\'s own kernel is'),
    "write-kernel": ("write 0x100000 1 expect ok", 4, '"0x100000" is memory of the script\'s own'),
    "entry-word": ("map D 0x800000 A rx", 4, '"rx" is no word for an entry; these are: present'),
    "contradiction": ("map D 0x800000 A rw not writable", 4, '"writable" contradicts a word'),
    "one-too-many": ("unmap D 0x800000 A", 4, '"A" is one word too many'),
    "ring": ("switch D\nread 0x800000 ring 2 expect ok", 5, '"2" is no ring for a guest'),
    "early-ring-3": ("read A ring 3 expect ok", 4, '"3" cannot be before the first `switch`'),
    "unjudged": ("read A\nread A expect ok", 4, '"read A" must be followed by what is expected'),
    "unjudged-last": ("read A", 4, '"read A" must be followed by what is expected'),
    "expect-nothing": ("read A expect", 4, '"expect" must be followed by ok, fault, trap'),
    "expect-what": ("read A expect success", 4, '"success" cannot be expected; ok, fault'),
    "expect-of-nothing": ("switch D\nexpect ok", 5, '"ok" must come behind a read, write, execute'),
    "value-of-write": ("write A 1 expect value 1", 4, '"value" is for a read, not for `write`'),
    "fault-code": ("read A expect fault 32", 4, '"32" is not an error code: at most 31'),
    "pte-of-nothing": ("switch D\nexpect pte 0x800000", 5, "what the entry should be is missing"),
    "pte-of-nobody": ("expect pte 0x800000 dirty", 4, '"0x800000" must be the name of a directory'),
    "page-number": ("expect page 0x800000 1", 4, '"0x800000" is a number, not the name of a page'),
    "page-offset": ("expect page A+0x1000 1", 4, '"0x1000" is not an offset in a page: at most'),
    "page-last-word": ("expect page A+0xffd 1", 4, '"A+0xffd" leaves less than the four bytes'),
    "flush": ("flush everything", 4, '"everything" is neither user nor all'),
    "wait-unit": ("wait 20", 4, '"20" must be followed by ms'),
    "wait-long": ("wait 4001 ms", 4, '"4001" is not a time: at most 4000'),
    "vector": ("int 256 expect trap 13", 4, '"256" is not a vector: at most 255'),
    "hypercall-by-int": ("int 0x1f expect ok", 4, '"0x1f" is the hypercall\'s vector'),
    "crowded": ("switch" + 64 * " D", 4, '"switch" starts a line of more than 64 words'),
    "second-mistake": ("raed A\nread A expcet ok", 5, '"expcet" is one word too many'),
    "odd-bytes": ("page \x01\x7f\xe4", 4, '"????" is no name'),
}

# Scripts with a mistake in or before their own last line: all lines behind START, the wrong line, the message.
LAST_LINES = {
    "no-end": ("read A expect ok", 4, "the last line is missing: ends shut down"),
    "end-early": ("ends shut down\nread A expect ok", 5, '"read" comes after `ends`'),
    "end-what": ("read A expect ok\nends well", 5, '"well" is no end; shut down, killed'),
    "end-of-access": ("read A\nends kill", 5, '"kill" is no end; shut down, killed'),
    "end-half": ("read A expect ok\nends shut", 5, '"shut" must be followed by down'),
    "end-quotes": ("read A expect ok\nends killed bad", 5, '"bad" must be a sentence "in quot'),
    "no-expect": ("ends shut down", 4, "nothing is expected; a script needs an `expect`"),
    "too-many": (1001 * "read A expect ok\n" + "ends shut down", 1005,
                 "2002 steps are too many: at most 1000"),
    "empty": ("", 3, "the last line is missing"),
}

# Scripts whose expectations fail: all lines behind START, and texts in the output.
FAILURES = {
    "value": ("read A expect value 0x1112\nends shut down",
              ["not ok 1 - read A: value 0x1112", ":4: got ok, value 0x1111"]),
    "trap": ("switch D\nread 0x800000 ring 3\nexpect ok\nends shut down",
             ["not ok 1 - read 0x800000 ring 3: ok",
              ":6: got fault 4 (absent, read, ring 3) at 0x800000"]),
    "error": ("switch D\nint 14\nexpect trap 13 error 0x70\nends shut down",
              ["not ok 1 - int 14: trap 13 error 0x70", ":6: got trap 13 error 0x72 at eip"]),
    # As an instruction, these bytes read 0xa1a1a1a1: not the address that was executed.
    "address": ("page X 0xa1a1a1a1\nswitch D\nexecute X expect fault 0\nends shut down",
                ["not ok 1 - execute X: fault 0",
                 ":6: got fault 0 (absent, read, ring 1) at 0xa1"]),
    "pte": ("expect pte D 0x800000 present\nends shut down",
            ["not ok 1 - pte D 0x800000 present",
             ":4: got absent ro kernel not accessed not dirty, 0"]),
    "page": ("expect page A 1\nends shut down", ["not ok 1 - page A 1", ":4: got 0x1111"]),
    "survivor": ('read A expect ok\nends killed "bad page"',
                 ['not ok 2 - ends killed "bad page"', ": got to its end alive"]),
    "killed": ("read A expect ok\nread 0x800000 expect ok\nends shut down",
               ["ok 1 - read A: ok"]),
    "other-death": ('read A expect ok\nread 0x800000\nends killed "bad hypercall"',
                    ["ok 1 - read A: ok"]),
    "early-death": ('read 0x800000 expect ok\nread A expect ok\nends killed "bad page table entry"',
                    ["1..2"]),
    "no-table": ("link D 0x800000 0x900000 rw\nmap D 0x800000 A\nread A expect ok\nends shut down",
                 ["Bail out!", ":5: the directory's entry 0x900003 for 0x800000 leads to no mem"]),
}


def write(name, body):
    """The script under test as an image; its file is written."""
    path = f"{FOLDER}/{name}.txt"
    os.makedirs(FOLDER, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(START + body + ("\n" if body else ""))
    return images.image_of_script(path), path


def cases():
    """Every script: its image, and what its guest must print."""
    for name, (body, line, text) in MISTAKES.items():
        image, path = write(name, body + "\nread A expect ok\nends shut down")
        yield image, [f"{path}:{line}: {text}", "Bail out!"]
    for name, (body, line, text) in LAST_LINES.items():
        image, path = write(name, body)
        yield image, [f"{path}:{line}: {text}", f"Bail out! {path} has mistakes (1)"]
    for name, (body, texts) in FAILURES.items():
        image, path = write("fails-" + name, body)
        yield image, [path + text if text[0] == ":" else text for text in texts]


def judge(writer, image, texts, lives):
    said = [line for life in lives if life.name == image.name for line in life.lines]
    missing = [text for text in texts if not any(text in line for line in said)]
    writer.result(not missing, f"{image.name}: the output names the fault",
                  [f"not said: {text}" for text in missing] + said)
    writer.result(verdict.guest_problems(image, lives), f"{image.name}: the runner reports a failure")


def main(writer):
    todo = list(cases())
    for start in range(0, len(todo), SCRIPTS_PER_BOOT):
        batch = todo[start:start + SCRIPTS_PER_BOOT]
        modules = [module for image, _ in batch for module in image.modules]
        boot = machine.boot_kernel(f"{images.BUILD}/tests/wrong-scripts-{start}.log", modules)
        lives = verdict.lives_of(boot.lines())
        for image, texts in batch:
            judge(writer, image, texts, lives)
        problems = verdict.boot_problems(boot, [image for image, _ in batch])
        writer.result(not problems, f"a boot of {len(batch)} wrong scripts ends well", problems)


sys.exit(tap.run(main))
