// SPDX-License-Identifier: GPL-2.0-or-later
// The editor for scripts: CodeMirror with the script language's colours and a mark for each line's result.
import { EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, drawSelection, gutter, highlightActiveLineGutter, keymap, lineNumbers }
	from "@codemirror/view";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const STEPS = new Set(["page", "table", "directory", "map", "unmap", "link", "unlink", "set_pte", "set_pgd", "switch",
	"flush", "hypercall", "read", "write", "execute", "int", "wait", "ends"]);
const NUMBER = /^(0x[0-9a-fA-F]+|\d+)\b/, WORD = /^[A-Za-z_][\w-]*/;

const script_language = StreamLanguage.define({
	startState: () => ({ print: false }),
	token(stream, state) {
		if (stream.sol())
			state.print = false;
		if (stream.eatSpace())
			return null;
		if (state.print || stream.peek() === "#") {
			stream.skipToEnd();
			return state.print ? "string" : "comment";
		}
		if (stream.match(/^"[^"]*"?/))
			return "string";
		if (stream.match(NUMBER))
			return "number";
		const word = stream.match(WORD);
		if (!word) {
			stream.next();
			return null;
		}
		if (word[0] === "print")
			state.print = true;
		if (word[0] === "expect")
			return "atom";
		return STEPS.has(word[0]) || state.print ? "keyword" : null;
	},
});

const colours = HighlightStyle.define([
	{ tag: tags.comment, color: "var(--dim)", fontStyle: "italic" },
	{ tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
	{ tag: tags.atom, color: "var(--path)", fontWeight: "600" },
	{ tag: tags.number, color: "var(--good)" },
	{ tag: tags.string, color: "var(--changed)" },
]);

// -- Marks -----------------------------------------------------------------------------------------

class Mark extends GutterMarker {
	constructor(kind, title) {
		super();
		Object.assign(this, { kind, title });
	}

	eq(other) {
		return other.kind === this.kind && other.title === this.title;
	}

	toDOM() {
		return Object.assign(document.createElement("span"), {
			className: `mark ${this.kind}`, title: this.title, textContent: { good: "✓", bad: "✗", next: "▸" }[this.kind],
		});
	}
}

const set_marks = StateEffect.define();

const marks_field = StateField.define({
	create: () => ({ gutter: RangeSet.empty, lines: Decoration.none }),
	update(value, transaction) {
		for (const effect of transaction.effects)
			if (effect.is(set_marks))
				return placed(transaction.state.doc, effect.value);
		return transaction.docChanged
			? { gutter: value.gutter.map(transaction.changes), lines: value.lines.map(transaction.changes) } : value;
	},
	provide: (field) => EditorView.decorations.from(field, (value) => value.lines),
});

function line_decoration({ kind, text }) {
	return Decoration.line({ class: `line-${kind}`, attributes: text ? { title: text } : {} });
}

function placed(doc, marks) {
	const known = marks.filter(({ line }) => line >= 1 && line <= doc.lines).sort((one, other) => one.line - other.line);
	const at = ({ line }) => doc.line(line).from;
	return {
		gutter: RangeSet.of(known.map((mark) => new Mark(mark.kind, mark.text ?? "").range(at(mark)))),
		lines: Decoration.set(known.filter(({ kind }) => kind !== "good")
			.map((mark) => line_decoration(mark).range(at(mark)))),
	};
}

// -- The editor ------------------------------------------------------------------------------------

export class Editor {
	constructor(parent, changed) {
		this.view = new EditorView({
			parent,
			state: EditorState.create({
				extensions: [
					gutter({
						class: "marks", markers: (view) => view.state.field(marks_field).gutter,
						initialSpacer: () => new Mark("good", ""),
					}),
					lineNumbers(), highlightActiveLineGutter(), history(), drawSelection(),
					keymap.of([...defaultKeymap, ...historyKeymap]),
					script_language, syntaxHighlighting(colours), marks_field,
					EditorView.contentAttributes.of({ "aria-label": "Script", "aria-describedby": "editor-hint", tabindex: "0" }),
					EditorView.updateListener.of((update) => update.docChanged && changed?.()),
				],
			}),
		});
	}

	get text() {
		return this.view.state.doc.toString();
	}

	set text(text) {
		this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, effects: set_marks.of([]) });
		this.view.scrollDOM.scrollTop = 0;
	}

	/** Marks lines: { line, kind: "good", "bad" or "next", text }. `show` brings a line into view. */
	mark(marks, show = null) {
		const effects = [set_marks.of(marks)];
		if (show && show <= this.view.state.doc.lines)
			effects.push(EditorView.scrollIntoView(this.view.state.doc.line(show).from, { y: "center" }));
		this.view.dispatch({ effects });
	}
}
