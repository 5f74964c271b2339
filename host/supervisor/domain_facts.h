/* SPDX-License-Identifier: Apache-2.0 */
/* What labseald reports of a running domain, read from its XML.  What is wrong with it:
 * policy/domain_audit.h. */
#ifndef LABSEAL_HOST_SUPERVISOR_DOMAIN_FACTS_H
#define LABSEAL_HOST_SUPERVISOR_DOMAIN_FACTS_H

#include "lib/base/error.h"

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
