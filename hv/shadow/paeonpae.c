/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shadow engine for a PAE guest on PAE shadow tables. */
#include "arch/x86/guest_pae.h"
#include "arch/x86/shadow_pae.h"
#include "hv/shadow/engine.inc"

const struct shadow_engine shadow_paeonpae HOT_CONSTANT = SHADOW_ENGINE("PAE on PAE");
