/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a countersignature that was handed in is to be sealed: a person whom the
 * lab knows signed a result that is in the log of this share (docs/formats/countersignature.md).
 * What it sees first comes from outside; labseal-countersign, which calls it, can do nothing else.
 */
#ifndef LABSEAL_HOST_COUNTERSIGN_JUDGE_H
#define LABSEAL_HOST_COUNTERSIGN_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/seal/persons.h"

/*
 * bytes are what was handed in; now: seconds since 1970.  0, and the detail of the
 * event that seals it is appended.  Errors of lib/seal/countersignature.h, and
 *   countersignature.other    -EBADMSG: of another instrument, or another result than was sealed
 *   countersignature.missing  -ENOENT: the result is not in the log (yet)
 *   errors of reading the share, -ENOMEM
 */
int ls_countersign_judge(int share_fd, const struct ls_persons *persons, const char *instrument,
			 const void *bytes, size_t size, int64_t now, struct ls_buffer *detail,
			 struct ls_error *err);

#endif
