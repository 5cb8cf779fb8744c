/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends running guests to another machine (docs/snapshot.md). */
#ifndef HV_MOVE_SEND_H
#define HV_MOVE_SEND_H

#include "hv/domain/domains.h"

/* Begins to send the domain's guest by `port`, which is com2. NULL, or why not. */
const char *move_send(struct domain *domain, const char *port);

/* Of a guest that is MOVE_UNSETTLED: it goes on here; or it ends here. */
void move_settle_here(struct domain *domain);
void move_settle_there(struct domain *domain);

#endif
