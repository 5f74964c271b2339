/* SPDX-License-Identifier: Apache-2.0 */
/* What no field can be asked alone: whether the policy contradicts itself. */
#ifndef LABSEAL_POLICY_CHECK_H
#define LABSEAL_POLICY_CHECK_H

#include "policy/faults.h"
#include "policy/policy.h"
#include "policy/schema.h"

/*
 * Where each field of ls_policy_fields stands; line 0 for one that is not in
 * the file.  A refused field is there too, but is_bad.
 */
struct ls_policy_places {
	struct ls_policy_mark *at; /* ls_policy_field_count of them */
	bool *is_bad;
};

/* Add a fault for each contradiction.  Fields that are bad take part in none. */
void ls_policy_check(const struct ls_policy *policy, const struct ls_policy_places *places,
		     struct ls_policy_faults *faults);

#endif
