/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ARCH_X86_EXCEPTION_NAME_H
#define ARCH_X86_EXCEPTION_NAME_H

#include "lib/types.h"

/* The manual's mnemonic of an exception (SDM vol. 3, table 6-1), such as "#GP"; NULL if `vector`
 * has none. Any vector may be asked for. */
const char *exception_name(u32 vector);

#endif
