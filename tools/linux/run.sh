#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/linux/run.sh ISO: boots a disc made by make-iso.sh in QEMU. The machine has enough memory for the guest (MEM),
# the modules and the hypervisor.
set -eu
. tools/usage.sh
. tools/linux/memory.sh
usage 1 "$@"

if [ ! -f "$1" ] || [ ! -d "${1%.iso}.disc" ]; then
	echo "$1: there is no such disc of make-iso.sh" >&2
	exit 1
fi
guest=$(in_mb "${MEM:-64M}")
modules=$(du -sm "${1%.iso}.disc" | cut -f 1)
QEMU_FLAGS="-m $((guest + guest / 8 + modules + 32)) ${QEMU_FLAGS-}"
export QEMU_FLAGS
exec tools/run-iso.sh "$1"
