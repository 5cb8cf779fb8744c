// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame allocator: a binary buddy system.
 *
 * Memory is cut into runs of 2^order frames, aligned to their size. A free run is in the list of
 * its order. To allocate, the smallest run that is large enough is halved until its size fits. When
 * a run is freed, it is joined with its buddy (the other half of the run it was cut from) as long
 * as that is free too. The buddy of the run at n is at n ^ 2^order.
 *
 *	order 2   |       0       |		allocate one frame: take 0, put back 2 and 1
 *	order 1   |   0   |   2   |
 *	order 0   | 0 | 1 |		free frame 0: join 0+1, join 0+2
 *
 * The first frame of a run is called its head.
 */
#include "mm/frame_table.h"

#include "lib/lock.h"
#include "lib/min_max.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "lib/uncounted.h"
#include "mm/frame_contents.h"
#include "mm/frame_map.h"

#define COUNTED_AT_ONCE 2048u /* some 20,000 instructions */

struct frame_table frame_table HOT_DATA;

/* Guards the counts, the lists, and the owner, order and links of free frames. An allocated frame's
 * entry is its owner's. */
static struct lock lock = LOCK_OF_RANK(LOCK_FRAMES);

static void list_push(u32 head, u32 order)
{
	struct frame *frame = &frame_table.frames[head];
	u32 next = frame_table.heads[order];

	frame->order = order;
	frame->previous = NO_FRAME;
	frame->next = next;
	if (next != NO_FRAME)
		frame_table.frames[next].previous = head;
	frame_table.heads[order] = head;
}

static void list_remove(u32 head, u32 order)
{
	const struct frame *frame = &frame_table.frames[head];

	if (frame->previous == NO_FRAME)
		frame_table.heads[order] = frame->next;
	else
		frame_table.frames[frame->previous].next = frame->next;
	if (frame->next != NO_FRAME)
		frame_table.frames[frame->next].previous = frame->previous;
}

/*
 * Takes a run out of the lists; its frames still have the owner OWNER_FREE. NO_FRAME if there is
 * none. The lists are not trusted: the head's own entry must say that it is free. So a broken list
 * ends in a panic, and no owner is given a frame of another.
 */
static inline u32 take_run(u32 order)
{
	u32 level = order, head, upper;

	/*@ loop invariant order <= level <= FRAME_MAX_ORDER;
	    loop assigns level; */
	while (frame_table.heads[level] == NO_FRAME) {
		if (++level > FRAME_MAX_ORDER)
			return NO_FRAME;
	}
	head = frame_table.heads[level];
	ASSERT(is_free_head(head, level));
	list_remove(head, level);
	/*@ loop invariant order <= level <= FRAME_MAX_ORDER && LINKS_ARE_IN_TABLE;
	    loop assigns level, upper, LISTS; */
	while (level > order) {
		level--;
		upper = head + (1u << level);
		ASSERT(upper < frame_table.count);
		list_push(upper, level);
	}
	return head;
}

/* Puts a run whose frames have the owner OWNER_FREE into the lists, joined with its free
 * buddies. */
static inline void put_run(u32 head, u32 order)
{
	u32 buddy;

	frame_table.free += 1u << order;
	frame_table.frames[head].order = NOT_HEAD; /* list_push sets it, if it stays the head */
	/*@ loop invariant order <= FRAME_MAX_ORDER && head < frame_table.count && LINKS_ARE_IN_TABLE;
	    loop assigns order, head, buddy, LISTS; */
	for (; order < FRAME_MAX_ORDER; order++) {
		buddy = head ^ 1u << order;
		if (!is_free_head(buddy, order))
			break;
		list_remove(buddy, order);
		frame_table.frames[buddy].order = NOT_HEAD;
		if (buddy < head)
			head = buddy;
	}
	list_push(head, order);
}

static u32 length_of(u32 order)
{
	return 1u << order;
}

