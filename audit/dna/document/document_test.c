/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/document/document.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "audit/dna/document/dictionary.h"
#include "audit/dna/document/translation.h"
#include "audit/dna/molecule/genbank.h"
#include "lib/base/files.h"
#include "lib/base/hash.h"
#include "lib/base/test.h"

static const char header[] =
	"LOCUS       pTEST                     48 bp    DNA     circular SYN 01-JAN-2026\n"
	"DEFINITION  A plasmid that was made up for a test, with a definition that is longer\n"
	"            than one line, so that it is broken.\n"
	"FEATURES             Location/Qualifiers\n"
	"     source          1..48\n"
	"                     /organism=\"synthetic DNA construct\"\n"
	"                     /mol_type=\"other DNA\"\n";
static const char cds[] = "     CDS             join(46..48,1..15)\n"
			  "                     /codon_start=1\n"
			  "                     /label=AmpR\n"
			  "                     /translation=\"MKTLLF\"\n";
/* M ... and then AAA ACA CTC CTC TTT */
static const char bases_text[] = "aaaacactcctctttggggggggggggggggggggggggggggggatg";

struct made {
	struct ls_buffer annotation, letters, bases;
	const char *tail;
};

static void make(struct made *m, const char *annotation, const char *letters, const char *tail)
{
	ls_buffer_init(&m->annotation, 1 << 20);
	ls_buffer_init(&m->letters, 1 << 20);
	ls_buffer_init(&m->bases, 1 << 20);
	ls_buffer_add_str(&m->annotation, annotation);
	ls_buffer_add_str(&m->letters, letters);
	REQUIRE(ls_bases_from_text(letters, strlen(letters), &m->bases) == 0);
	m->tail = tail;
}

static struct ls_documented record_of(const struct made *m)
{
	return (struct ls_documented){ .annotation = m->annotation.data,
				       .annotation_size = m->annotation.size,
				       .tail = (const uint8_t *)m->tail,
				       .tail_size = strlen(m->tail),
				       .letters = m->letters.data,
				       .bases = m->bases.data,
				       .n = m->bases.size,
				       .circular = true };
}

static void let_go(struct made *m)
{
	ls_buffer_free(&m->annotation);
	ls_buffer_free(&m->letters);
	ls_buffer_free(&m->bases);
}

static size_t packed_size; /* of the last round trip */

/* Packed and unpacked it is the same. */
static void round_trip(const char *annotation, const char *letters, const char *tail)
{
	struct made m;
	_cleanup_buffer_ struct ls_buffer packed;
	_cleanup_document_ struct ls_document d = { .tail = { .data = NULL } };
	ls_buffer_init(&packed, 1 << 20);
	make(&m, annotation, letters, tail);
	struct ls_documented record = record_of(&m);
	REQUIRE(ls_document_pack(&record, &packed, NULL) == 0);
	REQUIRE(ls_document_unpack(packed.data, packed.size, 1, m.bases.data, m.bases.size, true,
				   &d, NULL) == 0);
	CHECK_STR_EQ(ls_buffer_str(&d.annotation), annotation);
	CHECK_STR_EQ(ls_buffer_str(&d.letters), letters);
	CHECK_STR_EQ(ls_buffer_str(&d.tail), tail);
	packed_size = packed.size;
	let_go(&m);
}

static void join(char *ret, size_t room, const char *a, const char *b, const char *c)
{
	snprintf(ret, room, "%s%s%sORIGIN\n", a, b, c);
}

TEST(a_record_comes_back_byte_for_byte)
{
	char text[2048], with[2048];
	join(text, sizeof(text), header, "", "");
	round_trip(text, bases_text, "//\n");
	size_t without = packed_size;
	join(with, sizeof(with), header, cds, "");
	round_trip(with, bases_text, "//\n");
	size_t size = packed_size;
	CHECK(size < strlen(with) / 3);
	CHECK(size - without < 32); /* a feature with its translation */
	round_trip(with, bases_text, "//\n\n\n");
	round_trip(with, bases_text, "");
}

TEST(case_and_line_ends_come_back)
{
	char text[2048], crlf[4096];
	join(text, sizeof(text), header, cds, "");
	size_t n = 0;
	for (const char *c = text; *c; c++) {
		if (*c == '\n')
			crlf[n++] = '\r';
		crlf[n++] = *c;
	}
	crlf[n] = '\0';
	round_trip(crlf, bases_text, "//\r\n");
	round_trip(crlf, bases_text, "//\n"); /* another line end at the end */
	crlf[strcspn(crlf, "\r")] = ' ';
	round_trip(crlf, bases_text, "//\r\n");
	round_trip(text, "AAAACACTCCTCTTTGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGATG", "//\n");
	round_trip(text, "AAAAcactcctctttggggggggggggggggggggggggggggggATG", "//\n");
	round_trip(text, "aaaacactcctctttggggggggggggggggggggggggggggggatG", "//\n");
}

