/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clones of guests: on a command of a user, on the guest's CLONE, or after it has printed a text. */
#ifndef HV_DOMAIN_CLONE_H
#define HV_DOMAIN_CLONE_H

#include "hv/domain/domains.h"

/* Asks for `count` clones, which are made in the domain's turns. False if its guest is not alive, or
 * is being cloned. */
bool domain_clone(struct domain *domain, u32 count);

/* The same for one clone that never runs, and is for this work. */
bool domain_clone_for(struct domain *domain, const struct clone_work *work);

/* The domain's guest has just been started: begins to wait for the text of clone=after:TEXT. */
void domain_clone_await(struct domain *domain);

/* Does a part of the clones that the domain's guest wants: its turn. */
void domain_clone_some(struct domain *domain);

/* The guest of this domain has been destroyed. */
void domain_clone_ended(struct domain *domain, bool well);

#endif
