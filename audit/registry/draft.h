/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record that is not signed by all yet, for keys that are at different places
 * (docs/formats/calibration-registry.md, "Drafts"):
 *
 *     labseal/calibration-draft/v1
 *     missing 2
 *     labseal/calibration/v1
 *     ...
 *
 * After the two lines it is a record; in the place of each of the last, missing signatures is
 * "MAYCAQECAQE=", which is nobody's.
 */
#ifndef LABSEAL_AUDIT_REGISTRY_DRAFT_H
#define LABSEAL_AUDIT_REGISTRY_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/cal/record.h"

#define LS_DRAFT_SIZE_MAX (LS_CAL_RECORD_SIZE_MAX + 64)

/* Strict, one spelling; the record has the signatures that are there.  0, -EBADMSG, -ENOMEM. */
int ls_draft_parse(const void *bytes, size_t size, struct ls_cal_record *ret_record,
		   struct ls_error *err);
/* Whether its owner's copy has details: a private report may go round without. */
bool ls_draft_shows_details(const struct ls_cal_record *record);

/* Of a record with at least one signature missing: -EINVAL. */
int ls_draft_format(const struct ls_cal_record *record, struct ls_buffer *out,
		    struct ls_error *err);

#endif