/* The frames of a run change their owner. Panics unless all belong to `from`. */
static void change_owner(u32 first, u32 count, owner_t from, owner_t to)
{
	u32 i;

	/*@ loop invariant i <= count && LINKS_ARE_IN_TABLE;
	    loop invariant has_changed_hands{Pre, Here}(first, i, from, to);
	    loop assigns i, OWNERS, ORDERS, USES; */
	for (i = 0; i < count; i++) {
		ASSERT(first + i < frame_table.count);
		ASSERT(frame_table.frames[first + i].owner == from);
		frame_table.frames[first + i].owner = to;
		frame_table.frames[first + i].order = NOT_HEAD;
		frame_table.frames[first + i].use = FRAME_OTHER;
	}
}

void frame_set_use(pfn_t frame, enum frame_use use)
{
	frame_table.frames[pfn_value(frame)].use = use;
}

enum frame_use frame_use(pfn_t frame)
{
	return pfn_value(frame) < frame_table.count ? frame_table.frames[pfn_value(frame)].use
						    : FRAME_OTHER;
}

#ifdef CONFIG_DEBUG
bool frame_mark(pfn_t frame, u32 mark)
{
	struct frame *marked = &frame_table.frames[pfn_value(frame)];

	if (marked->mark == mark)
		return false;
	marked->mark = mark;
	return true;
}
#endif

u32 frames_table_size(u32 frame_count)
{
	return frame_count * sizeof(struct frame);
}

void frames_init(void *memory, u32 frame_count)
{
	const struct frame firmwares = {.owner = OWNER_FIRMWARE, .order = NOT_HEAD};
	u32 i;

	memset(&frame_table, 0, sizeof(frame_table));
	lock = (struct lock)LOCK_OF_RANK(LOCK_FRAMES);
	frame_table.frames = memory;
	frame_table.count = frame_count;
	for (i = 0; i < frame_count; i++)
		frame_table.frames[i] = firmwares;
}

/* Gives the firmware's frames [first, first+count) to an owner. `caller` is for the panics. */
static void take_over(const char *caller, pfn_t first, u32 count, owner_t owner)
{
	u32 start = pfn_value(first), i;

	if (start == NO_FRAME || start > frame_table.count || count > frame_table.count - start)
		panic("%s: frames 0x%x + 0x%x are not in the table", caller, start, count);
	for (i = start; i < start + count; i++) {
		if (frame_table.frames[i].owner != OWNER_FIRMWARE)
			panic("%s: frame 0x%x already has owner %u", caller, i,
			      frame_table.frames[i].owner);
		frame_table.frames[i].owner = owner;
	}
}

COLD void frames_add(pfn_t first, u32 count)
{
	u32 head = pfn_value(first), end = head + count, order;

	take_over("frames_add", first, count, OWNER_FREE);
	frame_table.total += count;
	while (head < end) {
		order = 0;
		while (order < FRAME_MAX_ORDER && !(head & 1u << order) &&
		       end - head >= 2u << order)
			order++;
		put_run(head, order);
		head += 1u << order;
	}
}

void frames_claim(pfn_t first, u32 count)
{
	take_over("frames_claim", first, count, OWNER_UMBRA);
	frame_table.claimed += count;
}

/* False if there are fewer. */
static bool set_aside(u32 frames)
{
	bool enough;

	lock_take(&lock);
	enough = frames <= frames_uncommitted();
	if (enough)
		frame_table.committed += frames;
	lock_release(&lock);
	return enough;
}

bool frames_open(struct frame_account *account, owner_t owner, u32 limit)
{
	ASSERT(owner >= OWNER_UMBRA);
	if (!set_aside(limit))
		return false;
	*account = (struct frame_account){.owner = owner, .limit = limit};
	return true;
}

bool frames_extend(struct frame_account *account, u32 more)
{
	if (!set_aside(more))
		return false;
	account->limit += more;
	return true;
}

void frames_close(struct frame_account *account)
{
	if (account->used)
		panic("frames_close: owner %u still has %u frames", account->owner, account->used);
	lock_take(&lock);
	frame_table.committed -= account->limit;
	lock_release(&lock);
	account->limit = 0;
}

/* Gives a free frame, which has been taken out of the lists, to an owner. */
static inline void give(u32 number, owner_t owner)
{
	struct frame *frame = &frame_table.frames[number];

	frame->owner = owner;
	frame->order = 0;
	frame->use = FRAME_OTHER;
	frame->next = NO_FRAME;
	frame->previous = 0;
}

