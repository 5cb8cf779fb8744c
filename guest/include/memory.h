/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest-physical addresses, pointers, and a page allocator.
 *
 *	gpa 0          boot parameters, command line
 *	    1 MB       the image: text, constants, data, the ring-3 part (guest.ld)
 *	    image_end  the pages that page_alloc gives out
 *	    initrd     if there is one, at the top
 *	    boot_memory()
 *
 * The kernel sees all of it at kernel_base: 0, or 0xC0000000 for a `high` image.
 */
#ifndef GUEST_MEMORY_H
#define GUEST_MEMORY_H

#define PAGE_SHIFT 12
#define PAGE_SIZE (1 << PAGE_SHIFT)
#define PAGE_OFFSET_MASK (PAGE_SIZE - 1)

#ifndef __ASSEMBLER__
#include "lib/types.h"

typedef u32 gpa_t; /* guest-physical address */
typedef u32 gva_t; /* guest-virtual address, where no pointer fits */

/* Defined by guest.ld; their addresses are the values. Weak, because the compiler takes the address
 * of any other symbol for not 0. */
extern char kernel_base[] __attribute__((weak));
extern char image_start[], image_end[];

static inline gpa_t gpa_of(const volatile void *pointer)
{
	return (u32)pointer - (u32)kernel_base;
}

static inline void *gpa_pointer(gpa_t address)
{
	return (void *)(address + (u32)kernel_base);
}

/* The most bytes of RAM that the kernel can map from kernel_base up. */
u32 kernel_span(void);

/* One page, all zero, page aligned; panics when there is none. */
void *page_alloc(void);

/* A page that is zero except for its first word, by which it is recognised. */
u32 *page_with(u32 first_word);

/* page_alloc gives a page one user, and page_share one more. The last release frees the page. Pages
 * outside the allocator (the image) are ignored by share and release. */
void page_share(const volatile void *page);
void page_release(volatile void *page);
u32 page_users(const volatile void *page); /* 0 for a page outside the allocator */

u32 pages_free(void);

/* Called once by the kit, before guest_main. */
void pages_init(void);

#endif
#endif
