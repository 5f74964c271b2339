/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/genbank.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>

#include "audit/dna/molecule/canonical.h"
#include "audit/dna/molecule/made_genbank_test.h"
#include "audit/dna/molecule/molecules.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static int parse(const char *text, struct ls_genbank *g, struct ls_error *err)
{
	struct ls_reader r;
	size_t line = 0;
	ls_reader_init(&r, text, strlen(text));
	return ls_genbank_next(&r, &line, g, err);
}

TEST(a_record_is_taken_apart)
{
	_cleanup_genbank_ struct ls_genbank g = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(parse(MADE_GENBANK, &g, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_STR_EQ(g.molecule.name, "pMade");
	CHECK_INT_EQ(g.molecule.topology, LS_CIRCULAR);
	CHECK_INT_EQ(g.molecule.bases.size, 70);
	REQUIRE(g.count == 5);
	CHECK_STR_EQ(g.features[1].key, "CDS");
	CHECK_STR_EQ(g.features[1].label, "thing");
	CHECK_STR_EQ(g.features[2].label, "far /label=no");
	CHECK_INT_EQ(g.features[1].line, 6);
	REQUIRE(g.features[1].location.count == 2);
	CHECK_INT_EQ(g.features[1].location.spans[0].first, 10);
	CHECK_INT_EQ(g.features[1].location.spans[1].last, 30);
	REQUIRE(g.features[3].location.count == 2);
	CHECK_INT_EQ(g.features[3].location.spans[0].first, 1); /* 5' to 3' on its own strand */
	CHECK(g.features[3].location.spans[0].complement);
}

/* What was put in, taken out again: every byte is as before. */
static void in_and_out(const struct ls_genbank *g, size_t at, const char *name)
{
	static const char LETTERS[] = "tcgccaacctattgagacgtaaatgttccgcagacgaata";
	const size_t n = sizeof LETTERS - 1;
	const struct ls_new_feature feature = { .key = "misc_feature",
						.label = "start tag",
						.note = LS_BLOCK_NOTE " 1: start tag",
						.first = at,
						.last = at + 15 };
	_cleanup_buffer_ struct ls_buffer with, without;
	_cleanup_genbank_ struct ls_genbank between = { 0 };
	struct ls_error err = { 0 };
	ls_buffer_init(&with, LS_GENBANK_SIZE_MAX);
	ls_buffer_init(&without, LS_GENBANK_SIZE_MAX);
	CHECK_INT_EQ(ls_genbank_insert(g, at, LETTERS, n, &feature, 1, &with, &err), 0);
	int rc = parse(ls_buffer_str(&with), &between, &err);
	if (rc == 0)
		rc = ls_genbank_remove(&between, at, n, &without, &err);
	if (rc < 0) {
		TEST_FAIL("%s at %zu: %s", name, at, err.message);
		return;
	}
	CHECK_INT_EQ(between.count, g->count + 1);
	CHECK(between.features[g->count].of_block);
	if (g->has_features) {
		CHECK(without.size > g->annotation.size);
		CHECK_MEM_EQ(without.data, g->annotation.data, g->annotation.size);
	}
}

TEST(what_is_put_in_is_taken_out_again_at_every_place)
{
	_cleanup_genbank_ struct ls_genbank g = { 0 };
	REQUIRE(parse(MADE_GENBANK, &g, NULL) == 0);
	for (size_t at = 1; at <= 71; at++)
		in_and_out(&g, at, "made");
}

TEST(locations_behind_the_place_move)
{
	_cleanup_genbank_ struct ls_genbank g = { 0 };
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 1 << 20);
	REQUIRE(parse(MADE_GENBANK, &g, NULL) == 0);
	REQUIRE(ls_genbank_insert(&g, 20, "acgt", 4, NULL, 0, &out, NULL) == 0);
	const char *text = ls_buffer_str(&out);
	CHECK_STR_HAS(text, "LOCUS       pMade                     74 bp    DNA     circular SYN "
			    "01-JAN-2026\n");
	CHECK_STR_HAS(text, "     CDS             join(10..12,\n                     <29..>34)\n");
	CHECK_STR_HAS(text, "(pos:29..31,aa:Trp)");
	CHECK_STR_HAS(text, "     source          1..74\n");
	CHECK_STR_HAS(text, "     misc_feature    order(44^45,J00194.1:100..202,(46.47)..54)\n");
	CHECK_STR_HAS(text, "complement(join(64..74,1..5))\n");
	CHECK_STR_HAS(text, "BASE COUNT       18 a     19 c     19 g     18 t\n");
	CHECK_STR_HAS(text, "/note=\"40..50 is text and stays\"");
}

/* GenBank release notes, 3.4.11: the range of bases that a citation reports. */
TEST(the_bases_that_a_reference_reports_move)
{
	static const char *const OLD_NEW[][2] = {
		{ "REFERENCE   1  (bases 1 to 16)\n", "REFERENCE   1  (bases 1 to 20)\n" },
		{ "REFERENCE   12 (bases 9 to 16; 1 to 4)\n",
		  "REFERENCE   12 (bases 13 to 20; 1 to 4)\n" },
		{ "REFERENCE   1  (bases 1 to 4; 7 to 8;\n            9 to 0099)\n",
		  "REFERENCE   1  (bases 1 to 4; 7 to 8;\n            13 to 00103)\n" },
		{ "REFERENCE   1  (sites)\n", "REFERENCE   1  (sites)\n" },
		{ "REFERENCE   11\n", "REFERENCE   11\n" },
		{ "REFERENCE   1  (bases 1 to 16 of pUC19)\n",
		  "REFERENCE   1  (bases 1 to 16 of pUC19)\n" },
		{ "REFERENCE   1  (bases 9 to 9999999999999)\n",
		  "REFERENCE   1  (bases 9 to 9999999999999)\n" },
		{ "REFERENCE   1  (bases 9 to\n", "REFERENCE   1  (bases 9 to\n" },
		{ "REFERENCE   1  (bases 9 to 16\n  TITLE     Bases (bases 9 to 16)\n",
		  "REFERENCE   1  (bases 9 to 16\n  TITLE     Bases (bases 9 to 16)\n" },
	};
	for (size_t i = 0; i < sizeof OLD_NEW / sizeof *OLD_NEW; i++) {
		char text[1024], wanted[1024];
		static const char RECORD[] = "LOCUS       p  %d bp    DNA     circular\n%s"
					     "FEATURES             Location/Qualifiers\n"
					     "     gene            %s\n%s";
		_cleanup_genbank_ struct ls_genbank g = { 0 };
		_cleanup_buffer_ struct ls_buffer out;
		struct ls_error err = { 0 };
		snprintf(text, sizeof text, RECORD, 16, OLD_NEW[i][0], "9..12",
			 "ORIGIN\n        1 acgtacgtac gtacgt\n//\n");
		snprintf(wanted, sizeof wanted, RECORD, 20, OLD_NEW[i][1], "13..16", "");
		ls_buffer_init(&out, 1 << 20);
		REQUIRE(parse(text, &g, &err) == 0);
		CHECK_INT_EQ(ls_genbank_insert(&g, 9, "acgt", 4, NULL, 0, &out, &err), 0);
		CHECK_STR_HAS(ls_buffer_str(&out), wanted);
		for (size_t at = 1; at <= 17; at++)
			in_and_out(&g, at, OLD_NEW[i][0]);
	}
}

TEST(places_that_cut_a_feature)
{
	_cleanup_genbank_ struct ls_genbank g = { 0 };
	REQUIRE(parse(MADE_GENBANK, &g, NULL) == 0);
	/* 10..12 and 25..30 with an intron between; 40^41, 42..50; 60..70 and 1..5 over the origin
	 */
	for (size_t at = 1; at <= 71; at++) {
		const struct ls_feature *beside;
		struct ls_error err = { 0 };
		bool cut = at <= 5 || at == 71 || (at > 10 && at <= 30) || at == 41 ||
			   (at > 42 && at <= 50) || at > 60;
		int rc = ls_genbank_may_insert(&g, at, &beside, &err);
		if (rc != (cut ? -EEXIST : 0))
			TEST_FAIL("at %zu: %d %s", at, rc, err.message);
		if (rc == 0)
			CHECK((beside != NULL) == (at == 10 || at == 40 || at == 42 || at == 60));
	}
	struct ls_error err = { 0 };
	const struct ls_feature *beside;
	CHECK_INT_EQ(ls_genbank_may_insert(&g, 27, &beside, &err), -EEXIST);
	CHECK_STR_HAS(err.message, "inside CDS 'thing' (line 6)");
	CHECK_INT_EQ(ls_genbank_may_insert(&g, 0, &beside, &err), -EINVAL);
	CHECK_INT_EQ(ls_genbank_may_insert(&g, 72, &beside, &err), -EINVAL);
	CHECK_INT_EQ(ls_genbank_free_place(&g), 35);
}

TEST(what_somebody_annotated_inside_a_block_is_not_dropped)
{
	_cleanup_genbank_ struct ls_genbank g = { 0 };
	_cleanup_buffer_ struct ls_buffer out;
	struct ls_error err = { 0 };
	ls_buffer_init(&out, 1 << 20);
	REQUIRE(parse(MADE_GENBANK, &g, NULL) == 0);
	CHECK_INT_EQ(ls_genbank_remove(&g, 11, 5, &out, &err), -EEXIST);
	CHECK_STR_HAS(err.message, "CDS in line 6");
	CHECK_INT_EQ(ls_genbank_remove(&g, 50, 0, &out, &err), -EINVAL);
	CHECK_INT_EQ(ls_genbank_remove(&g, 50, 70, &out, &err), -EINVAL);
}

/* A block that a program has turned over the file's origin. */
TEST(a_block_over_the_origin_is_taken_out)
{
	_cleanup_genbank_ struct ls_genbank g = { 0 }, after = { 0 };
	_cleanup_buffer_ struct ls_buffer out;
	struct ls_error err = { 0 };
	ls_buffer_init(&out, 1 << 20);
	REQUIRE(parse(MADE_TURNED, &g, &err) == 0);
	CHECK_INT_EQ(ls_genbank_remove(&g, 17, 8, &out, &err), 0);
	CHECK_STR_EQ(err.message, "");
	REQUIRE(parse(ls_buffer_str(&out), &after, &err) == 0);
	CHECK_STR_EQ(ls_buffer_str(&after.molecule.letters), "ccccaaaaGGGG");
	CHECK_STR_HAS(ls_buffer_str(&out), "     source          1..12\r\n");
	CHECK_STR_HAS(ls_buffer_str(&out), "     gene            5..8\r\n");
	CHECK(after.crlf);
}

/* tests/corpus/genbank: bad-* are refused with the line that their names end in. */
TEST(malformed_files_with_line_and_reason)
{
	glob_t found;
	REQUIRE(glob("tests/corpus/genbank/*", 0, NULL, &found) == 0);
	size_t bad = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		_cleanup_buffer_ struct ls_buffer text;
		_cleanup_genbank_ struct ls_genbank g = { 0 };
		struct ls_error err = { 0 };
		struct ls_reader r;
		size_t line = 0;
		char wanted[32];
		ls_buffer_init(&text, LS_GENBANK_SIZE_MAX);
		CHECK_INT_EQ(ls_file_read(AT_FDCWD, found.gl_pathv[i], &text, &err), 0);
		ls_reader_init(&r, text.data, text.size);
		int rc = ls_genbank_next(&r, &line, &g, &err);
		if (strncmp(name, "good-", 5) == 0) {
			if (rc < 0)
				TEST_FAIL("%s: %s", name, err.message);
			continue;
		}
		bad++;
		snprintf(wanted, sizeof wanted, "line %s", strrchr(name, '-') + 1);
		if (rc != -EBADMSG || !strstr(err.message, wanted))
			TEST_FAIL("%s: %d, not with '%s': %s", name, rc, wanted, err.message);
	}
	CHECK(bad >= 20);
	globfree(&found);
}

