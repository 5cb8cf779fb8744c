# SPDX-License-Identifier: GPL-2.0-or-later
# Guest images. Each folder under these is one image, with a C file of the same name, and any number
# of other sources:
#
#	guest/images/NAME/NAME.c   becomes  $(BUILD)/guest/NAME.elf
#	tests/guest/GROUP/NAME/NAME.c       $(BUILD)/tests/NAME.elf
#	tests/runner/NAME/NAME.c            $(BUILD)/runner/NAME.elf
#	tests/reference/NAME/NAME.c         $(BUILD)/reference/NAME.elf
#
# No two images have the same name.
#
# NAME/NAME.mk is optional. It may have these lines and no others. It is no makefile, so a
# mistake in it is named and does not stop the build:
#
#	high := y     the guest kernel is seen at 0xC0000000
#	pae := y      built a second time, with PAE page tables: NAME-pae.elf
#	native := y   also boots without the hypervisor (guest/native)
#	editor := y   has the line editor of lib/line_editor.h
#
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
GUEST_NATIVE := -Wl,-e,native_entry

# The kit: its own files, and the part of lib/ that guests need.
KIT_SOURCES := $(wildcard guest/lib/*.c guest/lib/*.S) lib/string.c lib/format.c lib/number.c
NATIVE_SOURCES := $(wildcard guest/native/*.c guest/native/*.S)
EDITOR_SOURCES := lib/line_editor.c

# $(1): a folder below $(BUILD), $(2): what is compiled there only
define kit_rules
$(BUILD)/$(1)/%.o: %.c $(FLAGS_STAMP)
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$(TARGET_CC) $(GUEST_CFLAGS) $(2) -MMD -MP -c $$< -o $$@

$(BUILD)/$(1)/%.o: %.S $(FLAGS_STAMP)
	$$(call say,AS,$$<)
	@mkdir -p $$(@D)
	$$(Q)$(TARGET_CC) $(GUEST_CFLAGS) $(2) -MMD -MP -Wa,--noexecstack -c $$< -o $$@
endef
$(eval $(call kit_rules,kit))
$(eval $(call kit_rules,kit-pae,-DGUEST_PAE=1))

# $(1): sources, $(2): kit or kit-pae
kit_objects = $(patsubst %,$(BUILD)/$(2)/%.o,$(basename $(1)))
image_sources = $(wildcard $(1)/*.c $(1)/*.S) $(if $(filter y,$(native)),$(NATIVE_SOURCES)) \
	$(if $(filter y,$(editor)),$(EDITOR_SOURCES))
image_objects = $(call kit_objects,$(call image_sources,$(1)) $(KIT_SOURCES),$(2))
image_flags = $(if $(filter y,$(high)),$(GUEST_HIGH)) $(if $(filter y,$(native)),$(GUEST_NATIVE))

# $(1): the image's folder without a slash at its end, $(2): its .mk, $(3): the image,
# $(4): kit or kit-pae
define guest_link
$(3): private IMAGE_FLAGS := $(image_flags)
$(3): $(call image_objects,$(1),$(4)) guest/guest.ld $(wildcard $(2))
	$$(call say,GUEST,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(TARGET_CC) $$(IMAGE_FLAGS) $(GUEST_LDFLAGS) $$(filter %.o,$$^) -o $$@
GUEST_ELFS += $(3)
GUEST_OBJECTS += $(call image_objects,$(1),$(4))
endef

# The words of all NAME.mk: NAME.mk:high and so on.
IMAGE_WORDS := $(shell awk -f tools/image-words.awk $(wildcard guest/images/*/*.mk \
	tests/guest/*/*/*.mk tests/runner/*/*.mk tests/reference/*/*.mk) \
	$(if $(filter guests-of-disc,$(MAKECMDGOALS)),2> /dev/null)) # has been said

# $(1): the image's folder, $(2): its .mk, $(3): the image without .elf
define guest_image
high := $(if $(filter $(2):high,$(IMAGE_WORDS)),y)
pae := $(if $(filter $(2):pae,$(IMAGE_WORDS)),y)
native := $(if $(filter $(2):native,$(IMAGE_WORDS)),y)
editor := $(if $(filter $(2):editor,$(IMAGE_WORDS)),y)
$$(eval $$(call guest_link,$(1),$(2),$(3).elf,kit))
$$(if $$(filter y,$$(pae)),$$(eval $$(call guest_link,$(1),$(2),$(3)-pae.elf,kit-pae)))
endef

# $(1): a folder of images, $(2): where they are built
guest_images = $(foreach name,$(patsubst $(1)/%/,%,$(wildcard $(1)/*/)),\
	$(eval $(call guest_image,$(1)/$(name),$(1)/$(name)/$(name).mk,$(2)/$(name))))

GUEST_ELFS :=
GUEST_OBJECTS :=
$(call guest_images,guest/images,$(BUILD)/guest)
$(foreach group,$(wildcard tests/guest/*/),$(call guest_images,$(group:/=),$(BUILD)/tests))
$(call guest_images,tests/runner,$(BUILD)/runner)
$(call guest_images,tests/reference,$(BUILD)/reference)
-include $(patsubst %.o,%.d,$(sort $(GUEST_OBJECTS)))

# Images whose source has gone, or is no longer built a second time.
STALE_ELFS := $(filter-out $(GUEST_ELFS),$(wildcard \
	$(foreach folder,guest tests runner reference,$(BUILD)/$(folder)/*.elf)))
$(if $(STALE_ELFS),$(shell rm -f $(STALE_ELFS)))

# $(1): a name. The image of that name, or the one that plays the script of that name; or nothing.
image_files = $(filter $(foreach folder,guest tests runner reference,$(BUILD)/$(folder)/$(1).elf),\
	$(GUEST_ELFS)) $(if $(wildcard tests/scripts/$(patsubst script-%,%,$(1)).txt),\
	$(BUILD)/guest/script.elf)

guests: $(GUEST_ELFS)

##: Guests

new-guest: ## starts a guest image of your own: make new-guest NAME=x
	$(Q)tools/new-guest.sh
new-guest: export TAKEN = $(notdir $(basename $(GUEST_ELFS)))

.PHONY: guests new-guest
