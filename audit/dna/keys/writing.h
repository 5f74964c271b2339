/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authority's log of keys as its authority writes it: in the folder "keys" beside the master
 * key, a registry (audit/registry/desk.h) whose entries are statements of keys and heartbeats.
 */
#ifndef LABSEAL_AUDIT_DNA_KEYS_WRITING_H
#define LABSEAL_AUDIT_DNA_KEYS_WRITING_H

#include "audit/dna/keys/key_log.h"
#include "audit/dna/scheme/directory.h"
#include "audit/registry/desk.h"

struct ls_key_desk {
	struct ls_desk desk;
	struct ls_key_trust trust; /* of the log's own key */
	struct ls_key_log log;	   /* what is logged */
	struct ls_dna_history history;
};
void ls_key_desk_close(struct ls_key_desk *desk);
#define _cleanup_key_desk_ __attribute__((cleanup(ls_key_desk_close)))

/* folder: the authority's.  Its log is in "FOLDER/keys": false: it has none. */
#define LS_KEY_LOG_PATH_SIZE 4096
bool ls_key_log_is_there(const char *folder, char ret_path[static LS_KEY_LOG_PATH_SIZE]);

/* Take the log up for writing; keys->passphrase_file and the like may be set before. Close also
 * after a failure. */
int ls_key_desk_open(const char *folder, const struct ls_dna_params *params,
		     struct ls_key_desk *desk, struct ls_error *err);

/*
 * Take an entry for the next commit.  -EEXIST: the key is in the log ("dna.keys.known"; one that
 * was withdrawn, "dna.directory.withdrawn"), or another ORCID iD's ("dna.directory.shared");
 * -ENOKEY ("dna.directory.unknown"): there is no key of the signer's to withdraw.
 */
int ls_key_desk_add(struct ls_key_desk *desk, const struct ls_dna_master *master,
		    const struct ls_directory_entry *request, int64_t from, int64_t until,
		    struct ls_error *err);
int ls_key_desk_withdraw(struct ls_key_desk *desk, const struct ls_dna_master *master,
			 const struct ls_orcid *orcid, int64_t since, enum ls_cal_reason reason,
			 struct ls_error *err);

/* A heartbeat, which says how old the log is, and the next checkpoint: all of it or nothing. */
int ls_key_desk_publish(struct ls_key_desk *desk, struct ls_error *err);

#endif
