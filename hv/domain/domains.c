/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/domain/domains.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/domain/domain_run.h"
#include "hv/trace.h"
#include "lib/format.h"
#include "lib/min_max.h"
#include "lib/string.h"
#include "mm/frame_map.h"

#define NAME_AND_NUMBER (GUEST_NAME_SIZE - 12) /* characters of a name before a dash and a number */

static struct domain *domains[DOMAINS_MAX];
static u32 domain_count;

static u32 order_for(size_t size)
{
	u32 order = 0;

	while (((size_t)FRAME_SIZE << order) < size)
		order++;
	return order;
}

u32 domains_frames(void)
{
	return domain_count << order_for(sizeof(struct domain));
}

u32 domains_count(void)
{
	return domain_count;
}

struct domain *domain_at(u32 index)
{
	return index < domain_count ? domains[index] : NULL;
}

struct domain *domain_find(const char *name)
{
	for (u32 i = 0; i < domain_count; i++)
		if (!strcmp(domains[i]->name, name))
			return domains[i];
	return NULL;
}

/* Domains are never freed, so their frames belong to the hypervisor. */
static struct domain *allocate(void)
{
	u32 order = order_for(sizeof(struct domain));
	struct frame_account account;
	struct domain *domain;
	pfn_t first;

	if (domain_count == DOMAINS_MAX || !frames_open(&account, OWNER_UMBRA, 1u << order) ||
	    !frame_alloc_run(&account, order, &first))
		return NULL;
	domain = frame_map(first);
	memset(domain, 0, sizeof(*domain));
	return domain;
}

/* The name, or the first free one of NAME-n with n from `number` on. Returns the next number. */
static u32 choose_name(struct domain *domain, const char *name, u32 number)
{
	*domain->name = '\0'; /* it may be in the list */
	if (number < 2 && !domain_find(name)) {
		strlcpy(domain->name, name, sizeof(domain->name));
		return 2;
	}
	for (;;) {
		char free[GUEST_NAME_SIZE];

		number = max_u32(number, 2);
		snprintf(free, sizeof(free), "%.*s-%u", NAME_AND_NUMBER, name, number++);
		if (domain_find(free))
			continue;
		strlcpy(domain->name, free, sizeof(domain->name));
		return number;
	}
}

static void configure(struct domain *domain, const struct guest_config *config)
{
	domain->config = *config;
	strlcpy(domain->command_line, config->command_line, sizeof(domain->command_line));
	domain->config.name = domain->name;
	domain->config.command_line = domain->command_line;
	domain->vcpu.weight = config->weight;
	domain->vcpu.cap = config->cap;
	domain->vcpu.cpus = config->cpus;
	domain->deadline = TIMER_NEVER;
	domain->traced = trace_from_start();
	domain->watch.on = watch_from_start();
}

static void append(struct domain *domain)
{
	domains[domain_count++] = domain;
	domain->config.number = domain_count;
	devices_configure(&domain->config);
}

void domains_add(const struct guest_config *config)
{
	struct domain *domain = allocate();

	if (!domain) {
		say("guest %s: not started: no memory for one more guest", config->name);
		return;
	}
	configure(domain, config);
	choose_name(domain, config->name, 1);
	append(domain);
}

/* It, and all that knows of it, have ended, and its output has been shown. */
static bool can_be_forgotten(struct domain *domain)
{
	return domain->state == DOMAIN_ENDED && domain->move == MOVE_NONE &&
	       !domain->living_clones && console_is_out(&domain->console);
}

/* A domain that was a clone's, or received. */
static struct domain *find_forgotten(bool received)
{
	for (u32 i = 0; i < domain_count; i++) {
		struct domain *domain = domains[i];

		if ((received ? domain->received : domain->origin != NULL) &&
		    can_be_forgotten(domain))
			return domain;
	}
	return NULL;
}

/* All but the guest and the console, which are set up anew anyway. */
static void forget(struct domain *domain)
{
	memset((u8 *)domain + offsetof(struct domain, config), 0,
	       offsetof(struct domain, console) - offsetof(struct domain, config));
	memset(&domain->devices, 0, sizeof(domain->devices));
}

/* Such a domain, as new, or else a new one; NULL: there is no memory for one. */
static struct domain *reuse(bool received, const struct guest_config *config)
{
	struct domain *domain = find_forgotten(received);
	u32 number;

	if (!domain) {
		domain = allocate();
		if (domain)
			configure(domain, config);
		return domain;
	}
	number = domain->config.number;
	domain_set_state(domain, DOMAIN_WAITING);
	console_close(&domain->console);
	forget(domain);
	configure(domain, config);
	domain->config.number = number;
	return domain;
}

struct domain *domains_add_clone(struct domain *origin, struct domain *parent)
{
	struct guest_config config = parent->config;
	struct domain *domain;

	config.restarts = config.number = 0;
	domain = reuse(false, &config);
	if (!domain)
		return NULL;
	origin->next_number = choose_name(domain, origin->name, max_u32(origin->next_number, 2));
	if (!domain->config.number)
		append(domain);
	return domain;
}

struct domain *domains_add_received(const struct guest_config *config)
{
	struct domain *domain = reuse(true, config);

	if (!domain)
		return NULL;
	domain->received = true;
	choose_name(domain, config->name, 1);
	if (!domain->config.number)
		append(domain);
	return domain;
}
