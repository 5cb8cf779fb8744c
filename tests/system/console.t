#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The console loses no byte of three guests that print a megabyte each, in front or merged. Beside a guest that
prints without pause, the other guests and the monitor still answer. The PC's screen and keyboard work."""

import array
import fcntl
import re
import sys
import termios
import time

from lib import console_lines, images, machine, tap, terminal, verdict

TESTS = f"{images.BUILD}/tests"
MEGABYTE = 1024  # in KB
NAMES = ["one", "two", "three"]
SMALL_PIPE = 4096
GREY, RED = 7, 4  # VGA's numbers


def storm(name):
    return f"{TESTS}/hostile-load.elf kernel name={name} mem=4M -- case=console"


def typist(name):
    return f"{TESTS}/virtio-console-input.elf kernel name={name} mem=2M"


def boot(name, kb, console):
    modules = [console_lines.module(guest, kb) for guest in NAMES]
    return machine.boot_kernel(f"{TESTS}/console-{name}.log", modules, machine.RELEASE_BUILD,
                               append=f"console={console}")


def person_at(modules, append, **options):
    return terminal.Terminal(modules, append, words=machine.INSTRUCTIONS_AWAKE, **options)


def test_merged(writer):
    booted = boot("merged", MEGABYTE, "serial,merged")
    problems = console_lines.merged_problems(booted.text.replace("\r", ""), NAMES)
    writer.result(not problems, "merged: every line of three megabytes arrives whole",
                  problems + verdict.log_tail(booted))
    writer.note(f"{len(booted.text)} bytes in {booted.seconds:.1f} s")


def test_front(writer):
    """The first guest is in front. The others end before it; the console shows the last 16 KB of each."""
    booted = boot("front", MEGABYTE, "serial")
    text = booted.text.replace("\r", "")
    front = re.split(r"^--- guest (\w+) ---\n", text, flags=re.MULTILINE)[0]
    problems = console_lines.problems("one", console_lines.lines_in_front(front),
                                      console_lines.ends(text).get("one"))
    writer.result(not problems, "in front: every byte of a megabyte arrives",
                  problems + verdict.log_tail(booted))
    writer.note(f"{len(booted.text)} bytes in {booted.seconds:.1f} s")


def unread(person):
    """The number of bytes that wait in the pipe behind the serial line."""
    count = array.array("i", [0])
    fcntl.ioctl(person.qemu.stdout.fileno(), termios.FIONREAD, count)
    return count[0]


def test_slow_line(writer):
    """The serial line takes no bytes for a while: the guest waits, and its end waits too."""
    with person_at([console_lines.module("one", 256)], "console=serial",
                   kernel=machine.RELEASE_BUILD, pipe_size=SMALL_PIPE) as person:
        for _ in person.waits("the line to stand still"):
            if unread(person) >= SMALL_PIPE:
                break
            time.sleep(0.05)
        status = person.end()
    problems = console_lines.problems("one", console_lines.lines_in_front(person.all),
                                      console_lines.ends(person.all).get("one"))
    writer.result(status == machine.STATUS_DONE and not problems,
                  "in front: no byte is lost while the serial line takes none",
                  [f"QEMU ended with {status}"] + problems)


def test_flood_merged(writer):
    """Beside a guest that prints without pause or newline, another guest and the monitor answer."""
    with person_at([typist("typing"), storm("storm")], "console=serial,merged") as person:
        writer.result(person.wait_for("typing| ready\n"), "merged: a line comes through a flood")
        started = time.monotonic()
        person.type("hello\n")
        writer.result(person.wait_for("typing| read: hello\n"), "merged: a key and its answer come through a flood")
        writer.note(f"{time.monotonic() - started:.2f} s after it was typed")
        test_monitor(writer, person, "merged")


def test_flood_front(writer):
    """The guest that prints without pause is in front: the console's keys still work."""
    with person_at([storm("storm"), typist("typing")], "console=serial") as person:
        writer.result(person.wait_for("xxxxxxxxxx"), "in front: the flood of the guest in front is shown")
        test_monitor(writer, person, "in front")
        person.type("\x01n")
        writer.result(person.wait_for("--- guest typing ---\nready\n"),
                      "Ctrl-A n brings the next guest to front beside a flood")
        person.type("hello\n")
        writer.result(person.wait_for("read: hello\n"), "the guest that comes to front gets the keys")
        writer.result("xxx" not in person.text, "the flood of a guest that is not in front is not shown",
                      [person.text[-200:]])


def test_monitor(writer, person, how):
    started = time.monotonic()
    person.type("\x01m")
    writer.result(person.wait_for("umbra> "), f"{how}: the monitor opens beside a flood")
    person.type("version\n")
    writer.result(person.wait_for("Umbra") and person.wait_for("umbra> "), f"{how}: the monitor answers beside a flood")
    writer.note(f"{time.monotonic() - started:.2f} s")
    person.type("exit\n")


