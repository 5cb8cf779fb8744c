// SPDX-License-Identifier: GPL-2.0-or-later
// The page "Lab": a script's guest runs event by event, and its page tables are drawn beside the shadow's.
import { bundle } from "./bundle.js";
import { Editor } from "./editor.js";
import { file, Machine } from "./machine.js";
import { script_lines } from "./modules.js";
import { draw, path_words } from "./picture.js";
import { from_fragment, name_fragment, Results, to_fragment } from "./scripts.js";
import { Grammar, snapshot, Stream } from "./stream.js";
import { changes, event_cause, event_words, is_routine } from "./words.js";

const GUEST = "script", OWN = "lab.txt";
const FIRST = "06-stale-until-told.txt";
const WELCOME = "Choose a script, or write one. " +
	"Step runs it to the next VM exit that it causes: a page fault, or a hypercall.";
const EVENTS_SHOWN = 200;

const by_id = (id) => document.getElementById(id);

function element(name, text, kind = "") {
	return Object.assign(document.createElement(name), { textContent: text, className: kind });
}

/** Makes a button do nothing. It keeps the focus, which a button with `disabled` would lose. */
function disable(id, off) {
	by_id(id).setAttribute("aria-disabled", off);
}

/** One run of a script, from boot to end. */
class Run {
	constructor(text, name, paging, lab) {
		this.lab = lab;
		this.results = new Results(text, name);
		this.snapshots = [];
		this.events = [];
		this.last = null;
		this.ended = false;
		this.over = new Promise((resolve) => { this.say_over = resolve; });
		this.stream = new Stream((line) => this.machine.command(line), lab.grammar, {
			event: (event) => this.event(event),
			bad: (problem) => lab.say(`The hypervisor has sent a wrong line: ${problem.message}`),
		});
		this.ready = this.boot(text, name, paging);
	}

	async boot(text, name, paging) {
		const player = await file("files/script.elf");
		if (this.ended)
			return;
		const packed = bundle(script_lines(name, text, GUEST), { "script.elf": player, [name]: text });
		this.machine = new Machine({
			bundle: packed, words: `watch=com2 paging=${paging}`,
			on: {
				state: (line) => this.stream.line(line),
				line: (line) => this.results.read(line) && this.lab.show_results(this),
				ended: () => this.end(),
			},
		});
		const stands = this.stream.next_stop();
		await this.machine.ready;
		await Promise.race([stands, this.over]);
		// The kernel of the script's guest starts with some hundred exits. Its first output is the script's plan.
		if (!this.lab.every_event())
			await this.stop_after(`until ${GUEST} NOTIFY`);
		await this.look();
	}

	event(event) {
		if (event.guest !== GUEST)
			return;
		this.last = event;
		this.events.push(event);
		this.lab.show_event(event);
	}

	/** No more comes from the machine: nothing may wait for it. */
	close() {
		this.ended = true;
		this.stream.close();
		this.say_over();
	}

	end() {
		this.close();
		this.lab.show_end(this);
	}

	/** Lets the guest run by this command until it stands, or has ended. */
	async stop_after(command) {
		const stopped = this.stream.until_stopped(command).catch((problem) => {
			if (!this.ended)
				this.lab.say(problem.message);
		});
		await Promise.race([stopped, this.over]);
	}

	/** To the next event that is worth a picture. */
	async step() {
		do
			await this.stop_after(`step ${GUEST}`);
		while (!this.ended && !this.lab.every_event() && this.last && is_routine(this.last));
	}

	/** To the next page fault that is worth a picture. */
	async to_fault() {
		do
			await this.step();
		while (!this.ended && this.last?.why !== "page-fault");
	}

	/** On and on, with a picture of each step, until the guest has ended or `pause` was asked for. */
	async play() {
		this.playing = true;
		this.lab.enable();
		while (!this.ended && this.playing) {
			await this.step();
			await this.look();
			this.lab.show_last(this);
		}
		this.playing = false;
	}

	/** To the end at once, without pictures. */
	async run_on() {
		await this.stream.command(`run ${GUEST}`);
		await this.over;
	}

