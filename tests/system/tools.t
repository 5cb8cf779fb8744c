#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that make calls: tools/judge, tools/setup.sh, tools/run-many, tools/trace-summary, tools/profile and the
commands for gdb. Missing and wrong words are answered with a line."""

import glob
import os
import re
import shutil
import subprocess
import sys

import pexpect

from lib import machine, patience, tap
from lib.images import BUILD

FOLDER = f"{BUILD}/tests/tools"

# -- The verdict on a run --------------------------------------------------------------------------

DONE = "umbra: done: 1 guests, 12 frames free, as at the start\n"
HELLO = "umbra: guest hello: shut down: goodbye\n"
LAB = "umbra: guest lab: shut down: script: the prompt was left\n"
ATTACK = "umbra: guest die-pte-frame: killed: bad page table entry (eip 0x1000)\n"

# A case, a run's log and QEMU's status; the status of tools/judge, and its output.
RUNS = [
    ("as declared", HELLO + DONE, machine.STATUS_DONE, 0, ""),
    ("killed as declared", ATTACK + DONE, machine.STATUS_SOME_FAILED, 0, ""),
    ("another sentence", HELLO.replace("goodbye", "oh"), machine.STATUS_DONE, 1,
     'umbra: guest hello should have ended: shut down "goodbye"\n'),
    ("shut down, but it should be killed", ATTACK.replace("killed", "shut down"), machine.STATUS_DONE,
     1, "umbra: guest die-pte-frame should have ended: killed"),
    ("an unknown guest is killed", "umbra: guest linux: killed: oh\n", machine.STATUS_SOME_FAILED, 1,
     "umbra: guest linux should have ended: shut down\n"),
    ("a guest is ended in the monitor", "umbra: guest hello: killed: from the monitor (eip 0x1)\n",
     machine.STATUS_DONE, 0, ""),
    ("the last life counts", "umbra: guest hello: killed: oh\n" + HELLO, machine.STATUS_DONE, 0, ""),
    ("a script's guest is killed", "umbra: guest 01-linear-map: killed: oh\n", machine.STATUS_SOME_FAILED, 1,
     'umbra: guest 01-linear-map should have ended: shut down "tap:"\n'),
    ("a typed line of the prompt has killed", "umbra: guest lab-2: a clone of lab, made in 300 us\n"
     "umbra: guest lab-2: killed: oh\n" + LAB + DONE, machine.STATUS_SOME_FAILED, 0, ""),
    ("the prompt is killed", LAB.replace("shut down", "killed") + DONE, machine.STATUS_SOME_FAILED, 1,
     "umbra: guest lab should have ended: shut down\n"),
    ("a module was refused", HELLO + DONE, machine.STATUS_SOME_FAILED, 1,
     "umbra: a module was refused\n"),
    ("no guest", DONE, machine.STATUS_NONE_STARTED, 1, "umbra: no guest was started\n"),
    ("a panic", "", machine.STATUS_PANIC, 1, "umbra: the hypervisor panicked\n"),
    ("QEMU does not start", "", 1, 1, "umbra: QEMU ended with 1\n"),
    ("a person leaves QEMU", "", 0, 0, "QEMU: left before the hypervisor was done\n"),
    ("a restart of the machine", DONE, 0, 0, ""),
]


def run(*words, **more):
    """Status and output of a command."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **more)
    return done.returncode, done.stdout


def verdicts(writer):
    for what, log, status, verdict, says in RUNS:
        for name in re.findall(r"^umbra: guest (\S+):", log, re.MULTILINE):
            log = f"umbra: guest {name}: starting with 4096 KB at 0x100000\n" + log
        with open(f"{FOLDER}/log", "w", encoding="utf-8") as file:
            file.write(log.replace("\n", "\r\n"))
        got, said = run("tools/judge", f"{FOLDER}/log", str(status))
        right = said.startswith(says) if says else not said
        writer.result(got == verdict and right, f"judge ends with {verdict}: {what}", [f"{got}", said])


# -- Installing ------------------------------------------------------------------------------------

