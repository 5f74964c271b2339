/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/memo.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/spread.h"

#define SHARDS	    64 /* threads seldom wait for each other */
#define BUCKETS_MIN 64

void ls_cal_object_init(struct ls_cal_object *object, size_t size,
			void (*free)(struct ls_cal_object *object))
{
	*object = (struct ls_cal_object){ .references = 1, .size = size, .free = free };
}

void *ls_cal_object_ref(void *object)
{
	struct ls_cal_object *o = object;
	if (o)
		__atomic_add_fetch(&o->references, 1, __ATOMIC_RELAXED);
	return object;
}

void ls_cal_object_unref(void *object)
{
	struct ls_cal_object *o = object;
	if (o && __atomic_sub_fetch(&o->references, 1, __ATOMIC_ACQ_REL) == 0)
		o->free(o);
}

/* --- one table ----------------------------------------------------------------------- */

struct ls_cal_item {
	struct ls_cal_key key;
	struct ls_cal_item *next; /* in its bucket; beside the key: who looks for one reads both */
	struct ls_cal_object *object;
	bool asked;				       /* since the hand came by */
	struct ls_cal_item *ring_next, *ring_previous; /* around the clock */
};

/* Extra and kind are few. */
static size_t hash(const struct ls_cal_key *key)
{
	uint64_t h = ls_digest_spread(&key->id);
	h ^= ((uint64_t)key->kind << 32 | key->extra) * 0x9e3779b97f4a7c15ULL;
	return (size_t)(h ^ h >> 29);
}

static bool same(const struct ls_cal_key *a, const struct ls_cal_key *b)
{
	return a->kind == b->kind && a->extra == b->extra && ls_digest_equal(&a->id, &b->id);
}

static struct ls_cal_item **bucket(struct ls_cal_table *t, const struct ls_cal_key *key)
{
	return &t->buckets[hash(key) & (t->bucket_count - 1)];
}

void *ls_cal_table_get(struct ls_cal_table *t, const struct ls_cal_key *key)
{
	if (t->bucket_count == 0)
		return NULL;
	for (struct ls_cal_item *i = *bucket(t, key); i; i = i->next)
		if (same(&i->key, key)) {
			i->asked = true;
			return i->object;
		}
	return NULL;
}

static int grow(struct ls_cal_table *t)
{
	size_t wanted = t->bucket_count ? 2 * t->bucket_count : BUCKETS_MIN;
	struct ls_cal_item **fresh = calloc(wanted, sizeof(struct ls_cal_item *));
	if (!fresh)
		return -ENOMEM;
	struct ls_cal_item **old = t->buckets;
	size_t old_count = t->bucket_count;
	t->buckets = fresh;
	t->bucket_count = wanted;
	for (size_t b = 0; b < old_count; b++)
		while (old[b]) {
			struct ls_cal_item *i = old[b];
			old[b] = i->next;
			struct ls_cal_item **place = bucket(t, &i->key);
			i->next = *place;
			*place = i;
		}
	free(old);
	return 0;
}

/* Behind the hand: it comes there last. */
static void join_ring(struct ls_cal_table *t, struct ls_cal_item *i)
{
	if (!t->hand) {
		t->hand = i->ring_next = i->ring_previous = i;
		return;
	}
	i->ring_next = t->hand;
	i->ring_previous = t->hand->ring_previous;
	i->ring_previous->ring_next = i;
	t->hand->ring_previous = i;
}

int ls_cal_table_put(struct ls_cal_table *t, const struct ls_cal_key *key, void *object)
{
	if (ls_cal_table_get(t, key))
		return 0;
	if (t->count >= t->bucket_count && grow(t) < 0)
		return -ENOMEM;
	struct ls_cal_item *i = calloc(1, sizeof(*i));
	if (!i)
		return -ENOMEM;
	i->key = *key;
	i->object = ls_cal_object_ref(object);
	struct ls_cal_item **place = bucket(t, key);
	i->next = *place;
	*place = i;
	join_ring(t, i);
	t->count++;
	t->bytes += i->object->size + sizeof(*i);
	return 0;
}

static void drop(struct ls_cal_table *t, struct ls_cal_item *i)
{
	struct ls_cal_item **place = bucket(t, &i->key);
	while (*place != i)
		place = &(*place)->next;
	*place = i->next;
	t->hand = i->ring_next == i ? NULL : i->ring_next;
	i->ring_previous->ring_next = i->ring_next;
	i->ring_next->ring_previous = i->ring_previous;
	t->count--;
	t->bytes -= i->object->size + sizeof(*i);
	ls_cal_object_unref(i->object);
	free(i);
}

void ls_cal_table_shrink(struct ls_cal_table *t, size_t bytes)
{
	while (t->hand && t->bytes > bytes) {
		if (t->hand->asked) {
			t->hand->asked = false;
			t->hand = t->hand->ring_next;
		} else {
			drop(t, t->hand);
		}
	}
}

void ls_cal_table_each(struct ls_cal_table *t,
		       void (*each)(void *context, const struct ls_cal_key *key, void *object),
		       void *context)
{
	struct ls_cal_item *i = t->hand;
	for (size_t n = 0; n < t->count; n++, i = i->ring_next)
		each(context, &i->key, i->object);
}

void ls_cal_table_clear(struct ls_cal_table *t)
{
	while (t->hand)
		drop(t, t->hand);
}

void ls_cal_table_free(struct ls_cal_table *t)
{
	ls_cal_table_clear(t);
	free(t->buckets);
	memset(t, 0, sizeof(*t));
}

/* --- the shared memo ------------------------------------------------------------------ */

struct ls_cal_memo {
	size_t shard_bytes;
	struct shard {
		pthread_mutex_t lock;
		struct ls_cal_table table;
	} shards[SHARDS];
};

struct ls_cal_memo *ls_cal_memo_new(size_t bytes)
{
	struct ls_cal_memo *memo = calloc(1, sizeof(*memo));
	if (!memo)
		return NULL;
	memo->shard_bytes = bytes / SHARDS;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&memo->shards[i].lock, NULL);
	return memo;
}

void ls_cal_memo_free(struct ls_cal_memo *memo)
{
	if (!memo)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		ls_cal_table_free(&memo->shards[i].table);
		pthread_mutex_destroy(&memo->shards[i].lock);
	}
	free(memo);
}

/* By other bits than a table's buckets. */
static struct shard *shard_of(struct ls_cal_memo *memo, const struct ls_cal_key *key)
{
	return &memo->shards[ls_digest_spread(&key->id) >> 26 & (SHARDS - 1)];
}

void *ls_cal_memo_get(struct ls_cal_memo *memo, const struct ls_cal_key *key)
{
	struct shard *s = shard_of(memo, key);
	pthread_mutex_lock(&s->lock);
	void *object = ls_cal_object_ref(ls_cal_table_get(&s->table, key));
	pthread_mutex_unlock(&s->lock);
	return object;
}

void ls_cal_memo_put(struct ls_cal_memo *memo, const struct ls_cal_key *key, void *object)
{
	struct shard *s = shard_of(memo, key);
	pthread_mutex_lock(&s->lock);
	ls_cal_table_put(&s->table, key, object);
	ls_cal_table_shrink(&s->table, memo->shard_bytes);
	pthread_mutex_unlock(&s->lock);
}
