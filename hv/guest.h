/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest: its whole state, and how it is made and destroyed. The types of its parts are here; the
 * functions on a part are in the header of that part, which includes this one where it needs a
 * type.
 */
#ifndef HV_GUEST_H
#define HV_GUEST_H

#include "abi/lguest.h"
#include "arch/x86/cpu_pages.h"
#include "arch/x86/fpu.h"
#include "hv/base/progress.h"
#include "hv/loader.h"
#include "hv/shadow/shadow.h"
#include "mm/guest_memory.h"

#define GUESTS_MAX WINDOW_COUNT /* alive at the same time */
#define GUEST_NAME_SIZE 32
#define GUEST_COMMAND_LINE_SIZE 256
#define GUEST_REASON_SIZE 192
#define CLONE_AFTER_SIZE 64

/* The configuration of a guest. */
struct guest_config {
	const char *name;
	u32 number;               /* its place in the list of domains, from 1 */
	u32 memory;               /* bytes of RAM, whole frames */
	enum guest_paging paging; /* the format of its page tables, if known beforehand */
	u32 shadow;               /* bytes of shadow memory; 0: a share of `memory` */
	u32 timeout;              /* seconds, restarts included; 0: none */
	u32 cpus;                 /* bit n: it may run on CPU n; 0: on any */
	u32 weight, cap;          /* its share of the CPU: hv/sched/schedule.h */
	u32 clones;               /* that it may make by CLONE, or makes after `clone_after` */
	char clone_after[CLONE_AFTER_SIZE]; /* a text that it prints; empty: none */
	u32 private_memory; /* bytes of its own memory that a clone may come to have; 0: all */
	u32 restarts; /* number of times that it is started again after it has ended by itself */
	struct bytes image, initrd;
	bool from_snapshot; /* the image is one (abi/snapshot.h) */
	struct bytes disk;  /* size 0: none */
	bool disk_read_only;
	bool no_devices;
	const char *command_line;
};

/* Its time (hv/clock.h). */
struct guest_clock {
	u64 event;     /* when IRQ 0 is due, in nanoseconds since start-up; TIMER_NEVER: off */
	u64 limit;     /* when the guest's time is up; TIMER_NEVER: no limit */
	bool retrying; /* a timer interrupt is set for the next try of delivery */

	/* Of a guest from a snapshot: its wall clock is ahead of the machine's by so many nanoseconds, so that it
	 * does not go back; */
	u64 wall_ahead;
	/* its RDTSC is emulated, since it goes on from there. */
	u32 tsc_khz;   /* 0: it is not */
	u64 tsc;       /* its TSC ... */
	u64 tsc_since; /* ... at this time */
};

/* Its virtual interrupts (hv/interrupts.h). */
struct guest_interrupts {
	u32 pending;                /* bit n: IRQ n is pending */
	u32 noirq_start, noirq_end; /* no delivery while eip is in [start, end) */
	bool flagged;               /* irq_pending is set */
	u32 restarted_at; /* eip of the last instruction that is restarted after a VM exit */
};

/* Its segment descriptors (hv/segments.h). */
struct guest_segments {
	struct descriptor gdt[GUEST_GDT_ENTRIES]; /* checked: harmless */
	struct descriptor tls[GUEST_TLS_ENTRIES]; /* the arguments of the last LOAD_TLS */
	bool tls_loaded;                          /* no LOAD_GDT_ENTRY since then */
	u32 flat; /* bit n: entry n is a present 32-bit segment, 0 to 4 GB, any type and DPL */
};

/* Its gates and ring-1 stack (hv/traps.h). */
struct guest_traps {
	u32 stack_pages;               /* of the ring-1 stack; ss and esp: struct fast_path_guest */
	bool stack_shared;             /* it is the same in all address spaces */
	bool ts;                       /* CR0.TS as the guest sees it */
	u32 dr6;                       /* BS, until the guest writes its DR6 */
	u32 failed_entries, failed_at; /* in a row, and the count of exits at the last one */
	u32 installed[VECTOR_COUNT / 32];    /* bit n: the CPU's gate n is changed for this guest */
	struct descriptor idt[VECTOR_COUNT]; /* the guest's gates, as it loaded them */
};

/* Counts of events. */
struct guest_counts {
	u32 exits, entries_failed;
	u32 hypercalls, ring_hypercalls;
	u32 reflections, skipped, interrupts, halts;
	u32 fast_reflections, fast_hypercalls; /* by the fast path; a guest can falsify its own */
	u32 exits_by_vector[VECTOR_COUNT];
};

struct console;
struct guest_devices;

