// SPDX-License-Identifier: GPL-2.0-or-later
// A page with one machine and its terminal. `window.umbra` shows them to tests and to the browser's console.
import { Machine } from "./machine.js";
import { open_terminal, text_of } from "./terminal.js";

export const PREFIX_KEY = "\x01"; // Ctrl-A
export const MONITOR_KEYS = PREFIX_KEY + "m", HELP_KEYS = PREFIX_KEY + "h";

export class Session {
	/** `elements`: the terminal's element and the status line. `machine(on)`: a new machine's options. */
	constructor(elements, options) {
		this.status = elements.status;
		this.options = options;
		this.terminal = open_terminal(elements.terminal, (text) => this.machine?.send(text));
		window.umbra = { session: this, text: () => text_of(this.terminal) };
	}

	say(text) {
		this.status.textContent = text;
	}

	/** Boots. `then` is typed as soon as the machine takes keys. */
	async boot(then = "") {
		const old = this.machine;
		this.machine = null;
		await old?.stop();
		this.terminal.reset();
		let options;
		try {
			options = await this.options();
		} catch (problem) {
			this.say(problem.message);
			return;
		}
		this.say("The machine starts.");
		this.began = performance.now();
		this.first_line = null;
		let early = then;
		const machine = new Machine({
			...options,
			on: {
				byte: (byte) => this.terminal.write(Uint8Array.of(byte)),
				line: (line) => {
					this.first_line ??= performance.now() - this.began;
					if (early && line.startsWith("umbra: guest ")) {
						machine.send(early);
						early = "";
					}
					this.say("The machine runs.");
				},
				ended: () => this.say("All guests have ended: the machine is off."),
			},
		});
		this.machine = machine;
		machine.ready.catch((problem) => this.say(`The machine could not be started: ${problem.message}`));
	}

	/** Types keys; a machine that is off is booted first. */
	press(keys) {
		if (this.machine && !this.machine.over)
			this.machine.send(keys);
		else
			this.boot(keys);
		this.terminal.focus();
	}
}
