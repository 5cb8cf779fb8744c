// SPDX-License-Identifier: GPL-2.0-or-later
// A script's text and what its guest printed: results and mistakes, each with its line.

const COMMENT = /(^|\s)#.*$/;
const PRINT = /^\s*print\b/;
const ENDS = /^\s*ends\s+(shut down|killed|timed out)(?:\s+"([^"]*)")?/m;

/** The lines (from 1) of the expectations, in the order of the results that they give. */
export function expectations(text) {
	const lines = [];
	text.split("\n").forEach((line, index) => {
		if (PRINT.test(line))
			return;
		for (const word of line.replace(COMMENT, "").split(/\s+/))
			if (word === "expect")
				lines.push(index + 1);
	});
	return lines;
}

/** Reads the lines that a script's guest prints. */
export class Results {
	constructor(text, file) {
		this.lines = expectations(text);
		this.mistake = new RegExp(`${file.replace(/[.]/g, "\\.")}:(\\d+): (.*)`);
		this.plan = null;
		this.results = []; // { number, passed, text, line, why }
		this.mistakes = []; // { line, text }
		this.tap = [];
		this.end = ""; // such as "killed: bad page table entry"
		const [, kind = "shut down", sentence = ""] = ENDS.exec(text) ?? [];
		this.expected_end = sentence ? `${kind}: ${sentence}` : kind;
	}

	/** True if the line says something. */
	read(line) {
		const result = /^(not )?ok (\d+)(?: - (.*))?/.exec(line);
		const mistake = this.mistake.exec(line);
		if (line.startsWith("umbra: guest "))
			this.end = line.replace(/^umbra: guest [^:]*: /, "");
		if (line.startsWith("umbra: "))
			return Boolean(this.end);
		this.tap.push(line);
		if (/^1\.\.\d+$/.test(line))
			this.plan = Number(line.slice(3));
		else if (result)
			this.results.push({ number: Number(result[2]), passed: !result[1], text: result[3] ?? "",
				line: this.lines[Number(result[2]) - 1] ?? null, why: "" });
		else if (mistake && line.startsWith("# ") && this.results.at(-1)?.passed === false)
			Object.assign(this.results.at(-1), { line: Number(mistake[1]), why: mistake[2] });
		else if (mistake)
			this.mistakes.push({ line: Number(mistake[1]), text: mistake[2] });
		return true;
	}

	/** The verdict on a run that has ended, in words. */
	verdict() {
		const failed = this.results.filter((each) => !each.passed).length, count = this.results.length;
		if (this.mistakes.length)
			return `Mistakes in the script: ${this.mistakes.length}, the first in line ${this.mistakes[0].line}.`;
		if (!this.end.startsWith(this.expected_end))
			return `It should have ended: ${this.expected_end}.`;
		return failed ? `${failed} of ${count} results failed.` : `Results: ${count}, all as expected; so is the end.`;
	}

	/** The line of the next expectation; null if there is none. */
	next_line() {
		return this.lines[this.results.length] ?? null;
	}
}

// -- In the address --------------------------------------------------------------------------------

const SHARED = "script=", NAMED = "file=";

async function through(bytes, stream) {
	return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** A URL fragment that holds this text, compressed. */
export async function to_fragment(text) {
	const packed = await through(new TextEncoder().encode(text), new CompressionStream("deflate"));
	const letters = btoa(String.fromCharCode(...packed));
	return SHARED + letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function name_fragment(name) {
	return NAMED + name;
}

/** What a fragment holds: { text }, { name }, or {}. */
export async function from_fragment(fragment) {
	const words = decodeURIComponent(fragment.replace(/^#/, ""));
	if (words.startsWith(NAMED))
		return { name: words.slice(NAMED.length) };
	if (!words.startsWith(SHARED))
		return {};
	try {
		const letters = words.slice(SHARED.length).replaceAll("-", "+").replaceAll("_", "/");
		const packed = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
		return { text: new TextDecoder().decode(await through(packed, new DecompressionStream("deflate"))) };
	} catch {
		return {};
	}
}
