# SPDX-License-Identifier: GPL-2.0-or-later
"""What gdb should know about Umbra. `make debug` prints the command line that loads it.

    umbra-connect PORT GUEST.elf     connects to QEMU; knows the guest's symbols too
    umbra-guest                      the running guest in a few lines
    umbra-tables [FROM [TO]]         the guest's page tables beside the shadow tables

While a guest runs, the hypervisor's memory is not in the CPU's page tables. So everything here is
read from physical memory, which QEMU's gdb stub can do, and works wherever the machine has stopped.
"""

import re
import struct

import gdb

PRESENT, ACCESSED, DIRTY = 0x001, 0x020, 0x040
FLAGS = [(0x002, "W"), (0x004, "U"), (ACCESSED, "A"), (DIRTY, "D"), (0x100, "G")]
ENTRIES = 1024
PAGE = 4096
TOP_SLOT = ENTRIES - 1


class Umbra(gdb.Command):
    """Umbra's own commands: umbra-connect, umbra-guest, umbra-tables."""

    def __init__(self):
        super().__init__("umbra", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        gdb.execute("help umbra")


def memory_map(name):
    """A number from the one memory map."""
    with open("arch/x86/memory_map.h", encoding="utf-8") as file:
        return int(re.search(rf"#define {name} (0x\w+)", file.read())[1], 16)


TOP_START, TOP_LOAD = memory_map("TOP_START"), memory_map("TOP_LOAD")


def machine_address(address):
    """Where the hypervisor's linear address is in physical memory."""
    return address - TOP_START + TOP_LOAD if address >= TOP_START else address


def read_physical(address, size):
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)


