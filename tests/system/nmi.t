#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo ends under a storm of NMIs as it ends without them.

The NMIs come through QEMU's machine protocol, as fast as it takes them. With -singlestep, QEMU delivers an NMI
between any two instructions. So in the seconds of the demo they hit VM entries and VM exits at every instruction.
"""

import re
import sys

from lib import images, machine, patience, tap, terminal, verdict

NMIS_MIN = 1000
IN_VAIN_MAX = 3  # the test gives up after so many demos that no NMI has hit


# No NMI is sent after this line: QEMU 7.2 may hang if it gets a command while it ends.
DEMO_ENDS = re.compile(r"umbra: guest demo: (shut down|killed|timed out)")


def storm(console):
    """Sends NMIs until the demo ends; returns their number."""
    sent = 0
    for _ in console.waits("the end of the demo", patience.BOOT * patience.silence()):
        if not console.read(0) or DEMO_ENDS.search(console.all):
            break
        console.qmp("inject-nmi")
        sent += 1
    return sent


def demo_in_a_storm(number):
    """Runs the demo once; returns the boot, its problems, and the numbers of NMIs sent and arrived.

    The hypervisor counts NMIs that hit the guest among the exits for other reasons.
    """
    image = images.guest_image("demo")
    boot = machine.Boot(f"{images.BUILD}/tests/nmi-{number}.log")
    with terminal.Terminal(image.modules, "console=serial run=sequence stats", machine.RELEASE_BUILD,
                           words=["-singlestep", *machine.INSTRUCTIONS]) as console:
        console.wait_for("guest demo: starting")
        sent = storm(console)
        boot.status = console.end()
        boot.text = console.all
    with open(boot.log, "w", encoding="utf-8") as file:
        file.write(boot.text)
    problems = verdict.guest_problems(image, verdict.lives_of(boot.lines()))
    problems += verdict.boot_problems(boot, [image])
    arrived = re.search(r"stats: +exits .* (\d+) others", boot.text)
    return boot, problems, sent, int(arrived[1]) if arrived else 0


def main(writer):
    """The number of NMIs in one demo depends on the host, so the demo runs until there are enough. The test fails if
    no NMI arrives in several demos."""
    total = in_vain = number = 0
    while total < NMIS_MIN and in_vain < IN_VAIN_MAX:
        number += 1
        boot, problems, sent, arrived = demo_in_a_storm(number)
        total += arrived
        in_vain += not arrived
        writer.result(not problems, f"the demo ends well under {sent} NMIs",
                      problems + verdict.log_tail(boot))
        if problems:
            break
    writer.result(total >= NMIS_MIN, f"at least {NMIS_MIN} NMIs hit the guest",
                  [f"only {total}"])


sys.exit(tap.run(main))
