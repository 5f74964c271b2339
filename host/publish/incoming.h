/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads while they stream in, and the folders of the seals to come, in .staging/:
 *
 *     payload       the one that streams in
 *     incoming-a    a folder of those that ended, which gathers ...
 *     incoming-b    ... while the other one waits for its seal
 *     incoming-e    an event's folder
 */
#ifndef LABSEAL_HOST_PUBLISH_INCOMING_H
#define LABSEAL_HOST_PUBLISH_INCOMING_H

#include <stddef.h>
#include <stdint.h>

#include "host/publish/place.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"
#include "lib/seal/manifest.h"

struct ls_incoming_payload {
	char name[LS_SAFE_NAME_SIZE];
	struct ls_digest sha256;
};

struct ls_incoming_folder {
	const char *name;
	int fd, original; /* -1 until needed */
	size_t count;
	struct ls_incoming_payload payloads[LS_MANIFEST_FILES_MAX - 1];
};

struct ls_incoming {
	int staging;			    /* borrowed */
	const struct ls_place_hooks *hooks; /* borrowed */
	int file;			    /* the payload that is streaming in, or -1 */
	uint64_t written;		    /* its bytes */
	struct ls_sha256 hash;
	struct ls_incoming_folder folders[2], event;
	struct ls_incoming_folder *open;   /* gathers */
	struct ls_incoming_folder *closed; /* waits for its seal; NULL: none */
	struct ls_incoming_folder *sealed; /* closed or event, while it is published; else NULL */
};

void ls_incoming_init(struct ls_incoming *in, int staging_fd, const struct ls_place_hooks *hooks);
void ls_incoming_free(struct ls_incoming *in); /* closes; removes nothing */

/* These are ls_share_payload_*. */
int ls_incoming_begin(struct ls_incoming *in, struct ls_error *err);
int ls_incoming_data(struct ls_incoming *in, const void *bytes, size_t n, struct ls_error *err);
int ls_incoming_end(struct ls_incoming *in, const struct ls_payload *payload, struct ls_error *err);
int ls_incoming_drop(struct ls_incoming *in, struct ls_error *err);
int ls_incoming_close(struct ls_incoming *in, struct ls_error *err);

/*
 * Whether the manifest names exactly the closed payloads with these hashes, or is an
 * event's.  0, and the next calls are about that folder; -EPROTO or -EBADMSG.
 */
int ls_incoming_matches(struct ls_incoming *in, const struct ls_manifest *manifest,
			struct ls_error *err);

/* Write the four files beside original/ and make all of the folder durable; may be called again. */
int ls_incoming_complete(struct ls_incoming *in, const struct ls_seal *seal, struct ls_error *err);

/* What the folder is called in .staging/. */
const char *ls_incoming_name(const struct ls_incoming *in);

/* The folder was renamed: it is not here any more. */
void ls_incoming_hand_over(struct ls_incoming *in);

#endif
