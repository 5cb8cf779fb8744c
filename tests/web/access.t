#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The site for readers with a keyboard only, with a screen reader, and with little sight: axe-core on each page, the words
that the laboratory announces, and all of it without a mouse. tests/web/access.mjs drives headless chromium."""

import os
import sys

from lib import site, tap

os.chdir(tap.TOP)
sys.exit(site.drive("tests/web/access.mjs"))
