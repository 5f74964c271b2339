/* SPDX-License-Identifier: Apache-2.0 */
/* Where a comparison of two trees (domain_tree.h) is, and what it notes there. */
#ifndef LABSEAL_POLICY_DOMAIN_NOTE_H
#define LABSEAL_POLICY_DOMAIN_NOTE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "policy/violations.h"

#define LS_AUDIT_PATH_SIZE 256

struct ls_audit {
	struct ls_violations *list; /* NULL: only whether there is a difference */
	bool is_live, any_folder;
	size_t differences;
};

/* Where we are, for the tables ("domain/devices/disk") and for people ("/domain/devices/disk[2]").
 */
struct ls_audit_place {
	char plain[LS_AUDIT_PATH_SIZE], shown[LS_AUDIT_PATH_SIZE];
};

/* "disk[2]" where there are several, "disk" where there is one. */
void ls_audit_enter(const struct ls_audit_place *parent, const xmlNode *node,
		    struct ls_audit_place *ret_place);

/* A violation at a place, or at an attribute of it (NULL: none); why and what to do are looked up.
 */
void ls_audit_note(struct ls_audit *audit, const char *id, const struct ls_audit_place *place,
		   const char *attribute, const char *found, const char *expected);

/* The same of a whole element, shown as far as one line goes; "xml.missing": it is the expected. */
void ls_audit_note_element(struct ls_audit *audit, const char *id,
			   const struct ls_audit_place *place, const xmlNode *node);

/* Nothing that is still to come would be told. */
bool ls_audit_is_decided(const struct ls_audit *audit);

#endif
