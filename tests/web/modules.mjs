// SPDX-License-Identifier: GPL-2.0-or-later
// Unit tests of web/*.js that need no browser. tests/web/site-modules.t starts them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";

import { bundle } from "../../web/bundle.js";
import { changed_flags, denies, in_words, letters } from "../../web/entries.js";
import { file_name, lines_for, script_lines } from "../../web/modules.js";
import { window_of } from "../../web/picture.js";
import { expectations, from_fragment, name_fragment, Results, to_fragment } from "../../web/scripts.js";
import { find } from "../../web/search.js";
import { BadLine, change, Grammar, Refused, snapshot, Stream } from "../../web/stream.js";
import { event_words, is_routine } from "../../web/words.js";

const EVENT = "event n=64 guest=script why=page-fault what=read-kernel error=0 eip=0x101e00 address=0x800004 ring=0 " +
	"done=filled ticks=7 cpu=0 top=0x131000 at=0x800004 gpde=0x135007>0x135027 gpte=0x12f007>0x12f027 spde=0>0x1ea027 " +
	"spte=->0x1ef065 fills=3 frames=4 evicted=0 reclaimed=0 switches=1";

// -- The state stream --

const grammar = new Grammar(JSON.parse(fs.readFileSync("tests/lib/state-grammar.json", "utf-8")));

test("a line is a word and pairs; text is the rest of the line", () => {
	assert.deepEqual(grammar.parse("guest name=demo state=paused watched=1 n=0 later=x"),
		{ kind: "guest", name: "demo", state: "paused", watched: "1", n: "0", later: "x" });
	assert.equal(grammar.parse("error text=no guest is called a=b c").text, "no guest is called a=b c");
	assert.equal(grammar.parse("SeaBIOS (version 1)"), null);
});

test("each example in docs/state.md follows the grammar, and a damaged line is refused", () => {
	const examples = fs.readFileSync("docs/state.md", "utf-8").match(/\n\n( {4}hello(?:.*\n)+?)\n/)[1].trim().split("\n");
	const whole = examples.map((line) => line.trim()).filter((line) => !line.endsWith("..."));
	assert.ok(whole.length >= 8);
	for (const line of [EVENT, ...whole])
		assert.ok(grammar.parse(line), line);
	for (const line of ["pde at", "pde at=0x1 shadow=0 guest=0", "stopped guest=a n=x", "stopped guest=a", "pte at=0x1 guest=0 shadow=y"])
		assert.throws(() => grammar.parse(line), BadLine, line);
	let problem;
	new Stream(() => {}, grammar, { bad: (found) => { problem = found; } }).line("stopped n=1");
	assert.match(problem.message, /stopped must have guest/);
});

test("an entry of an event is one value, a pair, or none", () => {
	assert.deepEqual(change("0x135007>0x135027"), { before: 0x135007n, after: 0x135027n, changed: true });
	const wide = 0x8000000000135007n;
	assert.deepEqual(change("0x8000000000135007"), { before: wide, after: wide, changed: false });
	assert.deepEqual(change("->0x134007"), { before: 0n, after: 0x134007n, changed: true });
	assert.equal(change("-"), null);
});

/** A stream whose other end answers each command with these lines. */
function answered(answers, on) {
	const sent = [];
	const stream = new Stream((command) => {
		sent.push(command);
		queueMicrotask(() => answers[command].forEach((line) => stream.line(line)));
	}, grammar, on);
	return { stream, sent };
}

test("lines of an answer go to their command, events to their function", async () => {
	const events = [];
	const { stream } = answered({ "list": ["guest name=a state=paused watched=1 n=0", EVENT, "unknown x=1", "ok"] },
		{ event: (event) => events.push(event.n) });
	const lines = await stream.command("list");
	assert.deepEqual(lines.filter(({ kind }) => kind === "guest").map(({ name }) => name), ["a"]);
	assert.deepEqual(events, ["64"]);
});

