# SPDX-License-Identifier: GPL-2.0-or-later
#
# The unit tests: programs for the machine that builds, with the sanitizers on. $(BUILD)/unit/test_X
# is tests/unit/test_X.c and the sources of X listed here; test_X-release is the same without
# CONFIG_DEBUG, where an address is a plain number. To add one, add its line and its file.
#
#	make unit UNIT_FLAGS=--coverage		counts what is executed, for gcov

unit_string := lib/string.c
unit_format := lib/format.c
unit_frames := mm/frames.c
unit_guest_memory := mm/guest_memory.c
unit_memory_map := boot/multiboot.c tests/unit/boot_window.c
unit_multiboot := $(unit_memory_map)
unit_modules := boot/modules.c
unit_loader := mm/guest_memory.c hv/loader.c tests/unit/guest_images.c
unit_loader_elf := $(unit_loader)
unit_ring := mm/guest_memory.c hv/hypercalls.c

UNIT_TESTS := string format frames guest_memory memory_map multiboot modules loader loader_elf ring

# Every program has these: a machine with memory, and strlcpy, which not every C library has.
UNIT_COMMON := tests/unit/native.c lib/string.c mm/frames.c

NATIVE_CC ?= gcc
UNIT_CFLAGS = -std=gnu11 -O1 -g -Wall -Wextra -fno-omit-frame-pointer -DCONFIG_NATIVE -I. \
	-fsanitize=address,undefined -fno-sanitize-recover=all $(UNIT_FLAGS)

UNIT := $(BUILD)/unit
UNIT_PROGRAMS := $(UNIT_TESTS:%=$(UNIT)/test_%) $(UNIT_TESTS:%=$(UNIT)/test_%-release)

unit: $(UNIT_PROGRAMS)

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
		$(unit_$(1)) $(UNIT_COMMON)))
	$$(call say,LINK,$$@)
	$$(Q)$$(NATIVE_CC) $$(UNIT_CFLAGS) -o $$@ $$^ -lcmocka

endef

$(eval $(call unit_rules,debug,-DCONFIG_DEBUG,))
$(eval $(call unit_rules,release,,-release))

-include $(shell find $(UNIT)/debug $(UNIT)/release -name '*.d' 2>/dev/null)

.PHONY: unit
