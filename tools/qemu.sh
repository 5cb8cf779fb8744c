#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/qemu.sh QEMU-OPTION...: runs QEMU with the serial console on this terminal, and keeps its output in
# $BUILD/run.log. Ends with 1 if a guest ended otherwise than declared (tools/judge).
set -u
. tools/usage.sh
case ${1-} in
'' | -h | --help) usage 1 "$@" ;;
esac

BUILD=${BUILD:-build}
# Several calls may run at the same time, so each has a log of its own until its end.
log=$(mktemp "$BUILD/run.XXXXXX") || exit 1
trap 'mv -f "$log" "$BUILD/run.log"' EXIT

# QEMU's own prefix key would be Ctrl-A, which is Umbra's.
echo "Ctrl-A h: help of Umbra's console. Ctrl-] x: leave QEMU"

# shellcheck disable=SC2086 # QEMU_FLAGS is several words
qemu-system-i386 -m 64 -display none -echr 0x1d -nic none -no-reboot \
	-chardev "stdio,id=terminal,mux=on,signal=off,logfile=$log" \
	-serial chardev:terminal -mon chardev=terminal \
	-device isa-debug-exit,iobase=0xf4,iosize=4 "$@" ${QEMU_FLAGS-}
tools/judge "$log" $?
