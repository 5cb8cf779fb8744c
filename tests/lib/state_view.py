# SPDX-License-Identifier: GPL-2.0-or-later
"""The screen of tools/watch as rows of text with attributes, a pure function of a View. A row is a list of pairs (text,
attribute); the attributes are names in ATTRIBUTES, and the program that draws decides about colours."""

import dataclasses
import textwrap

from lib import state, state_words

LEAST_ROWS, LEAST_COLUMNS = 24, 80

PLAIN, TITLE, HEADING, CHANGED, DIM = "plain", "title", "heading", "changed", "dim"
MORE, LESS, MIXED, SELECTED, NEWEST = "more", "less", "mixed", "selected", "newest"
ATTRIBUTES = (PLAIN, TITLE, HEADING, CHANGED, DIM, MORE, LESS, MIXED, SELECTED, NEWEST)

SWITCHER = 0xffc00000  # from here up, Umbra has pages in each address space (docs/memory-map.md)

SIGN_ATTRIBUTE = {" ": PLAIN, state_words.SAME: PLAIN, state_words.MORE: MORE, state_words.LESS: LESS,
                  state_words.MIXED: MIXED}

BOTH, TABLE, GUEST, SHADOW = "both", "table", "guest", "shadow"
ZOOMS = (BOTH, TABLE, GUEST, SHADOW)

KEYS = "s step  r run  p pause  b back  u until  g jump  Tab table  z zoom  ? help  q"

HELP = """\
 s  Space     one step: the guest runs until its next event. n asks for a number of steps
 r            run; p pauses
 b            back by one event, in the states that were recorded; s goes forward again
 u            run until an event: asks for a word such as page-fault, NEW_PGTABLE, inject
 Home  End    the first recorded state, the last one
 Tab  arrows  choose the directory entry whose page table is shown; PgUp, PgDn scroll it
 g            shows the page table for an address; f follows the events' addresses again
 z            zoom: the page table only, the guest's side, the shadow's side, everything
 ?  q         this page; leave

 Letters      P present  W write  U user (ring 3)  T write through  C cache disable
              A accessed  D dirty  L large or PAT  G global  N no execute;  - is 0
 Marks        * changed by the last event   @ holds the last event's address
              > chosen: the page table below is of this directory entry
 Between      = guest and shadow permit the same   > the guest permits more
 guest and    < the shadow permits more, as the guest has not announced its change
 shadow       # each permits what the other does not

 The guest's frame numbers are of its own memory, the shadow's of the machine."""


@dataclasses.dataclass
class View:
    """All that the screen shows."""

    model: state.Model
    before: state.Model = None  # the model one event earlier; None at the first
    guest: str = None  # the name of the guest that is shown
    address: int = None  # of the page table that is shown; None follows the last event
    zoom: str = BOTH
    scroll: int = 0  # entries of the page table
    status: str = ""  # of the session, such as `live` or `replay 3 of 7`
    message: str = ""  # instead of the keys in the last row
    help: bool = False

    @property
    def now(self):
        return self.model.guests.get(self.guest)

    @property
    def earlier(self):
        return self.before and self.before.guests.get(self.guest)

    @property
    def shown(self):
        """The address whose page table is shown; None if there is none."""
        if self.address is not None:
            return self.address
        if self.now and self.now.event:
            return int(self.now.event["at"], 0)
        return min(self.now.directory, default=None) if self.now else None


def pad(segments, columns):
    """The row, exactly so many columns wide."""
    row, left = [], columns
    for text, attribute in segments:
        text = "".join(c if c.isprintable() else "?" for c in text)[:left]
        left -= len(text)
        if text:
            row.append((text, attribute))
    if left:
        row.append((" " * left, row[-1][1] if row and row[-1][1] == TITLE else PLAIN))
    return row


# -- 1. Entries ------------------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    """An entry of a directory or a page table."""

    address: int
    guest: int
    shadow: int
    changed: tuple  # of the guest's, of the shadow's entry
    accessed: bool
    selected: bool


def event_changes(view, level):
    """Whether the last event changed the guest's, the shadow's entry of this level, pde or pte."""
    now = view.now
    if not now.event or now.event["switched"] or view.earlier and view.earlier.n == now.n:
        return (False, False)
    return tuple(">" in now.event[side + level] for side in "gs")


def rows_of(view, level, entries, earlier, is_whole):
    """The Rows of all entries, those included that were there one event earlier. `is_whole`: all earlier ones are
    known."""
    now = view.now
    at = int(now.event["at"], 0) if now.event else None
    here = None if at is None else now.base(at) if level == "pde" else at >> state.PAGE_SHIFT << state.PAGE_SHIFT
    by_event = event_changes(view, level)
    selected = now.base(view.shown) if level == "pde" and view.shown is not None else None
    found = []
    for address in sorted({*entries, *(earlier or {})}):
        pair = entries.get(address, (0, 0))
        old = (earlier or {}).get(address, (0, 0) if is_whole else pair)
        changed = tuple(pair[side] != old[side] or address == here and by_event[side] for side in (0, 1))
        if pair == (0, 0) and not any(changed):
            continue
        found.append(Row(address, *pair, changed, address == here, address == selected))
    return found


