/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: LGUEST_INIT with a syscall_vec below 0x30 or above 0xFF kills the guest.
 *
 * Reason: The vectors below 0x30 are exceptions and the machine's interrupts; above 0xFF there is
 * no vector.
 *
 * Method: The case is the vector.
 *
 * Case: 0 killed "bad system call vector 0"
 * Case: 14 killed "bad system call vector"
 * Case: 31 killed "bad system call vector"
 * Case: 32 killed "bad system call vector"
 * Case: 47 killed "bad system call vector"
 * Case: 256 killed "bad system call vector"
 * Case: 4294967168 killed "bad system call vector"
 */
#include "guest/include/kit.h"

const u32 guest_options = GUEST_NO_INIT;

const char *guest_main(void)
{
	lguest_data.syscall_vec = boot_option_number("case", SYSCALL_VECTOR);
	hcall_lguest_init(gpa_of(&lguest_data));
	return "survived";
}
