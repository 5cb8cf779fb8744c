/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/ under names of its own, so that a native test has the C library's functions beside it. */
#define memcpy tested_memcpy
#define memmove tested_memmove
#define memset tested_memset
#define memcmp tested_memcmp
#define strlen tested_strlen
#define strnlen tested_strnlen
#define strcmp tested_strcmp
#define strncmp tested_strncmp
#define strchr tested_strchr
#define snprintf tested_snprintf
#define vsnprintf tested_vsnprintf
