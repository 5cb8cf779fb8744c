# SPDX-License-Identifier: GPL-2.0-or-later
# Media beside the ISO: one bundle (docs/media.md) on a floppy, on a CD that looks like this floppy, and for the network.

MEDIA := $(BUILD)/media
SYSLINUX_MODULES := /usr/lib/syslinux/modules/bios
SYSLINUX_FILES := $(addprefix $(SYSLINUX_MODULES)/,ldlinux.c32 libcom32.c32 mboot.c32)
PXELINUX := /usr/lib/PXELINUX/pxelinux.0
MEDIA_SCRIPT := 01-linear-map.txt
PXE_FILES := $(addprefix $(BUILD)/pxe/,pxelinux.0 ldlinux.c32 libcom32.c32 mboot.c32 pxelinux.cfg/default umbra.ipxe \
	umbra.elf umbra.cpio)

##: Media

bundle: $(BUILD)/umbra.cpio ## build/umbra.cpio: demo, hello and a script in one file, for any Multiboot loader

floppy: $(BUILD)/umbra-floppy.img ## build/umbra-floppy.img, 1.44 MB, with this bundle

floppy-iso: $(BUILD)/umbra-floppy.iso ## build/umbra-floppy.iso, a CD for a PC that boots a CD only as a floppy

pxe: $(PXE_FILES) ## build/pxe, files for a TFTP server: PXELINUX and iPXE

test-boot: media $(BUILD)/umbra.iso | tools ## boots every medium, UEFI, kexec, v86 and each machine of docs/hardware.md; needs a network once
	$(Q)LONG=1 prove --failures --comments tests/boot/*.t

docs-hardware: $(BUILD)/umbra.elf $(BUILD)/umbra.iso $(BUILD)/umbra.cpio $(BUILD)/guest/demo.elf | tools ## boots every machine of the table in docs/hardware.md and writes it: ten minutes
	$(Q)tools/hardware-table

media: bundle floppy floppy-iso pxe

# Debugging information stays at home; the symbols go along, for backtraces.
$(MEDIA)/umbra.elf: $(BUILD)/umbra.elf
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) --strip-debug $< $@

$(MEDIA)/%.elf: $(BUILD)/guest/%.elf
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) --strip-debug $< $@

$(MEDIA)/$(MEDIA_SCRIPT): tests/scripts/$(MEDIA_SCRIPT)
	@mkdir -p $(@D)
	$(Q)cp $< $@

BUNDLED := demo.elf hello.elf script.elf $(MEDIA_SCRIPT)

$(BUILD)/umbra.cpio: media/umbra.cfg $(BUNDLED:%=$(MEDIA)/%) tools/bundle | tools
	$(call say,BUNDLE,$@)
	$(Q)tools/bundle -o $@ $< $(foreach file,$(BUNDLED),$(file)=$(MEDIA)/$(file))

$(BUILD)/umbra-floppy.img: $(MEDIA)/umbra.elf $(BUILD)/umbra.cpio media/make-floppy.sh media/syslinux.cfg | tools
	$(call say,FLOPPY,$@)
	$(Q)media/make-floppy.sh $@ $(MEDIA)/umbra.elf $(BUILD)/umbra.cpio

# Without -no-emul-boot, El Torito's boot image of 1.44 MB is a floppy, which the BIOS shows as drive A.
$(BUILD)/umbra-floppy.iso: $(BUILD)/umbra-floppy.img | tools
	$(call say,ISO,$@)
	$(Q)xorriso -as mkisofs -quiet -volid UMBRA -o $@ -b $(<F) -graft-points /$(<F)=$< 2> $@.log || { cat $@.log >&2; exit 1; }

pxe_file = @mkdir -p $(@D) && cp $< $@

$(BUILD)/pxe/pxelinux.0: $(PXELINUX)
	$(pxe_file)
$(BUILD)/pxe/%.c32: $(SYSLINUX_MODULES)/%.c32
	$(pxe_file)
$(BUILD)/pxe/pxelinux.cfg/default: media/pxelinux.cfg
	$(pxe_file)
$(BUILD)/pxe/umbra.ipxe: media/umbra.ipxe
	$(pxe_file)
$(BUILD)/pxe/umbra.elf: $(MEDIA)/umbra.elf
	$(pxe_file)
$(BUILD)/pxe/umbra.cpio: $(BUILD)/umbra.cpio
	$(pxe_file)

# The tools install them. (By a pattern they would be intermediate files, which make removes at its end.)
$(PXELINUX) $(SYSLINUX_FILES): | tools ;

.PHONY: bundle floppy floppy-iso pxe media docs-hardware test-boot
