/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results that one seal will hold: what gathers while the seal before them is being
 * signed.  All of them are of one session, since a record names one; their number is
 * bounded by what manifest and record may hold.
 */
#ifndef LABSEAL_ENCLAVE_BATCH_H
#define LABSEAL_ENCLAVE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/proc/protocol.h"
#include "lib/seal/manifest.h"
#include "lib/seal/record.h"

#define LS_BATCH_MAX (LS_MANIFEST_FILES_MAX - 1) /* results */

struct ls_batch {
	size_t count;
	struct ls_record_file files[LS_BATCH_MAX];
	struct ls_digest keys[LS_BATCH_MAX]; /* ls_delivery_key_digest of each */
	uint32_t names[LS_BATCH_MAX];	     /* hashes of the files' names, case folded */
	uint8_t session[LS_SESSION_SIZE];    /* of all, when count is not 0 */
	size_t manifest_size, record_size;   /* bytes that the files need in them */
};

void ls_batch_clear(struct ls_batch *batch);

/* Whether this delivery could be added now. */
bool ls_batch_has_room(const struct ls_batch *batch, const struct ls_delivery *delivery);

/*
 * Add a whole delivery, for which there is room.  Its file gets a name that no other in
 * the batch has: the safe form of the claimed name; when that is taken, with the file's
 * number and '-' in front.  -EINVAL: no record can hold it.  -ENOMEM.
 */
int ls_batch_add(struct ls_batch *batch, const struct ls_delivery *delivery, struct ls_error *err);

/* The name of the file added last, as it will be below original/. */
const char *ls_batch_last_name(const struct ls_batch *batch);

/* Whether a delivery with this key (ls_delivery_key_digest) is in it. */
bool ls_batch_has(const struct ls_batch *batch, const struct ls_digest *key);

#endif
