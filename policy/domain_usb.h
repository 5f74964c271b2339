/* SPDX-License-Identifier: Apache-2.0 */
/* The USB devices in the XML of a machine of labseal's: the one part of it that changes in a run.
 */
#ifndef LABSEAL_POLICY_DOMAIN_USB_H
#define LABSEAL_POLICY_DOMAIN_USB_H

#include <stddef.h>

#include "lib/base/error.h"
#include "policy/domain_xml.h"

/* <hostdev> elements as XML texts; owned. */
struct ls_domain_usb {
	size_t count;
	char *at[LS_POLICY_USB_MAX];
};

void ls_domain_usb_free(struct ls_domain_usb *usb);
#define _cleanup_domain_usb_ __attribute__((cleanup(ls_domain_usb_free)))

/*
 * What the machine of after has less and more than that of before; both are of
 * ls_domain_xml.  0; -EINVAL ("domain.usb"): they differ in something else, or one
 * is no such XML; -ENOMEM.  Both lists are the caller's in either case.
 */
int ls_domain_usb_difference(const char *before, const char *after, struct ls_domain_usb *ret_less,
			     struct ls_domain_usb *ret_more, struct ls_error *err);

/*
 * The places of the policy's devices as such an XML has them; 0 for those that
 * it has not.  What it has besides is passed over.  0, or -EINVAL ("domain.usb").
 */
int ls_domain_usb_places(const struct ls_policy *policy, const char *xml,
			 struct ls_usb_place ret_places[static LS_POLICY_USB_MAX],
			 struct ls_error *err);

#endif
