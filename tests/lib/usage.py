# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments of programs that take few words or none."""

import sys


def arguments(text, *known):
    """The program's arguments. --help prints the text and ends the program with 0; an argument that is not one of
    the known words prints it as an error and ends the program with 2."""
    given = sys.argv[1:]
    if "--help" in given or "-h" in given:
        print(text)
        sys.exit(0)
    unknown = [word for word in given if word not in known]
    if unknown:
        print(f"{sys.argv[0]}: unknown: {' '.join(unknown)}", text, sep="\n", file=sys.stderr)
        sys.exit(2)
    return given
