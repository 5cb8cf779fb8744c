/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port I/O. */
#ifndef ARCH_X86_IO_H
#define ARCH_X86_IO_H

#include "lib/types.h"

#ifdef CONFIG_NATIVE /* a unit test plays the device */
void outb(u16 port, u8 value);
void outw(u16 port, u16 value);
void outl(u16 port, u32 value);
u8 inb(u16 port);
u16 inw(u16 port);
u32 inl(u16 port);
#else
static inline void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(u16 port, u16 value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u16 inw(u16 port)
{
	u16 value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u32 inl(u16 port)
{
	u32 value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

#define PORT_DELAY 0x64 /* the keyboard controller's status, which a read does not change */

/* Waits some microseconds, about: one read of an ISA port takes one on a PC. */
static inline void port_delay(u32 microseconds)
{
	while (microseconds--)
		inb(PORT_DELAY);
}

#endif
#endif
