// SPDX-License-Identifier: GPL-2.0-or-later
// Drives each page of the site in headless chromium, and prints TAP. tests/web/site.t starts it.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import {
	PHONE, PHONE_ACROSS, complaints, drawn, expected_file, finish, idle, lab_script, open, open_at_first_step,
	part, press, result, same, says, shot, shots, site, text_of, width_of, write,
} from "./browser.mjs";

const WIRE_MAX = 8 << 20; // bytes, compressed
const SCRIPTS = 25, SKIPS_MAX = 3;

// Lines of scripts that fail in v86, with the reason: "FILE: RESULT".
const SKIPPED = {};

// -- Pages with a terminal -------------------------------------------------------------------------

await part("the demo", async () => {
	const page = await open("index.html");
	await says(page, /^umbra: done: /);
	const text = await page.evaluate(() => window.umbra.text());
	result(/^umbra: guest demo: shut down: demo: all \d+ checks passed/m.test(text), "the demo's checks pass in the tab", text);
	await page.waitForFunction(() => /is off/.test(document.getElementById("status").textContent));
	result(true, "the page says that the machine is off");
	await shot(page, "try");

	await page.click("#boot");
	await says(page, /^umbra: guest demo: starting/);
	await page.focus(".xterm-helper-textarea");
	await page.keyboard.down("Control");
	await page.keyboard.press("a");
	await page.keyboard.up("Control");
	await page.keyboard.type("m");
	await says(page, /^umbra> /);
	result(true, "Ctrl-A m opens the monitor");
	await page.keyboard.type("guests\r");
	await says(page, /^demo +\w+ +8192/);
	result(true, "the monitor takes a command from the keyboard");
	await shot(page, "monitor");
	await page.keyboard.press("Escape");
	await page.keyboard.press("Escape");
	same(await page.evaluate(() => document.activeElement.id), "boot", "Escape twice leaves the terminal");

	await page.reload();
	await says(page, /^umbra: done: /);
	result(true, "the page boots again after a reload");
	await page.click("#monitor");
	await says(page, /^umbra> /);
	result(true, "the button opens the monitor of a machine that was off");
	await page.close();
});

/** Milliseconds since the page's load began, when this is true in the page. */
async function when(page, condition) {
	const found = await page.waitForFunction(`(${condition}) && performance.now()`);
	return Math.round(await found.jsonValue());
}

// The figures are for docs/web.md: no test depends on the machine's speed.
await part("times", async () => {
	let page = await open("index.html");
	await page.click("#monitor");
	const prompt = await when(page, "/^umbra> /m.test(umbra.text())");
	const first_line = Math.round(await page.evaluate(() => window.umbra.session.first_line));
	result(true, "the button opens the monitor of a machine that still starts");
	await page.close();

	page = await open("lab.html");
	const ready = await when(page, "!umbra.lab.busy");
	await page.click("#step");
	const pressed = Math.round(await page.evaluate(() => performance.now()));
	const picture = await when(page, "document.querySelector('#shadow .row')");
	result(true, "the laboratory's first step shows a picture");
	await page.close();
	console.log(`# from the load of "Try it": Umbra's first line ${first_line} ms, the monitor's prompt ${prompt} ms`);
	console.log(`# from the load of the laboratory: ready ${ready} ms; from the first Step to its picture ${picture - pressed} ms`);
});

await part("two tabs", async () => {
	const pages = [await open("index.html"), await open("index.html", PHONE)];
	for (const page of pages) {
		await page.bringToFront();
		await says(page, /all \d+ checks passed/);
	}
	result(true, "two tabs run a machine each");
	same(await width_of(pages[1]), PHONE.width, "in 400 x 800 nothing is wider than the window");
	await shot(pages[1], "try-phone");
	await Promise.all(pages.map((page) => page.close()));
});

