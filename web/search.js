// SPDX-License-Identifier: GPL-2.0-or-later
// The search in the documentation: each word must stand in a section. Sections with the words in their titles come first.

const MOST = 12;
const EXCERPT = 140;
const TITLE_WEIGHT = 20, PAGE_WEIGHT = 5;

/** Sections of the index ([page, title of the page, anchor, title, text]) with all words of a query, the best first. */
export function find(index, query) {
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	if (!words.length)
		return [];
	const found = [];
	for (const [page, page_title, anchor, title, text] of index) {
		const lower_title = title.toLowerCase(), lower_page = page_title.toLowerCase(), lower_text = text.toLowerCase();
		let score = 0;
		for (const word of words) {
			const hits = lower_text.split(word).length - 1;
			const worth = hits + (lower_title.includes(word) ? TITLE_WEIGHT : 0) + (lower_page.includes(word) ? PAGE_WEIGHT : 0);
			if (!worth) {
				score = 0;
				break;
			}
			score += worth;
		}
		if (score)
			found.push({ page, page_title, anchor, title, score, excerpt: excerpt(text, lower_text, words) });
	}
	return found.sort((one, other) => other.score - one.score).slice(0, MOST);
}

function excerpt(text, lower_text, words) {
	const places = words.map((word) => lower_text.indexOf(word)).filter((where) => where >= 0);
	const at = places.length ? Math.min(...places) : 0;
	const start = Math.max(0, at - EXCERPT / 3);
	return (start ? "... " : "") + text.slice(start, start + EXCERPT) + (start + EXCERPT < text.length ? " ..." : "");
}
