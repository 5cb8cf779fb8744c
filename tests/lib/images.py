# SPDX-License-Identifier: GPL-2.0-or-later
"""Test images and scripts that can be booted, and the declarations in their sources.

An image declares in the header of its C file, a script in the header at its top (docs/tests.md):

    Expect: shut down "tap: all"      its end; an image that restarts has several lines
    Expect-clones: 6 shut down "tap: "  the number of its clones, and the end of each
    Module: mem=8M timeout=5 -- a b   words for its boot module (default: mem=4M timeout=20)
    Boot: alone                       needs a boot of its own
    Boot: -cpu 486 -m 8               the same, with these words for QEMU
    Disk: 64 ro                       a disk of so many sectors; ro: read-only
    Case: NAME killed "bad stack"     one image, several guests: each gets case=NAME and has an end
                                      of its own; the guest's name is IMAGE.NAME
    Runner: tests/system/NAME.t       the test that boots it; images.t leaves it out

A script's expectation is its last line, `ends killed "bad page table entry"`. A script's guest gets the file's name
on its command line, for its messages.
"""

import glob
import os
import re
import shlex
import struct

BUILD = os.environ.get("BUILD", "build")
DEFAULT_WORDS = "mem=4M timeout=20"
SCRIPT_WORDS = "mem=8M timeout=20 devices=off"
GUEST_NAME_MAX = 31
ENDINGS = ("shut down", "restarting", "killed", "timed out")


class BadDeclaration(Exception):
    """An image or script has a wrong declaration, or none."""


class Expectation:
    """The declared end of a guest: one of ENDINGS, and the beginning of the sentence after it."""

    def __init__(self, declared):
        match = re.fullmatch(r'(%s)(?: "(.*)")?' % "|".join(ENDINGS), declared.strip())
        if not match:
            raise BadDeclaration(f'not an end: {declared!r}; write for example killed "bad IDT"')
        self.ending, self.sentence = match[1], match[2] or ""

    def __str__(self):
        return f'{self.ending} "{self.sentence}"' if self.sentence else self.ending

    def matches(self, ending, sentence):
        return ending == self.ending and sentence.startswith(self.sentence)


class Image:
    """One guest to boot: its name, its modules, and the end that is expected."""

    def __init__(self, name, modules, expected, boot, prints_tap=True, runner=""):
        self.name = name
        self.modules = modules
        self.expected = expected
        self.prints_tap = prints_tap
        self.runner = runner
        self.clones, self.clones_expected = 0, None
        self.alone = bool(boot)
        self.qemu_words = [] if boot in ("", "alone") else shlex.split(boot)

    def expect_clones(self, declaration):
        match = re.fullmatch(r"(\d+) (.*)", declaration)
        if not match:
            raise BadDeclaration(f'not clones: {declaration!r}; write for example 2 shut down "tap: "')
        self.clones, self.clones_expected = int(match[1]), Expectation(match[2])

    @property
    def timeout(self):
        match = re.search(r"\btimeout=(\d+)", self.modules[0])
        return int(match[1]) if match else 20


def declared(text, key):
    """The values of every `Key: value` line in a comment."""
    return re.findall(r"^(?: \*|#) %s: *(.*?) *$" % key, text, re.MULTILINE)


def module_words(text, default):
    """The words that a source declares for its module, and the default of each word that it leaves out."""
    words = (declared(text, "Module") or [""])[0]
    for word in reversed(default.split()):
        if word.split("=")[0] + "=" not in words.split(" -- ")[0]:
            words = f"{word} {words}"
    return words.strip()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def words_of_case(words, case):
    """The module's words with case=NAME at the end of the guest's command line."""
    return words + (" " if " -- " in words else " -- ") + f"case={case}"


WORDS_OF_SECTOR = 128


def write_disk(path, count):
    """Writes the words 0 to `count` - 1, unless the file is there."""
    if os.path.exists(path) and os.path.getsize(path) == 4 * count:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # Several tests may write this file at the same time, and none of them may read half of it.
    with open(f"{path}.{os.getpid()}", "wb") as file:
        file.write(struct.pack(f"<{count}I", *range(count)))
    os.replace(file.name, path)


def disk_modules(text, elf):
    """The module for the disk that a source declares, or none. The n-th 32-bit word on the disk is n."""
    words = (declared(text, "Disk") or [""])[0].split()
    if not words:
        return []
    path = os.path.splitext(elf)[0] + ".disk"
    write_disk(path, int(words[0]) * WORDS_OF_SECTOR)
    return [" ".join([path, "disk"] + words[1:])]