/* A frame is free: the account has set it aside. */
static inline u32 take_frame(owner_t owner)
{
	u32 number;

	lock_take(&lock);
	number = take_run(0);
	ASSERT(number != NO_FRAME);
	give(number, owner);
	frame_table.free--;
	lock_release(&lock);
	return number;
}

bool frame_alloc(struct frame_account *account, pfn_t *frame)
{
	if (account->used >= account->limit)
		return false;
	*frame = to_pfn(take_frame(account->owner));
	account->used++;
	return true;
}

bool frame_alloc_zeroed(struct frame_account *account, pfn_t *frame)
{
	if (!frame_alloc(account, frame))
		return false;
	frame_zero(*frame);
	return true;
}

COLD bool frame_alloc_run(struct frame_account *account, u32 order, pfn_t *first)
{
	u32 count, head;

	ASSERT(order <= FRAME_MAX_ORDER);
	count = length_of(order);
	if (count > account->limit - account->used)
		return false;
	lock_take(&lock);
	head = take_run(order);
	if (head != NO_FRAME) {
		change_owner(head, count, OWNER_FREE, account->owner);
		frame_table.frames[head].order = order;
		frame_table.free -= count;
	}
	lock_release(&lock);
	if (head == NO_FRAME)
		return false;
	account->used += count;
	*first = to_pfn(head);
	return true;
}

/* Makes a use after the free visible. Debug builds only: QEMU discards translated code at each
 * write to a frame that held code, so poisoning the frames of a Linux guest takes minutes. */
#ifdef CONFIG_DEBUG
static void poison(u32 first, u32 count)
{
	for (u32 i = first; i < first + count; i++)
		memset(frame_map(to_pfn(i)), FRAME_POISON, FRAME_SIZE);
}
#else
static inline void poison(u32 first, u32 count)
{
	(void)first;
	(void)count;
}
#endif

/* Panics with the rule that freeing this run would break. */
static void NORETURN bad_free(const struct frame_account *account, u32 order, u32 number)
{
	owner_t owner = frame_owner(to_pfn(number));

	if (owner == OWNER_FREE)
		panic("owner %u frees frame 0x%x twice", account->owner, number);
	if (owner != account->owner)
		panic("owner %u frees frame 0x%x of owner %u", account->owner, number, owner);
	panic("frame 0x%x of owner %u was not allocated as a run of 2^%u frames", number, owner,
	      order);
}

static inline void check_free(const struct frame_account *account, u32 order, u32 number)
{
	if (__builtin_expect(number >= frame_table.count, 0) ||
	    __builtin_expect(frame_table.frames[number].owner != account->owner, 0) ||
	    __builtin_expect(frame_table.frames[number].order != order, 0))
		bad_free(account, order, number);
}

void frame_free(struct frame_account *account, pfn_t frame)
{
	u32 number = pfn_value(frame);

	check_free(account, 0, number);
	UNCOUNTED poison(number, 1);
	account->used--;
	lock_take(&lock);
	frame_table.frames[number].owner = OWNER_FREE;
	put_run(number, 0);
	lock_release(&lock);
}

COLD void frame_free_run(struct frame_account *account, u32 order, pfn_t first)
{
	u32 head = pfn_value(first), count;

	ASSERT(order <= FRAME_MAX_ORDER);
	count = length_of(order);
	check_free(account, order, head);
	UNCOUNTED poison(head, count);
	account->used -= count;
	lock_take(&lock);
	change_owner(head, count, account->owner, OWNER_FREE);
	put_run(head, order);
	lock_release(&lock);
}

/* -- Shared frames ----------------------------------------------------------------------------- */

static COLD void panic_not_shared(pfn_t frame)
{
	panic("frame 0x%x of owner %u is not shared", pfn_value(frame), frame_owner(frame));
}

/* Panics unless the frame is shared. Its owner stays the same as long as the caller's guest holds it:
 * no lock is needed. */
static ALWAYS_INLINE struct frame *shared_frame(pfn_t frame)
{
	if (!frame_is_shared(frame))
		panic_not_shared(frame);
	return &frame_table.frames[pfn_value(frame)];
}

