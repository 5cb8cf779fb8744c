# SPDX-License-Identifier: GPL-2.0-or-later
# A boot loader that leaves the machine in a bad state, for tests/system/inherited.t: $(LOADER).

LOADER := $(BUILD)/loader/loader.elf
LOADER_OBJECTS := $(patsubst %,$(BUILD)/loader/%.o,$(basename \
	$(wildcard tests/loader/*.c tests/loader/*.S) lib/string.c))

$(BUILD)/loader/%.o: %.c $(FLAGS_STAMP)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_FLAGS) -I. -MMD -MP -c $< -o $@

$(BUILD)/loader/%.o: %.S $(FLAGS_STAMP)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_FLAGS) -I. -MMD -MP -Wa,--noexecstack -c $< -o $@

$(LOADER): $(LOADER_OBJECTS) tests/loader/loader.ld
	$(call say,LINK,$@)
	$(Q)$(TARGET_CC) $(LINK_FLAGS) -Wl,-T,tests/loader/loader.ld $(LOADER_OBJECTS) -lgcc -o $@

-include $(LOADER_OBJECTS:%.o=%.d)