def behind_last(lines, heading):
    """The lines that follow the last one which is `heading`."""
    return lines[len(lines) - lines[::-1].index(heading):] if heading in lines else []


def test_screen(writer):
    """console=vga: nothing on the serial line, everything on the screen; keys from the keyboard."""
    with person_at([typist("first"), typist("second")], "console=vga") as person:
        lines = person.wait_for_screen(lambda lines: "ready" in lines)
        writer.result("ready" in lines, "the screen shows what a guest prints", lines)
        person.press("Hello, World-2\n")
        lines = person.wait_for_screen(lambda lines: "read: Hello, World-2" in lines)
        writer.result("read: Hello, World-2" in lines, "pressed keys go to the guest in front", lines)
        writer.result(lines[-1].startswith(" first | load ") and lines[-1].endswith("Ctrl-A h helps"),
                      "the bottom line names the guest in front", lines[-1:])
        person.press("\x01n")
        person.press("abc\n")
        lines = person.wait_for_screen(lambda lines: "read: abc" in lines)
        writer.result("--- guest second ---" in lines and "read: abc" in lines,
                      "Ctrl-A n brings the next guest to front", lines)
        behind = behind_last(lines, "--- guest second ---")
        writer.result(behind and not any("Hello" in line for line in behind),
                      "the next guest has got none of the first one's keys", lines)
        lines = person.wait_for_screen(lambda lines: lines[-1].startswith(" second | "))
        writer.result(lines[-1].startswith(" second | "), "the bottom line names the next guest", lines[-1:])
        for keys, name in [("p", "first"), ("2", "second"), ("n", "first"), ("n", "second")]:
            person.press("\x01" + keys)
            lines = person.wait_for_screen(lambda lines: lines[-1].startswith(f" {name} | "))
            writer.result(lines[-1].startswith(f" {name} | "), f"Ctrl-A {keys} brings guest {name} to front",
                          lines[-1:])
        person.press("\x01h")
        lines = person.wait_for_screen(lambda lines: any("Ctrl-A Ctrl-A" in line for line in lines))
        writer.result(any("the monitor" in line for line in lines), "Ctrl-A h explains the keys", lines)
        person.press("quit\n")
        lines = person.wait_for_screen(lambda lines: any("guest second: shut down" in l for l in lines))
        writer.result("--- guest first ---" in lines[:-1], "the end of the guest in front brings back the first", lines)
        behind = behind_last(lines, "--- guest first ---")
        writer.result(not any("abc" in line for line in behind), "the first guest has got none of the second one's keys",
                      lines)
        writer.result("umbra" not in person.all, "console=vga leaves the serial line silent", [person.all])


def test_both(writer):
    """console=both, the default: the screen shows the last lines that the serial line has."""
    with person_at([console_lines.module("lines", 8), typist("typing")], "") as person:
        writer.result(person.wait_for("--- guest typing ---\nready\n"), "both: the serial line shows a guest")
        lines = person.wait_for_screen(lambda lines: "ready" in lines)[:-1]
        serial = terminal.screen_of(person.raw, terminal.ROWS - 1, terminal.COLUMNS)
        writer.result(lines == serial, "both: the screen shows what pyte makes of the serial line",
                      lines + ["instead of"] + serial)
        test_colours(writer, person)


def attributes(person, wanted):
    """The attributes of the first character of this text, in the last line with it; None if there is no such line."""
    for row in reversed(person.cells()[:-1]):
        text = "".join(chr(cell & 0xFF) for cell in row)
        if wanted in text:
            return row[text.index(wanted)] >> 8
    return None


def test_colours(writer, person):
    """The guest's text is red, typed on serial line and keyboard; Umbra's lines in between stay grey."""
    person.type("\x1b[31mscarlet\n")  # SGR 31: red
    writer.result(person.wait_for("read: \x1b[31mscarlet\n"), "escape sequences reach the serial line unchanged")
    person.type("\x01h")
    person.wait_for("a Ctrl-A for the guest")
    person.press("crimson\n")
    writer.result(person.wait_for("read: crimson\n"), "the keyboard works beside the serial line")
    person.wait_for_screen(lambda lines: "read: crimson" in lines)
    seen = [attributes(person, text) for text in ("scarlet", "umbra: Ctrl-A n", "read: crimson")]
    writer.result(seen == [RED, GREY, RED], "a guest's colours do not reach into Umbra's lines",
                  [f"{seen} on", *person.screen()])


sys.exit(tap.run(test_merged, test_front, test_slow_line, test_flood_merged, test_flood_front,
                 test_screen, test_both))
