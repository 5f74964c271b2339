/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     campaign [--whole] [--real] [--seed N] [--keep FOLDER] [--seconds N] [--part I --parts N]
 *
 * Without --whole a sample of each molecule's places, in less than a minute, and less is tried
 * where nothing need be found.  With LABSEAL_DATA the plasmids in its folder, too.  --keep: what
 * was judged wrongly is written there as FASTA.  --real: nothing but LABSEAL_DATA's plasmids.
 * --seconds: of processor time, at which it ends early and says so; so does SIGTERM.  --part: of
 * the molecules only every Nth from the Ith on, so that N processes do all.  Exit status 1: a
 * verdict was wrong, or something that can be corrected was not.
 */
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/dna/molecule/made_test.h"
#include "audit/dna/molecule/molecules.h"
#include "lib/base/number.h"
#include "tests/dna/campaign.h"

#define TOLD_MAX 40
#define WORK	 200000 /* of a case that need not be found, about a microsecond each */

const char *const kind_names[KIND_COUNT] = {
	[KIND_ROTATION] = "rotations and strands",
	[KIND_SUBSTITUTION] = "a base changed",
	[KIND_DELETION] = "a base lost",
	[KIND_INSERTION] = "a base won",
	[KIND_MIX] = "mixes within the parity",
	[KIND_BEYOND] = "mixes beyond it",
	[KIND_DECOY] = "decoy tags put in",
	[KIND_MOVED] = "block moved, turned",
	[KIND_TRANSPLANT] = "block transplanted",
	[KIND_TRUNCATED] = "block truncated",
	[KIND_COPIES] = "dimers, copies, halves",
	[KIND_REPLACED] = "base replaced, parity remade",
	[KIND_FIELDS] = "fields of the block changed",
	[KIND_COMBINED] = "signatures combined",
	[KIND_SIGNER] = "another signer, authority",
	[KIND_TWO_BLOCKS] = "signed twice",
	[KIND_SEGMENT] = "segments",
};

static volatile sig_atomic_t asked_to_end;

static void ask_to_end(int signal)
{
	(void)signal;
	asked_to_end = 1;
}

static double clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- counting -------------------------------------------------------------------- */

static const char *missed(enum expected expected, enum ls_dna_outcome outcome)
{
	switch (expected) {
	case EXPECT_VALID: return outcome == LS_DNA_VALID ? NULL : "it is as it was signed";
	case EXPECT_CORRECTED: return outcome <= LS_DNA_CORRECTED ? NULL : "it can be corrected";
	case EXPECT_SEGMENT:
		return outcome == LS_DNA_SEGMENT ? NULL : "the segment is as it was signed";
	case EXPECT_NOTHING_HOLDS:
		return outcome > LS_DNA_SEGMENT_CORRECTED ? NULL : "nothing may hold here";
	case EXPECT_RIGHT: break;
	}
	return NULL;
}

static void keep(const struct campaign *c, const struct ls_molecule *seen)
{
	char path[4096];
	struct ls_buffer text;
	snprintf(path, sizeof path, "%s/fault-%zu.fa", c->keep, c->told);
	FILE *f = fopen(path, "w");
	if (!f)
		return;
	ls_buffer_init(&text, 1 << 24);
	ls_bases_to_text(seen->bases.data, seen->bases.size, &text);
	fprintf(f, ">fault-%zu\n%s\n", c->told, ls_buffer_str(&text));
	fclose(f);
	ls_buffer_free(&text);
}

void campaign_count(struct campaign *c, enum kind kind, const char *name,
		    const struct ls_molecule *seen, const struct ls_dna_verdict *v,
		    const char *wrong, enum expected expected, size_t place)
{
	struct tally *t = &c->tallies[kind];
	const char *why = wrong ? wrong : missed(expected, v->outcome);
	t->cases++;
	t->outcomes[v->outcome]++;
	t->wrong += wrong != NULL;
	t->missed += !wrong && why;
	if (!why || c->told >= TOLD_MAX)
		return;
	c->told++;
	printf("fault %zu: %s, %s, place %zu: %s: %s [%s]", c->told, name, kind_names[kind], place,
	       ls_dna_outcome_words[v->outcome], why, v->why.id);
	for (size_t i = 0; i < v->differences.count && i < 4; i++)
		printf(" (%d at %zu of %zu: %d, %d)", v->differences.list[i].kind,
		       v->differences.list[i].at, seen->bases.size, v->differences.list[i].seen,
		       v->differences.list[i].should);
	printf("%s\n", v->reversed ? " other strand" : "");
	if (c->keep)
		keep(c, seen);
}

