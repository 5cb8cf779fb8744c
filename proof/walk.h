/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last 4 MB, which belong to the Switcher: nothing there is filled or set, for any contents of
 * the guest's tables and any hypercall.
 */
#ifndef PROOF_WALK_H
#define PROOF_WALK_H

/* clang-format off */

/*@ requires \valid_read(g);
    assigns \nothing; */
static inline bool guest_space_has_ended(const struct guest_space *g);

/*@ requires \valid(g) && \valid(g->shadow.current) && \valid(walk);
    ensures \result == FILL_DONE ==> at < SWITCHER_START; */
static enum fill_outcome sh_walk_guest(struct guest_space *g, gva_t at, u32 access, struct walk *walk);

/* The reason is a part of struct guest, not of struct guest_space. */
extern char guest_reason[192];

/*@ assigns g->state, guest_reason[..]; */
void guest_space_kill(struct guest_space *g, const char *text, ...);

/*@ requires \valid(g);
    assigns g->state, guest_reason[..];
    ensures \result != 0 ==> top >> FRAME_SHIFT < g->memory.frames; */
static bool sh_is_good_top(struct guest_space *g, gpa_t top);

/*@ requires not_the_switchers: at < SWITCHER_START; */
static void sh_update_table(struct guest_space *g, const struct written_table *t, gva_t at, gpte_t entry);

/*@ requires not_the_switchers: at < SWITCHER_START; */
static void sh_update_in(struct guest_space *g, struct shadow_directory *d, gva_t at, gpte_t entry);

/*@ requires not_the_switchers: at < SWITCHER_START; */
static void sh_update_one(struct guest_space *g, struct shadow_directory *d, gva_t at, gpte_t entry);

/*@ requires not_the_switchers: at < SWITCHER_START; */
static void sh_update_in_all(struct guest_space *g, gva_t at, gpte_t entry);

/*@ assigns \nothing; */
static gpte_t entry_of_halves(u32 low, u32 high);

/*@ requires \valid(g) && \valid_read(g->shadow.current) && \valid_read(g->fast);
    requires \separated(g, g->fast); */
static void sh_set_pte_elsewhere(struct guest_space *g, gpa_t top, gva_t at, gpte_t entry);

/*@ requires \valid_read(recent + (0 .. RECENT_TABLES - 1));
    assigns \nothing;
    ensures \result == recent + pde % RECENT_TABLES;
    ensures \valid_read(\result); */
static struct written_table *recent_place(struct written_table *recent, u32 pde);

/*@ requires \valid(g) && \valid_read(g->shadow.current) && \valid_read(g->fast);
    requires \separated(g, g->fast);
    requires g->shadow.user_end <= SWITCHER_START;
    requires recent: \forall integer i; 0 <= i < RECENT_TABLES ==>
      g->shadow.recent[i].pde < SWITCHER_START >> PDE_SHIFT || g->shadow.recent[i].pde == NO_PDE; */
static void sh_set_pte(struct guest_space *g, u32 low, u32 address, u32 high, u32 top);

/*@ requires not_the_switchers: at < SWITCHER_START; */
static void sh_find_table(struct shadow *s, gpa_t top, gva_t at, struct shadow_directory *d);

/*@ requires \valid(g) && \valid_read(g->shadow.found.here) && \valid_read(g->shadow.current) && \valid_read(g->fast);
    requires \separated(g, g->fast);
    requires g->shadow.user_end <= SWITCHER_START;
    requires g->shadow.found.here->place.size == 0 ||
      (g->shadow.found.here->place.size == PDE_SIZE &&
       g->shadow.found.here->place.from <= SWITCHER_START - PDE_SIZE); */
static bool sh_set_other(struct guest_space *g, gpa_t top, gva_t at, gpte_t entry);

#endif
