#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every image of tests/guest ends as its header declares on a machine with two CPUs, too, between which its guest moves
# every 3 ms.
cd "$(dirname "$0")/../.." && SMP=2 APPEND="migrate=3000 ${APPEND-}" exec tests/run-guests images
