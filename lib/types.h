/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integers of exact width, and macros that most files use. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef unsigned int u32; /* for i686-elf, uint32_t is a long, which %u does not fit */
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define KIB 1024u
#define MIB (1024u * KIB)

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define ALWAYS_INLINE inline __attribute__((always_inline)) /* for code that runs at every exit */
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((noinline, cold))
/* For code that runs at most exits: the linker groups it in few pages, since each CR3 load flushes
 * the TLB. */
#define HOT __attribute__((hot))
#ifdef CONFIG_NATIVE /* natively, constants with addresses need relocation */
#define HOT_CONSTANT
#else
#define HOT_CONSTANT __attribute__((section(".rodata.hot"))) /* beside that code */
#endif
#define HOT_DATA __attribute__((section(".data.hot")))
/* A variable of which each CPU has its own, at the same address: a plain access is to this CPU's. It is all
 * zeroes when the CPU starts (arch/x86/per_cpu.h). It stands before the type. PER_CPU_PAGES: whole pages. */
#ifdef CONFIG_THREADS /* native tests whose threads play CPUs */
#define PER_CPU _Thread_local
#else
#define PER_CPU __attribute__((section(".bss.per_cpu")))
#endif
#define PER_CPU_PAGES __attribute__((section(".bss.per_cpu_pages"), aligned(4096)))
#define NORETURN __attribute__((noreturn))
#define PACKED __attribute__((packed))
#define ALIGNED(bytes) __attribute__((aligned(bytes)))

#endif
