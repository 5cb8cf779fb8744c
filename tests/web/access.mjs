// SPDX-License-Identifier: GPL-2.0-or-later
// The site without a mouse, by its accessibility tree, and under axe-core; prints TAP. tests/web/access.t starts it.
import fs from "node:fs";
import {
	DESKTOP, PHONE, PHONE_ACROSS, complaints, drawn, finish, idle, open, open_at_first_step, part, press,
	require, result, same, says, shot, text_of, write,
} from "./browser.mjs";

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const CONTRAST = 4.5; // WCAG 2.1, 1.4.3
const COLOURS = 16;
const TAB_STOPS_MAX = 60;

const PAGES = ["index", "lab", "many", "own", "docs/index"];
const SCHEMES = ["light", "dark"];
// A window's size changes no colour, so each size is checked in one scheme, and both schemes in one size.
const LOOKS = [["light", DESKTOP], ["dark", DESKTOP], ["dark", PHONE], ["light", PHONE_ACROSS]];

function scheme(page, value) {
	return page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
}

// -- axe-core --------------------------------------------------------------------------------------

/** Stops the page's emulator, or lets it go on: axe-core would share the tab's thread with it. */
function emulate(page, method) {
	return page.evaluate((name) => (window.umbra?.session ?? window.umbra?.lab?.run)?.machine?.emulator?.[name](), method);
}

