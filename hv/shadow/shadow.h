/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shadow page table engine: it makes the page tables that the CPU walks while a guest runs.
 *
 *	the guest's own tables           the shadow                      machine
 *	gva -> gpde -> gpte -> gfn       gva -> spde -> spte -> pfn
 *
 * A page fault or SET_PTE makes a shadow entry. Like a TLB's, it may lag behind the guest's entry
 * until a hypercall invalidates it. No shadow entry ever leads to a frame that is not this guest's,
 * and none has more rights than the guest's entry had.
 *
 * Guests have two-level or PAE tables, and so has the machine. The engine is compiled once for each
 * possible combination, from the same source:
 *
 *	2on2.c 2onpae.c paeonpae.c    choose the formats and include
 *	engine.inc                    the engine: lists its parts
 */
#ifndef HV_SHADOW_H
#define HV_SHADOW_H

#include "abi/lguest.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/paging.h"
#include "hv/base/progress.h"
#include "mm/frames.h"
#include "mm/guest_memory.h"

/* -- Shadow memory of one guest --------------------------------------------------------------- */

#define SHADOW_DIRECTORIES 32
#define NO_DIRECTORY SHADOW_DIRECTORIES
#define SHADOW_STOCK 8u       /* frames that a guest keeps for its next page tables */
#define SHADOW_HINTS 1024     /* so many that two directories seldom share one */
#define SHADOW_PDES_MAX 2048u /* in a directory of any format */
#define SHADOW_PAGES_MAX 4u   /* that make up a directory */
/* One instruction can need eight page tables: two for its own bytes, two for each of two operands
 * that cross a page, and two for the stack. The minimum also covers the directory, the shared
 * pages, and a reserve. */
#define SHADOW_BUDGET_MIN 20u
/* No page directory of the guest's: none has this address, which is not aligned. */
#define NO_TOP 0xFFFFFFFFu
/* A bit of an sPDE, which the CPU ignores: its page table is in sync (hv/shadow/protect.inc). */
#define PDE_IN_SYNC 0x200u
/* A bit of an sPTE, which the CPU ignores: the note of its gfn names it as a writer (the same). */
#define SPTE_WRITER 0x400u
/* Two values that are not the number of any frame: no PMD page yet, and more than one. */
#define NO_PMD to_gfn(0xFFFFFFFFu)
#define MIXED_PMDS to_gfn(0xFFFFFFFEu)

/* The most frames that an account must pay for `frames` shadow frames: each may have a record
 * (hv/shadow/record.inc), and there may be a table of readers (hv/shadow/readers.inc) and two copies of
 * gPDEs (hv/shadow/protect.inc). */
static inline u32 shadow_cost(u32 frames)
{
	return 2 * frames + 1 + 2 * SHADOW_PAGES_MAX;
}

/* The page tables of a directory's user part, or those that all directories share: a bit for each
 * sPDE. */
struct table_set {
	u32 present[SHADOW_PDES_MAX / 32];
	u32 in_sync[SHADOW_PDES_MAX / 32];    /* of these, those whose sPDE has PDE_IN_SYNC */
	u32 words[SHADOW_PDES_MAX / 32 / 32]; /* a bit for each word of `present` that is not 0 */
	u32 count;
	bool distrusted; /* the hypervisor has written to guest page tables: none is in sync */
};

/* The gPDEs of a set's page tables in sync, as a flush has read them last (hv/shadow/protect.inc). */
struct known_gpdes {
	const struct table_set *of; /* NULL: none yet */
	u32 groups[SHADOW_PDES_MAX / 32 /
		   32];                /* a bit for each word of `in_sync` whose gPDEs are known */
	pfn_t pages[SHADOW_PAGES_MAX]; /* 0: not there yet */
};

/* A page table whose sPTEs SET_PTE changes (hv/shadow/invalidate.inc). Its sPDE is in directory order; its parts follow
 * from the sPDE. */
struct written_table {
	u32 pde;       /* NO_PDE: none */
	void *entries; /* its sPTEs */
	void *records; /* the gPTEs that they were made from */
	u32 *chunks;   /* the bitmap of those that may have entries */
};
#define NO_PDE 0xFFFFFFFFu

/* Those of one directory that SET_PTE has changed last: each has its place, by the last bits of its sPDE. */
#define RECENT_TABLES 8u

struct shadow_directory;

/* The addresses below one sPDE in one directory (hv/shadow/ring.inc). */
struct table_place {
	u32 top;
	u32 from; /* the first address */
	u32 size; /* PDE_SIZE; 0: none */
};

/* A page table that a call of the ring has found. */
struct found_table {
	struct table_place place;
	struct written_table table;
	struct shadow_directory *directory; /* one that has it */
};

/* The page tables that the ring's last SET_PTEs have found. Not valid any more once an sPDE has changed, or a directory
 * has been evicted. */
