/* SPDX-License-Identifier: Apache-2.0 */
/* Names as in FIPS 202, section 3.2: theta, rho, pi, chi, iota; lanes are A[x + 5y]. */
#include "audit/chain/keccak.h"

#include <string.h>

#define LANES  25
#define ROUNDS 24
#define RATE   136 /* bytes a block: 200 - 2 * 32 */

/* Section 3.2.5. */
static const uint64_t ROUND_CONSTANTS[ROUNDS] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
	0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
	0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
	0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* Rho and pi as one walk through the lanes from (1, 0): the lane that is next, and its turn. */
static const struct {
	uint8_t lane, turn;
} WALK[LANES - 1] = {
	{ 10, 1 },  { 7, 3 },	{ 11, 6 },  { 17, 10 }, { 18, 15 }, { 3, 21 },
	{ 5, 28 },  { 16, 36 }, { 8, 45 },  { 21, 55 }, { 24, 2 },  { 4, 14 },
	{ 15, 27 }, { 23, 41 }, { 19, 56 }, { 13, 8 },	{ 12, 25 }, { 2, 43 },
	{ 20, 62 }, { 14, 18 }, { 22, 39 }, { 9, 61 },	{ 6, 20 },  { 1, 44 },
};

static uint64_t rotate(uint64_t value, unsigned turn)
{
	return value << turn | value >> (64 - turn);
}

static void theta(uint64_t A[LANES])
{
	uint64_t column[5];
	for (int x = 0; x < 5; x++)
		column[x] = A[x] ^ A[x + 5] ^ A[x + 10] ^ A[x + 15] ^ A[x + 20];
	for (int x = 0; x < 5; x++) {
		uint64_t d = column[(x + 4) % 5] ^ rotate(column[(x + 1) % 5], 1);
		for (int y = 0; y < LANES; y += 5)
			A[x + y] ^= d;
	}
}

static void rho_pi(uint64_t A[LANES])
{
	uint64_t carried = A[1];
	for (int i = 0; i < LANES - 1; i++) {
		uint64_t here = A[WALK[i].lane];
		A[WALK[i].lane] = rotate(carried, WALK[i].turn);
		carried = here;
	}
}

static void chi(uint64_t A[LANES])
{
	for (int y = 0; y < LANES; y += 5) {
		uint64_t row[5];
		memcpy(row, A + y, sizeof(row));
		for (int x = 0; x < 5; x++)
			A[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
	}
}

static void permute(uint64_t A[LANES])
{
	for (int round = 0; round < ROUNDS; round++) {
		theta(A);
		rho_pi(A);
		chi(A);
		A[0] ^= ROUND_CONSTANTS[round];
	}
}

static void absorb(uint64_t A[LANES], const uint8_t block[RATE])
{
	for (int i = 0; i < RATE; i++)
		A[i / 8] ^= (uint64_t)block[i] << i % 8 * 8;
	permute(A);
}

void ls_keccak256(const void *bytes, size_t n, struct ls_digest *ret_digest)
{
	const uint8_t *next = bytes;
	uint64_t A[LANES] = { 0 };
	uint8_t last[RATE] = { 0 };
	for (; n >= RATE; n -= RATE, next += RATE)
		absorb(A, next);
	if (n > 0)
		memcpy(last, next, n);
	last[n] ^= 0x01;
	last[RATE - 1] ^= 0x80;
	absorb(A, last);
	for (int i = 0; i < LS_DIGEST_SIZE; i++)
		ret_digest->bytes[i] = (uint8_t)(A[i / 8] >> i % 8 * 8);
}
