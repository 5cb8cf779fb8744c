# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules that test programs and tools share.

Python looks for modules in the folder of the program. So each folder with such programs has a link `lib` to
this folder, and no program needs to name a path.
"""
