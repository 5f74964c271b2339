/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate of a store: read, its signature checked, told as a report of the trace engine. */
#ifndef LABSEAL_AUDIT_DCC_DOCUMENT_H
#define LABSEAL_AUDIT_DCC_DOCUMENT_H

#include "audit/dcc/link.h"
#include "audit/dcc/signature.h"
#include "lib/cal/store.h"

struct ls_dcc_document {
	struct ls_dcc_file *file; /* owned; without its tree */
	const struct ls_dcc *dcc; /* of file */
	struct ls_dcc_candidate candidate;
	struct ls_cal_document outside;
	bool of_mirror;	   /* of a registry's documents, which have no names of their own */
	int64_t signed_at; /* as of which the signature was checked; INT64_MIN: none is */
	struct ls_cal_entry *entry;	       /* owned; once settled */
	const struct ls_dcc_hash_index *index; /* the store's, once settled, and its candidates */
	const struct ls_dcc_candidate *candidates;
};

/* What ls_dcc_read() and ls_dcc_signature_check() say. */
int ls_dcc_document_read(const void *bytes, size_t size, const struct ls_dcc_trust *trust,
			 int64_t now, struct ls_dcc_document **ret_document, struct ls_error *err);
void ls_dcc_document_free(struct ls_dcc_document *document); /* NULL is fine */

/* Follow its links.  index and candidates, which are the index's, are borrowed.  0 or -ENOMEM. */
int ls_dcc_document_settle(struct ls_dcc_document *document, const struct ls_dcc_hash_index *index,
			   const struct ls_dcc_candidate *candidates);

/* Its entry as of a time, with a reference for the caller.  0 or -ENOMEM. */
int ls_dcc_document_entry(const struct ls_dcc_document *document, int64_t at,
			  struct ls_cal_entry **ret_entry);

bool ls_dcc_document_has_parent(const struct ls_dcc_document *document, const struct ls_digest *id);
bool ls_dcc_document_is_named(const struct ls_dcc_document *document, const char *name);

/* Whether the bytes are one CRL in DER. */
bool ls_dcc_is_crl(const void *bytes, size_t size);

/* "Manufacturer Model 4711": what it calibrates, of its first item. */
void ls_dcc_device_name(const struct ls_dcc *dcc, char name[static LS_CAL_TEXT_SIZE]);

#endif
