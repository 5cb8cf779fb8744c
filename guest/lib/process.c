// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes: address spaces with copy on write, and FPU registers that follow on demand. */
#include "guest/include/process.h"
#include "guest/include/hypercall.h"
#include "lib/string.h"

/* The process whose registers are in the FPU. For all others TS is set, and their first FPU
 * instruction is #NM. */
static struct process *fpu_owner;
static bool ts_is_set;

void process_create(struct process *process, u32 (*function)(u32), u32 argument)
{
	*process = (struct process){.directory = directory_new(), .fpu = fpu_initial_state};
	user_map(process->directory);
	user_prepare(&process->context, function, argument, USER_STACK_TOP);
}

/* The copy needs its own entry even where the page is read-only anyway. */
static void share_page(struct page_table *child, struct page_table *parent, gva_t address)
{
	volatile pte_t *entry = page_entry(parent, address);
	pte_t shared = *entry;

	if (!(shared & PTE_PRESENT))
		return;
	if (shared & PTE_WRITE) {
		shared = (shared & ~PTE_WRITE) | PTE_COPY_ON_WRITE;
		*entry = shared;
	}
	page_share(gpa_pointer(pte_address(shared)));
	page_set_quietly(child, address, shared & ~(PTE_ACCESSED | PTE_DIRTY));
}

static void share_address_space(struct page_table *child, struct page_table *parent)
{
	u32 i, j;

	for (i = 0; i < DIRECTORY_TABLES; i++) {
		if (!directory_owns(parent, i))
			continue;
		for (j = 0; j < TABLE_ENTRIES; j++)
			share_page(child, parent, i * TABLE_SPAN + j * PAGE_SIZE);
	}
	/* One flush replaces an announcement of each entry that has lost its right to write. */
	hcall_flush_tlb_user();
}

static void set_ts(bool set)
{
	if (set != ts_is_set)
		hcall_ts(set);
	ts_is_set = set;
}

/* Saves the registers of the process that has them in the FPU. */
static void evict_fpu(void)
{
	if (!fpu_owner)
		return;
	set_ts(false);
	fpu_save(&fpu_owner->fpu);
	fpu_owner = NULL;
}

void process_fork(struct process *child, struct process *parent)
{
	if (fpu_owner == parent)
		evict_fpu();
	*child = *parent;
	child->fpu_loads = 0;
	child->context.frame.eax = 0;
	child->directory = directory_new();
	if (directory_current() != parent->directory)
		directory_switch(parent->directory);
	share_address_space(child->directory, parent->directory);
}

void process_destroy(struct process *process)
{
	if (fpu_owner == process)
		fpu_owner = NULL;
	if (directory_current() == process->directory)
		directory_switch(kernel_directory);
	directory_free(process->directory);
	process->directory = NULL;
}

static void load_fpu(struct process *process)
{
	evict_fpu();
	set_ts(false);
	fpu_restore(&process->fpu);
	fpu_owner = process;
	process->fpu_loads++;
}

void process_run(struct process *process)
{
	if (directory_current() != process->directory)
		directory_switch(process->directory);
	for (;;) {
		set_ts(fpu_owner != process);
		user_enter(&process->context);
		if (process->context.frame.vector != VECTOR_NM || !ts_is_set)
			return;
		load_fpu(process);
	}
}

/* Gives the process a copy of a shared page; the last user of the page keeps it. */
static void copy_page(struct page_table *directory, gva_t address, pte_t entry)
{
	void *old = gpa_pointer(pte_address(entry)), *copy = old;

	if (page_users(old) > 1) {
		copy = memcpy(page_alloc(), old, PAGE_SIZE);
		page_release(old);
	}
	/* A and D are set so that the hypervisor installs the entry before the write that
	 * follows. */
	page_map(directory, address, gpa_of(copy), PTE_USER | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY);
}

enum process_fault process_fault(struct process *process, gva_t start, gva_t end)
{
	u32 error = process->context.frame.error;
	gva_t address = process->context.cr2;
	pte_t entry = page_lookup(process->directory, address);

	if (!(error & PF_PRESENT) && address >= start && address < end) {
		page_map(process->directory, address & ~PAGE_OFFSET_MASK, gpa_of(page_alloc()),
			 PTE_USER | PTE_WRITE);
		return PROCESS_FAULT_DEMAND;
	}
	if ((error & PF_WRITE) && (entry & PTE_PRESENT) && (entry & PTE_COPY_ON_WRITE)) {
		copy_page(process->directory, address & ~PAGE_OFFSET_MASK, entry);
		return PROCESS_FAULT_COPY;
	}
	return PROCESS_FAULT_REAL;
}
