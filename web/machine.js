// SPDX-License-Identifier: GPL-2.0-or-later
// A PC in this tab: the emulator v86 with Umbra as a Multiboot kernel and a bundle as its only module.
import { V86 } from "v86";

const FILES = { umbra: "files/umbra.elf", wasm: "files/v86.wasm", bios: "files/bios.bin", vga: "files/vgabios.bin" };
const MEGABYTE = 1 << 20;
const NEW_LINE = 10, CARRIAGE_RETURN = 13;

const fetched = new Map();

/** The bytes of a file of this site; it is fetched once. */
export function file(path) {
	if (!fetched.has(path))
		fetched.set(path, fetch(path).then((answer) => {
			if (!answer.ok)
				throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
			return answer.arrayBuffer();
		}).then((buffer) => new Uint8Array(buffer)));
	return fetched.get(path);
}

// A page that loads this module will start a machine: it fetches the files of each machine now, and compiles the emulator,
// once for all its machines. A file that cannot be fetched is an error when a machine starts.
const compiled = file(FILES.wasm).then((bytes) => WebAssembly.compile(bytes));
for (const early of [compiled, ...[FILES.umbra, FILES.bios, FILES.vga].map(file)])
	early.catch(() => {});

async function instantiate(imports) {
	return (await WebAssembly.instantiate(await compiled, imports)).exports;
}

/** Calls `line` with each whole line of a stream of bytes. */
class Lines {
	constructor(line) {
		this.line = line;
		this.decoder = new TextDecoder();
		this.bytes = [];
	}

	put(byte) {
		if (byte === NEW_LINE) {
			this.line(this.decoder.decode(new Uint8Array(this.bytes)));
			this.bytes = [];
		} else if (byte !== CARRIAGE_RETURN) {
			this.bytes.push(byte);
		}
	}
}

/**
 * Boots a machine. Events go to the functions in `on`: `byte(byte)` and `line(text)` of the console on COM1,
 * `state(line)` of the state stream on COM2 (only then the machine has a COM2), `ended()` after Umbra's last line.
 */
export class Machine {
	constructor({ words = "", bundle, memory = 64, on = {} }) {
		this.on = on;
		this.over = false;
		this.ready = this.start(words, bundle, memory);
	}

	async start(words, bundle, memory) {
		const [umbra, bios, vga] = await Promise.all([...[FILES.umbra, FILES.bios, FILES.vga].map(file), compiled]);
		if (this.over)
			return;
		this.emulator = new V86({
			wasm_fn: instantiate, memory_size: memory * MEGABYTE, vga_memory_size: 2 * MEGABYTE,
			bios: { buffer: bios.slice().buffer }, vga_bios: { buffer: vga.slice().buffer },
			multiboot: { buffer: umbra.slice().buffer }, cmdline: "console=serial end=halt " + words,
			initrd: { buffer: bundle.slice().buffer }, uart1: Boolean(this.on.state),
			disable_keyboard: true, disable_mouse: true, disable_speaker: true, autostart: true,
		});
		const console_lines = new Lines((line) => this.console_line(line));
		this.emulator.add_listener("serial0-output-byte", (byte) => {
			if (this.over)
				return;
			this.on.byte?.(byte);
			console_lines.put(byte);
		});
		if (this.on.state) {
			const state_lines = new Lines((line) => this.over || this.on.state(line));
			this.emulator.add_listener("serial1-output-byte", (byte) => state_lines.put(byte));
		}
	}

	console_line(line) {
		this.on.line?.(line);
		if (line.startsWith("umbra: done: "))
			this.stop().then(() => this.on.ended?.());
	}

	/** Types on the console. */
	send(text) {
		if (this.emulator && !this.over)
			this.emulator.serial_send_bytes(0, new TextEncoder().encode(text));
	}

	/** Sends a line to the state stream's port. */
	command(line) {
		if (this.emulator && !this.over)
			this.emulator.serial_send_bytes(1, new TextEncoder().encode(line + "\n"));
	}

	/** Switches the machine off. */
	async stop() {
		this.over = true;
		await this.ready;
		await this.emulator?.destroy();
		this.emulator = null;
	}
}
