/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting the faults of a policy. */
#ifndef LABSEAL_POLICY_FAULTS_H
#define LABSEAL_POLICY_FAULTS_H

#include <stddef.h>

#include "lib/base/error.h"
#include "policy/policy.h"

/* Where something stands in the file, from 1. */
struct ls_policy_mark {
	unsigned line, column;
};

/* Empty the list and name the file. */
void ls_policy_faults_init(struct ls_policy_faults *faults, const char *name);

void ls_policy_fault_add(struct ls_policy_faults *faults, struct ls_policy_mark at, const char *id,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Put them in the order of the file; what stands at one place stays in order. */
void ls_policy_faults_sort(struct ls_policy_faults *faults);

/* Say the first, and how many more there are; returns -EINVAL. */
int ls_policy_faults_fail(const struct ls_policy_faults *faults, struct ls_error *err);

#endif
