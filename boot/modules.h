/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The string of a module:
 *
 *	[PATH] kernel name=NAME mem=SIZE [pae=on|off|auto] [timeout=SECONDS] [shadow=SIZE]
 *	       [weight=N] [cap=PERCENT]
 *	       [restart=N|always] [devices=on|off] [clones=N] [clone=hypercall|after:TEXT]
 *	       [private=SIZE] [-- guest command line]
 *	[PATH] snapshot [name=NAME] and the kernel's other words but mem=, pae= and devices=
 *	[PATH] initrd
 *	[PATH] disk [ro]
 *	[PATH] bundle (boot/bundle.h)
 *
 * GRUB 2 passes the words after the path, QEMU's -initrd passes the path in front of them; both are
 * understood. SIZE takes K, M or G. The defaults: name is the file's base name without its suffix
 * (or "guest", under GRUB 2), mem=16M, no timeout, weight=100, no cap, no restart; the hypervisor
 * chooses the shadow memory.
 */
#ifndef BOOT_MODULES_H
#define BOOT_MODULES_H

#include "hv/guest.h"
#include "lib/types.h"

enum module_kind {
	MODULE_UNKNOWN,
	MODULE_KERNEL,
	MODULE_INITRD,
	MODULE_DISK,
	MODULE_BUNDLE,
	MODULE_SNAPSHOT
};

#define MODULE_REMARK_SIZE 96

struct module_words {
	enum module_kind kind;
	char name[GUEST_NAME_SIZE];         /* letters, digits, - _ . only */
	u32 memory;                         /* bytes, whole frames, at least 1 MB, at most 3 GB */
	u32 shadow;                         /* bytes of shadow memory, 0 = default */
	enum guest_paging paging;           /* pae=on, off or auto (the default) */
	u32 timeout;                        /* seconds, 0 = none */
	u32 cpus;                           /* bit n: it may run on CPU n; 0: on any */
	u32 weight, cap;                    /* its share of the CPU (hv/sched/schedule.h) */
	u32 clones;                         /* clones=N */
	char clone_after[CLONE_AFTER_SIZE]; /* clone=after:TEXT; empty: clone=hypercall */
	u32 private_memory;                 /* private=SIZE; 0: all of its memory */
	u32 restarts;                       /* restart=N, or UINT32_MAX for restart=always */
	bool no_devices;                    /* devices=off */
	bool read_only;                     /* of a disk */
	char command_line[GUEST_COMMAND_LINE_SIZE]; /* everything after "-- ", as it stands */
	u32 given;                                  /* options of a kernel, a bit for each */
	bool named;                                 /* name= is given */
	char remark[MODULE_REMARK_SIZE]; /* a warning about a word that is accepted, or "" */
};

/* Parses `string`. False if a word is wrong: `problem` (of `size` bytes) then says which and what
 * to write instead, in one line without a newline. words->kind is right even then. Called by
 * boot/guests.c, more than once for a module. */
bool module_parse(const char *string, struct module_words *words, char *problem, size_t size);

#endif
