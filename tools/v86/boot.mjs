// SPDX-License-Identifier: GPL-2.0-or-later
// node tools/v86/boot.mjs FOLDER END iso ISO
// node tools/v86/boot.mjs FOLDER END multiboot IMAGE [WORDS [MODULE]]
// Boots a disc in the emulator v86, or a Multiboot image with these words as its command line and at most one module,
// which has no string. Prints the lines of COM1, until one of them begins with END. FOLDER has v86: npm ci --prefix
// FOLDER.
import fs from "fs";
import path from "path";

const MEMORY = 64 << 20;
const BIOS = "/usr/share/seabios/bios.bin", VGA_BIOS = "/usr/share/seabios/vgabios-stdvga.bin";
const PATIENCE = 120000; // milliseconds
const NEW_LINE = 10;

const [folder, end, how, ...given] = process.argv.slice(2);
if (!["iso", "multiboot"].includes(how) || !given.length) {
	console.error("usage: boot.mjs FOLDER END iso ISO | boot.mjs FOLDER END multiboot IMAGE [WORDS [MODULE]]");
	process.exit(2);
}
const built = path.resolve(folder, "node_modules/v86/build");
const { V86 } = await import(path.join(built, "libv86.mjs"));

function contents(file) {
	const data = fs.readFileSync(file);
	return { buffer: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) };
}

const options = {
	wasm_path: path.join(built, "v86.wasm"), memory_size: MEMORY, bios: contents(BIOS), vga_bios: contents(VGA_BIOS),
	disable_speaker: true, autostart: true,
};
if (how === "iso") {
	options.cdrom = contents(given[0]);
} else {
	const [image, words, module] = given;
	options.multiboot = contents(image);
	options.cmdline = words ?? "";
	if (module)
		options.initrd = contents(module);
}
const machine = new V86(options);

let line = "";
machine.add_listener("serial0-output-byte", (byte) => {
	if (byte !== NEW_LINE) {
		line += String.fromCharCode(byte);
		return;
	}
	console.log(line);
	if (line.startsWith(end))
		process.exit(0);
	line = "";
});
setTimeout(() => process.exit(1), PATIENCE);
