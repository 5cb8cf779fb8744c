# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a boot's log, and the problems in it.

The hypervisor's own lines begin with `umbra: `. A guest's life is the part of the log from
`umbra: guest NAME: starting` to the guest's verdict line; the other lines in it are the guest's.
"""

import collections
import re

from lib import tap
from lib.machine import STATUS_DONE, STATUS_NONE_STARTED, STATUS_SOME_FAILED

GUEST_LINE = re.compile(r"umbra: guest (\S+): (.*)")
VERDICT = re.compile(r"(shut down|restarting|killed): ?(.*)|(timed out) ?(after \d+ s.*)")
FROM_MONITOR = "from the monitor"
DONE_LINE = re.compile(r"umbra: done: (\d+) guests?, \d+ frames free, as at the start")
PANIC_LINE = re.compile(r"umbra: .*\bpanic", re.IGNORECASE)


class Life:
    """One run of a guest. A guest that restarts has several lives."""

    def __init__(self, name):
        self.name = name
        self.lines = []  # printed by the guest
        self.ending = None
        self.sentence = ""
        self.after = []  # after the verdict, where no line is expected


CLONE = re.compile(r"a clone of (\S+), made in \d+ us")
FRONT_LINE = re.compile(r"--- guest (\S+) ---")


def origins_of(lines):
    """The name of each clone, and that of the guest of which it is a clone, or a clone's clone."""
    origins = {}
    for match in filter(None, map(GUEST_LINE.match, lines)):
        if clone := CLONE.match(match[2]):
            origins[match[1]] = origins.get(clone[1], clone[1])
    return origins


def without_clones(lines):
    """The lines without those of clones, and those that a clone printed while it was in front."""
    origins = origins_of(lines)
    front = None
    for line in lines:
        if match := FRONT_LINE.match(line):
            front = match[1]
            if front in origins:
                continue
        match = GUEST_LINE.match(line)
        if match and match[2].startswith("starting"):
            front = match[1]  # of guests one after the other, the new one comes to front
        if match and match[1] in origins or not line.startswith("umbra:") and front in origins:
            continue
        yield line


def clone_endings(lines):
    """For each guest that has clones: the end of each of them, and of their clones: (ending, sentence). A clone that
    never ended has None."""
    endings = last_endings(lines)
    of_guests = collections.defaultdict(list)
    for clone, origin in origins_of(lines).items():
        of_guests[origin].append(endings.get(clone, (None, clone)))
    return of_guests


def lives_of(lines):
    """Every life in the log, in order. Clones are left out."""
    lives = []
    for line in without_clones(lines):
        match = GUEST_LINE.match(line)
        if match and match[2].startswith("starting"):
            lives.append(Life(match[1]))
        elif match and (verdict := VERDICT.match(match[2])):
            end_life(lives, match[1], verdict)
        elif line.startswith("umbra:") or not line.strip() or not lives:
            continue
        elif lives[-1].ending:
            lives[-1].after.append(line)
        else:
            lives[-1].lines.append(line)
    return lives


def end_life(lives, name, verdict):
    if not lives or lives[-1].name != name or lives[-1].ending:
        stray = Life(name)
        stray.after.append("a verdict without a start: " + verdict[0])
        lives.append(stray)
        return
    lives[-1].ending = verdict[1] or verdict[3]
    lives[-1].sentence = verdict[2] or verdict[4] or ""


def life_problems(life, expected, prints_tap=True):
    """The problems of one life of a guest. A test that shuts down must have printed all its TAP; a test that is killed
    may not have reached its plan."""
    if not life.ending and not life.after:
        return [f"no verdict; expected: {expected}"]
    problems = []
    if not expected.matches(life.ending, life.sentence):
        problems.append(f"ended: {life.ending}: {life.sentence}")
        problems.append(f"expected: {expected}")
    problems += tap.Reader(life.lines).check(prints_tap and expected.ending == "shut down")
    problems += ["after its end: " + line for line in life.after]
    return problems


def guest_problems(image, lives):
    """The problems of all lives of one guest."""
    mine = [life for life in lives if life.name == image.name]
    if not mine:
        return ["did not start"]
    problems = []
    for life, expected in zip(mine, image.expected):
        problems += life_problems(life, expected, image.prints_tap)
    if len(mine) != len(image.expected):
        problems.append(f"started {len(mine)} times instead of {len(image.expected)}")
    return problems


def clone_problems(image, clones):
    """The problems of a guest's clones, which ended so. Of what they print most is not shown, but their last sentence
    has the number of results that failed."""
    problems = []
    if len(clones) != image.clones:
        problems.append(f"{len(clones)} clones instead of {image.clones}")
    for ending, sentence in clones:
        if not image.clones_expected or not image.clones_expected.matches(ending, sentence) or \
                re.match(r"tap: .*failed", sentence):
            problems.append(f"a clone ended: {ending}: {sentence}")
    return problems


def last_endings(lines):
    """The end of each guest's last life, by name: (ending, sentence)."""
    endings = {}
    for match in filter(None, map(GUEST_LINE.match, lines)):
        if match[2].startswith("not started"):
            endings[match[1]] = ("not started", match[2])
        elif verdict := VERDICT.match(match[2]):
            endings[match[1]] = (verdict[1] or verdict[3], verdict[2] or verdict[4] or "")
    return endings


def ended_in_monitor(ending, sentence):
    """True if a command of the monitor has ended the guest: it was killed, or the machine ended before its restart."""
    return ending == "restarting" or (ending == "killed" and sentence.startswith(FROM_MONITOR))


def right_status(lines):
    """QEMU's status after a boot in which guests ended as the log says."""
    endings = last_endings(lines)
    matches = filter(None, map(GUEST_LINE.match, lines))
    if not any(match[2].startswith("starting") for match in matches):
        return STATUS_NONE_STARTED
    well = all(ending == "shut down" or ended_in_monitor(ending, sentence)
               for ending, sentence in endings.values())
    return STATUS_DONE if well else STATUS_SOME_FAILED


def boot_problems(boot, images):
    """The problems of a boot as a whole: it must end with the right status, and with one line `umbra: done:`."""
    problems = []
    lines = boot.lines()
    if boot.hung:
        problems.append(f"{boot.hung}; it was stopped")
    elif boot.status != right_status(lines):
        problems.append(f"QEMU ended with {boot.status} instead of {right_status(lines)}")
    problems += [line for line in lines if PANIC_LINE.match(line) and not GUEST_LINE.match(line)]
    done = [match for match in map(DONE_LINE.match, lines) if match]
    if len(done) != 1:
        problems.append("no line `umbra: done: ... as at the start`")
    elif int(done[0][1]) != len(images):
        problems.append(f"done with {done[0][1]} guests instead of {len(images)}")
    return problems


def log_tail(boot, count=12):
    """The log's path, and its last lines."""
    last = [line for line in boot.lines() if line.strip()][-count:]
    return [f"log: {boot.log}"] + ["| " + line for line in last]