	/** Takes a picture, unless the guest has ended. */
	async look() {
		if (this.ended)
			return;
		const taken = await Promise.race([snapshot(this.stream, GUEST, this.last).catch(() => null), this.over]);
		if (taken)
			this.snapshots.push(taken);
	}

	stop() {
		this.close();
		return this.machine?.stop();
	}
}

async function data(name) {
	return JSON.parse(new TextDecoder().decode(await file(name)));
}

class Lab {
	constructor() {
		this.editor = new Editor(by_id("editor"), () => this.edited());
		this.sides = Object.fromEntries(["guest", "shadow"].map((name) =>
			[name, { svg: by_id(name), words: by_id(`${name}-words`) }]));
		this.run = null;
		this.shown = -1;
		this.busy = true; // until the page has its script
		this.name = OWN;
	}

	async start() {
		this.scripts = await data("files/scripts.json");
		this.grammar = new Grammar(await data("files/state-grammar.json"));
		const choice = by_id("choice");
		for (const name of Object.keys(this.scripts))
			choice.append(new Option(name.replace(/\.txt$/, ""), name));
		choice.append(new Option("your own", OWN));
		await this.from_address();
		window.addEventListener("hashchange", () => this.from_address());
		choice.addEventListener("change", () => this.choose(choice.value));
		for (const [id, action] of Object.entries({
			step: () => this.act((run) => run.step()),
			fault: () => this.act((run) => run.to_fault()),
			play: () => this.play(),
			run: () => this.act((run) => run.run_on()),
			restart: () => this.restart(),
			share: () => this.share(),
			back: () => this.show(this.shown - 1),
			forward: () => this.show(this.shown + 1),
		}))
			by_id(id).addEventListener("click", () => by_id(id).getAttribute("aria-disabled") === "true" || action());
		by_id("paging").addEventListener("change", () => this.restart());
		this.busy = false;
		this.enable();
	}

	every_event() {
		return by_id("routine").checked;
	}

	say(text) {
		by_id("status").textContent = text;
	}

	// -- The script --

	async from_address() {
		const { name, text } = await from_fragment(location.hash);
		if (text !== undefined)
			this.set(OWN, text);
		else
			this.set(this.scripts[name] ? name : FIRST);
	}

	set(name, text = this.scripts[name]) {
		this.name = name;
		by_id("choice").value = name;
		this.setting = true;
		this.editor.text = text;
		this.setting = false;
		this.restart();
	}

	choose(name) {
		if (name === OWN) {
			this.name = OWN;
			this.share();
		} else {
			history.replaceState(null, "", `#${name_fragment(name)}`);
			this.set(name);
		}
	}

	edited() {
		if (this.setting)
			return;
		this.name = OWN;
		by_id("choice").value = OWN;
		if (this.run)
			this.restart("The script has changed: the next step starts it anew.");
	}

	async share() {
		const fragment = `#${this.name === OWN ? await to_fragment(this.editor.text) : name_fragment(this.name)}`;
		history.replaceState(null, "", fragment);
		const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
		this.say(copied ? "The address with this script is in the clipboard."
			: "This page's address holds the script now: copy it.");
	}

	// -- Running --

	async restart(words = "") {
		const old = this.run;
		this.run = null;
		this.shown = -1;
		this.say(words);
		this.editor.mark([]);
		by_id("results").replaceChildren();
		by_id("events").replaceChildren();
		by_id("event").replaceChildren(element("p", WELCOME));
		by_id("numbers").textContent = "";
		for (const { svg, words } of Object.values(this.sides)) {
			svg.replaceChildren();
			words.replaceChildren();
		}
		this.enable();
		await old?.stop();
	}

	play() {
		if (this.run?.playing)
			this.run.playing = false;
		else
			this.act((run) => run.play());
	}

