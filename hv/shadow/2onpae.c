/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shadow engine for a two-level guest on PAE shadow tables. */
#include "arch/x86/guest_2level.h"
#include "arch/x86/shadow_pae.h"
#include "hv/shadow/engine.inc"

const struct shadow_engine shadow_2onpae HOT_CONSTANT = SHADOW_ENGINE("two-level on PAE");
