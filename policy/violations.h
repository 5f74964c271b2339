/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit of a machine found: a list that is never longer than a person can read. */
#ifndef LABSEAL_POLICY_VIOLATIONS_H
#define LABSEAL_POLICY_VIOLATIONS_H

#include <stdbool.h>
#include <stddef.h>

#define LS_VIOLATIONS_MAX 128

struct ls_violation {
	char id[32];	    /* stable: "xml.unexpected" */
	char path[192];	    /* where: "/domain/devices/interface[1]", "host/autostart"; escaped */
	char found[192];    /* what is there; escaped for display */
	char expected[192]; /* what should be; "" where there is nothing to say */
	char why[192];	    /* why it matters */
	char remedy[192];   /* what to do */
};

struct ls_violations {
	size_t count;
	bool more; /* there were more than fit */
	struct ls_violation at[LS_VIOLATIONS_MAX];
};

/*
 * Add one.  The texts may hold anything of any length: they are
 * escaped and cut.  expected may be NULL.  Returns it, or NULL when the list is full.
 */
struct ls_violation *ls_violation_add(struct ls_violations *list, const char *id, const char *path,
				      const char *found, const char *expected, const char *why,
				      const char *remedy);

/* Whether both say the same, in the same order. */
bool ls_violations_equal(const struct ls_violations *a, const struct ls_violations *b);

#endif
