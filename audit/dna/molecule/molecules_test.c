/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/molecules.h"

#include <errno.h>
#include <glob.h>
#include <htslib/bgzf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/test.h"

struct seen {
	size_t records, failures;
	struct ls_error why;
};

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *g)
{
	(void)g;
	CHECK(m->bases.size > 0);
	((struct seen *)context)->records++;
	return 0;
}

static int failed(void *context, const char *name, const struct ls_error *why)
{
	struct seen *s = context;
	(void)name;
	if (s->failures++ == 0)
		s->why = *why;
	return 0;
}

static int read_file(const char *path, struct seen *s, struct ls_error *err)
{
	const struct ls_molecule_taker taker = { take, failed, s };
	memset(s, 0, sizeof *s);
	return ls_molecules_read(path, &taker, err);
}

/* tests/corpus/sequence: bad-WHY__ID is refused with that id. */
TEST(each_kind_of_malformed_file)
{
	glob_t found;
	REQUIRE(glob("tests/corpus/sequence/*", 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i], *id = strstr(path, "__");
		struct seen s;
		struct ls_error err = { 0 };
		int rc = read_file(path, &s, &err);
		const char *said = rc < 0 ? err.id : s.why.id;
		if (id && strcmp(said, id + 2) != 0)
			TEST_FAIL("%s: '%s' %s", path, said, rc < 0 ? err.message : s.why.message);
		if (!id && (rc < 0 || s.failures > 0 || s.records == 0))
			TEST_FAIL("%s: %s%s", path, err.message, s.why.message);
	}
	CHECK(found.gl_pathc >= 16);
	globfree(&found);
}

TEST(a_bad_record_does_not_hide_the_next)
{
	char path[] = "/tmp/labseal-test-XXXXXX";
	int fd = mkstemp(path);
	static const char TEXT[] = ">a\nacgt\n>b\nacgn\n>c\nacgtacgt\n";
	struct seen s;
	REQUIRE(fd >= 0 && write(fd, TEXT, sizeof TEXT - 1) == (ssize_t)sizeof TEXT - 1);
	close(fd);
	CHECK_INT_EQ(read_file(path, &s, NULL), 0);
	CHECK_INT_EQ(s.records, 2);
	CHECK_INT_EQ(s.failures, 1);
	CHECK_STR_HAS(s.why.message, "'n' at base 4");
	unlink(path);
}

/* What a file with this text gives: records, failures, and how reading it ends. */
static int read_text(const char *text, struct seen *s, struct ls_error *err)
{
	char path[] = "/tmp/labseal-test-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
	int rc = read_file(path, s, err);
	unlink(path);
	return rc;
}

TEST(nothing_between_records_is_passed_over)
{
	static const struct {
		const char *text, *id;
	} CASES[] = {
		{ "@a\nacgt\n+\nIIII\nb\nacga\n+\nIIII\n@c\nacgt\n+\nIIII\n",
		  "dna.sequence.between" },
		{ ">a\nacgt\n+\nacgt\n", "dna.sequence.plus" },
		{ ">", "dna.sequence.none" },
		{ "@", "dna.sequence.none" },
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct seen s;
		struct ls_error err = { 0 };
		CHECK(read_text(CASES[i].text, &s, &err) < 0);
		CHECK_STR_EQ(err.id, CASES[i].id);
	}
	struct seen s;
	CHECK_INT_EQ(read_text("@a\nacgt\n+\nIIII\n\n@b\nacga\n+\nIIII\n\n", &s, NULL), 0);
	CHECK_INT_EQ(s.records, 2);
}

