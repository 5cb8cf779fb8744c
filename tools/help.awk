# SPDX-License-Identifier: GPL-2.0-or-later
# `make help`: each target with the text behind its `##`, under the headings after `##:`.

BEGIN { FS = ":" }

/^##: / { printf "%s\n", substr($0, 5) }

/^[a-z%-]+:.* ## / {
	target = $1
	sub(/%/, "NAME", target)
	text = $0
	sub(/.* ## /, "", text)
	printf "  %-16s %s\n", target, text
}
