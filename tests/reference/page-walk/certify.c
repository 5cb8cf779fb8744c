// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/reference/page-walk/certify.h"

#include "guest/include/kit.h"

#define FNV_START 0xCBF29CE484222325ull
#define FNV_PRIME 0x100000001B3ull
#define LINE_SIZE 4096
#define SHOWN "240" /* characters of a line that differs */
#define DIFFER_SHOWN 100u

static struct {
	bool is_on;
	const char *format;
	const struct reference_lines *reference;
	char line[LINE_SIZE];
	u32 length, lines, differ;
	u64 code;
} certify;

static u64 fnv(u64 hash, const char *text)
{
	while (*text)
		hash = (hash ^ (u8)*text++) * FNV_PRIME;
	return hash;
}

bool certify_is_on(void)
{
	return certify.is_on;
}

/* Intel SDM 2, CPUID: the vendor in leaf 0, family, model and stepping in eax of leaf 1. */
static void print_cpu(void)
{
	struct cpuid_result vendor = cpuid(0), cpu = cpuid(1);
	char name[13];

	if (!cpu_has_cpuid()) {
		printf("certify: CPU without CPUID\n");
		return;
	}
	memcpy(name, &vendor.ebx, 4);
	memcpy(name + 4, &vendor.edx, 4);
	memcpy(name + 8, &vendor.ecx, 4);
	name[12] = '\0';
	printf("certify: CPU %s, family, model and stepping %x\n", name, cpu.eax);
}

void certify_begin(bool pae, bool nx)
{
	certify.is_on = true;
	certify.format = nx ? "PAE with NX" : pae ? "PAE without NX" : "two-level";
	certify.reference = nx ? &reference_nx : pae ? &reference_pae : &reference_two_level;
	certify.code = FNV_START;
	printf("certify: tries all flags of page tables (%s) with all kinds of access,\n"
	       "on this CPU without the hypervisor. It writes to no disk, and takes seconds.\n",
	       certify.format);
	print_cpu();
}

void certify_add(const char *text)
{
	certify.length +=
	    strlcpy(certify.line + certify.length, text, sizeof(certify.line) - certify.length);
	ASSERT(certify.length < sizeof(certify.line));
}

void certify_end_line(void)
{
	u64 hash = fnv(FNV_START, certify.line);
	u32 short_hash = (u32)(hash >> 32) ^ (u32)hash;

	if (certify.lines >= certify.reference->count ||
	    certify.reference->hashes[certify.lines] != short_hash) {
		if (certify.differ++ < DIFFER_SHOWN)
			printf("differs: %." SHOWN "s\n", certify.line);
	}
	certify.lines++;
	certify.code = fnv(fnv(certify.code, certify.line), "\n");
	certify.length = 0;
	certify.line[0] = '\0';
}

void certify_report(void)
{
	printf("certify: %s: code %08X%08X, %u of %u lines differ from the reference\n",
	       certify.format, (u32)(certify.code >> 32), (u32)certify.code, certify.differ,
	       certify.lines);
	printf(
	    "To report: the CPU's name, and all lines that begin with `certify:` or `differs:`.\n"
	    "docs/hardware.md has the known codes. Switch the machine off now.\n");
}
