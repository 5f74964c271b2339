/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signed a digital calibration certificate, and whether that holds: XML signatures (W3C
 * XML-DSig 1.1) by xmlsec1, in the forms of XAdES (ETSI EN 319 132-1) that certificates have, and
 * the signer's certificate by OpenSSL as of the time of signing.
 *
 * Nothing is fetched: keys and certificates are the document's own, believed only as far as they
 * chain to an authority that the caller names.  Accepted is only what certificates in the wild
 * have (docs/formats/dcc.md lists it); a signature must cover the whole document.
 */
#ifndef LABSEAL_AUDIT_DCC_SIGNATURE_H
#define LABSEAL_AUDIT_DCC_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/dcc/dcc.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/certificate.h"

#define LS_DCC_SIGNATURES_MAX 8
#define LS_DCC_NOTES_MAX      8
#define LS_DCC_NOTE_SIZE      300

enum ls_dcc_outcome {
	LS_DCC_HOLDS,
	LS_DCC_DOES_NOT_HOLD,	 /* altered, revoked, expired when it was signed, not all covered */
	LS_DCC_CANNOT_BE_CHECKED /* not signed, no authority known, a form that is not accepted */
};

/* "HOLDS", "DOES NOT HOLD", "CANNOT BE CHECKED" */
const char *ls_dcc_outcome_name(enum ls_dcc_outcome outcome);

/* Whose certificates are believed, and what is known to be revoked.  All DER, borrowed. */
struct ls_dcc_trust {
	const struct ls_der *authorities; /* CA certificates, for signers and time stamps */
	size_t authority_count;
	const struct ls_der *crls; /* revocation lists that the caller has, beside embedded ones */
	size_t crl_count;
};

/* How the time that the signer's certificate is checked at is known. */
enum ls_dcc_time_source {
	LS_DCC_TIME_NOW,    /* no time is in the signature: the time of the check */
	LS_DCC_TIME_SIGNER, /* XAdES SigningTime: the signer's own word */
	LS_DCC_TIME_STAMP   /* a time stamp of an authority that is believed */
};

struct ls_dcc_signature {
	enum ls_dcc_outcome outcome;
	char id[LS_ERROR_ID_SIZE];	    /* "cal.dcc.signature.digest"; "" when it holds */
	char words[LS_ERROR_MESSAGE_SIZE];  /* why it does not */
	char signer[LS_SUBJECT_SIZE];	    /* subject of the certificate; "" when unknown */
	char organisation[LS_SUBJECT_SIZE]; /* O of its subject, to the letter; "" when it has none,
					     * several, or one that cannot be shown so */
	struct ls_digest certificate;	    /* of the signer's; zero when unknown */
	bool has_authority;		    /* the next two are set */
	size_t authority;		    /* index of the authority that it chains to */
	char authority_name[LS_SUBJECT_SIZE];
	int64_t claimed; /* SigningTime, or -1 */
	int64_t time;	 /* as of which the certificate was checked */
	enum ls_dcc_time_source time_source;
	char stamp_authority[LS_SUBJECT_SIZE]; /* LS_DCC_TIME_STAMP: whose */
	bool revocation_known; /* for each certificate of the path something says "good" */
	int64_t revoked_since; /* the earliest of the path's; -1: none is */
	/* ds:DigestValue of the document: proven once the signature's arithmetic holds. */
	bool arithmetic;
	char digest_method[8]; /* "sha256", "sha512" */
	uint8_t digest[64];
	size_t digest_size;
	/* What is missing, or worth knowing, a sentence each. */
	char notes[LS_DCC_NOTES_MAX][LS_DCC_NOTE_SIZE];
	size_t note_count;
};

/* All of a document's, in its order. */
struct ls_dcc_signatures {
	enum ls_dcc_outcome outcome; /* of the document */
	char id[LS_ERROR_ID_SIZE];
	char words[LS_ERROR_MESSAGE_SIZE];
	size_t decisive; /* index of the one that speaks for it; 0 when there is none */
	size_t count;
	struct ls_dcc_signature items[LS_DCC_SIGNATURES_MAX];
};

/*
 * Check all signatures.  The document holds when one of them holds and none is broken: a second
 * signature whose signer is unknown takes nothing away, an altered one does.  A signature covers
 * those before it, as each signer found the document.  now: for signatures without a time.
 *
 * 0, whatever the outcome; -EINVAL cal.dcc.trust: an authority or a CRL of the caller's is
 * malformed; -ENOMEM cal.dcc.memory.
 */
int ls_dcc_signature_check(struct ls_dcc_file *file, const struct ls_dcc_trust *trust, int64_t now,
			   struct ls_dcc_signatures *ret_signatures, struct ls_error *err);

#endif
