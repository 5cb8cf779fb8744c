# SPDX-License-Identifier: GPL-2.0-or-later
"""Page-table entries and events of the state stream (docs/state.md) in letters, signs and words."""

from lib import state

PRESENT, WRITE, USER, ACCESSED, DIRTY, LARGE, NO_EXECUTE = state.PRESENT, 2, 4, 0x20, 0x40, 0x80, 1 << 63
FRAME = ~(1 << 63) & ~0xfff

# The letters of the monitor's `walk` (docs/monitor.md).
LETTERS = [("P", PRESENT), ("W", WRITE), ("U", USER), ("T", 8), ("C", 0x10), ("A", ACCESSED), ("D", DIRTY),
           ("L", LARGE), ("G", 0x100), ("N", NO_EXECUTE)]

# The sign between the guest's entry and the shadow's compares the rights that they give.
SAME, MORE, LESS, MIXED = "=", ">", "<", "#"


def flags(entry):
    return "".join(letter if entry & bit else "-" for letter, bit in LETTERS)


def rights(entry):
    """The accesses that an entry permits."""
    if not entry & PRESENT:
        return frozenset()
    wanted = {"read": True, "write": entry & WRITE, "user": entry & USER, "fetch": not entry & NO_EXECUTE}
    return frozenset(right for right, given in wanted.items() if given)


def sign(guest, shadow):
    """The guest's rights compared with the shadow's."""
    ours, theirs = rights(guest), rights(shadow)
    if ours == theirs:
        return SAME
    return MORE if ours > theirs else LESS if ours < theirs else MIXED


def difference(guest, shadow):
    """Why the shadow gives other rights than the guest, in a few words; "" if it does not."""
    ours, theirs = rights(guest), rights(shadow)
    if ours == theirs:
        return ""
    if not theirs:
        return "not made yet"
    if theirs - ours:
        return "stale: " + (", ".join(sorted(theirs - ours)) if ours else "removed")
    if ours - theirs == {"write"} and not guest & DIRTY:
        return "no write yet"
    return "no " + ", no ".join(sorted(ours - theirs))


# -- Events ----------------------------------------------------------------------------------------

LEVELS = (("PDE", "pde"), ("PTE", "pte"))


def refusal(event):
    """Why the guest's page tables forbid the access of a page fault; None if they permit it."""
    access, _, ring = event["what"].partition("-")
    for name, key in LEVELS:
        entry = state.before_and_after(event["g" + key])[0]
        if entry is None:
            continue
        if not entry & PRESENT:
            return f"the guest's {name} is absent"
        if ring == "user" and not entry & USER:
            return f"the guest's {name} forbids ring 3"
        if access == "write" and not entry & WRITE:
            return f"the guest's {name} forbids writing"
        if access == "fetch" and entry & NO_EXECUTE:
            return f"the guest's {name} forbids executing"
    return None


def listed(names):
    return ", ".join(names[:-1]) + " and " + names[-1] if names[1:] else names[0]


def marks(event):
    """The bits that the event set in the guest's entries."""
    found = {}
    if event.get("switched"):
        return []
    for word, bit in (("ACCESSED", ACCESSED), ("DIRTY", DIRTY)):
        names = [name for name, key in LEVELS if bits_set(event["g" + key]) & bit]
        if names:
            found.setdefault(listed(names), []).append(word)
    return [f"{listed(words)} {'are' if words[1:] else 'is'} set in the guest's {names}"
            for names, words in found.items()]


def bits_set(change):
    before, after = state.before_and_after(change)
    return after & ~before if before and after else 0


def shadow_event(change):
    """What an event did to a shadow entry; None if nothing."""
    before, after = (entry or 0 for entry in state.before_and_after(change))
    if before == after:
        return None
    if not before & PRESENT:
        return "made"
    if not after & PRESENT:
        return "dropped"
    return "made writable" if after & ~before & WRITE else "changed"


def shadow_change(event):
    """What happened to the shadow's entries. After a switch to another directory, entries differ without a change."""
    found = {}
    if event.get("switched"):
        return []
    for name, key in LEVELS:
        what = shadow_event(event["s" + key])
        if what:
            found.setdefault(what, []).append(name)
    return [f"the shadow {listed(names)} {'were' if names[1:] else 'was'} {what}" for what, names in found.items()]


