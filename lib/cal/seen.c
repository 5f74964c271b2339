/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/seen.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAYS  4	 /* places that a signature may be at */
#define LOCKS 64 /* threads seldom wait for each other */

struct ls_cal_seen {
	size_t bucket_count; /* a power of two */
	struct ls_digest *slots;
	pthread_mutex_t locks[LOCKS];
};

struct ls_cal_seen *ls_cal_seen_new(size_t bytes)
{
	struct ls_cal_seen *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->bucket_count = 1;
	while (s->bucket_count * 2 * WAYS * LS_DIGEST_SIZE <= bytes)
		s->bucket_count *= 2;
	s->slots = calloc(s->bucket_count * WAYS, sizeof(*s->slots));
	if (!s->slots) {
		free(s);
		return NULL;
	}
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&s->locks[i], NULL);
	return s;
}

void ls_cal_seen_free(struct ls_cal_seen *seen)
{
	if (!seen)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&seen->locks[i]);
	free(seen->slots);
	free(seen);
}

int ls_cal_seen_name(struct ls_sha256 *hash, const struct ls_p256_public *key,
		     const struct ls_digest *digest, const uint8_t *der, size_t size,
		     struct ls_digest *ret_name)
{
	if (ls_sha256_init(hash) < 0)
		return -ENOMEM;
	/* the first two have one length each */
	ls_sha256_update(hash, key->spki, sizeof(key->spki));
	ls_sha256_update(hash, digest->bytes, LS_DIGEST_SIZE);
	ls_sha256_update(hash, der, size);
	ls_sha256_final(hash, ret_name);
	return 0;
}

static size_t bucket_of(const struct ls_cal_seen *seen, const struct ls_digest *name)
{
	uint64_t h;
	memcpy(&h, name->bytes, sizeof(h));
	return (size_t)h & (seen->bucket_count - 1);
}

void ls_cal_seen_expect(const struct ls_cal_seen *seen, const struct ls_digest *name)
{
	const struct ls_digest *slots = &seen->slots[bucket_of(seen, name) * WAYS];
	for (size_t i = 0; i < WAYS; i += 64 / LS_DIGEST_SIZE)
		__builtin_prefetch(&slots[i]);
}

bool ls_cal_seen_has(struct ls_cal_seen *seen, const struct ls_digest *name)
{
	size_t bucket = bucket_of(seen, name);
	const struct ls_digest *slots = &seen->slots[bucket * WAYS];
	bool has = false;
	pthread_mutex_lock(&seen->locks[bucket % LOCKS]);
	for (size_t i = 0; i < WAYS; i++)
		has |= ls_digest_equal(&slots[i], name);
	pthread_mutex_unlock(&seen->locks[bucket % LOCKS]);
	return has && !ls_digest_is_zero(name); /* zero is an empty place */
}

void ls_cal_seen_add(struct ls_cal_seen *seen, const struct ls_digest *name)
{
	size_t bucket = bucket_of(seen, name);
	struct ls_digest *slots = &seen->slots[bucket * WAYS];
	size_t at = name->bytes[LS_DIGEST_SIZE - 1] % WAYS;
	pthread_mutex_lock(&seen->locks[bucket % LOCKS]);
	for (size_t i = 0; i < WAYS; i++)
		if (ls_digest_is_zero(&slots[i])) {
			at = i;
			break;
		}
	slots[at] = *name;
	pthread_mutex_unlock(&seen->locks[bucket % LOCKS]);
}
