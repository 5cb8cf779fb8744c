#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A running Linux starts Umbra by kexec: Debian's kernel and kexec-tools, on QEMU's 64-bit PC. The packages are
downloaded once, 75 MB. Without a network or dpkg the test is skipped."""

import glob
import os
import shutil
import subprocess
import sys

from lib import images, machine, tap, verdict

FOLDER = os.path.abspath(f"{images.BUILD}/kexec")
ROOT = f"{FOLDER}/root"
# kexec is linked with the Xen libraries.
PACKAGES = ["kexec-tools", "busybox-static", "libc6", "libxenmisc4.17", "libxentoolcore1", "libxentoollog1",
            "libxencall1", "libxenforeignmemory1", "libxendevicemodel1", "libxengnttab1", "libxenevtchn1"]
ARCHITECTURE = "amd64"

INIT = """#!/bin/sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
echo "linux: $(/bin/busybox uname -r)"
/bin/kexec -l /umbra.elf --type=multiboot-x86 --command-line="console=serial stats" \\
    --module="/hello.elf kernel name=first mem=4M -- by kexec" --module="/demo.elf kernel name=second mem=4M" \\
    && echo "linux: loaded"
/bin/kexec -e
"""

ENDS = ["linux: loaded", 'My command line is "by kexec".', "umbra: guest first: shut down: goodbye",
        "umbra: guest second: shut down: demo: all ", "umbra: done: 2 guests"]


def command(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout


def kernel_package():
    """The package that linux-image-amd64 depends on."""
    depends = command("apt-cache", "depends", f"linux-image-{ARCHITECTURE}:{ARCHITECTURE}")
    return next(line.split()[1].split(":")[0] for line in depends.splitlines() if "Depends: linux-image" in line)


def unpack():
    """Downloads the packages that are not there yet, and unpacks them into FOLDER/files. Returns the kernel's file."""
    kernel = kernel_package()
    os.makedirs(f"{FOLDER}/files", exist_ok=True)
    for name in [kernel, *PACKAGES]:
        if not glob.glob(f"{FOLDER}/{name}_*.deb"):
            command("apt-get", "download", f"{name}:{ARCHITECTURE}", cwd=FOLDER)
        package, = glob.glob(f"{FOLDER}/{name}_*.deb")
        command("dpkg-deb", "-x", package, f"{FOLDER}/files")
    return f"{FOLDER}/files/boot/vmlinuz-{kernel.removeprefix('linux-image-')}"


def put(path, to):
    os.makedirs(os.path.dirname(f"{ROOT}/{to}"), exist_ok=True)
    shutil.copy(path, f"{ROOT}/{to}")


def make_initrd():
    """An initial file system with kexec, its libraries, and Umbra with two guests."""
    shutil.rmtree(ROOT, ignore_errors=True)
    for folder in ("proc", "sys", "dev"):
        os.makedirs(f"{ROOT}/{folder}")
    put(f"{FOLDER}/files/bin/busybox", "bin/busybox")
    put(f"{FOLDER}/files/sbin/kexec", "bin/kexec")
    os.symlink("busybox", f"{ROOT}/bin/sh")
    libraries = [path for pattern in ("libxen*.so.*", "libc.so.6")
                 for path in glob.glob(f"{FOLDER}/files/**/x86_64-linux-gnu/{pattern}", recursive=True)]
    for path in libraries:
        put(path, "lib/x86_64-linux-gnu/" + os.path.basename(path))
    put(os.path.realpath(f"{FOLDER}/files/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"), "lib64/ld-linux-x86-64.so.2")
    put(machine.RELEASE_BUILD, "umbra.elf")
    for name in ("demo", "hello"):
        put(f"{images.BUILD}/guest/{name}.elf", f"{name}.elf")
    with open(f"{ROOT}/init", "w", encoding="utf-8") as file:
        file.write(INIT)
    os.chmod(f"{ROOT}/init", 0o755)
    command("sh", "-c", "find . | cpio -o -H newc | gzip -1 > ../initrd.gz", cwd=ROOT)


def main(writer):
    make_initrd()
    qemu = ["qemu-system-x86_64", *machine.QEMU[1:], *machine.DEBUG_EXIT, "-m", "512"]
    boot = machine.run([*qemu, "-kernel", KERNEL, "-initrd", f"{FOLDER}/initrd.gz", "-append",
                        "console=ttyS0 quiet panic=-1"], f"{images.BUILD}/tests/kexec.log")
    problems = [boot.hung] if boot.hung else []
    problems += [f"no line `{end}`" for end in ENDS if not any(line.startswith(end) for line in boot.lines())]
    if boot.status != machine.STATUS_DONE:
        problems.append(f"QEMU ended with {boot.status}")
    writer.result(not problems, f"Debian's Linux starts Umbra and two guests by kexec, {boot.seconds:.0f} s",
                  problems + verdict.log_tail(boot))


os.chdir(tap.TOP)
try:
    KERNEL = unpack()
except (OSError, subprocess.CalledProcessError) as reason:
    print(f"1..0 # SKIP Debian's packages cannot be had: {getattr(reason, 'stderr', '') or reason}".split("\n", 1)[0])
    sys.exit(0)
sys.exit(tap.run(main))
