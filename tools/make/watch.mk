# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make watch`: a guest's page tables beside their shadow, in the terminal (docs/watch.md). A recording needs no build.

##: Watch

export REPLAY RECORD

WATCHED = $(HYPERVISOR) $(if $(SCRIPT),$(BUILD)/guest/script.elf,$(call image_files,$(or $(GUEST),demo)))
WATCH_WORDS = $(if $(REPLAY),--replay "$$REPLAY",$(if $(RECORD),--record "$$RECORD") $(if $(SCRIPT),"$$SCRIPT","$${GUEST:-demo}"))

watch: $(if $(REPLAY),,$(WATCHED)) | tools ## page tables beside their shadow: SCRIPT=FILE or GUEST=demo, RECORD=FILE; REPLAY=FILE
	$(Q)tools/watch $(WATCH_WORDS)
ifneq ($(and $(filter watch,$(MAKECMDGOALS)),$(word 2,$(if $(GUEST),x) $(if $(SCRIPT),x) $(if $(REPLAY),x))),)
$(error make watch: one of SCRIPT=, GUEST= and REPLAY=)
endif

.PHONY: watch
