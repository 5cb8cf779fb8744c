#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Three guests are at one network switch. The results are those of one of them, the talker (virtio-net.c)."""

import re
import sys

from lib import images, machine, tap, verdict

ELF = f"{images.BUILD}/tests/virtio-net.elf"
ROLES = ("talker", "echo", "counter")


def main(writer):
    modules = [f"{ELF} kernel name={role} mem=2M timeout=20 -- role={role}" for role in ROLES]
    boot = machine.boot_kernel(f"{images.BUILD}/tests/net.log", modules,
                               append="console=serial,merged")
    for line in boot.lines():
        result = re.match(r"talker\| (not )?ok \d+ - (.*)", line)
        if result:
            writer.result(not result[1], result[2])
    ends = re.findall(r"umbra: guest (\w+): (.*: tap: \d+ passed|.*: goodbye)", boot.text)
    writer.result(sorted(name for name, _ in ends) == sorted(ROLES),
                  "all three guests at the switch end as they should", [ends] + verdict.log_tail(boot))
    writer.result(boot.status == machine.STATUS_DONE,
                  "a boot with three guests at the switch ends with the status for success", verdict.log_tail(boot))


sys.exit(tap.run(main))