class View:
    """A C object in the hypervisor's memory: view["field"], view[3], view.number(), view.text()."""

    def __init__(self, kind, address):
        self.kind = kind.strip_typedefs()
        self.address = address

    def __getitem__(self, key):
        if self.kind.code == gdb.TYPE_CODE_PTR:
            return View(self.kind.target(), self.number())[key]
        if self.kind.code == gdb.TYPE_CODE_ARRAY:
            element = self.kind.target()
            return View(element, self.address + key * element.sizeof)
        field = self.kind[key]
        return View(field.type, self.address + field.bitpos // 8)

    def bytes(self):
        return read_physical(machine_address(self.address), self.kind.sizeof)

    def number(self):
        """Its value; of an address type, which is a structure in a debug build, what is in it."""
        return int.from_bytes(self.bytes(), "little")

    def text(self):
        return self.bytes().split(b"\0")[0].decode("utf-8", "replace")


def c_string(address):
    return read_physical(machine_address(address), 64).split(b"\0")[0].decode("utf-8", "replace")


def variable(name):
    symbol = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
    if not symbol:
        raise gdb.GdbError(f"no variable {name}: is this the hypervisor's ELF file?")
    return View(symbol.type, int(symbol.value().address))


def running_guest():
    guest = variable("running")
    if not guest.number():
        raise gdb.GdbError("no guest is running")
    return View(guest.kind.target(), guest.number())


def table(frame):
    """The 1024 entries of the page table in this machine frame."""
    return struct.unpack(f"<{ENTRIES}I", read_physical(frame * PAGE, PAGE))


class GuestTables:
    """The guest's own tables. None where they lead out of its memory."""

    def __init__(self, guest):
        self.leaves = table(guest["memory"]["directory"].number())
        shadow = guest["shadow"]
        self.linear = bool(shadow["linear"].number())
        self.limit = guest["memory"]["frames"].number()
        self.top = shadow["current"]["top"].number()

    def machine_frame(self, gfn):
        """The frame behind a guest frame; 0 if the guest has not touched it."""
        leaf = self.leaves[gfn // ENTRIES] if gfn < self.limit else 0
        return table(leaf)[gfn % ENTRIES] if leaf else 0

    def slots(self):
        if self.linear:
            return [PRESENT if slot * ENTRIES < self.limit else 0 for slot in range(ENTRIES)]
        frame = self.machine_frame(self.top // PAGE)
        return table(frame) if frame else [0] * ENTRIES

    def entries(self, slot, directory_entry):
        if self.linear:
            first = slot * ENTRIES
            return [(gfn << 12 | PRESENT | 2) if gfn < self.limit else 0
                    for gfn in range(first, first + ENTRIES)]
        frame = self.machine_frame(directory_entry >> 12) if directory_entry & PRESENT else 0
        return table(frame) if frame else [0] * ENTRIES


def entry_text(entry):
    if not entry & PRESENT:
        return "-"
    flags = "".join(letter if entry & bit else "." for bit, letter in FLAGS)
    return f"{entry >> 12:05x} {flags}"


def remark(guest_entry, shadow_entry, frame):
    """How the two sides differ, in words."""
    if not shadow_entry & PRESENT:
        return "not filled" if guest_entry & PRESENT else ""
    if not guest_entry & PRESENT:
        return "STALE: the guest has no entry"
    if shadow_entry >> 12 != frame:
        return "STALE: another frame"
    if shadow_entry & ~guest_entry & 0x006:
        return "STALE: more rights"
    if guest_entry & 2 and not shadow_entry & 2:
        return "read-only until the first write"
    return ""


class UmbraConnect(gdb.Command):
    """umbra-connect PORT GUEST.elf: connects to QEMU, and adds the guest's symbols."""

    def __init__(self):
        super().__init__("umbra-connect", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        port, image = gdb.string_to_argv(argument)
        gdb.execute("set pagination off")
        gdb.execute("set confirm off")
        gdb.execute(f"add-symbol-file {image}")
        gdb.execute(f"target remote 127.0.0.1:{port}")


class UmbraGuest(gdb.Command):
    """umbra-guest: name, memory, tables and hypercalls of the running guest."""

    def __init__(self):
        super().__init__("umbra-guest", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        guest = running_guest()
        shadow, memory = guest["shadow"], guest["memory"]
        print(f"guest {c_string(guest['config']['name'].number())}: "
              f"{memory['frames'].number()} frames of memory, "
              f"{memory['touched'].number()} touched")
        where = "linear map" if shadow["linear"].number() else \
            f"page directory at gpa {shadow['current']['top'].number():08x}"
        print(f"  {where}; {shadow['frames'].number()} of {shadow['budget'].number()} "
              "frames of shadow memory in use")
        print(f"  {guest['counts']['exits'].number()} exits, "
              f"{guest['counts']['hypercalls'].number()} hypercalls")


class UmbraTables(gdb.Command):
    """umbra-tables [FROM [TO]]: the running guest's page tables beside the shadow tables.
Without arguments: each 4 MB that has a table on either side. With them: each page of that range."""

    def __init__(self):
        super().__init__("umbra-tables", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        words = [int(gdb.parse_and_eval(word)) & 0xFFFFFFFF for word in gdb.string_to_argv(argument)]
        guest = running_guest()
        tables = GuestTables(guest)
        shadow_slots = table(guest["shadow"]["current"]["root"].number())
        start = words[0] if words else 0
        end = words[1] if len(words) > 1 else start + PAGE if words else TOP_START
        sides = "guest      flags    shadow     flags"
        print(f"{'address':10} {sides}" if words else f"{'address':10} guest entries  shadow entries")
        guest_slots = tables.slots()
        for slot in range(start >> 22, min((end - 1 >> 22) + 1, TOP_SLOT)):
            guest_entries = tables.entries(slot, guest_slots[slot])
            present = shadow_slots[slot] & PRESENT
            shadow_entries = table(shadow_slots[slot] >> 12) if present else [0] * ENTRIES
            if words:
                self.pages(tables, slot, guest_entries, shadow_entries, start, end)
            else:
                self.summary(slot, guest_entries, shadow_entries)

    @staticmethod
    def summary(slot, guest_entries, shadow_entries):
        counts = [sum(entry & PRESENT for entry in side) for side in (guest_entries, shadow_entries)]
        if any(counts):
            print(f"{slot << 22:08x}   {counts[0]:13}  {counts[1]:14}")

    @staticmethod
    def pages(tables, slot, guest_entries, shadow_entries, start, end):
        for index in range(ENTRIES):
            address = slot << 22 | index << 12
            ours, theirs = shadow_entries[index], guest_entries[index]
            if start & -PAGE <= address < end and (ours | theirs) & PRESENT:
                frame = tables.machine_frame(theirs >> 12) if theirs & PRESENT else 0
                print(f"{address:08x}   {entry_text(theirs):18}  {entry_text(ours):18}  "
                      f"{remark(theirs, ours, frame)}")


Umbra()
UmbraConnect()
UmbraGuest()
UmbraTables()
