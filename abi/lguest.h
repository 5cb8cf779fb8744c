/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest ABI: the numbers and layouts that guest and hypervisor share, as Linux 3.0 to 3.19 has
 * them in its lguest interface. docs/abi.md explains them. Guest and hypervisor have no headers in
 * common but those of abi/ and lib/.
 */
#ifndef ABI_LGUEST_H
#define ABI_LGUEST_H

#define HCALL_FLUSH_ASYNC 0
#define HCALL_LGUEST_INIT 1
#define HCALL_SHUTDOWN 2
#define HCALL_NEW_PGTABLE 4
#define HCALL_FLUSH_TLB 5
#define HCALL_LOAD_IDT_ENTRY 6
#define HCALL_SET_STACK 7
#define HCALL_TS 8
#define HCALL_SET_CLOCKEVENT 9
#define HCALL_HALT 10
#define HCALL_SET_PMD 13
#define HCALL_SET_PTE 14
#define HCALL_SET_PGD 15
#define HCALL_LOAD_TLS 16
#define HCALL_NOTIFY 17
#define HCALL_LOAD_GDT_ENTRY 18
#define HCALL_SEND_INTERRUPTS 19

/* Umbra's own (docs/abi.md section 2): SEND_INTERRUPTS with the question in ebx answers in eax if
 * the calls below exist. */
#define HCALL_CLONE 0x40
#define UMBRA_QUESTION 0x72626D55 /* "Umbr" */
#define UMBRA_ANSWER 0x61626D75   /* "umba" */

#define HCALL_VECTOR 0x1F /* int $0x1f from CPL 1 */

#define SHUTDOWN_POWEROFF 1
#define SHUTDOWN_RESTART 2

/* The segments at entry. */
#define GUEST_GDT_ENTRIES 32
#define GUEST_CS 0x61 /* entry 12, RPL 1: flat 4 GB code */
#define GUEST_DS 0x69 /* entry 13, RPL 1: flat 4 GB data */
#define GUEST_TLS_FIRST 6
#define GUEST_TLS_ENTRIES 3

/* Virtual interrupts. */
#define GUEST_IRQ_VECTOR_BASE 32 /* IRQ n arrives at vector 32 + n */
#define GUEST_IRQ_COUNT 32
#define GUEST_IRQ_TIMER 0
#define GUEST_IF 0x200 /* "on", in irq_enabled and irq_pending */

/* The hypercall ring. */
#define HCALL_RING_SIZE 64
#define HCALL_SLOT_TODO 0x00
#define HCALL_SLOT_DONE 0xFF

/* The last 4 MB of the address space are not the guest's. */
#define GUEST_RESERVED_TOP 0x400000u
#define SWITCHER_START 0xFFC00000u

/* From this vector up the guest's gates are used for `int n`: a gate's DPL says which rings may use
 * it. */
#define SOFTWARE_VECTOR_FIRST 0x30
#define SYSCALL_VECTOR 0x80
#define SYSCALL_VECTOR_ALTERNATE 0x40

/* The boot parameters (the Linux zero page): where they are, and the fields in use. */
#define BOOT_PARAMETERS 0x0000
#define BOOT_COMMAND_LINE 0x1000
#define BP_E820_ENTRIES 0x1E8     /* u8 */
#define BP_SETUP_HEADER 0x1F1     /* where a bzImage's own header starts */
#define BP_VERSION 0x206          /* u16 */
#define BP_TYPE_OF_LOADER 0x210   /* u8 */
#define BP_LOADFLAGS 0x211        /* u8 */
#define BP_CODE32_START 0x214     /* u32 */
#define BP_RAMDISK_IMAGE 0x218    /* u32, gpa */
#define BP_RAMDISK_SIZE 0x21C     /* u32, bytes */
#define BP_EXT_LOADER 0x226       /* u8 version, u8 type */
#define BP_CMD_LINE_PTR 0x228     /* u32, gpa */
#define BP_KERNEL_ALIGNMENT 0x230 /* u32 */
#define BP_HARDWARE_SUBARCH 0x23C /* u32 */
#define BP_E820_TABLE 0x2D0       /* entries of u64 address, u64 size, u32 type */
#define BP_KEEP_SEGMENTS 0x40     /* in loadflags */
#define BP_SUBARCH_LGUEST 1
#define BP_PROTOCOL 0x207
#define BP_LOADER_UNKNOWN 0xFF
#define BP_ALIGNMENT 0x1000000u

/* Offsets in the page that guest and hypervisor share, for assembly and for the checks below. */
#define LGUEST_DATA_SIZE 0x570
#define LGUEST_DATA_IRQ_ENABLED 0x000
#define LGUEST_DATA_BLOCKED_INTERRUPTS 0x004
#define LGUEST_DATA_CR2 0x008
#define LGUEST_DATA_TIME 0x00C
#define LGUEST_DATA_IRQ_PENDING 0x014
#define LGUEST_DATA_HCALL_STATUS 0x018
#define LGUEST_DATA_HCALLS 0x058

#ifndef __ASSEMBLER__
#include "lib/types.h"

struct hypercall_slot {
	u32 eax, ebx, ecx, edx, esi;
};

struct lguest_data {
	u32 irq_enabled;        /* 0 or GUEST_IF; both sides write it */
	u32 blocked_interrupts; /* bit n: IRQ n is blocked */
	u32 cr2;                /* of the last reflected page fault */
	u32 time_seconds, time_nanoseconds;
	u32 irq_pending; /* GUEST_IF while an unblocked interrupt waits for irq_enabled */
	u8 hcall_status[HCALL_RING_SIZE];
	struct hypercall_slot hcalls[HCALL_RING_SIZE];
	u32 reserve_mem; /* from here on: read or written once, at LGUEST_INIT */
	u32 tsc_khz;
	u32 noirq_start, noirq_end;
	u32 kernel_address;
	u32 syscall_vec;
};

#define ABI_CHECK(field, offset)                                                                   \
	_Static_assert(offsetof(struct lguest_data, field) == (offset), "lguest_data." #field)
_Static_assert(sizeof(struct lguest_data) == LGUEST_DATA_SIZE, "lguest_data");
ABI_CHECK(irq_enabled, LGUEST_DATA_IRQ_ENABLED);
ABI_CHECK(blocked_interrupts, LGUEST_DATA_BLOCKED_INTERRUPTS);
ABI_CHECK(cr2, LGUEST_DATA_CR2);
ABI_CHECK(time_seconds, LGUEST_DATA_TIME);
ABI_CHECK(irq_pending, LGUEST_DATA_IRQ_PENDING);
ABI_CHECK(hcall_status, LGUEST_DATA_HCALL_STATUS);
ABI_CHECK(hcalls, LGUEST_DATA_HCALLS);
ABI_CHECK(reserve_mem, 0x558);
ABI_CHECK(tsc_khz, 0x55C);
ABI_CHECK(noirq_start, 0x560);
ABI_CHECK(kernel_address, 0x568);
ABI_CHECK(syscall_vec, 0x56C);
#undef ABI_CHECK

#endif
#endif
