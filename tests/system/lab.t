#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The prompt of the image `script`: typed lines are executed and answered, wrong ones are not executed. Lines are
edited, completed, found again and taken back. Saved lines are a script that passes. docs/scripts.md shows a session as
it is."""

import os
import re
import subprocess
import sys

from lib import images, machine, tap, terminal

SCRIPT = f"{images.BUILD}/guest/script.elf"
MODULE = f"{SCRIPT} kernel name=lab mem=7M clones=1"
FOLDER = f"{images.BUILD}/tests/lab"
PAGE = "docs/scripts.md"
PROMPT = r"^lab> "
LINES_MAX = 256
ROWS, COLUMNS = 24, 80

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"
MENU_DOWN = "\x0e"  # Ctrl-N, in GRUB's menu
FIRST_GUEST, SECOND_GUEST = "\x011", "\x012"
CTRL_E, CTRL_K, CTRL_U, CTRL_W, CTRL_C = "\x05", "\x0b", "\x15", "\x17", "\x03"

# Lines that are typed, one after the other, and the lines of their answers. Addresses of pages are left out.
STEPS = [
    ("page A 0x1111 B 0x2222", ["page A: PAGE", "page B: PAGE"]),
    ("table T", ["table T: PAGE"]),
    ("directory D", ["directory D: PAGE"]),
    ("map D 0x800000 A rw user", ["pte 0x800000: PAGE7 present rw user"]),
    ("show D 0x800000", ["pde 0x800000: PAGE7 present rw user", "pte 0x800000: PAGE7 present rw user"]),
    ("read A+4", ["value 0x1111"]),
    ("switch D", ["the page directory is now the one at PAGE"]),
    ("read 0x800000 ring 3", ["value 0x1111", "pte 0x800000: PAGE27 present rw user accessed"]),
    ("expect value 0x1111", ["as expected"]),
    ("expect pte 0x800000 dirty", ["not as expected: present rw user accessed not dirty, PAGE27"]),
    ("write 0x800004 5 ring 3 expect ok", ["ok", "pte 0x800004: PAGE67 present rw user accessed dirty",
                                           "as expected"]),
    ("expect page A+4 5", ["as expected: 0x5"]),
    ("map D 0x800000 B ro user", ["pte 0x800000: PAGE5 present ro user"]),
    ("read 0x800000 ring 3", ["value 0x1111", "the shadow holds an older entry: the guest's PTE leads to 0x2222",
                              "pte 0x800000: PAGE5 present ro user"]),
    ("write 0x800000 6", ["ok", "the shadow holds an older entry: the guest's PTE forbids writing",
                          "pte 0x800000: PAGE5 present ro user"]),
    ("set_pte D 0x800000", ["pte 0x800000: PAGE5 present ro user"]),
    ("write 0x800000 1 ring 3", ["fault 7: present, write, ring 3; the guest's PTE forbids writing",
                                 "pte 0x800000: PAGE5 present ro user"]),
    ("read 0x801000", ["fault 0: absent, read, ring 1; the guest's PTE is absent",
                       "pte 0x801000: 0x00000000 absent ro kernel"]),
    ("read 0xc0000000", ["fault 0: absent, read, ring 1; the guest's PDE is absent",
                         "pte 0xc0000000: there is no page table"]),
    ("read A ring 3", ["fault 5: present, read, ring 3; the guest's PTE forbids user"]),
    ("link D 0xc00000 T", ["pde 0xc00000: PAGE1 present ro kernel"]),
    ("set_pgd D 0xc00000", ["pde 0xc00000: PAGE1 present ro kernel"]),
    ("map D 0xc00000 A rw user", ["pte 0xc00000: PAGE7 present rw user"]),
    ("read 0xc00000 ring 3 expect fault 5", ["fault 5: present, read, ring 3; the guest's PDE forbids user",
                                             "pte 0xc00000: PAGE7 present rw user",
                                             "as expected"]),
    ("read 0xc00000", ["value 0x6", "pte 0xc00000: PAGE27 present rw user accessed"]),
    ("link D 0xc00000 0x90000000", ["pde 0xc00000: 0x90000001 present ro kernel"]),
    ("read 0xc00000", ["value 0x6", "the shadow holds an older entry: the guest's PDE leads to no memory",
                       "pte 0xc00000: the directory's entry leads to no memory"]),
    ("unlink D 0xc00000", ["pde 0xc00000: 0x00000000 absent ro kernel"]),
    ("unmap D 0x800000", ["pte 0x800000: 0x00000000 absent ro kernel"]),
    ("flush all", ["ok"]),
    ("link D 0xc00000 0", ["pde 0xc00000: 0x00000001 present ro kernel"]),
    ("show 0xc00000", ["pde 0xc00000: 0x00000001 present ro kernel",
                       "pte 0xc00000: the directory's entry leads to no memory"]),
    ("hypercall 19", ["ok"]),
    ("wait 20 ms", ["ok"]),
    ("int 0x80 ring 3", ["trap 128, error 0"]),
    ("int 13", ["trap 13, error 0x6a"]),
    ("print two  words expect", ["# two words expect"]),
    ("# a comment", []),
]

# Wrong lines, and what is said of them. They are typed behind STEPS.
WRONG = [
    ("raed A", '"raed" is no step; the steps are: page table directory'),
    ("read X", '"X" is no number, and nothing above it has that name; right is for example: read 0x800000 ring 3'),
    ("map D 0x800000 A rw usr", '"usr" is no word for an entry; these are: present absent'),
    ("map D 0x900001 A", '"0x900001" is not the address of a page: that ends in 000'),
    ("map D 0 A", '"0" is where the script\'s own kernel is (0 to 8 MB, '),
    ("page A", '"A" is a page already (line 1)'),
    ("switch D A", '"A" is a page (line 1), not a directory'),
    ("expect ok", '"ok" must come behind a read, write, execute or int'),
    ("read A expect valu 1", '"valu" cannot be expected; ok, fault, trap'),
    ("wait 9999 ms", '"9999" is not a time: at most 4000'),
    ("ends shut down", '"ends" is for files: `save` adds the last line'),
    ("show 0x80000x", '"0x80000x" is not an address'),
    ("help nothing", '"nothing" is no step, command or expectation'),
    ("undo all", '"all" is one word too many'),
    ("save it", '"it" cannot be saved; type: save, or: save killed'),
    ("page NEW 1 A 2", '"A" is a page already (line 1)'),  # at the end: it makes a new worker
]


class Prompt(terminal.Terminal):
    """A prompt on the serial line. Its output passes through terminal.Paper."""

    def __init__(self, modules=(MODULE,), kernel=machine.DEBUG_BUILD, words=machine.INSTRUCTIONS_AWAKE):
        self.shown = terminal.Paper().print
        self.marks = 0
        super().__init__(modules, kernel=kernel, words=words)

    def begin(self):
        self.match(PROMPT)
        return self

    def ask(self, line):
        """The lines of the answer to a line, without the hypervisor's."""
        self.type(line + "\r")
        self.match(re.escape(line) + "\n")
        return self.answer_lines()

    def answer_lines(self):
        self.match(PROMPT)
        return [line for line in self.line.before.split("\n") if line and not line.startswith("umbra: ")]

    def ask_all(self, lines):
        for line in lines:
            self.ask(line)

    def edited(self, keys):
        """Types keys and Enter. Returns the rows of the screen from the typed line on."""
        self.marks += 1
        mark = f"print mark {self.marks}"
        self.type(f"{keys}\r{mark}\r")
        self.wait_for(f"# mark {self.marks}\n")
        self.match(PROMPT)
        rows = terminal.screen_of(self.raw, ROWS, COLUMNS)
        end = rows.index(f"lab> {mark}")
        before = f"# mark {self.marks - 1}"
        return rows[rows.index(before) + 1 if before in rows else 0:end]


