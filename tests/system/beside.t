#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every image that docs/evidence.md names as an attack runs beside the image `isolation-cpu-state`, the checker.
Each attacker is restarted as soon as it ends. The checker must see, to the last bit, the same as it sees alone,
and it must do its fair share of the rounds that it does alone. Time is counted in instructions (-icount), so the
emulator's speed does not matter. The storms of `hostile-load`, which ask for as much as they can of one thing, run
last, each alone beside the checker. Arguments, if any, are the attackers to run."""

import re
import sys

from lib import attackers, images, machine, tap, verdict

SHIFT = 5   # an instruction takes 2^5 ns
SECONDS = 2  # an attacker's time limit
# The checker's run time. Each of eight guests gets 40 slices in that time, so one slice more or less at the
# end is far less than a tenth of its share.
MILLISECONDS = 1600
PAGE_TABLES = ("flushes", "tables", "switches")  # the storms that depend on the page tables' format
TOGETHER = 7  # attackers in one boot
FAIR = 0.9

CHECKER = f"{images.BUILD}/tests/isolation-cpu-state.elf kernel name=checker mem=2M -- ms={MILLISECONDS} seed=7"
OTHER_SYSCALL = f"{images.BUILD}/tests/isolation-syscall-vector.elf kernel mem=2M -- ms={MILLISECONDS}"
SAW = re.compile(r"umbra: guest checker: shut down: isolation-cpu-state: saw ([0-9a-f]{8}) in (\d+) rounds")
SAID = r"isolation-cpu-state: (saw [0-9a-f]{8}|round.*)"


def beside(module):
    """The attacker's words: it restarts at each end, for as long as the checker runs."""
    words, dashes, command_line = module.partition(" -- ")
    words = re.sub(r" timeout=\d+", "", words)
    return f"{words} timeout={SECONDS} restart=always{dashes}{command_line}"


def boot(name, modules, checker=True, console=""):
    modules = [CHECKER, *modules] if checker else modules
    return machine.boot_kernel(f"{images.BUILD}/tests/{name}.log", modules,
                               kernel=machine.RELEASE_BUILD, append=f"console=serial{console}",
                               words=["-cpu", "max", "-icount", f"shift={SHIFT},sleep=off"])


def seen(booted):
    """Checksum and number of rounds, or (None, 0)."""
    match = SAW.search(booted.text)
    return (match[1], int(match[2])) if match else (None, 0)


def in_time(booted):
    """True if no guest timed out before the checker ended. The checker's clock starts with its first turn: after
    a late first turn the checker ends later than an attacker."""
    return "timed out" not in booted.text[:booted.text.find("guest checker: shut down")]


def test_group(writer, name, group, alone, console=""):
    modules = [module for attacker in group
               for module in (beside(attacker.modules[0]), *attacker.modules[1:])]
    booted = boot(name, modules, console=console)
    checksum, rounds = seen(booted)
    due = alone[1] / (len(group) + 1)
    problems = [f"saw {checksum}, alone {alone[0]}"] if checksum != alone[0] else []
    if rounds < FAIR * due:
        problems.append(f"{rounds} rounds; {due:.0f} were its share")
    if not in_time(booted):
        problems.append("an attacker's second was over before the checker had its turns")
    problems += verdict.boot_problems(booted, [CHECKER, *group])
    writer.result(not problems, f"{name}: the checker sees the same and gets its share beside "
                  + " ".join(attacker.name for attacker in group),
                  problems + verdict.log_tail(booted))
    writer.note(f"{rounds} rounds, {due:.0f} were its share; "
                f"{booted.text.count(': starting with') - 1} lives of attackers")


def test_checkers(writer):
    """Three checkers, which keep different values in the same registers and addresses; one has PAE page tables."""
    pae = CHECKER.replace("isolation-cpu-state.elf", "isolation-cpu-state-pae.elf").replace("name=checker", "name=pae")
    trio = [CHECKER, pae.replace("seed=7", "seed=8"),
            CHECKER.replace("name=checker", "name=third").replace("seed=7", "seed=9")]
    alone = [re.findall(SAID, boot("beside-alone", [module], checker=False).text) for module in trio]
    together = boot("beside-checkers", [OTHER_SYSCALL, *trio], checker=False)
    sums = sorted(re.findall(SAID, together.text))
    writer.result(len(sums) == len(set(sums)) == len(trio) and sums == sorted(sum(alone, [])),
                  "each of three checkers beside each other sees the same as alone",
                  [alone, sums] + verdict.log_tail(together))


def test_storms(writer, alone):
    """Each storm alone beside the checker, in both formats of page tables if they matter to it. The storm of
    output runs a second time with a merged console, which prints all of it."""
    storms = [image for image in images.test_images() if image.name.startswith("hostile-load.")]
    for storm in storms:
        test_group(writer, f"beside-{storm.name}", [storm], alone)
        pae = images.Image(f"{storm.name}-pae", [storm.modules[0].replace("hostile-load.elf", "hostile-load-pae.elf")],
                           storm.expected, "")
        if storm.name.split(".")[1] in PAGE_TABLES:
            test_group(writer, f"beside-{pae.name}", [pae], alone)
        if storm.name == "hostile-load.console":
            test_group(writer, "beside-merged", [storm], alone, ",merged")


def main(writer):
    tried = attackers.named(sys.argv[1:])
    alone = seen(boot("beside-alone", []))
    writer.result(alone[0], f"the checker alone does {alone[1]} rounds in {MILLISECONDS} ms")
    test_checkers(writer)
    for first in range(0, len(tried), TOGETHER):
        test_group(writer, f"beside-{first // TOGETHER + 1}", tried[first:first + TOGETHER], alone)
    if not sys.argv[1:]:
        test_storms(writer, alone)


sys.exit(tap.run(main))
