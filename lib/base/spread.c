/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/spread.h"

#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>

#define WORDS	    (LS_DIGEST_SIZE / sizeof(uint32_t))
#define RANDOM_SIZE 16 /* getauxval(3): what AT_RANDOM points to */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t keys[WORDS + 1];

/* The kernel's random bytes for this process, which are there without a call that could fail, or
 * that a confined process might not make. */
static void make_keys(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM); /* NOLINT: it is an address */
	struct {
		char use[16];
		uint8_t random[RANDOM_SIZE];
		uint32_t part;
	} from = { .use = "labseal spread" };
	if (random)
		memcpy(from.random, random, RANDOM_SIZE);
	for (size_t at = 0; at < sizeof(keys); at += LS_DIGEST_SIZE, from.part++) {
		struct ls_digest d;
		size_t left = sizeof(keys) - at;
		ls_sha256_buffer(&from, sizeof(from), &d);
		memcpy((uint8_t *)keys + at, d.bytes,
		       left < LS_DIGEST_SIZE ? left : LS_DIGEST_SIZE);
	}
}

/* One to one.  The sums of digests in a row lie in a row, too, and these would share few places. */
static uint32_t mix(uint32_t h)
{
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

uint32_t ls_digest_spread(const struct ls_digest *digest)
{
	uint32_t words[WORDS];
	pthread_once(&once, make_keys);
	memcpy(words, digest->bytes, sizeof(words));
	uint64_t sum = keys[WORDS];
	for (size_t i = 0; i < WORDS; i++)
		sum += keys[i] * words[i];
	return mix((uint32_t)(sum >> 32));
}
