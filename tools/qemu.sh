#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/qemu.sh QEMU-OPTION...: QEMU with the serial console on this terminal.
# Ends well if the hypervisor reported that it was done, through the debug exit device.

# isa-debug-exit makes QEMU end with 2 * value + 1.
DONE=33
PANIC=35

# QEMU's own prefix key would be Ctrl-A, which is Umbra's.
echo "Ctrl-A h: help of Umbra's console. Ctrl-] x: leave QEMU"

# shellcheck disable=SC2086 # QEMU_FLAGS is several words
qemu-system-i386 -m 64 -display none -serial mon:stdio -echr 0x1d -nic none -no-reboot \
	-device isa-debug-exit,iobase=0xf4,iosize=4 "$@" ${QEMU_FLAGS-}

case $? in
0) echo "QEMU: left before the hypervisor was done" ;; # Ctrl-] x: no error
"$DONE") ;;
"$PANIC")
	echo "QEMU: the hypervisor panicked" >&2
	exit 1
	;;
*)
	echo "QEMU: ended with an error" >&2
	exit 1
	;;
esac
