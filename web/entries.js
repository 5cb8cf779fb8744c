// SPDX-License-Identifier: GPL-2.0-or-later
// Entries of page tables as letters and words.

export const PRESENT = 1n, WRITABLE = 2n, USER = 4n, WRITE_THROUGH = 8n, UNCACHED = 0x10n,
	ACCESSED = 0x20n, DIRTY = 0x40n, LARGE = 0x80n, GLOBAL = 0x100n;
const NO_EXECUTE = 1n << 63n;
const FRAME = 0xffffffffff000n;

// The letters of an entry, in their order, and the words that the script language has for them.
export const FLAGS = [
	{ bit: PRESENT, letter: "P", word: "present" },
	{ bit: WRITABLE, letter: "W", word: "writable" },
	{ bit: USER, letter: "U", word: "user" },
	{ bit: ACCESSED, letter: "A", word: "accessed" },
	{ bit: DIRTY, letter: "D", word: "dirty" },
];
const RARE = [
	{ bit: WRITE_THROUGH, letter: "t", word: "write-through" },
	{ bit: UNCACHED, letter: "c", word: "uncached" },
	{ bit: LARGE, letter: "L", word: "large" },
	{ bit: GLOBAL, letter: "G", word: "global" },
	{ bit: NO_EXECUTE, letter: "X", word: "no-execute" },
];

/** What decides whether an access traps. */
export const RIGHTS = PRESENT | WRITABLE | USER;

export function frame(entry) {
	return entry & FRAME;
}

export function present(entry) {
	return Boolean(entry & PRESENT);
}

/** The flags as { letter, set, differs }: the usual five, then those of the rare ones that are set. */
export function letters(entry, other = entry) {
	const usual = FLAGS.map(({ bit, letter }) => ({
		letter: entry & bit ? letter : "-", set: Boolean(entry & bit), differs: Boolean((entry ^ other) & bit & RIGHTS),
	}));
	return [...usual, ...RARE.filter(({ bit }) => entry & bit).map(({ letter }) => ({ letter, set: true, differs: false }))];
}

/** An entry in words: "not present", or its frame and flags. */
export function in_words(entry) {
	if (!present(entry))
		return entry ? `not present, 0x${entry.toString(16)}` : "not present";
	const words = [...FLAGS.slice(3), ...RARE].filter(({ bit }) => entry & bit).map(({ word }) => word);
	return [`frame 0x${frame(entry).toString(16)}`, entry & WRITABLE ? "writable" : "read-only",
		entry & USER ? "user" : "kernel", ...words].join(", ");
}

// Bits of a page fault's error code.
export const FAULT_PRESENT = 1, FAULT_WRITE = 2, FAULT_USER = 4;

/** Why an entry does not allow an access with this error code, such as "it is read-only"; "" if it does. */
export function denies(entry, error) {
	if (!present(entry))
		return "not present";
	if (error & FAULT_WRITE && !(entry & WRITABLE))
		return "read-only";
	return error & FAULT_USER && !(entry & USER) ? "for the kernel only" : "";
}

/** Flags that an entry has got or lost, such as "accessed set, writable cleared". */
export function changed_flags(before, after) {
	const all = [...FLAGS, ...RARE];
	const set = all.filter(({ bit }) => after & ~before & bit).map(({ word }) => word);
	const cleared = all.filter(({ bit }) => before & ~after & bit).map(({ word }) => word);
	return [...set.map((word) => `${word} set`), ...cleared.map((word) => `${word} cleared`)].join(", ");
}
