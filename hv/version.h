/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HV_VERSION_H
#define HV_VERSION_H

#define UMBRA_RELEASE "0.2.0"

/* "0.2.0 (v1.0-12-gabcdef0, debug build, GCC 12.2.0)": the commit is from git, when it was
 * built. */
extern const char umbra_version[];

#endif
