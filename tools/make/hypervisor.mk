# SPDX-License-Identifier: GPL-2.0-or-later
# The hypervisor, twice from the same sources:
#
#	$(BUILD)/umbra.elf         release; objects in $(BUILD)/release
#	$(BUILD)/debug/umbra.elf   distinct address types, checks, the debug hypercall

HYPERVISOR_ROOMS := boot hv/monitor hv/domain hv/virtio hv/console hv/sched hv hv/fastpath hv/shadow hv/base \
	arch/x86 mm lib
HYPERVISOR_C := $(filter-out arch/x86/offsets.c,$(foreach room,$(HYPERVISOR_ROOMS),$(wildcard $(room)/*.c)))
HYPERVISOR_S := $(foreach room,$(HYPERVISOR_ROOMS),$(wildcard $(room)/*.S))
HYPERVISOR_O := $(HYPERVISOR_C:.c=.o) $(HYPERVISOR_S:.S=.o)

# Rooms and files whose speed no guest depends on are compiled for size. (A jump table takes more than comparisons.)
SMALL_ROOMS := boot hv/monitor hv/console hv/domain
SMALL_FILES := lib/line_editor.c lib/utf8.c lib/chacha20.c lib/number.c lib/format.c mm/frames_check.c \
	$(addprefix hv/,loader%.c guest_clone.c trace.c trace_text.c sched/sched_cpus.c virtio/switch.c virtio/net.c virtio/block.c virtio/entropy.c virtio/devices.c virtio/ring.c virtio/console.c text_match.c base/random.c base/log.c base/machine.c emulate.c stretch.c \
	reset.c guest.c clock.c) \
	$(addprefix arch/x86/,framebuffer.c acpi%.c serial%.c mp_table.c cpu_%.c ap_start.c tsc_%.c pci.c keyboard.c \
	pit.c rtc.c hpet.c vga_registers.c io_apic.c speculation.c cpu.c gdt_idt.c power.c reset.c cmos.c host_pae.c \
	per_cpu.c host_paging.c irq.c counter_clock.c pic.c pit_clock.c guest_top_table.c fpu.c apic_timer.c apic.c host_windows.c)

DEBUG_FLAGS := -DCONFIG_DEBUG -DCONFIG_TEST_HYPERCALL

# The version, from git. The file changes only when the version changes.
$(BUILD)/version/generated/version.h: tools
	@mkdir -p $(@D)
	@echo "#define UMBRA_VERSION \"$$(git describe --always --dirty 2> /dev/null || echo unknown)\"" > $@.new
	@cmp -s $@.new $@ || cp $@.new $@

$(BUILD)/release/hv/version.o $(BUILD)/debug/hv/version.o: $(BUILD)/version/generated/version.h

# The characters that a framebuffer shows, from GNU Unifont.
UNIFONT ?= /usr/share/unifont/unifont.hex
FONT := $(BUILD)/font/generated/font.h

$(FONT): tools/font.awk | tools
	@mkdir -p $(@D)
	$(Q){ echo '/* GNU Unifont; GPL-2.0-or-later */' && echo '#define FONT { \' && \
		awk -f tools/font.awk $(UNIFONT) | sed 's/$$/ \\/' && echo '}'; } > $@

$(BUILD)/release/arch/x86/framebuffer.o $(BUILD)/debug/arch/x86/framebuffer.o: $(FONT)

hypervisor_cc = $(TARGET_CC) $(TARGET_FLAGS) -I. -I$(BUILD)/$(1)/include -I$(BUILD)/version -I$(BUILD)/font -MMD -MP

# $(1): release or debug, $(2): its own flags, $(3): the image
define hypervisor_rules
$(BUILD)/$(1)/%.o: %.c $(FLAGS_STAMP) tools/make/hypervisor.mk
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(call hypervisor_cc,$(1)) $(2) $$(if $$(filter $$(SMALL_ROOMS),$$(patsubst %/,%,$$(dir $$<)))$$(filter $$(SMALL_FILES),$$<),-Os -fno-jump-tables) $$(if $$(filter hv/fastpath/%,$$<),$$(FAST_PATH_FLAGS)) -c $$< -o $$@

$(BUILD)/$(1)/%.o: %.S $(FLAGS_STAMP) | $(BUILD)/$(1)/include/generated/offsets.h
	$$(call say,AS,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(call hypervisor_cc,$(1)) $(2) -Wa,--noexecstack -c $$< -o $$@

# The compiler computes the offsets that assembly needs: each is a line "->NAME VALUE" in its output.
$(BUILD)/$(1)/offsets.s: arch/x86/offsets.c $(FLAGS_STAMP)
	@mkdir -p $$(@D)
	$$(Q)$$(call hypervisor_cc,$(1)) $(2) -S $$< -o $$@

$(BUILD)/$(1)/include/generated/offsets.h: $(BUILD)/$(1)/offsets.s tools/offsets.awk
	@mkdir -p $$(@D)
	$$(Q)awk -f tools/offsets.awk $$< > $$@

$(BUILD)/$(1)/linker.ld: linker.ld $(FLAGS_STAMP)
	@mkdir -p $$(@D)
	$$(Q)$(TARGET_CC) -E -P -undef -D__ASSEMBLER__ -x c -I. -MMD -MT $$@ -MF $$@.d $$< -o $$@

$(3): $(HYPERVISOR_O:%=$(BUILD)/$(1)/%) $(BUILD)/$(1)/linker.ld
	$$(call say,LINK,$$@)
	$$(Q)$(TARGET_CC) $(LINK_FLAGS) -Wl,-T,$(BUILD)/$(1)/linker.ld -Wl,-Map,$$(@:.elf=.map) \
		$$(filter %.o,$$^) -lgcc -o $$@

-include $(HYPERVISOR_O:%.o=$(BUILD)/$(1)/%.d) $(BUILD)/$(1)/offsets.d $(BUILD)/$(1)/linker.ld.d
endef

$(eval $(call hypervisor_rules,release,,$(BUILD)/umbra.elf))
$(eval $(call hypervisor_rules,debug,$(DEBUG_FLAGS),$(BUILD)/debug/umbra.elf))
