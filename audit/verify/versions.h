/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that were saved again: a record names, as the instrument's computer claims
 * it, the SHA-256 of the version before; that one must be sealed before it.  Any
 * number of threads may tell; at the end it is settled.
 */
#ifndef LABSEAL_AUDIT_VERIFY_VERSIONS_H
#define LABSEAL_AUDIT_VERIFY_VERSIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/verify/report.h"
#include "lib/seal/record.h"

/* A sealed file, or a version that is looked for; the first 8 bytes of the SHA-256 tell files
 * apart. */
struct ls_version {
	uint64_t digest, seal;
};

struct ls_version_list {
	struct ls_version *items; /* owned */
	size_t count, capacity;
};

struct ls_versions {
	pthread_mutex_t lock;
	struct ls_version_list files, parents;
	bool out_of_memory;
};

void ls_versions_init(struct ls_versions *v);
void ls_versions_free(struct ls_versions *v);

/* A record that is the sealed one; v NULL: nothing. */
void ls_versions_tell(struct ls_versions *v, const struct ls_record *record);

/* LS_CHECK_VERSIONS, and a warning of those whose original is not there.  0 or -ENOMEM. */
int ls_versions_check(struct ls_versions *v, struct ls_report *report);

#endif
