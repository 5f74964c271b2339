/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The samples whose sequence files belong to an instrument's results: the member "samples" of
 * record.json (docs/formats/manifest.md), and what labseald tells the enclave.  Composed and parsed
 * here only.
 *
 * It is the laboratory's word, by its policy: which sequence a sample is said to have, and who is
 * said to have signed it, in its DNA.  `labseal verify --dna-trust` judges the signature.
 */
#ifndef LABSEAL_LIB_SEAL_SAMPLES_H
#define LABSEAL_LIB_SEAL_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/orcid.h"

#define LS_SAMPLES_MAX	     16
#define LS_SAMPLE_NAME_SIZE  129		    /* with the final NUL */
#define LS_SAMPLES_TEXT_MAX  (LS_SAMPLES_MAX * 768) /* bytes of the JSON, in a record, too */
#define LS_SEQUENCE_SIZE_MAX (64u << 20)	    /* bytes of a sequence file */

/* Where a sequence file lies on the share: "sequences/" and its SHA-256. */
#define LS_SEQUENCES_FOLDER   "sequences"
#define LS_SEQUENCE_PATH_SIZE (sizeof(LS_SEQUENCES_FOLDER "/") + LS_DIGEST_HEX_SIZE)
const char *ls_sequence_path(const struct ls_digest *sha256,
			     char buffer[static LS_SEQUENCE_PATH_SIZE]);

struct ls_sample {
	char name[LS_SAMPLE_NAME_SIZE]; /* one plain line, as the run file names the sample */
	struct ls_digest sha256;	/* of its sequence file */
	uint64_t size;			/* of that, bytes: 1 to LS_SEQUENCE_SIZE_MAX */
	struct ls_orcid signer;		/* who is to have signed it; text "": nobody is named */
};

/* Zeroed: none. */
struct ls_samples {
	size_t count;
	struct ls_sample list[LS_SAMPLES_MAX];
};

/* Whether a text could be a sample's name: 1 to LS_SAMPLE_NAME_SIZE - 1 bytes, one plain line. */
bool ls_sample_name_valid(const char *name);

/* Whether these could be written: names of their own, and all there.  0 or -EINVAL
 * ("record.samples"). */
int ls_samples_check(const struct ls_samples *samples, struct ls_error *err);

/* The JSON text, one line without an LF at its end; "[]": none.  0; -EINVAL; -ENOMEM. */
int ls_samples_format(const struct ls_samples *samples, struct ls_buffer *out,
		      struct ls_error *err);

/* 0, -EBADMSG ("record.form", "record.json"), -ENOMEM.  "[]" is none. */
int ls_samples_parse(const void *bytes, size_t size, struct ls_samples *ret_samples,
		     struct ls_error *err);

#endif