await part("many guests", async () => {
	const page = await open("many.html");
	await says(page, /^first .*\n^second .*\n^third .*\n^fourth +\w+ +4096/);
	result(true, "top shows four guests");
	await shot(page, "many");
	await page.click("[data-keys='2']");
	await says(page, /^--- guest second ---/);
	result(true, "a button brings a guest to front");
	await page.close();
});

await part("files of one's own", async () => {
	const page = await open("own.html");
	const input = await page.$("#files");
	await input.uploadFile("build/media/hello.elf");
	await page.waitForFunction(() => document.getElementById("lines").value);
	same(await page.$eval("#lines", (field) => field.value), "hello.elf kernel name=hello mem=16M",
		"a kernel gets its line");
	await page.click("#boot");
	await says(page, /^umbra: guest hello: shut down: goodbye/);
	result(true, "the chosen kernel boots");
	await input.uploadFile("tests/scripts/01-linear-map.txt");
	await page.waitForFunction(() => /01-linear-map/.test(document.getElementById("lines").value));
	await page.click("#boot");
	await says(page, /^umbra: guest 01-linear-map: shut down: tap: 9 passed/);
	await says(page, /^umbra: guest hello: shut down: goodbye/);
	result(true, "a kernel and a script boot from one bundle");
	await shot(page, "own");
	await page.focus("#lines");
	await page.keyboard.type("\nmissing.elf kernel\n");
	await page.click("#boot");
	await page.waitForFunction(() => /missing\.elf/.test(document.getElementById("status").textContent));
	result(true, "a file that was not chosen is named");
	await page.close();
});

