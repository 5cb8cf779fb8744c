#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every script of tests/scripts.
exec tests/run-guests scripts
