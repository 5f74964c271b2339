/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target's corpus, tests/corpus/dna_verify: bad-* does not hold, good-* does. */
#include <fcntl.h>
#include <glob.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "tests/dna/campaign.h"

#define CORPUS "tests/corpus/dna_verify/"

/* As in dna_verify_fuzz.c, with all the effort there is. */
static void check(struct world *w, const char *path)
{
	_cleanup_buffer_ struct ls_buffer script;
	ls_buffer_init(&script, 4096);
	REQUIRE(ls_file_read(AT_FDCWD, path, &script, NULL) == 0 && script.size > 0);
	const struct specimen *s = subject(w, script.data[0] & 3);
	const struct ls_dna_options options = { .trust = w->trust,
						.repair = { .effort = LS_EFFORT_DEFAULT } };
	struct ls_dna_verdict v;
	struct ls_molecule m;
	edit_copy(&s->molecule, &m);
	edit_script(&m, script.data + 1, script.size - 1);
	REQUIRE(ls_dna_verify(&m, &options, &v, NULL) == 0);
	bool good = strncmp(path + strlen(CORPUS), "good-", 5) == 0;
	const char *wrong = judge_verdict(&s, 1, &m, &v);
	if (wrong || (v.outcome <= LS_DNA_SEGMENT_CORRECTED) != good)
		TEST_FAIL("%s: %s: %s", path, ls_dna_outcome_words[v.outcome], wrong ? wrong : "");
	ls_dna_verdict_free(&v);
	ls_molecule_free(&m);
}

TEST(the_corpus_holds_or_does_not_as_its_names_say)
{
	struct world w;
	glob_t found;
	world_make(&w);
	REQUIRE(glob(CORPUS "[bg]*-*", 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check(&w, found.gl_pathv[i]);
	CHECK(found.gl_pathc >= 20);
	globfree(&found);
	world_free(&w);
}

static void judged(const struct specimen *s, enum ls_dna_outcome outcome, bool right)
{
	const struct ls_dna_verdict v = { .outcome = outcome };
	struct ls_molecule m;
	edit_copy(&s->molecule, &m);
	if (!right)
		edit_substitute(&m, 5, 1);
	CHECK((judge_verdict(&s, 1, &m, &v) == NULL) == right);
	edit_turn(&m, 17, true);
	CHECK((judge_verdict(&s, 1, &m, &v) == NULL) == (right && !s->block.linear));
	ls_molecule_free(&m);
}

/* Who judges can say no: a verdict that is made up is found out. */
TEST(a_wrong_verdict_is_found_out)
{
	struct world w;
	world_make(&w);
	judged(subject(&w, 0), LS_DNA_VALID, true);
	judged(subject(&w, 0), LS_DNA_VALID, false);
	judged(subject(&w, 1), LS_DNA_VALID, false);
	judged(subject(&w, 0), LS_DNA_CORRECTED, false);
	judged(subject(&w, 2), LS_DNA_SEGMENT, false);
	world_free(&w);
}

TEST_MAIN()
