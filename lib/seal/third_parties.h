/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a trust file names beside the laboratory, lines of it (docs/formats/trust.md):
 *
 *     time-stamp-ca BASE64    a CA of the time-stamping authority, DER; at most 8
 *     witness VKEY            who cosigns checkpoints; at most 16
 *     quorum N                always after them: how many of them an auditor demands
 */
#ifndef LABSEAL_LIB_SEAL_THIRD_PARTIES_H
#define LABSEAL_LIB_SEAL_THIRD_PARTIES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/cosignature.h"
#include "lib/seal/certificate.h"
#include "lib/seal/time_stamp.h"

#define LS_TIME_STAMP_CA "time-stamp-ca"
#define LS_WITNESS	 "witness"
#define LS_QUORUM	 "quorum"

struct ls_third_parties {
	size_t ca_count;
	struct ls_der cas[LS_TIME_STAMP_CAS_MAX]; /* bytes owned */
	size_t witness_count;
	struct ls_witness_key *witnesses; /* owned */
	unsigned quorum;		  /* 1 to witness_count; 0 without witnesses */
};

void ls_third_parties_free(struct ls_third_parties *parties);

/* Copied.  -EBADMSG: no CA certificate; -EEXIST: it is there; -E2BIG: there are 8; -ENOMEM. */
int ls_third_parties_add_ca(struct ls_third_parties *parties, struct ls_der certificate,
			    struct ls_error *err);
/* -EEXIST: its name or its key is there; -E2BIG: there are 16; -ENOMEM. */
int ls_third_parties_add_witness(struct ls_third_parties *parties,
				 const struct ls_witness_key *witness, struct ls_error *err);

/* The value of a line.  As the above, and -EBADMSG. */
int ls_third_parties_read_ca(struct ls_third_parties *parties, const char *text, size_t length,
			     struct ls_error *err);
int ls_third_parties_read_witness(struct ls_third_parties *parties, const char *text, size_t length,
				  struct ls_error *err);
int ls_third_parties_read_quorum(struct ls_third_parties *parties, const char *text, size_t length,
				 struct ls_error *err);

/*
 * Whether they may stand beside the log of this name: the quorum can be met, and
 * no witness has the log's name.  0 or -EBADMSG.
 */
int ls_third_parties_check(const struct ls_third_parties *parties, const char *origin,
			   struct ls_error *err);

/* The lines; 0 or the buffer's error. */
int ls_third_parties_format(const struct ls_third_parties *parties, struct ls_buffer *out);

#endif
