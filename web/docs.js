// SPDX-License-Identifier: GPL-2.0-or-later
// A page of the documentation: the field for the search, and blocks that scroll.
import { find } from "./search.js";

const field = document.getElementById("search"), list = document.getElementById("found");
const count = document.getElementById("count");
let index;

function element(name, text, more = {}) {
	return Object.assign(document.createElement(name), { textContent: text, ...more });
}

function row(section) {
	const link = element("a", "", { href: `${section.page}#${section.anchor}` });
	link.append(element("strong", section.title), element("small", ` ${section.page_title}`),
		element("span", section.excerpt));
	const item = document.createElement("li");
	item.append(link);
	return item;
}

async function search() {
	index ??= fetch("search.json").then((answer) => answer.json());
	const found = find(await index, field.value);
	list.replaceChildren(...found.map(row));
	list.hidden = !found.length;
	const sections = `${found.length || "No"} ${found.length === 1 ? "section" : "sections"} found.`;
	count.textContent = field.value.trim() ? sections : "";
}

field.addEventListener("input", search);
field.addEventListener("keydown", (event) => {
	if (event.key === "Escape") {
		field.value = "";
		search();
	}
});
document.addEventListener("click", (event) => {
	list.hidden ||= !field.form.contains(event.target);
});
// A block that is wider than the page takes the focus, so that the arrow keys scroll it.
const blocks = new ResizeObserver((changes) => {
	for (const { target } of changes)
		if (target.scrollWidth > target.clientWidth)
			target.tabIndex = 0;
		else
			target.removeAttribute("tabindex");
});
for (const block of document.querySelectorAll("article pre, .wide"))
	blocks.observe(block);

const query = new URLSearchParams(location.search).get("q");
if (query) {
	field.value = query;
	search();
}