TEST(what_no_rule_makes_comes_back_too)
{
	static const char *const odd[] = {
		"",
		"\n",
		"no line end",
		"\x01\x02\x03\x1f\xff\xc3\xa9\r",
		"\x01"
		"0\n",
		"     CDS             1..6\n\x01"
		"0\n",
		"     CDS             1..99\n                     /translation=\"MK\"\n",
		"     CDS             \n                     /translation=\"\"\n",
		"\n\n\n            \n                     \n",
		"                     a                                                         b  "
		"     "
		"                                                             c\n",
		"LOCUS       "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n            aaaaaaaaaaaa\n",
		"DEFINITION  ends in a blank \n            and goes on  twice\n",
	};
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		round_trip(odd[i], "acgt", "//\n");
		round_trip(odd[i], "", "");
	}
}

/* The one CDS's translation is left out, or it is kept. */
static void check_left_out(const char *coding, bool left_out)
{
	struct made m;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 4096);
	make(&m, coding, bases_text, "");
	const struct ls_translated molecule = { m.bases.data, m.bases.size, true };
	REQUIRE(ls_translations_drop(m.annotation.data, m.annotation.size, &molecule, &out) == 0);
	CHECK((strstr(ls_buffer_str(&out), "/translation") == NULL) == left_out);
	let_go(&m);
}

TEST(only_what_the_molecule_has_is_left_out)
{
	check_left_out(cds, true);
	char other[sizeof(cds)];
	memcpy(other, cds, sizeof(cds));
	*strstr(other, "MKTLLF") = 'L';
	check_left_out(other, false);
}

TEST(translations_of_all_kinds)
{
	char text[4096];
	static const char *const coding[] = {
		"     CDS             1..15\n                     /translation=\"KTLLF\"\n",
		"     CDS             complement(1..15)\n                     "
		"/translation=\"KEECF\"\n",
		"     CDS             1..15\n                     /translation=\"MTLLF\"\n",
		"     CDS             2..15\n                     /codon_start=3\n"
		"                     /translation=\"TLLF\"\n",
		"     CDS             1..15\n                     /translation=\"KTLXF\"\n",
	};
	for (size_t i = 0; i < sizeof(coding) / sizeof(*coding); i++) {
		check_left_out(coding[i], i != 4);
		join(text, sizeof(text), header, coding[i], "");
		round_trip(text, bases_text, "//\n");
	}
}

TEST(a_change_of_any_byte_is_seen_or_gives_other_text)
{
	struct made m;
	char text[2048];
	_cleanup_buffer_ struct ls_buffer packed;
	ls_buffer_init(&packed, 1 << 20);
	join(text, sizeof(text), header, cds, "");
	make(&m, text, bases_text, "//\n");
	struct ls_documented record = record_of(&m);
	REQUIRE(ls_document_pack(&record, &packed, NULL) == 0);
	for (size_t at = 0; at < packed.size; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			_cleanup_document_ struct ls_document d = { .tail = { .data = NULL } };
			packed.data[at] ^= (uint8_t)(1u << bit);
			ls_document_unpack(packed.data, packed.size, 1, m.bases.data, m.bases.size,
					   true, &d, NULL);
			packed.data[at] ^= (uint8_t)(1u << bit);
		}
	for (size_t n = 0; n < packed.size; n++) {
		_cleanup_document_ struct ls_document d = { .tail = { .data = NULL } };
		struct ls_error err = { 0 };
		CHECK_INT_EQ(ls_document_unpack(packed.data, n, 1, m.bases.data, m.bases.size, true,
						&d, &err),
			     -EBADMSG);
		CHECK_STR_EQ(err.id, "dna.document.malformed");
	}
	let_go(&m);
}

TEST(another_dictionary_is_named)
{
	struct ls_error err = { 0 };
	_cleanup_document_ struct ls_document d = { .tail = { .data = NULL } };
	CHECK_INT_EQ(ls_document_unpack((const uint8_t *)"", 0, 2, NULL, 0, true, &d, &err),
		     -ENOTSUP);
	CHECK_STR_EQ(err.id, "dna.dictionary");
}