def without_addresses(lines):
    """The lines of an answer, with PAGE for the address of a page of memory; of an entry, the flags stay."""
    return [re.sub(r"\b0x(?:00)?1[0-9a-f]{2}([0-9a-f]{3})\b", lambda match: "PAGE" + match[1].lstrip("0"), line)
            for line in lines]


def test_steps(writer, prompt):
    for line, wanted in STEPS:
        said = without_addresses(prompt.ask(line))
        writer.result(said == wanted, f"`{line}` is executed and answered", [f"{wanted}", f"{said}"])


def test_wrong(writer, prompt):
    before = prompt.ask("list"), prompt.ask("show")
    for line, wanted in WRONG:
        said = prompt.ask(line)
        writer.result(said and said[0].startswith(wanted), f"`{line}` is answered with the word that is wrong", said)
    writer.result((prompt.ask("list"), prompt.ask("show")) == before, "nothing of a wrong line is executed",
                  [*before[0], *prompt.ask("list")])


# Keys, and the last of the rows that they lead to before the answer: the line as it was executed.
EDITED = [
    ("page E", "prnt x" + 4 * LEFT + "i", "print x"),
    ("Home, Right and Delete", "xprint yz" + HOME + DELETE + END + LEFT + RIGHT + LEFT + DELETE, "print y"),
    ("Ctrl-E, Ctrl-K and Backspace", "print abc" + HOME + CTRL_E + 2 * LEFT + CTRL_K + "\x7fz", "print z"),
    ("Ctrl-U and Ctrl-W", "some words" + CTRL_U + "print of a line" + 2 * CTRL_W + "x", "print of x"),
    ("Ctrl-C, which discards a line", "raed" + CTRL_C + "print c", "print c"),
    ("Up and Down", UP + UP + DOWN + " again", "print mark 6 again"),
    ("Tab: a step and a unit", "wa\t1 m\t", "wait 1 ms"),
    ("Tab: names and words for an entry", "ma\tPD\t0x900000 FR\tacc\tnot us\t",
     "map PD 0x900000 FRAME accessed not user"),
    ("Tab: rings and expectations", "rea\tFR\tri\t1 exp\tv\t7", "read FRAME ring 1 expect value 7"),
    ("Tab in an expectation", "exp\tpt\tP\t0x900000 ab\t", "expect pte PD 0x900000 absent"),
    ("Tab: two candidates have letters in common", "set_p\tt\tPD 0x900000", "set_pte PD 0x900000"),
    ("Tab: commands and their words", "he\tsav\t", "help save"),
]


