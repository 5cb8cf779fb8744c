#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/new-guest.sh: begins a guest image, guest/images/$NAME, from guest/template.c. Refuses a name that `make run-NAME`
# or `make test-NAME` would take for another one: TAKEN has the names of all images.
set -eu
. tools/usage.sh
usage 0 "$@"
[ $# -eq 0 ] || usage 1

LONGEST=27 # with -pae behind it, a guest's name (GUEST_NAME_SIZE)
folder=guest/images/${NAME-}

fail() {
	echo "NAME=$NAME: $1" >&2
	exit 1
}

# is_in NAME WORD...
is_in() {
	name=$1
	shift
	for word; do
		[ "$word" != "$name" ] || return 0
	done
	return 1
}

case ${NAME-} in
'' | -* | *[!a-z0-9_-]*)
	echo 'a name of small letters, digits, - and _ please, without - in front: make new-guest NAME=x' >&2
	exit 1
	;;
*-pae) fail "names of second images, with PAE page tables, end with -pae" ;;
native-*) fail "run-$NAME is the target for an image on the bare machine" ;;
lab) fail "the guest of make lab is called so" ;; # tools/judge and tools/module-words.sh know it by its name
esac
[ ${#NAME} -le $LONGEST ] || fail "at most $LONGEST characters"
[ ! -e "$folder" ] || fail "$folder is there already"
# The targets run-NAME and test-NAME of the makefiles.
targets=$(sed -nE 's/^(run|test)-([a-z0-9_-]+):.*/\2/p' Makefile tools/make/*.mk tests/*/*.mk)
# shellcheck disable=SC2086 # several words
if is_in "$NAME" ${TAKEN-} || is_in "$NAME-pae" ${TAKEN-}; then
	fail "another image is called so"
elif [ -e "tests/scripts/${NAME#script-}.txt" ]; then
	fail "a script is called so"
elif is_in "$NAME" images scripts guests; then
	fail "test-$NAME runs all $NAME"
elif is_in "$NAME" $targets; then
	fail "run-$NAME or test-$NAME is another target"
fi

mkdir -p "$folder"
sed "s/TEMPLATE/$NAME/g" guest/template.c >"$folder/$NAME.c"
echo "$folder/$NAME.c is yours; it runs: make run-$NAME"
