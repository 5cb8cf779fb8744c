#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/run-iso.sh ISO: boots the disc in QEMU.
exec tools/qemu.sh -boot d -cdrom "$1"
