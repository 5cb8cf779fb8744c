#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A running Linux starts Umbra by kexec: Debian's kernel and kexec-tools, on QEMU's 64-bit PC.

    prove tests/boot/kexec.t
    KEXEC_KERNEL=bzImage prove tests/boot/kexec.t    starts Umbra from a 32-bit kernel of your own too, on a 32-bit PC

docs/hardware.md lists the options that a kernel of your own needs. Debian's packages are downloaded once: 75 MB, and 35
MB for 32 bits. Without a network or apt the test is skipped."""

import glob
import os
import shutil
import subprocess
import sys

from lib import images, machine, tap, verdict

PACKAGES = ["kexec-tools", "busybox-static", "libc6"]
# kexec for 64 bits is linked with the Xen libraries.
XEN_PACKAGES = ["libxenmisc4.17", "libxentoolcore1", "libxentoollog1", "libxencall1", "libxenforeignmemory1",
                "libxendevicemodel1", "libxengnttab1", "libxenevtchn1"]

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


# Files of the build that Linux starts, and commands that the test calls beside apt and QEMU.
BUILT = [machine.RELEASE_BUILD, f"{images.BUILD}/guest/hello.elf", f"{images.BUILD}/guest/demo.elf"]
COMMANDS = ["cpio", "gzip"]

# A name in KEXEC_KERNEL counts from the caller's folder.
OWN_KERNEL = os.environ.get("KEXEC_KERNEL") and os.path.abspath(os.environ["KEXEC_KERNEL"])


class NoPackages(Exception):
    """Debian's packages cannot be had: there is no network, or no apt."""


