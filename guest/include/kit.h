/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole guest kit in one line. docs/guests.md is the kit on one page. */
#ifndef GUEST_KIT_H
#define GUEST_KIT_H

#include "abi/lguest.h"
#include "guest/include/boot.h"
#include "guest/include/clock.h"
#include "guest/include/console.h"
#include "guest/include/cpu.h"
#include "guest/include/frame.h"
#include "guest/include/hypercall.h"
#include "guest/include/interrupt.h"
#include "guest/include/memory.h"
#include "guest/include/net.h"
#include "guest/include/paging.h"
#include "guest/include/probe.h"
#include "guest/include/process.h"
#include "guest/include/segments.h"
#include "guest/include/stale.h"
#include "guest/include/tap.h"
#include "guest/include/trap.h"
#include "guest/include/user.h"
#include "guest/include/virtio.h"
#include "lib/format.h"
#include "lib/panic.h"
#include "lib/string.h"

#endif
