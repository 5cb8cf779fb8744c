// SPDX-License-Identifier: GPL-2.0-or-later
// Events of the state stream in words.
import { change } from "./stream.js";
import { changed_flags, denies, FAULT_PRESENT, FAULT_USER, FAULT_WRITE, frame, in_words, present } from "./entries.js";

const HYPERCALLS = {
	LGUEST_INIT: (event) => `tells where its lguest_data is: ${event.address}`,
	NEW_PGTABLE: (event) => `switches to the page directory ${event.address}`,
	SET_PTE: (event) => `announces the page-table entry for ${event.at}`,
	SET_PGD: () => "announces a directory entry",
	FLUSH_TLB: (event) => `announces that ${event.address === "0" ? "user" : "any"} entries may have changed`,
	FLUSH_ASYNC: () => `has its hypercall ring served`,
	SET_STACK: () => "sets the stack of its kernel",
	SET_CLOCKEVENT: () => "sets its timer",
	HALT: () => "halts until an interrupt comes",
	NOTIFY: () => "prints, or notifies a device",
	SHUTDOWN: () => "shuts down",
	LOAD_GDT_ENTRY: () => "loads an entry of its GDT",
	LOAD_IDT_ENTRY: () => "loads an entry of its IDT",
	LOAD_TLS: () => "loads the segments of a thread",
	TS: () => "sets or clears CR0.TS",
};

// Addresses that belong to the script's own kernel (docs/scripts.md): where they start, and how long they are.
const MEGABYTE = 2 ** 20;
const KERNELS_OWN = [[0, 8 * MEGABYTE], [0x40000000, 4 * MEGABYTE], [0x4fc00000, 4 * MEGABYTE]];
const OF_THE_KIT = ["NOTIFY", "SET_STACK", "LOAD_GDT_ENTRY", "LOAD_IDT_ENTRY", "FLUSH_ASYNC", "SET_CLOCKEVENT", "TS"];

/** Events that no line of a script has caused: output, and page faults of the script's own kernel for its own pages. */
export function is_routine(event) {
	if (event.why === "page-fault" && event.done === "filled")
		return KERNELS_OWN.some(([start, size]) => event.address >= start && event.address < start + size);
	return event.why === "hypercall" && OF_THE_KIT.includes(event.what);
}

/** The error code of a page fault, as the script language writes it. */
export function fault_words(code) {
	return [code & FAULT_PRESENT ? "present" : "not present", code & FAULT_WRITE ? "write" : "read",
		`ring ${code & FAULT_USER ? 3 : 1}`].join(", ");
}

/** Why the guest's own tables forbid an access; "" if they allow it. */
function forbids(event) {
	for (const [name, value] of [["directory entry", event.gpde], ["page-table entry", event.gpte]]) {
		const entry = change(value);
		const reason = entry && denies(entry.before, Number(event.error));
		if (reason)
			return `its ${name} is ${reason}`;
	}
	return "";
}

function page_fault(event) {
	const [access, who] = event.what.split("-");
	const verb = { read: "reads", write: "writes", fetch: "executes" }[access] ?? access;
	const fault = `page fault (${fault_words(Number(event.error))})`;
	const begin = `${who === "user" ? "Ring 3" : "The kernel"} ${verb} ${event.address}: ${fault}`;
	switch (event.done) {
	case "filled":
		return `${begin}. The guest's entries allow the access, and the shadow lacked it: Umbra makes the shadow entry`;
	case "reflected": {
		const reason = forbids(event);
		const verdict = reason ? `The guest forbids it (${reason})` : "It is the guest's own fault";
		return `${begin}. ${verdict}: its handler gets the fault`;
	}
	case "ended":
		return `${begin}. The guest is killed`;
	default:
		return begin;
	}
}

const ENTRY_NAMES = [
	["gpde", "the guest's directory entry"], ["gpte", "the guest's page-table entry"],
	["spde", "the shadow's directory entry"], ["spte", "the shadow's page-table entry"],
];

const PAGE_SIZE = 4096;
const SHOWN = 4;

/** The event's own keys have this change of the shadow's, too. */
function is_on_path({ top, at, pages = 1 }, event) {
	return (top === event.top || top === "shared") &&
		Number(at) <= event.at && event.at < Number(at) + pages * PAGE_SIZE;
}

/** What a line says of a page table or an entry: made, dropped, changed. */
function fate({ kind, what, spte }) {
	if (kind === "table")
		return what;
	const { before, after } = change(spte);
	return !present(after) ? "dropped" : present(before) ? "changed" : "made";
}

/** A sentence for each kind of change of shadow page tables and entries that are not on the event's path. */
function other_changes(event) {
	const groups = new Map();
	for (const line of event.shadow ?? []) {
		if (is_on_path(line, event) && event.what !== "NEW_PGTABLE")
			continue;
		const key = `${line.kind === "table" ? "page tables" : "other entries"} ${fate(line)}`;
		groups.set(key, [...groups.get(key) ?? [], line.at]);
	}
	return [...groups].map(([key, at]) =>
		`shadow: ${key}: ${at.slice(0, SHOWN).join(", ")}${at.length > SHOWN ? ` and ${at.length - SHOWN} more` : ""}`);
}

/** True if an event is about one address, so that there is a path to it. */
export function has_path(event) {
	return event?.why === "page-fault" || event?.what === "SET_PTE";
}

/** A sentence for each entry that the event has changed. After a switch all entries are another directory's. */
export function changes(event) {
	return [...path_changes(event), ...other_changes(event)];
}

function path_changes(event) {
	const sentences = [];
	if (event.what === "NEW_PGTABLE")
		return sentences;
	for (const [key, name] of ENTRY_NAMES) {
		const value = change(event[key]);
		if (!value?.changed)
			continue;
		const same_frame = frame(value.before) === frame(value.after) && present(value.before) === present(value.after);
		const how = same_frame ? changed_flags(value.before, value.after)
			: present(value.after) ? `now ${in_words(value.after)}` : "now not present";
		sentences.push(`${name}: ${how}`);
	}
	return sentences;
}

function cause(event) {
	switch (event.why) {
	case "hypercall":
		return `Hypercall ${event.what}: the guest ${HYPERCALLS[event.what]?.(event) ?? "calls Umbra"}`;
	case "page-fault":
		return page_fault(event);
	case "trap":
		return `Trap ${event.what} (error code ${event.error}): ` +
			(event.done === "reflected" ? "the guest's handler gets it" : event.done);
	case "inject":
		return `Virtual interrupt ${event.what} is delivered to the guest`;
	default:
		return `${event.why} ${event.what}`;
	}
}

/** The event in a sentence or two, without its changes. */
export function event_cause(event) {
	const ended = event.done === "ended" && event.why !== "page-fault" ? " The guest has ended." : "";
	return `${cause(event)}.${ring_words(event)}${ended}`;
}

/** The calls that were taken from the guest's ring before the event's own cause was served. */
function ring_words(event) {
	if (!Number(event.ring))
		return "";
	const counts = new Map();
	for (const { what } of event.calls ?? [])
		counts.set(what, (counts.get(what) ?? 0) + 1);
	const names = [...counts].map(([name, count]) => count > 1 ? `${name} (${count} times)` : name);
	return ` Calls of its ring: ${names.length ? names.join(", ") : event.ring}.`;
}

/** The event with its changes. */
export function event_words(event) {
	const changed = changes(event);
	return event_cause(event) + (changed.length ? ` Changed: ${changed.join("; ")}.` : "");
}
