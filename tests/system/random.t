#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests perform thousands of random operations on the debug build, which audits itself after every exit; once for
each combination of page-table formats. No operation may panic or hang the hypervisor, or keep a frame. Every other
guest also exchanges the descriptors of its loaded segment registers. It may be killed for that, for any reason.

The same guests then run side by side on 2 and on 4 CPUs, which are threads of QEMU, and move between them.

Then guests whose results depend on their seeds alone (`steady`) run without clones, and again with: each makes clones
at random moments, and so do these. The result of each must be that of the run without.

    tests/system/random.t             8,000 operations for each combination, always the same seeds; 2,000 for 2-on-PAE
                                      on 2 CPUs, and for PAE-on-PAE on 4
    LONG=1 tests/system/random.t      1,000,000 for each combination, and 200,000 on 2 and on 4 CPUs; seeds from the clock
    tests/system/random.t --seed=N    the guests whose seeds begin at N
    tests/system/random.t --only=X    only that combination: 2-on-2, 2-on-PAE or PAE-on-PAE
    SMP=4 tests/system/random.t       only so many CPUs: 1, 2 or 4

The log has the seed of each life, with which it can be repeated: see tests/guest/security/random-operations.
"""

import os
import re
import sys
import time

from lib import images, machine, tap, verdict

# Combination, image, words for the guest, for the hypervisor, for QEMU (`max` has NX).
COMBINATIONS = [
    ("2-on-2", "random-operations", "pae=off", "paging=2level", []),
    ("2-on-PAE", "random-operations", "pae=off", "paging=pae", []),
    ("PAE-on-PAE", "random-operations-pae", "pae=on", "paging=pae", ["-cpu", "max"]),
]

GUESTS = 40
SMP_GUESTS = 12  # side by side
SMP_SEED = 101  # from 1 on, one most often ends in an endless loop, which takes a minute
ON_CPUS = {"2-on-2": (1,), "2-on-PAE": (1, 2), "PAE-on-PAE": (1, 4)}  # LONG=1 runs each on 1, 2 and 4
LONG_ON_CPUS = (1, 2, 4)
MOVE_US = 3000  # a guest moves to another CPU after so long
OPERATIONS = 8000
SMP_OPERATIONS = 2000
LONG_OPERATIONS = 1000000
LONG_SMP_OPERATIONS = 200000  # ten minutes of two processors
TIMEOUT = 120  # all the lives of one that restarts, by the machine's clock
LONG_TIMEOUT = 50 * TIMEOUT
SMP_TIMEOUT = 60  # by the host's clock: the operations of all take some 5 s of it
SMP_SILENCE = SMP_TIMEOUT + 60  # a guest's last part may be an endless loop, which only its limit ends
LONG_SILENCE = 3600
RESTARTING = 8  # one guest of so many restarts itself
SEGMENTS = 2  # one guest of so many does not exchange descriptors; a guest that restarts is one of these
TRIALS_MIN = 40  # trials of descriptors in all lives together; most of them do not kill the guest
SMP_TRIALS_MIN = 4  # that they were made at all
STEADY_GUESTS = 2
STEADY_OPERATIONS = 150
CLONES = 4  # of a guest, at a time
RESULT = re.compile(r"umbra: guest (\S+): shut down: random-operations: seed (\d+): result ([0-9a-f]{8})")
SHADOW = ["", "shadow=80K", "shadow=160K"]  # 80K is the minimum


def module(image, number, seed, words, operations, timeout):
    more = " restarts" if number % RESTARTING == 0 else ""
    more += " segments" if number % SEGMENTS else ""
    shadow = SHADOW[number % len(SHADOW)]
    return (f"{images.BUILD}/tests/{image}.elf kernel name=random.{seed} mem=4M timeout={timeout} "
            f"{words} {shadow} -- seed={seed} operations={operations}{more}")


def operations_of(life):
    done = [re.fullmatch(r"random-operations: seed \d+ has done (\d+) operations", line)
            for line in life.lines]
    return sum(int(match[1]) for match in done if match)


def trials_of(life):
    """The number of trials of descriptors that a life has reported."""
    tried = [re.fullmatch(r"random-operations: seed \d+ has tried (\d+) segments", line) for line in life.lines]
    return max((int(match[1]) for match in tried if match), default=0)


def early_ends(lives):
    """A line for each life that ended before its last part. All operations before the last part are allowed, so they
    cannot end a guest; in the last part a guest may end in any way. The time of one that restarts may be up in any of
    its later lives."""
    begun, problems = set(), []
    for life in lives:
        if not operations_of(life) and not (life.ending == "timed out" and life.name in begun):
            problems.append(f"{life.name} ended early: {life.ending}: {life.sentence}")
        begun.add(life.name)
    return problems


def lives_side_by_side(lines, modules):
    """The lives of each guest, in a log of a merged console."""
    for name in (re.search(r" name=(\S+)", module)[1] for module in modules):
        own = [line.removeprefix(f"{name}| ") for line in lines
               if line.startswith((f"{name}| ", f"umbra: guest {name}:"))]
        yield from verdict.lives_of(own)


def problems_of(boot, lives, guests, expected, trials):
    problems = verdict.boot_problems(boot, range(guests)) + early_ends(lives)
    problems += [f"{life.name} never ended" for life in lives if not life.ending]
    done = sum(operations_of(life) for life in lives)
    if done < expected:
        problems.append(f"{done} operations were done, not {expected}")
    if (tried := sum(map(trials_of, lives))) < trials:
        problems.append(f"{tried} trials of segments, not {trials}")
    return problems


def start(name, modules, cpus, append, words, limits):
    """On one CPU instructions are the clock; several CPUs run at the same time, and the time is the host's."""
    log = f"{images.BUILD}/tests/random-{name}.log"
    if cpus == 1:
        boot = machine.boot_kernel(log, modules, append=f"console=serial run=sequence {append}",
                                   words=[*machine.ONE_CPU, *words], **limits)
        return boot, verdict.lives_of(boot.lines())
    words = ["-smp", str(cpus), "-accel", "tcg,thread=multi", *words]
    boot = machine.boot_kernel(log, modules, append=f"console=serial,merged migrate={MOVE_US} {append}", words=words,
                               clock=machine.REAL_TIME, **limits)
    return boot, list(lives_side_by_side(boot.lines(), modules))


