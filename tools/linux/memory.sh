# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by a program: in_mb "$MEM" prints a guest's memory in MB, rounded up. A wrong size is named on standard error, and
# fails. A number that begins with 0 is refused: the shell would read it as octal.

in_mb() {
	case $1 in
	*[!0-9KMG]* | [!1-9]* | *[KMG]?*)
		echo "MEM=$1: write for example MEM=64M or MEM=1G" >&2
		return 1
		;;
	*G) echo $((${1%G} * 1024)) ;;
	*M) echo "${1%M}" ;;
	*K) echo $(((${1%K} + 1023) / 1024)) ;;
	*) echo $((($1 + 1048575) / 1048576)) ;;
	esac
}
