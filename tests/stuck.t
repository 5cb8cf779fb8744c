#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A test that never ends, for a test of the runner (tests/system/runner.t): it waits longer than any limit."""

import sys
import time

from lib import patience, tap


def main(_):
    with patience.Step("wait for a sleeper"):
        while True:
            time.sleep(1000)


sys.exit(tap.run(main))