/* A fault that is found at the record's end. */
TEST(what_a_file_is_instead_is_said)
{
	static const struct {
		const char *file, *words;
	} CASES[] = {
		{ "bad-bom__dna.sequence.format", "byte-order mark" },
		{ "bad-genbank-bom__dna.sequence.format", "byte-order mark" },
		{ "bad-utf16__dna.sequence.format", "UTF-16" },
		{ "bad-packed-twice__dna.sequence.format", "packed twice" },
		{ "bad-packed-cut-header__dna.sequence.format", "or cut" },
		{ "bad-cr-only__dna.sequence.empty", "CR alone" },
		{ "bad-genbank-gap__dna.sequence.letter", "line 3: '-' at base 3" },
		{ "bad-fastq-second-cut__dna.sequence.quality", "record 'b' begins with '@'" },
		{ "bad-fastq-quality-space__dna.sequence.quality", "byte 3 of its qualities" },
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		char path[200];
		struct seen s;
		struct ls_error err = { 0 };
		snprintf(path, sizeof path, "tests/corpus/sequence/%s", CASES[i].file);
		int rc = read_file(path, &s, &err);
		CHECK_STR_HAS(rc < 0 ? err.message : s.why.message, CASES[i].words);
	}
}

TEST(a_bad_genbank_record_does_not_hide_the_next)
{
	struct seen s;
	CHECK_INT_EQ(
		read_text("LOCUS       a   99 bp    DNA     circular\nORIGIN\n        1 acgt\n//\n"
			  "LOCUS       b   4 bp    DNA     circular\nORIGIN\n        1 acgt\n//\n"
			  "LOCUS       c   4 bp    DNA     circular\nORIGIN\n        1 acgn\n//\n"
			  "LOCUS       d   4 bp    DNA     circular\nORIGIN\n        1 acgt\n//\n",
			  &s, NULL),
		0);
	CHECK_INT_EQ(s.records, 2);
	CHECK_INT_EQ(s.failures, 2);
}

/* One without its line // ends where the next begins, wherever in it that is found out. */
TEST(a_genbank_record_without_an_end_does_not_take_the_next_with_it)
{
	static const char *const CUT[] = {
		"LOCUS       a   4 bp    DNA     circular\n",
		"LOCUS       a   4 bp    DNA     circular\nFEATURES             "
		"Location/Qualifiers\n",
		"LOCUS       a   4 bp    DNA     circular\nORIGIN\n        1 acgt\n",
		"LOCUS       a   4 bp    DNA     circular\nORIGIN\n        1 acgn\n        5 "
		"acgt\n",
		"LOCUS       a   ? bp    DNA     circular\nORIGIN\n        1 acgt\n",
	};
	for (size_t i = 0; i < sizeof CUT / sizeof *CUT; i++) {
		struct seen s;
		char text[512];
		snprintf(text, sizeof text,
			 "%sLOCUS       b   4 bp    DNA     circular\nORIGIN\n        1 acgt\n//\n",
			 CUT[i]);
		CHECK_INT_EQ(read_text(text, &s, NULL), 0);
		CHECK_INT_EQ(s.records, 1);
		CHECK_INT_EQ(s.failures, 1);
	}
}

TEST(packed_files_are_unpacked_and_cut_ones_refused)
{
	char path[] = "/tmp/labseal-test-XXXXXX";
	int fd = mkstemp(path);
	REQUIRE(fd >= 0);
	close(fd);
	BGZF *packed = bgzf_open(path, "w");
	REQUIRE(packed);
	for (int i = 0; i < 20000; i++) {
		char line[64];
		int n = snprintf(line, sizeof line, i % 10 ? "acgtacgatcgactagct\n" : ">record%d\n",
				 i * 7919);
		CHECK_INT_EQ(bgzf_write(packed, line, (size_t)n), n);
	}
	CHECK_INT_EQ(bgzf_close(packed), 0);
	struct seen s;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(read_file(path, &s, &err), 0);
	CHECK_INT_EQ(s.records, 2000);
	struct stat st;
	REQUIRE(stat(path, &st) == 0 && truncate(path, st.st_size / 2) == 0);
	CHECK_INT_EQ(read_file(path, &s, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "dna.sequence.packed");
	unlink(path);
}

TEST(what_is_no_file)
{
	struct seen s;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(read_file("/nowhere/x.fa", &s, &err), -ENOENT);
	CHECK_INT_EQ(read_file("/dev/null", &s, &err), -EBADMSG);
	CHECK_INT_EQ(read_file("/tmp", &s, &err), -EBADMSG);
}

TEST_MAIN()
