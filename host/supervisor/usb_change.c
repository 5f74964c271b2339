/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/usb_change.h"

#include "policy/domain_usb.h"

static int each(const struct ls_domain_usb *list, void *context,
		int (*hand)(void *context, const char *hostdev, struct ls_error *err),
		struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < list->count; i++)
		rc = hand(context, list->at[i], err);
	return rc;
}

int ls_usb_change(const char *before, const char *after, const struct ls_usb_hands *hands,
		  struct ls_error *err)
{
	_cleanup_domain_usb_ struct ls_domain_usb less, more;
	int rc = ls_domain_usb_difference(before, after, &less, &more, err);
	if (rc == 0)
		rc = each(&less, hands->context, hands->detach, err);
	if (rc == 0)
		rc = each(&more, hands->context, hands->attach, err);
	return rc < 0 ? rc : hands->define(hands->context, after, err);
}
