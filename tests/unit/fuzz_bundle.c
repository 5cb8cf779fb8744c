// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles made of a fuzzer's bytes (`make fuzz-bundle`). All modules must lie in the bundle. */
#include <string.h>

#include "boot/bundle.h"

#define BASE 0x100000u
#define CHECK(condition) ((condition) ? (void)0 : __builtin_trap())

static const u8 *bundle;
static size_t bundle_size;

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static bool read_bundle(paddr_t from, void *to, u32 size)
{
	u32 at = paddr_value(from) - BASE;

	CHECK(at <= bundle_size && size <= bundle_size - at);
	memcpy(to, bundle + at, size);
	return true;
}

static void check_module(const struct boot_module *module)
{
	u32 at = paddr_value(module->start) - BASE;

	CHECK(at <= bundle_size && module->size <= bundle_size - at);
	CHECK(memchr(module->string, 0, BOOT_STRING_SIZE));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct boot_info info;

	bundle = data;
	bundle_size = size;
	memset(&info, 0, sizeof(info));
	info.module_count = 1;
	info.modules[0] =
	    (struct boot_module){.start = to_paddr(BASE), .size = size, .string = "bundle"};
	bundles_open(&info, read_bundle);
	CHECK(info.module_count <= BOOT_MODULES_MAX);
	CHECK(memchr(info.command_line, 0, BOOT_STRING_SIZE));
	for (u32 i = 0; i < info.module_count; i++)
		check_module(&info.modules[i]);
	return 0;
}
