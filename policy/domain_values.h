/* SPDX-License-Identifier: Apache-2.0 */
/* One element against another, without what is in them: attributes, text, sizes. */
#ifndef LABSEAL_POLICY_DOMAIN_VALUES_H
#define LABSEAL_POLICY_DOMAIN_VALUES_H

#include "policy/domain_note.h"

/* Notes every difference between the two, but for their child elements. */
void ls_audit_values(struct ls_audit *audit, xmlNode *wanted, xmlNode *seen,
		     const struct ls_audit_place *place);

#endif
