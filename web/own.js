// SPDX-License-Identifier: GPL-2.0-or-later
// The page "Your own": a bundle of files from the reader's disk.
import { bundle } from "./bundle.js";
import { file } from "./machine.js";
import { file_name, lines_for } from "./modules.js";
import { MONITOR_KEYS, Session } from "./session.js";

const SCRIPT_PLAYER = "script.elf";

const by_id = (id) => document.getElementById(id);
const chosen = new Map();

/** A file that a line names and that was not chosen: the message names it. */
class Missing extends Error {}

async function contents() {
	const files = {};
	const lines = by_id("lines").value.split("\n");
	for (const name of lines.map(file_name).filter(Boolean)) {
		if (chosen.has(name))
			files[name] = chosen.get(name);
		else if (name === SCRIPT_PLAYER)
			files[name] = await file(`files/${SCRIPT_PLAYER}`);
		else
			throw new Missing(`No file ${name} was chosen.`);
	}
	return bundle(lines, files);
}

async function machine() {
	const packed = await contents();
	const save = by_id("save");
	URL.revokeObjectURL(save.href);
	save.href = URL.createObjectURL(new Blob([packed]));
	save.hidden = false;
	return { bundle: packed, memory: Number(by_id("memory").value) };
}

const session = new Session({ terminal: by_id("terminal"), status: by_id("status") }, machine);

function offer_boot() {
	by_id("boot").disabled = !by_id("lines").value.trim();
}

async function choose() {
	for (const each of by_id("files").files)
		chosen.set(each.name.replace(/\s/g, "_"), new Uint8Array(await each.arrayBuffer()));
	by_id("lines").value = lines_for(chosen).join("\n");
	session.say(`${chosen.size} ${chosen.size === 1 ? "file" : "files"}.`);
	offer_boot();
}

by_id("files").addEventListener("change", choose);
by_id("lines").addEventListener("input", offer_boot);
by_id("monitor").addEventListener("click", () => session.press(MONITOR_KEYS));
by_id("form").addEventListener("submit", (event) => {
	event.preventDefault();
	by_id("monitor").disabled = false;
	session.boot();
});
