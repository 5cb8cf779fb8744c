#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every image that docs/evidence.md names as an attack, each followed by the image `isolation-residue`, its
neighbour. The neighbour must print, to the last bit, the same as in a boot of its own. The attacks run on shadow
tables of both formats, and on the release build, which attackers would meet; images.t boots the same images on the
debug build. Arguments, if any, are the names of the attackers to run."""

import re
import sys

from lib import attackers, images, machine, tap, verdict

ATTACKERS_PER_BOOT = 30  # the hypervisor takes 64 modules
MACHINES = [("pae", ""), ("2level", " paging=2level")]

# Images with this prefix need PAE, and are left out with paging=2level.
NEED_PAE = "hostile-pae"


def boot_with(name, guests, append):
    modules = [module for guest in guests for module in guest.modules]
    return machine.boot_kernel(f"{images.BUILD}/tests/{name}.log", modules,
                               kernel=machine.RELEASE_BUILD,
                               append="console=serial run=sequence" + append)


def said_by(neighbour, boot):
    return [life.lines for life in verdict.lives_of(boot.lines())
            if re.fullmatch(neighbour.name + r"(-\d+)?", life.name)]


def differences(said, expected):
    """A line for each neighbour that printed something else; the number is that of the attacker before it."""
    return [f"neighbour {number} said {lines}, not {expected}"
            for number, lines in enumerate(said, 1) if lines != expected]


def attack(writer, name, batch, neighbour, append, expected):
    """One boot: attacker, neighbour, attacker, neighbour ..."""
    guests = [guest for attacker in batch for guest in (attacker, neighbour)]
    boot = boot_with(name, guests, append)
    lives = verdict.lives_of(boot.lines())
    for attacker in batch:
        problems = verdict.guest_problems(attacker, lives)
        writer.result(not problems, f"{name}: {attacker.name} ends as declared", problems)
    said = said_by(neighbour, boot)
    problems = verdict.boot_problems(boot, guests) + differences(said, expected)
    if len(said) != len(batch):
        problems.append(f"{len(said)} neighbours instead of {len(batch)}")
    writer.result(not problems, f"{name}: {len(batch)} neighbours print the same as alone",
                  problems + (verdict.log_tail(boot) if problems else []))


def main(writer):
    neighbour, = [image for image in images.test_images() if image.name == "isolation-residue"]
    tried = attackers.named(sys.argv[1:])
    missing = attackers.missing(sys.argv[1:])
    writer.result(not missing, f"every image that {attackers.PAGE} names exists", missing)
    for machine_name, append in MACHINES:
        able = [a for a in tried if append == "" or not a.name.startswith(NEED_PAE)]
        alone = said_by(neighbour, boot_with(f"hostile-{machine_name}-alone", [neighbour], append))
        writer.result(len(alone) == 1 and len(alone[0]) == 2,
                      f"{machine_name}: the neighbour alone prints two lines", [alone])
        for first in range(0, len(able), ATTACKERS_PER_BOOT):
            attack(writer, f"hostile-{machine_name}-{first // ATTACKERS_PER_BOOT + 1}",
                   able[first:first + ATTACKERS_PER_BOOT], neighbour, append,
                   alone[0] if alone else None)


sys.exit(tap.run(main))
