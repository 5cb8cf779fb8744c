#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The test images about page tables, with the combinations of guest and shadow format that images.t leaves out: PAE
on PAE, and two-level on two-level."""

import sys

from lib import images, machine, tap, verdict

IMAGES_MIN = 20


def boot(writer, all_images, paging):
    modules = [module for image in all_images for module in image.modules]
    log = f"{images.BUILD}/tests/formats-{paging}.log"
    ran = machine.boot_kernel(log, modules, append=f"console=serial run=sequence paging={paging}")
    lines = [line for line in ran.lines() if line]
    lives, clones = verdict.lives_of(lines), verdict.clone_endings(lines)
    for image in all_images:
        problems = verdict.guest_problems(image, lives) + verdict.clone_problems(image, clones[image.name])
        writer.result(not problems, f"{image.name} ends as declared with paging={paging}", problems)
    problems = verdict.boot_problems(ran, all_images)
    writer.result(not problems, f"a boot of {len(all_images)} guests with paging={paging} ends well",
                  problems + verdict.log_tail(ran))


def main(writer):
    two_level, pae = images.images_in_both_formats()
    writer.result(len(pae) >= IMAGES_MIN, f"{len(pae)} images are built for both formats of page tables")
    boot(writer, pae, "pae")
    boot(writer, two_level, "2level")


sys.exit(tap.run(main))
