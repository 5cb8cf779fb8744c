# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make watch`: a guest's page tables beside their shadow, in the terminal (docs/watch.md). A recording needs no build.

##: Watch

export REPLAY RECORD

WATCHED := $(if $(REPLAY),,$(HYPERVISOR) $(if $(SCRIPT),$(BUILD)/guest/script.elf,$(call image_files,$(or $(GUEST),demo))))

watch: $(WATCHED) | tools ## page tables beside their shadow, event by event: SCRIPT=FILE or GUEST=demo, RECORD=FILE; or REPLAY=FILE
	$(Q)tools/watch $(if $(REPLAY),--replay "$$REPLAY",$(if $(RECORD),--record "$$RECORD") $(if $(SCRIPT),"$$SCRIPT","$${GUEST:-demo}"))

.PHONY: watch