struct found_tables {
	bool valid;
	bool may_pair; /* pairs may follow a call that does nothing (sh_set_pairs) */
	bool
	    paired; /* they did, and none[0] is the child's: most likely the next batch begins with more */
	struct found_table *here, *before; /* the tables of the last calls that had one */
	struct found_table tables[2];      /* these */
	struct table_place none[2]; /* no page table is there: a call for these does nothing */
};

/* The shadow of one page directory of the guest's. */
struct shadow_directory {
	gpa_t top;                     /* the guest's page directory that this one shadows */
	bool used;                     /* or free */
	u32 last_used;                 /* when, in switches: they may wrap */
	u32 flushes;                   /* those of all address spaces that it has had */
	pfn_t root;                    /* the page that CR3 points to */
	pfn_t pages[SHADOW_PAGES_MAX]; /* of sPDEs; 0: not there yet */
	gfn_t pmd[SHADOW_PAGES_MAX];   /* the guest's PMD page for each, as last seen */
	struct table_set user;         /* the page tables below kernel_pde */
	struct written_table recent[RECENT_TABLES]; /* of these */
};

struct shadow {
	const struct shadow_engine *engine;
	struct frame_account *account;
	u32 budget, frames;        /* frames that shadow tables may take, and take with the stock */
	u32 stocked;               /* of these, those in the stock */
	pfn_t stock[SHADOW_STOCK]; /* zeroed frames that have been page tables */
	pfn_t readers;     /* the sPTEs that lead to shared frames; 0: no table of them yet */
	bool linear;       /* no NEW_PGTABLE yet: gva = gpa */
	u32 flush_fills;   /* so many pages may a flush still fill */
	bool flush_drops;  /* an unfinished FLUSH_TLB continues by dropping page tables */
	u32 kernel_pde;    /* the first sPDE whose page table all address spaces share */
	u32 prefill_pde;   /* kernel_pde, or 0 in the linear map: from here on, a fill also
				    * fills neighbours */
	gva_t shared_from; /* the first address of that sPDE */
	u32 user_end;      /* processes' addresses are below; 0 in the linear map */
	struct shadow_directory *current;
	u32 switches;
	u32 flushes;                          /* of all address spaces so far */
	pfn_t kernel_pages[SHADOW_PAGES_MAX]; /* of shared sPDEs; 0 below kernel_pde's page */
	u32 switcher; /* the Switcher's sPDE: to the page table of the CPU that ran the guest last */
	gfn_t kernel_pmd[SHADOW_PAGES_MAX]; /* the PMD pages that those were filled from */
	struct shadow_counts {
		u32 fills, hits, misses, evictions, reclaims;
	} counts;
	/* One more than there are: it is never used, so that its `top` is no one's. */
	struct shadow_directory directories[SHADOW_DIRECTORIES + 1];
	struct table_set kernel;                    /* the page tables from kernel_pde up */
	struct written_table recent[RECENT_TABLES]; /* of these */
	u32 kernel_top; /* the last SET_PTE for these by another top-level page table than the current one had this */
	struct found_tables found;       /* by the ring */
	struct known_gpdes kernel_gpdes; /* of these */
	struct known_gpdes user_gpdes;   /* of one directory with many */
	u32 next_fill;                   /* the page behind the last fill for a process */
	u32 ahead;     /* pages that it included; 0: it was not the page behind the one before */
	u32 populated; /* of a PAE guest: bit i: directory i has page tables of its own */
	/* The index of a directory, by the last bits of its gfn; NO_DIRECTORY: none has these bits. */
	u8 hints[SHADOW_HINTS];
};

enum guest_state {
	GUEST_ALIVE,
	GUEST_SHUT_DOWN,
	GUEST_RESTARTING,
	GUEST_KILLED,
	GUEST_TIMED_OUT,
	GUEST_MOVED,      /* it runs on another machine */
	GUEST_BEING_MADE, /* not alive yet: its image is not in its memory */
};

enum guest_paging { GUEST_PAGING_AUTO, GUEST_PAGING_2LEVEL, GUEST_PAGING_PAE };

/* The part of a guest that the engine uses: memory, account, shadow. A part of struct guest. */
struct guest_space {
	const char *name;
	enum guest_state state;
	enum guest_paging paging;     /* the format of its page tables, if known beforehand */
	struct frame_account account; /* pays for all of memory, shadow and devices */
	struct guest_memory memory;
	struct fast_path_guest
	    *fast;            /* the fast path's state of it: on a CPU's state page, or saved */
	struct shadow shadow; /* its directories last */
};

/* Kills the guest, which broke a rule about page tables. hv/guest.c implements it. */
void guest_space_kill(struct guest_space *g, const char *text, ...) PRINTF_LIKE(2, 3);

static inline bool guest_space_has_ended(const struct guest_space *g)
{
	return g->state != GUEST_ALIVE;
}

/* The value of CR3 for the current directory. */
static inline paddr_t shadow_root(const struct shadow *s)
{
	return pfn_address(s->current->root);
}