# Reports as apt-get does with APT::Status-Fd. Its first call fails: it has no package lists.
APT_GET = """#!/bin/sh
echo "$@" >> {folder}/asked
case "$*" in
*update*) : > {folder}/lists; exit ;;
esac
if [ ! -e {folder}/lists ]; then
	echo "E: Unable to locate package"
	exit 100
fi
echo "Reading package lists..."
for n in 1.5 12.5 19 55 100; do echo "dlstatus:1:$n:Retrieving file"; done
for n in 0 50 99.9; do echo "pmstatus:bochs:$n:Unpacking bochs"; done
echo "Setting up bochs"
[ ! -e {folder}/broken ] || exit 1
[ ! -e {folder}/elsewhere ] || exit 0
for tool in bochs mformat; do : > {folder}/bin/$tool; chmod +x {folder}/bin/$tool; done
"""
EMPTY_PATH = "sh awk tail mktemp rm cat chmod env id sudo ls flock".split()


def fake_commands(**contents):
    """A folder with these commands and a few real ones, as the whole PATH."""
    folder = os.path.abspath(f"{FOLDER}/bin")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in EMPTY_PATH:
        if shutil.which(name) and name not in contents:
            os.symlink(shutil.which(name), f"{folder}/{name}")
    for name, text in contents.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{folder}/{name}", 0o755)
    for name in ("lists", "asked", "broken", "elsewhere"):
        if os.path.exists(f"{FOLDER}/{name}"):
            os.remove(f"{FOLDER}/{name}")
    return folder


def setup(folder, *tools, **variables):
    return run("/bin/sh", "tools/setup.sh", *tools, env={"PATH": folder, **variables})


def installing(writer):
    apt_get = APT_GET.format(folder=os.path.abspath(FOLDER))
    as_root = {"id": "#!/bin/sh\necho 0\n", "apt-get": apt_get}
    status, said = setup(fake_commands(**as_root), "bochs", "mformat")
    wanted = ["setup: missing: bochs mformat", "setup: installing bochs mtools, and what they need",
              "setup: fetching the lists of packages", "setup: fetching, 1 %", "setup: fetching, 12 %",
              "setup: fetching, 55 %", "setup: fetching, 100 %", "setup: installing, 0 %",
              "setup: installing, 50 %", "setup: installing, 99 %", "setup: done"]
    writer.result(status == 0 and said.splitlines() == wanted,
                  "setup prints the packages and its progress, and no more", [said])
    folder = fake_commands(**as_root)
    for name in ("lists", "broken"):
        open(f"{FOLDER}/{name}", "w", encoding="utf-8").close()
    status, said = setup(folder, "bochs")
    writer.result(status == 1 and "Setting up bochs" in said and
                  said.endswith("setup: apt-get could not install bochs\n"),
                  "setup prints the end of apt-get's output if apt-get fails", [said])
    folder = fake_commands(**as_root)
    for name in ("lists", "elsewhere"):
        open(f"{FOLDER}/{name}", "w", encoding="utf-8").close()
    status, said = setup(folder, "bochs", "mformat")
    answer = f"setup: installed, but not in PATH: bochs mformat (packages: bochs mtools; PATH={folder})\n"
    writer.result(status == 1 and said.endswith(answer),
                  "setup looks for the tools again after the installation", [said])
    as_user = {"id": "#!/bin/sh\necho 1000\n", "sudo": "#!/bin/sh\nexit 1\n", "apt-get": apt_get}
    status, said = setup(fake_commands(**as_user), "bochs", ALL_TOOLS="clang bochs gdb")
    writer.result(status == 1 and said.splitlines() == [
        "setup: missing: bochs.", "Please type, once for everything that `make` can do here:",
        "    sudo apt-get update && sudo apt-get install -y --no-install-recommends bochs clang gdb"],
                  "setup without root prints one command line for all tools", [said])
    writer.result(not os.path.exists(f"{FOLDER}/asked"), "setup without root installs nothing")


# -- The tools of each goal of make --------------------------------------------------------------


