# SPDX-License-Identifier: GPL-2.0-or-later
#
# One entry for every task; `make help` lists them. How things are made stands in
#
#	tools/make/compiler.mk     which compiler, with which flags
#	tools/make/hypervisor.mk   the hypervisor, as a release and as a debug build
#	guest/guest.mk             the guest images
#	tests/unit/unit.mk         the native unit tests
#	tools/make/media.mk        floppy, network and other media: docs/media.md
#	tools/make/watch.mk        the viewer of page tables: docs/watch.md
#	tools/make/web.mk          the site with Umbra in a browser tab: docs/web.md
#	tools/make/checks.mk       what reads sources and documents: `make check`
#
# Variables for the command line:
#	V=1          show every command
#	DEBUG=1      use the debug build: distinct address types, a hypercall that panics
#	CC=clang     or any other compiler for 32-bit x86
#	QEMU_FLAGS=  more for QEMU's command line, such as '-cpu 486 -m 8'
#	APPEND=      more for the hypervisor's command line, such as 'stats'
#	GUEST= INITRD= DISK= RO=1 MEM= CMDLINE=   a kernel of your own: docs/linux.md

BUILD ?= build
Q := $(if $(V),,@)
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

say = @printf '  %-8s %s\n' '$(1)' '$(2)'

include tools/make/compiler.mk
include tools/make/hypervisor.mk
-include guest/guest.mk
-include tests/unit/unit.mk
-include tests/loader/loader.mk

HYPERVISOR := $(if $(DEBUG),$(BUILD)/debug/umbra.elf,$(BUILD)/umbra.elf)
ISO := $(HYPERVISOR:.elf=.iso)

# Those who write a guest of their own want to run it even if another one does not build.
LENIENT := $(if $(filter-out iso run,$(MAKECMDGOALS)),,$(MAKECMDGOALS))

