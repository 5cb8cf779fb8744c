#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make debug` offers the symbols of hypervisor and guest, and shows the guest's page tables beside the shadow."""

import os
import re
import signal
import subprocess
import sys

from lib import machine, tap, verdict
from lib.images import BUILD
from lib.machine import DEBUG_BUILD

# gdb stops in the hypervisor when the demo sets its clock for the sixth time, long after it has enabled paging, and
# then in the guest's own code. The machine's clock counts instructions, so the demo is at the same point on every host.
COMMANDS = ["break do_set_clockevent", "ignore 1 5", "continue", "backtrace", "umbra-guest", "umbra-tables",
            "umbra-tables 0xc0100000 0xc0110000", "delete", "hbreak serve", "continue", "backtrace",
            "umbra-tables 0xc0100000", "kill"]

SILENCE = 600  # gdb prints nothing while the machine works, and a busy host may take long

EXPECTED = [
    ("the hypervisor's symbols", r"#\d+ .* run_guest \(.* at hv/run\.c:"),
    ("the guest's symbols", r"#\d+ .* guest_main \(.* at guest/images/demo/demo\.c:"),
    # 1024 of RAM, and devices above it
    ("the running guest", r"guest demo: 10\d\d frames of memory, \d+ touched"),
    ("each 4 MB with a table", r"c0000000 +1024 +\d+"),
    ("a page in both sets of tables", r"c0100000 +00100 \S+ +[0-9a-f]{5} \S+"),
]


def session():
    """Runs gdb with COMMANDS; returns its output."""
    port, = machine.free_ports(1)
    environment = dict(os.environ, GDB_PORT=str(port), HYPERVISOR=DEBUG_BUILD,
                       QEMU_FLAGS=" ".join(machine.INSTRUCTIONS_DEBUG))
    words = ["gdb", "-q", "-batch", "-nx", DEBUG_BUILD, "-x", "tools/gdb/umbra.py",
             "-ex", f"umbra-connect {port} {BUILD}/guest/demo.elf"]
    for command in COMMANDS:
        words += ["-ex", command]
    with subprocess.Popen(["tools/debug.sh", "demo"], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as debugged:
        try:
            run = machine.run(words, f"{BUILD}/tests/debug.log", silence=SILENCE)
        finally:
            os.killpg(debugged.pid, signal.SIGTERM)
    return run


def main(writer):
    run = session()
    printed = run.text
    writer.result(not run.hung, "gdb executes all commands and ends", [run.hung] + verdict.log_tail(run))
    for what, pattern in EXPECTED:
        writer.result(re.search(pattern, printed), f"gdb shows {what}", [printed])
    pages = re.findall(EXPECTED[-1][1], printed)
    writer.result(len(pages) == 2, "umbra-tables works in hypervisor context and in guest context", [printed])


sys.exit(tap.run(main))
