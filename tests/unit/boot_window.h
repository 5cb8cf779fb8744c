/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A boot loader for tests. Physical memory is one window of 64 KB at WINDOW, in which the tests
 * write the information of a boot loader; other addresses cannot be read.
 */
#ifndef TESTS_UNIT_BOOT_WINDOW_H
#define TESTS_UNIT_BOOT_WINDOW_H

#include "boot/multiboot.h"
#include "tests/unit/native.h"

#define WINDOW 0x20000u
#define WINDOW_SIZE 0x10000u

/* Addresses in the window. */
#define INFORMATION WINDOW
#define MAP (WINDOW + 0x100)
#define STRING (WINDOW + 0x4000)
#define MODULES (WINDOW + 0x5000)
#define SECTIONS (WINDOW + 0x7000)

/* Offsets and flags of the Multiboot information, from the specification, not from the code under
 * test. */
enum { FLAGS = 0, LOWER = 4, UPPER = 8, COMMAND_LINE = 16, MODS_COUNT = 20, MODS_ADDR = 24 };
enum { ELF_NUM = 28, ELF_SIZE = 32, ELF_ADDR = 36, MMAP_LENGTH = 44, MMAP_ADDR = 48 };
enum { FLAG_MEMORY = 1, FLAG_LINE = 4, FLAG_MODULES = 8, FLAG_ELF = 32, FLAG_MAP = 64 };

#define GB4_FRAMES 0x100000u

extern u8 window[WINDOW_SIZE];
extern u32 readable;          /* so much of the window */
extern u32 map_end;           /* where the next entry of the memory map goes */
extern struct boot_info info; /* what parse() filled in */

/* An empty window, before each test. */
int empty_window(void **state);
#define boot_test(name) cmocka_unit_test_setup(name, empty_window)

bool read_window(paddr_t from, void *to, u32 size);
void put32(u32 at, u32 value);
void put_string(u32 at, const char *text);

/* Marks the fields of `flag` as valid. */
void set_flag(u32 flag);

void add_map_entry(u64 base, u64 length, u32 type);
void put_some_ram(void);

bool parse(void);
void assert_ram(u32 index, u32 first, u32 end);

/* Asserts what must hold after any information, right or wrong. */
void assert_sound(void);

#endif
