/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour: A guest whose devices all fail at once prints one line for each device, and goes on.
 *
 * Reason: The lines of sixteen guests are more than the serial line takes at once; to wait for it
 * would keep interrupts off.
 *
 * Method: A queue of each device is kicked before its driver has set it up.
 *
 * Expect: shut down "virtio-all-fail: 3"
 * Runner: tests/system/stretch.t
 */
#include "guest/include/kit.h"

const char *guest_main(void)
{
	static const enum virtio_type types[] = {VIRTIO_CONSOLE, VIRTIO_ENTROPY, VIRTIO_NET};
	struct virtio_device device;
	u32 failed = 0;

	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		if (!virtio_find(&device, types[i]))
			shutdown("virtio-all-fail: there is no device of type %u", types[i]);
		queue_kick(&device.queue[0]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		virtio_find(&device, types[i]);
		failed += virtio_status(&device) == VIRTIO_STATUS_FAILED;
	}
	shutdown("virtio-all-fail: %u", failed);
}
