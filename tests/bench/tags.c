/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well a block's place is found when its tags have edits: by pairs of tags through edlib
 * (ls_sites_find), and by one tag alone with the similarities that the papers compare.
 *
 *     tags accuracy ROUNDS [SEQUENCE ...]     SEQUENCE: a file of letters acgt, a molecule a line
 *     tags time MEGABASES
 *
 * accuracy: lines METHOD<TAB>KIND<TAB>EDITS<TAB>PERCENT: of that many edits of a kind in each tag,
 * how often the true place is the only best one.  time: METHOD<TAB>SECONDS for a megabase.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "audit/dna/repair/made_test.h"
#include "audit/dna/repair/site.h"
#include "lib/base/number.h"
#include "tests/bench/measure.h"

#define TAG	   LS_TAG_BASES
#define INSIDE	   315
#define LENGTH_MAX 30000
#define ROOM	   (LENGTH_MAX + 1024)
#define MOLECULES  64

typedef double similarity(const uint8_t *window, const uint8_t *tag);

/* --- the similarities of one window and the tag: the higher the more alike ---------------------
 */

/* Levenshtein, with transpositions of neighbours where osa is set (optimal string alignment). */
static double edits(const uint8_t *a, const uint8_t *b, int osa)
{
	int d[TAG + 1][TAG + 1];
	for (int i = 0; i <= TAG; i++)
		d[i][0] = d[0][i] = i;
	for (int i = 1; i <= TAG; i++)
		for (int j = 1; j <= TAG; j++) {
			int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (osa && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return -d[TAG][TAG];
}

static double levenshtein(const uint8_t *a, const uint8_t *b)
{
	return edits(a, b, 0);
}

static double osa(const uint8_t *a, const uint8_t *b)
{
	return edits(a, b, 1);
}

/* Damerau-Levenshtein without the restriction (Lowrance and Wagner 1975). */
static double damerau(const uint8_t *a, const uint8_t *b)
{
	int d[TAG + 2][TAG + 2], last[4] = { 0 }, far = 2 * TAG;
	for (int i = 0; i <= TAG; i++) {
		d[i + 1][0] = d[0][i + 1] = far;
		d[i + 1][1] = d[1][i + 1] = i;
	}
	d[0][0] = far;
	for (int i = 1; i <= TAG; i++) {
		for (int j = 1, match = 0; j <= TAG; j++) {
			int k = last[b[j - 1]], l = match, cost = a[i - 1] != b[j - 1];
			if (!cost)
				match = j;
			int best = d[i][j] + cost;
			if (d[i + 1][j] + 1 < best)
				best = d[i + 1][j] + 1;
			if (d[i][j + 1] + 1 < best)
				best = d[i][j + 1] + 1;
			if (d[k][l] + (i - k - 1) + 1 + (j - l - 1) < best)
				best = d[k][l] + (i - k - 1) + 1 + (j - l - 1);
			d[i + 1][j + 1] = best;
		}
		last[a[i - 1]] = i;
	}
	return -d[TAG + 1][TAG + 1];
}

static double jaro_winkler(const uint8_t *a, const uint8_t *b)
{
	int used_a[TAG] = { 0 }, used_b[TAG] = { 0 }, matches = 0, swapped = 0, prefix = 0;
	const int window = TAG / 2 - 1;
	for (int i = 0; i < TAG; i++)
		for (int j = i < window ? 0 : i - window; j < TAG && j <= i + window; j++)
			if (!used_b[j] && a[i] == b[j]) {
				used_a[i] = used_b[j] = 1;
				matches++;
				break;
			}
	if (matches == 0)
		return 0;
	for (int i = 0, j = 0; i < TAG; i++) {
		if (!used_a[i])
			continue;
		while (!used_b[j])
			j++;
		swapped += a[i] != b[j++];
	}
	double m = matches, jaro = (2 * m / TAG + (m - swapped / 2) / m) / 3;
	while (prefix < 4 && a[prefix] == b[prefix])
		prefix++;
	return jaro + prefix * 0.1 * (1 - jaro);
}

/* Of the sets of two bases that follow one another. */
static double jaccard(const uint8_t *a, const uint8_t *b)
{
	unsigned in_a = 0, in_b = 0;
	for (int i = 0; i + 1 < TAG; i++) {
		in_a |= 1u << (4 * a[i] + a[i + 1]);
		in_b |= 1u << (4 * b[i] + b[i + 1]);
	}
	return (double)__builtin_popcount(in_a & in_b) / __builtin_popcount(in_a | in_b);
}

static const struct method {
	const char *name;
	similarity *of;
} methods[] = {
	{ "optimal string alignment", osa }, { "Levenshtein", levenshtein },
	{ "Damerau-Levenshtein", damerau },  { "Jaro-Winkler", jaro_winkler },
	{ "Jaccard of pairs", jaccard },
};
#define METHODS (sizeof(methods) / sizeof(*methods))

/* The window most like the tag; how many are as good. */
static size_t best_window(const uint8_t *bases, size_t n, const uint8_t *tag, similarity *of,
			  size_t *ret_ties)
{
	double best = -1e9;
	size_t at = 0;
	for (size_t i = 0; i + TAG <= n; i++) {
		double s = of(bases + i, tag);
		if (s > best) {
			best = s;
			at = i;
			*ret_ties = 1;
		} else if (s == best && i > at + TAG) { /* overlapping windows are one place */
			++*ret_ties;
		}
	}
	return at;
}

/* --- molecules, and edits in their tags ---------------------------------------------------------
 */

static uint8_t molecules[MOLECULES][LENGTH_MAX];
static size_t lengths[MOLECULES], molecule_count;
static uint8_t start_tag[TAG], end_tag[TAG];
static uint32_t seed = 20260101;

static void tag_bases(const char *text, uint8_t *ret)
{
	for (size_t i = 0; i < TAG; i++)
		ret[i] = (uint8_t)ls_base_of(text[i]);
}

static void read_molecules(const char *path)
{
	static char line[LENGTH_MAX + 2];
	FILE *f = fopen(path, "r");
	if (!f)
		bench_die("cannot read %s", path);
	while (molecule_count < MOLECULES && fgets(line, sizeof(line), f)) {
		size_t n = strcspn(line, "\n");
		for (size_t i = 0; i < n; i++) {
			int base = ls_base_of(line[i]);
			if (base < 0)
				bench_die("%s: letters acgt are needed", path);
			molecules[molecule_count][i] = (uint8_t)base;
		}
		lengths[molecule_count++] = n;
	}
	fclose(f);
}

static void make_molecules(void)
{
	for (molecule_count = 0; molecule_count < 20; molecule_count++) {
		lengths[molecule_count] = 2500 + 500 * molecule_count;
		made_bases(molecules[molecule_count], lengths[molecule_count],
			   100 + (uint32_t)molecule_count);
	}
}

enum kind { SUBSTITUTIONS, INSERTIONS, DELETIONS, KINDS };
static const char *const kind_names[KINDS] = { "substitutions", "insertions", "deletions" };

/* Append a tag with so many edits of a kind, at different places. */
static size_t put_tag(uint8_t *to, const uint8_t *tag, enum kind kind, unsigned count)
{
	unsigned edited = 0;
	size_t n = 0;
	while ((unsigned)__builtin_popcount(edited) < count)
		edited |= 1u << made_below(&seed, TAG);
	for (size_t i = 0; i < TAG; i++) {
		int edit = edited >> i & 1;
		if (edit && kind == INSERTIONS)
			to[n++] = made_next(&seed) & 3;
		if (edit && kind == SUBSTITUTIONS)
			to[n++] = (tag[i] + 1 + made_below(&seed, 3)) & 3;
		else if (!edit || kind != DELETIONS)
			to[n++] = tag[i];
	}
	return n;
}

struct placed {
	uint8_t bases[ROOM];
	size_t n, start, end; /* where the tags begin */
};

static void place(struct placed *p, size_t molecule, enum kind kind, unsigned count)
{
	size_t at = 100 + made_below(&seed, lengths[molecule] - 200);
	memcpy(p->bases, molecules[molecule], at);
	p->start = p->n = at;
	p->n += put_tag(p->bases + p->n, start_tag, kind, count);
	made_bases(p->bases + p->n, INSIDE, seed);
	p->n += INSIDE;
	p->end = p->n;
	p->n += put_tag(p->bases + p->n, end_tag, kind, count);
	memcpy(p->bases + p->n, molecules[molecule] + at, lengths[molecule] - at);
	p->n += lengths[molecule] - at;
}

static int near(size_t a, size_t b)
{
	return a + 4 > b && b + 4 > a;
}

/* The true pair is the likeliest, and none is as likely. */
static int found_by_pairs(const struct placed *p)
{
	struct ls_sites sites;
	if (ls_sites_find(p->bases, p->n, true, LS_SITE_EDITS, &sites, NULL) < 0)
		bench_die("out of memory");
	int found = sites.count > 0 && !sites.sites[0].reversed &&
		    near(sites.sites[0].start.begin, p->start) &&
		    near(sites.sites[0].end.begin, p->end);
	if (found && sites.count > 1)
		found = sites.sites[1].start.distance + sites.sites[1].end.distance >
			sites.sites[0].start.distance + sites.sites[0].end.distance;
	ls_sites_free(&sites);
	return found;
}

static int found_by_one(const struct placed *p, similarity *of)
{
	size_t ties = 0;
	return near(best_window(p->bases, p->n, start_tag, of, &ties), p->start) && ties == 1;
}

static void tell_accuracy(unsigned rounds)
{
	static struct placed p;
	for (int kind = 0; kind < KINDS; kind++)
		for (unsigned count = 0; count <= 3; count++) {
			unsigned pairs = 0, one[METHODS] = { 0 }, all = 0;
			for (unsigned r = 0; r < rounds; r++)
				for (size_t m = 0; m < molecule_count; m++, all++) {
					place(&p, m, (enum kind)kind, count);
					pairs += (unsigned)found_by_pairs(&p);
					for (size_t i = 0; i < METHODS; i++)
						one[i] += (unsigned)found_by_one(&p, methods[i].of);
				}
			printf("pairs by edlib\t%s\t%u\t%.1f\n", kind_names[kind], count,
			       100.0 * pairs / all);
			for (size_t i = 0; i < METHODS; i++)
				printf("%s\t%s\t%u\t%.1f\n", methods[i].name, kind_names[kind],
				       count, 100.0 * one[i] / all);
			fflush(stdout);
		}
}

static void tell_time(uint64_t megabases)
{
	size_t n = (size_t)megabases * 1000000, ties;
	uint8_t *bases = malloc(n);
	struct ls_sites sites;
	if (!bases)
		bench_die("out of memory");
	made_bases(bases, n, 7);
	double began = bench_cpu();
	if (ls_sites_find(bases, n, true, LS_SITE_EDITS, &sites, NULL) < 0)
		bench_die("out of memory");
	printf("pairs by edlib, both tags on both strands\t%.4f\n",
	       (bench_cpu() - began) / (double)megabases);
	ls_sites_free(&sites);
	for (size_t i = 0; i < METHODS; i++) {
		began = bench_cpu();
		best_window(bases, n, start_tag, methods[i].of, &ties);
		printf("%s, one tag on one strand\t%.4f\n", methods[i].name,
		       (bench_cpu() - began) / (double)megabases);
	}
	free(bases);
}

static uint64_t number(const char *text)
{
	uint64_t value;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value == 0 || value > 10000)
		bench_die("'%s' is no number from 1 to 10000", text);
	return value;
}

int main(int argc, char **argv)
{
	tag_bases(LS_START_TAG, start_tag);
	tag_bases(LS_END_TAG, end_tag);
	if (argc >= 3 && strcmp(argv[1], "accuracy") == 0) {
		for (int i = 3; i < argc; i++)
			read_molecules(argv[i]);
		if (molecule_count == 0)
			make_molecules();
		tell_accuracy((unsigned)number(argv[2]));
	} else if (argc == 3 && strcmp(argv[1], "time") == 0) {
		tell_time(number(argv[2]));
	} else {
		bench_die("usage: tags accuracy ROUNDS [SEQUENCE ...] | tags time MEGABASES");
	}
	return 0;
}
