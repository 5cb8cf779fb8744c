/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the serial port of the console. The first of these that answers is used:
 *
 *	the port that serial= names
 *	the port of ACPI's table SPCR, then those of DBG2, if they are like a 16550
 *	COM1, COM2, COM3, COM4
 *	a PCI serial card
 */
#ifndef ARCH_X86_SERIAL_FIND_H
#define ARCH_X86_SERIAL_FIND_H

#include "arch/x86/host_windows.h"
#include "arch/x86/serial.h"

#define SERIAL_COMS 4u
extern const struct serial_place serial_coms[SERIAL_COMS]; /* COM1 to COM4, at the default baud */

enum serial_wish_kind { SERIAL_ANY, SERIAL_AT, SERIAL_ON_PCI, SERIAL_OFF };

/* The serial port that the command line asks for. */
struct serial_wish {
	enum serial_wish_kind kind;
	struct serial_place place; /* SERIAL_AT; its baud also for SERIAL_ON_PCI */
};

enum serial_outcome {
	SERIAL_NONE,
	SERIAL_FOUND,
	SERIAL_FOUND_ELSEWHERE, /* the port that was asked for does not answer */
};

/* The parts of the machine that the search needs; a unit test has its own. */
struct serial_machine {
	physical_reader *read;  /* ACPI's tables */
	bool (*is_ram)(u32 at); /* true if RAM is there, so that no UART is */
};

/* Finds a port; with SERIAL_OFF, none. `found` is ready for serial_init. Of the tables and cards
 * nothing is trusted: no register in RAM or below 1 MB is written, and few different pages are
 * mapped. Called once. */
enum serial_outcome serial_find(const struct serial_wish *wish,
				const struct serial_machine *machine, struct serial_place *found);

#endif
