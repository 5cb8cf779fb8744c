// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory and strings.
 *
 * The three block operations are assembly, because the compiler replaces a C loop for them by a
 * call of the function itself. `rep` needs DF clear; the ABI has it clear at each function entry.
 */
#include "lib/string.h"

/* In parentheses: the header's macros of the same names must not expand here. */
void *(memcpy)(void *to, const void *from, size_t size)
{
	void *target = to;
	size_t words = size / sizeof(u32), rest = size % sizeof(u32);

	__asm__ volatile("rep movsl" : "+D"(target), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(rest) : : "memory");
	return to;
}

void *(memset)(void *to, int byte, size_t size)
{
	void *target = to;
	size_t words = size / sizeof(u32), rest = size % sizeof(u32);
	u32 pattern = (u8)byte * 0x01010101u;

	__asm__ volatile("rep stosl" : "+D"(target), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(target), "+c"(rest) : "a"(pattern) : "memory");
	return to;
}

void fill_words(void *to, u32 word, size_t count)
{
	__asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(word) : "memory");
}

void *memmove(void *to, const void *from, size_t size)
{
	u8 *target = to;
	const u8 *source = from;
	u32 low, high;

	/* Upwards, if that overwrites nothing that is still to be read. */
	if ((uintptr_t)to - (uintptr_t)from >= size)
		return (memcpy)(to, from, size);
	/* Not `std; rep movsl`: an interrupt handler would find DF set. Both words are read before
	 * they are written, and the words that are read next lie below them, so any overlap is
	 * safe. */
	while (size >= 2 * sizeof(low)) {
		size -= 2 * sizeof(low);
		__builtin_memcpy(&low, source + size, sizeof(low));
		__builtin_memcpy(&high, source + size + sizeof(low), sizeof(high));
		__asm__ volatile(""
				 : "+r"(low), "+r"(high)
				 :
				 : "memory"); /* keeps this loop a loop */
		__builtin_memcpy(target + size, &low, sizeof(low));
		__builtin_memcpy(target + size + sizeof(low), &high, sizeof(high));
	}
	while (size--) {
		target[size] = source[size];
		__asm__ volatile("" : : : "memory");
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const u8 *left = a, *right = b;

	for (; size; size--, left++, right++) {
		if (*left != *right)
			return *left - *right;
	}
	return 0;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

size_t strnlen(const char *s, size_t most)
{
	size_t length = 0;

	while (length < most && s[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t most)
{
	for (; most; most--, a++, b++) {
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from), kept = length;

	if (size) {
		if (kept >= size)
			kept = size - 1;
		memcpy(to, from, kept);
		to[kept] = '\0';
	}
	return length;
}

bool is_name(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++) {
		if (!(*text >= 'a' && *text <= 'z') && !(*text >= 'A' && *text <= 'Z') &&
		    !(*text >= '0' && *text <= '9') && !strchr("-_.", *text))
			return false;
	}
	return true;
}

void make_printable(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}
