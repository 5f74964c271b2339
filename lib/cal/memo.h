/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found out once: objects with counted references, by key, in a table
 * of bounded memory that several threads share.  What was not asked for lately
 * makes room.
 */
#ifndef LABSEAL_LIB_CAL_MEMO_H
#define LABSEAL_LIB_CAL_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/hash.h"

/* The first member of each kind of object.  Unchanged once others may see it. */
struct ls_cal_object {
	unsigned references;
	size_t size; /* bytes of memory, about */
	void (*free)(struct ls_cal_object *object);
};

void ls_cal_object_init(struct ls_cal_object *object, size_t size,
			void (*free)(struct ls_cal_object *object)); /* one reference */
void *ls_cal_object_ref(void *object);				     /* NULL is fine; returns it */
void ls_cal_object_unref(void *object);				     /* NULL is fine */

struct ls_cal_key {
	struct ls_digest id;
	uint32_t kind, extra;
};

/* A table of one thread's, without a bound. */
struct ls_cal_table {
	struct ls_cal_item **buckets;
	size_t bucket_count, count, bytes;
	struct ls_cal_item *hand; /* of a clock: the next one to be looked at for room */
};

/* The object, borrowed, or NULL. */
void *ls_cal_table_get(struct ls_cal_table *table, const struct ls_cal_key *key);
/* Takes a reference of its own, unless the key is there.  0 or -ENOMEM. */
int ls_cal_table_put(struct ls_cal_table *table, const struct ls_cal_key *key, void *object);
/* Lets go of what was not asked for since the last time, until bytes is at most this. */
void ls_cal_table_shrink(struct ls_cal_table *table, size_t bytes);
/* Tells each object in no order; each() must not change the table. */
void ls_cal_table_each(struct ls_cal_table *table,
		       void (*each)(void *context, const struct ls_cal_key *key, void *object),
		       void *context);
void ls_cal_table_clear(struct ls_cal_table *table); /* of its objects; it is used again */
void ls_cal_table_free(struct ls_cal_table *table);

struct ls_cal_memo;
struct ls_cal_memo *ls_cal_memo_new(size_t bytes); /* NULL: out of memory */
void ls_cal_memo_free(struct ls_cal_memo *memo);   /* NULL is fine */

/* The object with a reference for the caller, or NULL. */
void *ls_cal_memo_get(struct ls_cal_memo *memo, const struct ls_cal_key *key);
/* Takes a reference of its own; without memory it is not kept, which is no error. */
void ls_cal_memo_put(struct ls_cal_memo *memo, const struct ls_cal_key *key, void *object);

#endif
