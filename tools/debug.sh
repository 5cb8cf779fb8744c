#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/debug.sh NAME: boots one guest image, but QEMU waits for gdb before the first instruction.
set -eu

BUILD=${BUILD:-build}
HYPERVISOR=${HYPERVISOR:-$BUILD/debug/umbra.elf}
port=${GDB_PORT:-1234}

cat <<END
QEMU waits for gdb. In another terminal, in this folder, type:

    gdb -q $HYPERVISOR -x tools/gdb/umbra.py -ex 'umbra-connect $port $BUILD/guest/$1.elf'

There, 'help umbra' lists what is special about this machine, and 'continue' starts it.
END
export HYPERVISOR
OPTIONS="-gdb tcp:127.0.0.1:$port -S" exec tools/run-guest.sh "$1"
