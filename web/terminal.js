// SPDX-License-Identifier: GPL-2.0-or-later
// A terminal on a machine's console.
import { Terminal } from "@xterm/xterm";
import { FitAddon } from "@xterm/addon-fit";

const DARK = { background: "#10151f", foreground: "#e4e8f0", cursor: "#ffd166", cursorAccent: "#10151f", selectionBackground: "#3a4a6b" };
const LIGHT = {
	background: "#fbfbf8", foreground: "#1b2130", cursor: "#8a5a00", cursorAccent: "#ffffff", selectionBackground: "#c9d6f2",
	brightWhite: "#1b2130", white: "#3b4252",
};
const ESCAPE = "Escape", TAB = "Tab", SHIFT = "Shift";
const CONTRAST = 4.5; // of colours that a guest asks for: WCAG 2.1, 1.4.3
const SCROLLBACK = 5000;
const NARROW = 600, FONT = 14, SMALL_FONT = 10; // pixels

function font_size() {
	return innerWidth < NARROW ? SMALL_FONT : FONT;
}

/** Shows a terminal in this element. Keys go to `typed(text)`. */
export function open_terminal(element, typed, options = {}) {
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const terminal = new Terminal({
		convertEol: true, screenReaderMode: true, scrollback: SCROLLBACK, cursorBlink: false,
		fontSize: font_size(), minimumContrastRatio: CONTRAST,
		fontFamily: "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace",
		theme: dark.matches ? DARK : LIGHT, ...options,
	});
	const fit = new FitAddon();
	terminal.loadAddon(fit);
	terminal.open(element);
	dark.addEventListener("change", () => { terminal.options.theme = dark.matches ? DARK : LIGHT; });
	new ResizeObserver(() => {
		terminal.options.fontSize = font_size();
		fit.fit();
	}).observe(element);
	fit.fit();
	terminal.textarea.setAttribute("aria-describedby", "leave");
	terminal.onData(typed);

	// Tab goes to the guest, so the keyboard needs another way out: Escape twice, or Escape and then Tab or Shift-Tab.
	let escaped = false;
	terminal.attachCustomKeyEventHandler((event) => {
		if (event.type !== "keydown" || event.key === SHIFT)
			return true;
		const leaves = escaped && [ESCAPE, TAB].includes(event.key);
		escaped = event.key === ESCAPE && !leaves;
		if (leaves && event.key === ESCAPE) {
			terminal.blur();
			document.querySelector(".bar button:enabled")?.focus();
		}
		return !leaves;
	});
	return terminal;
}

/** The text of the terminal, in whole lines: for tests. */
export function text_of(terminal) {
	const buffer = terminal.buffer.active;
	let text = "";
	for (let row = 0; row < buffer.length; row++) {
		const line = buffer.getLine(row), goes_on = buffer.getLine(row + 1)?.isWrapped;
		text += line.translateToString(!goes_on) + (goes_on ? "" : "\n");
	}
	return text;
}
