// SPDX-License-Identifier: GPL-2.0-or-later
/* The same guests, made of a fuzzer's bytes (`make fuzz`): a setup, then 8 bytes an operation. */
#include <string.h>

#include "tests/unit/oracle/operations.h"

#define FUZZ_OPERATIONS 400u

struct PACKED fuzz_setup {
	u8 combination, nx;
	u16 budget;
	u32 kernel_address;
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct script script;
	struct fuzz_setup chosen;
	u32 count;

	if (size < sizeof(chosen))
		return 0;
	memcpy(&chosen, data, sizeof(chosen));
	count = (size - sizeof(chosen)) / sizeof(struct operation);
	script.count = count < FUZZ_OPERATIONS ? count : FUZZ_OPERATIONS;
	script.setup =
	    sane_setup(chosen.combination, chosen.nx, chosen.budget, chosen.kernel_address);
	memcpy(script.operations, data + sizeof(chosen), script.count * sizeof(struct operation));
	run_script(&script);
	return 0;
}
