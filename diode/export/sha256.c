/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/sha256.h"

#include <stdbool.h>
#include <string.h>

#if defined(__GNUC__) && defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

/* FIPS 180-4, section 4.2.2 */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t word_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* section 6.2.2, step 1: word t of the schedule takes the place of word t - 16, modulo 16 */
__attribute__((always_inline)) static inline uint32_t next_word(uint32_t w[static 16], int t)
{
	uint32_t before2 = w[(t + 14) % 16], before15 = w[(t + 1) % 16];
	uint32_t s0 = rotate(before15, 7) ^ rotate(before15, 18) ^ before15 >> 3;
	uint32_t s1 = rotate(before2, 17) ^ rotate(before2, 19) ^ before2 >> 10;
	return w[t % 16] += s1 + w[(t + 9) % 16] + s0;
}

/* step 3, but that the variables stay where they are: the round says which is which */
__attribute__((always_inline)) static inline void do_round(const uint32_t a, const uint32_t b,
							   const uint32_t c, uint32_t *d,
							   const uint32_t e, const uint32_t f,
							   const uint32_t g, uint32_t *h,
							   uint32_t in)
{
	uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
	uint32_t t1 = *h + s1 + ((e & f) ^ (~e & g)) + in;
	uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
	*d += t1;
	*h = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
}

/* Eight rounds from round t + at on, after which the variables have their names again. */
#define EIGHT_ROUNDS(in, at)                                      \
	do {                                                      \
		do_round(a, b, c, &d, e, f, g, &h, in((at) + 0)); \
		do_round(h, a, b, &c, d, e, f, &g, in((at) + 1)); \
		do_round(g, h, a, &b, c, d, e, &f, in((at) + 2)); \
		do_round(f, g, h, &a, b, c, d, &e, in((at) + 3)); \
		do_round(e, f, g, &h, a, b, c, &d, in((at) + 4)); \
		do_round(d, e, f, &g, h, a, b, &c, in((at) + 5)); \
		do_round(c, d, e, &f, g, h, a, &b, in((at) + 6)); \
		do_round(b, c, d, &e, f, g, h, &a, in((at) + 7)); \
	} while (0)
#define FIRST(i) (K[i] + w[i])
#define LATER(i) (K[t + (i)] + next_word(w, i))

static void compress(uint32_t s[static 8], const uint8_t *block)
{
	uint32_t w[16];
	uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
	for (int t = 0; t < 16; t++)
		w[t] = word_at(block + (ptrdiff_t)t * 4);
	EIGHT_ROUNDS(FIRST, 0);
	EIGHT_ROUNDS(FIRST, 8);
	for (int t = 16; t < 64; t += 16) {
		EIGHT_ROUNDS(LATER, 0);
		EIGHT_ROUNDS(LATER, 8);
	}
	const uint32_t end[8] = { a, b, c, d, e, f, g, h };
	for (int i = 0; i < 8; i++)
		s[i] += end[i];
}

void ls_small_sha256_portable(uint32_t state[static 8], const uint8_t *blocks, size_t n)
{
	for (; n > 0; n--, blocks += LS_SMALL_SHA256_BLOCK)
		compress(state, blocks);
}

#if defined(__GNUC__) && defined(__x86_64__)

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))

static bool has_instructions(void)
{
	unsigned a, b, c, d, more = 0;
	if (__get_cpuid_count(7, 0, &a, &more, &c, &d) == 0 || __get_cpuid(1, &a, &b, &c, &d) == 0)
		return false;
	return more & bit_SHA && c & bit_SSE4_1 && c & bit_SSSE3;
}

/* Words t to t + 3 out of the sixteen before them. */
TARGET static __m128i next_words(__m128i w16, __m128i w12, __m128i w8, __m128i w4)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w16, w12), _mm_alignr_epi8(w4, w8, 4));
	return _mm_sha256msg2_epu32(sum, w4);
}

/* The variables as the instructions have them: A, B, E, F and C, D, G, H. */
struct halves {
	__m128i abef, cdgh;
};