def test_editing(writer):
    with Prompt() as prompt:
        prompt.begin().ask_all(["page FRAME 7", "directory PD"])
        prompt.edited("print mark 0")
        for what, keys, line in EDITED:
            rows = prompt.edited(keys)
            writer.result(f"lab> {line}" in rows, f"{what}: the line is `{line}`", rows)
        rows = prompt.edited("fl\t\t\tall")
        writer.result(rows[:2] == ["user  all", "lab> flush all"] or "user  all" in rows,
                      "a second Tab lists the candidates", rows)


def play(name, lines):
    """Plays the lines that `save` has printed as a script; returns the status and the output."""
    path = f"{FOLDER}/{name}.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    done = subprocess.run(["tests/run-guests", "--script", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def passes(writer, what, name, lines, count):
    status, said = play(name, lines)
    passed = re.findall(r"^ok \d+ - ", said, re.MULTILINE)
    writer.result(status == 0 and len(passed) >= count, what, [*lines, f"status {status}", *said.split("\n")])


def test_save(writer, prompt):
    saved = prompt.ask("save")
    writer.result("# expect pte 0x800000 dirty: not as expected" in saved, "an expectation that did not hold is saved "
                  "as a comment", saved)
    writer.result("read A+4                    expect value 0x1111" in saved, "an access is saved with what it did",
                  saved)
    passes(writer, "the saved lines are a script that passes", "saved", saved, 12)