/* The state of the guest's devices that decides whether it is runnable and whether it can wake. */
struct guest_device_state {
	u32 irqs;     /* bit n: a device with a running driver may raise IRQ n */
	bool pending; /* a queue is to be served before the guest runs again */
};

/* lguest_data may be at any address. */
typedef struct lguest_data shared_data_t ALIGNED(1);

/* The fields that every exit needs come first, in one page: each load of CR3 empties the TLB. */
struct guest {
	const struct guest_config *config;
	struct console *console;
	struct cpu_pages *cpu;   /* where it is scheduled, or NULL */
	struct trap_frame *regs; /* its registers: on that CPU's registers page, or in saved_regs */
	bool halted;
	bool traced;       /* its exits are recorded: hv/trace.h */
	bool watched;      /* of a traced one: the trace's observer is told, too */
	u32 fault_address; /* CR2 at its last page fault */
	u32 last_call;     /* number of its last hypercall, direct or from the ring */

	shared_data_t *shared; /* its struct lguest_data, in a window; NULL before LGUEST_INIT */
	gpa_t shared_at;       /* its address in the guest */
	struct stretch_record longest_stretch;

	struct guest_interrupts interrupts;
	struct guest_clock clock;
	struct guest_segments segments;
	struct guest_counts counts;
	struct guest_traps traps; /* its IDT last */
	struct guest_space space; /* memory and shadow, its directories last */

	struct guest_device_state device_state;
	struct guest_devices *devices; /* of hv/virtio; NULL before it is made */
	struct trap_frame saved_regs;  /* while it is not scheduled */
	struct fast_path_guest saved_fast;
	struct fpu_state fpu;           /* the same */
	char reason[GUEST_REASON_SIZE]; /* why it has ended */
	u64 started;                    /* nanoseconds since start-up */
	struct loading loading;         /* while it is being made */

	/* Of a guest that has been cloned, or is a clone: the parts of its disk that it has written to
	 * since; not open, without frames: it writes to the boot module. */
	struct guest_memory disk;

	u32 clones_wanted;          /* it stands until so many clones of it are made (hv/domain) */
	bool clones_by_call;        /* its CLONE wants them: it gets their number */
	struct guest *parent;       /* of a clone that is being made */
	bool stands;                /* the clone will never run: it is to be written out */
	struct frame_account funds; /* the same: pays for frames that become shared */
};
_Static_assert(offsetof(struct guest, space.shadow.directories) < FRAME_SIZE, "the first page");

/* The guest that has this space. */
static inline struct guest *guest_of(const struct guest_space *space)
{
	return (struct guest *)((u8 *)space - offsetof(struct guest, space));
}

/* Services of the rooms above. boot/ registers them at start-up. */
struct guest_services {
	u32 (*device_frames)(const struct guest_config *config);     /* above its RAM */
	u32 (*device_own_frames)(const struct guest_config *config); /* elsewhere, at most */
	void (*open_devices)(struct guest *g);
	void (*clone_devices)(struct guest *clone, struct guest *parent);
	void (*close_devices)(struct guest *g);
	bool (*notify_device)(struct guest *g, gpa_t at); /* false: no device is there */
	void (*print)(struct guest *g, const char *text,
		      u32 size); /* at most NOTIFY_PRINT_MAX bytes */
};
extern const struct guest_services *guest_services;

/*
 * Begins to make a guest from its configuration: sets its frames aside, makes the shadow of the
 * linear map, checks the image. `limit` is when its time is up (TIMER_NEVER: no limit). False if it
 * cannot be made: `problem` (of `size` bytes) then says why in one line, and all frames are free
 * again.
 */
bool guest_create(struct guest *g, const struct guest_config *config, owner_t owner, u64 limit,
		  char *problem, size_t size);

/* Continues to make it: loads the image, opens devices, sets registers (abi.md section 1). AGAIN:
 * not finished. DONE: the guest is alive. */
enum progress guest_make(struct guest *g);

/* Frees the guest's frames. AGAIN: some are left. */
enum progress guest_destroy(struct guest *g);

/* Installs the guest's registers, FPU state, descriptors and gates on the CPU, and saves them
 * again. */
void guest_schedule(struct guest *g, struct cpu_pages *cpu);
void guest_unschedule(struct guest *g);

/* Ends the guest, for this reason. Only the first call has an effect. */
void guest_end(struct guest *g, enum guest_state state, const char *reason);

/* Ends the guest because it broke a rule of the ABI. */
void guest_kill(struct guest *g, const char *text, ...) PRINTF_LIKE(2, 3);

static inline bool guest_has_ended(const struct guest *g)
{
	return guest_space_has_ended(&g->space);
}

#endif
