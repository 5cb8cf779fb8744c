#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/linux/check-kernel checks kernels made here, most with one fault: its lines and its exit status are
compared. No real kernel is needed."""

import bz2
import contextlib
import gzip
import importlib.machinery
import io
import lzma
import os
import struct
import subprocess
import sys

from lib import images, tap

TOOL = "tools/linux/check-kernel"
FOLDER = f"{images.BUILD}/tests/check-kernel"
FILE = f"{FOLDER}/a kernel"
FINE, MISSING, NO_KERNEL, NOT_CHECKED = range(4)

COMMON = ["X86_32", "PARAVIRT", "LGUEST_GUEST", "VIRTIO_CONSOLE", "BINFMT_ELF", "PRINTK", "HIGHMEM",
          "BLK_DEV_INITRD", "RD_GZIP", "VIRTIO_BLK", "VIRTIO_NET", "HW_RANDOM_VIRTIO", "DEVTMPFS",
          "HIGH_RES_TIMERS", "MAGIC_SYSRQ", "PROC_SYSCTL"]
OLD = COMMON + ["PARAVIRT_GUEST", "NO_HZ"]
NEW = COMMON + ["HYPERVISOR_GUEST", "TTY", "NO_HZ_IDLE"]
SIGNS = b"lguest\0virtio_console\0virtio_blk\0virtio_net\0virtio_rng\0"


def config(version="3.10.108", options=(), without="", more=""):
    """A .config with these options, except the option `without`."""
    names = [f"CONFIG_{name}=y" for name in options or NEW if name != without]
    off = [f"# CONFIG_{without} is not set"] if without else []
    head = ["#", "# Automatically generated file; DO NOT EDIT.",
            f"# Linux/i386 {version} Kernel Configuration", "#"]
    return "\n".join(head + names + off + [more, ""]).encode()


def vmlinux(version="3.10.108", signs=SIGNS, embedded=b"", paddr=0x100000, machine=3):
    """An ELF file whose one segment is the whole file."""
    contents = b"Linux version " + version.encode() + b" (gcc)\0" + signs
    if embedded:
        contents += b"IKCFG_ST" + gzip.compress(embedded) + b"IKCFG_ED"
    header = struct.pack("<4sBBB9xHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, 2, machine, 1, paddr, 52, 0, 0,
                         52, 32, 1, 0, 0, 0)
    segment = struct.pack("<IIIIIIII", 1, 84, 0xC0000000 + paddr, paddr, len(contents), 0x800000, 7,
                          4096)
    return header + segment + contents


def bzimage(kernel, pack=gzip.compress, version="3.10.108", **fields):
    """A bzImage with the packed kernel. `at_211=0` sets the header's field at offset 0x211 to 0."""
    packed = pack(kernel)
    code = bytes(64) + packed
    code += bytes(-len(code) % 16)
    image = bytearray(1024) + code
    values = {0x1F1: ("B", 1), 0x1F4: ("I", len(code) // 16), 0x201: ("B", 0x66),
              0x202: ("4s", b"HdrS"), 0x206: ("H", 0x20C), 0x20E: ("H", 0x100), 0x211: ("B", 1),
              0x214: ("I", 0x100000), 0x22C: ("I", 0x7FFFFFFF), 0x230: ("I", 0x100000),
              0x238: ("I", 255), 0x248: ("I", 64), 0x24C: ("I", len(packed)),
              0x258: ("Q", 0x100000), 0x260: ("I", 0x900000)}
    for name, value in fields.items():
        at = int(name[3:], 16)
        values[at] = (values.get(at, ("B",))[0], value)
    for at, (code, value) in values.items():
        struct.pack_into("<" + code, image, at, value)
    text = f"{version} (someone@somewhere) #1".encode()
    image[0x300:0x300 + len(text)] = text
    return bytes(image)


# The file, the status, and lines that must be there.
CASES = [
    ("a .config of 3.10", config(), FINE,
     ["a .config of Linux 3.10.108", "page tables: two-level", "fine"]),
    ("a .config of 3.4", config("3.4.113", OLD), FINE, ["fine"]),
    ("a .config of 3.19, compressed", gzip.compress(config("3.19.8")), FINE, ["fine"]),
    ("a .config with PAE", config(more="CONFIG_X86_PAE=y"), FINE,
     ["page tables: PAE, for CPUs that have it"]),
    ("a .config of 3.10 with 3.4's options", config("3.10.108", OLD), MISSING,
     ["missing: CONFIG_HYPERVISOR_GUEST: ", "missing: CONFIG_TTY: ", "note: CONFIG_NO_HZ_IDLE is off"]),
    ("a .config of 3.4 with 3.10's options", config("3.4.113", NEW), MISSING,
     ["missing: CONFIG_PARAVIRT_GUEST: ", "note: CONFIG_NO_HZ is off"]),
    ("a .config for 64 bits", config(without="X86_32", more="CONFIG_64BIT=y"), MISSING,
     ["missing: CONFIG_X86_32: ", "wrong: CONFIG_64BIT: "]),
    ("a .config with the disk's driver as a module", config(without="VIRTIO_BLK", more="CONFIG_VIRTIO_BLK=m"), FINE,
     ["note: CONFIG_VIRTIO_BLK is a module"]),
    ("a .config of a kernel loaded at 16 MB", config(more="CONFIG_PHYSICAL_START=0x1000000"), FINE,
     ["note: CONFIG_PHYSICAL_START=0x1000000: its memory begins at 16 MB"]),
    ("a .config of a version that is too new", config("4.4.0"), MISSING, ["wrong: Linux 4.4.0: "]),
    ("a .config of a version that is too old", config("2.6.39"), MISSING, ["wrong: Linux 2.6.39: "]),
    ("a vmlinux with its .config", vmlinux(embedded=config()), FINE,
     ["an ELF image of Linux 3.10.108", "memory: at least 9216 KB ", "page tables: two-level", "fine"]),
    ("a vmlinux whose .config lacks something", vmlinux(embedded=config(without="LGUEST_GUEST")),
     MISSING, ["missing: CONFIG_LGUEST_GUEST: "]),
    ("a vmlinux without its .config", vmlinux(), FINE, ["note: its .config is not in it", "fine"]),
    ("a vmlinux that is no guest", vmlinux(signs=b"virtio_console\0"), MISSING,
     ["missing: CONFIG_LGUEST_GUEST: ", "note: CONFIG_VIRTIO_BLK is off"]),
    ("a vmlinux of 4.14", vmlinux("4.14.1"), MISSING, ["wrong: Linux 4.14.1: "]),
    ("a vmlinux for another CPU", vmlinux(machine=62), MISSING,
     ["wrong: an ELF file, but no 32-bit executable for i386"]),
    ("a vmlinux at 0", vmlinux(paddr=0), MISSING, ["wrong: ELF segment 0 lies at 0x0, "]),
    ("a vmlinux that is cut off", vmlinux()[:-1], MISSING, ["wrong: ELF segment 0 is cut off"]),
    ("a vmlinux with a damaged header", vmlinux().replace(struct.pack("<I", 52), b"\xff" * 4, 1),
     MISSING, ["wrong: its headers are damaged: "]),
    ("a bzImage", bzimage(vmlinux(embedded=config())), FINE,
     ["a bzImage of Linux 3.10.108, boot protocol 2.12", "memory: at least 10240 KB ", "fine"]),
    ("a bzImage packed by xz", bzimage(vmlinux(), lzma.compress), FINE, ["fine"]),
    ("a bzImage packed by bzip2", bzimage(vmlinux(), bz2.compress), FINE, ["fine"]),
    ("a bzImage packed by lzma",
     bzimage(vmlinux(), lambda data: lzma.compress(data, lzma.FORMAT_ALONE)), FINE, ["fine"]),
    ("a bzImage packed in an unknown way", bzimage(b"?" * 100, bytes), FINE,
     ["note: how the kernel in it is packed is not known"]),
    ("a bzImage packed in an unknown way, of another version", bzimage(b"?" * 100, bytes, "4.9.1"), MISSING,
     ["wrong: Linux 4.9.1: "]),
    ("a bzImage whose kernel is no guest", bzimage(vmlinux(signs=b"")), MISSING,
     ["missing: CONFIG_LGUEST_GUEST: ", "missing: CONFIG_VIRTIO_CONSOLE: "]),
    ("a bzImage whose packed kernel is damaged", bzimage(vmlinux(), lambda _: b"\x1f\x8b\0"), MISSING,
     ["wrong: the packed kernel in it is damaged"]),
    ("a bzImage that is cut off", bzimage(vmlinux())[:-17], MISSING, ["wrong: it is cut off"]),
    ("a zImage", bzimage(vmlinux(), at_211=0), MISSING, ["wrong: a zImage"]),
    ("a bzImage of an old boot protocol", bzimage(vmlinux(), at_206=0x206), MISSING,
     ["wrong: its boot protocol is 2.06: 2.07 is needed"]),
    ("a bzImage for 64 bits", bzimage(vmlinux(), at_236=1), MISSING,
     ["wrong: a kernel for 64-bit CPUs"]),
    ("a bzImage with setup_data", bzimage(vmlinux(), at_250=1), MISSING, ["wrong: setup_data "]),
    ("a kernel that starts at 0x1000", bzimage(vmlinux(), at_258=0x1000), MISSING,
     ["wrong: it wants to start at 0x1000"]),
    ("a kernel that starts at 16 MB", bzimage(vmlinux(), at_258=0x1000000), FINE,
     ["memory: at least 25600 KB "]),
    ("a relocatable kernel with an alignment of 16 MB", bzimage(vmlinux(), at_234=1, at_230=0x1000000), FINE,
     ["memory: at least 25600 KB "]),
    ("a relocatable kernel that prefers 64 KB", bzimage(vmlinux(), at_234=1, at_258=0x10000), FINE,
     ["memory: at least 10240 KB "]),
    ("a bzImage with fields younger than its version",
     bzimage(vmlinux(), at_206=0x209, at_235=255, at_236=1, at_258=1 << 40, at_260=0xFFFFFFFF), FINE,
     ["memory: at least 1025 KB "]),
    ("a bzImage whose alignment is no power of two", bzimage(vmlinux(), at_234=1, at_230=0x300000), MISSING,
     ["wrong: its alignment 0x300000 is not a power of two"]),
    ("a bzImage whose minimal alignment is above its alignment", bzimage(vmlinux(), at_234=1, at_235=21), MISSING,
     ["wrong: its minimal alignment "]),
    ("a bzImage cut off in its setup header", bzimage(vmlinux())[:0x240], NO_KERNEL, []),
    ("a text", b"A text about CONFIG_LGUEST_GUEST=y\n", NO_KERNEL, []),
    ("an empty file", b"", NO_KERNEL, []),
    ("damaged gzip", gzip.compress(config())[:-9], NO_KERNEL, []),
    ("another ELF file", vmlinux().replace(b"Linux version", b"Hello version"), NO_KERNEL, []),
]


class Said:
    """The tool's output and status. It is called in this process, since a process for each case would take long."""

    def __init__(self, tool, *words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.returncode = tool.main(list(words))
        self.stdout, self.stderr = out.getvalue(), err.getvalue()


def run(*words):
    return subprocess.run([TOOL, *words], capture_output=True, text=True, check=False)


def check(writer, text, status, lines, result):
    said = result.stdout.split("\n")
    lost = [line for line in lines if not any(s.startswith(line) for s in said)]
    traceback = "Traceback" in result.stderr
    writer.result(result.returncode == status and not lost and not traceback,
                  f"{text}: check-kernel's status is {status}",
                  [f"status {result.returncode} instead of {status}"] +
                  ["not said: " + line for line in lost] + [result.stdout, result.stderr])


def options(writer, tool):
    """A kernel without a needed option is refused, for every option and every version that has it."""
    for version, names in ("3.4.113", OLD), ("3.9.11", OLD + ["TTY"]), ("3.10.108", NEW), ("3.19.8", NEW):
        for name in names:
            with open(FILE, "wb") as file:
                file.write(config(version, names, name))
            needed = name in ("X86_32", "PARAVIRT", "LGUEST_GUEST", "VIRTIO_CONSOLE", "BINFMT_ELF",
                              "TTY", "HYPERVISOR_GUEST", "PARAVIRT_GUEST")
            line = f"missing: CONFIG_{name}: " if needed else f"note: CONFIG_{name} is off: "
            check(writer, f"{version} without CONFIG_{name}", MISSING if needed else FINE, [line],
                  Said(tool, FILE))


def main(writer):
    tool = importlib.machinery.SourceFileLoader("check_kernel", TOOL).load_module()
    os.makedirs(FOLDER, exist_ok=True)
    for text, data, status, lines in CASES:
        with open(FILE, "wb") as file:
            file.write(data)
        check(writer, text, status, lines, Said(tool, FILE))
    options(writer, tool)
    check(writer, "README.md", NO_KERNEL, [], run("README.md"))
    check(writer, "--help", FINE, ["tools/linux/check-kernel FILE"], run("--help"))
    check(writer, "no words", NOT_CHECKED, [], run())
    check(writer, "no such file", NOT_CHECKED, [], run("/nonexistent"))
    with open("docs/linux.md", encoding="utf-8") as page:
        text = page.read()
    writer.result(run("--table").stdout in text, "docs/linux.md has the table that --table prints")


sys.exit(tap.run(main))
