/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's USB devices while the machine runs: one that is unplugged is let go
 * of, one that is plugged in (again) is the guest's again.  The kernel's folders are
 * looked at each time that the loop comes by, every LS_STATUS_EVERY_MS at least:
 * libudev's word would come a moment earlier, for one library more in the process
 * that holds the TPM.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_USB_WATCH_H
#define LABSEAL_HOST_SUPERVISOR_USB_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/supervisor/back_off.h"
#include "lib/base/error.h"
#include "policy/domain_xml.h"

struct ls_usb_watch {
	const char *sysfs; /* LS_USB_SYSFS, or a test's folder; static */
	struct ls_usb_place attached[LS_POLICY_USB_MAX];   /* what the running machine has */
	char trouble[LS_POLICY_USB_MAX][LS_ERROR_ID_SIZE]; /* of each, which was told; or "" */
	bool is_asked;	 /* the machine's process was asked for a change, and has not answered */
	size_t changing; /* of which one */
	struct ls_usb_place wanted; /* where it will be; 0: nowhere */
	int64_t next_try;	    /* monotonic, ms: of what failed, or came and went */
	struct ls_back_off back_off;
};

#endif
