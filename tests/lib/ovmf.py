# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU with UEFI firmware: the words that start it, from Debian's packages ovmf and ovmf-ia32."""

import os
import shutil

from lib.images import BUILD

FIRMWARE = "/usr/share/OVMF"

# The program, the firmware's code and variables. Debian's 32-bit firmware is built for Secure Boot: it wants q35
# with SMM; without the keys that its variables lack, it starts anything.
X64 = ("qemu-system-x86_64", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd")
IA32 = ("qemu-system-i386", "OVMF32_CODE_4M.secboot.fd", "OVMF32_VARS_4M.fd")
MACHINES = {"x64": (X64, "q35"), "x64 on pc": (X64, "pc"), "ia32": (IA32, "q35,smm=on")}


def words(name):
    """The words for the machine of this name, one of MACHINES, without a medium. The variables are a new copy."""
    (program, code, variables), board = MACHINES[name]
    copy = f"{BUILD}/tests/{name.replace(' ', '-')}.vars"
    os.makedirs(os.path.dirname(copy), exist_ok=True)
    shutil.copyfile(f"{FIRMWARE}/{variables}", copy)
    return [program, "-M", board, "-m", "256", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot",
            "-serial", "stdio",
            "-drive", f"if=pflash,unit=0,readonly=on,format=raw,file={FIRMWARE}/{code}",
            "-drive", f"if=pflash,unit=1,format=raw,file={copy}"]