test("calls of the ring belong to their event", () => {
	let got;
	const stream = new Stream(() => {}, grammar, { event: (event) => { got = event; } });
	stream.line("ring guest=script n=64 what=SET_PTE a=0x131000 b=0x800000 c=0x12f007 d=0");
	stream.line("ring guest=script n=64 what=SET_PTE a=0x131000 b=0x801000 c=0 d=0");
	stream.line(EVENT.replace("ring=0", "ring=2"));
	assert.deepEqual(got.calls.map(({ b }) => b), ["0x800000", "0x801000"]);
	assert.match(event_words(got), /Calls of its ring: SET_PTE \(2 times\)\./);
	stream.line(EVENT);
	assert.deepEqual(got.calls, []);
});

test("changes of the shadow belong to their event; its words name those beside its path", () => {
	let got;
	const stream = new Stream(() => {}, grammar, { event: (event) => { got = event; } });
	const lines = [
		"entry guest=script n=64 top=0x131000 at=0x800000 spte=0>0x7f12025",
		"entry guest=script n=64 top=shared at=0xc0001000 spte=0x7f13025>0",
		"table guest=script n=64 what=dropped top=0x132000 at=0x40000000 spde=0x7f14027>0 entries=3 pages=1024",
	];
	lines.forEach((line) => stream.line(line));
	stream.line(EVENT);
	assert.equal(got.shadow.length, lines.length);
	assert.match(event_words(got), /shadow: other entries dropped: 0xc0001000; shadow: page tables dropped: 0x40000000\./);
	assert.doesNotMatch(event_words(got), /other entries made/);
	stream.line(EVENT);
	assert.deepEqual(got.shadow, []);
});

test("a refusal has the hypervisor's words, and the next command is answered", async () => {
	const { stream } = answered({ "run a": ["error text=no guest is called a"], "list": ["ok"] });
	await assert.rejects(stream.command("run a"),
		(problem) => problem instanceof Refused && problem.message === "no guest is called a");
	assert.deepEqual(await stream.command("list"), []);
});

test("a command is sent when the one before is answered", async () => {
	const sent = [];
	const stream = new Stream((command) => sent.push(command), grammar);
	const both = [stream.command("list"), stream.command("state a")];
	assert.deepEqual(sent, ["list"]);
	stream.line("ok");
	assert.deepEqual(sent, ["list", "state a"]);
	stream.line("ok");
	await Promise.all(both);
});

test("when the machine is off, no command waits", async () => {
	const sent = [];
	const stream = new Stream((command) => sent.push(command), grammar);
	const both = [stream.command("list"), stream.command("state a")];
	stream.close();
	for (const command of [...both, stream.command("run a")])
		await assert.rejects(command, Refused);
	assert.deepEqual(sent, ["list"]);
});

test("a step ends by the first line `stopped` behind its answer", async () => {
	const stream = new Stream(() => {}, grammar);
	const step = stream.until_stopped("step a");
	stream.line("stopped guest=a n=0 state=paused");
	stream.line("ok");
	stream.line("stopped guest=a n=1 state=paused");
	assert.equal((await step).n, "1");
});

const STATE = ["space guest=script n=64 engine=two-level top=0x131000 shift=22 kernel=0xc0000000 memory=2048 frames=4 " +
	"budget=128 eip=0x101e00 ring=1",
	"directory guest=script top=0x131000 current=1 used=0 tables=1 pages=5",
	"pde at=0x800000 guest=0x135027 shadow=0x1ea027", "pde at=0 guest=0x12d027 shadow=0x1f0027", "ok"];

test("a snapshot has the entries for the event's address, and zeroes where none was sent", async () => {
	const { stream, sent } = answered({ "state script": STATE,
		"table script 0x800004": ["pte at=0x801000 guest=0x12f005 shadow=0", "ok"] });
	const taken = await snapshot(stream, "script", grammar.parse(EVENT));
	assert.deepEqual(sent, ["state script", "table script 0x800004"]);
	assert.deepEqual(taken.pdes.map(({ at }) => at), [0, 0x800000]);
	assert.deepEqual(taken.pde, { at: 0x800000, guest: 0x135027n, shadow: 0x1ea027n });
	assert.deepEqual(taken.pte, { at: 0x800000, guest: 0n, shadow: 0n });
});