def rules_and_tools(goal):
    """What make knows when it is to build this goal: the prerequisites of each target, and the tools it looks for. Without
    the variables of the make that runs this test."""
    database = subprocess.run(["make", "-pnq", goal], env={"PATH": os.environ["PATH"]}, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    rules = {target: words.split() for target, words in re.findall(r"^([\w./-]+): ([^=\n]*)$", database, re.M)}
    return rules, set(re.search(r"^TOOLS := (.*)$", database, re.M)[1].split())


def tools_of_goals(writer):
    """A goal that is built on a new machine finds its tools, and those of all that it builds first."""
    rules, _ = rules_and_tools("all")
    goals = [goal for goal in rules[".PHONY"] if goal != "tools"]
    lacking = []
    for goal in goals:
        _, tools = rules_and_tools(goal)
        for part in rules.get(goal, []):
            if part in [*goals, "build/umbra.iso"]:
                lack = rules_and_tools(part)[1] - tools
                lacking += [f"{goal}: {part} needs {tool}, too" for tool in sorted(lack)]
    writer.result(len(goals) > 30 and not lacking, "each goal of make looks for the tools of what it builds first", lacking)


# -- Steering four guests --------------------------------------------------------------------------


def on_terminal(program):
    """The program, on a terminal of its own. The limits count the host's time, so they are as long as a boot's."""
    return pexpect.spawn(program, encoding="latin-1", timeout=patience.BOOT * patience.silence())


def wait_for(writer, person, wanted, text):
    """One result: the program has printed this text."""
    writer.result(person.expect_exact([wanted, pexpect.EOF, pexpect.TIMEOUT]) == 0, text, [person.before])


def end_of(person):
    """The program's status; None if it does not end."""
    return person.wait() if person.expect_exact([pexpect.EOF, pexpect.TIMEOUT]) == 0 else None


def steering(writer):
    person = on_terminal("tools/run-many")
    wait_for(writer, person, "guest demo3: starting", "run-many starts its guests")
    person.send("\x01m")
    wait_for(writer, person, "umbra> ", "run-many passes on keys that are typed")
    person.send("poweroff\r")
    wait_for(writer, person, "umbra: done: 4 guests", "run-many's guests end at the monitor's poweroff")
    status = end_of(person)
    writer.result(status == 0, "run-many's status is 0 after poweroff", [status, person.before])
    person = on_terminal("tools/run-many")
    found = person.expect([r"up \d+:\d\d:[^\n]*\n[^\n]*name [^\n]*\n[^\n]*demo1 +(running|ready|asleep) ", pexpect.EOF,
                           pexpect.TIMEOUT])
    writer.result(found == 0, "run-many types `top`, which shows living guests, if no keys are typed", [person.before])
    person.send("q")
    wait_for(writer, person, "umbra> ", "a typed key ends `top`")
    person.send("poweroff\r")
    status = end_of(person)
    writer.result(status == 0, "run-many's status is 0 after this poweroff", [status, person.before])
    early = subprocess.run(["tools/run-many"], input="\x01mpoweroff\r", capture_output=True, text=True,
                           errors="replace", check=False)
    writer.result("umbra> " in early.stdout and early.returncode == 0,
                  "run-many keeps keys until the machine takes them", [early.stdout, early.stderr])


# -- Words -----------------------------------------------------------------------------------------


def words(writer):
    with open(f"{FOLDER}/trace", "w", encoding="utf-8") as file:
        file.write("umbra: trace ns=1 guest=a why=x what=y done=z ticks=7\n"
                   "umbra: trace ns=2 guest=a why=x wh\numbra: trace ns=3 guest=a why=x what=y done=z "
                   "ticks=\n")
    status, said = run("tools/trace-summary", f"{FOLDER}/trace")
    writer.result(status == 0 and said.splitlines()[1].split() ==
                  ["a", "x", "y", "z", "1", "7", "7", "7", "100.0"],
                  "trace-summary ignores events whose lines are cut", [said])
    status, said = run("tools/trace-summary", "/nonexistent")
    writer.result(status == 1 and said == "trace-summary: /nonexistent: No such file or directory\n",
                  "trace-summary names a file that does not exist", [said])
    person = on_terminal("tools/trace-summary")
    wait_for(writer, person, "tools/trace-summary FILE:", "trace-summary without words prints its usage")
    writer.result(end_of(person) == 2, "trace-summary without words fails", [person.before])
    for line, answer in (("umbra-connect", "it is: umbra-connect PORT GUEST.elf"),
                         ("umbra-connect 1234 /nonexistent", "/nonexistent: there is no such file"),
                         ("umbra-connect 1 README.md", "can't read symbols"),
                         ("umbra-guest", "there is no connection to QEMU"),
                         ("umbra-tables 1 2 3", "it is: umbra-tables [FROM [TO]]"),
                         ("umbra-tables nowhere", "nowhere is no address")):
        _, said = run("gdb", "-q", "-batch", "-nx", machine.DEBUG_BUILD, "-x", "tools/gdb/umbra.py",
                      "-ex", line)
        writer.result(answer in said and "Python" not in said, f"gdb answers `{line}` with: {answer}", [said])


# -- Profile ---------------------------------------------------------------------------------------


def profile(writer):
    status, said = run("tools/profile", "bench", "--from", "queue_set_ptes", "--skip", "1", "--top", "40")
    counts = {line.split()[2]: int(line.split()[0]) for line in said.splitlines()
              if re.fullmatch(r" +\d+ +[\d.]+  +\S+", line)}
    writer.result(status == 0 and counts.get("queue_set_ptes", 0) > 0 and counts.get("sh_set_ptes", 0) > 0 and
                  counts["guest"] > counts["queue_set_ptes"] and counts["umbra"] > counts["sh_set_ptes"],
                  "profile counts the instructions of the guest and of the hypervisor by function", [said])
    for words, answer in ((["bench", "--from", "nosuch"], "profile: nosuch is no function of the guest"),
                          (["bench"], "the following arguments are required: --from"),
                          (["hello", "--from", "guest_main", "--skip", "1"],
                           "profile: the guest has come to guest_main fewer than 2 times: a smaller --skip"),
                          (["--from", "main"], "name one guest: an image, or GUEST= in the environment"),
                          (["nosuch", "--from", "main"], "nosuch")):
        status, said = run("tools/profile", *words)
        writer.result(status != 0 and answer in said and "Traceback" not in said,
                      f"profile {' '.join(words)} fails with: {answer}", [said])


# -- Usage -----------------------------------------------------------------------------------------

PROGRAM_FOLDERS = ["tools", "tools/check", "tools/linux", "tests", "tests/linux", "iso", "media", "proof", ".ci"]
# These run in a guest, or hang on purpose.
NO_PROGRAMS = ["tests/linux/check", "tools/linux/init", "tests/stuck.t", "tests/linux/linux.t"]

# Wrong words are answered with 2, and a program's usage. `check-kernel` has its own numbers; options of qemu.sh are
# QEMU's.
WRONG_USE = {"tools/linux/check-kernel": 3}
TAKE_ANY_OPTION = ["tools/qemu.sh"]

# Programs that need arguments, and programs that take none, or only known ones.
ARGUMENTS_NEEDED = ["iso/grub-disc.sh", "iso/make-iso.sh", "media/make-floppy.sh", "proof/run", "tests/run-bochs",
                    "tests/run-guests", "tests/run-one", "tools/build-images", "tools/bundle",
                    "tools/check/coverage-floors", "tools/check/tidy", "tools/debug.sh", "tools/judge",
                    "tools/linux/check-kernel", "tools/linux/make-initrd.sh", "tools/linux/make-iso.sh",
                    "tools/linux/run.sh", "tools/module-words.sh", "tools/profile", "tools/qemu.sh",
                    "tools/run-guest.sh", "tools/run-iso.sh", "tools/run-native.sh", "tools/snapshot",
                    "tools/watch"]
ARGUMENTS_KNOWN = ["tools/bench", "tools/certify-table", "tools/check/docs", "tools/check/lengths", "tools/count-steps",
                   "tools/hardware-table", "tools/run-many", "tools/test-index"]

# Programs with wrong operands, and the last line of their answers; each ends with 1.
WRONG_OPERANDS = [
    (["tools/check/coverage-floors", "/no/x"], "coverage-floors: /no/x: No such file or directory"),
    (["tools/check/coverage-floors", "README.md"], "coverage-floors: README.md: it is no summary of gcovr"),
    (["tools/judge", "/no/x", "0"], "judge: /no/x: No such file or directory"),
    (["tools/judge", "README.md", "x"], "judge: x is no status"),
    (["tools/module-words.sh", "/no"], "module-words.sh: no image is called /no"),
    (["tools/module-words.sh", "/no/x.txt"], "module-words.sh: /no/x.txt: there is no such script"),
    (["tools/run-native.sh", "hello", "/no/x"], "/no/x: there is no such file. Type: make run-native-hello"),
    (["tests/run-bochs", "/no/x.iso"], "run-bochs: /no/x.iso: there is no such file. Type: make test-bochs"),
    (["tools/serve-site", "/no/x"], "tools/serve-site: /no/x: there is no such folder. Type: make serve"),
    (["tools/linux/make-initrd.sh", f"{FOLDER}/x.gz", "/no/x"],
     "tools/linux/make-initrd.sh: /no/x: there is no such folder"),
]


def programs():
    """Every program that a person may call."""
    for place in PROGRAM_FOLDERS:
        for path in sorted(glob.glob(f"{place}/*")):
            if os.path.isfile(path) and os.access(path, os.X_OK) and path not in NO_PROGRAMS:
                yield path


def helps(writer):
    for program in programs():
        status, said = run(program, "--help", timeout=patience.silence())
        writer.result(status == 0 and program in said and "Traceback" not in said, f"{program} --help prints its usage",
                      [status, said])
        if program in TAKE_ANY_OPTION:
            continue
        status, said = run(program, "--nonsense", timeout=patience.silence())
        writer.result(status == WRONG_USE.get(program, 2) and program in said,
                      f"{program} refuses an option that it does not know", [status, said])


def arguments(writer):
    for program in ARGUMENTS_NEEDED:
        status, said = run(program)
        writer.result(status == WRONG_USE.get(program, 2) and program in said and "not set" not in said,
                      f"{program} without arguments fails, and prints its usage", [status, said])
    for program in ARGUMENTS_KNOWN:
        status, said = run(program, "nonsense")
        writer.result(status == 2 and said.startswith(f"{program}: unknown: nonsense\n"),
                      f"{program} names an argument that it does not know", [status, said])
    for command, answer in WRONG_OPERANDS:
        got = run(*command)
        writer.result(got == (1, answer + "\n"), f"{' '.join(command)} is answered: {answer}", got)


# -- Tests that a person calls ---------------------------------------------------------------------


def empty_build():
    """A name for BUILD: a folder that does not exist."""
    path = os.path.abspath(f"{FOLDER}/empty")
    shutil.rmtree(path, ignore_errors=True)
    return {**os.environ, "BUILD": path}


NO_BLANKS = "no blanks, quotation marks and backslashes in its name, please."


def without_a_build(writer):
    """Each program names what is missing, and the command that makes it."""
    environment = empty_build()
    build = environment["BUILD"]
    answers = [(["tools/run-guest.sh", name], f"{name} is not built: make run-{name}")
               for name in ("hello", "bench-pae", "kit")]
    answers += [(["tools/debug.sh", "hello"], "hello is not built: make debug GUEST=hello")]
    answers += [([tool, name], f"no guest image is called {name}; there are: ") for tool, name in
                (("tools/run-guest.sh", "nosuch"), ("tools/run-guest.sh", "hello-pae"), ("tools/debug.sh", "nosuch"))]
    for program, file, command in (("count-steps", "umbra.elf", "make"), ("check/docs", "umbra.elf", "make check-docs"),
                                   ("bench", "umbra.elf", "make bench"), ("run-many", "umbra.elf", "make run-many"),
                                   ("hardware-table", "umbra.elf", "make docs-hardware"),
                                   ("certify-table", "reference/page-walk.elf", "make docs-certify")):
        answers.append(([f"tools/{program}"], f"tools/{program}: {build}/{file} is not built: {command}"))
    for command, answer in answers:
        status, said = run(*command, env=environment)
        writer.result(status == 1 and said.startswith(answer) and said.count("\n") == 1,
                      f"without a build, {' '.join(command)} is answered: {answer.replace(build, '$BUILD')}",
                      [status, said])
    os.makedirs(f"{build}/guest")
    shutil.copy(f"{BUILD}/guest/hello.elf", f"{build}/guest")
    got = run("tools/run-guest.sh", "hello", env={**environment, "HYPERVISOR": f"{build}/debug/umbra.elf"})
    writer.result(got == (1, f"{build}/debug/umbra.elf is not built: make run-hello\n"),
                  "without a hypervisor, run-guest.sh says so", got)


def a_script_of_your_own(writer):
    scripts = f"{FOLDER}/a=folder"
    os.makedirs(scripts, exist_ok=True)
    for name in ("a=b.txt", 'a"b.txt', "a b.txt", "a\\b.txt"):
        shutil.copy("tests/scripts/01-linear-map.txt", f"{scripts}/{name}")
    for name, answer in (('a"b.txt', NO_BLANKS), ("a b.txt", NO_BLANKS), ("a\\b.txt", NO_BLANKS),
                         ("absent.txt", "there is no such file.")):
        status, said = run("tests/run-guests", "--script", f"{scripts}/{name}")
        writer.result(status == 2 and said.startswith(f"SCRIPT={scripts}/{name}: {answer} Type: make run-script"),
                      f"run-guests --script {name} is answered: {answer}", [status, said])
    status, said = run("tests/run-guests", "--script", f"{scripts}/a=b.txt")
    writer.result(status == 0 and "ok 1 - script-a-b\n" in said, "a script's name may have a = in it", [status, said])
    environment = empty_build()
    status, said = run("tests/run-guests", "--script", f"{scripts}/a=b.txt", env=environment)
    writer.result(status == 2 and said == f"Bail out! tools/bundle: {environment['BUILD']}/guest/script.elf: No such "
                  "file or directory\n",
                  "without a build, run-guests prints the line of tools/bundle", [status, said])


def packing(writer):
    """A build that has no test's log yet."""
    environment = empty_build()
    os.makedirs(f"{environment['BUILD']}/guest")
    shutil.copy(f"{BUILD}/guest/hello.elf", f"{environment['BUILD']}/guest")
    status, said = run("tests/run-guests", "hello", env=environment)  # there is no umbra.elf, so QEMU ends at once
    writer.result(os.path.exists(f"{environment['BUILD']}/tests/hello-1.cpio"),
                  "run-guests makes the folder of its bundles", [status, said])


def by_kexec(writer):
    """tests/boot/kexec.t skips only what has to be downloaded."""
    def test(**environment):
        return run(os.path.abspath("tests/boot/kexec.t"), cwd=FOLDER, env={**os.environ, **environment})

    status, said = test(**empty_build())
    writer.result(status == 1 and "# build first: make\n" in said and "SKIP" not in said,
                  "without a build, kexec.t fails", [status, said])
    build = os.path.abspath(f"{FOLDER}/kexec")  # nothing has been downloaded there
    shutil.rmtree(build, ignore_errors=True)
    os.makedirs(f"{build}/guest")
    for name in ("umbra.elf", "guest/hello.elf", "guest/demo.elf"):
        os.symlink(os.path.abspath(f"{BUILD}/{name}"), f"{build}/{name}")
    status, said = test(BUILD=build, KEXEC_KERNEL="no/such")
    writer.result(status == 1 and "# KEXEC_KERNEL=no/such: there is no such file\n" in said and "1..1" in said,
                  "kexec.t names a KEXEC_KERNEL that does not exist", [status, said])
    tools = fake_commands(**dict.fromkeys(("cpio", "gzip", "qemu-system-x86_64", "qemu-system-i386"), "#!/bin/sh\n"))
    with open(f"{FOLDER}/a-kernel", "w", encoding="utf-8"):
        status, said = test(BUILD=build, KEXEC_KERNEL="a-kernel", PATH=tools)
    writer.result(status == 0 and said.count("# SKIP Debian's packages cannot be had: there is no apt-") == 2,
                  "without apt, kexec.t is skipped; a relative KEXEC_KERNEL counts from the caller's folder",
                  [status, said])
    os.remove(f"{tools}/cpio")
    status, said = test(BUILD=build, PATH=tools)
    writer.result(status == 1 and "# cpio is not installed\n" in said, "without cpio, kexec.t fails", [status, said])


def folder(_):
    os.makedirs(FOLDER, exist_ok=True)


sys.exit(tap.run(folder, verdicts, installing, tools_of_goals, steering, words, helps, arguments, without_a_build,
                 a_script_of_your_own, packing, by_kexec, profile))