def images_of_source(source, elf, prints_tap=True):
    """The image; of an image with cases, an Image for each case."""
    text = read(source)
    name = os.path.splitext(os.path.basename(elf))[0]
    words = module_words(text, DEFAULT_WORDS)
    boot = (declared(text, "Boot") or [""])[0]
    runner = (declared(text, "Runner") or [""])[0]
    prints_tap = prints_tap and not runner
    found = []
    for case, end in (line.split(None, 1) for line in declared(text, "Case")):
        module = f"{elf} kernel name={name}.{case} {words_of_case(words, case)}"
        found.append(Image(f"{name}.{case}", [module] + disk_modules(text, elf),
                           [Expectation(end)], boot, prints_tap, runner))
    expected = [Expectation(line) for line in declared(text, "Expect")]
    if expected:
        modules = [f"{elf} kernel name={name} {words}"] + disk_modules(text, elf)
        found.append(Image(name, modules, expected, boot, prints_tap, runner))
        for line in declared(text, "Expect-clones"):
            found[-1].expect_clones(line)
    if not found:
        raise BadDeclaration(f"{source} has no line ` * Expect: ...`")
    return found


def script_expectation(text):
    """The end that a script declares in its last line. For a script that declares none this is "shut down": the guest
    then names the mistake, and does not end so."""
    ends = re.findall(r'^\s*ends\s+((?:shut\s+down|killed|timed\s+out)(?:\s+"[^"]*")?)\s*(?:#.*)?$',
                      text, re.MULTILINE)
    declaration = re.sub(r"\s+", " ", ends[-1]) if ends else "shut down"
    return Expectation('shut down "tap:"' if declaration == "shut down" else declaration)


def image_of_script(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    name = re.sub(r"[^\w.-]", "-", os.path.splitext(os.path.basename(path))[0], flags=re.ASCII)
    name = f"script-{name}"[:GUEST_NAME_MAX]
    words = module_words(text, SCRIPT_WORDS)
    words += (" " if " -- " in words else " -- ") + f"file={path}"
    kernel = f"{BUILD}/guest/script.elf kernel name={name} {words}"
    boot = (declared(text, "Boot") or [""])[0]
    return Image(name, [kernel, f"{path} initrd"], [script_expectation(text)], boot)


# The folders of images, and the folder below BUILD in which they are built (guest/guest.mk). The images of
# tests/guest are in groups.
FOLDERS = {"guest/images": "guest", "tests/guest/*": "tests", "tests/runner": "runner",
           "tests/reference": "reference"}


def name_of_source(path):
    return os.path.basename(os.path.dirname(path))


def image_sources(folder):
    """The main C file of each image in a folder, ordered by the images' names."""
    paths = [f"{path}{os.path.basename(path[:-1])}.c" for path in glob.glob(f"{folder}/*/")]
    return sorted(filter(os.path.exists, paths), key=name_of_source)


def test_images():
    """Every image of tests/guest, ordered by name."""
    return [image for path in image_sources("tests/guest/*")
            for image in images_of_source(path, f"{BUILD}/tests/{name_of_source(path)}.elf")]


def test_images_with(word):
    """The main C files of the images in tests/guest whose .mk has a line `word := y`."""
    def has_word(path):
        rules = path.removesuffix(".c") + ".mk"
        return os.path.exists(rules) and re.search(rf"^{word} := y$", read(rules), re.MULTILINE)
    return [path for path in image_sources("tests/guest/*") if has_word(path)]


def source_of_image(name):
    """The source and the folder below BUILD of the image NAME or NAME-pae; None if there is no such image."""
    for folder, built in FOLDERS.items():
        for base in (name, name.removesuffix("-pae")):
            for path in glob.glob(f"{folder}/{glob.escape(base)}/{glob.escape(base)}.c"):
                return path, built
    return None


def declares_an_end(text):
    return bool(declared(text, "Expect") or declared(text, "Case"))


def find_images(name):
    """The images that NAME, NAME-pae or NAME.CASE names, or the script NAME. An image with cases is several images.
    Returns [] if there is none."""
    base = name.partition(".")[0]
    source = source_of_image(base)
    if source:
        path, built = source
        found = images_of_source(path, f"{BUILD}/{built}/{base}.elf", prints_tap=built != "guest")
        return [image for image in found if name in (base, image.name)]
    path = f"tests/scripts/{name.removeprefix('script-')}.txt"
    return [image_of_script(path)] if os.path.exists(path) else []


def guest_images():
    """The images in guest/images that declare their end. Users run them, and tests too."""
    return [image for path in image_sources("guest/images") if declares_an_end(read(path))
            for image in find_images(name_of_source(path))]


def images_in_both_formats():
    """Two lists of the test images that are built for both formats of page tables (`pae := y`): the two-level images,
    and the images NAME-pae. Images with a runner of their own are left out."""
    two_level, pae = [], []
    for source in test_images_with("pae"):
        elf = f"{BUILD}/tests/{name_of_source(source)}"
        two_level += [i for i in images_of_source(source, f"{elf}.elf") if not i.runner]
        pae += [i for i in images_of_source(source, f"{elf}-pae.elf") if not i.runner]
    return two_level, pae


def guest_image(name):
    """An image of guest/images, for a test of the machine below it. It does not print TAP, and declares its end as a
    test image does. NAME-pae has the source of NAME."""
    source = name.removesuffix("-pae")
    return images_of_source(f"guest/images/{source}/{source}.c", f"{BUILD}/guest/{name}.elf",
                            prints_tap=False)[0]


def test_scripts(folder="tests/scripts"):
    return [image_of_script(path) for path in sorted(glob.glob(f"{folder}/*.txt"))]
