/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running machine gets another set of USB devices: exactly those that the
 * policy's XML of the moment has.  What is done to the machine goes through a
 * narrow interface: libvirt's calls (domain_hands.h), or a test's.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_USB_CHANGE_H
#define LABSEAL_HOST_SUPERVISOR_USB_CHANGE_H

#include "lib/base/error.h"

struct ls_usb_hands {
	void *context;
	/* hostdev: one <hostdev> element; the running machine alone is changed, at once */
	int (*detach)(void *context, const char *hostdev, struct ls_error *err);
	int (*attach)(void *context, const char *hostdev, struct ls_error *err);
	/* the definition, so that it is what runs */
	int (*define)(void *context, const char *xml, struct ls_error *err);
};

/*
 * From the machine of before to that of after, both of ls_domain_xml: what it has
 * less is detached, then what it has more is attached, then it is defined.  0;
 * -EINVAL ("domain.usb"): they differ in something else, and nothing was done; or the
 * first error of a hand, after which nothing more is done.
 */
int ls_usb_change(const char *before, const char *after, const struct ls_usb_hands *hands,
		  struct ls_error *err);

#endif