def test_undo(writer):
    with Prompt() as prompt:
        prompt.begin().ask_all(["page A 0x1111 B 0x2222", "directory D", "map D 0x800000 A rw user"])
        said = prompt.ask("switch D X"), prompt.ask("read 0x800000 ring 3")
        writer.result(said[0][0].startswith('"X" is not the name') and "before the first `switch`" in said[1][0],
                      "a wrong line with `switch` does not switch", [f"{said}"])
        prompt.ask("switch D")
        seen = prompt.ask("read 0x800000 ring 3")
        prompt.ask("page C 3")
        said = prompt.ask("undo")
        writer.result(said == ["taken back: page C 3"] and prompt.ask("page C 4")[0].startswith("page C:"),
                      "the name of a page that was taken back is free again", said)
        prompt.ask("undo")
        prompt.ask_all(["map D 0x800000 B rw user", "set_pte D 0x800000"])
        other = prompt.ask("read 0x800000 ring 3")
        prompt.ask_all(3 * ["undo"])
        writer.result(other[0] == "value 0x2222" and prompt.ask("read 0x800000 ring 3") == seen,
                      "a map and its announcement are taken back", [*seen, *other])
        prompt.ask("undo")
        prompt.ask_all(["map D 0x800000 B rw user", "print between"])
        stale = prompt.ask("read 0x800000 ring 3")
        prompt.ask_all(2 * ["undo"])
        writer.result(stale[0] == "value 0x1111" and prompt.ask("read 0x800000 ring 3") == stale,
                      "the shadow's older entries are there again behind undo", stale)
        prompt.ask_all(4 * ["undo"])
        said = prompt.ask("read 0x800000 ring 3")
        writer.result(said and "cannot be before the first `switch`" in said[0], "a switch is taken back", said)
        prompt.ask_all(3 * ["undo"])
        said = prompt.ask("undo"), prompt.ask("show"), prompt.ask("save")
        writer.result(said == (["There is no line to take back."], [], [
            "A script needs an expectation: read, write or execute something first."]),
                      "without a line, nothing can be taken back or saved", [f"{said}"])
        prompt.type("exit\r")
        writer.result(prompt.end() == machine.STATUS_DONE, "exit ends the boot with the status for success")
        writer.result("frames free, as at the start" in prompt.all, "no frame is lost", [prompt.all[-500:]])


def test_deaths(writer):
    with Prompt() as prompt:
        prompt.begin().ask_all(["page A 0x1111 LOOP 0xfeebfeeb", "read A"])
        said = prompt.ask("read 0x900000")
        writer.result(said and said[0].startswith("This line has killed the guest, and is taken back"),
                      "a line that kills the guest is taken back", said)
        writer.result("killed: bad page table entry" in prompt.all, "the hypervisor's line says why")
        saved = prompt.ask("save killed")
        status, out = play("killed", saved)
        writer.result(status == 0 and saved[-2:] == ["read 0x900000", "ends killed"],
                      "`save killed` prints a script that passes", [*saved, out])
        prompt.type("execute LOOP\r")
        prompt.wait_for("No answer yet. Ctrl-C stops the line.\n")
        prompt.type("raed" + CTRL_C)
        said = prompt.answer_lines()
        writer.result(said == ["the line was stopped"], "Ctrl-C stops a loop without an end", said)
        said = prompt.ask("hypercall 99")
        writer.result(said and said[0].startswith("This line has killed"), "a wrong hypercall is taken back", said)
        writer.result(prompt.ask("list") == ["  1  page A 0x1111 LOOP 0xfeebfeeb", "  2  read A"],
                      "the lines before are still there")
        writer.result(prompt.ask("read A") == ["value 0x1111"], "and so is the guest's state")
        prompt.ask_all(["", "  "])
        writer.result(prompt.ask("  wait 2000 ms") == ["ok"], "a wait is longer than the time for an answer")
        writer.result(len(prompt.ask("list")) == 4, "empty lines are no lines")
        writer.result(prompt.ask("save killed") == ["The last line has not killed the guest."],
                      "`save killed` is for the last line alone")
        prompt.type("exit\r")
        prompt.end()
        with open(f"{FOLDER}/log", "w", encoding="utf-8") as file:
            file.write(prompt.raw)
        done = subprocess.run(["tools/judge", f"{FOLDER}/log", str(machine.STATUS_SOME_FAILED)], check=False)
        writer.result(done.returncode == 0, "a run with such lines passes")