static int take_real(void *context, const struct ls_molecule *m, const struct ls_genbank *g)
{
	size_t at = ls_genbank_free_place(g);
	CHECK(at > 0);
	if (m->topology != LS_TOPOLOGY_UNSAID)
		CHECK_INT_EQ(m->topology, LS_CIRCULAR);
	/* the program that handed some of them on wrote the checksum that it computed */
	char seguid[LS_SEGUID_SIZE];
	const char *stamp = strstr(ls_buffer_str(&g->annotation), "pydna cdseguid=");
	CHECK_INT_EQ(ls_seguid(m->bases.data, m->bases.size, true, seguid, NULL), 0);
	if (stamp && strncmp(stamp + 6, seguid, strlen(seguid)) != 0)
		TEST_FAIL("%s: %s, and it is stamped %.40s", m->name, seguid, stamp);
	in_and_out(g, at, m->name);
	in_and_out(g, 1, m->name);
	in_and_out(g, m->bases.size / 2, m->name);
	++*(size_t *)context;
	return 0;
}

TEST(real_plasmids)
{
	const char *data = getenv("LABSEAL_DATA");
	char pattern[4096];
	glob_t found;
	if (!data)
		TEST_SKIP("LABSEAL_DATA is not set");
	snprintf(pattern, sizeof pattern, "%s/plasmids/*.gb*", data);
	if (glob(pattern, 0, NULL, &found) != 0)
		TEST_SKIP("there are no plasmids in LABSEAL_DATA");
	size_t records = 0;
	const struct ls_molecule_taker taker = { .take = take_real, .context = &records };
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct ls_error err = { 0 };
		CHECK_INT_EQ(ls_molecules_read(found.gl_pathv[i], &taker, &err), 0);
		CHECK_STR_EQ(err.message, "");
	}
	CHECK_INT_EQ(records, found.gl_pathc);
	globfree(&found);
}

TEST_MAIN()
