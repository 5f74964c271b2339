/* SPDX-License-Identifier: Apache-2.0 */
/* Why a part of a machine matters and what to do about it, by the element that it hangs on. */
#ifndef LABSEAL_POLICY_DOMAIN_REASONS_H
#define LABSEAL_POLICY_DOMAIN_REASONS_H

/* The remedy for what is missing or otherwise. */
#define LS_DOMAIN_DEFINE_AGAIN \
	"let labseald define the machine: stop it, and start it with 'labseal run'"

struct ls_domain_reason {
	const char *element; /* the nearest of these, from the place upwards, is meant */
	const char *why;
	const char *remedy; /* for what is there and should not be */
};

/* The reason of an element of this name, or NULL when it has none of its own. */
const struct ls_domain_reason *ls_domain_reason(const char *element);

#endif
