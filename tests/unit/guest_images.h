/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images for the loader to load, and a guest's memory to load them into.
 */
#ifndef TESTS_UNIT_GUEST_IMAGES_H
#define TESTS_UNIT_GUEST_IMAGES_H

#include "abi/lguest.h"
#include "hv/loader.h"
#include "tests/unit/native.h"

#define MACHINE_FRAMES 2048u
#define FIRST 0x100u
#define RAM_FRAMES 512u
#define RAM (RAM_FRAMES * FRAME_SIZE)

/* The images that are made here. */
#define ELF_HEADER 52
#define ELF_SEGMENT 32
#define ELF_SEGMENTS 2
#define ELF_TEXT (ELF_HEADER + ELF_SEGMENTS * ELF_SEGMENT)
#define ELF_TEXT_SIZE 300
#define ELF_SIZE (ELF_TEXT + ELF_TEXT_SIZE)
#define BZIMAGE_SETUP 1024 /* one sector of setup after the boot sector */
#define BZIMAGE_KERNEL 5008
#define BZIMAGE_SIZE (BZIMAGE_SETUP + BZIMAGE_KERNEL)

/* Offsets in the images, from the specifications, not from the loader under test. */
enum { E_TYPE = 16, E_MACHINE = 18, E_ENTRY = 24, E_PHOFF = 28, E_PHENTSIZE = 42, E_PHNUM = 44 };
enum { P_TYPE = 0, P_OFFSET = 4, P_VADDR = 8, P_PADDR = 12, P_FILESZ = 16, P_MEMSZ = 20 };

enum {
	B_SECTS = 0x1F1,
	B_SYSSIZE = 0x1F4,
	B_LENGTH = 0x201,
	B_VERSION = 0x206,
	B_LOADFLAGS = 0x211
};
enum { B_CODE32 = 0x214, B_INITRD_MAX = 0x22C, B_ALIGNMENT = 0x230, B_RELOCATABLE = 0x234 };
enum { B_MIN_ALIGNMENT = 0x235, B_XLOADFLAGS = 0x236, B_CMDLINE_SIZE = 0x238, B_PAYLOAD = 0x248 };
enum { B_SETUP_DATA = 0x250, B_PREFERRED = 0x258, B_INIT_SIZE = 0x260, B_KERNEL_INFO = 0x268 };

extern struct frame_account account;
extern struct guest_memory memory; /* RAM bytes of it */
extern struct load_request request;
extern u8 image[8192], initrd[3 * FRAME_SIZE];
extern char problem[160]; /* the message of the last load() */
extern gpa_t entry;

void put16(u32 at, u16 value);
void put32(u32 at, u32 value);

/* The offset of field `field` of segment `index`. */
u32 segment_field(u32 index, u32 field);
void put_segment(u32 index, u32 paddr, u32 offset, u32 file_size, u32 memory_size);

/* A good image, which is then the request's: text at 1 MB, and data with BSS behind. */
void make_elf(void);

/* A bzImage as the request's image: one sector of setup, and a kernel that starts at 1 MB. Its
 * header is of protocol 2.15, and has only the fields that it must have. */
void make_bzimage(void);

void open_memory(u32 limit);
void close_memory(void);

/* Before each test: a request for a good ELF image, and empty memory. */
int loader_start(void **state);
int loader_stop(void **state);
#define loader_test(name) cmocka_unit_test_setup_teardown(name, loader_start, loader_stop)

bool load(void);
void assert_loads(void);
void assert_refused(const char *expected);

u32 guest_u32(u32 at);
u8 guest_u8(u32 at);
void assert_guest_bytes(u32 at, const void *expected, u32 size);

/* The first `size` bytes of the image, cut off anywhere, are loaded or refused. */
void check_truncations(u32 size);

/* Images with any wrong byte in the headers are loaded or refused. */
void check_wrong_bytes(u32 size, u32 headers);

/* Loads `size` bytes of the image into fresh memory, and checks what holds for any image. */
bool load_copy(u32 size);

#endif