test("a snapshot before the first event has no path", async () => {
	const { stream } = answered({ "state script": STATE });
	const taken = await snapshot(stream, "script", null);
	assert.deepEqual([taken.at, taken.pde, taken.ptes], [null, null, []]);
});

// -- Words --

test("a fault that was filled says what changed", () => {
	const words = event_words(grammar.parse(EVENT));
	assert.match(words, /^The kernel reads 0x800004: page fault \(not present, read, ring 1\)\. .*makes the shadow entry\./);
	assert.match(words, /the guest's page-table entry: accessed set/);
	assert.match(words, /the shadow's page-table entry: now frame 0x1ef000, read-only, user, accessed, dirty/);
});

test("a fault that is reflected says which entry forbids it", () => {
	const event = (more) => grammar.parse(EVENT.replace(/error=0 /, "error=0x7 ").replace("done=filled", "done=reflected")
		.replace("read-kernel", "write-user").replace(/gpde=.*? spde/, `${more} spde`));
	assert.match(event_words(event("gpde=0x135027 gpte=0x12f025")), /forbids it \(its page-table entry is read-only\)/);
	assert.match(event_words(event("gpde=0x135023 gpte=0x12f027")), /forbids it \(its directory entry is for the kernel only\)/);
	assert.match(event_words(event("gpde=0 gpte=-")), /forbids it \(its directory entry is not present\)/);
});

test("output and faults of the script's own kernel are routine", () => {
	assert.equal(is_routine(grammar.parse(EVENT)), false);
	assert.equal(is_routine(grammar.parse(EVENT.replace("address=0x800004", "address=0x101e00"))), true);
	assert.equal(is_routine({ why: "hypercall", what: "NOTIFY" }), true);
	assert.equal(is_routine({ why: "hypercall", what: "SET_PTE" }), false);
});

test("entries as letters, words and changes", () => {
	assert.equal(letters(0x135067n).map(({ letter }) => letter).join(""), "PWUAD");
	assert.equal(letters(0x8000000000135081n).map(({ letter }) => letter).join(""), "P----LX");
	assert.deepEqual(letters(0x1ef065n, 0x12f027n).filter(({ differs }) => differs).map(({ letter }) => letter), ["-"]);
	assert.equal(in_words(0x135007n), "frame 0x135000, writable, user");
	assert.equal(in_words(0n), "not present");
	assert.equal(changed_flags(0x27n, 0x45n), "dirty set, writable cleared, accessed cleared");
});

test("an entry denies what its flags forbid", () => {
	assert.deepEqual([[0n, 0], [5n, 7], [3n, 4], [7n, 7], [1n, 2]].map(([entry, error]) => denies(entry, error)),
		["not present", "read-only", "for the kernel only", "", "read-only"]);
});

test("of a long table the rows around the current one are shown", () => {
	const rows = Array.from({ length: 100 }, (_, at) => ({ at }));
	const { before, shown, after } = window_of(rows, 50, 9);
	assert.deepEqual([before, shown.map(({ at }) => at), after], [46, [46, 47, 48, 49, 50, 51, 52, 53, 54], 45]);
	assert.deepEqual(window_of(rows, 99, 9).shown.at(-1), { at: 99 });
	assert.equal(window_of(rows.slice(0, 3), 1, 9).shown.length, 3);
});

// -- Scripts --

const SCRIPT = "# expect nothing here\npage A 1\nprint expect a line\nread A expect value 1  # expect no more\n" +
	"write A 1\n  expect ok\nends shut down\n";

test("each result belongs to the line of its expectation", () => {
	assert.deepEqual(expectations(SCRIPT), [4, 6]);
	const results = new Results(SCRIPT, "x.txt");
	for (const line of ["1..2", "ok 1 - read A: value 1", "not ok 2 - write A 1: ok", "# x.txt:6: got fault 7",
		"umbra: guest x: shut down: tap: 1 of 2 failed"])
		results.read(line);
	assert.deepEqual(results.results.map(({ line, passed, why }) => [line, passed, why]),
		[[4, true, ""], [6, false, "got fault 7"]]);
	assert.equal(results.verdict(), "1 of 2 results failed.");
});

test("a mistake has its line", () => {
	const results = new Results("raed A\n", "x.txt");
	results.read('x.txt:1: "raed" is no step; the steps are: page');
	assert.deepEqual(results.mistakes, [{ line: 1, text: '"raed" is no step; the steps are: page' }]);
	assert.match(results.verdict(), /the first in line 1/);
});

test("the end is compared with the script's last line", () => {
	const script = 'read A expect ok\nends killed "bad page"\n';
	for (const [end, verdict] of [["killed: bad page table entry 1", /all as expected/],
		["shut down: tap: 0 passed", /should have ended: killed: bad page/]]) {
		const results = new Results(script, "x.txt");
		results.read(`umbra: guest script: ${end}`);
		assert.match(results.verdict(), verdict);
	}
});

test("a script goes through a URL fragment", async () => {
	const text = fs.readFileSync("tests/scripts/05-rights.txt", "utf8") + "# \u00e4\u4e2d\n";
	const fragment = await to_fragment(text);
	assert.match(fragment, /^script=[\w-]+$/);
	assert.ok(fragment.length < text.length);
	assert.deepEqual(await from_fragment(`#${fragment}`), { text });
	assert.deepEqual(await from_fragment(`#${name_fragment("05-rights.txt")}`), { name: "05-rights.txt" });
	assert.deepEqual(await from_fragment("#script=!!"), {});
});

// -- Bundles --

test("a bundle is the one of tools/bundle, byte for byte", () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), "umbra-"));
	const files = { "one.elf": new Uint8Array([1, 2, 3, 4, 5]), "two.txt": "text\n" };
	const lines = ["umbra stats", "one.elf kernel name=one mem=4M -- words", "two.txt initrd"];
	fs.writeFileSync(path.join(folder, "umbra.cfg"), lines.join("\n") + "\n");
	for (const [name, data] of Object.entries(files))
		fs.writeFileSync(path.join(folder, name), data);
	const out = path.join(folder, "out.cpio");
	execFileSync("tools/bundle", ["-o", out, path.join(folder, "umbra.cfg")]);
	assert.deepEqual(Buffer.from(bundle(lines, files)), fs.readFileSync(out));
	fs.rmSync(folder, { recursive: true });
});

