#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every image of guest/images whose header declares its end ends as declared.
cd "$(dirname "$0")/../.." && exec tests/run-guests guests
