#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/debug.sh NAME: boots one guest image, but QEMU waits for gdb before the first instruction.
set -eu
. tools/usage.sh
usage 1 "$@"

BUILD=${BUILD:-build}
HYPERVISOR=${HYPERVISOR:-$BUILD/debug/umbra.elf}
port=${GDB_PORT:-1234}

image=$BUILD/guest/$1.elf
[ -f "$image" ] || image=$BUILD/tests/$1.elf
if [ ! -f "$image" ]; then
	echo "GUEST=$1: no guest image is called so; there are:" $(ls guest/images) >&2
	exit 1
fi

cat <<END
QEMU waits for gdb. In another terminal, in this folder, type:

    gdb -q $HYPERVISOR -x tools/gdb/umbra.py -ex 'umbra-connect $port $image'

There, 'help umbra' lists what is special about this machine, and 'continue' starts it.
END
export HYPERVISOR
OPTIONS="-gdb tcp:127.0.0.1:$port -S" exec tools/run-guest.sh "$1"
