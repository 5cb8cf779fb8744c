# SPDX-License-Identifier: GPL-2.0-or-later
#
# The unit tests: programs for the machine that builds, with the sanitizers on. $(BUILD)/unit/test_X
# is tests/unit/test_X.c and the sources of X listed here; test_X-release is the same without
# CONFIG_DEBUG, where an address is a plain number. To add one, add its line and its file.
#
#	make coverage		prints which lines they execute, by gcov

unit_string := lib/string.c
unit_number := lib/number.c
unit_machine := hv/base/machine.c
unit_utf8 := lib/utf8.c
unit_sse2 := arch/x86/sse2.c
unit_chacha20 := lib/chacha20.c
unit_virtio_ring := mm/guest_memory.c hv/virtio/ring.c
unit_switch := hv/virtio/switch.c
unit_devices := mm/guest_memory.c $(wildcard hv/virtio/*.c) tests/unit/device_driver.c
unit_device_clones := $(unit_devices)
unit_virtio_block := $(unit_devices)
unit_virtio_console := $(unit_devices)
unit_virtio_net := $(unit_devices)
unit_format := lib/format.c
unit_frames := mm/frames.c
unit_shared_frames := mm/frames.c
unit_frames_random := mm/frames.c
unit_guest_memory := mm/guest_memory.c
unit_guest_memory_clones := mm/guest_memory.c
unit_memory_map := boot/boot_strings.c boot/multiboot.c boot/multiboot2.c boot/boot_parser.c boot/ranges.c tests/unit/boot_window.c
unit_multiboot := $(unit_memory_map)
unit_multiboot2 := $(unit_memory_map)
unit_modules := boot/modules.c boot/command_line.c lib/number.c
unit_command_line := boot/command_line.c lib/number.c
unit_cpu_features := arch/x86/cpu_features.c
unit_bundle := boot/boot_strings.c boot/bundle.c boot/cpio.c $(unit_modules) lib/format.c
unit_snapshot := hv/domain/snapshot_file.c arch/x86/cpu_words.c lib/format.c
unit_line := hv/domain/line.c
unit_watch_report := hv/domain/watch_report.c hv/domain/watch_text.c lib/format.c
unit_watch_port := hv/domain/watch_port.c hv/domain/watch_text.c hv/text_match.c lib/number.c lib/format.c
unit_boot_guests := boot/guests.c $(unit_modules) lib/format.c
unit_own_words := boot/own_words.c hv/text_match.c lib/format.c
unit_loader := mm/guest_memory.c $(wildcard hv/loader*.c) tests/unit/guest_images.c
unit_loader_elf := $(unit_loader)
unit_loader_bzimage := $(unit_loader)
unit_terminal := $(wildcard hv/console/terminal*.c) lib/utf8.c
unit_terminal_corpus := $(unit_terminal) tests/unit/terminal_corpus.c
unit_framebuffer := $(unit_terminal) hv/console/text_screen.c arch/x86/framebuffer.c
unit_vga := $(unit_terminal) hv/console/text_screen.c arch/x86/vga.c arch/x86/vga_registers.c
unit_acpi := arch/x86/acpi.c arch/x86/acpi_tables.c tests/unit/acpi_machine.c
unit_cpu_list := arch/x86/cpu_list.c arch/x86/mp_table.c arch/x86/acpi_devices.c $(unit_acpi)
unit_acpi_devices := $(unit_cpu_list)
unit_acpi_sleep := $(unit_acpi) arch/x86/acpi_sleep.c
unit_keyboard := arch/x86/keyboard.c
unit_speculation := arch/x86/speculation.c
unit_serial := arch/x86/serial.c
unit_serial_find := arch/x86/serial_find.c arch/x86/serial.c arch/x86/pci.c arch/x86/acpi_tables.c
unit_serial_option := boot/serial_option.c lib/number.c lib/format.c
unit_pit_clock := arch/x86/pit_clock.c
unit_timer := arch/x86/timer.c arch/x86/tsc_rate.c arch/x86/counter_clock.c arch/x86/apic_timer.c
unit_counter_clock := arch/x86/counter_clock.c
unit_io_apic := arch/x86/io_apic.c
unit_tsc_sync := arch/x86/tsc_sync.c
unit_apic := arch/x86/apic.c
unit_ap_start := arch/x86/ap_start.c
unit_scancodes := hv/console/scancodes.c
unit_console := hv/console/console.c hv/console/multiplexer.c hv/console/console_input.c lib/format.c lib/utf8.c tests/unit/console_line.c
unit_console_random := $(unit_console)
unit_console_keys := $(unit_console)
unit_line_editor := lib/line_editor.c
unit_monitor := hv/monitor/monitor.c lib/line_editor.c hv/text_match.c lib/format.c
unit_text_match := hv/text_match.c
unit_emulate := hv/emulate.c hv/reset.c lib/format.c
unit_symbols := hv/monitor/symbols.c
unit_trace := hv/trace.c hv/base/machine.c hv/trace_text.c arch/x86/exception_name.c lib/format.c
unit_ring := mm/guest_memory.c hv/hypercalls.c hv/base/machine.c tests/unit/ring_guest.c tests/unit/no_traps.c
unit_ring_batches := $(unit_ring)
shadow_engines := hv/shadow/shadow.c hv/shadow/2on2.c hv/shadow/2onpae.c hv/shadow/paeonpae.c arch/x86/sse2.c
unit_guest := $(unit_loader) hv/guest.c lib/format.c $(shadow_engines) hv/fast_path_state.c
unit_shadow := $(filter-out %/fuzz.c,$(wildcard tests/unit/oracle/*.c)) mm/guest_memory.c \
	$(shadow_engines) hv/fast_path_state.c

UNIT_TESTS := string number lock machine utf8 chacha20 format sse2 fast_walk frames shared_frames frames_random guest_memory guest_memory_clones memory_map multiboot multiboot2 modules command_line \
	cpu_features bundle snapshot line watch_report watch_port boot_guests own_words loader \
	loader_elf loader_bzimage ring ring_batches virtio_ring switch devices device_clones virtio_block virtio_console virtio_net guest \
	shadow line_editor monitor trace text_match symbols terminal terminal_corpus vga framebuffer keyboard acpi acpi_devices acpi_sleep cpu_list scancodes console \
	console_random \
	console_keys emulate pit_clock counter_clock timer io_apic apic ap_start tsc_sync speculation serial serial_find serial_option

# These run on threads that play CPUs (tests/unit/race_cpus.h), under ThreadSanitizer. test_X-release is not
# made of them. In race/test_X-without-LOCK one lock does nothing: tests/system/races.t wants each to fail.
RACE_TESTS := race_frames race_schedule race_domains race_console race_timer
unit_race_domains = hv/domain/domain_run.c hv/domain/domains.c lib/format.c lib/string.c $(unit_race_schedule)
unit_race_schedule := hv/sched/schedule.c hv/sched/sched_cpus.c hv/base/machine.c hv/clock.c hv/interrupts.c tests/unit/race_guests.c
race_common := tests/unit/race_cpus.c mm/frames.c mm/frames_check.c
lock_frames := mm/frames.c # the file that defines the lock
lock_machine := hv/base/machine.c
lock_timer := arch/x86/timer.c
unit_race_timer := $(unit_timer)
unit_race_console := $(filter-out %_screen.c,$(wildcard hv/console/console*.c)) hv/console/multiplexer.c hv/console/scancodes.c \
	hv/base/log.c hv/base/machine.c hv/virtio/switch.c hv/hypercalls.c mm/guest_memory.c lib/format.c lib/utf8.c \
	lib/string.c tests/unit/race_calls.c tests/unit/no_traps.c
without_lock_race_frames := frames
without_lock_race_schedule := machine
without_lock_race_domains := machine
without_lock_race_console := machine
without_lock_race_timer := timer

# Every program has these: a machine with memory, and strlcpy, which not every C library has.
UNIT_COMMON := tests/unit/native.c tests/unit/parts.c lib/string.c mm/frames.c mm/frames_check.c
common_shadow := tests/unit/parts.c mm/frames.c mm/frames_check.c # its machine is tests/unit/oracle/world.c

NATIVE_CC ?= gcc
UNIT_CFLAGS = -std=gnu11 -O1 -g -Wall -Wextra -fno-omit-frame-pointer -DCONFIG_NATIVE -I. -I$(BUILD)/font \
	-fsanitize=address,undefined -fno-sanitize-recover=all $(UNIT_FLAGS)

UNIT := $(BUILD)/unit
UNIT_PROGRAMS := $(UNIT_TESTS:%=$(UNIT)/test_%) $(UNIT_TESTS:%=$(UNIT)/test_%-release) $(RACE_TESTS:%=$(UNIT)/test_%) \
	$(foreach test,$(RACE_TESTS),$(without_lock_$(test):%=$(UNIT)/race/test_$(test)-without-%))

##: Parts of the tests

unit: $(UNIT_PROGRAMS) ## builds the unit tests: build/unit/test_*

# Changing a flag rebuilds.
$(UNIT)/flags: tools
	@mkdir -p $(@D)
	@echo '$(NATIVE_CC) $(UNIT_CFLAGS)' | cmp -s - $@ || \
		echo '$(NATIVE_CC) $(UNIT_CFLAGS)' > $@

# $(call unit_rules,folder of the objects,flags,end of the programs' names)
define unit_rules
$(UNIT)/$(1)/%.o: %.c $(UNIT)/flags tests/unit/unit.mk
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(NATIVE_CC) $$(UNIT_CFLAGS) $(2) $$(RENAMED) -MMD -MP -c -o $$@ $$<

# Beside the C library's functions of the same names.
$(UNIT)/$(1)/lib/%.o: RENAMED := -include tests/unit/renamed.h
$(foreach test,$(UNIT_TESTS),$(call unit_program,$(test),$(1),$(3)))
endef

define unit_program
$(UNIT)/test_$(1)$(3): $(patsubst %.c,$(UNIT)/$(2)/%.o,$(sort tests/unit/test_$(1).c \
		$(unit_$(1)) $(or $(common_$(1)),$(UNIT_COMMON))))
	$$(call say,LINK,$$@)
	$$(Q)$$(NATIVE_CC) $$(UNIT_CFLAGS) $(if $(3),,--coverage) -o $$@ $$^ -lcmocka

endef

$(eval $(call unit_rules,debug,-DCONFIG_DEBUG --coverage,))
$(eval $(call unit_rules,release,,-release))

RACE_CFLAGS = -std=gnu11 -O2 -g -Wall -Wextra -fno-omit-frame-pointer -DCONFIG_NATIVE -DCONFIG_DEBUG \
	-DCONFIG_THREADS -I. -fsanitize=thread -pthread

$(UNIT)/race/%.o: %.c $(UNIT)/flags tests/unit/unit.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(NATIVE_CC) $(RACE_CFLAGS) $(RENAMED) -MMD -MP -c -o $@ $<

$(UNIT)/race/%.without.o: %.c $(UNIT)/flags tests/unit/unit.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(NATIVE_CC) $(RACE_CFLAGS) -DCONFIG_WITHOUT_THIS_LOCK -MMD -MP -c -o $@ $<

$(UNIT)/race/lib/%.o: RENAMED := -include tests/unit/renamed.h

race_objects = $(patsubst %.c,$(UNIT)/race/%.o,$(sort tests/unit/test_$(1).c $(unit_$(1)) $(race_common)))

# $(call race_program,program,its objects)
define race_program
$(1): $(2)
	$$(call say,LINK,$$@)
	$$(Q)$$(NATIVE_CC) $$(RACE_CFLAGS) -o $$@ $$^

endef

without = $(patsubst $(UNIT)/race/$(lock_$(2):.c=.o),$(UNIT)/race/$(lock_$(2):.c=.without.o),$(call race_objects,$(1)))

$(foreach test,$(RACE_TESTS),$(eval $(call race_program,$(UNIT)/test_$(test),$(call race_objects,$(test)))) \
	$(foreach lock,$(without_lock_$(test)),$(eval $(call race_program,$(UNIT)/race/test_$(test)-without-$(lock),\
		$(call without,$(test),$(lock))))))

$(UNIT)/debug/arch/x86/framebuffer.o $(UNIT)/release/arch/x86/framebuffer.o: $(FONT)

-include $(shell find $(UNIT)/debug $(UNIT)/release $(UNIT)/race -name '*.d' 2>/dev/null)

# The shadow engine against its model for longer, from a seed of the day.
test-nightly: $(UNIT)/test_shadow ## the shadow engine against its model: 10 million operations
	$(Q)$< --operations 10000000 --seed $$(date +%y%m%d)000

# The same model, and a fuzzer that chooses the operations.
FUZZ_SECONDS ?= 60
FUZZ := $(BUILD)/fuzz
FUZZ_C := $(filter-out tests/unit/test_%,$(unit_shadow)) tests/unit/oracle/fuzz.c $(common_shadow)

$(FUZZ)/shadow: $(FUZZ_C) $(wildcard tests/unit/oracle/*.h hv/*.h mm/*.h arch/x86/*.h) | tools
	$(call say,FUZZ,$@)
	@mkdir -p $(FUZZ)/corpus
	$(Q)clang -std=gnu11 -O1 -g -Wall -Wextra -DCONFIG_NATIVE -DCONFIG_DEBUG -I. \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(FUZZ_C)

fuzz: $(FUZZ)/shadow ## the same by a fuzzer, for FUZZ_SECONDS=60; what it finds is left in build/fuzz/
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=3208 -len_control=20 -use_value_profile=1 \
		-artifact_prefix=$(FUZZ)/ -print_final_stats=1 $(FUZZ)/corpus tests/unit/oracle/corpus

# A reader of files and its fuzzer. $(1): the sources
define build_fuzzer
$(call say,FUZZ,$@)
@mkdir -p $(FUZZ)
$(Q)clang -std=gnu11 -O1 -g -Wall -Wextra -DCONFIG_NATIVE -DCONFIG_DEBUG -I. -include tests/unit/renamed.h \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(1)
endef

# Bundles: a fuzzer begins with a valid one.
FUZZ_BUNDLE_C := tests/unit/fuzz_bundle.c $(unit_bundle) lib/string.c

$(FUZZ)/bundle: $(FUZZ_BUNDLE_C) $(wildcard boot/*.h lib/*.h) | tools
	$(call build_fuzzer,$(FUZZ_BUNDLE_C))

fuzz-bundle: $(FUZZ)/bundle ## bundles by a fuzzer, for FUZZ_SECONDS=60
	@mkdir -p $(FUZZ)/bundles
	$(Q)tools/bundle -o $(FUZZ)/bundles/valid -l 'umbra stats' -l 'README.md kernel mem=2M -- x' -l 'b initrd' b=.clang-format
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=40000 -artifact_prefix=$(FUZZ)/ -print_final_stats=1 $(FUZZ)/bundles

# Snapshots: a fuzzer changes a valid one.
FUZZ_SNAPSHOT_C := tests/unit/fuzz_snapshot.c $(unit_snapshot) lib/string.c

$(FUZZ)/snapshot: $(FUZZ_SNAPSHOT_C) $(wildcard abi/*.h hv/domain/*.h lib/*.h) | tools
	$(call build_fuzzer,$(FUZZ_SNAPSHOT_C))

fuzz-snapshot: $(FUZZ)/snapshot ## snapshots by a fuzzer, for FUZZ_SECONDS=60
	@mkdir -p $(FUZZ)/snapshots
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=120 -artifact_prefix=$(FUZZ)/ -print_final_stats=1 $(FUZZ)/snapshots

# A guest that moves: a fuzzer plays the sender. It begins with one that does all that is right.
FUZZ_MOVE_C := tests/unit/fuzz_move.c hv/domain/move_receive.c $(unit_snapshot) lib/string.c

$(FUZZ)/move: $(FUZZ_MOVE_C) $(wildcard abi/*.h hv/domain/*.h lib/*.h) | tools
	$(call build_fuzzer,$(FUZZ_MOVE_C))

fuzz-move: $(FUZZ)/move ## what the sender of a guest says by a fuzzer, for FUZZ_SECONDS=60
	@mkdir -p $(FUZZ)/moves
	$(Q)printf '\000\001\000\003\001\000\000\004\001\000\000\000\005\001\000\000\002\000\005\002\000\000\006\000\007' > $(FUZZ)/moves/good
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=200 -artifact_prefix=$(FUZZ)/ -print_final_stats=1 $(FUZZ)/moves

# The screens of the corpus by another's terminal: where the two differ, docs/console.md says why.
$(UNIT)/second_opinion: tests/unit/second_opinion.c tests/unit/terminal_corpus.c tests/unit/terminal_corpus.h | tools
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(NATIVE_CC) -std=gnu11 -g -Wall -Wextra -DCONFIG_NATIVE -I. -o $@ $(filter %.c,$^) -lvterm

second-opinion: $(UNIT)/second_opinion ## the screen's corpus by libvterm: where it differs from the manuals
	$(Q)$<

# The coverage of lines by the unit tests; build/coverage/lines.txt has the lines that no test executes. Each run of
# build/unit/test_X adds what it executes to the *.gcda beside the objects. `make test` has run all of them.
COVERAGE := $(BUILD)/coverage

coverage: $(UNIT_TESTS:%=$(UNIT)/test_%) | tools ## line coverage by the unit tests, room by room; fails below a room's floor
	$(Q)find $(UNIT)/debug -name '*.gcda' -delete
	$(Q)printf '%s\n' $(UNIT_TESTS:%=$(UNIT)/test_%) | xargs -n 1 -P $(CHECK_JOBS) tests/run-one > /dev/null
	+$(Q)$(MAKE) --no-print-directory coverage-report

coverage-report: | tools ## the same of the runs so far, such as those of `make test`
	$(Q)mkdir -p $(COVERAGE)
	$(Q)gcovr --root . --filter hv/ --filter mm/ --filter lib/ --filter boot/ --filter arch/x86/ \
		--json-summary $(COVERAGE)/summary.json --txt $(COVERAGE)/lines.txt $(UNIT)/debug
	$(Q)tools/check/coverage-floors $(COVERAGE)/summary.json

.PHONY: unit test-nightly fuzz fuzz-bundle fuzz-snapshot fuzz-move coverage coverage-report second-opinion
