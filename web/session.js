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
		this.machine = null;
		this.starting = false; // its files are read
		this.early = null; // keys for a machine that starts; null: it takes keys itself
		this.terminal = open_terminal(elements.terminal, (text) => this.machine?.send(text));
		window.umbra = { session: this, text: () => text_of(this.terminal) };
	}

	say(text) {
		this.status.textContent = text;
	}

	/** Boots. `then` is typed as soon as the machine takes keys. */
	async boot(then = "") {
		const turn = this.turn = {}; // another boot may be asked for while this one waits
		const old = this.machine;
		Object.assign(this, { machine: null, starting: true, early: then, first_line: null });
		await old?.stop();
		this.terminal.reset();
		const options = await this.options().catch((problem) => this.say(problem.message));
		if (turn !== this.turn)
			return;
		this.starting = false;
		if (!options)
			return;
		this.say("The machine starts.");
		const machine = new Machine({
			...options,
			on: {
				byte: (byte) => this.terminal.write(Uint8Array.of(byte)),
				line: (line) => {
					this.first_line ??= performance.now();
					if (this.early !== null && line.startsWith("umbra: guest ")) {
						machine.send(this.early);
						this.early = null;
					}
					this.say("The machine runs.");
				},
				ended: () => machine === this.machine && this.say("All guests have ended: the machine is off."),
			},
		});
		this.machine = machine;
		machine.ready.catch((problem) => this.say(`The machine could not be started: ${problem.message}`));
	}

	/** Types keys; a machine that is off is booted first, and one that starts gets them when it takes keys. */
	press(keys) {
		if (!this.starting && (this.machine?.over ?? true))
			this.boot(keys);
		else if (this.early !== null)
			this.early += keys;
		else
			this.machine.send(keys);
		this.terminal.focus();
	}
}
