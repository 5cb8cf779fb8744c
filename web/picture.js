// SPDX-License-Identifier: GPL-2.0-or-later
// The guest's page tables, or the shadow's, as SVG: the directory, the page table for the last address, its page, and
// the path of the access through them. It draws a snapshot (stream.js) and marks what differs from the one before. The
// same rows are written as lists of words, for screen readers.
import { denies, frame, in_words, letters, present } from "./entries.js";
import { change } from "./stream.js";
import { has_path } from "./words.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 350, MARGIN = 26, ROW = 19, TITLE = 23, GAP = 22;
const INNER = WIDTH - 2 * MARGIN;
const DIRECTORY_ROWS = 9, TABLE_ROWS = 9;
const AT_X = 8, ENTRY_X = 98, FLAGS_X = 196, LETTER = 11, SIGN_X = INNER - 7;
// The keys of an event for an entry on the path.
const EVENT_KEYS = { guest: { pdes: "gpde", ptes: "gpte" }, shadow: { pdes: "spde", ptes: "spte" } };
const START = 20, CR3_Y = 13;
const HEX_DIGITS = 8;

function element(name, attributes = {}, ...children) {
	const made = document.createElementNS(NAMESPACE, name);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

function text(x, y, words, kind = "", more = {}) {
	return element("text", { x, y, class: kind, ...more }, words);
}

/** An address or a frame, with all its digits. */
export function address(value) {
	return `0x${value.toString(16).padStart(HEX_DIGITS, "0")}`;
}

/** The rows to show of a list: all, or those around the current one, with the numbers of those left out. */
export function window_of(rows, current, most) {
	if (rows.length <= most)
		return { before: 0, shown: rows, after: 0 };
	const middle = Math.max(0, rows.findIndex((row) => row.at === current));
	const start = Math.min(Math.max(0, middle - Math.floor(most / 2)), rows.length - most);
	return { before: start, shown: rows.slice(start, start + most), after: rows.length - start - most };
}

/** The list with a row of zeroes for the current address, if it has none. */
function with_current(list, current) {
	if (!current || list.some((row) => row.at === current.at))
		return list;
	return [...list, current].sort((one, other) => one.at - other.at);
}

/** One side: "guest" or "shadow". */
class Side {
	constructor(name, now, before) {
		this.name = name;
		this.other = name === "guest" ? "shadow" : "guest";
		this.now = now;
		this.before = before;
		this.group = element("g");
		this.y = START;
		this.path = [];
		this.lists = []; // { title, rows }: each table in words
		this.follows = has_path(now.event);
	}

	/** The error code of the page fault that this snapshot shows; 0, a read by the kernel, if it shows another event. */
	access() {
		return this.now.event?.why === "page-fault" ? Number(this.now.event.error) : 0;
	}

	/** The same entry in the snapshot before, or else before the event; undefined if neither holds it. */
	was(list_name, row) {
		const { before, now } = this;
		const same_table = before?.space.top === now.space.top && (list_name === "pdes" || before.pde?.at === now.pde?.at);
		if (same_table)
			return before[list_name].find((each) => each.at === row.at)?.[this.name] ?? 0n;
		const on_path = row === (list_name === "pdes" ? now.pde : now.pte);
		if (!on_path || !this.follows || before?.event === now.event)
			return undefined;
		return change(now.event[EVENT_KEYS[this.name][list_name]])?.before;
	}

	box(title, rows, note = "") {
		const height = TITLE + rows * ROW + 3;
		const y = this.y;
		this.group.append(element("rect", { x: MARGIN, y, width: INNER, height, rx: 6, class: "table" }),
			text(MARGIN + 8, y + 16, title, "title"));
		if (note)
			this.group.append(text(MARGIN + INNER - 8, y + 16, note, "note", { "text-anchor": "end" }));
		this.y += height + GAP;
		this.lists.push({ title: note ? `${title}, ${note}` : title, rows: [] });
		return y + TITLE;
	}

	/** A row in words, in the table that was begun last. */
	say(words) {
		this.lists.at(-1).rows.push(words);
	}

	list(list_name, title, current, most, note = "") {
		const rows = with_current(this.now[list_name], current);
		const { before, shown, after } = window_of(rows, current?.at, most);
		const count = Math.max(1, shown.length + (before > 0) + (after > 0));
		let y = this.box(title, count, note);
		const remark = (words) => {
			this.group.append(text(MARGIN + AT_X, y + 13, words, "note"));
			this.say(words);
			y += ROW;
		};
		if (!shown.length)
			remark("empty");
		if (before)
			remark(`${before} more above`);
		for (const row of shown) {
			this.row(list_name, row, y, this.follows && current?.at === row.at);
			y += ROW;
		}
		if (after)
			remark(`${after} more below`);
	}

	row(list_name, row, y, is_current) {
		const entry = row[this.name], was = this.was(list_name, row);
		const changed = was !== undefined && was !== entry;
		const differs = present(entry) && present(row[this.other]) &&
			letters(entry, row[this.other]).some((each) => each.differs);
		const reason = is_current ? denies(entry, this.access()) : "";
		const words = [`${address(row.at)}: ${in_words(entry)}`, changed && `changed, before: ${in_words(was)}`,
			is_current && "on the path of the access", reason && `the path ends here: ${reason}`,
			differs && `other rights than in the ${this.other}`].filter(Boolean).join("; ");
		const group = element("g", {
			"data-at": address(row.at), "data-entry": `0x${entry.toString(16)}`,
			class: ["row", is_current && "current", changed && "changed", !present(entry) && "absent"].filter(Boolean).join(" "),
		});
		group.append(element("rect", { x: MARGIN + 2, y, width: INNER - 4, height: ROW, rx: 3, class: "ground" }));
		group.append(text(MARGIN + AT_X, y + 14, address(row.at), "at"));
		if (present(entry)) {
			group.append(text(MARGIN + ENTRY_X, y + 14, address(frame(entry)), "frame"));
			letters(entry, row[this.other]).forEach(({ letter, set, differs: is_other }, index) =>
				group.append(text(MARGIN + FLAGS_X + index * LETTER, y + 14, letter,
					["flag", set && "set", is_other && present(row[this.other]) && "differs"].filter(Boolean).join(" "))));
		} else {
			group.append(text(MARGIN + ENTRY_X, y + 14, entry ? `not present (0x${entry.toString(16)})` : "not present", "note"));
		}
		if (changed || differs)
			group.append(text(MARGIN + SIGN_X, y + 14, `${differs ? "≠" : ""}${changed ? "✱" : ""}`,
				changed ? "sign changed-sign" : "sign", { "text-anchor": "end" }));
		group.append(element("title", {}, words));
		this.group.append(group);
		this.say(words);
		if (is_current)
			this.path.push({ y: y + ROW / 2, reason });
	}

	/** The path: down the left margin into each current entry, out of it on the right, and down to the next table. */
	draw_path(ends) {
		const left = MARGIN - 12, right = MARGIN + INNER + 12;
		let from_y = ends.start;
		let line = `M ${left} ${from_y}`;
		for (const [index, step] of this.path.entries()) {
			line += ` V ${step.y} H ${MARGIN}`;
			this.group.append(element("path", { d: line, class: "path", "marker-end": "url(#arrow)" }));
			const target = ends.tables[index];
			if (step.reason)
				this.group.append(element("g", { class: "stopped" }, element("title", {}, `The path ends: ${step.reason}`),
					text(right - 1, step.y + 5, "✕", "stop", { "text-anchor": "middle" })));
			if (step.reason || target === undefined)
				return;
			const out = `M ${MARGIN + INNER} ${step.y} H ${right} V ${target - GAP / 2}`;
			if (ends.last === index) {
				this.group.append(element("path", {
					d: `${out} V ${target + 12} H ${MARGIN + INNER + 1}`, class: "path", "marker-end": "url(#arrow)",
				}));
				return;
			}
			this.group.append(element("path", { d: `${out} H ${left}`, class: "path" }));
			line = `M ${left} ${target - GAP / 2}`;
		}
	}

	draw() {
		const { now, name } = this;
		const linear = now.space.top === "linear";
		if (name === "guest" && linear) {
			const y = this.box("No page tables yet", 2);
			this.group.append(text(MARGIN + AT_X, y + 13, "The linear map: each address is", "note"),
				text(MARGIN + AT_X, y + 13 + ROW, "its own guest-physical address.", "note"));
			this.say("The linear map: each address is its own guest-physical address.");
			return { group: this.group, height: this.y };
		}
		this.group.append(text(4, CR3_Y, "CR3", "note"));
		const where = name === "guest" ? ` ${address(BigInt(now.space.top))}` : "";
		this.list("pdes", `Page directory${where}`, now.pde, DIRECTORY_ROWS);
		const tables = [];
		let last = 0;
		const pde = now.pde?.[name] ?? 0n;
		if (now.pde && present(pde)) {
			tables.push(this.y);
			this.list("ptes", `Page table ${address(frame(pde))}`, now.pte, TABLE_ROWS, `from ${address(now.pde.at)}`);
			last = 1;
			const pte = now.pte[name];
			if (this.follows && present(pte)) {
				tables.push(this.y);
				this.page(pte);
			}
		}
		if (this.follows)
			this.draw_path({ start: CR3_Y + 4, tables, last });
		return { group: this.group, height: this.y };
	}

	page(pte) {
		const y = this.y, title = `Page ${address(frame(pte))}`, offset = `offset 0x${(this.now.at % 4096).toString(16)}`;
		this.group.append(element("rect", { x: MARGIN, y, width: INNER, height: 25, rx: 6, class: "page" }),
			text(MARGIN + 8, y + 17, title, "title"),
			text(MARGIN + INNER - 14, y + 17, offset, "note", { "text-anchor": "end" }));
		this.lists.push({ title, rows: [offset] });
		this.y += 25 + GAP;
	}
}

/** Tables in words: a title and a list for each. */
function in_lists(lists) {
	return lists.flatMap(({ title, rows }) => {
		const list = document.createElement("ul");
		list.append(...rows.map((row) => Object.assign(document.createElement("li"), { textContent: row })));
		list.setAttribute("aria-label", title);
		return [Object.assign(document.createElement("p"), { textContent: title }), list];
	});
}

/** Both sides of a snapshot: `sides` has the SVG element of each, and the element for its words. */
export function draw(sides, now, before) {
	for (const [name, { svg, words }] of Object.entries(sides)) {
		const side = new Side(name, now, before), { group, height } = side.draw();
		words.replaceChildren(...in_lists(side.lists));
		const marker = element("marker",
			{ id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6, orient: "auto" },
			element("path", { d: "M 0 0 L 8 4 L 0 8 z", class: "head" }));
		svg.setAttribute("viewBox", `0 0 ${WIDTH} ${Math.max(60, height - GAP + 4)}`);
		svg.replaceChildren(element("defs", {}, marker), group);
	}
}

/** The path of the access in words, for both sides. */
export function path_words(now) {
	if (!has_path(now.event))
		return "";
	const side = (name, entries) => {
		const parts = [`directory entry ${in_words(entries[0])}`];
		if (present(entries[0]))
			parts.push(`page-table entry ${in_words(entries[1])}`);
		return `${name}: ${parts.join("; then ")}.`;
	};
	const guest = now.space.top === "linear" ? "Guest: no page tables yet." : side("Guest", [now.pde.guest, now.pte.guest]);
	return `Path of ${address(now.at)}. ${guest} ${side("Shadow", [now.pde.shadow, now.pte.shadow])}`;
}
