# SPDX-License-Identifier: GPL-2.0-or-later
"""Discs that boot by GRUB, for tests."""

import os
import shutil
import subprocess

from lib.images import BUILD


def make(name, words, files, kernel=f"{BUILD}/umbra.elf"):
    """Writes a disc that boots Umbra, or another kernel, with these modules: pairs of a file and its words. Returns the
    disc's name."""
    root = f"{BUILD}/tests/{name}.disc"
    menu = ["set timeout=0", f'menuentry "{name}" {{', f"multiboot /{os.path.basename(kernel)} {words}"]
    os.makedirs(f"{root}/boot/grub", exist_ok=True)
    shutil.copy(kernel, root)
    for file, module_words in files:
        shutil.copy(file, root)
        menu.append(f"module /{os.path.basename(file)} {module_words}")
    with open(f"{root}/boot/grub/grub.cfg", "w", encoding="utf-8") as file:
        file.write("\n".join([*menu, "}", ""]))
    subprocess.run(["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", f"{root}.iso", root,
                    "--locales=", "--fonts=", "--themes=", "--install-modules=normal multiboot"],
                   check=True, capture_output=True)
    return f"{root}.iso"
