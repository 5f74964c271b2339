/* SPDX-License-Identifier: Apache-2.0 */
/* The same as a value of the JSON library: for record.c. */
#ifndef LABSEAL_LIB_SEAL_CALIBRATION_STATUS_JSON_H
#define LABSEAL_LIB_SEAL_CALIBRATION_STATUS_JSON_H

#include <jansson.h>

#include "lib/seal/calibration_status.h"

/* The caller's; NULL: memory ran out, or a text is no UTF-8.  The status was checked. */
json_t *ls_calibration_status_json(const struct ls_calibration_status *status);

/* 0 or -EBADMSG. */
int ls_calibration_status_from_json(json_t *value, struct ls_calibration_status *ret_status,
				    struct ls_error *err);

#endif