def digits(view):
    """The hexadecimal digits of the guest's and the shadow's entries."""
    engine = view.now.space.get("engine", "")
    return (16 if engine == "PAE" else 8, 8 if engine == "two-level" else 16)


def entry_text(value, width):
    return f"{value:0{width}x} {state_words.flags(value)}" if value else "-".ljust(width + 11)


LONG_WORDS = {"P": "present", "W": "write", "U": "user", "T": "write through", "C": "cache disable", "A": "accessed",
              "D": "dirty", "L": "large or PAT", "G": "global", "N": "no execute"}


def in_words(value):
    return ", ".join(LONG_WORDS[letter] for letter in state_words.flags(value) if letter != "-")


def entry_segments(view, row, columns):
    width = digits(view)
    pair, sides = (row.guest, row.shadow), {GUEST: (0,), SHADOW: (1,)}.get(view.zoom, (0, 1))
    texts = {side: (entry_text(pair[side], width[side]),
                    CHANGED if row.changed[side] else PLAIN if pair[side] else DIM) for side in sides}
    segments = [((">" if row.selected else " ") + ("@" if row.accessed else " ") + ("*" if any(row.changed) else " "),
                 PLAIN), (f"{row.address:08x}", SELECTED if row.selected else PLAIN), ("  ", PLAIN)]
    if len(sides) == 1:
        return segments + [texts[sides[0]], ("  " + in_words(pair[sides[0]]), PLAIN)]
    sign, words = state_words.sign(*pair), "  " + state_words.difference(*pair)
    if view.now.top == "linear" or row.address >= SWITCHER:  # the guest has no entry to compare with
        sign, words = " ", "  Umbra's own" if row.address >= SWITCHER else ""
    segments += [texts[0], (f" {sign} ", SIGN_ATTRIBUTE[sign]), texts[1]]
    if sum(len(text) for text, _ in segments) + len(words) <= columns:
        segments.append((words, SIGN_ATTRIBUTE[sign]))
    return segments


def window(rows, height, focus, scroll=0):
    """So many of the rows, among them the one with the index `focus`, unless `scroll` moves the window."""
    start = (focus or 0) - height // 2 + scroll
    start = max(0, min(start, len(rows) - height))
    return rows[start:start + height], start


def focus_of(rows, address):
    """The index of the row that must be seen: the address's, else a changed one."""
    for wanted in (lambda row: row.selected, lambda row: address is not None and row.address >= address,
                   lambda row: any(row.changed)):
        for index, row in enumerate(rows):
            if wanted(row):
                return index
    return len(rows) - 1


def entries_part(view, title, frames, rows, size, focus, note, is_whole=True, scroll=0):
    """A heading and the rows of a directory or a page table; `size` is the height of this part and the screen's width.
    `frames` are the addresses at which the guest and the shadow have it, or None. Unless it `is_whole`, events alone
    have told of it."""
    height, columns = size
    shown, start = window(rows, height - 1, focus, scroll)
    names = [(name if frame is None else f"{name} {frame:#x}", width + 11)
             for name, frame, width in zip(("guest", "shadow"), frames, digits(view))]
    names = {GUEST: names[:1], SHADOW: names[1:]}.get(view.zoom, names)
    heads = "   ".join(f"{name:<{width}}" for name, width in names)
    more = ""
    if len(rows) > len(shown):
        more = f"  {start + 1}-{start + len(shown)} of {len(rows)}" + ("" if is_whole else " or more")
    elif rows and not is_whole:
        more = "  those of events"
    parts = [[(f"{title:<13}{heads}{more}", HEADING)]]
    parts += [entry_segments(view, row, columns) for row in shown]
    if not rows and height > 1:
        parts.append([("   " + note, DIM)])
    return parts + [[]] * (height - len(parts))


def directory_rows(view):
    earlier, top = view.earlier, view.now.top
    return rows_of(view, "pde", view.now.directory, earlier and earlier.directories.get(top),
                   earlier and top in earlier.read_at)


def directory_note(view):
    if view.now.top == "linear":
        return "the linear map: the guest has no page directory yet"
    return "all entries are 0" if view.now.top in view.now.read_at else "not read yet"


def directory_part(view, rows, size):
    focus = focus_of(rows, view.now.base(view.shown) if view.shown is not None else None)
    top = view.now.top
    frames = (int(top, 0) if top and top != "linear" else None, None)
    return entries_part(view, "directory", frames, rows, size, focus, directory_note(view), top in view.now.read_at)


def table_rows(view):
    if view.shown is None:
        return []
    now, earlier = view.now, view.earlier
    key = (now.top, now.base(view.shown))
    return rows_of(view, "pte", now.tables.get(key, {}), earlier and earlier.tables.get(key),
                   earlier and key in earlier.read_at)


