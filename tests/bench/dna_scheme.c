/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNA signatures: what a verification costs, in the cost of its two pairings (Miller loops without
 * tables, one final exponentiation, by blst alone, in turns in the same run); and what a further
 * digest costs under a signature that was opened before, as repair asks for.
 */
#include <stdio.h>
#include <string.h>

#include "audit/dna/scheme/aggregate.h"
#include "audit/dna/scheme/made_test.h"
#include "tests/bench/measure.h"

#define ROUNDS 31
#define EACH   20 /* in a round */

struct material {
	struct ls_dna_master master;
	struct ls_dna_trust *trust;
	struct ls_dna_key *key, *own;
	struct ls_orcid orcid;
	struct ls_digest digest;
	uint8_t signature[LS_PROFILE_COUNT][LS_SIGNATURE_BYTES_MAX];
	int sum; /* of all results, so that no work is left out */
};

static double pairings(struct material *m)
{
	double start = bench_cpu();
	for (int i = 0; i < EACH; i++)
		m->sum += ls_pairings_equal(&m->key->sign, &m->master.params.sign,
					    blst_p1_affine_generator(), blst_p2_affine_generator());
	return bench_cpu() - start;
}

/* From the block's fields to the verdict: nothing is kept from one to the next. */
static double verify(struct material *m, enum ls_profile profile)
{
	double start = bench_cpu();
	for (int i = 0; i < EACH; i++) {
		_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
		if (ls_dna_verifier_new(m->trust, profile, ls_params_hint(&m->master.params),
					&m->orcid, 1, &verifier, NULL) < 0 ||
		    ls_dna_verifier_check(verifier, &m->digest, m->signature[profile], NULL, NULL) <
			    0)
			bench_die("the signature does not hold");
	}
	return bench_cpu() - start;
}

static double again(struct material *m)
{
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	struct ls_digest digest = m->digest;
	if (ls_dna_verifier_new(m->trust, LS_PROFILE_STANDARD, ls_params_hint(&m->master.params),
				&m->orcid, 1, &verifier, NULL) < 0 ||
	    ls_dna_verifier_check(verifier, &digest, m->signature[LS_PROFILE_STANDARD], NULL,
				  NULL) < 0)
		bench_die("the signature does not hold");
	double start = bench_cpu();
	for (int i = 0; i < EACH; i++) {
		digest.bytes[0]++;
		m->sum += ls_dna_verifier_check(verifier, &digest,
						m->signature[LS_PROFILE_STANDARD], NULL, NULL);
	}
	return bench_cpu() - start;
}

static double sign(struct material *m)
{
	double start = bench_cpu();
	for (int i = 0; i < EACH; i++)
		if (ls_dna_sign(m->key, LS_PROFILE_STANDARD, &m->digest,
				m->signature[LS_PROFILE_STANDARD], NULL) < 0)
			bench_die("no signature");
	return bench_cpu() - start;
}

static void prepare(struct material *m)
{
	struct ls_directory_entry entry;
	m->master = made_master("Bench");
	m->trust = made_trust(&m->master.params);
	m->orcid = made_orcid(ALICE);
	m->digest = made_digest("a molecule");
	m->key = made_key(&m->master, ALICE);
	m->own = made_own_key(&m->master.params, ALICE);
	entry = made_entry(m->own);
	if (made_directory(&m->master, 1, &entry, 1, m->trust, NULL) < 0)
		bench_die("no directory");
	for (enum ls_profile p = LS_PROFILE_STANDARD; p <= LS_PROFILE_AGGREGATE; p++)
		if (ls_dna_sign(p == LS_PROFILE_AGGREGATE ? m->own : m->key, p, &m->digest,
				m->signature[p], NULL) < 0)
			bench_die("no signature");
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_size);
	return values[ROUNDS / 2];
}

int main(void)
{
	enum { PAIRINGS, STANDARD, FULL, AGGREGATE, AGAIN, SIGN, WAYS };
	static const char *const names[WAYS] = { "two pairings",	  "verify, standard",
						 "verify, standard-full", "verify, aggregate",
						 "a further digest",	  "sign, standard" };
	static double times[WAYS][ROUNDS], medians[WAYS];
	struct material m = { 0 };
	prepare(&m);
	for (size_t i = 0; i < ROUNDS; i++) {
		times[PAIRINGS][i] = pairings(&m);
		times[STANDARD][i] = verify(&m, LS_PROFILE_STANDARD);
		times[FULL][i] = verify(&m, LS_PROFILE_STANDARD_FULL);
		times[AGGREGATE][i] = verify(&m, LS_PROFILE_AGGREGATE);
		times[AGAIN][i] = again(&m);
		times[SIGN][i] = sign(&m);
	}
	for (size_t w = 0; w < WAYS; w++) {
		medians[w] = median(times[w]);
		printf("dna: %-22s %8.3f ms, %5.2f of its two pairings%s\n", names[w],
		       medians[w] * 1e3 / EACH, medians[w] / medians[PAIRINGS],
		       w == STANDARD ? (medians[w] <= 2 * medians[PAIRINGS] ? " (aim 2: reached)"
									    : " (aim 2: missed)")
				     : "");
	}
	ls_dna_key_free(m.key);
	ls_dna_key_free(m.own);
	ls_dna_trust_free(m.trust);
	ls_dna_master_wipe(&m.master);
	return m.sum == 0;
}