if (process.env.GUEST)
	await part("a Linux", async () => {
		const page = await open("own.html");
		await (await page.$("#files")).uploadFile(process.env.GUEST, process.env.INITRD);
		await page.waitForFunction(() => document.getElementById("lines").value);
		await page.click("#boot");
		await says(page, /^\/ # /);
		await page.focus(".xterm-helper-textarea");
		await page.keyboard.type("echo $((6 * 7))\r");
		await says(page, /^42$/);
		result(true, "the Linux has a shell");
		await page.close();
	});

// -- Documentation ---------------------------------------------------------------------------------

await part("documentation", async () => {
	const page = await open("docs/index.html");
	await page.click("article a[href='trace.html']");
	await page.waitForSelector("#as-lines-for-programs");
	result(true, "a link of one document leads to another");
	await page.type("#search", "state stream");
	await page.waitForSelector("#found li");
	result((await text_of(page, "#found")).includes("The state stream"), "the search finds a section");
	await shot(page, "docs");
	await Promise.all([page.waitForNavigation(), page.click("#found a[href^='state.html']")]);
	result(page.url().includes("/docs/state.html"), "a result leads to its page");
	await page.close();
});

await part("links of the documentation", async () => {
	const broken = [];
	for (const name of fs.readdirSync(`${site}/docs`).filter((each) => each.endsWith(".html"))) {
		const html = fs.readFileSync(`${site}/docs/${name}`, "utf8");
		for (const [, target] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
			if (/^\w+:/.test(target))
				continue;
			const [file, anchor] = target.split("#");
			const to = path.join(site, "docs", file || name);
			if (!fs.existsSync(to) || anchor && !fs.readFileSync(to, "utf8").includes(`id="${anchor}"`))
				broken.push(`${name}: ${target}`);
		}
	}
	same(broken, [], "each link of the documentation has its target");
});

// -- The laboratory --------------------------------------------------------------------------------

const expected = JSON.parse(fs.readFileSync(expected_file, "utf8"));

await part("the scripts", async () => {
	const page = await open("lab.html");
	await idle(page);
	const names = await page.evaluate(() => Object.keys(window.umbra.lab.scripts));
	same(names.length, SCRIPTS, `${SCRIPTS} scripts can be chosen`);
	let skips = 0;
	for (const name of names) {
		await page.select("#choice", name);
		await idle(page);
		await press(page, "run");
		await page.waitForFunction(() => window.umbra.lab.run?.ended);
		const got = await page.evaluate(() => {
			const { results } = window.umbra.lab.run;
			return { tap: results.tap.filter(Boolean), end: results.end, lines: results.lines.length,
				results: results.results.length };
		});
		const { tap, end } = expected[name];
		const differing = got.tap.map((line, index) => [line, tap[index]]).filter(([one, other]) => one !== other);
		const unknown = differing.filter(([, line]) => !SKIPPED[`${name}: ${line}`]);
		skips += differing.length - unknown.length;
		// A time limit is real time in the tab: on a slow host it ends the guest before its last results.
		const complete = got.tap.length === tap.length && got.lines === got.results;
		result(!unknown.length && got.end === end && (complete || /^timed out/.test(end)), `${name} gives in the tab what it gives in QEMU`, ...unknown, got.end, end,
			[got.lines, got.results]);
	}
	result(skips <= SKIPS_MAX, `skipped lines: ${skips}`);
	await page.close();
});

await part("steps", async () => {
	const page = await open_at_first_step();
	const first = await text_of(page, "#event");
	result(/^\d+\. Hypercall NEW_PGTABLE/.test(first), "the first step is the switch", first);
	const both = [await drawn(page, "guest", "0x00800000"), await drawn(page, "shadow", "0x00800000")];
	same(both.map((rows) => rows.map(({ path }) => path)), [[false], [false]],
		"the directory's entry for the page is drawn on both sides");

	await press(page, "step");
	const event = await text_of(page, "#event");
	result(/Ring 3 reads 0x800000: page fault \(not present, read, ring 3\)/.test(event),
		"the second step is the access, in words", event);
	const [gpde, gpte] = await drawn(page, "guest", "0x00800000"), [spde, spte] = await drawn(page, "shadow", "0x00800000");
	const flags = (row) => Number(BigInt(row.entry) & 0xfffn).toString(16);
	same([gpde, gpte, spde, spte].map((row) => row?.path), [true, true, true, true], "the path goes through four entries");
	same([gpde, gpte].map(flags), ["27", "27"], "the guest's entries are accessed");
	result(BigInt(spte.entry) & 1n && !(BigInt(spte.entry) & 2n),
		"the shadow's entry is present, and read-only until a write", spte);
	const sent = await page.evaluate(() => {
		const { gpde: one, gpte: two, spde: three, spte: four } = window.umbra.lab.run.last;
		return [one, two, three, four].map((value) => value.split(">").at(-1));
	});
	same([gpde, gpte, spde, spte].map((row) => row.entry), sent, "the picture shows the entries of the state stream");
	await press(page, "step");
	const after = (await drawn(page, "guest", "0x00800000"))[1];
	result(after.changed && after.entry !== gpte.entry && !(BigInt(after.entry) & 2n),
		"an entry that the guest has changed changes the picture", after);
	same((await drawn(page, "shadow", "0x00800000"))[1], { entry: "0x0", path: true, changed: true },
		"SET_PTE takes the shadow's entry away");
	await press(page, "back");
	same((await drawn(page, "guest", "0x00800000"))[1].entry, gpte.entry, "Back shows the picture before");
	await press(page, "forward");
	await press(page, "fault");
	const fault = await text_of(page, "#event");
	result(/Ring 3 writes 0x800000/.test(fault), "To fault runs to the next page fault", fault);
	await press(page, "run");
	await page.waitForFunction(() => /Results: 2, all as expected/.test(document.getElementById("status").textContent));
	result(true, "the results are judged at the end");

	await page.select("#choice", "06-stale-until-told.txt");
	await idle(page);
	for (const id of ["fault", "step", "step"])
		await press(page, id);
	same((await drawn(page, "shadow", "0x00800000")).map(({ changed }) => changed), [false, true],
		"a fault that was filled marks the shadow's new entry");
	await shot(page, "lab");
	await page.close();
});

await part("a machine that ends before it answers", async () => {
	const page = await open_at_first_step();
	await page.evaluate(() => {
		const { machine } = window.umbra.lab.run;
		machine.command = () => machine.console_line("umbra: done: all guests have ended");
	});
	await press(page, "run");
	const status = await text_of(page, "#status");
	result(/^The guest has ended/.test(status), "Run ends when the machine ends before its answer", status);
	await page.close();
});

await part("PAE", async () => {
	const page = await open("lab.html");
	await idle(page);
	await page.select("#paging", "pae");
	await write(page, lab_script(["read 0x800000 ring 3  expect value 0x1111"]));
	await press(page, "fault");
	const [engine, rows] = await page.evaluate(() => [window.umbra.lab.run.snapshots.at(-1).space.engine,
		document.querySelectorAll("#shadow .current").length]);
	same([engine, rows], ["two-level-on-PAE", 2], "on PAE page tables the path is drawn, too");
	await shot(page, "lab-pae");
	await page.close();
});

await part("mistakes", async () => {
	const page = await open("lab.html");
	const marked = () => page.$$eval(".line-bad", (lines) => lines.map((line) => line.textContent));
	await idle(page);
	await write(page, "page A 0x1111\nraed A expect ok\nends shut down\n");
	await press(page, "run");
	await page.waitForFunction(() => /the first in line 2/.test(document.getElementById("status").textContent));
	same(await marked(), ["raed A expect ok"], "a script with a mistake shows its line");
	const mistake = await text_of(page, "#results");
	result(/line 2: "raed" is no step/.test(mistake), "and what is wrong in it", mistake);
	await shot(page, "lab-mistake");
	await write(page, lab_script(["read 0x800000 ring 3  expect value 0x1112"]));
	await press(page, "run");
	await page.waitForFunction(() => /1 of 1 results failed/.test(document.getElementById("status").textContent));
	same(await marked(), ["read 0x800000 ring 3  expect value 0x1112"], "an expectation that fails shows its line");
	const got = await text_of(page, "#results");
	result(/got ok, value 0x1111/.test(got), "and the value", got);
	await page.close();
});

await part("sharing", async () => {
	const page = await open("lab.html");
	await idle(page);
	const script = lab_script(["read 0x800000  expect value 0x1111"]);
	await write(page, script);
	await page.click("#share");
	await page.waitForFunction(() => location.hash.startsWith("#script="));
	const other = await open(`lab.html${new URL(page.url()).hash}`, PHONE, true);
	await idle(other);
	same(await other.evaluate(() => window.umbra.lab.editor.text), script, "a shared address has the script");
	await other.keyboard.press("Tab");
	same(await other.evaluate(() => document.activeElement.className), "skip",
		"the first Tab reaches the link to the content");
	await press(other, "fault");
	same(await width_of(other), PHONE.width, "the laboratory fits in 400 x 800");
	await other.screenshot({ path: `${shots}/lab-phone.png`, fullPage: true });
	await other.setViewport(PHONE_ACROSS);
	same(await width_of(other), PHONE_ACROSS.width, "and on a phone in landscape");
	await other.reload();
	await idle(other);
	same(await other.evaluate(() => window.umbra.lab.editor.text), script, "a reload keeps it");
	await Promise.all([page.close(), other.close()]);
});

// -- All of it -------------------------------------------------------------------------------------

same(complaints, [], "no error on a console, and no request to another place");

const files = fs.readdirSync(site, { recursive: true }).map((name) => path.join(site, name));
const wire = files.filter((name) => fs.statSync(name).isFile())
	.reduce((sum, name) => sum + zlib.gzipSync(fs.readFileSync(name)).length, 0);
console.log(`# ${Math.ceil(wire / 1024)} KB on the wire, compressed`);
result(wire <= WIRE_MAX, "the whole site is at most 8 MB on the wire", wire);

await finish();