def table_note(view):
    now = view.now
    if now.top not in now.read_at:
        return "not read yet"
    pair = now.directory.get(now.base(view.shown), (0, 0))
    if pair[0] & state_words.LARGE and pair[0] & state_words.PRESENT and not now.table(view.shown):
        return "the guest has a large page here, without a page table"
    if (now.top, now.base(view.shown)) in now.read_at:
        return "all entries are 0"
    return "not read yet" if any(pair) else "no page table: the directory entry is 0"


def table_part(view, rows, size):
    now, page = view.now, view.shown
    if page is None:
        return entries_part(view, "page table", (None, None), [], size, None, table_note(view))
    focus = focus_of(rows, page >> state.PAGE_SHIFT << state.PAGE_SHIFT)
    frames = [entry & state_words.FRAME if entry & state_words.PRESENT else None
              for entry in now.directory.get(now.base(page), (0, 0))]
    return entries_part(view, f"tbl {now.base(page):08x}", frames, rows, size, focus, table_note(view),
                        (now.top, now.base(page)) in now.read_at, view.scroll)


# -- 2. The other parts ----------------------------------------------------------------------------


def event_lines(view, columns, height):
    """The last events in words, as whole events in so many lines: pairs of a line and its attribute. If the last event
    alone needs more, its end is left out."""
    lines = []
    for event in reversed(view.now.events if view.now else []):
        head = f" {event['n']:>4}  "
        wrapped = textwrap.wrap(state_words.describe(event), columns - len(head))
        if lines and len(lines) + len(wrapped) > height:
            break
        attribute = PLAIN if lines else NEWEST
        lines[:0] = [((" " * len(head) if index else head) + text, attribute) for index, text in enumerate(wrapped)]
    return lines[:height]


def text_part(title, lines, height):
    """A heading and the last of these lines."""
    shown = lines[-(height - 1):]
    return [[(title, HEADING)]] + [[line] for line in shown] + [[]] * (height - 1 - len(shown))


def title_row(view, columns):
    """The guest's state, as many of its parts as there is room for, and the session's."""
    now = view.now
    right = f" {view.status} "
    text = " no guest yet"
    if now:
        text = f" {now.name}: {now.state}"
        parts = [f"event {now.n}", f"eip {now.eip}"]
        if now.space:
            parts += [f"ring {now.space['ring']}"] if now.eip == now.space["eip"] else []
            parts += [now.space["engine"], f"{now.space['frames']} of {now.space['budget']} frames"]
        for part in parts:
            if len(text) + 2 + len(part) + 1 + len(right) <= columns:
                text += ", " + part
    room = max(0, columns - len(right))
    return [(f"{text:<{room}}"[:room] + right, TITLE)]


def heights(rows, directory, table):
    """The heights of directory, page table, events and console, with their headings. The first two have so many
    entries; the directory gets the room that the page table does not need."""
    body = rows - 2
    events, console = max(5, body // 5), max(4, body // 6)
    both = body - events - console
    top = min(max(directory, 1) + 1, max(4, body // 5, both - max(table, 1) - 1))
    return top, both - top, events, console


def zoomed(view, rows, columns):
    """The page table only, or one side of directory and table."""
    entries = table_rows(view)
    if view.zoom == TABLE:
        return table_part(view, entries, (rows - 2, columns))
    directory = directory_rows(view)
    top = min(len(directory) + 1, (rows - 2) // 3)
    top = max(top, 2)
    return directory_part(view, directory, (top, columns)) + table_part(view, entries, (rows - 2 - top, columns))


def body(view, rows, columns):
    if view.help:
        return [[(line, PLAIN)] for line in HELP.splitlines()]
    if view.now is None:
        return text_part("The guest's console", [(line, PLAIN) for line in view.model.console], rows - 2)
    if view.zoom != BOTH:
        return zoomed(view, rows, columns)
    directory, table = directory_rows(view), table_rows(view)
    top, middle, events, console = heights(rows, len(directory), len(table))
    return directory_part(view, directory, (top, columns)) + table_part(view, table, (middle, columns)) + \
        text_part("Events", event_lines(view, columns, events - 1), events) + \
        text_part("The guest's console", [(line, PLAIN) for line in view.model.console], console)


def draw(view, rows, columns):
    """The screen: `rows` rows, each as wide as `columns`. It may be smaller than LEAST_ROWS and LEAST_COLUMNS; then one
    line says so."""
    if rows < LEAST_ROWS or columns < LEAST_COLUMNS:
        parts = [[(f"{columns} x {rows} is too small: {LEAST_COLUMNS} x {LEAST_ROWS} is needed", PLAIN)]]
        return [pad(parts[row] if row < len(parts) else [], columns) for row in range(rows)]
    parts = [title_row(view, columns)] + body(view, rows, columns)
    parts = (parts + [[]] * rows)[:rows - 1]
    parts.append([(" " + (view.message or KEYS), TITLE)])
    return [pad(part, columns) for part in parts]


def text_of(drawn):
    """The rows as text."""
    return ["".join(text for text, _ in row).rstrip() for row in drawn]
