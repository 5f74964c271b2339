/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/canonical.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/*
 * The least rotation by comparing two candidates i and j (Duval's idea, O(n), no further memory):
 * where they differ after k equal bases, no start within those k of the loser can be the least.
 */
static size_t least_of_two(const uint8_t *b, size_t n)
{
	size_t i = 0, j = 1, k = 0;
	while (i < n && j < n && k < n) {
		size_t p = i + k,
		       q = j + k; /* below 2 n: a division would cost more than the rest */
		uint8_t x = b[p < n ? p : p - n], y = b[q < n ? q : q - n];
		if (x == y) {
			k++;
			continue;
		}
		if (x > y)
			i += k + 1;
		else
			j += k + 1;
		if (i == j)
			j++;
		k = 0;
	}
	return i < j ? i : j;
}

#define KEY_BASES 16

/* Where the least KEY_BASES bases of the ring begin; false: at several places, or it is shorter. */
static bool least_key(const uint8_t *b, size_t n, size_t *ret)
{
	uint32_t key = 0, least = UINT32_MAX;
	size_t count = 0, at = 0;
	if (n < KEY_BASES)
		return false;
	for (size_t i = 0; i < KEY_BASES - 1; i++)
		key = key << 2 | b[i];
	for (size_t i = 0; i < n; i++) {
		size_t last = i + KEY_BASES - 1;
		key = key << 2 | b[last < n ? last : last - n];
		if (key > least)
			continue;
		count = key < least ? 1 : count + 1;
		at = i;
		least = key;
	}
	*ret = at;
	return count == 1;
}

/* Where so many bases are the least at one place only, that is where it begins, and no rotation
 * but by all bases leads to the same: that is told by the return value. */
static bool least_rotation(const uint8_t *b, size_t n, size_t *ret)
{
	bool alone = least_key(b, n, ret);
	if (!alone)
		*ret = least_of_two(b, n);
	return alone;
}

int ls_least_rotation(const uint8_t *bases, size_t n, size_t *ret_start)
{
	if (n == 0)
		return -EINVAL;
	least_rotation(bases, n, ret_start);
	return 0;
}

static void rotate(const uint8_t *b, size_t n, size_t start, uint8_t *ret)
{
	memcpy(ret, b + start, n - start);
	memcpy(ret + (n - start), b, start);
}

/* The least p that divides n and after which everything repeats (Knuth, Morris, Pratt). */
static int period_of(const uint8_t *b, size_t n, size_t *ret)
{
	_cleanup_free_ size_t *border = calloc(n + 1, sizeof *border);
	if (!border)
		return -ENOMEM;
	for (size_t i = 1, k = 0; i < n; i++) {
		while (k > 0 && b[i] != b[k])
			k = border[k];
		if (b[i] == b[k])
			k++;
		border[i + 1] = k;
	}
	size_t p = n - border[n];
	*ret = n % p == 0 ? p : n;
	return 0;
}

/* Both strands in their least rotation: forward[0..n) and reverse[0..n), and where each starts. */
struct strands {
	uint8_t *forward, *reverse;
	size_t start, reverse_start;
	bool aperiodic; /* certainly */
};

static void turn(const uint8_t *bases, size_t n, bool circular, uint8_t *room, struct strands *s)
{
	memcpy(room, bases, n);
	s->aperiodic = !circular || least_rotation(room, n, &s->start);
	rotate(room, n, s->start, s->forward);
	ls_bases_reverse_complement(room, n);
	if (circular)
		least_rotation(room, n, &s->reverse_start);
	rotate(room, n, s->reverse_start, s->reverse);
}

static int choose(const struct strands *s, size_t n, bool circular, struct ls_canonical *ret)
{
	int order = memcmp(s->forward, s->reverse, n);
	/* base 0 of the given sequence lies before canonical[0] by `start`, or, on the other
	 * strand, where the reverse ends */
	size_t forward = circular ? (n - s->start) % n : 0;
	size_t reverse = circular ? (n - s->reverse_start) % n : n;
	ret->both = order == 0;
	ret->reversed = order > 0;
	ret->offset = ret->reversed ? reverse : forward;
	ret->reverse_offset = reverse;
	ret->period = n;
	ls_buffer_init(&ret->bases, n);
	int rc = ls_buffer_add(&ret->bases, ret->reversed ? s->reverse : s->forward, n);
	return rc < 0 || s->aperiodic ? rc : period_of(ret->bases.data, n, &ret->period);
}

