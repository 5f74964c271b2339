/* SPDX-License-Identifier: Apache-2.0 */
/* The same as a value of the JSON library: for record.c. */
#ifndef LABSEAL_LIB_SEAL_SAMPLES_JSON_H
#define LABSEAL_LIB_SEAL_SAMPLES_JSON_H

#include <jansson.h>

#include "lib/seal/samples.h"

/* An array, the caller's; NULL: memory ran out, or a text is no UTF-8.  They were checked. */
json_t *ls_samples_json(const struct ls_samples *samples);

/* 0 or -EBADMSG. */
int ls_samples_from_json(json_t *value, struct ls_samples *ret_samples, struct ls_error *err);

#endif
