#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each wrong boot module gets one clear line, and the other modules are used. The numbers of modules and of guests
have limits."""

import gzip
import re
import sys

from lib import images, machine, tap, verdict

BUILD = images.BUILD
HELLO = f"{BUILD}/guest/hello.elf"
ONE_BYTE = f"{BUILD}/tests/one-byte"
HALF_SECTOR = f"{BUILD}/tests/half-sector"
COMPRESSED = f"{BUILD}/tests/compressed"
MODULES_MAX = 384
GUESTS = 64

# A module, and a text in the hypervisor's one line about it; None: the module is used, without a line.
MODULES = [
    (f"{HELLO} kernel name=first mem=4M", None),
    (f"{HELLO} kernel name=bad-size mem=12Q", "12Q"),
    (f"{HELLO} kernel name=bad-word mem=4M colour=red", "colour"),
    (f"{HELLO} nonsense", "nonsense"),
    (f"{HELLO} kernel name=small mem=64K", "64K"),
    (f"{HELLO} kernel name=large mem=512M", "guest large: not started"),
    ("README.md kernel name=no-image mem=4M", "guest no-image: not started"),
    (f"{ONE_BYTE} kernel name=one-byte mem=4M", "guest one-byte: not started"),
    (f"{HELLO} kernel name=with-initrd mem=4M", None),
    ("README.md initrd", None),
    (f"{HELLO} kernel name=last mem=4M", None),
]


# Odd modules, and the whole line behind the module's number; None: no line.
ODD = [
    (f"{HELLO} kernel mem=frob", "mem=frob is not a size: write for example mem=16M"),
    ("README.md initrd", None),
    (f"{HELLO} kernel name=zero mem=2M timeout=0", "timeout=0 is no limit, as if it were not there"),
    (f"{HELLO} kernel name=off mem=2M devices=off", "devices=off, so its disk is not used"),
    (f"{HALF_SECTOR} disk", None),
    (f"{COMPRESSED} kernel mem=2M",
     "is compressed with gzip: unpack it, or let GRUB do that (insmod gzio)"),
    (f"{HELLO} kernel mem=2M shadow=1K", "shadow=1K is too small: at least shadow=80K"),
    (f"{HELLO} kernel name=twice mem=2M mem=4M",
     "mem= is there more than once: the last one counts"),
    (f"{HELLO} kernel name=sectors mem=2M",
     "the last 188 bytes of its disk are not used: they are no sector of 512"),
    (f"{HALF_SECTOR} disk", None),
]


def boot(name, modules):
    return machine.boot_kernel(f"{BUILD}/tests/modules-{name}.log", modules)


def own_lines(result):
    """The hypervisor's lines about modules and guests, without those about a guest's start and end."""
    return [line for line in result.lines()
            if re.match(r"umbra: (module|guest) ", line)
            and not re.match(r"umbra: guest \S+: (starting|shut down)", line)]


def wrong_modules(writer):
    result = boot("wrong", [module for module, _ in MODULES])
    expected = [line for _, line in MODULES if line]
    lines = own_lines(result)
    for text in expected:
        about = [line for line in lines if text in line]
        writer.result(len(about) == 1, f"exactly one line has: {text}", about or verdict.log_tail(result))
    writer.result(len(lines) == len(expected), "each wrong module has one line", lines)
    ran = [life.name for life in verdict.lives_of(result.lines()) if life.ending == "shut down"]
    writer.result(ran == ["first", "with-initrd", "last"], "the other modules run, in order", [ran])
    writer.result(result.status == machine.STATUS_SOME_FAILED
                  and "umbra: done: 3 guests" in result.text,
                  "a boot with wrong modules comes to its end", verdict.log_tail(result))


def odd_modules(writer):
    """Modules that are used but have a doubtful word, and a refused kernel, whose initrd is refused with it."""
    with open(HALF_SECTOR, "wb") as file:
        file.write(bytes(700))
    with open(HELLO, "rb") as file, open(COMPRESSED, "wb") as packed:
        packed.write(gzip.compress(file.read()))
    result = boot("odd", [module for module, _ in ODD])
    expected = [f"umbra: module {n}: {line}" for n, (_, line) in enumerate(ODD, 1) if line]
    writer.result(own_lines(result) == expected, "each odd module has one line",
                  own_lines(result) + verdict.log_tail(result))


def own_words(writer):
    result = machine.boot_kernel(f"{BUILD}/tests/modules-words.log", [HELLO + " kernel mem=2M"],
                                 append="console=serial stats=1 consol=vga run= trace= "
                                 "assert-stretch=")
    said = [line for line in result.lines() if line.startswith("umbra: ")]
    said = said[1:said.index("umbra: guest hello: starting with 2048 KB at 0x100000")]
    writer.result(said == ["umbra: stats=1 takes no value: write stats",
                           'umbra: "consol=vga" is not known: did you mean console=?',
                           "umbra: run= has no value: write run=parallel or sequence",
                           "umbra: trace= has no value: write trace=ring, debugcon or serial",
                           "umbra: assert-stretch= has no value: write assert-stretch=MICROSECONDS"],
                  "each wrong word of Umbra's own command line has one line", said)


def number_of_modules(writer, number, guests, status):
    modules = [f"{HELLO} kernel name=hello-{n} mem=2M" for n in range(number)]
    result = boot(str(number), modules)
    writer.result(result.status == status
                  and f"umbra: done: {guests} guests" in result.text,
                  f"{guests} guests of {number} modules run", verdict.log_tail(result))
    return result


def too_many(writer):
    """Modules for which there is no room, because of their number or of their strings. None holds a guest."""
    short, long = f"{ONE_BYTE} kernel", f"{ONE_BYTE} kernel -- ".ljust(500, "x")
    for number, line, beyond in (MODULES_MAX + 3, short, 3), (67, long, 67 - 32768 // 501):
        modules = [line] * number
        result = boot(f"beyond-{number}", modules)
        about = [line for line in result.lines() if line.startswith("umbra: boot loader:")]
        writer.result(about == [f"umbra: boot loader: {beyond} modules are left out: at most {MODULES_MAX} are taken, with "
                                "32768 bytes of strings"],
                      f"one line says how many of {number} modules are left out, and why", about)


def side_by_side(writer):
    """Guests that fit in memory start, and a line names each other one."""
    spinner = f"{BUILD}/tests/sched-busy-loop.elf kernel"
    modules = [f"{spinner} name=a mem=48M", f"{spinner} name=b mem=60M", f"{spinner} name=c mem=16M",
               f"{spinner} name=d mem=4M"]
    result = machine.boot_kernel(f"{BUILD}/tests/modules-memory.log", modules,
                                 append="console=serial run=parallel")
    starting = re.findall(r"guest (\S+): starting", result.text)
    writer.result(starting == ["a", "b", "d"], "of four guests the three that fit in memory start", [starting])
    writer.result(re.search(r"guest c: not started: needs \d+ KB, .* and \d+ KB are free", result.text),
                  "a line names the guest that does not fit, its need and the free memory", verdict.log_tail(result))
    writer.result("umbra: done: 3 guests" in result.text, "the guests that fit run to their end",
                  verdict.log_tail(result))

    result = machine.boot_kernel(f"{BUILD}/tests/modules-run.log", [HELLO + " kernel name=h mem=2M"] * 2,
                                 append="console=serial run=backwards")
    writer.result("umbra: run=backwards is not known: write run=parallel or sequence" in result.text,
                  "an unknown value of run= is named", verdict.log_tail(result))
    writer.result(re.findall(r"guest (\S+): starting", result.text) == ["h", "h-2"],
                  "of two guests of one name the second gets a number", verdict.log_tail(result))


def main(writer):
    with open(ONE_BYTE, "wb") as file:
        file.write(b"\x7f")
    wrong_modules(writer)
    odd_modules(writer)
    own_words(writer)
    result = number_of_modules(writer, 0, 0, machine.STATUS_NONE_STARTED)
    writer.result("umbra: no modules: there is no guest to run;" in result.text,
                  "a boot without modules says that there is no guest to run", verdict.log_tail(result))
    number_of_modules(writer, GUESTS, GUESTS, machine.STATUS_DONE)
    too_many(writer)
    side_by_side(writer)


sys.exit(tap.run(main))
