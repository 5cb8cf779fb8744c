#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every image that docs/evidence.md names as an attack, beside the image `checker`, not before it: the
attackers are started again as soon as they have ended. What the checker sees must be, to the last
bit, what it sees alone, and it must get done what is its fair share of what it gets done alone. With
-icount, so that time is instructions, and an emulator that translates more than usual does not count.
Arguments, if any, are the names of the attackers to try."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/lib")

import attackers
import images
import machine
import tap
import verdict

SHIFT = 5   # an instruction takes 2^5 ns
MILLISECONDS = 1000
TOGETHER = 7  # attackers in one boot
FAIR = 0.9
TURNS_MS = 2 * TOGETHER * 5  # until it is its turn, at its beginning and at its end

CHECKER = f"{images.BUILD}/tests/checker.elf kernel name=checker mem=2M -- ms={MILLISECONDS} seed=7"
OTHER_SYSCALL = f"{images.BUILD}/tests/other-syscall.elf kernel mem=2M -- ms={MILLISECONDS}"
SAW = re.compile(r"umbra: guest checker: shut down: checker: saw ([0-9a-f]{8}) in (\d+) rounds")
SAID = r"checker: (saw [0-9a-f]{8}|round.*)"


def beside(module):
    """The attacker's words: as often as it can, as long as the checker goes on."""
    words, dashes, command_line = module.partition(" -- ")
    words = re.sub(r" timeout=\d+", "", words)
    return f"{words} timeout={MILLISECONDS // 1000} restart=always{dashes}{command_line}"


def boot(name, modules, checker=True):
    modules = [CHECKER, *modules] if checker else modules
    return machine.boot_kernel(f"{images.BUILD}/tests/{name}.log", modules,
                               kernel=machine.RELEASE_BUILD, append="console=serial stats",
                               words=["-cpu", "max", "-icount", f"shift={SHIFT},sleep=off"],
                               bound=120, silence=100)


def seen(booted):
    """Checksum and number of rounds, or (None, 0)."""
    match = SAW.search(booted.text)
    return (match[1], int(match[2])) if match else (None, 0)


def lasted(booted):
    """The milliseconds from the checker's start to its end: its own clock starts with its first turn."""
    match = re.search(r"stats: guest checker after (\d+) ms", booted.text)
    return int(match[1]) if match else 0


def test_group(writer, name, group, alone):
    booted = boot(name, [beside(attacker.modules[0]) for attacker in group])
    checksum, rounds = seen(booted)
    due = alone[1] / (len(group) + 1)
    problems = [f"saw {checksum}, alone {alone[0]}"] if checksum != alone[0] else []
    if rounds < FAIR * due:
        problems.append(f"{rounds} rounds; {due:.0f} were its share")
    if not MILLISECONDS <= lasted(booted) <= MILLISECONDS + TURNS_MS:
        problems.append(f"lasted {lasted(booted)} ms, {MILLISECONDS} of them by its own clock")
    problems += verdict.boot_problems(booted, [CHECKER, *group])
    writer.result(not problems, f"{name}: the checker beside "
                  + " ".join(attacker.name for attacker in group),
                  problems + verdict.log_tail(booted))
    writer.note(f"{rounds} rounds, {due:.0f} were its share; "
                f"{booted.text.count(': starting with') - 1} lives of attackers")


def test_checkers(writer):
    """Three of them, whose values at the same places differ; one has PAE page tables."""
    pae = CHECKER.replace("checker.elf", "checker-pae.elf").replace("name=checker", "name=pae")
    trio = [CHECKER, pae.replace("seed=7", "seed=8"),
            CHECKER.replace("name=checker", "name=third").replace("seed=7", "seed=9")]
    alone = [re.findall(SAID, boot("beside-alone", [module], checker=False).text) for module in trio]
    together = boot("beside-checkers", [OTHER_SYSCALL, *trio], checker=False)
    sums = sorted(re.findall(SAID, together.text))
    writer.result(len(sums) == len(set(sums)) == len(trio) and sums == sorted(sum(alone, [])),
                  "three checkers beside each other see what each sees alone",
                  [alone, sums] + verdict.log_tail(together))


def main():
    writer = tap.Writer()
    tried = attackers.named(sys.argv[1:])
    alone = seen(boot("beside-alone", []))
    writer.result(alone[0], f"alone the checker goes {alone[1]} rounds in {MILLISECONDS} ms")
    test_checkers(writer)
    for first in range(0, len(tried), TOGETHER):
        test_group(writer, f"beside-{first // TOGETHER + 1}", tried[first:first + TOGETHER], alone)
    return writer.done()


sys.exit(main())
