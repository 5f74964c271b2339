/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store (lib/cal/store.h) of digital calibration certificates: single files, or a folder of
 * them, such as the documents that a registry keeps.  Their links to each other are followed by
 * hash, never by name alone.  There is no log: `fresh` says that nothing is known of absence.
 *
 * A certificate's id is the SHA-256 of its file.  `named` finds it by what it calibrates: the
 * device's name as ls_cal_document has it, or any one of the item's identification numbers.
 */
#ifndef LABSEAL_AUDIT_DCC_STORE_H
#define LABSEAL_AUDIT_DCC_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/cal/store.h"
#include "lib/cal/trust.h"

#define LS_DCC_STORE_MAX 100000 /* certificates */

/*
 * An empty store.  trust is borrowed for the store's life; its certificates are the authorities
 * that signatures are checked with.  now: the time of signatures that say none.  0 or -ENOMEM.
 */
int ls_dcc_store_new(const struct ls_cal_trust *trust, int64_t now, struct ls_cal_store **ret_store,
		     struct ls_error *err);

/*
 * Add one certificate; all before the store's first answer.  name: how it is called in errors.
 * The same bytes twice are one.  0 and *ret_id (may be NULL); what ls_dcc_read() says, or -EINVAL
 * cal.dcc.trust; -EFBIG: there are too many; -ENOMEM.
 */
int ls_dcc_store_add(struct ls_cal_store *store, const void *bytes, size_t size, const char *name,
		     struct ls_digest *ret_id, struct ls_error *err);

/* The same of one that a registry keeps: it is found by its hash, not by name. */
int ls_dcc_store_add_kept(struct ls_cal_store *store, const void *bytes, size_t size,
			  const char *name, struct ls_error *err);

/* The same of a file: also the errors of ls_file_read(). */
int ls_dcc_store_add_file(struct ls_cal_store *store, const char *path, struct ls_digest *ret_id,
			  struct ls_error *err);

/*
 * All files of a folder that are certificates, in the order of their names.  Files that are none
 * (another name than *.xml, *.dcc or 64 hex digits, or that cannot be read as a certificate) are
 * counted and left out; ls_dcc_store_left_out() says why the first was.  Revocation lists (.crl,
 * DER or PEM) are honoured beside embedded ones.  Folders within are not looked into.  0 or an
 * errno; -ENOMEM.
 */
int ls_dcc_store_add_folder(struct ls_cal_store *store, const char *path, struct ls_error *err);

/*
 * The certificates that a registry keeps, each in a file that is named by its SHA-256: read when a
 * record asks for one, all of them only where one's own links have to be followed.  They are found
 * by their hash, not by name.  path: the folder; one that is not there is empty.  Errors name
 * a certificate as the registry does, "documents/SHA256".  Before the store's first answer.  0; an
 * errno: it cannot be opened; -ENOMEM.
 */
int ls_dcc_store_add_mirror(struct ls_cal_store *store, const char *path, struct ls_error *err);

/* The same of a registry's mirror: of the folder for them in it. */
int ls_dcc_store_add_registry(struct ls_cal_store *store, const char *registry,
			      struct ls_error *err);

/*
 * Follow a link of a certificate that need not be in the store (audit/dcc/link.h).  0 and the
 * outcome, words (LS_CAL_WORDS_SIZE), and where it HOLDS the id; -ENOMEM.
 */
struct ls_dcc_link;
int ls_dcc_store_follow(struct ls_cal_store *store, const struct ls_dcc_link *link,
			enum ls_cal_outcome *ret_outcome, struct ls_digest *ret_id, char *words,
			struct ls_error *err);

/* How many were left out of folders; *ret_first: why the first was, when there is one. */
size_t ls_dcc_store_left_out(const struct ls_cal_store *store, const struct ls_error **ret_first);

#endif