def page_fault(event):
    access, _, ring = event["what"].partition("-")
    text = f"page fault: {access}, ring {3 if ring == 'user' else 1}, at {event['address']}"
    if event["done"] == "filled":
        permit = "in the linear map" if event["top"] == "linear" else \
            f"the guest's {'PDE' if event['gpte'] == '-' else 'PTE'} allows it"
        return [f"{text}: {permit}"] + (shadow_change(event) or ["the shadow entry was made"])
    reason = refusal(event)
    if reason:
        text += f": {reason}"
    handled = ["the guest's handler gets the fault"] if event["done"] == "reflected" else []
    return [text] + handled + shadow_change(event)


def hypercall(event):
    call, address = event["what"], event["address"]
    if call == "NEW_PGTABLE":
        text = f"hypercall NEW_PGTABLE: the page directory is now {address}"
    elif call == "SET_PTE":
        text = f"hypercall SET_PTE at {event['at']}: the guest announces its PTE {event['gpte'].rpartition('>')[2]}"
    elif call in ("SET_PGD", "SET_PMD"):
        text = f"hypercall {call}: the guest announces a changed entry of its directory {address}"
    elif call == "FLUSH_TLB":
        text = "hypercall FLUSH_TLB: the guest announces changes of page tables"
    elif call in ("HALT", "SHUTDOWN", "FLUSH_ASYNC"):
        text = f"hypercall {call}"
    else:
        text = f"hypercall {call}, ebx {address}"
    return [text] + shadow_change(event)


def other(event):
    why, what = event["why"], event["what"]
    if why == "trap":
        return [f"exception {what} at eip {event['eip']}"]
    if why == "interrupt":
        return [f"interrupt {what} of the machine at eip {event['eip']}"]
    if why == "inject":
        return [f"virtual interrupt {what} is delivered at eip {event['eip']}"]
    return [f"VM entry failed: {what}"]


OUTCOMES = {"skipped": "the instruction was stepped over", "reflected": "the guest's handler gets it",
            "again": "the guest repeats it, since it was not finished", "halted": "the guest waits for an interrupt",
            "ended": "the guest has ended"}


CALLS_SHOWN = 4  # or entries


def ring_calls(event):
    """The hypercalls that were taken from the ring before the event's own cause was served."""
    calls = [f"SET_PTE at {call['b']}" if call["what"] == "SET_PTE" else call["what"]
             for call in event.get("calls", ())]
    text = f"{event['ring']} hypercalls from the ring before it"
    if len(calls) > CALLS_SHOWN:
        calls = calls[:CALLS_SHOWN] + ["..."]
    return text + (": " + ", ".join(calls) if calls else "")


def listed_few(parts):
    return ", ".join(parts[:CALLS_SHOWN] + ["..."] * (len(parts) > CALLS_SHOWN))


def is_on_path(line, event):
    """The event's own keys have this change of the shadow's, too."""
    pages = int(line.values.get("pages", 1))
    start, at = int(line.values["at"], 0), int(event["at"], 0)
    return line.values["top"] in (event["top"], "shared") and start <= at < start + (pages << state.PAGE_SHIFT)


def changed_tables(event):
    """What happened to shadow page tables and entries that are not on the path to the event's address."""
    tables, entries = {}, {}
    for line in event.get("changes", ()):
        if is_on_path(line, event) and not event.get("switched"):
            continue
        if line.kind == "table":
            tables.setdefault(line.values["what"], []).append(line.values["at"])
        else:
            entries.setdefault(shadow_event(line.values["spte"]), []).append(line.values["at"])
    parts = [f"page table{'s'[:len(at) - 1]} {what}: {listed_few(at)}" for what, at in tables.items()]
    parts += [f"{len(at)} other entr{'ies' if at[1:] else 'y'} {what}: {listed_few(at)}" for what, at in entries.items()]
    return ["the shadow's " + "; ".join(parts)] if parts else []


def describe(event):
    """The words for an event, of its values."""
    if event["why"] == "page-fault":
        parts = page_fault(event)
    elif event["why"] == "hypercall":
        parts = hypercall(event)
    else:
        parts = other(event)
    parts += marks(event) + changed_tables(event)
    if event["done"] in OUTCOMES and (event["done"], event["why"]) != ("reflected", "page-fault"):
        parts.append(OUTCOMES[event["done"]])
    if int(event["ring"]):
        parts.append(ring_calls(event))
    return "; ".join(parts)
