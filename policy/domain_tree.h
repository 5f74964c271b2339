/* SPDX-License-Identifier: Apache-2.0 */
/* Two trees of elements, one wanted and one seen, and every way in which they differ. */
#ifndef LABSEAL_POLICY_DOMAIN_TREE_H
#define LABSEAL_POLICY_DOMAIN_TREE_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "policy/violations.h"

/* With this attribute a wanted element may be there or not. */
#define LS_DOMAIN_OPTIONAL "labseal-optional"

/*
 * As ls_domain_audit (domain_audit.h) says.  Both trees are as they were
 * afterwards, but for their nodes' _private.
 */
void ls_domain_tree_compare(xmlNode *wanted, xmlNode *seen, bool any_folder,
			    struct ls_violations *list);

#endif