def monitor(prompt, command):
    """Executes a command of the monitor."""
    prompt.type(f"\x01m{command}\rexit\r")
    prompt.wait_for("umbra> exit\n")


def test_pause(writer):
    with Prompt() as prompt:
        prompt.begin().ask("page A 0x1111")
        monitor(prompt, "pause lab-2")
        prompt.type("read A\r")
        prompt.wait_for("No answer yet.")
        monitor(prompt, "resume lab-2")
        writer.result(prompt.wait_for("value 0x1111\n"), "the answer of a worker that was paused is waited for")
        prompt.begin()
        monitor(prompt, "kill lab-2")
        said = prompt.ask("read A+4")  # other text than what is shown again when the guest comes to front
        writer.result("has killed" in said[0] and prompt.ask("read A+8") == ["value 0x1111"],
                      "a worker that was killed has a successor", said)


def test_limits(writer):
    with Prompt() as prompt:
        prompt.begin()
        for first in range(0, LINES_MAX, 32):
            prompt.type("".join(f"print {n}\r" for n in range(first, first + 32)))
            prompt.wait_for(f"# {first + 31}\n")
            prompt.match(PROMPT)
        said = prompt.ask("print more")
        writer.result(said == [f"{LINES_MAX} lines are the most that there can be."], "there can be 256 lines", said)
        said = prompt.ask("undo")
        writer.result(said == [f"taken back: print {LINES_MAX - 1}"], "undo repeats 255 lines", said)
        writer.result(prompt.ask("print more") == ["# more"], "then there is room for one more")
    with Prompt([MODULE.replace(" clones=1", "")]) as prompt:
        prompt.end()
        writer.result("A prompt needs devices and the word clones=1.\n" in prompt.all,
                      "without the word clones=, the image says what it needs", [prompt.all])


