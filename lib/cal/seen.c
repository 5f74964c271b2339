/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/seen.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LINE	64 /* bytes that a processor reads at once */
#define WAYS	4  /* signatures in a line */
#define ENTRIES (LINE / LS_CAL_SEEN_ENTRY)
#define LOCKS	64 /* threads seldom wait for each other */
#define NEAR	64 /* neighbouring lines with one lock, which stays with the thread that is there */

struct line {
	_Alignas(LINE) uint64_t words[WAYS][2]; /* zeroes: an empty place */
};

struct ls_cal_seen {
	uint8_t secret[LS_DIGEST_SIZE];
	size_t line_count;
	struct line *lines;
	void *memory; /* owned: where the lines are */
	pthread_mutex_t locks[LOCKS];
};

/* Pages of calloc() are taken when they are touched, those of aligned_alloc() would have to be
 * cleared. */
static int make_lines(struct ls_cal_seen *s, size_t bytes)
{
	s->line_count = bytes < LINE ? 1 : bytes / LINE;
	s->memory = calloc(s->line_count + 1, LINE);
	if (!s->memory)
		return -ENOMEM;
	uintptr_t start = (uintptr_t)s->memory;
	s->lines = (struct line *)(void *)((uint8_t *)s->memory + (LINE - start % LINE) % LINE);
	return 0;
}

struct ls_cal_seen *ls_cal_seen_new(size_t bytes)
{
	struct ls_cal_seen *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	if (getrandom(s->secret, sizeof(s->secret), 0) != (ssize_t)sizeof(s->secret) ||
	    make_lines(s, bytes) < 0) {
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
	free(seen->memory);
	free(seen);
}

int ls_cal_seen_name(const struct ls_cal_seen *seen, struct ls_sha256 *hash, uint64_t entry,
		     size_t index, const struct ls_p256_public *key, const struct ls_digest *digest,
		     const uint8_t *der, size_t size, struct ls_cal_seen_name *ret_name)
{
	struct ls_digest whole;
	if (ls_sha256_init(hash) < 0)
		return -ENOMEM;
	/* all but the last have one length each */
	ls_sha256_update(hash, seen->secret, sizeof(seen->secret));
	ls_sha256_update(hash, key->spki, sizeof(key->spki));
	ls_sha256_update(hash, digest->bytes, LS_DIGEST_SIZE);
	ls_sha256_update(hash, der, size);
	ls_sha256_final(hash, &whole);
	memcpy(ret_name->words, whole.bytes, sizeof(ret_name->words));
	ret_name->place = entry + index; /* with neighbours, where an entry has many */
	return 0;
}

static struct line *line_of(struct ls_cal_seen *seen, const struct ls_cal_seen_name *name,
			    pthread_mutex_t **ret_lock)
{
	size_t line = (size_t)(name->place / ENTRIES % seen->line_count);
	*ret_lock = &seen->locks[line / NEAR % LOCKS];
	return &seen->lines[line];
}

static bool is_empty(const struct line *line, size_t at)
{
	return (line->words[at][0] | line->words[at][1]) == 0;
}

static bool is_at(const struct line *line, size_t at, const struct ls_cal_seen_name *name)
{
	return line->words[at][0] == name->words[0] && line->words[at][1] == name->words[1];
}

bool ls_cal_seen_has(struct ls_cal_seen *seen, const struct ls_cal_seen_name *name)
{
	pthread_mutex_t *lock;
	const struct line *line = line_of(seen, name, &lock);
	bool has = false;
	pthread_mutex_lock(lock);
	for (size_t i = 0; i < WAYS; i++)
		has |= !is_empty(line, i) && is_at(line, i, name);
	pthread_mutex_unlock(lock);
	return has;
}

void ls_cal_seen_add(struct ls_cal_seen *seen, const struct ls_cal_seen_name *name)
{
	pthread_mutex_t *lock;
	struct line *line = line_of(seen, name, &lock);
	size_t at = 0;
	pthread_mutex_lock(lock);
	while (at < WAYS && !is_empty(line, at) && !is_at(line, at, name))
		at++;
	if (at == WAYS)
		at = (size_t)(name->words[0] % WAYS);
	memcpy(line->words[at], name->words, sizeof(name->words));
	pthread_mutex_unlock(lock);
}