def run(writer, combination, cpus, first_seed, operations, timeout, limits):
    name, image, words, append, qemu_words = combination
    name += f" on {cpus} CPUs" if cpus > 1 else ""
    guests, trials = (GUESTS, TRIALS_MIN) if cpus == 1 else (SMP_GUESTS, SMP_TRIALS_MIN)
    each = operations // guests + 1
    modules = [module(image, i, first_seed + i, words, each, timeout)
               for i in range(guests)]
    boot, lives = start(name.replace(" ", "-"), modules, cpus, append, qemu_words, limits)
    problems = problems_of(boot, lives, guests, operations, trials)
    done = sum(operations_of(life) for life in lives)
    tried = sum(map(trials_of, lives))
    writer.result(not problems, f"{name}: the hypervisor withstands {done} operations and {tried} trials of "
                  f"descriptors in {len(lives)} lives",
                  problems + verdict.log_tail(boot))


def steady_results(combination, first_seed, guests, operations, option):
    """The boot, and the results of each seed."""
    name, image, words, append, qemu_words = combination
    modules = [f"{images.BUILD}/tests/{image}.elf kernel name=random.{seed} mem=4M {words} {SHADOW[seed % len(SHADOW)]} "
               f"clones={CLONES} -- seed={seed} operations={operations} steady {option}"
               for seed in range(first_seed, first_seed + guests)]
    boot, _ = start(f"{name}-steady{option}", modules, 1, append, qemu_words, {})
    results = {}
    for match in filter(None, map(RESULT.match, boot.lines())):
        results.setdefault(match[2], []).append(match[3])
    return boot, results, verdict.boot_problems(boot, modules)


def run_clones(writer, combination, first_seed, guests, operations):
    alone, expected, problems = steady_results(combination, first_seed, guests, operations, "")
    cloned, found, more = steady_results(combination, first_seed, guests, operations, "clones")
    clones = sum(map(len, found.values())) - guests
    made = len(verdict.origins_of(cloned.lines()))
    problems += more + [f"seed {seed}: {results}, not {expected[seed]}" for seed, results in found.items()
                        if set(results) != set(expected[seed])]
    if made != clones or made < guests or len(expected) != guests:
        problems.append(f"{made} clones were made, and {clones} have ended well")
    writer.result(not problems, f"{combination[0]}: {made} clones at random moments have the results of guests alone",
                  problems + verdict.log_tail(alone) + verdict.log_tail(cloned))


def main(writer):
    words = sys.argv[1:]
    long = os.environ.get("LONG")
    limits = {"silence": LONG_SILENCE, "bound": GUESTS * LONG_SILENCE} if long else {"silence": SMP_SILENCE}
    seeds = [int(word.split("=")[1]) for word in words if word.startswith("--seed=")]
    first_seed = seeds[0] if seeds else int(time.time()) if long else 1
    writer.note(f"seeds from {first_seed} on")
    only = [word.split("=")[1] for word in words if word.startswith("--only=")]
    for combination in COMBINATIONS:
        if only and combination[0] not in only:
            continue
        for cpus in LONG_ON_CPUS if long else ON_CPUS[combination[0]]:
            if os.environ.get("SMP", str(cpus)) != str(cpus):
                continue
            operations = (LONG_OPERATIONS if cpus == 1 else LONG_SMP_OPERATIONS) if long else \
                OPERATIONS if cpus == 1 else SMP_OPERATIONS
            timeout = LONG_TIMEOUT if long else TIMEOUT if cpus == 1 else SMP_TIMEOUT
            first = first_seed if cpus == 1 or seeds or long else SMP_SEED
            run(writer, combination, cpus, first, operations, timeout, limits)
        if os.environ.get("SMP", "1") == "1":
            run_clones(writer, combination, first_seed, 10 * STEADY_GUESTS if long else STEADY_GUESTS,
                       4 * STEADY_OPERATIONS if long else STEADY_OPERATIONS)


sys.exit(tap.run(main))