TARGET static struct halves four_rounds(struct halves v, __m128i w, int t)
{
	__m128i in = _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(const void *)(K + t)));
	v.cdgh = _mm_sha256rnds2_epu32(v.cdgh, v.abef, in);
	v.abef = _mm_sha256rnds2_epu32(v.abef, v.cdgh, _mm_shuffle_epi32(in, 0x0e));
	return v;
}

TARGET static struct halves compress_halves(struct halves v, const uint8_t *block)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i w[4];
	for (int i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)block + i),
					swap);
	for (int t = 0; t < 64; t += 16) {
		v = four_rounds(v, w[0], t);
		v = four_rounds(v, w[1], t + 4);
		v = four_rounds(v, w[2], t + 8);
		v = four_rounds(v, w[3], t + 12);
		w[0] = next_words(w[0], w[1], w[2], w[3]);
		w[1] = next_words(w[1], w[2], w[3], w[0]);
		w[2] = next_words(w[2], w[3], w[0], w[1]);
		w[3] = next_words(w[3], w[0], w[1], w[2]);
	}
	return v;
}

TARGET static void by_instructions(uint32_t s[static 8], const uint8_t *blocks, size_t n)
{
	struct halves v = { _mm_set_epi32((int)s[0], (int)s[1], (int)s[4], (int)s[5]),
			    _mm_set_epi32((int)s[2], (int)s[3], (int)s[6], (int)s[7]) };
	for (; n > 0; n--, blocks += LS_SMALL_SHA256_BLOCK) {
		struct halves next = compress_halves(v, blocks);
		v.abef = _mm_add_epi32(v.abef, next.abef);
		v.cdgh = _mm_add_epi32(v.cdgh, next.cdgh);
	}
	uint32_t feba[4], hgdc[4];
	memcpy(feba, &v.abef, sizeof(feba));
	memcpy(hgdc, &v.cdgh, sizeof(hgdc));
	const uint32_t end[8] = { feba[3], feba[2], hgdc[3], hgdc[2],
				  feba[1], feba[0], hgdc[1], hgdc[0] };
	memcpy(s, end, sizeof(end));
}

static void take_blocks(uint32_t state[static 8], const uint8_t *blocks, size_t n)
{
	static int known; /* 1: the processor has them; -1: it has not */
	if (known == 0)
		known = has_instructions() ? 1 : -1;
	if (known > 0)
		by_instructions(state, blocks, n);
	else
		ls_small_sha256_portable(state, blocks, n);
}

#else

static void take_blocks(uint32_t state[static 8], const uint8_t *blocks, size_t n)
{
	ls_small_sha256_portable(state, blocks, n);
}

#endif

void ls_small_sha256_init(struct ls_small_sha256 *h)
{
	static const uint32_t first[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	memcpy(h->state, first, sizeof(first));
	h->size = 0;
}

void ls_small_sha256_update(struct ls_small_sha256 *h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t used = (size_t)(h->size % sizeof(h->block));
	h->size += n;
	while (n > 0) {
		if (used == 0 && n >= sizeof(h->block)) {
			size_t whole = n - n % sizeof(h->block);
			take_blocks(h->state, p, whole / sizeof(h->block));
			p += whole;
			n -= whole;
			continue;
		}
		size_t room = sizeof(h->block) - used, step = n < room ? n : room;
		memcpy(h->block + used, p, step);
		used += step;
		p += step;
		n -= step;
		if (used < sizeof(h->block))
			return;
		take_blocks(h->state, h->block, 1);
		used = 0;
	}
}

void ls_small_sha256_final(struct ls_small_sha256 *h, struct ls_digest *ret_digest)
{
	static const uint8_t padding[64] = { 0x80 };
	uint64_t bits = h->size * 8;
	uint8_t length[8];
	for (int i = 7; i >= 0; i--, bits >>= 8)
		length[i] = (uint8_t)bits;
	size_t used = (size_t)(h->size % 64);
	ls_small_sha256_update(h, padding, used < 56 ? 56 - used : 120 - used);
	ls_small_sha256_update(h, length, sizeof(length));
	for (int i = 0; i < 32; i++)
		ret_digest->bytes[i] = (uint8_t)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}
