/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/version.h"

#include "generated/version.h"

#ifdef CONFIG_DEBUG
#define BUILD "debug"
#else
#define BUILD "release"
#endif

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "GCC " __VERSION__
#endif

const char umbra_version[] = UMBRA_RELEASE " (" UMBRA_VERSION ", " BUILD " build, " COMPILER ")";