/* Is the time over that it may take? */
static bool is_over(struct campaign *c)
{
	c->over |= asked_to_end || (c->seconds > 0 && clock_now() > (double)c->seconds);
	return c->over;
}

/* Is the next molecule one of this process's? */
static bool is_next(struct campaign *c)
{
	return !is_over(c) && c->turn++ % c->parts == c->part - 1;
}

void campaign_case(struct campaign *c, enum kind kind, const struct specimen *const *truths,
		   size_t count, const struct ls_molecule *seen, enum expected expected,
		   size_t place)
{
	/* where nothing need be found all of it would be spent */
	uint64_t work = expected == EXPECT_CORRECTED ? 0 : c->whole ? WORK : WORK / 10;
	const struct ls_dna_options options = {
		.trust = c->world.trust, .repair = { .effort = LS_EFFORT_DEFAULT, .work = work }
	};
	struct ls_error err = { 0 };
	struct ls_dna_verdict v;
	if (is_over(c))
		return;
	double began = clock_now();
	int rc = ls_dna_verify(seen, &options, &v, &err);
	double took = clock_now() - began;
	if (rc < 0) {
		printf("dna-campaign: %s: %s\n", truths[0]->name, err.message);
		exit(4);
	}
	c->tallies[kind].seconds += took;
	if (took > c->tallies[kind].slowest)
		c->tallies[kind].slowest = took;
	campaign_count(c, kind, truths[0]->name, seen, &v, judge_verdict(truths, count, seen, &v),
		       expected, place);
	ls_dna_verdict_free(&v);
}

void campaign_case_of(struct campaign *c, enum kind kind, const struct specimen *s,
		      const struct ls_molecule *seen, enum expected expected, size_t place)
{
	campaign_case(c, kind, &s, 1, seen, expected, place);
}

/* --- made-up molecules --------------------------------------------------------------- */

/* Bases of a pattern, repeated; NULL: at random. */
static void made(const char *pattern, size_t n, uint64_t seed, struct ls_buffer *ret)
{
	if (!pattern) {
		made_random(seed, n, ret);
		return;
	}
	ls_buffer_init(ret, n + 1);
	for (size_t i = 0, size = strlen(pattern); i < n; i++)
		ls_buffer_add_u8(ret, (uint8_t)ls_base_of(pattern[i % size]));
}

/* The other half is the first one's other strand. */
static void made_palindrome(size_t n, uint64_t seed, struct ls_buffer *ret)
{
	struct ls_buffer half;
	made_random(seed, n / 2, &half);
	ls_buffer_init(ret, n);
	ls_buffer_add(ret, half.data, half.size);
	ls_bases_reverse_complement(half.data, half.size);
	ls_buffer_add(ret, half.data, half.size);
	ls_buffer_free(&half);
}

static void damage(struct campaign *c, const struct recipe *r, const struct ls_buffer *bases,
		   const struct strides *strides)
{
	struct specimen s;
	if (!is_next(c))
		return;
	specimen_make(&c->world, r, bases->data, bases->size, &s);
	damage_everywhere(c, &s, strides);
	specimen_free(&s);
}

/* Molecules that mislead, each in a place of its own. */
static void misleading(struct campaign *c)
{
	static const struct {
		const char *name, *pattern;
		size_t n;
	} WHAT[] = {
		{ "one base", "a", 300 },
		{ "two bases in turn", "ac", 300 },
		{ "a site again and again", "gaattc", 300 },
		{ "tags everywhere",
		  ("acgta" LS_START_TAG "ttgac" LS_END_TAG "gatta" LS_START_TAG "ccatgc"), 420 },
		{ "tags with edits",
		  "tcgccaacctatagagcatgttccgcagacaataccttcgccaccctattgagatgttccgcagagaata", 420 },
		{ "at random, small", NULL, 60 },
		{ "at random", NULL, 500 },
	};
	for (size_t i = 0; i < sizeof WHAT / sizeof *WHAT; i++) {
		const struct strides every = { c->whole ? 1 : 97, c->whole ? 1 : 41,
					       c->whole ? 1 : 67, c->whole ? 100 : 4 };
		struct ls_buffer bases;
		made(WHAT[i].pattern, WHAT[i].n, c->seed + i, &bases);
		for (unsigned errors = 0; errors <= 2; errors++) {
			struct recipe r = { .name = WHAT[i].name,
					    .errors = errors,
					    .linear = errors == 1,
					    .at = bases.size / 2,
					    .crowded = strncmp(WHAT[i].name, "tags", 4) == 0 };
			damage(c, &r, &bases, &every);
		}
		ls_buffer_free(&bases);
	}
}

