// SPDX-License-Identifier: GPL-2.0-or-later
// The site in headless chromium, for its tests: TAP, tabs, and the laboratory. tests/lib/site.py gives the arguments: the
// site's address, its folder, the folder for pictures of pages, and the file with the scripts' results in QEMU.
import { createRequire } from "node:module";
import path from "node:path";

export const [address, site, shots, expected_file] = process.argv.slice(2);
export const require = createRequire(path.resolve("build/npm/package.json"));
const puppeteer = require("puppeteer-core");

const CHROMIUM = "/usr/bin/chromium";
const PATIENCE = 120000; // milliseconds: only a hang takes so long
export const DESKTOP = { width: 1400, height: 900 };
export const PHONE = { width: 400, height: 800 }, PHONE_ACROSS = { width: 850, height: 390 };

// -- TAP -------------------------------------------------------------------------------------------

let count = 0, failed = 0;

export function result(passed, text, ...details) {
	console.log(`${passed ? "ok" : "not ok"} ${++count} - ${text}`);
	if (!passed) {
		failed++;
		const texts = details.map((each) => typeof each === "string" ? each : String(JSON.stringify(each)));
		for (const line of texts.flatMap((each) => each.split("\n")))
			console.log(`# ${line}`);
	}
}

export function same(got, wanted, text) {
	result(JSON.stringify(got) === JSON.stringify(wanted), text, "got:", got, "expected:", wanted);
}

/** Runs one part; what it throws is a failure. With PART=name in the environment only that one is run. */
export async function part(name, test) {
	if (process.env.PART && process.env.PART !== name)
		return;
	try {
		await test();
	} catch (problem) {
		result(false, name, problem.message);
	}
}

// -- The browser -----------------------------------------------------------------------------------

export const browser = await puppeteer.launch({
	executablePath: CHROMIUM, headless: true, protocolTimeout: PATIENCE,
	args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});
export const complaints = [];

// xterm.js warns when idle work took longer than the browser had given it: on a slow host that is no fault of the page.
const ABOUT_THE_HOST = /^task queue exceeded allotted deadline by \d+ms$/;

/** A new tab on a page of the site. Errors in it, and requests to other places, are kept. */
export async function open(name, viewport = DESKTOP, dark = false) {
	const page = await browser.newPage();
	page.setDefaultTimeout(PATIENCE);
	await page.setViewport(viewport);
	if (dark)
		await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
	page.on("console", (message) => {
		if (["error", "warn"].includes(message.type()) && !ABOUT_THE_HOST.test(message.text()))
			complaints.push(`${name}: ${message.text()}`);
	});
	page.on("pageerror", (problem) => complaints.push(`${name}: ${problem?.message}`));
	page.on("requestfailed", (request) => complaints.push(`${name}: ${request.url()} failed`));
	page.on("request", (request) => {
		if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url()))
			complaints.push(`${name}: asks for ${request.url()}`);
	});
	await page.goto(address + name);
	return page;
}

export function says(page, pattern) {
	return page.waitForFunction((source) => new RegExp(source, "m").test(window.umbra?.text() ?? ""), {}, pattern.source);
}

export function text_of(page, selector) {
	return page.$eval(selector, (element) => element.textContent);
}

export function width_of(page) {
	return page.evaluate(() => document.documentElement.scrollWidth);
}

export function shot(page, name) {
	return page.screenshot({ path: `${shots}/${name}.png` });
}

// -- The laboratory --------------------------------------------------------------------------------

/** A script with pages A and B, A at 0x800000, and these lines. */
export function lab_script(lines) {
	return [...["page A 0x1111", "page B 0x2222", "directory D", "map D 0x800000 A rw user", "switch D"], ...lines,
		"ends shut down", ""].join("\n");
}

export function idle(page) {
	return page.waitForFunction(() => window.umbra?.lab && !window.umbra.lab.busy);
}

export async function press(page, id) {
	await page.click(`#${id}`);
	await idle(page);
}

/** Puts a text into the editor, as typing does. */
export async function write(page, text) {
	await page.evaluate((script) => { window.umbra.lab.editor.text = script; }, text);
	await idle(page);
}

/** The laboratory behind the first step of a script whose second access the guest forbids. */
export async function open_at_first_step() {
	const page = await open("lab.html");
	await idle(page);
	await write(page, lab_script(["read 0x800000 ring 3  expect value 0x1111", "map D 0x800000 B ro user",
		"set_pte D 0x800000", "write 0x800000 1 ring 3  expect fault 7"]));
	await press(page, "step");
	return page;
}

/** The drawn entry for an address, on one side and in one list: 0 the directory, 1 the page table. */
export function drawn(page, side, at) {
	return page.$$eval(`#${side} [data-at="${at}"]`, (rows) => rows.map((row) => ({
		entry: row.dataset.entry, path: row.classList.contains("current"), changed: row.classList.contains("changed"),
	})));
}

/** The end of a test. */
export async function finish() {
	await browser.close();
	console.log(`1..${count}`);
	process.exit(failed ? 1 : 0);
}
