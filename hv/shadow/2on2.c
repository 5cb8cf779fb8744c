/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shadow engine for a two-level guest on two-level shadow tables. */
#include "arch/x86/guest_2level.h"
#include "arch/x86/shadow_2level.h"
#include "hv/shadow/engine.inc"

const struct shadow_engine shadow_2on2 HOT_CONSTANT = SHADOW_ENGINE("two-level on two-level");