static void palindromes(struct campaign *c)
{
	const struct strides every = { c->whole ? 1 : 31, c->whole ? 1 : 13, c->whole ? 1 : 29,
				       c->whole ? 100 : 4 };
	struct ls_buffer bases;
	made_palindrome(400, c->seed, &bases);
	for (size_t at = 100; at <= 200; at += 100) {
		struct recipe r = { .name = "a palindrome", .errors = 2, .at = at };
		damage(c, &r, &bases, &every);
	}
	ls_buffer_free(&bases);
}

/* The bases that stand for its own plasmid ID and signer in the block are in the molecule, too. */
static void own_id_inside(struct campaign *c)
{
	const struct strides every = { c->whole ? 1 : 31, c->whole ? 1 : 13, c->whole ? 1 : 29,
				       c->whole ? 100 : 4 };
	const struct recipe r = { .name = "its own ID inside", .errors = 2, .at = 250 };
	struct specimen s, second;
	struct ls_buffer bases;
	if (!is_next(c))
		return;
	made_random(c->seed + 50, 500, &bases);
	specimen_make(&c->world, &r, bases.data, bases.size, &s);
	const uint8_t *block = s.molecule.bases.data + s.at;
	size_t from = s.layout.at[LS_PART_SIGNERS], to = s.layout.at[LS_PART_SIGNATURE];
	memcpy(bases.data + 50, block + from, to - from);
	memcpy(bases.data + 350, block, s.layout.at[LS_PART_SIGNATURE]);
	specimen_make(&c->world, &r, bases.data, bases.size, &second);
	damage_everywhere(c, &second, &every);
	specimen_free(&s);
	specimen_free(&second);
	ls_buffer_free(&bases);
}

static void all_profiles(struct campaign *c)
{
	struct strides every = { c->whole ? 1 : 61, c->whole ? 1 : 19, c->whole ? 1 : 37,
				 c->whole ? 100 : 4 };
	/* documentation of a type that readers skip, in several chunks */
	static const uint8_t DOCUMENT[103] = { 200, 0, 100, 1, 2, 3, 0xff };
	struct ls_buffer bases;
	made_random(c->seed + 60, 700, &bases);
	for (enum ls_profile p = 0; p < LS_PROFILE_COUNT; p++) {
		struct recipe r = { .name = ls_profiles[p].name,
				    .profile = p,
				    .errors = 2,
				    .at = 210,
				    .document = DOCUMENT,
				    .document_size = p == LS_PROFILE_PAPER ? 0 : sizeof DOCUMENT };
		if (p == LS_PROFILE_PAPER) { /* a process for each check */
			if (!c->world.has_paper)
				continue;
			every = (struct strides){ 307, c->whole ? 31 : 211, c->whole ? 101 : 457,
						  c->whole ? 40 : 2 };
		}
		damage(c, &r, &bases, &every);
	}
	ls_buffer_free(&bases);
}

/* Two words of parity; a header with long fields. */
static void long_ones(struct campaign *c)
{
	static const size_t SIZES[] = { 26000, 40000 };
	for (size_t i = 0; i < 2; i++) {
		size_t n = SIZES[i], stride = c->whole ? 499 : 8999;
		const struct strides some = { stride, stride, c->whole ? 1499 : 17999,
					      c->whole ? 40 : 3 };
		const struct recipe r = { .name = i ? "40 000 bases" : "26 000 bases",
					  .errors = 2,
					  .at = n / 3 };
		struct ls_buffer bases;
		made_random(c->seed + 70 + i, n, &bases);
		damage(c, &r, &bases, &some);
		ls_buffer_free(&bases);
	}
}

static void segments(struct campaign *c)
{
	if (is_over(c))
		return;
	const struct strides every = { c->whole ? 1 : 97, c->whole ? 1 : 31, c->whole ? 1 : 53,
				       c->whole ? 100 : 4 };
	struct ls_buffer bases;
	made_random(c->seed + 80, 1000, &bases);
	for (unsigned errors = 0; errors <= 2; errors += 2) {
		const struct recipe r = {
			.name = "a segment", .errors = errors, .at = 480, .first = 400, .last = 600
		};
		damage(c, &r, &bases, &every);
	}
	ls_buffer_free(&bases);
	if (is_next(c))
		attack_segments(c, c->seed + 90);
}

