// SPDX-License-Identifier: GPL-2.0-or-later
// The reader of the state stream (docs/state.md): lines from Umbra, commands to it, and the picture of one guest that
// their answers give. Nothing here works out page tables: each entry is one that Umbra has sent. The site brings the
// Umbra that it reads, so the version in `hello` is known.

const TEXT = "text=";
const OFF = "the machine is off";

/** A line does not follow the grammar. */
export class BadLine extends Error {}

/** The grammar of the lines (tests/lib/state-grammar.json): for each kind its keys in their order, and their values. */
export class Grammar {
	constructor({ values, lines }) {
		this.lines = lines;
		this.patterns = new Map(Object.entries(values).map(([name, text]) => [name, new RegExp(`^(?:${text})$`)]));
	}

	/**
	 * A line as { kind, KEY: VALUE, ... }. Values stay text; further keys at the end are kept. null: a kind that is not
	 * known. Throws BadLine.
	 */
	parse(line) {
		const [kind, ...words] = line.split(" ");
		const keys = this.lines[kind];
		if (!keys)
			return null;
		const result = { kind };
		for (const [key, value] of pairs(words))
			result[key] = value;
		const found = Object.keys(result).slice(1);
		Object.entries(keys).forEach(([key, value], index) => {
			if (found[index] !== key)
				throw new BadLine(`${kind} must have ${key} behind ${found[index - 1] ?? "its name"}: ${line}`);
			if (!this.patterns.get(value).test(result[key]))
				throw new BadLine(`${key}=${result[key]} is no ${value}: ${line}`);
		});
		return result;
	}
}

/** Words KEY=VALUE as pairs; `text` is the rest of the line. */
function* pairs(words) {
	for (let index = 0; index < words.length; index++) {
		if (words[index].startsWith(TEXT)) {
			yield ["text", words.slice(index).join(" ").slice(TEXT.length)];
			return;
		}
		const mark = words[index].indexOf("=");
		yield mark < 0 ? [words[index], undefined] : [words[index].slice(0, mark), words[index].slice(mark + 1)];
	}
}

const NO_ENTRY = "-";

/**
 * An entry that an event names: { before, after } as numbers (BigInt: those of PAE have 64 bits); null for "-", where
 * the walk does not come so far. In a pair "-" is 0.
 */
export function change(value) {
	if (value === undefined || value === NO_ENTRY)
		return null;
	const [before, after = before] = value.split(">").map((each) => each === NO_ENTRY ? 0n : BigInt(each));
	return { before, after, changed: before !== after };
}

/** The answer to a command was `error`, or none can come. */
export class Refused extends Error {}

/**
 * Sends commands by `send(line)`, each when the one before is answered, and takes lines by `line(text)`. Lines of an
 * answer go to the command that is waiting, all others to `on.event(event)` and `on.stopped(line)`, and a wrong one to
 * `on.bad(problem)`. An event's `calls` are its `ring` lines, its `shadow` its `table` and `entry` lines.
 */
export class Stream {
	constructor(send, grammar, on = {}) {
		this.send = send;
		this.grammar = grammar;
		this.on = on;
		this.waiting = [];
		this.stops = [];
		this.closed = false;
		this.before = []; // lines whose event comes next
	}

	parse(text) {
		try {
			return this.grammar.parse(text);
		} catch (problem) {
			this.on.bad?.(problem);
			return null;
		}
	}

	line(text) {
		const line = this.parse(text);
		if (!line)
			return;
		switch (line.kind) {
		case "ring":
		case "table":
		case "entry":
			this.before.push(line);
			break;
		case "event": {
			const own = this.before.filter(({ n, guest }) => n === line.n && guest === line.guest);
			this.before = this.before.filter((each) => !own.includes(each));
			line.calls = own.filter(({ kind }) => kind === "ring");
			line.shadow = own.filter(({ kind }) => kind !== "ring");
			this.on.event?.(line);
			break;
		}
		case "stopped":
			this.on.stopped?.(line);
			this.stops.splice(0).forEach((resolve) => resolve(line));
			break;
		case "ok":
		case "error":
			this.answered(line);
			break;
		default:
			this.waiting[0]?.lines.push(line);
		}
	}

	answered(line) {
		const { lines, resolve, reject, stop } = this.waiting.shift() ?? {};
		if (line.kind === "ok") {
			if (stop)
				this.stops.push(stop);
			resolve?.(lines);
		} else {
			reject?.(new Refused(line.text));
		}
		if (this.waiting.length)
			this.send(this.waiting[0].text);
	}

	/** Sends a command. The promise gives the lines of its answer, or is refused with Umbra's words. */
	command(text, stop = null) {
		return new Promise((resolve, reject) => {
			if (this.closed)
				return reject(new Refused(OFF));
			this.waiting.push({ text, lines: [], resolve, reject, stop });
			if (this.waiting.length === 1)
				this.send(text);
		});
	}

	/** The machine is off: refuses each command that waits for an answer, and those to come. */
	close() {
		this.closed = true;
		for (const { reject } of this.waiting.splice(0))
			reject(new Refused(OFF));
	}

	/** The next line `stopped`. */
	next_stop() {
		return new Promise((resolve) => this.stops.push(resolve));
	}

	/** Sends a command that lets a guest run, and waits until it stands: for the first `stopped` behind the answer. */
	async until_stopped(text) {
		let stop;
		const stopped = new Promise((resolve) => { stop = resolve; });
		await this.command(text, stop);
		return stopped;
	}

	/** A guest's state: its `space` line, its directories, and the entries of the current one. */
	async state(guest) {
		const lines = await this.command(`state ${guest}`);
		return {
			space: lines.find((line) => line.kind === "space"),
			directories: lines.filter((line) => line.kind === "directory"),
			pdes: entries(lines, "pde"),
		};
	}

	/** The entries of the page table for an address. */
	async table(guest, at) {
		return entries(await this.command(`table ${guest} ${at}`), "pte");
	}
}

/** Lines of a kind as { at, guest, shadow }, in the order of their addresses. */
function entries(lines, kind) {
	return lines.filter((line) => line.kind === kind)
		.map((line) => ({ at: Number(line.at), guest: BigInt(line.guest), shadow: BigInt(line.shadow) }))
		.sort((one, other) => one.at - other.at);
}

const PAGE_SHIFT = 12;

/**
 * One moment of a guest: its state, the page table for the address of the last event, and the entries on the path to it.
 * `event` may be null: before the first one there is no path.
 */
export async function snapshot(stream, guest, event) {
	const state = await stream.state(guest);
	const at = event ? Number(event.at) : null;
	const ptes = at === null ? [] : await stream.table(guest, hex(at));
	const shift = Number(state.space.shift);
	return {
		...state, event, at, shift, ptes,
		pde: at === null ? null : entry_for(state.pdes, at, shift),
		pte: at === null ? null : entry_for(ptes, at, PAGE_SHIFT),
	};
}

/** The entry that covers an address; one that was not sent is 0 on both sides. */
function entry_for(list, at, shift) {
	const start = Math.floor(at / 2 ** shift) * 2 ** shift;
	return list.find((entry) => entry.at === start) ?? { at: start, guest: 0n, shadow: 0n };
}

/** A number as Umbra writes it. */
export function hex(value) {
	return value == 0 ? "0" : `0x${value.toString(16)}`;
}
