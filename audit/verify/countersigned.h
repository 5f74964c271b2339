/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who countersigned what: the persons' signatures that an audit found sealed, for
 * its report (21 CFR 11.50: printed name, date and time, meaning).  Any number of
 * threads may add.
 */
#ifndef LABSEAL_AUDIT_VERIFY_COUNTERSIGNED_H
#define LABSEAL_AUDIT_VERIFY_COUNTERSIGNED_H

#include <jansson.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/seal/countersignature.h"

#define LS_COUNTERSIGNED_KEPT_MAX 10000

enum ls_countersigned_state {
	LS_COUNTERSIGNED_HOLDS,
	LS_COUNTERSIGNED_WRONG,	    /* it does not hold: a finding says why */
	LS_COUNTERSIGNED_UNCHECKED, /* it could not be checked */
};

/* One of them.  The text is the person's; the certificate is zero where it could not be read. */
struct ls_countersigned {
	struct ls_countersignature said; /* said.seal: the result */
	uint64_t event;			 /* the seal that it is in */
	int64_t sealed;			 /* when that was received, seconds since 1970 */
	struct ls_countersigner signer;
	enum ls_countersigned_state state;
};

struct ls_countersigned_list {
	pthread_mutex_t lock;
	struct ls_countersigned *items; /* owned */
	size_t count, capacity;
	uint64_t total;
};

void ls_countersigned_init(struct ls_countersigned_list *list);
void ls_countersigned_free(struct ls_countersigned_list *list);

/* "holds", "does not hold", "could not be checked". */
const char *ls_countersigned_word(enum ls_countersigned_state state);

/* A copy is kept, up to LS_COUNTERSIGNED_KEPT_MAX; all are counted.  0 or -ENOMEM. */
int ls_countersigned_add(struct ls_countersigned_list *list, const struct ls_countersigned *one);

/* By result, then by event.  Once, when all are there. */
void ls_countersigned_sort(struct ls_countersigned_list *list);

/* {"total": N, "items": [...]} */
json_t *ls_countersigned_json(const struct ls_countersigned_list *list);

/* On standard output, under each result; nothing when there are none. */
void ls_countersigned_print(const struct ls_countersigned_list *list);

#endif
