/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file format of snapshots, version 1 (docs/snapshot.md): a header, one section of each type
 * from SNAPSHOT_REGISTERS to SNAPSHOT_CONSOLE in this order, a SNAPSHOT_PAGE for each page that is
 * not zero, with rising gfns, SNAPSHOT_DISK if there is a disk, and SNAPSHOT_END. All values are little-endian.
 */
#ifndef ABI_SNAPSHOT_H
#define ABI_SNAPSHOT_H

#include "lib/types.h"

#define SNAPSHOT_MAGIC "UMBRA\r\n\x1A"
#define SNAPSHOT_MAGIC_SIZE 8
#define SNAPSHOT_VERSION 1
#define SNAPSHOT_FEATURES 9 /* words */
#define SNAPSHOT_NAME_SIZE 32
#define SNAPSHOT_LINE_SIZE 256
#define SNAPSHOT_PAGE_SIZE 4096

#define SNAPSHOT_NO_DEVICES 1u /* flags */
#define SNAPSHOT_DISK_READ_ONLY 2u

struct snapshot_header {
	u8 magic[SNAPSHOT_MAGIC_SIZE];
	u32 version;
	u32 size;   /* of this header */
	u32 memory; /* bytes of RAM */
	u32 frames; /* of 4 KB: RAM, and what the devices have above it */
	u32 paging; /* the configured format of page tables: 0 open, 1 two-level, 2 PAE */
	u32 flags;
	u32 disk;                        /* bytes, a multiple of 512; 0: it has none */
	u32 features[SNAPSHOT_FEATURES]; /* CPUID, as the guest saw it: arch/x86/cpu_features.h */
	char name[SNAPSHOT_NAME_SIZE];   /* these end with a NUL */
	char command_line[SNAPSHOT_LINE_SIZE];
} PACKED;
_Static_assert(sizeof(struct snapshot_header) == 360, "snapshot_header");

enum snapshot_type {
	SNAPSHOT_REGISTERS = 1,
	SNAPSHOT_FPU,
	SNAPSHOT_DESCRIPTORS,
	SNAPSHOT_GATES,
	SNAPSHOT_INTERRUPTS,
	SNAPSHOT_CLOCK,
	SNAPSHOT_PAGING,
	SNAPSHOT_DEVICES,
	SNAPSHOT_CONSOLE,
	SNAPSHOT_PAGE,
	SNAPSHOT_DISK, /* the contents of the disk; SNAPSHOT_END follows */
	SNAPSHOT_END,
};

/* In front of each section. */
struct snapshot_section {
	u32 type, size; /* size: of what follows */
} PACKED;

struct snapshot_registers {
	u32 gs, fs, es, ds, edi, esi, ebp, ebx, edx, ecx, eax, eip, cs, eflags, esp, ss;
	u32 halted;                           /* 1: it waits for an interrupt */
	u32 ts;                               /* 1: CR0.TS */
	u32 dr6;                              /* BS */
	u32 stack_ss, stack_esp, stack_pages; /* of SET_STACK */
} PACKED;
_Static_assert(sizeof(struct snapshot_registers) == 88, "snapshot_registers");

#define SNAPSHOT_NO_FPU 0u /* format */
#define SNAPSHOT_FNSAVE 1u
#define SNAPSHOT_FXSAVE 2u

struct snapshot_fpu {
	u32 format;
	u8 image[512]; /* of FNSAVE: the first 108 bytes */
} PACKED;
_Static_assert(sizeof(struct snapshot_fpu) == 516, "snapshot_fpu");

struct snapshot_descriptors {
	u32 word[32][2]; /* low, high */
} PACKED;
_Static_assert(sizeof(struct snapshot_descriptors) == 256, "snapshot_descriptors");

struct snapshot_gates {
	u32 word[256][2];
} PACKED;
_Static_assert(sizeof(struct snapshot_gates) == 2048, "snapshot_gates");

