/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A laboratory's desk: a registry that is open for writing, what is in it, what will be with the
 * next checkpoint, and the keys at hand.
 */
#ifndef LABSEAL_AUDIT_REGISTRY_DESK_H
#define LABSEAL_AUDIT_REGISTRY_DESK_H

#include "audit/registry/admission.h"
#include "audit/registry/faults.h"
#include "audit/registry/keys.h"
#include "lib/cal/trust.h"
#include "lib/registry/writer.h"

struct ls_desk {
	char *path;
	struct ls_cal_trust trust; /* of the registry's key alone */
	struct ls_registry_writer *writer;
	struct ls_cal_store *store;   /* what is logged, and what is pending */
	struct ls_cal_store *pending; /* inside of it */
	struct ls_admission admission;
	struct ls_keys keys;
	char *log_key;	   /* its name: --log-key, or what `cal init` noted */
	char *ed25519_key; /* the same of the key beside it; NULL: the registry has none */
};

/* Where the keys of a registry's checkpoints lie. */
struct ls_log_keys {
	const char *key;     /* NULL: as it was noted */
	const char *ed25519; /* NULL: none; when opening: as it was noted */
};

/* Make a registry, and note where its keys lie; make_key: they are new ones.  Errors of
 * ls_registry_create. */
int ls_desk_create(const char *path, const char *origin, const struct ls_log_keys *log,
		   bool make_key, struct ls_keys *keys, struct ls_error *err);

/*
 * The log's keys are opened at once: nobody signs a report and then hears that it cannot be logged.
 * Close also after a failure.
 */
int ls_desk_open(const char *path, const struct ls_log_keys *log, struct ls_desk *desk,
		 struct ls_error *err);
void ls_desk_close(struct ls_desk *desk);
#define _cleanup_desk_ __attribute__((cleanup(ls_desk_close)))

/*
 * Give a registry that was begun without one an Ed25519 key (log->ed25519; make_key: a new one),
 * and note where it lies; once more with the same key ends what was broken off.  Opens the desk,
 * which can take nothing afterwards.  -EEXIST: it has one, and make_key.  Errors of ls_desk_open
 * and ls_registry_add_ed25519.
 */
int ls_desk_add_ed25519(const char *path, const struct ls_log_keys *log, bool make_key,
			struct ls_desk *desk, struct ls_error *err);

/* Whether the registry, with what was taken and is not logged yet, has this record. */
bool ls_desk_has(struct ls_desk *desk, const struct ls_digest *id);

/*
 * Check a whole record, and take it for the next commit.  *ret_index (may be NULL) is its place in
 * the log.  0, with or without faults; with one, nothing was taken.
 */
int ls_desk_take(struct ls_desk *desk, const void *bytes, size_t size, uint64_t *ret_index,
		 struct ls_faults *faults, struct ls_error *err);

/* Log what was taken, all of it or nothing. */
int ls_desk_commit(struct ls_desk *desk, struct ls_error *err);

#endif
