#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every image of tests/guest ends as its header declares.
cd "$(dirname "$0")/../.." && exec tests/run-guests images
