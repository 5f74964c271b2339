/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libvirt 9.0 itself adds to the XML that it is given: addresses, aliases,
 * controllers, and in the XML of a running machine ids, sockets and labels.
 * Everything else that was not given is somebody's doing.
 */
#ifndef LABSEAL_POLICY_DOMAIN_ADDITIONS_H
#define LABSEAL_POLICY_DOMAIN_ADDITIONS_H

#include <libxml/tree.h>
#include <stdbool.h>

#define LS_ADDITION_ATTRIBUTES 8

struct ls_domain_pattern {
	const char *name;
	const char *value; /* extended regular expression for all of it */
};

/* An element that libvirt may add. */
struct ls_domain_addition {
	const char *parent; /* "domain/devices/disk"; a '*' is one element of any name */
	const char *element;
	bool live_only;
	unsigned max;	  /* how many of them below one parent */
	const char *text; /* its text, or NULL: none */
	struct ls_domain_pattern attributes[LS_ADDITION_ATTRIBUTES]; /* and no others; a name that
									starts with '?' may miss */
};

/* An attribute that libvirt may add to, or change in, an element that was given. */
struct ls_domain_attribute {
	const char *element; /* "domain/devices/graphics" */
	const char *name, *value;
	bool live_only;
};

/*
 * The entry that allows this element, its attributes and text (not what is below
 * it), or NULL.  parent: the path of the element that it is in.
 */
const struct ls_domain_addition *ls_domain_addition(const char *parent, xmlNode *element,
						    bool live);

/* Whether libvirt may have put this value there. */
bool ls_domain_attribute_allowed(const char *element, const char *name, const char *value,
				 bool live);

#endif
