/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of <string.h> that the hypervisor and the guests use, with the standard meanings. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t most);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t most);
char *strchr(const char *s, int c);

/* Stores `word` `count` times from `to` on, which needs no alignment. */
void fill_words(void *to, u32 word, size_t count);

/* Replaces each character that is not printable ASCII by '?', in place. For text of a guest or a
 * user in the hypervisor's own lines: control characters would move a terminal's cursor. */
void make_printable(char *s);

/* True for a name: letters, digits, - _ and ., at least one. */
bool is_name(const char *text);

/* Copies at most size-1 characters and, unless size is 0, ends `to` with a NUL.
 * Returns strlen(from). */
size_t strlcpy(char *to, const char *from, size_t size);

/* -ffreestanding makes these ordinary names; as builtins, a small constant size costs no call. */
#ifndef CONFIG_NATIVE
#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memset(to, byte, size) __builtin_memset(to, byte, size)
#endif

#endif
