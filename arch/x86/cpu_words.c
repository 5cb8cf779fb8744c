/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SDM vol. 2, CPUID; AMD's manual vol. 3, appendix E. AVX and its kin are missing: a guest has no XCR0. */
#include "arch/x86/cpu_words.h"

static const struct {
	u8 word, bit;
	char name[8];
} instructions[] = {
    {CPUID_1_EDX, 0, "FPU"},        {CPUID_1_EDX, 4, "TSC"},        {CPUID_1_EDX, 6, "PAE"},
    {CPUID_1_EDX, 8, "CX8"},        {CPUID_1_EDX, 15, "CMOV"},      {CPUID_1_EDX, 19, "CLFSH"},
    {CPUID_1_EDX, 23, "MMX"},       {CPUID_1_EDX, 24, "FXSR"},      {CPUID_1_EDX, 25, "SSE"},
    {CPUID_1_EDX, 26, "SSE2"},      {CPUID_1_ECX, 0, "SSE3"},       {CPUID_1_ECX, 1, "PCLMUL"},
    {CPUID_1_ECX, 9, "SSSE3"},      {CPUID_1_ECX, 19, "SSE4.1"},    {CPUID_1_ECX, 20, "SSE4.2"},
    {CPUID_1_ECX, 22, "MOVBE"},     {CPUID_1_ECX, 23, "POPCNT"},    {CPUID_1_ECX, 25, "AES"},
    {CPUID_1_ECX, 30, "RDRAND"},    {CPUID_7_EBX, 3, "BMI1"},       {CPUID_7_EBX, 8, "BMI2"},
    {CPUID_7_EBX, 18, "RDSEED"},    {CPUID_7_EBX, 19, "ADX"},       {CPUID_7_EBX, 29, "SHA"},
    {CPUID_EXT1_EDX, 20, "NX"},     {CPUID_EXT1_EDX, 22, "MMXEXT"}, {CPUID_EXT1_EDX, 27, "RDTSCP"},
    {CPUID_EXT1_EDX, 30, "3DNOWX"}, {CPUID_EXT1_EDX, 31, "3DNOW"},  {CPUID_EXT1_ECX, 5, "LZCNT"},
    {CPUID_EXT1_ECX, 6, "SSE4A"},
};

const char *cpu_words_lack(const u32 words[CPUID_WORDS], const u32 own[CPUID_WORDS])
{
	for (u32 i = 0; i < ARRAY_SIZE(instructions); i++)
		if (words[instructions[i].word] & ~own[instructions[i].word] &
		    1u << instructions[i].bit)
			return instructions[i].name;
	return NULL;
}
