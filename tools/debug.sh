#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/debug.sh NAME: boots one guest image, but QEMU waits for gdb before the first instruction.
set -eu
. tools/usage.sh
. tools/image.sh
usage 1 "$@"

BUILD=${BUILD:-build}
HYPERVISOR=${HYPERVISOR:-$BUILD/debug/umbra.elf}
port=${GDB_PORT:-1234}

find_image "$1" "make debug GUEST=$1"

cat <<END
QEMU waits for gdb. In another terminal, in this folder, type:

    gdb -q $HYPERVISOR -x tools/gdb/umbra.py -ex 'umbra-connect $port $image'

There, 'help umbra' lists what is special about this machine, and 'continue' starts it.
END
export HYPERVISOR
OPTIONS="-gdb tcp:127.0.0.1:$port -S" exec tools/run-guest.sh "$1"
