// SPDX-License-Identifier: GPL-2.0-or-later
/* The Test Anything Protocol. */
#include "guest/include/tap.h"
#include "guest/include/boot.h"
#include "guest/include/console.h"

static u32 planned, count, failed;

void plan(u32 tests)
{
	planned = tests;
	printf("1..%u\n", tests);
}

static bool result(bool passed, const char *text, va_list arguments)
{
	count++;
	failed += !passed;
	printf("%s %u - ", passed ? "ok" : "not ok", count);
	vprintf(text, arguments);
	printf("\n");
	return passed;
}

/* The result line of a function that ends in `text, ...`. */
#define RESULT(passed, text)                                                                       \
	({                                                                                         \
		va_list arguments;                                                                 \
		va_start(arguments, text);                                                         \
		bool passed_ = result(passed, text, arguments);                                    \
		va_end(arguments);                                                                 \
		passed_;                                                                           \
	})

bool ok(bool condition, const char *text, ...)
{
	return RESULT(condition, text);
}

bool is_equal(u32 got, u32 expected, const char *text, ...)
{
	bool passed = RESULT(got == expected, text);

	if (!passed)
		printf("#      got: %#x (%u)\n# expected: %#x (%u)\n", got, got, expected,
		       expected);
	return passed;
}

bool is_fine(struct outcome outcome, const char *text, ...)
{
	bool passed = RESULT(!outcome.trapped, text);

	if (!passed)
		printf("#      got: %s\n# expected: no trap\n", outcome_text(&outcome));
	return passed;
}

bool is_trap(struct outcome outcome, u32 vector, u32 error, const char *text, ...)
{
	bool match = outcome.trapped && outcome.vector == vector && outcome.error == error;
	bool passed = RESULT(match, text);

	if (!passed)
		printf("#      got: %s\n# expected: trap %u, error %x\n", outcome_text(&outcome),
		       vector, error);
	return passed;
}

bool is_page_fault(struct outcome outcome, u32 error, u32 cr2, const char *text, ...)
{
	bool match = outcome.trapped && outcome.vector == VECTOR_PF && outcome.error == error &&
		     outcome.cr2 == cr2;
	bool passed = RESULT(match, text);

	if (!passed)
		printf("#      got: %s\n# expected: page fault, error %x, cr2 %08x\n",
		       outcome_text(&outcome), error, cr2);
	return passed;
}

bool is_value(struct outcome outcome, u32 expected, const char *text, ...)
{
	bool passed = RESULT(!outcome.trapped && outcome.value == expected, text);

	if (!passed)
		printf("#      got: %s\n# expected: value %08x\n", outcome_text(&outcome),
		       expected);
	return passed;
}

void skip(const char *why, ...)
{
	va_list arguments;

	count++;
	printf("ok %u # SKIP ", count);
	va_start(arguments, why);
	vprintf(why, arguments);
	va_end(arguments);
	printf("\n");
}

u32 tap_number(void)
{
	return ++count;
}

void note(const char *text, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, text);
	vprintf(text, arguments);
	va_end(arguments);
	printf("\n");
}

void done(void)
{
	if (!planned)
		printf("1..%u\n", count);
	else if (planned != count)
		shutdown("tap: %u of %u failed, and %u were planned", failed, count, planned);
	if (failed || !count)
		shutdown("tap: %u of %u failed", failed, count);
	shutdown("tap: %u passed", count);
}