struct snapshot_interrupts {
	u32 pending; /* bit n: IRQ n */
	u32 flagged; /* 1: irq_pending is set in lguest_data */
	u32 noirq_start, noirq_end;
	u32 restarted_at; /* eip of an instruction that was to be executed again */
} PACKED;
_Static_assert(sizeof(struct snapshot_interrupts) == 20, "snapshot_interrupts");

#define SNAPSHOT_NO_EVENT 0xFFFFFFFFu

struct snapshot_clock {
	u32 event;   /* nanoseconds until IRQ 0 is due, or SNAPSHOT_NO_EVENT */
	u32 tsc_khz; /* the rate that the guest was told; 0: none */
	u64 tsc;     /* as the guest saw it */
	u64 wall;    /* nanoseconds since 1970 */
} PACKED;
_Static_assert(sizeof(struct snapshot_clock) == 24, "snapshot_clock");

#define SNAPSHOT_LINEAR 0u /* format: gva = gpa */
#define SNAPSHOT_2LEVEL 1u
#define SNAPSHOT_PAE 2u

struct snapshot_paging {
	u32 format;
	u32 top;            /* gpa of the current page directory, or of the PDPT */
	u32 initialised;    /* 1: LGUEST_INIT has been called, with: */
	u32 shared_at;      /* the gpa of lguest_data */
	u32 kernel_address; /* gva */
	u32 ring_next;      /* the next slot of the ring */
} PACKED;
_Static_assert(sizeof(struct snapshot_paging) == 24, "snapshot_paging");

#define SNAPSHOT_DEVICES_MAX 4
#define SNAPSHOT_QUEUES 2
#define SNAPSHOT_TYPED_MAX 512

struct snapshot_ring {
	u16 next, used, last_signalled, unused; /* modulo 65536 */
	u32 done; /* bytes of the next chain that have been transferred */
} PACKED;

struct snapshot_device {
	u32 type;     /* of virtio */
	u32 state;    /* 0: reset, 1: running, 2: failed */
	u32 accepted; /* features */
	u32 pending;  /* bit n: queue n is to be served */
	struct snapshot_ring ring[SNAPSHOT_QUEUES];
} PACKED;

struct snapshot_devices {
	u32 count;
	struct snapshot_device device[SNAPSHOT_DEVICES_MAX];
	u32 typed; /* keys that the guest has not taken yet */
	char keys[SNAPSHOT_TYPED_MAX];
} PACKED;
_Static_assert(sizeof(struct snapshot_devices) == 680, "snapshot_devices");

#define SNAPSHOT_CONSOLE_MAX 4096

struct snapshot_console {
	u32 count;
	char bytes[SNAPSHOT_CONSOLE_MAX]; /* the last `count` bytes of its output, then zeroes */
} PACKED;
_Static_assert(sizeof(struct snapshot_console) == 4100, "snapshot_console");

/* The header and the sections that are in each file. */
struct snapshot_state {
	struct snapshot_header header;
	struct snapshot_section registers_section;
	struct snapshot_registers registers;
	struct snapshot_section fpu_section;
	struct snapshot_fpu fpu;
	struct snapshot_section descriptors_section;
	struct snapshot_descriptors descriptors;
	struct snapshot_section gates_section;
	struct snapshot_gates gates;
	struct snapshot_section interrupts_section;
	struct snapshot_interrupts interrupts;
	struct snapshot_section clock_section;
	struct snapshot_clock clock;
	struct snapshot_section paging_section;
	struct snapshot_paging paging;
	struct snapshot_section devices_section;
	struct snapshot_devices devices;
	struct snapshot_section console_section;
	struct snapshot_console console;
} PACKED;
_Static_assert(sizeof(struct snapshot_state) == 8188, "snapshot_state");

struct snapshot_page {
	u32 gfn;
	u8 bytes[SNAPSHOT_PAGE_SIZE];
} PACKED;
_Static_assert(sizeof(struct snapshot_page) == 4100, "snapshot_page");

/* Two sums of all 32-bit words before this one, modulo 2^32: `sum` of the words, `sums` of `sum` after each
 * word. */
struct snapshot_end {
	u32 sum, sums;
} PACKED;
_Static_assert(sizeof(struct snapshot_end) == 8, "snapshot_end");

#endif
