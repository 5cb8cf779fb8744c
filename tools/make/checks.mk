# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make check`: the checks of sources and documents. Each part is a target of its own, check-PART, and prints its
# findings with file, line and remedy. .clang-tidy and tools/check/cppcheck.suppressions configure the checkers.

export CHECK_JOBS ?= 2

##: Check sources and documents

check: | tools ## reads sources and pages: format, lengths, cppcheck, clang, clang-tidy, documents; PARTS="format tidy": only these
	$(Q)MAKE='$(MAKE)' tools/check/all $(PARTS)

check-lengths: ## function lengths against their limits
	$(Q)tools/check/lengths

check-clang: | tools ## builds the hypervisor with clang; a warning is an error
	+$(Q)$(MAKE) --no-print-directory CC=clang CI=true BUILD=$(BUILD)/clang $(BUILD)/clang/umbra.elf

# The debug build has the most code. The hypervisor's own C library is the only one, hence no system headers.
CHECKED_C := $(HYPERVISOR_C)
CHECK_INCLUDES := -I. -I$(BUILD)/version -I$(BUILD)/font

check-cppcheck: $(BUILD)/version/generated/version.h $(FONT) | tools ## cppcheck on the hypervisor
	$(Q)cppcheck --quiet -j $(CHECK_JOBS) --std=c11 --platform=unix32 --enable=warning,portability,performance \
		--inline-suppr --suppressions-list=tools/check/cppcheck.suppressions --error-exitcode=1 \
		--template='{file}:{line}: {severity}: {message} [{id}]' -D__i386__ $(DEBUG_FLAGS) $(CHECK_INCLUDES) \
		$(CHECKED_C) || { echo 'Mend it; or tools/check/cppcheck.suppressions takes an exception and its reason.'; exit 1; }

# How far the analyser follows the paths through a function. It finishes none of the longest functions in any time; a
# sixth of its default takes a quarter of the time, which CI has not.
TIDY_NODES = $(if $(CI),40000,225000)

check-tidy: $(BUILD)/version/generated/version.h $(FONT) | tools ## clang-tidy on the hypervisor
	$(Q)printf '%s\n' $(CHECKED_C) | xargs -n 4 -P $(CHECK_JOBS) tools/check/tidy --target=i686-linux-gnu \
		$(TARGET_FLAGS) $(DEBUG_FLAGS) $(CHECK_INCLUDES) \
		-Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) -- || \
		{ echo 'Mend it; or mark the place: /* NOLINTNEXTLINE(check): reason */.'; exit 1; }

check-docs: $(BUILD)/umbra.elf $(GUESTS) | tools ## figures, names and outputs in documents against the build
	$(Q)tools/check/docs

docs-figures: $(BUILD)/umbra.elf $(GUESTS) | tools ## writes the build's figures into the documents
	$(Q)tools/check/docs --write

docs-certify: $(CERTIFY) | tools ## writes the table of page-walk codes of QEMU, Bochs and v86
	$(Q)tools/certify-table

.PHONY: docs-certify check check-lengths check-clang check-cppcheck check-tidy check-docs docs-figures
