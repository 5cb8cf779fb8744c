#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A storm of NMIs while the demo runs: it must end as it does without them.

The NMIs come through QEMU's machine protocol as fast as it takes them. With -singlestep, QEMU takes
one between any two instructions, so over the demo's seconds they hit the switch between the worlds
everywhere, in both directions.
"""

import json
import os
import re
import socket
import sys
import threading

from lib import images, machine, tap, verdict

SOCKET = f"{images.BUILD}/tests/nmi.socket"
NMIS_MIN = 1000
IN_VAIN_MAX = 3  # demos that no NMI has hit


class Storm(threading.Thread):
    """Injects NMIs from the moment it is started until QEMU is gone."""

    def __init__(self):
        super().__init__(daemon=True)
        self.count = 0

    def run(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(SOCKET)
            with connection.makefile("rw", encoding="utf-8") as stream:
                try:
                    self.inject(stream)
                except (OSError, ValueError):
                    pass  # QEMU has ended

    def inject(self, stream):
        stream.readline()  # its greeting
        self.command(stream, "qmp_capabilities")
        while self.command(stream, "inject-nmi"):
            self.count += 1

    @staticmethod
    def command(stream, name):
        """Sends a command; true when it is answered well, events apart."""
        stream.write(json.dumps({"execute": name}) + "\n")
        stream.flush()
        while line := stream.readline():
            answer = json.loads(line)
            if "event" not in answer:
                return "return" in answer
        return False


def demo_in_a_storm(number):
    """Plays the demo once; returns the boot, its problems, and how many NMIs were sent and arrived.

    In the hypervisor's own count, NMIs that hit the guest are among the exits for other reasons.
    """
    image = images.guest_image("demo")
    storm = Storm()

    def start_storm(text):
        if storm.ident is None and "guest demo: starting" in text:
            storm.start()

    if os.path.exists(SOCKET):
        os.remove(SOCKET)
    boot = machine.boot_kernel(f"{images.BUILD}/tests/nmi-{number}.log", image.modules,
                               kernel=machine.RELEASE_BUILD, append="console=serial run=sequence stats",
                               on_output=start_storm, clock=machine.REAL_TIME,
                               words=["-singlestep", "-qmp", f"unix:{SOCKET},server=on,wait=off"])
    problems = verdict.guest_problems(image, verdict.lives_of(boot.lines()))
    problems += verdict.boot_problems(boot, [image])
    arrived = re.search(r"stats: +exits .* (\d+) others", boot.text)
    return boot, problems, storm.count, int(arrived[1]) if arrived else 0


def main(writer):
    """How many NMIs the host manages in one demo varies: it is played until there are enough, unless
    none arrive."""
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
    writer.result(total >= NMIS_MIN, f"at least {NMIS_MIN} of them hit the guest",
                  [f"only {total}"])


sys.exit(tap.run(main))
