# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel and file system under test, as boot modules, and the machine that boots them."""

import gzip
import os
import re
import shutil
import stat
import subprocess

from lib.images import BUILD
from session import HYPERVISOR, Session

FOLDER = f"{BUILD}/tests/linux"
KERNEL = f"{FOLDER}/kernel"
INITRD = f"{FOLDER}/initrd"
DISK = f"{FOLDER}/disk"
DISK_TEXT = "hello from the disk\n"
DISK_MB = 8


def newc(name, mode, data=b""):
    """An entry of a cpio archive as Linux unpacks it: a header of hexadecimal numbers with the name, then the
    contents, each padded to a multiple of four bytes."""
    numbers = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    header = b"070701" + "".join(f"{n:08x}" for n in numbers).encode() + name.encode() + b"\0"
    return b"".join(part + b"\0" * (-len(part) % 4) for part in (header, data))


def file_entry(name, path):
    with open(path, "rb") as file:
        return newc(name, stat.S_IFREG | 0o755, file.read())


def our_archive():
    """The files that these tests add to the initrd. Linux unpacks one archive after the other."""
    entries = [newc("umbra", stat.S_IFDIR | 0o755), file_entry("umbra/fpu", f"{FOLDER}/fpu"),
               file_entry("umbra/costs", f"{FOLDER}/costs"),
               file_entry("umbra/check", "tests/linux/check"), newc("TRAILER!!!", 0)]
    return gzip.compress(b"".join(entries))


def prepare(kernel, initrd):
    """Copies kernel and initrd to paths without blanks, and adds the tests' files to the initrd."""
    shutil.copyfile(kernel, KERNEL)
    with open(initrd, "rb") as file:
        data = file.read()
    with open(INITRD, "wb") as file:
        file.write(data + b"\0" * (-len(data) % 4) + our_archive())


def make_disk():
    """A disk with an ext2 file system and a file in it."""
    source = f"{FOLDER}/disk.d"
    os.makedirs(source, exist_ok=True)
    with open(f"{source}/hello.txt", "w", encoding="ascii") as file:
        file.write(DISK_TEXT)
    if os.path.exists(DISK):
        os.remove(DISK)
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext2", "-b", "1024", "-d", source, DISK,
                    f"{DISK_MB}M"], check=True, stdout=subprocess.DEVNULL)


def megabytes(memory):
    return int(memory[:-1]) * (1024 if memory.endswith("G") else 1)


def modules(name="linux", memory="64M", line="", disk="", words=""):
    kernel = f"{KERNEL} kernel name={name} mem={memory} {words} -- console=hvc0 {line}"
    return [re.sub(" +", " ", kernel).strip(), f"{INITRD} initrd"] + \
        ([f"{DISK} {disk}"] if disk else [])


def boot(log, all_modules, memory, cpu="", append="console=serial", counted=False, debugcon=""):
    """Boots modules in a machine that has memory for them and for `memory` MB of guests. `counted`: the machine's time
    is counted in instructions, one a nanosecond. `debugcon`: a file for what is written to port 0xE9."""
    files = sum(os.path.getsize(module.split()[0]) for module in all_modules) >> 20
    words = ["-m", str(memory + memory // 8 + files + 48)] + (["-cpu", cpu] if cpu else [])
    words += ["-icount", "shift=0,sleep=off"] if counted else []
    words += ["-debugcon", f"file:{debugcon}"] if debugcon else []
    return Session(f"{FOLDER}/{log}.log", all_modules, append, words)


def make_disc(name, memory, line):
    """A disc with GRUB, as `make run` makes it. Returns its name."""
    iso = f"{FOLDER}/{name}.iso"
    subprocess.run(["tools/linux/make-iso.sh", iso, HYPERVISOR], check=True,
                   env=dict(os.environ, GUEST=KERNEL, INITRD=INITRD, DISK="", MEM=memory,
                            CMDLINE=line, APPEND="end=poweroff"))
    return iso
