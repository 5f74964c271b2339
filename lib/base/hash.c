/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define CHUNK_SIZE (256 * 1024) /* bytes read at a time: past this the rate no longer grows */

static EVP_MD *algorithm; /* found once, for OpenSSL looks EVP_sha256() up by its name each time */
static pthread_once_t algorithm_once = PTHREAD_ONCE_INIT;

/* For what is hashed at once, each thread has a context: a new one costs more than a short text. */
static _Thread_local struct ls_sha256 own;
static pthread_key_t own_key; /* frees it when its thread ends */
static bool has_own_key;

static void find_algorithm(void)
{
	algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	has_own_key = pthread_key_create(&own_key, (void (*)(void *))EVP_MD_CTX_free) == 0;
}

/* Again with the same algorithm (NULL) costs less still. */
int ls_sha256_init(struct ls_sha256 *h)
{
	if (h->context)
		return EVP_DigestInit_ex2(h->context, NULL, NULL) == 1 ? 0 : -ENOMEM;
	pthread_once(&algorithm_once, find_algorithm);
	EVP_MD_CTX *context = algorithm ? EVP_MD_CTX_new() : NULL;
	if (!context || EVP_DigestInit_ex2(context, algorithm, NULL) != 1) {
		EVP_MD_CTX_free(context);
		return -ENOMEM;
	}
	h->context = context;
	return 0;
}

/* After a good init, OpenSSL's update and final of SHA-256 have no way to fail. */
void ls_sha256_update(struct ls_sha256 *h, const void *bytes, size_t n)
{
	EVP_DigestUpdate(h->context, bytes, n);
}

void ls_sha256_final(struct ls_sha256 *h, struct ls_digest *ret_digest)
{
	EVP_DigestFinal_ex(h->context, ret_digest->bytes, NULL);
}

void ls_sha256_free(struct ls_sha256 *h)
{
	EVP_MD_CTX_free(h->context);
	h->context = NULL;
}

static int begin_own(void)
{
	bool first = !own.context;
	int rc = ls_sha256_init(&own);
	if (rc == 0 && first && (!has_own_key || pthread_setspecific(own_key, own.context) != 0)) {
		ls_sha256_free(&own);
		return -ENOMEM;
	}
	return rc;
}

int ls_sha256_pieces(const struct ls_sha256_piece *pieces, size_t count,
		     struct ls_digest *ret_digest)
{
	int rc = begin_own();
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		ls_sha256_update(&own, pieces[i].bytes, pieces[i].n);
	ls_sha256_final(&own, ret_digest);
	return 0;
}

void ls_sha256_buffer(const void *bytes, size_t n, struct ls_digest *ret_digest)
{
	const struct ls_sha256_piece piece = { bytes, n };
	if (ls_sha256_pieces(&piece, 1, ret_digest) < 0)
		SHA256(bytes, n, ret_digest->bytes);
}

static int hash_all(int fd, const struct ls_hash_watch *watch, struct ls_sha256 *h, uint8_t *chunk,
		    uint64_t *ret_size)
{
	uint64_t size = 0;
	for (;;) {
		if (watch && watch->progress && watch->progress(watch->context) < 0)
			return -EINTR;
		ssize_t n = read(fd, chunk, CHUNK_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		ls_sha256_update(h, chunk, (size_t)n);
		size += (uint64_t)n;
	}
	*ret_size = size;
	return 0;
}

int ls_sha256_fd_watched(int fd, const struct ls_hash_watch *watch, struct ls_digest *ret_digest,
			 uint64_t *ret_size, struct ls_error *err)
{
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	_cleanup_free_ uint8_t *chunk = malloc(CHUNK_SIZE);
	if (!chunk || ls_sha256_init(&h) < 0)
		return ls_fail(err, -ENOMEM, "hash.memory", "out of memory while hashing a file");
	uint64_t size = 0;
	int rc = hash_all(fd, watch, &h, chunk, &size);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "hash.read", "cannot read a file to hash it");
	ls_sha256_final(&h, ret_digest);
	if (ret_size)
		*ret_size = size;
	return 0;
}

int ls_sha256_fd(int fd, struct ls_digest *ret_digest, uint64_t *ret_size, struct ls_error *err)
{
	return ls_sha256_fd_watched(fd, NULL, ret_digest, ret_size, err);
}

bool ls_digest_equal(const struct ls_digest *a, const struct ls_digest *b)
{
	return memcmp(a->bytes, b->bytes, LS_DIGEST_SIZE) == 0;
}

bool ls_digest_is_zero(const struct ls_digest *d)
{
	static const struct ls_digest zero;
	return ls_digest_equal(d, &zero);
}

const char *ls_digest_hex(const struct ls_digest *d, char buffer[static LS_DIGEST_HEX_SIZE])
{
	ls_hex_encode(d->bytes, LS_DIGEST_SIZE, buffer);
	return buffer;
}

int ls_digest_parse(const char *text, size_t length, struct ls_digest *ret_digest)
{
	if (length != 2 * LS_DIGEST_SIZE)
		return -EBADMSG;
	return ls_hex_decode(text, length, ret_digest->bytes);
}
