/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the machine, as commands of the monitor have requested it. */
#ifndef HV_MONITOR_MACHINE_H
#define HV_MONITOR_MACHINE_H

#include "lib/types.h"

/* True if the command reboot, or poweroff, has been given. */
bool monitor_reboot_requested(void);
bool monitor_poweroff_requested(void);

#endif