def table_of(page, heading):
    table = page.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `(\w+)", table, re.MULTILINE))


def test_words(writer, prompt):
    """help, the tables of the sources and docs/scripts.md have the same words."""
    rows = re.findall(r"^(\w+) +\S", "\n".join(prompt.ask("help")), re.MULTILINE)
    page = images.read(PAGE)
    wanted = table_of(page, "step") | table_of(page, "command")
    writer.result(set(rows) == wanted, "help has each step and each command of docs/scripts.md",
                  sorted(set(rows) ^ wanted))
    short = [row for row in rows if not prompt.ask(f"help {row}")[0].startswith(("expect", row))]
    writer.result(not short, "help says more about each of them", short)
    wide = [line for line in prompt.ask("help") if len(line) >= COLUMNS]
    writer.result(not wide, "a line of help fits on the screen", wide)


def session_of(page):
    """The lines that are typed in the session of docs/scripts.md, and the lines that come between them."""
    block = page.split("## The prompt", 1)[1].split("\n    lab> ", 1)[1].split("\n\n", 1)[0]
    text = re.sub(r"^ {4}", "", block, flags=re.MULTILINE)
    for part in text.split("\nlab> "):
        line, *answer = part.split("\n")
        yield line, [row for row in answer if row]


def test_page(writer):
    with Prompt() as prompt:
        prompt.begin()
        for line, wanted in session_of(images.read(PAGE)):
            said = prompt.ask(line) if line != "exit" else []
            writer.result(without_addresses(said) == without_addresses(wanted),
                          f"the session in docs/scripts.md: `{line}`", said)


def test_disc(writer):
    menu = images.read(f"{images.BUILD}/umbra.disc/boot/grub/grub.cfg")
    titles = re.findall(r'^menuentry "(.*)"', menu, re.MULTILINE)
    place = next(n for n, title in enumerate(titles) if title.startswith("lab:"))
    with Prompt(kernel=None, words=["-boot", "d", "-cdrom", f"{images.BUILD}/umbra.iso"]) as prompt:
        prompt.wait_for("executed automatically")
        prompt.type(MENU_DOWN * place + "\r")
        prompt.begin()
        prompt.ask("page A 7")
        writer.result(prompt.ask("read A") == ["value 0x7"], "the disc's menu starts a prompt")


def test_two(writer):
    """Two prompts in one machine: the frames of one are not the other's."""
    with Prompt([MODULE, MODULE.replace("=lab", "=other")], words=[*machine.INSTRUCTIONS_AWAKE, "-smp", "2"]) as prompt:
        prompt.begin().ask("page A 1")
        prompt.type(SECOND_GUEST)
        prompt.wait_for("--- guest other")
        prompt.begin()
        prompt.ask_all(["page A 2", "page B 3", "undo"])
        writer.result(prompt.ask("read A") == ["value 0x2"], "a second prompt has lines of its own")
        prompt.ask("hypercall 99")
        prompt.type(FIRST_GUEST)
        prompt.wait_for("--- guest lab")
        prompt.begin()
        said = prompt.ask("read A"), prompt.ask("list")
        writer.result(said == (["value 0x1"], ["  1  page A 1", "  2  read A"]), "the first one still has its own",
                      [f"{said}"])


# Scripts that are another thing when they are typed: one maps the last page of 8 MB, one waits for the end of its time.
NOT_TYPED = ["20-bad-frame", "27-time-is-up"]


def steps_of(text):
    """The lines of a script that are no comments. A line of `print` may be longer than one that can be typed."""
    lines = [line.strip() for line in text.split("\n")]
    return [line for line in lines if line and not line.startswith(("#", "print", "ends"))]


def type_script(path):
    """Types a script; returns the number of expectations that held, the lines that killed, and what is then saved."""
    text = images.read(path)
    words = [word for word in images.module_words(text, "").split() if not word.startswith("mem=")]
    held, killers = 0, []
    with Prompt([" ".join([MODULE, *words])], machine.RELEASE_BUILD) as prompt:
        prompt.begin()
        for line in steps_of(text):
            said = prompt.ask(line)
            held += sum(row.startswith("as expected") for row in said)
            killers += [line] if any("has killed" in row for row in said) else []
        saved = prompt.ask("save killed" if killers else "save")
    return held, killers, [f"# Module: {' '.join(words)}"] * bool(words) + saved


def test_scripts(writer):
    for script in images.test_scripts():
        path = script.modules[1].split()[0]
        name = os.path.basename(path).removesuffix(".txt")
        if name in NOT_TYPED:
            continue
        lines = steps_of(images.read(path))
        held, killers, saved = type_script(path)
        wanted = sum("expect" in line.split() for line in lines)
        kills = [lines[-1]] if script.expected[0].ending == "killed" else []
        writer.result(held == wanted and killers == kills, f"{name} has the same results when it is typed",
                      [f"{held} of {wanted} expectations held", f"killed: {killers}"])
        passes(writer, f"{name}, typed and saved, passes", name, saved, 1)


def main(writer):
    os.makedirs(FOLDER, exist_ok=True)
    with Prompt() as prompt:
        prompt.begin()
        test_steps(writer, prompt)
        test_save(writer, prompt)
        test_wrong(writer, prompt)
        test_words(writer, prompt)
    test_editing(writer)
    test_undo(writer)
    test_deaths(writer)
    test_pause(writer)
    test_limits(writer)
    test_page(writer)
    test_disc(writer)
    test_two(writer)
    test_scripts(writer)


sys.exit(tap.run(main))