void frame_share(struct frame_account *account, struct frame_account *funds, pfn_t frame)
{
	struct frame *entry = &frame_table.frames[pfn_value(frame)];

	check_free(account, 0, pfn_value(frame));
	ASSERT(entry->use == FRAME_MEMORY && funds->limit > funds->used);
	account->used--;
	funds->limit--;
	lock_take(&lock);
	entry->owner = OWNER_SHARED;
	entry->previous = 1;
	frame_table.shared++;
	lock_release(&lock);
}

void frame_hold(pfn_t frame)
{
	struct frame *entry;

	if (pfn_value(frame) == frame_table.zeroes)
		return;
	entry = shared_frame(frame);
	lock_take(&lock);
	entry->previous++;
	ASSERT(entry->previous);
	lock_release(&lock);
}

void frame_drop(pfn_t frame)
{
	u32 number = pfn_value(frame);
	struct frame *entry;

	if (number == frame_table.zeroes)
		return;
	entry = shared_frame(frame);
	lock_take(&lock);
	if (!--entry->previous) {
		UNCOUNTED poison(number, 1);
		entry->owner = OWNER_FREE;
		frame_table.shared--;
		frame_table.committed--;
		put_run(number, 0);
	}
	lock_release(&lock);
}

bool frame_take_over(struct frame_account *account, pfn_t frame)
{
	struct frame *entry;
	bool last;

	if (pfn_value(frame) == frame_table.zeroes)
		return false;
	entry = shared_frame(frame);
	lock_take(&lock);
	last = entry->previous == 1;
	if (last) {
		entry->owner = account->owner;
		entry->previous = 0;
		frame_table.shared--;
		if (account->used == account->limit)
			account->limit++; /* what has paid for the frame goes with it */
		else
			frame_table.committed--;
		account->used++;
	}
	lock_release(&lock);
	return last;
}

u32 frame_holders(pfn_t frame)
{
	return frame_owner(frame) == OWNER_SHARED ? frame_table.frames[pfn_value(frame)].previous
						  : 0;
}

static COLD pfn_t make_zeroes(void)
{
	struct frame_account account;
	pfn_t frame;

	if (!frames_open(&account, OWNER_SHARED, 1) || !frame_alloc_zeroed(&account, &frame))
		panic("no frame is free for zeroes");
	frame_set_use(frame, FRAME_MEMORY);
	frame_table.zeroes = pfn_value(frame);
	return frame;
}

pfn_t frame_of_zeroes(void)
{
	return frame_table.zeroes == NO_FRAME ? make_zeroes() : to_pfn(frame_table.zeroes);
}

u32 frames_shared_count(void)
{
	return frame_table.shared;
}

/* -- Owners and counts -------------------------------------------------------------------------- */

owner_t frame_owner(pfn_t frame)
{
	u32 number = pfn_value(frame);

	return number < frame_table.count ? frame_table.frames[number].owner : OWNER_FIRMWARE;
}

void frame_is_not(pfn_t frame, const struct frame_account *account, enum frame_use use)
{
	panic("frame 0x%x is use %u of owner %u, not use %u of owner %u", pfn_value(frame),
	      frame_use(frame), frame_owner(frame), use, account->owner);
}

u32 frames_free_count(void)
{
	return frame_table.free;
}

/* The free frames, less those that are set aside and not yet used: free - (committed - (total -
 * free)). */
u32 frames_uncommitted(void)
{
	return frame_table.total - frame_table.committed;
}

u32 frames_total(void)
{
	return frame_table.total;
}

u32 frames_claimed(void)
{
	return frame_table.claimed;
}

u32 frames_count_owners(u32 from, u32 *counts, u32 owners)
{
	u32 end = from + min_u32(frame_table.count - from, COUNTED_AT_ONCE);

	for (u32 i = from; i < end; i++)
		if (frame_table.frames[i].owner < owners)
			counts[frame_table.frames[i].owner]++;
	return end;
}

u32 frames_table_count(void)
{
	return frame_table.count;
}

u32 frames_longest_free_run(void)
{
	u32 order;

	for (order = FRAME_MAX_ORDER + 1; order-- > 0;) {
		if (frame_table.heads[order] != NO_FRAME)
			return 1u << order;
	}
	return 0;
}
