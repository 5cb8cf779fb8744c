// SPDX-License-Identifier: GPL-2.0-or-later
// node boot.mjs V86 iso ISO
// node boot.mjs V86 multiboot KERNEL BUNDLE [OPTIONS]
// Boots in v86 (V86: the folder of its package) by SeaBIOS and the ISO, or by v86's own Multiboot loader, which passes
// one module. Prints what the machine prints on its serial line. The exit status is QEMU's with isa-debug-exit, or 33
// when Umbra waits for a key at its end.
import fs from "node:fs";
import path from "node:path";

const SEABIOS = "/usr/share/seabios";
const ANY_KEY = "umbra: any key switches the machine off";
const EXIT_PORT = 0xf4;
const STATUS_DONE = 33;

const [folder, how, ...files] = process.argv.slice(2);
if (!["iso", "multiboot"].includes(how) || !files.length) {
	console.error("usage: node boot.mjs V86 iso ISO | node boot.mjs V86 multiboot KERNEL BUNDLE [OPTIONS]");
	process.exit(2);
}

function bytes(file) {
	const data = fs.readFileSync(file);

	return { buffer: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) };
}

const build = path.resolve(folder, "build");
const { V86 } = await import(path.join(build, "libv86.mjs"));
const options = {
	wasm_path: path.join(build, "v86.wasm"),
	bios: bytes(`${SEABIOS}/bios.bin`),
	memory_size: 64 << 20,
	autostart: true,
	disable_speaker: true,
	log_level: 0,
};
if (how === "iso") {
	options.vga_bios = bytes(`${SEABIOS}/vgabios-stdvga.bin`);
	options.cdrom = bytes(files[0]);
} else {
	options.multiboot = bytes(files[0]);
	options.initrd = bytes(files[1]);
	options.cmdline = files[2] ?? "";
}

const machine = new V86(options);
let line = "";

function leave(status) {
	process.stdout.write(line, () => process.exit(status));
}

machine.add_listener("serial0-output-byte", byte => {
	line += String.fromCharCode(byte);
	if (byte !== 10)
		return;
	const whole = line;

	line = "";
	process.stdout.write(whole, "latin1", () => {
		if (whole.startsWith(ANY_KEY))
			leave(STATUS_DONE);
	});
});

// v86 ends on a write to this port, with an exception; the byte that was written becomes the status.
machine.add_listener("emulator-loaded", () => {
	machine.v86.cpu.io.register_write(EXIT_PORT, machine, value => leave(value * 2 + 1));
});
