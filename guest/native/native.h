/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The selectors of a guest image that runs on the bare machine; see native.c. */
#ifndef GUEST_NATIVE_H
#define GUEST_NATIVE_H

/* Entries of the GDT that the ABI lets no guest use. */
#define NATIVE_GDT_TSS 16
#define NATIVE_GDT_STACK 17

#define NATIVE_CS 0x60 /* entry 12, as GUEST_CS, but of ring 0 */
#define NATIVE_SS (NATIVE_GDT_STACK * 8)

#endif
