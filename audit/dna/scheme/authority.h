/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authority's folder: master.pem (its owner's alone), parameters.pem, directory-1.pem,
 * directory-2.pem, ... Files are made once and never written again, but for
 * the master key's when its lock is changed.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_AUTHORITY_H
#define LABSEAL_AUDIT_DNA_SCHEME_AUTHORITY_H

#include "audit/dna/scheme/directory.h"

/*
 * Makes the folder.  The parameters come last, and each file at once or not at all: a master key
 * that an interrupted call left gets its parameters by the next one, which still says -EEXIST.
 * -EEXIST: there is an authority in it; -EBUSY: another call works in it; what the files and the
 * lock say.
 */
int ls_authority_create(const char *folder, const struct ls_dna_master *master,
			const struct ls_box_lock *lock, struct ls_error *err);
int ls_authority_open(const char *folder, const struct ls_box_lock *lock, struct ls_dna_master *ret,
		      struct ls_error *err);
/* Put the master key, which was opened, under another lock: at once, or it stays as it is. */
int ls_authority_relock(const char *folder, const struct ls_dna_master *master,
			const struct ls_box_lock *lock, struct ls_error *err);
/*
 * What opens the master key, which is not opened.  -ENOENT: it is not in the folder; -EBADMSG: it
 * is malformed, or not of these parameters; -EACCES and what else reading it says.
 */
int ls_authority_lock(const char *folder, const struct ls_dna_params *params,
		      struct ls_box_told *ret, struct ls_error *err);
int ls_authority_params(const char *folder, struct ls_dna_params *ret, struct ls_error *err);

/* The newest directory; number 0, of no keys, when there is none yet.  */
int ls_authority_directory(const char *folder, const struct ls_dna_params *params,
			   struct ls_dna_directory *ret, struct ls_error *err);
/*
 * Whether one of the folder's directories has this key as withdrawn: it is never taken up again.
 * 0: none has; -EEXIST, "dna.directory.withdrawn"; what the files say: all must be there.
 */
int ls_authority_check_withdrawn(const char *folder, const struct ls_dna_params *params,
				 const struct ls_directory_entry *entry, struct ls_error *err);
/* Signs directory under the number after its own, made now, and writes it. */
int ls_authority_publish(const char *folder, const struct ls_dna_master *master,
			 struct ls_dna_directory *directory, struct ls_error *err);

#endif
