#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every script of tests/scripts.
cd "$(dirname "$0")/../.." && exec tests/run-guests scripts
