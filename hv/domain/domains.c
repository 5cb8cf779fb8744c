/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hv/domain/domains.h"

#include "arch/x86/timer.h"
#include "hv/base/log.h"
#include "hv/trace.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/frame_map.h"

static struct domain *domains[DOMAINS_MAX];
static u32 domain_count;

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

static u32 order_for(size_t size)
{
	u32 order = 0;

	while (((size_t)FRAME_SIZE << order) < size)
		order++;
	return order;
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

static void choose_name(struct domain *domain, const char *name)
{
	strlcpy(domain->name, name, sizeof(domain->name));
	for (u32 n = 2; domain_find(domain->name); n++)
		snprintf(domain->name, sizeof(domain->name), "%.*s-%u", GUEST_NAME_SIZE - 5, name,
			 n);
}

void domains_add(const struct guest_config *config)
{
	struct domain *domain = allocate();

	if (!domain) {
		say("guest %s: not started: no memory for one more guest", config->name);
		return;
	}
	domain->config = *config;
	choose_name(domain, config->name);
	strlcpy(domain->command_line, config->command_line, sizeof(domain->command_line));
	domain->config.name = domain->name;
	domain->config.command_line = domain->command_line;
	domain->vcpu.weight = config->weight;
	domain->vcpu.cap = config->cap;
	domain->vcpu.cpus = config->cpus;
	domain->deadline = TIMER_NEVER;
	domain->traced = trace_from_start();
	domains[domain_count++] = domain;
	domain->config.number = domain_count;
	devices_configure(&domain->config);
}
