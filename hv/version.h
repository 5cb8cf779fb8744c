/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HV_VERSION_H
#define HV_VERSION_H

/* "v1.0-12-gabcdef0 (debug build, compiled by ...)": from git, when it was built. */
extern const char umbra_version[];

#endif
