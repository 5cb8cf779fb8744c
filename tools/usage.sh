# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by a program, from the tree's folder: . tools/usage.sh; usage LEAST "$@". With --help, -h, fewer arguments than
# LEAST or another option in the first place, the program prints the comment at its head and ends: with 0 for
# --help, else with 2.

usage() {
	least=$1
	shift
	case ${1-} in
	-h | --help) status=0 ;;
	-*) status=2 ;;
	*) [ $# -lt "$least" ] || return 0; status=2 ;;
	esac
	[ $status -eq 0 ] || exec >&2
	sed -n '3,${/^#/!q;s/^# \{0,1\}//p}' "$0"
	exit $status
}