/** A frame has been drawn since: the page's observers have seen its new size. */
function frame_drawn(page) {
	return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** axe-core on the page as it stands, in each look. */
async function check(page, state) {
	const found = [];
	await emulate(page, "stop");
	await page.evaluate(axe);
	for (const [value, viewport] of LOOKS) {
		await page.setViewport(viewport);
		await scheme(page, value);
		await frame_drawn(page);
		const violations = await page.evaluate(async (values) => (await window.axe.run(document,
			{ runOnly: { type: "tag", values }, resultTypes: ["violations"] })).violations, TAGS);
		for (const { id, nodes } of violations)
			found.push(...nodes.map(({ target, failureSummary }) => `${value}, ${viewport.width}: ${id}: ${target}: ${failureSummary}`));
	}
	await page.setViewport(DESKTOP);
	await scheme(page, "light");
	await emulate(page, "run");
	result(!found.length, `axe-core finds nothing: ${state}`, ...found);
}

// -- Contrast: axe-core does not know the colours of SVG, nor those that a guest asks for -----------

/** The contrast of two colours as CSS computes them: WCAG 2.1, "contrast ratio". */
function contrast(...colours) {
	const [dark, pale] = colours.map((colour) => {
		const [red, green, blue] = colour.match(/[\d.]+/g).map((each) => each / 255)
			.map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	}).sort((one, other) => one - other);
	return (pale + 0.05) / (dark + 0.05);
}

/** Runs in the page: the picture's texts, each with its colour and that of the rectangle below it. */
function texts_of_picture() {
	const fill = (element) => getComputedStyle(element).fill;
	return [...document.querySelectorAll("figure svg text")].map((text) => {
		const at = text.getBBox(), x = at.x + at.width / 2, y = at.y + at.height / 2;
		const below = [...text.ownerSVGElement.querySelectorAll("rect")].filter((rect) => {
			const box = rect.getBBox();
			return fill(rect) !== "none" && x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
		});
		const ground = getComputedStyle(document.documentElement).backgroundColor;
		return [text.textContent, fill(text), below.length ? fill(below.at(-1)) : ground];
	});
}

/** Runs in the page: the same for the terminal. */
function texts_of_terminal() {
	const ground = getComputedStyle(document.querySelector(".xterm-viewport")).backgroundColor;
	return [...document.querySelectorAll(".xterm-rows span")].filter((span) => /^C\d+$/.test(span.textContent.trim()))
		.map((span) => [span.textContent, getComputedStyle(span).color, ground]);
}

async function each_contrast(page, texts, what) {
	for (const value of SCHEMES) {
		await scheme(page, value);
		await frame_drawn(page);
		const all = await page.evaluate(texts);
		const pale = all.filter(([, ...colours]) => contrast(...colours) < CONTRAST);
		result(all.length >= COLOURS && !pale.length, `in ${value}, ${what} has a contrast of ${CONTRAST}`, all.length, ...pale);
	}
}

// -- Each page, in each state that matters --------------------------------------------------------

await part("axe", async () => {
	let page = await open("index.html");
	await page.click("#monitor");
	await says(page, /^umbra> /);
	await check(page, "the monitor");
	await page.close();

	page = await open("lab.html");
	await idle(page);
	await check(page, "the laboratory before a run");
	for (const id of ["fault", "step", "step"])
		await press(page, id);
	await check(page, "the laboratory after steps");
	await each_contrast(page, texts_of_picture, "each text of the picture");
	await scheme(page, "dark");
	await shot(page, "lab-dark");
	await write(page, "page A 0x1111\nraed A expect ok\nends shut down\n");
	await press(page, "run");
	await page.waitForFunction(() => /the first in line 2/.test(document.getElementById("status").textContent));
	await check(page, "the laboratory with a mistake");
	await page.close();

	page = await open("many.html");
	await says(page, /^first .*\n^second .*\n^third .*\n^fourth +\w+ +4096/);
	await check(page, "many guests");
	await page.close();

	page = await open("own.html");
	await check(page, "no file is chosen");
	await (await page.$("#files")).uploadFile("build/media/hello.elf");
	await page.waitForFunction(() => document.getElementById("lines").value);
	await page.click("#boot");
	await says(page, /^umbra: guest hello: shut down: goodbye/);
	await check(page, "a file of one's own");
	await page.evaluate((count) => {
		const colours = [...Array(count).keys()].map((n) => `\x1b[${n < 8 ? 30 + n : 82 + n}mC${n}`);
		window.umbra.session.terminal.write(`${colours.join(" ")}\x1b[0m\r\n`);
	}, COLOURS);
	await page.waitForFunction(() => /C15/.test(document.querySelector(".xterm-rows").textContent));
	await each_contrast(page, texts_of_terminal, "each of a guest's 16 colours");
	await page.close();

	page = await open("docs/web.html");
	await page.type("#search", "state stream");
	await page.waitForSelector("#found li");
	await check(page, "documentation with results of a search");
	await page.close();

	page = await open("docs/performance.html");
	await check(page, "documentation with wide tables");
	await page.close();
});

// -- A screen reader ------------------------------------------------------------------------------

const CONTROLS = ["button", "link", "checkbox", "combobox", "textbox", "searchbox"];

/** The accessibility tree as { id, role, name, description, live, children }, without what it leaves out. */
async function tree(page) {
	const session = await page.createCDPSession();
	await session.send("Accessibility.enable");
	const { nodes } = await session.send("Accessibility.getFullAXTree");
	await session.detach();
	const by_id = new Map(nodes.map((node) => [node.nodeId, node]));
	const shown = (node) => {
		const children = (node.childIds ?? []).map((id) => by_id.get(id)).filter(Boolean).flatMap(shown);
		const property = (name) => node.properties?.find((each) => each.name === name)?.value.value;
		return node.ignored ? children : [{
			id: node.backendDOMNodeId, role: node.role.value, name: node.name?.value ?? "", live: property("live"),
			level: property("level"), description: node.description?.value ?? "", children,
		}];
	};
	return shown(nodes[0])[0];
}

/** The nodes below this one for which `wanted` is true, in the order of reading. */
function nodes_in(node, wanted) {
	return [...wanted(node) ? [node] : [], ...node.children.flatMap((child) => nodes_in(child, wanted))];
}

/** The words of a node and of all below it. */
function words_in(node) {
	return nodes_in(node, ({ role }) => role === "StaticText").map(({ name }) => name).join(" ");
}

/** The regions that a screen reader announces when they change, by the number of their element. */
function live_regions(root) {
	return new Map(nodes_in(root, ({ live }) => live === "polite" || live === "assertive").map((node) => [node.id, words_in(node)]));
}

await part("names", async () => {
	const unnamed = [], outlines = [];
	for (const name of PAGES) {
		const page = await open(`${name}.html`);
		const root = await tree(page);
		unnamed.push(...nodes_in(root, (node) => CONTROLS.includes(node.role) && !node.name).map((node) => `${name}: ${node.role}`));
		const landmarks = nodes_in(root, ({ role }) => ["banner", "main", "contentinfo"].includes(role)).map(({ role }) => role);
		const levels = nodes_in(root, ({ role }) => role === "heading").map(({ level }) => level);
		outlines.push([name, landmarks.join(" "), levels.filter((level) => level === 1).length,
			levels.some((level, index) => level > (levels[index - 1] ?? 0) + 1)]);
		await page.close();
	}
	same(unnamed, [], "each control has a name");
	same(outlines, PAGES.map((name) => [name, "banner main contentinfo", 1, false]),
		"each page has one main landmark and one first heading, and leaves out no level");
});

await part("announced", async () => {
	const page = await open_at_first_step();
	const before = live_regions(await tree(page));
	await press(page, "step");
	const root = await tree(page);
	const announced = [...live_regions(root)].filter(([id, words]) => before.has(id) && before.get(id) !== words)
		.map(([, words]) => words).join("\n");
	for (const [words, what] of [
		[/Ring 3 reads 0x800000: page fault \(not present, read, ring 3\)/, "the event"],
		[/the shadow's page-table entry: now frame 0x[0-9a-f]+, read-only, user, accessed/, "its changes"],
		[/Path of 0x00800000\. Guest: directory entry frame .* then page-table entry frame .* Shadow: directory entry/, "the path"],
		[/The guest stands after \d+ VM exits/, "where the guest stands"],
	])
		result(words.test(announced), `a step announces ${what}`, announced);

	for (const [side, title] of [["guest", "The guest's page tables"], ["shadow", "The shadow"]]) {
		const [figure] = nodes_in(root, (node) => node.role === "figure" && words_in(node).startsWith(title));
		const items = nodes_in(figure, ({ role }) => role === "listitem").map(words_in);
		const rows = await page.$$eval(`#${side} [data-at]`, (all) => all.map((row) =>
			[row.dataset.at, row.classList.contains("changed"), row.classList.contains("current")]));
		const told = items.filter((item) => item.startsWith("0x")).map((item) =>
			[item.slice(0, 10), item.includes("changed, before: "), item.includes("on the path of the access")]);
		result(rows.length > 3, `the picture of the ${side} has rows`, rows);
		same(told, rows, `the words for the ${side} have each row of the picture, its change and its path`);
		same(nodes_in(figure, ({ role }) => /image|group/.test(role)), [], `the picture of the ${side} is not read twice`);
	}
	await press(page, "fault");
	const fault = words_in(await tree(page));
	result(/the path ends here: read-only/.test(fault), "where the path ends, the words give the reason", fault);
	await press(page, "run");
	await page.waitForFunction(() => /Results: /.test(document.getElementById("status").textContent));
	const end = [...live_regions(await tree(page)).values()].join("\n");
	result(/The guest has ended: .* Results: 2, all as expected/.test(end), "the end and the verdict are announced", end);
	await page.close();

	const terminal = await open("index.html");
	await terminal.click("#monitor");
	await says(terminal, /^umbra> /);
	const [input] = nodes_in(await tree(terminal), ({ role, name }) => role === "textbox" && name === "Terminal input");
	result(/^Escape twice leaves the terminal/.test(input?.description ?? ""), "the terminal says how to leave it", input);
	await terminal.keyboard.type("guests\r");
	await terminal.waitForFunction(() => /demo +\w+ +8192/.test(document.querySelector(".xterm [aria-live]").textContent));
	const printed = [...live_regions(await tree(terminal)).values()].join("\n");
	result(/demo +\w+ +8192/.test(printed), "the terminal announces what the machine prints", printed);
	await terminal.close();
});

// -- The keyboard only ----------------------------------------------------------------------------

/** The focused element: its id or class, or its text; and whether it, or what holds it, has an outline. */
function focused(page) {
	return page.evaluate(() => {
		const { activeElement: at } = document;
		let outlined = false;
		for (let each = at; each; each = each.parentElement)
			outlined ||= getComputedStyle(each).outlineStyle !== "none";
		return { name: at.id || at.classList[0] || at.textContent, outlined };
	});
}

/** Presses Tab, or Shift-Tab, until this element has the focus. Elements without an outline on the way are failures. */
async function tab_to(page, name, key = "Tab") {
	const way = [];
	while (way.length < TAB_STOPS_MAX) {
		await keys(page, key);
		const at = await focused(page);
		way.push(at.name);
		if (!at.outlined)
			result(false, `${at.name} shows that it has the focus`);
		if (at.name === name)
			return way;
	}
	throw new Error(`Tab does not reach ${name}: ${way.join(", ")}`);
}

/** Presses these keys one after the other: "Shift+Tab" is one of them. */
async function keys(page, ...names) {
	for (const name of names) {
		const [key, ...held] = name.split("+").reverse();
		for (const each of held)
			await page.keyboard.down(each);
		await page.keyboard.press(key);
		for (const each of held)
			await page.keyboard.up(each);
	}
}

await part("keyboard", async () => {
	let page = await open("lab.html");
	await idle(page);
	await tab_to(page, "skip");
	await keys(page, "Enter");
	same((await focused(page)).name, "main", "the first Tab and Enter skip to the content");
	await tab_to(page, "choice");
	await keys(page, "ArrowUp");
	await idle(page);
	same(await page.evaluate(() => window.umbra.lab.name), "05-rights.txt", "an arrow chooses another script");
	await tab_to(page, "cm-content");
	await page.waitForSelector(".cm-editor.cm-focused"); // the editor hears of the focus later than the page
	await page.keyboard.type("# one line\n");
	const typed = await page.evaluate(() => window.umbra.lab.editor.text);
	result(typed.startsWith("# one line\n"), "the editor takes text", typed);
	same(await tab_to(page, "step"), ["step"], "Tab leaves the editor for Step");
	await keys(page, "Enter");
	await idle(page);
	const first = await text_of(page, "#event");
	same((await focused(page)).name, "step", "Step keeps the focus");
	await keys(page, "Enter");
	await idle(page);
	const second = await text_of(page, "#event");
	result(/^\d+\. /.test(first) && first !== second, "Enter steps, and once more", first, second);
	same(await tab_to(page, "cm-content", "Shift+Tab"), ["cm-content"], "Shift-Tab goes back to the editor");
	await tab_to(page, "run");
	await keys(page, "Space");
	await page.waitForFunction(() => /all as expected/.test(document.getElementById("status").textContent));
	result(true, "the space bar runs the script to its end");
	await tab_to(page, "events");
	await tab_to(page, "choice", "Shift+Tab");
	await keys(page, "ArrowUp");
	await idle(page);
	same(await page.evaluate(() => window.umbra.lab.name), "27-time-is-up.txt", "from the changed script an arrow chooses another one");
	await page.close();

	page = await open("index.html");
	await tab_to(page, "monitor");
	await keys(page, "Enter");
	await says(page, /^umbra> /);
	same((await focused(page)).name, "xterm-helper-textarea", "the button Monitor leads into the terminal");
	await page.keyboard.type("guests\r");
	await says(page, /^demo +\w+ +8192/);
	await keys(page, "Tab");
	same((await focused(page)).name, "xterm-helper-textarea", "Tab goes to the machine");
	await keys(page, "Escape", "Escape");
	same((await focused(page)).name, "boot", "Escape twice leaves the terminal for the buttons");
	await tab_to(page, "xterm-helper-textarea");
	await keys(page, "Escape", "Tab");
	same((await focused(page)).name, "All commands", "Escape and Tab leave it for what follows");
	await tab_to(page, "xterm-helper-textarea", "Shift+Tab");
	await keys(page, "Escape", "Shift+Tab");
	same((await focused(page)).name, "keys", "Escape and Shift-Tab leave it for what is before");
	await page.close();

	page = await open("docs/index.html");
	await tab_to(page, "search");
	await page.keyboard.type("state stream");
	await page.waitForSelector("#found li");
	await keys(page, "Tab");
	await Promise.all([page.waitForNavigation(), keys(page, "Enter")]);
	result(page.url().includes("/docs/state.html"), "Tab and Enter open a result of the search", page.url());
	await page.close();
});

// -- A phone in landscape --------------------------------------------------------------------------

await part("phone", async () => {
	const page = await open("lab.html", PHONE_ACROSS);
	await idle(page);
	await press(page, "fault");
	await page.$eval("#shadow", (svg) => svg.scrollIntoView());
	const seen = (selector) => page.$eval(selector, (element) => {
		const { top, bottom } = element.getBoundingClientRect();
		return top >= 0 && bottom <= innerHeight;
	});
	same([await seen("#step"), await seen("#shadow .row")], [true, true], "beside the picture the buttons stay in view");
	await shot(page, "lab-phone-across");
	await page.close();
});

same(complaints, [], "no error on a console");
await finish();