int ls_canonical_make(const uint8_t *bases, size_t n, bool circular, struct ls_canonical *ret,
		      struct ls_error *err)
{
	if (n == 0)
		return ls_fail(err, -EINVAL, "dna.molecule.empty", "a molecule of no bases");
	_cleanup_free_ uint8_t *room = malloc(3 * n);
	if (!room)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	struct strands s = { .forward = room + n, .reverse = room + 2 * n };
	struct ls_canonical c = { 0 };
	turn(bases, n, circular, room, &s);
	int rc = choose(&s, n, circular, &c);
	if (rc < 0) {
		ls_canonical_free(&c);
		return ls_fail(err, rc, "memory", "out of memory");
	}
	*ret = c;
	return 0;
}

void ls_canonical_free(struct ls_canonical *c)
{
	ls_buffer_free(&c->bases);
}

/* One way of reading: offset + at forward, offset - at backward. */
static uint64_t joint(const struct ls_canonical *c, bool circular, size_t offset, bool reversed,
		      size_t at)
{
	size_t n = c->bases.size;
	if (!circular)
		return 2 * (uint64_t)(reversed ? offset - at : offset + at) + reversed;
	size_t place = (reversed ? offset + n - at % n : offset + at) % n;
	return 2 * (uint64_t)(place % c->period) + reversed;
}

uint64_t ls_canonical_joint(const struct ls_canonical *c, bool circular, size_t at)
{
	uint64_t one = joint(c, circular, c->offset, c->reversed, at);
	if (!c->both)
		return one;
	uint64_t other = joint(c, circular, c->reverse_offset, true, at);
	return one < other ? one : other;
}

void ls_canonical_read(const struct ls_canonical *c, uint64_t place, uint8_t *ret)
{
	size_t n = c->bases.size, at = (size_t)(place / 2);
	const uint8_t *bases = c->bases.data;
	for (size_t i = 0; i < n && place % 2 == 0; i++, at++)
		ret[i] = bases[at < n ? at : at - n];
	for (size_t i = 0; i < n && place % 2 == 1; i++) {
		at = (at > 0 ? at : n) - 1;
		ret[i] = LS_BASE_COMPLEMENT(bases[at]);
	}
}

/* SHA-1 in base64url without padding, as SEGUID has it. */
static int seguid_text(const char *prefix, const struct ls_buffer *text, char *ret,
		       struct ls_error *err)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	_cleanup_buffer_ struct ls_buffer b64;
	ls_buffer_init(&b64, 64);
	if (EVP_Digest(text->data, text->size, hash, &size, EVP_sha1(), NULL) != 1 ||
	    ls_base64_encode(hash, size, &b64) < 0)
		return ls_fail(err, -EIO, "crypto", "SHA-1 cannot be computed");
	for (size_t i = 0; i < 27; i++) {
		if (b64.data[i] == '+')
			b64.data[i] = '-';
		else if (b64.data[i] == '/')
			b64.data[i] = '_';
	}
	snprintf(ret, LS_SEGUID_SIZE, "%s%.27s", prefix, ls_buffer_str(&b64));
	return 0;
}

/* The lesser strand, a semicolon, the other: upper-case, as the SEGUID v2 paper writes double
 * strands. */
int ls_seguid(const uint8_t *bases, size_t n, bool circular, char ret[static LS_SEGUID_SIZE],
	      struct ls_error *err)
{
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 2 * n + 1);
	int rc = ls_canonical_make(bases, n, circular, &c, err);
	if (rc < 0)
		return rc;
	ls_bases_to_text(c.bases.data, n, &text);
	ls_buffer_add_u8(&text, ';');
	ls_bases_reverse_complement(c.bases.data, n);
	ls_bases_to_text(c.bases.data, n, &text);
	if (ls_buffer_error(&text) < 0)
		return ls_fail(err, ls_buffer_error(&text), "memory", "out of memory");
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] != ';')
			text.data[i] = (uint8_t)(text.data[i] - ('a' - 'A'));
	return seguid_text(circular ? "cdseguid=" : "ldseguid=", &text, ret, err);
}
