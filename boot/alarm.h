/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choice of the device that interrupts after a time. */
#ifndef BOOT_ALARM_H
#define BOOT_ALARM_H

/* Tries the devices (timer_alarm), first the one that timer= on this command line names, and stays
 * with the first that is shown to interrupt. Panics if none does: the first halt would last for
 * ever. After timer_init, with the handler of IRQ_TIMER set; takes interrupts. */
void alarm_choose(const char *command_line);

#endif
