# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands for gdb. `make debug` prints the command line that loads it.

    umbra-connect PORT GUEST.elf     connects to QEMU; adds the guest's symbols
    umbra-guest                      prints the running guest in a few lines
    umbra-tables [FROM [TO]]         prints the guest's page tables beside the shadow tables

While a guest runs, the hypervisor's memory is not in the CPU's page tables. So the commands read physical memory
through QEMU's gdb stub, and work in hypervisor context and in guest context.
"""

import os
import re
import struct

import gdb

PRESENT, ACCESSED, DIRTY = 0x001, 0x020, 0x040
NO_EXECUTE = 1 << 63
FLAGS = [(0x002, "W"), (0x004, "U"), (ACCESSED, "A"), (DIRTY, "D"), (0x100, "G"), (NO_EXECUTE, "N")]
PAGE = 4096


class Umbra(gdb.Command):
    """Umbra's own commands: umbra-connect, umbra-guest, umbra-tables."""

    def __init__(self):
        super().__init__("umbra", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        gdb.execute("help umbra")


def memory_map(name):
    """A constant of arch/x86/memory_map.h."""
    with open("arch/x86/memory_map.h", encoding="utf-8") as file:
        return int(re.search(rf"#define {name} (0x\w+)", file.read())[1], 16)


TOP_START, TOP_LOAD = memory_map("TOP_START"), memory_map("TOP_LOAD")


def machine_address(address):
    """The physical address of a linear address of the hypervisor."""
    return address - TOP_START + TOP_LOAD if address >= TOP_START else address


def read_physical(address, size):
    try:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    except gdb.error as problem:
        raise gdb.GdbError("there is no connection to QEMU: umbra-connect makes one") from problem
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
        """The object's value. An address type is a structure in the debug build; its value is that of its field."""
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
    vcpu = variable("scheduler")["current"]
    if not vcpu.number():
        raise gdb.GdbError("no guest is on the CPU")
    guest = vcpu["guest"]
    return View(guest.kind.target(), guest.number())


def words(frame):
    """The 1024 words in this machine frame."""
    return struct.unpack(f"<{PAGE // 4}I", read_physical(frame * PAGE, PAGE))


# For each level from the top: the lowest bit of the index in an address, and the number of a table's entries.
LEVELS_2 = [(22, 1024), (12, 1024)]
LEVELS_PAE = [(30, 4), (21, 512), (12, 512)]


def walk(root, pae, locate):
    """Every present page of a set of tables: {page number: entry}.
    `root` is an address; `locate` turns the frame number in an entry into a machine frame."""
    levels = LEVELS_PAE if pae else LEVELS_2
    size, code = (8, "Q") if pae else (4, "I")
    found = {}

    def visit(level, start, frame, offset=0):
        shift, count = levels[level]
        raw = read_physical(frame * PAGE + offset, count * size) if frame else bytes(count * size)
        for index, entry in enumerate(struct.unpack(f"<{count}{code}", raw)):
            address = start + (index << shift)
            if not entry & PRESENT or address >= TOP_START:
                continue
            if level == len(levels) - 1:
                found[address >> 12] = entry
            else:
                visit(level + 1, address, locate((entry & ~NO_EXECUTE) >> 12))

    visit(0, 0, locate(root // PAGE), root % PAGE)
    return found


GFNS_PER_LEAF = 512  # of the memory table (mm/guest_memory.h): entries of two words, pfn and note


class GuestMemory:
    """The guest's memory, and the guest's own page tables in it."""

    def __init__(self, guest):
        directory = guest["space"]["memory"]["directory"].number()
        self.limit = guest["space"]["memory"]["frames"].number()
        frames = -(-self.limit // (GFNS_PER_LEAF * PAGE // 4))  # two above 2 GB
        self.leaves = sum((words(directory + i) for i in range(frames)), ())
        self.guest = guest

    def machine_frame(self, gfn):
        """The frame behind a guest frame; 0 if there is none, or the guest has not touched it."""
        leaf = self.leaves[gfn // GFNS_PER_LEAF] if gfn < self.limit else 0
        return words(leaf)[gfn % GFNS_PER_LEAF * 2] if leaf else 0

    def pages(self):
        shadow = self.guest["space"]["shadow"]
        if shadow["linear"].number():
            return {gfn: gfn << 12 | PRESENT | 2 for gfn in range(self.limit)}
        return walk(shadow["current"]["top"].number(), shadow["engine"]["pae_guest"].number(),
                    self.machine_frame)


def shadow_pages(guest):
    shadow = guest["space"]["shadow"]
    return walk(shadow["current"]["root"].number() * PAGE, shadow["engine"]["pae_shadow"].number(),
                lambda frame: frame)


def entry_text(entry):
    if not entry & PRESENT:
        return "-"
    flags = "".join(letter if entry & bit else "." for bit, letter in FLAGS)
    return f"{(entry & ~NO_EXECUTE) >> 12:05x} {flags}"


def remark(guest_entry, shadow_entry, frame):
    """A remark on the difference between guest entry and shadow entry; "" if they agree."""
    if not shadow_entry & PRESENT:
        return "not filled" if guest_entry & PRESENT else ""
    if not guest_entry & PRESENT:
        return "STALE: the guest has no entry"
    if (shadow_entry & ~NO_EXECUTE) >> 12 != frame:
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
        words = gdb.string_to_argv(argument)
        if len(words) != 2 or not words[0].isdigit():
            raise gdb.GdbError("it is: umbra-connect PORT GUEST.elf (make debug prints both)")
        port, image = words
        if not os.path.isfile(image):
            raise gdb.GdbError(f"{image}: there is no such file")
        gdb.execute("set pagination off")
        gdb.execute("set confirm off")
        try:
            gdb.execute(f"add-symbol-file {image}")
            gdb.execute(f"target remote 127.0.0.1:{port}")
        except gdb.error as problem:
            raise gdb.GdbError(str(problem)) from problem


class UmbraGuest(gdb.Command):
    """umbra-guest: name, memory, tables and hypercalls of the running guest."""

    def __init__(self):
        super().__init__("umbra-guest", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        guest = running_guest()
        shadow, memory = guest["space"]["shadow"], guest["space"]["memory"]
        print(f"guest {c_string(guest['config']['name'].number())}: "
              f"{memory['frames'].number()} frames of memory, "
              f"{memory['touched'].number()} touched")
        where = "linear map" if shadow["linear"].number() else \
            f"page directory at gpa {shadow['current']['top'].number():08x}"
        print(f"  {c_string(shadow['engine']['name'].number())}; {where}; {shadow['frames'].number()} of {shadow['budget'].number()} "
              "frames of shadow memory in use")
        print(f"  {guest['counts']['exits'].number()} exits, "
              f"{guest['counts']['hypercalls'].number()} hypercalls")


def address(word):
    try:
        return int(gdb.parse_and_eval(word)) & 0xFFFFFFFF
    except gdb.error as problem:
        raise gdb.GdbError(f"{word} is no address: {problem}") from problem


class UmbraTables(gdb.Command):
    """umbra-tables [FROM [TO]]: the running guest's page tables beside the shadow tables.
Without arguments: a line for each 4 MB with a table on either side. With arguments: a line for each page in the range."""

    def __init__(self):
        super().__init__("umbra-tables", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        limits = [address(word) for word in gdb.string_to_argv(argument)]
        if len(limits) > 2:
            raise gdb.GdbError("it is: umbra-tables [FROM [TO]]")
        guest = running_guest()
        memory = GuestMemory(guest)
        theirs, ours = memory.pages(), shadow_pages(guest)
        if limits:
            start = limits[0] // PAGE
            end = -(-limits[1] // PAGE) if len(limits) > 1 else start + 1
            self.pages(memory, theirs, ours, range(start, end))
        else:
            self.summary(theirs, ours)

    @staticmethod
    def summary(theirs, ours):
        print(f"{'address':10} guest entries  shadow entries")
        for slot in sorted({page >> 10 for page in [*theirs, *ours]}):
            counts = [sum(page >> 10 == slot for page in side) for side in (theirs, ours)]
            print(f"{slot << 22:08x}   {counts[0]:13}  {counts[1]:14}")

    @staticmethod
    def pages(memory, theirs, ours, chosen):
        print(f"{'address':10} guest      flags    shadow     flags")
        for page in chosen:
            guest_entry, shadow_entry = theirs.get(page, 0), ours.get(page, 0)
            if guest_entry or shadow_entry:
                frame = memory.machine_frame((guest_entry & ~NO_EXECUTE) >> 12)
                print(f"{page << 12:08x}   {entry_text(guest_entry):18}  "
                      f"{entry_text(shadow_entry):18}  "
                      f"{remark(guest_entry, shadow_entry, frame)}")


Umbra()
UmbraConnect()
UmbraGuest()
UmbraTables()
