#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each machine of the table in docs/hardware.md boots the demo with the result that the table says. For
`make test-boot`."""

import sys

from lib import hardware, tap


def main(writer):
    written = hardware.written_table()
    for group, machine, outcome in hardware.results():
        writer.result(outcome == written.get(machine), f"{group}: {machine}",
                      [f"the result: {outcome}", f"the table: {written.get(machine)}"])


sys.exit(tap.run(main))
