#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The site of `make web` in headless chromium, driven by tests/web/site.mjs. QEMU plays each script first, on a CPU with
the features of v86's: the laboratory must give the same results. Pictures of all pages are kept in build/web-shots."""

import json
import os
import re
import sys

from lib import images, machine, site, tap
from lib.images import BUILD

EXPECTED = f"{BUILD}/tests/web-expected.json"

# v86's CPU has SSE2 and PAE, but neither NX nor long mode.
CPU = ["-cpu", "pentium3"]
WORDS = "console=serial run=sequence paging=2level"
GUEST = re.compile(r"umbra: guest script-\S+: (.*)")


def expected():
    """The results of each script in QEMU, by its file's name: its lines, and its end."""
    modules = [module for image in images.test_scripts() for module in image.modules]
    names = [os.path.basename(module.split()[0]) for module in modules[1::2]]
    boot = machine.boot_kernel(f"{BUILD}/tests/web-scripts.log", modules, machine.RELEASE_BUILD, WORDS, CPU)
    results, lines = [], []
    for line in boot.lines():
        match = GUEST.match(line)
        if match and match[1].startswith("starting"):
            lines = []
        elif match:
            results.append({"tap": lines, "end": match[1]})
        elif line and not line.startswith("umbra: "):
            lines.append(line)
    return dict(zip(names, results, strict=True))


def main():
    os.chdir(tap.TOP)
    results = expected()
    with open(EXPECTED, "w", encoding="utf-8") as file:
        json.dump(results, file)
    return site.drive("tests/web/site.mjs", EXPECTED)


sys.exit(main())
