/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole molecules verified (ls_dna_verify): made-up ones that are really signed, as they are, with
 * errors, and with what misleads; in the cost of a signature's two pairings, in turns in the same
 * run.
 *
 *     dna_verify [MEGABASES]      MEGABASES: of the genome, 5
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/made_signed_test.h"
#include "audit/dna/scheme/curve.h"
#include "lib/base/number.h"
#include "tests/bench/measure.h"

#define ROUNDS	    15
#define MOST_ROUNDS 61
#define PLASMID	    10000
#define DECOYS	    1000
#define REPEATED    10000

static double pairings(void)
{
	enum { EACH = 10 };
	int sum = 0;
	double start = bench_cpu();
	for (int i = 0; i < EACH; i++)
		sum += ls_pairings_equal(&made_alice->sign, &made_authority.params.sign,
					 blst_p1_affine_generator(), blst_p2_affine_generator());
	return sum > EACH ? 0 : (bench_cpu() - start) / EACH;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_size);
	return values[n / 2];
}

/* Medians of so many rounds, verification and pairings in turns. */
static void measure(const char *name, const struct ls_molecule *m, const struct ls_dna_trust *trust,
		    size_t rounds, double aim)
{
	double times[MOST_ROUNDS], pairing[MOST_ROUNDS];
	struct ls_dna_verdict v = { 0 };
	for (size_t i = 0; i < rounds; i++) {
		ls_dna_verdict_free(&v);
		double start = bench_cpu();
		made_outcome(m, trust, &v);
		times[i] = bench_cpu() - start;
		pairing[i] = pairings();
	}
	double t = median(times, rounds), p = median(pairing, rounds);
	printf("dna: %-46s %9.2f ms, %8.1f of two pairings, %s", name, t * 1e3, t / p,
	       ls_dna_outcome_words[v.outcome]);
	if (aim > 0)
		printf(" (aim %g ms: %s)", aim, t * 1e3 < aim ? "reached" : "missed");
	if (v.outcome == LS_DNA_VALID)
		printf(" (aim 2 of two pairings: %s)", t / p <= 2 ? "reached" : "missed");
	printf("\n");
	ls_dna_verdict_free(&v);
}

static void lose(struct ls_molecule *m, size_t at)
{
	memmove(m->bases.data + at, m->bases.data + at + 1, m->bases.size - at - 1);
	m->bases.size--;
}

static void plasmids(const struct ls_dna_trust *trust)
{
	_cleanup_buffer_ struct ls_buffer bases, other;
	_cleanup_molecule_ struct ls_molecule m;
	made_random(1, PLASMID, &bases);
	made_random(2, PLASMID, &other);
	made_signed(made_alice, bases.data, PLASMID, true, 4000, 2, &m);
	measure("10 kb, no error", &m, trust, MOST_ROUNDS, 5);
	m.bases.data[7000] ^= 1;
	m.bases.data[50] ^= 2;
	measure("10 kb, two substitutions", &m, trust, ROUNDS, 0);
	m.bases.data[50] ^= 2;
	m.bases.data[7000] ^= 1;
	lose(&m, 9000);
	measure("10 kb, a base lost", &m, trust, ROUNDS, 50);
	m.bases.data[100] ^= 1;
	measure("10 kb, a base lost and one substituted", &m, trust, ROUNDS, 0);
	memcpy(m.bases.data, other.data, 4000);
	measure("10 kb, the block of another molecule", &m, trust, 3, 0);
}

static void genomes(const struct ls_dna_trust *trust, size_t n)
{
	_cleanup_buffer_ struct ls_buffer bases, part;
	_cleanup_molecule_ struct ls_molecule segment, genome, with;
	made_random(3, n, &bases);
	made_random(4, 600, &part);
	made_signed_part(made_alice, part.data, part.size, false, true, 300, 2, &segment);
	ls_molecule_init(&genome);
	ls_buffer_add(&genome.bases, bases.data, n);
	measure("a genome without a block", &genome, trust, 3, 0);
	made_put_in(&genome, n / 3, &segment, &with);
	measure("a genome with a signed segment", &with, trust, 3, 0);
	with.bases.data[n / 3 + 20] ^= 1;
	measure("the same, one substitution in the segment", &with, trust, 3, 0);
	/* blocks of another molecule: all of each but the molecule is as it must be */
	size_t step = n / (DECOYS + 2), own = n / 3 / step;
	for (size_t i = 1; i <= DECOYS; i++)
		if (i < own - 1 || i > own + 1)
			memcpy(with.bases.data + step * i, segment.bases.data + 290,
			       segment.bases.size - 580);
	measure("the same, among a thousand blocks of others", &with, trust, 1, 0);
}

static void tags_alone(const struct ls_dna_trust *trust)
{
	static const char *const texts[] = { LS_START_TAG, LS_END_TAG, LS_START_TAG LS_END_TAG };
	static const char *const names[] = { "10,000 start tags, nothing else", "10,000 end tags",
					     "10,000 of both" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		_cleanup_molecule_ struct ls_molecule m;
		ls_molecule_init(&m);
		for (size_t k = 0; k < REPEATED; k++)
			ls_bases_from_text(texts[i], strlen(texts[i]), &m.bases);
		measure(names[i], &m, trust, 1, 0);
	}
}

int main(int argc, char **argv)
{
	uint64_t megabases = 5;
	if (argc > 2 || (argc == 2 && (ls_parse_u64(argv[1], strlen(argv[1]), &megabases) < 0 ||
				       megabases == 0 || megabases > 200)))
		bench_die("usage: dna_verify [MEGABASES], 1 to 200");
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	plasmids(trust);
	genomes(trust, (size_t)megabases * 1000000);
	tags_alone(trust);
	ls_dna_key_free(made_alice);
	ls_dna_master_wipe(&made_authority);
	return 0;
}
