/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Five types for addresses and frame numbers, which must not be mixed up:
 *
 *	gva_t    guest-virtual (linear) address    used by a guest's instructions
 *	gpa_t    guest-physical address            held by a guest's page tables
 *	gfn_t    guest frame number                gpa / 4096
 *	paddr_t  machine address                   put on the bus by the CPU
 *	pfn_t    machine frame number              paddr / 4096
 *
 * In a debug build each is a struct, so that the compiler refuses one in place of another. In a
 * release build each is a plain number, which costs nothing. to_X(number) converts a number to type
 * X_t, and X_value() converts back.
 */
#ifndef MM_ADDRESS_H
#define MM_ADDRESS_H

#include "lib/types.h"

#define FRAME_SHIFT 12
#define FRAME_SIZE (1u << FRAME_SHIFT)
#define FRAME_OFFSET_MASK (FRAME_SIZE - 1)

#ifdef CONFIG_DEBUG
#define ADDRESS_TYPE(name)                                                                         \
	typedef struct {                                                                           \
		u32 value;                                                                         \
	} name##_t;                                                                                \
	static inline name##_t to_##name(u32 value)                                                \
	{                                                                                          \
		return (name##_t){value};                                                          \
	}                                                                                          \
	static inline u32 name##_value(name##_t address)                                           \
	{                                                                                          \
		return address.value;                                                              \
	}
#else
#define ADDRESS_TYPE(name)                                                                         \
	typedef u32 name##_t;                                                                      \
	static inline name##_t to_##name(u32 value)                                                \
	{                                                                                          \
		return value;                                                                      \
	}                                                                                          \
	static inline u32 name##_value(name##_t address)                                           \
	{                                                                                          \
		return address;                                                                    \
	}
#endif

ADDRESS_TYPE(gva)
ADDRESS_TYPE(gpa)
ADDRESS_TYPE(gfn)
ADDRESS_TYPE(paddr)
ADDRESS_TYPE(pfn)

static inline gfn_t gpa_frame(gpa_t address)
{
	return to_gfn(gpa_value(address) >> FRAME_SHIFT);
}
static inline gpa_t gfn_address(gfn_t frame)
{
	return to_gpa(gfn_value(frame) << FRAME_SHIFT);
}
static inline u32 gpa_offset(gpa_t address)
{
	return gpa_value(address) & FRAME_OFFSET_MASK;
}
static inline pfn_t paddr_frame(paddr_t address)
{
	return to_pfn(paddr_value(address) >> FRAME_SHIFT);
}
static inline paddr_t pfn_address(pfn_t frame)
{
	return to_paddr(pfn_value(frame) << FRAME_SHIFT);
}

/* The number of frames that hold `bytes`, for any 32-bit number of bytes. */
static inline u32 frames_for(u32 bytes)
{
	return (bytes >> FRAME_SHIFT) + ((bytes & FRAME_OFFSET_MASK) != 0);
}

#endif
