# SPDX-License-Identifier: GPL-2.0-or-later
# Guest images. Each folder under these is one image, with a C file of the same name (and others,
# if it likes):
#
#	guest/images/NAME/NAME.c   becomes  $(BUILD)/guest/NAME.elf
#	tests/guest/NAME/NAME.c             $(BUILD)/tests/NAME.elf
#	tests/runner/NAME/NAME.c            $(BUILD)/runner/NAME.elf
#
# NAME/NAME.mk, if there, may say `high := y`: the guest kernel is seen at 0xC0000000.
# By itself: make -f guest/guest.mk

BUILD ?= build
ifndef TARGET_CC
Q := $(if $(V),,@)
say = @printf '  %-8s %s\n' '$(1)' '$(2)'
.DEFAULT_GOAL := guests
include tools/make/compiler.mk
endif

GUEST_CFLAGS ?= $(TARGET_FLAGS) -fno-jump-tables -I.
GUEST_LDFLAGS ?= $(LINK_FLAGS) -Wl,-T,guest/guest.ld
# Before -T: GNU ld reads the script where it stands on the command line.
GUEST_HIGH := -Wl,--defsym=kernel_base=0xC0000000

# The kit: its own files, and the part of lib/ that guests need.
KIT_SOURCES := $(wildcard guest/lib/*.c guest/lib/*.S) lib/string.c lib/format.c
KIT_OBJECTS := $(patsubst %,$(BUILD)/kit/%.o,$(basename $(KIT_SOURCES)))

$(BUILD)/kit/%.o: %.c $(FLAGS_STAMP)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/kit/%.o: %.S $(FLAGS_STAMP)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(GUEST_CFLAGS) -MMD -MP -Wa,--noexecstack -c $< -o $@

image_objects = $(patsubst %.c,$(BUILD)/kit/%.o,$(wildcard $(1)/*.c))

# $(1): the image's folder without a slash at its end, $(2): its name, $(3): the image
define guest_image
high :=
-include $(1)/$(2).mk
$(3): private GUEST_BASE := $$(if $$(filter y,$$(high)),$$(GUEST_HIGH))
$(3): $(call image_objects,$(1)) $(KIT_OBJECTS) guest/guest.ld $(wildcard $(1)/$(2).mk)
	$$(call say,GUEST,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(TARGET_CC) $$(GUEST_BASE) $(GUEST_LDFLAGS) $$(filter %.o,$$^) -o $$@
GUEST_ELFS += $(3)
-include $(patsubst %.o,%.d,$(call image_objects,$(1)))
endef

# $(1): a folder of images, $(2): where they are built
guest_images = $(foreach name,$(patsubst $(1)/%/,%,$(wildcard $(1)/*/)),\
	$(eval $(call guest_image,$(1)/$(name),$(name),$(2)/$(name).elf)))

GUEST_ELFS :=
$(call guest_images,guest/images,$(BUILD)/guest)
$(call guest_images,tests/guest,$(BUILD)/tests)
$(call guest_images,tests/runner,$(BUILD)/runner)
-include $(KIT_OBJECTS:.o=.d)

guests: $(GUEST_ELFS)

##: Guests

new-guest: ## starts a guest image of your own: make new-guest NAME=x
	@case '$(NAME)' in \
	'' | *[!a-z0-9_-]*) \
		echo 'a name of small letters, digits, - and _ please: make new-guest NAME=x' >&2; \
		exit 1 ;; \
	esac
	@if [ -e 'guest/images/$(NAME)' ]; then \
		echo 'guest/images/$(NAME) is there already' >&2; exit 1; \
	fi
	@mkdir -p 'guest/images/$(NAME)'
	@sed 's/TEMPLATE/$(NAME)/g' guest/template.c > 'guest/images/$(NAME)/$(NAME).c'
	@echo 'guest/images/$(NAME)/$(NAME).c is yours; it runs: make run-$(NAME)'

.PHONY: guests new-guest
