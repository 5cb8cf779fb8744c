// SPDX-License-Identifier: GPL-2.0-or-later
// The page "Try it": the demo and the monitor.
import { bundle } from "./bundle.js";
import { file } from "./machine.js";
import { HELP_KEYS, MONITOR_KEYS, Session } from "./session.js";

const by_id = (id) => document.getElementById(id);

async function demo() {
	const lines = ["demo.elf kernel name=demo mem=8M"];
	return { bundle: bundle(lines, { "demo.elf": await file("files/demo.elf") }) };
}

const session = new Session({ terminal: by_id("terminal"), status: by_id("status") }, demo);
by_id("boot").addEventListener("click", () => session.boot());
by_id("monitor").addEventListener("click", () => session.press(MONITOR_KEYS));
by_id("keys").addEventListener("click", () => session.press(HELP_KEYS));
session.boot();
