# SPDX-License-Identifier: GPL-2.0-or-later
"""v86, a PC in JavaScript, from the npm registry; in the version that tools/v86/package-lock.json names."""

import json
import os
import shutil
import subprocess

from lib import machine
from lib.images import BUILD

FOLDER = f"{BUILD}/v86"
FILES = ["tools/v86/package.json", "tools/v86/package-lock.json"]


def version():
    with open(FILES[0], encoding="utf-8") as file:
        return json.load(file)["dependencies"]["v86"]


def install():
    """Fetches it into build/v86, unless it is there."""
    if os.path.exists(f"{FOLDER}/node_modules/v86/build/libv86.mjs"):
        return
    os.makedirs(FOLDER, exist_ok=True)
    for path in FILES:
        shutil.copy(path, FOLDER)
    subprocess.run(["npm", "ci", "--silent", "--prefix", FOLDER], check=True)


def boot(name, end, *words):
    """Boots until a line begins with `end`: tools/v86/boot.mjs has the words. Its log is v86-NAME.log."""
    return machine.run(["node", "tools/v86/boot.mjs", FOLDER, end, *words], f"{BUILD}/tests/v86-{name}.log")