def command(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout


def from_debian(*words, **options):
    """The output of a command of apt."""
    try:
        return command(*words, **options)
    except FileNotFoundError as reason:
        raise NoPackages(f"there is no {words[0]}") from reason
    except subprocess.CalledProcessError as reason:
        raise NoPackages(reason.stderr.split("\n", 1)[0] or str(reason)) from reason


class Machine:
    """A PC with Debian's programs of one architecture, in a folder of its own, and a kernel: Debian's, or `kernel`."""

    def __init__(self, architecture, libraries, loader, qemu, kernel=None):
        self.architecture, self.libraries, self.loader = architecture, libraries, loader
        self.qemu, self.kernel = qemu, kernel
        self.folder = os.path.abspath(f"{images.BUILD}/kexec/{architecture}")
        self.files, self.root = f"{self.folder}/files", f"{self.folder}/root"

    def apt_options(self):
        """Options with which apt keeps lists of this architecture's packages in this folder."""
        state = f"{self.folder}/apt"
        for folder in ("lists/partial", "cache/archives/partial"):
            os.makedirs(f"{state}/{folder}", exist_ok=True)
        with open(f"{state}/status", "a", encoding="utf-8"):
            pass
        options = {"APT::Architecture": self.architecture, "APT::Architectures": self.architecture,
                   "Dir::State::lists": f"{state}/lists", "Dir::State::status": f"{state}/status",
                   "Dir::Cache": f"{state}/cache"}
        return [word for option in options.items() for word in ("-o", "=".join(option))]

    def kernel_package(self):
        """The package that linux-image-amd64 depends on."""
        depends = from_debian("apt-cache", *self.apt_options(), "depends", f"linux-image-{self.architecture}")
        found = [line.split()[1] for line in depends.splitlines() if "Depends: linux-image" in line]
        if not found:
            raise NoPackages(f"apt knows no linux-image-{self.architecture}")
        return found[0]

    def download(self, names):
        """Downloads the packages that are not there yet, and unpacks all into `files`."""
        for name in names:
            if not glob.glob(f"{self.folder}/{name}_*.deb"):
                from_debian("apt-get", *self.apt_options(), "download", name, cwd=self.folder)
            package, = glob.glob(f"{self.folder}/{name}_*.deb")
            command("dpkg-deb", "-x", package, self.files)

    def prepare(self):
        """Brings the packages, the kernel and the initial file system."""
        os.makedirs(self.files, exist_ok=True)
        if not glob.glob(f"{self.folder}/*.deb"):
            # One mirror of several may be out of reach; a package that is missing then ends the download.
            try:
                from_debian("apt-get", *self.apt_options(), "update")
            except NoPackages:
                pass
        packages = PACKAGES + (XEN_PACKAGES if self.architecture == "amd64" else [])
        if self.kernel is None:
            package = self.kernel_package()
            packages.append(package)
            self.kernel = f"{self.files}/boot/vmlinuz-{package.removeprefix('linux-image-')}"
        self.download(packages)
        self.make_initrd()

    def put(self, path, to):
        os.makedirs(os.path.dirname(f"{self.root}/{to}"), exist_ok=True)
        shutil.copy(path, f"{self.root}/{to}")

    def make_initrd(self):
        """An initial file system with kexec, its libraries, and Umbra with two guests."""
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in ("proc", "sys", "dev"):
            os.makedirs(f"{self.root}/{folder}")
        self.put(f"{self.files}/bin/busybox", "bin/busybox")
        self.put(f"{self.files}/sbin/kexec", "bin/kexec")
        os.symlink("busybox", f"{self.root}/bin/sh")
        for pattern in ("libxen*.so.*", "libc.so.6"):
            for path in glob.glob(f"{self.files}/**/{self.libraries}/{pattern}", recursive=True):
                self.put(path, f"lib/{self.libraries}/" + os.path.basename(path))
        loader, = glob.glob(f"{self.files}/lib/{self.libraries}/{os.path.basename(self.loader)}")
        self.put(os.path.realpath(loader), self.loader)
        self.put(machine.RELEASE_BUILD, "umbra.elf")
        for name in ("demo", "hello"):
            self.put(f"{images.BUILD}/guest/{name}.elf", f"{name}.elf")
        with open(f"{self.root}/init", "w", encoding="utf-8") as file:
            file.write(INIT)
        os.chmod(f"{self.root}/init", 0o755)
        command("sh", "-c", "find . | cpio -o -H newc | gzip -1 > ../initrd.gz", cwd=self.root)

    def boot(self):
        words = [self.qemu, *machine.QEMU[1:], *machine.DEBUG_EXIT, "-m", "512", "-kernel", self.kernel,
                 "-initrd", f"{self.folder}/initrd.gz", "-append", "console=ttyS0 quiet panic=-1"]
        return machine.run(words, f"{images.BUILD}/tests/kexec-{self.architecture}.log")


def judge(writer, name, boot):
    problems = [boot.hung] if boot.hung else []
    problems += [f"no line `{end}`" for end in ENDS if not any(line.startswith(end) for line in boot.lines())]
    if boot.status != machine.STATUS_DONE:
        problems.append(f"QEMU ended with {boot.status}")
    linux = next((line.removeprefix("linux: ") for line in boot.lines() if line.startswith("linux: ")), "none")
    writer.result(not problems, f"{name} ({linux}) starts Umbra and two guests by kexec, {boot.seconds:.0f} s",
                  problems + verdict.log_tail(boot))


def machines():
    """The machines to start, each with its name."""
    yield "Debian's Linux of 64 bits", Machine("amd64", "x86_64-linux-gnu", "lib64/ld-linux-x86-64.so.2",
                                               "qemu-system-x86_64")
    if OWN_KERNEL:
        yield "your Linux of 32 bits", Machine("i386", "i386-linux-gnu", "lib/ld-linux.so.2", "qemu-system-i386",
                                               OWN_KERNEL)


def missing(pcs):
    """A line for each thing that is not there, and that no download brings."""
    if any(not os.path.isfile(path) for path in BUILT):
        yield "build first: make"
        yield from (f"{path}: there is no such file" for path in BUILT if not os.path.isfile(path))
    if OWN_KERNEL and not os.path.isfile(OWN_KERNEL):
        yield f"KEXEC_KERNEL={os.environ['KEXEC_KERNEL']}: there is no such file"
    words = [*COMMANDS, *(pc.qemu for _, pc in pcs)]
    yield from (f"{word} is not installed" for word in words if not shutil.which(word))


def main(writer):
    pcs = list(machines())
    if problems := list(missing(pcs)):
        writer.result(False, "the build and the tools for a boot by kexec are there", problems)
        return
    for name, pc in pcs:
        try:
            pc.prepare()
        except NoPackages as reason:
            writer.result(True, f"{name} # SKIP Debian's packages cannot be had: {reason}")
            continue
        except (OSError, subprocess.CalledProcessError) as reason:
            writer.result(False, f"{name}: its files can be prepared", [reason, getattr(reason, "stderr", "")])
            continue
        judge(writer, name, pc.boot())


sys.exit(tap.run(main))
