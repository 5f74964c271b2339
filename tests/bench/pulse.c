/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/pulse.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <time.h>

#include "tests/bench/measure.h"

#define BEATS_MS 500 /* from one to the next */
#define AT_ONCE	 100 /* about 5 ms: a hundredth of one processor */

struct signature {
	EVP_PKEY_CTX *context;
	unsigned char digest[32], der[80];
	size_t size;
};

static void make_signature(struct signature *s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	*s = (struct signature){ .size = sizeof(s->der), .digest = { 1, 2, 3 } };
	s->context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	EVP_PKEY_free(key); /* the context has it */
	if (!s->context || EVP_PKEY_sign_init(s->context) != 1 ||
	    EVP_PKEY_sign(s->context, s->der, &s->size, s->digest, sizeof(s->digest)) != 1 ||
	    EVP_PKEY_verify_init(s->context) != 1)
		bench_die("OpenSSL signs nothing with P-256");
}

static void verify_some(const struct signature *s)
{
	for (int i = 0; i < AT_ONCE; i++)
		if (EVP_PKEY_verify(s->context, s->der, s->size, s->digest, sizeof(s->digest)) != 1)
			bench_die("OpenSSL does not verify what it signed");
}

static void *beat(void *context)
{
	struct bench_pulse *p = context;
	const struct timespec pause = { .tv_nsec = BEATS_MS * 1000000L };
	struct signature s;
	make_signature(&s);
	double start = bench_cpu();
	do {
		verify_some(&s);
		p->verified += AT_ONCE;
		nanosleep(&pause, NULL);
	} while (!atomic_load(&p->ended));
	p->processor = bench_cpu() - start;
	EVP_PKEY_CTX_free(s.context);
	return NULL;
}

void bench_pulse_begin(struct bench_pulse *p)
{
	atomic_init(&p->ended, false);
	p->verified = p->processor = 0;
	if (pthread_create(&p->thread, NULL, beat, p) != 0)
		bench_die("no thread");
}

void bench_pulse_end(struct bench_pulse *p)
{
	atomic_store(&p->ended, true);
	pthread_join(p->thread, NULL);
}