/* -- Services for a guest --------------------------------------------------------------------- */

/* The kind of an access: its ring and operation, as the bits of a page fault's error code. */
#define ACCESS_READ 0u
#define ACCESS_WRITE FAULT_WRITE
#define ACCESS_USER FAULT_USER
#define ACCESS_FETCH FAULT_FETCH

enum fill_outcome {
	FILL_DONE,        /* the shadow now allows the access */
	FILL_NOT_PRESENT, /* the guest's tables have no entry there: its page fault, P = 0 */
	FILL_PROTECTED,   /* they have one, but forbid this access: its page fault, P = 1 */
	FILL_KILLED,      /* they are broken; the guest is killed */
	FILL_COPY,        /* inside of the engine: a table is to be marked, in a shared frame */
};

/* `budget` is the most frames that shadow tables may take; at least SHADOW_BUDGET_MIN. The guest
 * starts in the linear map: gva = gpa. False if the account cannot pay. */
bool shadow_open(struct guest_space *g, u32 budget);

/* Frees all shadow memory, in parts. AGAIN: the guest has some left, and must not run any more. */
enum progress shadow_close(struct guest_space *g);

/* The first NEW_PGTABLE: decides the format of the guest's tables, if its configuration does not.
 * The other services of the engine are in hv/shadow/shadow_calls.h. */
enum progress shadow_first_table(struct guest_space *g, gpa_t top);

/* -- For the monitor -------------------------------------------------------------------------- */

#define WALK_LEVELS 3

/* The entry in one level; not `taken`: the walk ends before this level. */
struct walk_step {
	bool taken;
	u32 index;
	u64 entry;
};

/* A walk through the current tables of guest and shadow: [0] is the last level of both. */
struct address_walk {
	bool linear; /* the guest has no tables yet */
	bool bad;    /* the guest would be killed if it used the last entry taken */
	bool leads;  /* to this address of the guest's memory: */
	gpa_t gpa;
	struct walk_step guest[WALK_LEVELS], shadow[WALK_LEVELS];
};

/* -- The engine, compiled for one combination of formats -------------------------------------- */

/* A call in the ring, which may have any alignment. */
typedef volatile struct hypercall_slot ring_call_t ALIGNED(1);

/* The last SET_PTE that a batch has run. */
struct last_set_pte {
	struct hypercall_slot
	    call; /* its entry is the one that the shadow has now; eax: another, if there is none */
	u32 absent; /* so many pages, the last one the call's, have no sPTE in the current address space */
};

struct shadow_engine {
	const char *name;
	bool pae_guest, pae_shadow;
	u32 fault_bits;
	bool (*open)(struct guest_space *g, u32 budget);
	enum progress (*close)(struct guest_space *g);
	enum progress (*set_kernel_address)(struct guest_space *g, gva_t address);
	enum fill_outcome (*fill)(struct guest_space *g, gva_t at, u32 access);
	enum progress (*leave_linear_map)(struct guest_space *g, gpa_t top);
	enum progress (*new_table)(struct guest_space *g, gpa_t top);
	void (*set_pte)(struct guest_space *g, u32 low, u32 at, u32 high, u32 top);
	u32 (*set_ptes)(struct guest_space *g, const ring_call_t *calls, u32 count, u32 rest,
			struct last_set_pte *last);
	enum progress (*set_pgd)(struct guest_space *g, gpa_t top, u32 index);
	void (*set_pmd)(struct guest_space *g, gpa_t pmd, u32 index);
	enum progress (*flush_user)(struct guest_space *g);
	enum progress (*flush_all)(struct guest_space *g);
	void (*never_protect)(struct guest_space *g, gfn_t gfn);
	void (*replaced)(struct guest_space *g, gfn_t gfn, pfn_t old);
	enum progress (*drop_all)(struct guest_space *g);
	void (*use_this_cpu)(struct guest_space *g);
	void (*pin)(struct guest_space *g, gva_t stack_end, u32 pages);
	u8 *(*map)(struct guest_space *g, gva_t at, u32 access);
	bool (*read)(struct guest_space *g, gva_t at, void *to, u32 size);
	bool (*write)(struct guest_space *g, gva_t at, const void *from, u32 size);
	void (*audit)(struct guest_space *g);
	u32 pde_shift;
	/* Neither changes anything. inspect_table returns true if sPDE `pde` of directory `d`
	 * has a page table (`d` NULL: a shared one), and sets *pages to the number of pages that
	 * it maps. */
	void (*inspect)(struct guest_space *g, gva_t at, struct address_walk *walk);
	bool (*inspect_table)(const struct guest_space *g, const struct shadow_directory *d,
			      u32 pde, u32 *pages);
};

#ifdef CONFIG_DEBUG
extern u32 shadow_audits; /* of all guests so far: each audit marks frames with its number */
#endif

extern const struct shadow_engine shadow_2on2, shadow_2onpae, shadow_paeonpae;

#endif
