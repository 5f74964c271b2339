/* SPDX-License-Identifier: Apache-2.0 */
/* Molecules as the papers' prototype wrote them, their parity computed here by long division. */
#include "audit/dna/legacy.h"

#include <errno.h>
#include <stdlib.h>

#include "audit/dna/molecule/made_test.h"
#include "audit/dna/verdict.h"
#include "lib/base/test.h"

#define FIELD 0x1100bu

static unsigned times(unsigned a, unsigned b)
{
	unsigned product = 0;
	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a <<= 1;
		if (a & 0x10000)
			a ^= FIELD;
	}
	return product;
}

/* The remainder of the data, shifted, by (x - alpha^0)(x - alpha^1)...: highest power first. */
static void parity_of(const unsigned *data, size_t n, size_t roots, unsigned *ret)
{
	unsigned g[17] = { 1 }, alpha = 1;
	for (size_t r = 0; r < roots; r++) {
		for (size_t i = r + 1; i > 0; i--)
			g[i] ^= times(g[i - 1], alpha);
		alpha = times(alpha, 2);
	}
	memset(ret, 0, roots * sizeof *ret);
	for (size_t i = 0; i < n; i++) {
		unsigned feedback = data[i] ^ ret[0];
		for (size_t r = 0; r < roots; r++)
			ret[r] = (r + 1 < roots ? ret[r + 1] : 0) ^ times(feedback, g[r + 1]);
	}
}

static void add_digits(const char *digits, struct ls_buffer *out)
{
	static const char *const CODES[] = { "ac", "ag", "at", "ca", "cg",
					     "ct", "ga", "gc", "gt", "ta" };
	for (; *digits; digits++)
		ls_bases_from_text(CODES[*digits - '0'], 2, out);
}

/* 111000_output.gb's layout: start tag, ORCID iD, plasmid ID, 512 bases, parity, end tag. */
static void made_legacy(size_t roots, struct ls_molecule *m)
{
	_cleanup_buffer_ struct ls_buffer rest, signature, data;
	unsigned symbols[4000], parity[16];
	made_random(21, 900, &rest);
	made_random(22, 512, &signature);
	ls_buffer_init(&data, 4000);
	ls_molecule_init(m);
	ls_bases_from_text(LS_LEGACY_START, 10, &m->bases);
	add_digits("1234123412341234", &m->bases);
	add_digits("987654", &m->bases);
	ls_buffer_add(&m->bases, signature.data, 512);
	ls_buffer_add(&data, rest.data, 900);
	ls_buffer_add(&data, m->bases.data, m->bases.size);
	ls_bases_from_text(LS_LEGACY_END, 10, &data);
	for (size_t i = 0; i < data.size; i++)
		symbols[i] = (unsigned char)ls_base_letter(data.data[i]);
	parity_of(symbols, data.size, roots, parity);
	for (size_t r = 0; r < roots; r++)
		for (int b = 14; b >= 0; b -= 2)
			ls_buffer_add_u8(&m->bases, parity[r] >> b & 3);
	ls_bases_from_text(LS_LEGACY_END, 10, &m->bases);
	ls_buffer_add(&m->bases, rest.data, 900);
}

TEST(the_first_version_is_recognised_and_its_parity_checked)
{
	struct ls_legacy l;
	_cleanup_molecule_ struct ls_molecule m;
	made_legacy(4, &m);
	REQUIRE(ls_legacy_find(&m, &l, NULL) == 0);
	CHECK_STR_EQ(l.orcid, "1234123412341234");
	CHECK_STR_EQ(l.id, "987654");
	CHECK_INT_EQ(l.signature, 512);
	CHECK_INT_EQ(l.parity, 32);
	CHECK_INT_EQ(l.errors, 0);
	m.bases.data[300] ^= 1;
	m.bases.data[1000] ^= 2;
	REQUIRE(ls_legacy_find(&m, &l, NULL) == 0);
	CHECK_INT_EQ(l.errors, 2);
	m.bases.data[1200] ^= 2;
	REQUIRE(ls_legacy_find(&m, &l, NULL) == 0);
	CHECK_INT_EQ(l.errors, -1);
}

TEST(on_either_strand_and_without_parity)
{
	struct ls_legacy l;
	_cleanup_molecule_ struct ls_molecule m, none;
	made_legacy(4, &m);
	ls_bases_reverse_complement(m.bases.data, m.bases.size);
	REQUIRE(ls_legacy_find(&m, &l, NULL) == 0);
	CHECK(l.reversed);
	CHECK_INT_EQ(l.errors, 0);
	made_legacy(0, &none);
	REQUIRE(ls_legacy_find(&none, &l, NULL) == 0);
	CHECK_INT_EQ(l.parity, 0);
	CHECK_INT_EQ(l.errors, -1);
}

TEST(the_outcome_is_legacy_and_never_valid)
{
	struct ls_dna_trust *trust = NULL;
	struct ls_dna_verdict v;
	_cleanup_molecule_ struct ls_molecule m;
	made_legacy(4, &m);
	REQUIRE(ls_dna_trust_new(&trust) == 0);
	const struct ls_dna_options options = { .trust = trust };
	REQUIRE(ls_dna_verify(&m, &options, &v, NULL) == 0);
	CHECK_INT_EQ(v.outcome, LS_DNA_LEGACY);
	ls_dna_verdict_free(&v);
	ls_dna_trust_free(trust);
}

TEST(what_is_none)
{
	struct ls_legacy l;
	_cleanup_molecule_ struct ls_molecule m;
	made_legacy(4, &m);
	m.bases.data[12] = LS_BASE_T; /* "tc" is no digit */
	CHECK_INT_EQ(ls_legacy_find(&m, &l, NULL), -ENOENT);
	m.bases.size = 400;
	CHECK_INT_EQ(ls_legacy_find(&m, &l, NULL), -ENOENT);
}

TEST_MAIN()
