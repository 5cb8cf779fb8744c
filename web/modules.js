// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of umbra.cfg for files from a disk, chosen by their first bytes and their names.

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const BZIMAGE_AT = 0x202, BZIMAGE = [0x48, 0x64, 0x72, 0x53]; // "HdrS"
const LINUX_MEMORY = "64M";

function has(bytes, at, expected) {
	return expected.every((byte, index) => bytes[at + index] === byte);
}

function kind(name, bytes) {
	if (has(bytes, 0, ELF))
		return "kernel";
	if (has(bytes, BZIMAGE_AT, BZIMAGE))
		return "linux";
	if (name.endsWith(".txt"))
		return "script";
	return name.endsWith(".img") ? "disk" : "initrd";
}

function guest_name(name) {
	return name.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9._-]/g, "-");
}

const SCRIPT_WORDS = ["mem=8M", "devices=off"];

/** The words for a script's guest: the usual ones, and those of its line `# Module: ...`, which come first. */
export function module_words(text) {
	const given = (/^# Module: *(.*)$/m.exec(text)?.[1] ?? "").split(/\s+/).filter(Boolean);
	const key = (word) => word.split("=")[0];
	return [...SCRIPT_WORDS.filter((word) => !given.some((other) => key(other) === key(word))), ...given].join(" ");
}

/** The two lines for a script. */
export function script_lines(name, text, guest = guest_name(name)) {
	return [`script.elf kernel name=${guest} ${module_words(text)} -- file=${name}`, `${name} initrd`];
}

/** The lines for these files, a map from name to bytes. A file that is no kernel goes behind the last kernel. */
export function lines_for(files) {
	const kernels = [], rest = [], scripts = [];
	for (const [name, bytes] of files) {
		switch (kind(name, bytes)) {
		case "kernel": kernels.push(`${name} kernel name=${guest_name(name)} mem=16M`); break;
		case "linux": kernels.push(`${name} kernel name=${guest_name(name)} mem=${LINUX_MEMORY} -- console=hvc0`); break;
		case "script": scripts.push(...script_lines(name, new TextDecoder().decode(bytes))); break;
		case "disk": rest.push(`${name} disk`); break;
		default: rest.push(`${name} initrd`);
		}
	}
	return [...kernels, ...rest, ...scripts];
}

/** The file that a line of umbra.cfg names; null if it names none. */
export function file_name(line) {
	const word = line.trim().split(/\s+/)[0];
	return !word || word.startsWith("#") || word === "umbra" ? null : word;
}
