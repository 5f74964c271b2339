/* SPDX-License-Identifier: Apache-2.0 */
/* A list of violations as JSON: between labseald's processes, in its status, and as `labseal audit`
 * answers. */
#ifndef LABSEAL_HOST_SUPERVISOR_VIOLATIONS_JSON_H
#define LABSEAL_HOST_SUPERVISOR_VIOLATIONS_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "policy/violations.h"

/*
 * [{"id", "path", "found", "expected", "why", "remedy"}, ...]: the first max of
 * them.  A new reference, or NULL: out of memory.
 */
json_t *ls_violations_to_json(const struct ls_violations *list, size_t max);

/* Append what such an array holds.  0, or -EBADMSG: it is none, or has an unknown form. */
int ls_violations_from_json(const json_t *array, struct ls_violations *list);

#endif