	async act(action) {
		if (this.busy)
			return;
		this.busy = true;
		this.enable();
		const run = this.run ??= new Run(this.editor.text, this.name, by_id("paging").value, this);
		try {
			if (!run.snapshots.length)
				this.say("The machine starts.");
			await run.ready;
			if (!run.ended) {
				this.say("The guest runs.");
				await action(run);
				await run.look();
			}
		} catch (problem) {
			if (!run.ended)
				this.say(problem.message);
		}
		this.busy = false;
		if (run !== this.run)
			return this.enable();
		this.show_last(run);
		this.show_results(run);
		if (run.ended)
			return this.show_end(run);
		this.say(`The guest stands after ${run.last?.n ?? 0} VM exits.`);
	}

	// -- Showing --

	enable() {
		const ended = this.run?.ended ?? false;
		for (const id of ["step", "fault", "run"])
			disable(id, this.busy || ended);
		by_id("play").textContent = this.run?.playing ? "Pause" : "Play";
		disable("play", this.busy && !this.run?.playing || ended);
		disable("back", this.busy || this.shown <= 0);
		disable("forward", this.busy || !this.run || this.shown >= this.run.snapshots.length - 1);
	}

	show(index) {
		const now = this.run?.snapshots[index];
		if (now) {
			this.shown = index;
			draw(this.sides, now, this.run.snapshots[index - 1]);
			this.show_words(now.event, path_words(now));
			by_id("numbers").textContent = this.numbers(now);
		}
		this.enable();
	}

	/** An event in words; the path behind it is for screen readers, since the picture shows it. */
	show_words(event, path = "") {
		const list = document.createElement("ul");
		list.append(...(event ? changes(event) : []).map((each) => element("li", each)));
		const sentence = event ? `${event.n}. ${event_cause(event)}` : "The guest stands before its first instruction.";
		by_id("event").replaceChildren(element("p", sentence), list, element("span", ` ${path}`, "hidden"));
	}

	show_last(run) {
		if (run === this.run)
			this.show(run.snapshots.length - 1);
	}

	numbers({ space, directories, event }) {
		const parts = [`picture: event ${event?.n ?? 0}`, `next instruction: ring ${space.ring}, ${space.eip}`,
			`frames of shadow page tables: ${space.frames} of ${space.budget}`, `cached directories: ${directories.length}`];
		if (event)
			parts.push(`entries made by faults: ${event.fills}`, `switches: ${event.switches}`);
		return parts.join(" · ");
	}

	show_event(event) {
		const item = element("li", event_words(event), is_routine(event) ? "routine" : "");
		item.value = Number(event.n);
		const list = by_id("events");
		list.prepend(item);
		if (list.children.length > EVENTS_SHOWN)
			list.lastChild.remove();
	}

	show_results(run) {
		if (run !== this.run)
			return;
		const { results } = run;
		const rows = results.results.map((each) => {
			const item = element("li", "", each.passed ? "good" : "bad");
			item.append(element("b", each.passed ? "✓ ok" : "✗ not ok"), ` ${each.text}`);
			if (each.why)
				item.append(element("em", ` line ${each.line}: ${each.why}`));
			return item;
		});
		for (const { line, text } of results.mistakes) {
			const item = element("li", "", "bad");
			item.append(element("b", `✗ line ${line}: `), text);
			rows.push(item);
		}
		by_id("results").replaceChildren(...rows);
		this.mark(run);
	}

	mark({ results, ended }) {
		const bad = [...results.mistakes, ...results.results.filter((each) => !each.passed)];
		const marks = [...bad.map(({ line, text, why }) => ({ line, kind: "bad", text: why || text })),
			...results.results.filter((each) => each.passed).map(({ line }) => ({ line, kind: "good" }))]
			.filter((mark, index, all) => mark.line && all.findIndex((each) => each.line === mark.line) === index);
		const next = ended || results.mistakes.length ? null : results.next_line();
		if (next && !marks.some(({ line }) => line === next))
			marks.push({ line: next, kind: "next", text: "the next expectation" });
		this.editor.mark(marks, bad[0]?.line ?? next);
	}

	show_end(run) {
		if (run !== this.run)
			return;
		this.say(`The guest has ended: ${run.results.end}. ${run.results.verdict()}`);
		if (run.last)
			this.show_words(run.last);
		this.show_results(run);
		this.enable();
	}
}

const lab = new Lab();
window.umbra = { lab };
lab.start();
