// SPDX-License-Identifier: GPL-2.0-or-later
/* Start-up in C, the boot parameters, and the end of the guest. */
#include "guest/include/boot.h"
#include "guest/include/console.h"
#include "guest/include/hypercall.h"
#include "guest/include/interrupt.h"
#include "guest/include/memory.h"
#include "guest/include/paging.h"
#include "guest/include/segments.h"
#include "guest/include/user.h"
#include "lib/format.h"
#include "lib/number.h"
#include "lib/panic.h"
#include "lib/string.h"

#define COMMAND_LINE_SIZE 512
#define REASON_SIZE 128 /* as many bytes as the hypervisor reads */

char main_stack[MAIN_STACK_SIZE] ALIGNED(16);
char trap_stack[TRAP_STACK_PAGES * PAGE_SIZE] ALIGNED(PAGE_SIZE);

static char command_line[COMMAND_LINE_SIZE];
static u32 memory, initrd_start, initrd_size;

u8 boot_parameter8(u32 offset)
{
	return *(volatile u8 *)gpa_pointer(BOOT_PARAMETERS + offset);
}

u16 boot_parameter16(u32 offset)
{
	return *(volatile u16 *)gpa_pointer(BOOT_PARAMETERS + offset);
}

u32 boot_parameter32(u32 offset)
{
	return *(volatile u32 *)gpa_pointer(BOOT_PARAMETERS + offset);
}

/* The one e820 entry is {0, size, RAM}. */
static void read_boot_parameters(void)
{
	memory = boot_parameter32(BP_E820_TABLE + 8);
	initrd_start = boot_parameter32(BP_RAMDISK_IMAGE);
	initrd_size = boot_parameter32(BP_RAMDISK_SIZE);
	strlcpy(command_line, gpa_pointer(boot_parameter32(BP_CMD_LINE_PTR)), sizeof(command_line));
}

u32 boot_memory(void)
{
	return memory;
}

const char *boot_command_line(void)
{
	return command_line;
}

/* The word at `at`, and `at` moved behind it; NULL at the end. */
static const char *next_word(const char **at, size_t *length)
{
	const char *word = *at;

	while (*word == ' ')
		word++;
	for (*at = word; **at && **at != ' '; (*at)++)
		;
	*length = *at - word;
	return *length ? word : NULL;
}

bool boot_option(const char *wanted)
{
	const char *at = command_line, *word;
	size_t length;

	while ((word = next_word(&at, &length))) {
		if (length == strlen(wanted) && !memcmp(word, wanted, length))
			return true;
	}
	return false;
}

bool boot_option_value(const char *key, char *value, size_t size)
{
	const char *at = command_line, *word;
	size_t length, skip = strlen(key) + 1;
	bool found = false;

	while ((word = next_word(&at, &length))) {
		if (length < skip || memcmp(word, key, skip - 1) || word[skip - 1] != '=')
			continue;
		length -= skip;
		strlcpy(value, word + skip, length < size ? length + 1 : size);
		found = true;
	}
	return found;
}

u32 boot_option_number(const char *key, u32 otherwise)
{
	char text[16];
	u32 number;

	if (!boot_option_value(key, text, sizeof(text)) ||
	    !number_parse(text, strlen(text), &number))
		return otherwise;
	return number;
}

const char *boot_run_case(const struct boot_case *cases, u32 count)
{
	char name[32];

	if (!boot_option_value("case", name, sizeof(name)))
		return "which case?";
	for (u32 i = 0; i < count; i++) {
		if (strcmp(name, cases[i].name))
			continue;
		cases[i].run();
		return "survived";
	}
	return "no such case";
}

const char *boot_initrd(u32 *size)
{
	*size = initrd_size;
	return initrd_size ? gpa_pointer(initrd_start) : NULL;
}

void kit_start_traps(void)
{
	traps_init();
	segments_init();
	hcall_set_stack(GUEST_DS, (u32)trap_stack + sizeof(trap_stack), TRAP_STACK_PAGES);
}

void kit_start(void)
{
	read_boot_parameters();
	pages_init();
	if ((u32)kernel_base)
		paging_start();
	if (!(guest_options & (GUEST_NO_TRAPS | GUEST_NO_INIT)))
		kit_start_traps();
	shutdown("%s", guest_main());
}

static void end(const char *reason, u32 how) NORETURN;
static void end(const char *reason, u32 how)
{
	irq_disable();
	console_flush();
	hcall_shutdown(gpa_of(reason), how);
	for (;;)
		hcall_halt();
}

/* In the image, where adjacent addresses are adjacent gpas. A string on a stack may cross pages
 * that are not adjacent in guest-physical memory. */
static char reason_text[REASON_SIZE];

void shutdown(const char *reason, ...)
{
	va_list arguments;

	va_start(arguments, reason);
	vsnprintf(reason_text, sizeof(reason_text), reason, arguments);
	va_end(arguments);
	end(reason_text, SHUTDOWN_POWEROFF);
}

void restart(const char *reason)
{
	strlcpy(reason_text, reason, sizeof(reason_text));
	end(reason_text, SHUTDOWN_RESTART);
}

void panic(const char *text, ...)
{
	char sentence[REASON_SIZE];
	va_list arguments;

	va_start(arguments, text);
	vsnprintf(sentence, sizeof(sentence), text, arguments);
	va_end(arguments);
	shutdown("panic: %s", sentence);
}
