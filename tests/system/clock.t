#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's clock on a CPU without a TSC is right after the host has stopped the emulator for longer than the
interval timer's counter lasts.

The counter goes through 27 rounds in each stop. A clock that loses these rounds is nine seconds late at the end. A
clock that is right seems late only by the time after which this test sees the output.
"""

import os
import re
import signal
import sys
import threading
import time

from lib import images, machine, tap, verdict

PID_FILE = f"{images.BUILD}/tests/clock.pid"
STOPS, STOPPED, GOING = 6, 1.5, 0.2  # STOPS stops; the others in seconds
GUEST_MS = 12000  # by its own clock
LATE_MS = 4500  # half of the time that the stops take

STARTS, ENDS = "guest spinner: starting", "guest spinner: shut down"


class Stopper:
    """Notes when the guest starts and ends; stops the emulator in between."""

    def __init__(self):
        self.seen = {}
        self.thread = threading.Thread(target=self.stop_and_go, daemon=True)

    def __call__(self, text):
        for message in (STARTS, ENDS):
            if message in text and message not in self.seen:
                self.seen[message] = time.monotonic()
                if message == STARTS:
                    self.thread.start()

    @staticmethod
    def stop_and_go():
        with open(PID_FILE, encoding="ascii") as file:
            pid = int(file.read())
        for _ in range(STOPS):
            time.sleep(GOING)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(STOPPED)
            os.kill(pid, signal.SIGCONT)

    def milliseconds(self):
        return (self.seen[ENDS] - self.seen[STARTS]) * 1000 if len(self.seen) == 2 else None


def main(writer):
    stopper = Stopper()
    module = f"{images.BUILD}/tests/sched-busy-loop.elf kernel name=spinner mem=2M -- ms={GUEST_MS}"
    boot = machine.boot_kernel(f"{images.BUILD}/tests/clock.log", [module],
                               kernel=machine.RELEASE_BUILD, append="console=serial stats",
                               clock=machine.REAL_TIME,
                               words=["-cpu", "486", "-pidfile", PID_FILE], on_output=stopper,
                               silence=60)
    took = stopper.milliseconds()
    shown = re.search(r"stats: guest spinner after (\d+) ms", boot.text)
    writer.result(boot.status == machine.STATUS_DONE and took is not None and shown,
                  "the guest shuts down when its clock reaches its end", verdict.log_tail(boot))
    late = took - int(shown[1]) if took is not None and shown else 0
    writer.result(took is not None and shown and abs(late) < LATE_MS,
                  f"the guest's clock loses no time while the emulator is stopped {STOPS} times for {STOPPED} s",
                  [f"{late:.0f} ms are missing"])


sys.exit(tap.run(main))
