// SPDX-License-Identifier: GPL-2.0-or-later
// A bundle (docs/media.md) in memory: a cpio archive of the format newc whose first entry, umbra.cfg, lists the modules.
// tools/bundle packs the same on disk.

const CONFIG = "umbra.cfg";
const TRAILER = "TRAILER!!!";
const MAGIC = "070701";
const REGULAR_FILE = 0o100644;
const ALIGNMENT = 4;

const encoder = new TextEncoder();

function padded(length) {
	return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** One entry: the header in hexadecimal, the name, and the data, each padded. */
function entry(number, name, data, mode) {
	const bytes = encoder.encode(name + "\0");
	const fields = [number, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, bytes.length, 0];
	const header = encoder.encode(MAGIC + fields.map((field) => field.toString(16).toUpperCase().padStart(8, "0")).join(""));
	const start = padded(header.length + bytes.length);
	const result = new Uint8Array(start + padded(data.length));
	result.set(header);
	result.set(bytes, header.length);
	result.set(data, start);
	return result;
}

/**
 * The bytes of a bundle. `lines` are those of umbra.cfg; `files` maps each name in them to its bytes, or to its text.
 */
export function bundle(lines, files) {
	const contents = Object.entries({ [CONFIG]: lines.join("\n") + "\n", ...files });
	const entries = contents.map(([name, data], index) =>
		entry(index + 1, name, typeof data === "string" ? encoder.encode(data) : data, REGULAR_FILE));
	entries.push(entry(0, TRAILER, new Uint8Array(0), 0));
	const result = new Uint8Array(entries.reduce((sum, each) => sum + each.length, 0));
	let at = 0;
	for (const each of entries) {
		result.set(each, at);
		at += each.length;
	}
	return result;
}
