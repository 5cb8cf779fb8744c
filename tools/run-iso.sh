#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/run-iso.sh ISO: boots the disc in QEMU. Its menu waits one second instead of five.
. tools/usage.sh
usage 1 "$@"
exec tools/qemu.sh -boot d -cdrom "$1" -smbios type=1,version=umbra-hurry
