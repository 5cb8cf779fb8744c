# SPDX-License-Identifier: GPL-2.0-or-later
"""The site of `make web`, for its tests: served on a free port, and driven in headless chromium by a program for node."""

import os
import subprocess

from lib.images import BUILD

SITE = f"{BUILD}/web"
SHOTS = f"{BUILD}/web-shots"
SERVER = "tools/serve-site"


def drive(program, *words):
    """Runs the program with the site's address, its folder, the folder for pictures of pages, and these words. Returns its
    exit status."""
    os.makedirs(SHOTS, exist_ok=True)
    with subprocess.Popen([SERVER, SITE, "0"], stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().split()[0]
        try:
            return subprocess.run(["node", program, address, SITE, SHOTS, *words], check=False).returncode
        finally:
            server.terminate()
