# SPDX-License-Identifier: GPL-2.0-or-later
"""The images that attack the hypervisor: those that the table in docs/evidence.md names."""

import re

from lib import images

PAGE = "docs/evidence.md"
SECTION = "## Hostile guests"


def names_in_page():
    """The images in the last column of the section's table."""
    with open(PAGE, encoding="utf-8") as page:
        section = page.read().split(SECTION)[1].split("\n## ")[0]
    rows = [line for line in section.split("\n") if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`([a-z0-9.-]+)`", row.split("|")[-2])}


def is_named(image, names):
    return image.name in names or image.name.split(".")[0] in names


def named(names=()):
    """The images with these names, or, without names, all that the page names. Images that need a boot or a runner of
    their own are left out."""
    wanted = set(names) or names_in_page()
    return [image for image in images.test_images()
            if is_named(image, wanted) and not image.alone and not image.runner]


def missing(names=()):
    """The names, or, without names, those on the page, that no image has."""
    wanted = set(names) or names_in_page()
    found = named(names)
    return [name for name in wanted if not any(is_named(image, {name}) for image in found)]