GUESTS := $(filter $(BUILD)/guest/%,$(GUEST_ELFS))
TEST_GUESTS := $(filter-out $(GUESTS),$(GUEST_ELFS))
SCRIPTS := $(wildcard tests/scripts/*.txt)

include tools/make/media.mk
include tools/make/web.mk
# The page walks of the CPU, on the bare machine.
CERTIFY := $(BUILD)/reference/page-walk.elf $(BUILD)/reference/page-walk-pae.elf

include tools/make/watch.mk
include tools/make/checks.mk

# Files of the user's: their names may have blanks, so only the shell sees them.
export BUILD HYPERVISOR QEMU_FLAGS APPEND GUEST INITRD DISK RO MEM MATRIX ONLY SCRIPT
ifneq ($(origin CMDLINE),undefined)
export CMDLINE
endif
OF_A_GUEST := $(strip $(GUEST)$(INITRD)$(DISK)$(RO)$(MEM)$(CMDLINE))
GUEST_ISO := $(HYPERVISOR:.elf=-guest.iso)
ifneq ($(and $(filter run,$(MAKECMDGOALS)),$(strip $(APPEND))),)
ifeq ($(OF_A_GUEST),)
$(error APPEND=$(APPEND): the menu of $(ISO) takes no options. Type: make run-demo APPEND=...)
endif
endif

##: Build

all: $(HYPERVISOR) $(GUESTS) ## the hypervisor and every guest image

iso: $(if $(OF_A_GUEST),guest-iso,$(ISO)) ## build/umbra.iso, for QEMU, a USB stick or a CD

# Made anew each time: it depends on words that are in no file.
guest-iso: guest-words $(HYPERVISOR) | tools
	$(call say,ISO,$(GUEST_ISO))
	$(Q)tools/linux/make-iso.sh $(GUEST_ISO) $(HYPERVISOR)

# A mistake in the variables comes before anything is built.
guest-words:
	$(Q)tools/linux/make-iso.sh --check

clean: ## removes build/
	$(Q)rm -rf $(BUILD)

toolchain: ## builds i686-elf-gcc into the cache folder: once, about 15 minutes
	$(Q)tools/toolchain.sh

setup: tools ## installs every tool that some target here needs

##: Run

run: iso | tools ## boots the ISO in QEMU: the demo, or your Linux: GUEST=bzImage INITRD=initrd.gz
	$(Q)$(if $(OF_A_GUEST),tools/linux/run.sh $(GUEST_ISO),tools/run-iso.sh $(ISO))

# Targets with a name in them build the image of that name, and no other.
.SECONDEXPANSION:

run-%: $(HYPERVISOR) $$(call image_files,$$*) | tools ## boots one guest image, without GRUB: make run-hello
	$(Q)tools/run-guest.sh $*

run-native-%: $$(call image_files,$$*) | tools ## boots an image with native := y without the hypervisor
	$(Q)tools/run-native.sh $* $<

run-script: $(HYPERVISOR) $(BUILD)/guest/script.elf | tools ## plays one script: make run-script SCRIPT=tests/scripts/x.txt
	$(Q)tests/run-guests --script "$$SCRIPT"

lab: $(HYPERVISOR) $(BUILD)/guest/script.elf | tools ## a prompt for lines of scripts: each is executed when it is typed, and answered
	$(Q)tools/lab.sh

run-many: $(BUILD)/umbra.elf $(BUILD)/guest/demo.elf $(BUILD)/guest/script.elf | tools ## three demo guests and a script side by side, and a look at them in the monitor
	$(Q)tools/run-many

debug: $(BUILD)/debug/umbra.elf $(call image_files,$(or $(GUEST),demo)) | tools ## QEMU waits for gdb: make debug GUEST=demo
	$(Q)HYPERVISOR=$< tools/debug.sh $(or $(GUEST),demo)

##: Test and measure

test: test-programs | tools ## runs every test; prove's verdict comes last
	$(Q)tests/run-all

test-under-load: test-programs | tools ## the same with two busy loops beside it, and then on one core: nothing may change
	$(Q)tests/run-under-load

test-long: $(BUILD)/umbra.elf $(BUILD)/debug/umbra.elf $(TEST_GUESTS) unit | tools ## a million operations of random guests for each kind of page tables, and 200,000 on 2 and on 4 CPUs; lines that break while a guest moves; every flag compared with the CPU; ten million operations of CPUs that are threads
	$(Q)LONG=1 prove --jobs 2 --failures --comments --exec tests/run-one tests/system/random.t tests/system/reference.t tests/system/move.t $(RACE_TESTS:%=$(UNIT)/test_%)

test-%: $(BUILD)/debug/umbra.elf $$(call image_files,$$(firstword $$(subst ., ,$$*))) | tools ## runs one test image or script and shows what it prints
	$(Q)tests/run-guests --show $*

test-bochs: $(BUILD)/umbra.iso $(BUILD)/debug/umbra.elf $(TEST_GUESTS) $(LOADER) | tools ## boots the ISO in Bochs as two CPUs, then test images, a bad loader, guests that print, and a move from QEMU
	$(Q)tests/run-bochs $<

test-linux: $(HYPERVISOR) $(BUILD)/tests/linux/fpu $(BUILD)/tests/linux/costs | tools ## your Linux, driven and checked: GUEST=bzImage INITRD=initrd.gz; MATRIX=1: on every CPU
	$(Q)tests/linux/run

# Programs for the guest: nothing but system calls.
$(BUILD)/tests/linux/%: tests/linux/%.c $(FLAGS_STAMP)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_FLAGS) $(LINK_FLAGS) $< -o $@

prove: | tools ## proves what isolation rests on, with Frama-C: three minutes; SMOKE=1: and tries to prove what is false
	$(Q)proof/run $(wildcard proof/*.c)

bench: $(BUILD)/umbra.elf $(GUESTS) $(TEST_GUESTS) | tools ## what each operation costs; CHECK=1 fails over the aim
	$(Q)tools/bench $(if $(CHECK),--check)

bench-smp: $(BUILD)/umbra.elf $(TEST_GUESTS) | tools ## what two guests on two CPUs lose beside two machines: eight minutes, on two idle processors; KERNEL=bzImage INITRD=initrd.gz: and two Linuxes
	$(Q)tools/bench-smp

##: Source

format: | tools ## formats every C file
	$(Q)clang-format -i $(C_FILES)

check-format: | tools ## says which C files are not formatted
	$(Q)clang-format --dry-run --Werror $(C_FILES) || { echo 'make format mends it.'; exit 1; }

docs: | tools ## writes the index of guarantees in docs/tests.md, from the headers of test images and scripts
	$(Q)tools/test-index

help: ## this list
	$(Q)awk -f tools/help.awk $(MAKEFILE_LIST)

C_FILES = $(shell git ls-files '*.c' '*.h' '*.inc')

# What must be there before a test runs.
test-programs: ## builds all that tests/run-guests and tests/system/*.t run
test-programs: $(BUILD)/umbra.elf $(BUILD)/debug/umbra.elf $(BUILD)/umbra.iso \
	$(GUESTS) $(TEST_GUESTS) $(LOADER) media unit

# Goals, and what they build first: that needs its tools whichever goal asks for it. $(1): goals
with = $(1) $(if $(filter $(2),$(1)),$(3))
with_programs = $(call with,$(1),test test-under-load,test-programs)
with_unit = $(call with,$(with_programs),test-programs test-long test-nightly coverage,unit)
with_iso = $(call with,$(with_unit),run test-programs test-linux test-bochs test-boot docs-hardware docs-certify %.iso,iso)
with_media = $(call with,$(with_iso),test-programs test-boot,media)
with_web = $(call with,$(call with,$(with_media),docs-web,test-web),test-web,web)
with_parts = $(call with,$(with_web),media,bundle floppy floppy-iso pxe)

# The tools that goals need: a missing one is installed, or asked for. $(1): goals
needs = $(if $(filter setup $(2),$(1)),$(3))
tools_for = $(call tools_of,$(with_parts))
tools_of = $(if $(filter-out clean docs help toolchain format check-format check-lengths,$(1)),$(BUILD_TOOLS) unifont) \
	$(call needs,$(1),iso,grub-mkrescue grub-pc grub-efi-ia32 grub-efi-amd64 xorriso mformat) \
	$(call needs,$(1),unit coverage-report,gcc libc cmocka) \
	$(call needs,$(1),bundle floppy floppy-iso pxe docs-hardware,python3) \
	$(call needs,$(1),floppy floppy-iso,syslinux syslinux-common mformat mcopy gzip) \
	$(call needs,$(1),floppy-iso,xorriso) \
	$(call needs,$(1),pxe,pxelinux syslinux-common) \
	$(call needs,$(1),test test-under-load test-boot,ipxe-qemu cpio) \
	$(call needs,$(1),test-boot docs-hardware,ovmf-ia32 node npm seabios) \
	$(call needs,$(1),test test-under-load test-boot docs-hardware,ovmf) \
	$(call needs,$(1),run run-% lab debug test test-under-load test-% bench bench-smp watch check check-docs docs-figures \
		docs-hardware docs-certify,qemu-system-i386 python3 pexpect) \
	$(call needs,$(1),docs,python3 pexpect) \
	$(call needs,$(1),test test-under-load test-%,pyte) \
	$(call needs,$(1),second-opinion,gcc libc libvterm) \
	$(call needs,$(1),coverage coverage-report,gcovr) \
	$(call needs,$(1),fuzz fuzz-bundle fuzz-snapshot fuzz-move,clang libc libclang-rt python3) \
	$(call needs,$(1),test test-under-load test-long test-linux test-boot test-web,prove taskset) \
	$(call needs,$(1),test-linux,mke2fs $(if $(MATRIX),bochs bochs-term bochsbios vgabios)) \
	$(call needs,$(1),debug test test-under-load,gdb) \
	$(call needs,$(1),prove,frama-c why3 z3 cvc4) \
	$(call needs,$(1),test-bochs test-boot docs-hardware docs-certify,bochs bochs-term bochsbios vgabios) \
	$(call needs,$(1),format check-format check,clang-format) \
	$(call needs,$(1),check check-clang,clang ld.lld objdump libgcc-i686) \
	$(call needs,$(1),check check-cppcheck,cppcheck) \
	$(call needs,$(1),check check-tidy,clang-tidy) \
	$(call needs,$(1),docs-certify,node npm) \
	$(call needs,$(1),web serve,node npm pandoc seabios python3) \
	$(call needs,$(1),test-web,chromium) \
	$(call needs,$(1),docs-web,pngquant)

TOOLS := $(call tools_for,$(or $(MAKECMDGOALS),all))
export ALL_TOOLS := $(call tools_for,setup)

tools:
	$(Q)tools/setup.sh $(TOOLS)

# The images that go onto the disc.
guests-of-disc: $(GUESTS)
	@:

ifneq ($(LENIENT),)
$(BUILD)/guest/built: tools
	+@mkdir -p $(@D)
	+$(Q)MAKE='$(MAKE)' tools/build-images $@ $(GUESTS)
else
$(BUILD)/guest/built: $(GUESTS)
	+$(Q)MAKE=: tools/build-images $@ $(GUESTS)
endif

%.iso: %.elf $(BUILD)/guest/built $(CERTIFY) $(SCRIPTS) iso/make-iso.sh iso/grub-disc.sh iso/grub.cfg iso/hurry.cfg \
	tools/module-words.sh | tools
	$(call say,ISO,$@)
	$(Q)iso/make-iso.sh $@ $< $$(cat $(BUILD)/guest/built)

.PHONY: all guests-of-disc iso guest-iso guest-words clean toolchain setup run run-many run-script lab debug test test-under-load test-long test-linux test-programs test-bochs bench \
	prove format check-format docs help tools unit new-guest
