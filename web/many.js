// SPDX-License-Identifier: GPL-2.0-or-later
// The page "Many guests": four guests, and `top` in the monitor.
import { bundle } from "./bundle.js";
import { file } from "./machine.js";
import { MONITOR_KEYS, PREFIX_KEY, Session } from "./session.js";

const GUESTS = ["name=first weight=200", "name=second", "name=third", "name=fourth cap=10"];
const TOP = `${MONITOR_KEYS}top\r`;

const by_id = (id) => document.getElementById(id);

async function guests() {
	const lines = GUESTS.map((words) => `demo.elf kernel mem=4M restart=always ${words}`);
	return { bundle: bundle(lines, { "demo.elf": await file("files/demo.elf") }) };
}

const session = new Session({ terminal: by_id("terminal"), status: by_id("status") }, guests);
by_id("boot").addEventListener("click", () => session.boot());
by_id("top").addEventListener("click", () => session.press(TOP));
for (const button of document.querySelectorAll("[data-keys]"))
	button.addEventListener("click", () => session.press(PREFIX_KEY + button.dataset.keys));
session.boot(TOP);
