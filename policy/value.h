/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a policy: from their text into the structure, each by its type. */
#ifndef LABSEAL_POLICY_VALUE_H
#define LABSEAL_POLICY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "policy/policy.h"
#include "policy/schema.h"

/* A scalar as it stands in the file: length bytes, followed by a NUL. */
struct ls_policy_scalar {
	const char *text;
	size_t length;
	bool plain; /* written without quotes */
};

/*
 * Check one scalar and put it where the field says (for a list: at the list's
 * end).  0, or -EINVAL with a message that names the field.
 */
int ls_policy_value_set(const struct ls_policy_field *field, const struct ls_policy_scalar *scalar,
			struct ls_policy *policy, struct ls_error *err);

/*
 * As one would write it in a field of this type: "64 MiB", "30 d" (the largest unit of which
 * there is a whole number), or the plain number.
 */
#define LS_NUMBER_TEXT 32
const char *ls_policy_number_format(enum ls_field_type type, uint64_t value,
				    char buffer[static LS_NUMBER_TEXT]);

/* A value as it may be shown in a message: escaped, cut at LS_SHOWN_SIZE. */
#define LS_SHOWN_SIZE 64
const char *ls_policy_shown(const char *text, size_t length, char buffer[static LS_SHOWN_SIZE]);

#endif
