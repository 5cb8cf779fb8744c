# SPDX-License-Identifier: GPL-2.0-or-later
# The compiler and its flags for the hypervisor and the guest images.
#
# The first of these compilers that exists is used: CC from the command line; i686-elf-gcc on the PATH or where
# `make toolchain` puts it; Debian's i686-linux-gnu-gcc, which tools/setup.sh can install.

# BUILD is part of names in every rule; make would split a name at a blank.
ifneq ([$(BUILD)],[$(firstword $(BUILD) ?)])
$(error BUILD=$(BUILD): the name of one folder, please, without blanks)
endif

TOOLCHAIN := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/umbra/toolchain
ELF_GCC := $(shell command -v i686-elf-gcc || command -v $(TOOLCHAIN)/bin/i686-elf-gcc)

ifeq ($(origin CC),default)
CC := $(or $(ELF_GCC),i686-linux-gnu-gcc)
endif

ifneq ($(findstring clang,$(CC)),)
TARGET_CC := $(CC) --target=i686-linux-gnu
OBJDUMP ?= objdump
OBJCOPY ?= objcopy
BUILD_TOOLS := $(CC) ld.lld objdump libgcc-i686
LINK_FLAGS := -fuse-ld=lld
FAST_PATH_FLAGS := -fomit-frame-pointer
else
# 15 KB less, and no slower (docs/performance.md); clang has no such flags. No function needs a stack that is aligned
# to more than a word.
TARGET_CC := $(CC) -fno-align-functions -fno-align-loops -fno-align-jumps -mpreferred-stack-boundary=2
OBJDUMP ?= $(CC:%gcc=%objdump)
OBJCOPY ?= $(CC:%gcc=%objcopy)
BUILD_TOOLS := $(CC)
LINK_FLAGS := -no-pie
# The Switcher, which calls the fast path, has saved all registers.
FAST_PATH_FLAGS := -fomit-frame-pointer -mtune=generic $(addprefix -fcall-used-,ebx esi edi)
endif
export OBJDUMP OBJCOPY

# regparm: arguments in registers, as the entry stubs expect.
# general-regs-only: the FPU holds a guest's numbers while the hypervisor runs.
# no-strict-aliasing: a frame of memory is a page table at one time and other data later.
TARGET_FLAGS := -std=gnu11 -m32 -march=i486 -mregparm=3 -mgeneral-regs-only -O2 -g \
	-ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-strict-aliasing \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
	-Wall -Wextra -Wshadow -Wundef -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wwrite-strings \
	$(if $(filter true,$(CI)),-Werror) $(EXTRA_CFLAGS)

LINK_FLAGS += -m32 -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096

# This file changes when the compiler or its flags change; every object file depends on it.
FLAGS_STAMP := $(BUILD)/flags
FLAGS = $(TARGET_CC) $(TARGET_FLAGS) $(LINK_FLAGS)

$(FLAGS_STAMP): tools
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
