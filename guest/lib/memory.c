// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page allocator: pages that were freed are in a list, threaded through their first word; the
 * ones never used begin at `fresh`. A byte per page counts its users.
 */
#include "guest/include/memory.h"
#include "guest/include/boot.h"
#include "guest/include/paging.h"
#include "lib/panic.h"
#include "lib/string.h"

#define USERS_MAX 0xFFu

static gpa_t pool, pool_end, fresh;
static u8 *users;
static u32 freed_count;
static void *freed;

static u8 *users_of(const volatile void *page)
{
	gpa_t address = gpa_of(page);

	if (address < pool || address >= pool_end)
		return NULL;
	return &users[(address - pool) / PAGE_SIZE];
}

void pages_init(void)
{
	u32 initrd_size;
	const char *initrd = boot_initrd(&initrd_size);

	users = (u8 *)image_end;
	pool_end = initrd ? gpa_of(initrd) : boot_memory();
	if (pool_end > kernel_span())
		pool_end = kernel_span();
	pool_end &= ~PAGE_OFFSET_MASK;
	pool = gpa_of(image_end);
	ASSERT(pool < pool_end);
	/* The counters take the pool's first pages. */
	pool += (pool_end - pool) / PAGE_SIZE;
	pool = (pool + PAGE_OFFSET_MASK) & ~PAGE_OFFSET_MASK;
	memset(users, 0, (pool_end - pool) / PAGE_SIZE);
	fresh = pool;
}

static void *take_page(void)
{
	void *page = freed;

	if (page) {
		freed = *(void **)page;
		freed_count--;
		return page;
	}
	if (fresh >= pool_end)
		panic("out of memory: all %u pages are in use", (pool_end - pool) / PAGE_SIZE);
	page = gpa_pointer(fresh);
	fresh += PAGE_SIZE;
	return page;
}

void *page_alloc(void)
{
	void *page = take_page();

	*users_of(page) = 1;
	return memset(page, 0, PAGE_SIZE);
}

u32 *page_with(u32 first_word)
{
	u32 *page = page_alloc();

	*page = first_word;
	return page;
}

void page_share(const volatile void *page)
{
	u8 *count = users_of(page);

	if (!count)
		return;
	ASSERT(*count > 0 && *count < USERS_MAX);
	(*count)++;
}

void page_release(volatile void *page)
{
	u8 *count = users_of(page);

	if (!count)
		return;
	ASSERT(*count > 0);
	if (--*count)
		return;
	*(void *volatile *)page = freed;
	freed = (void *)page;
	freed_count++;
}

u32 page_users(const volatile void *page)
{
	u8 *count = users_of(page);

	return count ? *count : 0;
}

u32 pages_free(void)
{
	return freed_count + (pool_end - fresh) / PAGE_SIZE;
}
