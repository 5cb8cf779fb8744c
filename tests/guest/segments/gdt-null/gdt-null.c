/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A data segment register whose descriptor is changed to one that does not load is null
 * when the guest goes on. Nothing else changes.
 *
 * Reason: A CPU would keep its cached copy, but an exit loads the registers again. The guest need
 * not be killed for this.
 *
 * Method: ds, es, fs and gs hold entry 20. LOAD_GDT_ENTRY then makes it absent, execute-only code,
 * of limit 0 but good, and null.
 *
 * Expect: shut down "tap: "
 */
#include "guest/include/kit.h"

#define ENTRY 20
#define SELECTOR (ENTRY * 8 + 1)

struct selectors {
	u32 ds, es, fs, gs;
};

/* Loads the four with SELECTOR (flat up to here), changes the entry, and reads them again. */
static struct selectors change_to(struct descriptor to)
{
	struct selectors found;
	u32 ds = SELECTOR, es = SELECTOR, fs = SELECTOR, gs = SELECTOR;

	descriptor_load(ENTRY, descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE));
	/* The two selectors that the compiler needs are put back before it can miss them. */
	__asm__ volatile(
	    "movl %[ds], %%ds; movl %[ds], %%es; movl %[ds], %%fs; movl %[ds], %%gs\n\t"
	    "int %[hypercall]\n\t"
	    "movl %%ds, %[ds]; movl %%es, %%ebx; movl %%fs, %%ecx; movl %%gs, %%edx\n\t"
	    "movl %[flat], %%eax\n\t"
	    "movl %%eax, %%ds; movl %%eax, %%es"
	    : [ds] "+S"(ds), "=b"(es), "=c"(fs), "=d"(gs)
	    : [hypercall] "i"(HCALL_VECTOR), [flat] "i"(GUEST_DS), "a"(HCALL_LOAD_GDT_ENTRY),
	      "b"(ENTRY), "c"(to.low), "d"(to.high)
	    : "memory");
	fs_write(0);
	gs_write(0);
	found = (struct selectors){ds & 0xFFFF, es & 0xFFFF, fs & 0xFFFF, gs & 0xFFFF};
	return found;
}

static void check(struct selectors found, u32 expected, const char *text)
{
	is_equal(found.ds, expected, "ds: %s", text);
	is_equal(found.es, expected, "es: %s", text);
	is_equal(found.fs, expected, "fs: %s", text);
	is_equal(found.gs, expected, "gs: %s", text);
}

const char *guest_main(void)
{
	struct descriptor good = descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_WRITABLE), absent = good;

	absent.high &= ~SEGMENT_PRESENT;
	check(change_to(good), SELECTOR, "the same descriptor again stays");
	check(change_to(descriptor_make(0, 0, 3, SEGMENT_WRITABLE)), SELECTOR,
	      "tiny, but it loads");
	check(change_to(absent), 0, "not present");
	check(change_to((struct descriptor){0, 0}), 0, "empty");
	check(change_to(descriptor_make(0, 0xFFFFFFFF, 1, SEGMENT_CODE)), 0, "unreadable code");
	done();
}