static void attacks(struct campaign *c)
{
	struct ls_buffer one, two;
	made_random(c->seed + 100, 600, &one);
	made_random(c->seed + 101, 600, &two);
	for (enum ls_profile p = 0; p < LS_PROFILE_PAPER; p++)
		for (int linear = 0; linear < (c->whole ? 2 : 1); linear++) {
			if (!is_next(c))
				continue;
			struct recipe r = { .name = ls_profiles[p].name,
					    .profile = p,
					    .errors = p,
					    .linear = linear,
					    .at = 310 };
			struct specimen s, other;
			specimen_make(&c->world, &r, one.data, one.size, &s);
			r.at = 200;
			specimen_make(&c->world, &r, two.data, two.size, &other);
			attack_all(c, &s, &other);
			attack_two_blocks(c, &s);
			specimen_free(&s);
			specimen_free(&other);
		}
	ls_buffer_free(&one);
	ls_buffer_free(&two);
}

/* --- real plasmids ------------------------------------------------------------------------ */

/* All that a forger may do with it and a second molecule: its own bases from the last to the first,
 * so that there are as many of each. */
static void attack_real(struct campaign *c, struct recipe *r, const struct ls_buffer *bases)
{
	struct ls_buffer backwards;
	struct specimen s, other;
	ls_buffer_init(&backwards, bases->size);
	for (size_t i = bases->size; i > 0; i--)
		ls_buffer_add(&backwards, bases->data + i - 1, 1);
	specimen_make(&c->world, r, bases->data, bases->size, &s);
	specimen_make(&c->world, r, backwards.data, backwards.size, &other);
	attack_all(c, &s, &other);
	specimen_free(&s);
	specimen_free(&other);
	ls_buffer_free(&backwards);
}

static void real_one(struct campaign *c, const struct ls_molecule *m)
{
	size_t n = m->bases.size, sample = 41, stride = c->whole ? 1 : n / 7 | 1;
	const struct strides all = { stride, stride, c->whole ? 1 : n / 3 | 1, c->whole ? 200 : 4 };
	const struct strides some = { n / sample | 1, n / sample | 1, n / (c->whole ? 20 : 2) | 1,
				      c->whole ? 40 : 2 };
	struct recipe r = { .errors = 2, .at = n / 3, .linear = m->topology != LS_CIRCULAR };
	char name[64];
	for (enum ls_profile p = 0; p < (c->whole ? LS_PROFILE_PAPER : 1); p++) {
		snprintf(name, sizeof name, "%.30s, %s", m->name, ls_profiles[p].name);
		r.name = name;
		r.profile = p;
		damage(c, &r, &m->bases, p == 0 ? &all : &some);
	}
	r.name = m->name;
	r.profile = LS_PROFILE_STANDARD; /* the made-up ones are attacked with each */
	if (c->whole && is_next(c))
		attack_real(c, &r, &m->bases);
	if (c->whole && is_next(c)) {
		struct specimen s;
		specimen_make(&c->world, &r, m->bases.data, n, &s);
		attack_two_blocks(c, &s);
		specimen_free(&s);
	}
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct campaign *c = context;
	(void)genbank;
	if (is_over(c))
		return 0;
	size_t before = c->bases;
	double began = clock_now();
	real_one(c, m);
	if (c->whole)
		printf("plasmid %s: %zu bases, with its blocks %zu, %.0f s\n", m->name,
		       m->bases.size, c->bases - before, clock_now() - began);
	return 0;
}

static void real_ones(struct campaign *c, const char *folder)
{
	static const char *const WHERE[] = { "plasmids/*.g*", "plasmids/broken/*" };
	const struct ls_molecule_taker taker = { .take = take, .context = c };
	for (size_t i = 0; i < 2; i++) {
		char pattern[4096];
		glob_t found;
		snprintf(pattern, sizeof pattern, "%s/%s", folder, WHERE[i]);
		if (glob(pattern, 0, NULL, &found) != 0) {
			printf("dna-campaign: LABSEAL_DATA has no %s\n", WHERE[i]);
			exit(4);
		}
		for (size_t k = 0; k < found.gl_pathc; k++) {
			struct ls_error err = { 0 };
			if (ls_molecules_read(found.gl_pathv[k], &taker, &err) < 0) {
				printf("dna-campaign: %s\n", err.message);
				exit(4);
			}
		}
		globfree(&found);
	}
}