test("files from a disk become lines", () => {
	const elf = new Uint8Array([0x7f, 0x45, 0x4c, 0x46]);
	const linux = new Uint8Array(0x210);
	linux.set([0x48, 0x64, 0x72, 0x53], 0x202);
	const script = new TextEncoder().encode("# Module: mem=16M\nread A\n");
	const files = new Map([["initrd.gz", new Uint8Array(9)], ["bzImage", linux], ["disk.img", new Uint8Array(512)]]);
	assert.deepEqual(lines_for(files).map((line) => line.split(" ").slice(0, 3).join(" ")),
		["bzImage kernel name=bzImage", "initrd.gz initrd", "disk.img disk"]);
	assert.equal(lines_for(new Map([["my guest.elf", elf]]))[0].split(" ")[2], "kernel");
	assert.deepEqual(lines_for(new Map([["x.txt", script]])), script_lines("x.txt", "# Module: mem=16M\n"));
	assert.match(script_lines("x.txt", "# Module: mem=16M\n")[0],
		/^script\.elf kernel name=x devices=off mem=16M -- file=x\.txt$/);
	assert.deepEqual(["umbra stats", "# x", "", "a.elf kernel"].map(file_name), [null, null, null, "a.elf"]);
});

// -- The search --

test("a section is found if it has all words; titles count more", () => {
	const index = [["a.html", "A", "x", "Other", "page page page fault"], ["b.html", "B", "y", "Page fault", "it"],
		["c.html", "C", "z", "No", "page"]];
	assert.deepEqual(find(index, "page FAULT").map(({ page }) => page), ["b.html", "a.html"]);
	assert.deepEqual(find(index, "  "), []);
	assert.deepEqual(find(index, "nowhere"), []);
});
