#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The site's modules without a browser, in node: the reader of the state stream, bundles, scripts, words, the search.
cd "$(dirname "$0")/../.." && exec node --test --test-reporter=tap tests/web/modules.mjs