/* --- the table -------------------------------------------------------------------------- */

static void row(const char *name, const struct tally *t)
{
	const size_t *o = t->outcomes;
	printf("| %s | %zu | %zu | %zu | %zu | %zu | %zu | %zu | %zu | %zu | %zu | %.0f |\n", name,
	       t->cases, o[LS_DNA_VALID], o[LS_DNA_CORRECTED],
	       o[LS_DNA_SEGMENT] + o[LS_DNA_SEGMENT_CORRECTED], o[LS_DNA_ANOTHER],
	       o[LS_DNA_ALTERED], o[LS_DNA_UNDECIDED], o[LS_DNA_NONE] + o[LS_DNA_LEGACY], t->wrong,
	       t->missed, 1000 * t->slowest);
}

/* 0 or 1. */
static int report(const struct campaign *c)
{
	struct tally sum = { 0 };
	int passed = 0, failed = 0;
	printf("| what happened | cases | valid | corrected | segment | another | altered | "
	       "undecided | no block | wrongly valid | missed | slowest, ms |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (size_t k = 0; k < KIND_COUNT; k++) {
		const struct tally *t = &c->tallies[k];
		row(kind_names[k], t);
		sum.cases += t->cases;
		for (size_t o = 0; o < LS_DNA_OUTCOMES; o++)
			sum.outcomes[o] += t->outcomes[o];
		sum.wrong += t->wrong;
		sum.missed += t->missed;
		if (t->slowest > sum.slowest)
			sum.slowest = t->slowest;
		/* what is done to made-up molecules alone has no case of the real ones */
		if (c->real && t->cases == 0)
			continue;
		bool good = t->cases > 0 && t->wrong + t->missed == 0;
		passed += good;
		failed += !good;
	}
	row("all", &sum);
	if (c->over)
		printf("ended early: not all molecules were reached\n");
	printf("%zu signed molecules, %zu bases, %.0f s of processor time\n", c->molecules,
	       c->bases, clock_now());
	printf("dna-campaign: %d passed, %d failed, 0 skipped\n", passed, failed);
	return failed > 0;
}

/* false: wrong usage. */
static bool read_options(struct campaign *c, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool *flag = strcmp(argv[i], "--whole") == 0  ? &c->whole
			     : strcmp(argv[i], "--real") == 0 ? &c->real
							      : NULL;
		if (flag) {
			*flag = true;
			continue;
		}
		if (i + 1 == argc)
			return false;
		const char *option = argv[i++];
		if (strcmp(option, "--keep") == 0) {
			c->keep = argv[i];
			continue;
		}
		uint64_t *number = strcmp(option, "--seed") == 0      ? &c->seed
				   : strcmp(option, "--seconds") == 0 ? &c->seconds
				   : strcmp(option, "--part") == 0    ? &c->part
				   : strcmp(option, "--parts") == 0   ? &c->parts
								      : NULL;
		if (!number || ls_parse_u64(argv[i], strlen(argv[i]), number) < 0)
			return false;
	}
	return c->part > 0 && c->part <= c->parts && !(c->real && !getenv("LABSEAL_DATA"));
}

static void made_up_ones(struct campaign *c)
{
	attacks(c);
	misleading(c);
	palindromes(c);
	own_id_inside(c);
	all_profiles(c);
	long_ones(c);
	segments(c);
}

int main(int argc, char **argv)
{
	static struct campaign c = { .seed = 1, .part = 1, .parts = 1 };
	const char *folder = getenv("LABSEAL_DATA");
	if (!read_options(&c, argc, argv)) {
		fprintf(stderr, "campaign [--whole] [--real] [--seed N] [--keep FOLDER] "
				"[--seconds N] [--part I --parts N]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, ask_to_end);
	world_make(&c.world);
	printf("seed %llu, %s, %s\n", (unsigned long long)c.seed, c.whole ? "whole" : "a sample",
	       folder ? "with real plasmids" : "LABSEAL_DATA is not set: no real plasmids");
	if (!c.real)
		made_up_ones(&c);
	if (folder)
		real_ones(&c, folder);
	world_free(&c.world);
	return report(&c);
}
