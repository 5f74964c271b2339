/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's USB devices on this host, as the kernel shows them in
 * /sys/bus/usb/devices (Documentation/ABI/testing/sysfs-bus-usb).
 *
 * A USB instrument is a two-way device: what could carry a file in or out, type
 * for someone or bring further devices is refused by its class, whatever its
 * vendor says it is.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_USB_DEVICE_H
#define LABSEAL_HOST_SUPERVISOR_USB_DEVICE_H

#include "lib/base/error.h"
#include "policy/domain_xml.h"

#define LS_USB_SYSFS "/sys/bus/usb/devices"

/*
 * Where the one that the policy means is now, below sysfs; 0: it is not plugged in.
 *
 * -EPERM ("usb.class"): a device with that vendor and product is mass storage
 * (class 08), a hub (09) or a keyboard (03, protocol 1).  -ENODEV ("usb.other"):
 * the chosen one is not there and another of its kind is, which the guest would
 * get instead.  -ENOTUNIQ ("usb.several"): there are several, and the policy does not
 * say which by port or serial number.  The errno of opening sysfs ("usb.bus").
 */
int ls_usb_find_one(const char *sysfs, const struct ls_policy_usb *usb,
		    struct ls_usb_place *ret_place, struct ls_error *err);

/* All of the policy's: ret_places has vm.usb_count of them.  The first one's error. */
int ls_usb_find(const char *sysfs, const struct ls_policy *policy,
		struct ls_usb_place ret_places[static LS_POLICY_USB_MAX], struct ls_error *err);

#endif