/* What was packed needs the very dictionary for ever. */
TEST(dictionary_1_is_what_it_was)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_init(&b, LS_DICTIONARY_SIZE_MAX);
	REQUIRE(ls_dictionary(1, &b, NULL) == 0);
	ls_sha256_buffer(b.data, b.size, &digest);
	CHECK_STR_EQ(ls_digest_hex(&digest, hex),
		     "9ffe9b1066b8c0843750637c610ab3371b7e3729f392639bd8663eb38e57b977");
}

TEST(parts_for_chosen_readers_go_out_and_come_back)
{
	static const char text[] = "aaaabbbbccccdddd";
	const struct ls_hidden_range ranges[] = { { 0, 4 }, { 4, 6 }, { 12, 16 } };
	_cleanup_buffer_ struct ls_buffer shown, hidden, whole;
	ls_buffer_init(&shown, 100);
	ls_buffer_init(&hidden, 100);
	ls_buffer_init(&whole, 100);
	REQUIRE(ls_document_split((const uint8_t *)text, 16, ranges, 3, &shown, &hidden, NULL) ==
		0);
	CHECK_STR_EQ(ls_buffer_str(&shown), "bbcccc");
	REQUIRE(ls_document_merge(shown.data, shown.size, hidden.data, hidden.size, &whole, NULL) ==
		0);
	CHECK_STR_EQ(ls_buffer_str(&whole), text);
	for (size_t n = 0; n < hidden.size; n++)
		CHECK_INT_EQ(
			ls_document_merge(shown.data, shown.size, hidden.data, n, &whole, NULL),
			-EBADMSG);
	CHECK_INT_EQ(ls_document_merge(shown.data, 3, hidden.data, hidden.size, &whole, NULL),
		     -EBADMSG);
	const struct ls_hidden_range overlap[] = { { 0, 4 }, { 3, 6 } };
	CHECK_INT_EQ(
		ls_document_split((const uint8_t *)text, 16, overlap, 2, &shown, &hidden, NULL),
		-EINVAL);
	CHECK_INT_EQ(ls_document_split((const uint8_t *)text, 5, ranges, 3, &shown, &hidden, NULL),
		     -EINVAL);
}

/* One real record: the same again, and how small. */
static void check_file(const char *path, size_t *text, size_t *in_all)
{
	_cleanup_buffer_ struct ls_buffer bytes, packed;
	_cleanup_genbank_ struct ls_genbank g = { .count = 0 };
	struct ls_error err = { 0 };
	struct ls_reader r;
	size_t line = 0;
	ls_buffer_init(&bytes, LS_GENBANK_SIZE_MAX);
	ls_buffer_init(&packed, 1 << 20);
	REQUIRE(ls_file_read(AT_FDCWD, path, &bytes, &err) == 0);
	ls_reader_init(&r, bytes.data, bytes.size);
	REQUIRE(ls_genbank_next(&r, &line, &g, &err) == 0);
	const struct ls_documented record = {
		.annotation = g.annotation.data,
		.annotation_size = g.annotation.size,
		.tail = g.tail.data,
		.tail_size = g.tail.size,
		.letters = g.molecule.letters.data,
		.bases = g.molecule.bases.data,
		.n = g.molecule.bases.size,
		.circular = g.molecule.topology == LS_CIRCULAR,
	};
	/* it compares by itself */
	if (ls_document_pack(&record, &packed, &err) < 0)
		TEST_FAIL("%s: %s", path, err.message);
	printf("  %s: %zu in %zu bytes, %.3f\n", strrchr(path, '/') + 1, g.annotation.size,
	       packed.size, (double)packed.size / (double)g.annotation.size);
	*text += g.annotation.size;
	*in_all += packed.size;
}

TEST(real_plasmids_fit_in_a_fifth)
{
	const char *data = getenv("LABSEAL_DATA");
	char folder[4096], path[8192];
	size_t text = 0, packed = 0;
	if (!data)
		TEST_SKIP("LABSEAL_DATA is not set");
	snprintf(folder, sizeof(folder), "%s/plasmids", data);
	DIR *dir = opendir(folder);
	REQUIRE(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		const char *dot = strrchr(e->d_name, '.');
		if (!dot || strncmp(dot, ".gb", 3) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		check_file(path, &text, &packed);
	}
	closedir(dir);
	printf("  all: %zu in %zu bytes, %.3f\n", text, packed, (double)packed / (double)text);
	CHECK(packed * 100 < text * 19); /* the goal; 22 is the least that is wanted */
}

TEST_MAIN()
