/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a domain what it was defined to be?  libvirt fills in what was left open
 * (addresses, aliases, controllers) and reorders; it must not drop anything
 * nor add a device.  Pure functions over XML text.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_DOMAIN_COMPARE_H
#define LABSEAL_HOST_SUPERVISOR_DOMAIN_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

/*
 * Every element and attribute of wanted is in seen (sizes are compared as
 * numbers), and <devices> has no element there that wanted has not, but for
 * controllers.  0; -EBADMSG ("domain.differs"): err names the path of
 * the first difference; -EINVAL: one of them is no XML.
 */
int ls_domain_compare(const char *wanted, const char *seen, struct ls_error *err);

/* What labseald reports of a running domain. */
struct ls_domain_facts {
	char name[64];
	char type[8];	  /* "kvm", "qemu" */
	char channel[16]; /* the type of the element that leads to the FIFO: "file" */
	char path[128];	  /* where that leads */
	unsigned
		other_ways; /* further channels, serials, parallels, consoles, interfaces, shares */
};

/* 0, or -EINVAL: no domain's XML. */
int ls_domain_read_facts(const char *xml, struct ls_domain_facts *ret_facts, struct ls_error *err);

#endif
