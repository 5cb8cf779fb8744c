// SPDX-License-Identifier: GPL-2.0-or-later
#include "hv/domain/snapshot_port.h"

#include "arch/x86/io.h"
#include "hv/domain/line.h"
#include "lib/string.h"

/* -- 1. The debug console ---------------------------------------------------------------------- */

#define DEBUGCON_PORT 0xE9 /* of QEMU and Bochs, which take each byte at once */

static const char *open_debugcon(void)
{
	return NULL;
}

static u32 send_to_debugcon(const u8 *bytes, u32 size, const char **problem)
{
	(void)problem;
	for (u32 i = 0; i < size; i++)
		outb(DEBUGCON_PORT, bytes[i]);
	return size;
}

static bool finish_debugcon(const char **problem)
{
	(void)problem;
	return true;
}

static void close_debugcon(void) {}

/* -- 2. The second serial line ----------------------------------------------------------------- */

static bool com2_ends; /* the last frame is sent */

static const char *open_com2(void)
{
	com2_ends = false;
	return line_open("save");
}

/* True if the line can take the next frame, or *problem says why it never will. */
static bool is_free(const char **problem)
{
	enum line_state state = line_send();

	if (state == LINE_DEAD || state == LINE_REFUSED)
		*problem = line_problem(state);
	return state != LINE_BUSY;
}

static u32 send_to_com2(const u8 *bytes, u32 size, const char **problem)
{
	if (!is_free(problem))
		return 0;
	return *problem ? SNAPSHOT_PORT_FAILED : line_fill(bytes, size);
}

static bool finish_com2(const char **problem)
{
	if (!is_free(problem))
		return false;
	if (*problem || com2_ends)
		return true;
	com2_ends = !line_filled();
	line_seal(); /* what is left; then an empty one */
	return false;
}

static const struct snapshot_port ports[] = {
    {"debugcon", open_debugcon, send_to_debugcon, finish_debugcon, close_debugcon},
    {"com2", open_com2, send_to_com2, finish_com2, line_close},
};

const struct snapshot_port *snapshot_port_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(ports); i++)
		if (!strcmp(ports[i].name, name))
			return &ports[i];
	return NULL;
}
