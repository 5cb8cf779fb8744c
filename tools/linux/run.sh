#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/linux/run.sh ISO: boots a disc made by make-iso.sh in QEMU. The machine has enough memory for the guest (MEM),
# the modules and the hypervisor.
set -eu
. tools/usage.sh
usage 1 "$@"

in_mb() {
	case $1 in
	*G) echo $((${1%G} * 1024)) ;;
	*M) echo "${1%M}" ;;
	*K) echo $((${1%K} / 1024 + 1)) ;;
	*) echo $(($1 / 1048576 + 1)) ;;
	esac
}

guest=$(in_mb "${MEM:-64M}")
modules=$(du -sm "${1%.iso}.disc" | cut -f 1)
QEMU_FLAGS="-m $((guest + guest / 8 + modules + 32)) ${QEMU_FLAGS-}"
export QEMU_FLAGS
exec tools/run-iso.sh "$1"
