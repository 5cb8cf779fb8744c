# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments of programs that take few words or none. --help prints the program's text and ends it with 0; wrong use
prints the text as an error and ends it with 2."""

import os
import sys


def help_or(text):
    """The program's arguments, unless --help is one of them."""
    given = sys.argv[1:]
    if "--help" in given or "-h" in given:
        print(text)
        sys.exit(0)
    return given


def need_built(command, *paths):
    """Ends the program with 1 if one of these files of the build is not there. The command builds them."""
    for path in paths:
        if not os.path.isfile(path):
            sys.exit(f"{sys.argv[0]}: {path} is not built: {command}")


def operands(text, least, most=sys.maxsize):
    """The program's arguments: names of files and other words, no options, and so many."""
    given = help_or(text)
    if not least <= len(given) <= most or any(word.startswith("-") for word in given):
        print(text, file=sys.stderr)
        sys.exit(2)
    return given


def arguments(text, *known):
    """The program's arguments. Each is one of the known words."""
    given = help_or(text)
    unknown = [word for word in given if word not in known]
    if unknown:
        print(f"{sys.argv[0]}: unknown: {' '.join(unknown)}", text, sep="\n", file=sys.stderr)
        sys.exit(2)
    return given
