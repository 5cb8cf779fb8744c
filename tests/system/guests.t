#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every image of guest/images that says how it ends.
cd "$(dirname "$0")/../.." && exec tests/run-guests guests
