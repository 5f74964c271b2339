/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/block.h"

#include <errno.h>

#include "audit/dna/block/document_part.h"
#include "audit/dna/molecule/made_test.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

static void orcid(const char *text, struct ls_orcid *ret)
{
	if (ls_orcid_parse(text, ret, NULL) < 0)
		TEST_FAIL("%s is no ORCID iD", text);
}

static void round_trip(const char *text, size_t bases)
{
	struct ls_orcid in = { { 0 } }, out = { { 0 } };
	uint8_t room[LS_ORCID_BASES_OTHER];
	orcid(text, &in);
	CHECK_STR_EQ(in.text, text);
	CHECK_INT_EQ(ls_orcid_encode(&in, room), bases);
	CHECK_INT_EQ(ls_orcid_decode(room, bases, &out), bases);
	CHECK_STR_EQ(out.text, text);
	CHECK_INT_EQ(ls_orcid_decode(room, bases - 1, &out), 0);
}

TEST(orcids_of_both_ranges_are_14_bases)
{
	round_trip("0000-0001-5000-0007", LS_ORCID_BASES); /* the first */
	round_trip("0000-0002-1825-0097", LS_ORCID_BASES);
	round_trip("0000-0002-1694-233X", LS_ORCID_BASES);
	round_trip("0000-0003-5000-0001", LS_ORCID_BASES); /* the last */
	round_trip("0009-0000-0000-0009", LS_ORCID_BASES);
	round_trip("0009-0010-0000-0003", LS_ORCID_BASES);
	round_trip("1234-1234-1234-1238", LS_ORCID_BASES_OTHER);
	round_trip("0000-0000-0000-0001", LS_ORCID_BASES_OTHER);
	round_trip("9999-9999-9999-9994", LS_ORCID_BASES_OTHER);
}

/* One that is allocated: the nth of both ranges, its check digit by the rule (ISO 7064 MOD 11-2).
 */
static void allocated(uint64_t nth, char ret[static LS_ORCID_SIZE])
{
	uint64_t n = nth <= 20000000 ? 15000000 + nth : 900000000000 + (nth - 20000001);
	char digits[17];
	unsigned total = 0;
	snprintf(digits, sizeof digits, "%015llu", (unsigned long long)n);
	for (int i = 0; i < 15; i++)
		total = (total + (unsigned)(digits[i] - '0')) * 2;
	digits[15] = "0123456789X"[(12 - total % 11) % 11];
	snprintf(ret, LS_ORCID_SIZE, "%.4s-%.4s-%.4s-%.4s", digits, digits + 4, digits + 8,
		 digits + 12);
}

/* Every allocated iD has 14 bases of its own, in their order: all steps of a prime, and the ends.
 */
TEST(each_allocated_orcid_is_its_own_14_bases)
{
	const uint64_t count = 20000001 + 100000001;
	unsigned seen = 0;
	for (uint64_t nth = 0; nth < count;
	     nth += nth < 3 || nth > count - 5 || (nth > 19999990 && nth < 20000010) ? 1
		    : nth < 19999990						     ? 997
										     : 4999) {
		char text[LS_ORCID_SIZE];
		struct ls_orcid in = { { 0 } }, out = { { 0 } };
		uint8_t bases[LS_ORCID_BASES_OTHER] = { 0 };
		uint64_t value = 0;
		allocated(nth, text);
		REQUIRE(ls_orcid_parse(text, &in, NULL) == 0);
		REQUIRE(ls_orcid_encode(&in, bases) == LS_ORCID_BASES);
		for (int i = 0; i < LS_ORCID_BASES; i++)
			value = value << 2 | bases[i];
		REQUIRE(value == nth);
		REQUIRE(ls_orcid_decode(bases, LS_ORCID_BASES, &out) == LS_ORCID_BASES);
		REQUIRE(strcmp(out.text, text) == 0);
		seen |= 1u << (text[18] == 'X' ? 10 : text[18] - '0');
	}
	CHECK_INT_EQ(seen, 0x7ff); /* each check digit, X included */
}

TEST(orcids_are_taken_as_people_write_them)
{
	struct ls_orcid o = { { 0 } };
	orcid("https://orcid.org/0000-0002-1694-233x", &o);
	CHECK_STR_EQ(o.text, "0000-0002-1694-233X");
	orcid("0000000218250097", &o);
	CHECK_STR_EQ(o.text, "0000-0002-1825-0097");
}

TEST(what_is_no_orcid)
{
	static const char *const BAD[] = { "",
					   "0000-0002-1825-009",
					   "0000-0002-1825-00977",
					   "0000-0002-1825-0098",
					   "X000-0002-1825-0097",
					   "0000--0002-1825-0097",
					   "0000-0002-1825-0097 ",
					   "00-000002-1825-0097",
					   "-0000-0002-1825-0097" };
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		struct ls_orcid o;
		struct ls_error err = { 0 };
		CHECK_INT_EQ(ls_orcid_parse(BAD[i], &o, &err), -EINVAL);
		CHECK_STR_HAS(err.message, "is no ORCID iD");
	}
}

TEST(bases_that_are_no_orcid)
{
	struct ls_orcid o;
	uint8_t bases[LS_ORCID_BASES_OTHER];
	memset(bases, LS_BASE_G,
	       sizeof bases); /* larger than the ranges, and no mark of the long form */
	CHECK_INT_EQ(ls_orcid_decode(bases, sizeof bases, &o), 0);
	memset(bases, LS_BASE_T, sizeof bases); /* more than fifteen digits */
	CHECK_INT_EQ(ls_orcid_decode(bases, sizeof bases, &o), 0);
	memset(bases, LS_BASE_A,
	       sizeof bases); /* 0000-0000-0000-0001 is long; an iD of a range is not */
	bases[0] = LS_BASE_T;
	CHECK_INT_EQ(ls_orcid_decode(bases, sizeof bases, &o), LS_ORCID_BASES_OTHER);
	struct ls_orcid allocated = { "0000-0001-5000-0007" };
	uint64_t n = 15000000;
	for (int i = 25; i > 0; i--, n >>= 2)
		bases[i] = n & 3;
	CHECK_INT_EQ(ls_orcid_decode(bases, sizeof bases, &allocated), 0);
}

static void fill(struct ls_block *b, enum ls_profile profile, size_t document)
{
	ls_block_init(b);
	b->profile = profile;
	b->hint = 0xabc;
	b->draw = 77;
	b->length = 2686;
	b->place = 2 * 1234 + 1;
	b->plasmid_id = 123456;
	b->signer_count = profile == LS_PROFILE_AGGREGATE ? 3 : 1;
	orcid("0000-0002-1825-0097", &b->signers[0]);
	orcid("1234-1234-1234-1238", &b->signers[1]);
	orcid("0000-0002-1694-233X", &b->signers[2]);
	for (size_t i = 0; i < document; i++)
		ls_buffer_add_u8(&b->document, (uint8_t)(i * 31));
	for (size_t i = 0; i < ls_profiles[profile].signature_bits; i++)
		b->signature[i / 8] |= (uint8_t)((i % 3 == 0) << (7 - i % 8));
}

/* The block but for its parity, with the end tag. */
static void write_block(const struct ls_block *b, struct ls_buffer *out)
{
	uint8_t masks[3000];
	struct ls_layout l;
	for (size_t i = 0; i < sizeof masks; i++)
		masks[i] = (uint8_t)(i * 7);
	ls_buffer_init(out, 1 << 20);
	CHECK_INT_EQ(ls_block_head(b, masks, out, NULL), 0);
	ls_block_layout(b, &l);
	CHECK_INT_EQ(out->size, l.at[LS_PART_SIGNATURE]);
	CHECK_INT_EQ(ls_block_signature(b, out), 0);
	CHECK_INT_EQ(out->size, l.at[LS_PART_PARITY]);
	for (size_t i = l.at[LS_PART_PARITY]; i < l.at[LS_PART_END_TAG]; i++)
		ls_buffer_add_u8(out, i % 4);
	ls_bases_from_text(LS_END_TAG, LS_TAG_BASES, out);
}

static void check_same(const struct ls_block *a, const struct ls_block *b)
{
	CHECK_INT_EQ(a->profile, b->profile);
	CHECK_INT_EQ(a->linear, b->linear);
	CHECK_INT_EQ(a->segment, b->segment);
	CHECK_INT_EQ(a->errors, b->errors);
	CHECK_INT_EQ(a->hint, b->hint);
	CHECK_INT_EQ(a->draw, b->draw);
	CHECK_INT_EQ(a->length, b->length);
	CHECK_INT_EQ(a->place, b->place);
	CHECK_INT_EQ(a->plasmid_id, b->plasmid_id);
	CHECK_INT_EQ(a->signer_count, b->signer_count);
	for (size_t i = 0; i < a->signer_count && i < b->signer_count; i++)
		CHECK_STR_EQ(a->signers[i].text, b->signers[i].text);
	CHECK_INT_EQ(a->dictionary, b->dictionary);
	CHECK_INT_EQ(a->document.size, b->document.size);
	if (a->document.size > 0 && a->document.size == b->document.size)
		CHECK_MEM_EQ(a->document.data, b->document.data, a->document.size);
	CHECK_MEM_EQ(a->signature, b->signature, sizeof a->signature);
}

static void block_round_trip(struct ls_block *b)
{
	_cleanup_buffer_ struct ls_buffer out;
	_cleanup_block_ struct ls_block read;
	struct ls_layout l, wanted;
	struct ls_error err = { 0 };
	ls_block_init(&read);
	write_block(b, &out);
	CHECK_INT_EQ(ls_block_read(out.data, out.size, &read, &l, &err), 0);
	CHECK_STR_EQ(err.message, "");
	check_same(b, &read);
	ls_block_layout(b, &wanted);
	CHECK_MEM_EQ(&l, &wanted, sizeof l);
	CHECK_INT_EQ(l.at[LS_PART_COUNT], out.size);
	/* of a block that is cut anywhere nothing is read beyond its end */
	for (size_t n = 0; n < out.size; n++) {
		struct ls_buffer cut;
		struct ls_block none;
		ls_buffer_init(&cut, n + 1);
		ls_buffer_add(&cut, out.data, n);
		CHECK_INT_EQ(ls_block_read(cut.data, n, &none, &l, NULL), -EBADMSG);
		ls_buffer_free(&cut);
	}
}

TEST(blocks_of_all_profiles_round_trip)
{
	static const size_t DOCUMENTS[] = { 0, 1, 30, 31, 700 };
	for (int p = 0; p < LS_PROFILE_COUNT; p++) {
		for (size_t d = 0; d < sizeof DOCUMENTS / sizeof *DOCUMENTS; d++) {
			_cleanup_block_ struct ls_block b;
			fill(&b, (enum ls_profile)p, DOCUMENTS[d]);
			b.dictionary = DOCUMENTS[d] ? 9 : 0;
			b.errors = (uint8_t)(d * 3);
			block_round_trip(&b);
			b.linear = b.segment = true;
			b.length = 5000000;
			b.place = 10000001;
			block_round_trip(&b);
		}
	}
}

/* docs/formats/dna-block.md, Sizes. */
TEST(sizes_are_those_of_the_page)
{
	static const size_t SIZES[LS_PROFILE_COUNT] = { 347, 411, 286, 212 };
	for (int p = 0; p < LS_PROFILE_COUNT; p++) {
		_cleanup_block_ struct ls_block b;
		struct ls_layout l;
		fill(&b, (enum ls_profile)p, 0);
		b.signer_count = 1;
		ls_block_layout(&b, &l);
		CHECK_INT_EQ(l.at[LS_PART_COUNT], SIZES[p]);
		b.errors = 2;
		ls_block_layout(&b, &l);
		CHECK_INT_EQ(l.at[LS_PART_COUNT], SIZES[p] + 24);
	}
	size_t words;
	CHECK_INT_EQ(ls_parity_bases(24570 - 347 - 36, 347, 3, &words), 36);
	CHECK_INT_EQ(words, 1);
	CHECK_INT_EQ(ls_parity_bases(24570 - 347 - 35, 347, 3, &words), 72);
	CHECK_INT_EQ(words, 2);
}

TEST(fields_that_no_block_can_have_are_not_written)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 1 << 16);
	for (int wrong = 0; wrong < 10; wrong++) {
		_cleanup_block_ struct ls_block b;
		struct ls_error err = { 0 };
		fill(&b, LS_PROFILE_STANDARD, 0);
		switch (wrong) {
		case 0: b.version = 2; break;
		case 1: b.profile = LS_PROFILE_COUNT; break;
		case 2: b.segment = true; break;
		case 3: b.errors = LS_ERRORS_MAX + 1; break;
		case 4: b.hint = 4096; break;
		case 5: b.draw = LS_DRAWS; break;
		case 6: b.place = 2 * 2686; break;
		case 7: b.plasmid_id = LS_PLASMID_ID_MAX + 1; break;
		case 8: b.signer_count = 2; break;
		default: b.length = 0;
		}
		CHECK_INT_EQ(ls_block_head(&b, NULL, &out, &err), -EINVAL);
		CHECK_STR_EQ(err.id, "dna.block.field");
	}
	CHECK_INT_EQ(out.size, 0);
}

/* Each single substitution of head and signature is refused or read as something else. */
TEST(no_substitution_reads_the_same)
{
	_cleanup_block_ struct ls_block b;
	_cleanup_buffer_ struct ls_buffer out;
	struct ls_layout l;
	fill(&b, LS_PROFILE_STANDARD_FULL, 40);
	write_block(&b, &out);
	ls_block_layout(&b, &l);
	for (size_t i = LS_TAG_BASES; i < l.at[LS_PART_PARITY]; i++) {
		for (uint8_t by = 1; by < 4; by++) {
			struct ls_block read;
			struct ls_layout seen;
			_cleanup_buffer_ struct ls_buffer again;
			out.data[i] ^= by;
			if (ls_block_read(out.data, out.size, &read, &seen, NULL) == 0) {
				/* what was read is written differently: nothing is ignored */
				uint8_t masks[16] = { 0, 7 };
				ls_bases_unpack(out.data + l.at[LS_PART_DOCUMENT], 8, &masks[0]);
				ls_bases_unpack(out.data + l.at[LS_PART_DOCUMENT] + 124, 8,
						&masks[1]);
				ls_buffer_init(&again, 1 << 20);
				if (read.document.size == b.document.size) {
					CHECK_INT_EQ(ls_block_head(&read, masks, &again, NULL), 0);
					CHECK_INT_EQ(ls_block_signature(&read, &again), 0);
					CHECK_MEM_EQ(again.data + LS_TAG_BASES,
						     out.data + LS_TAG_BASES,
						     again.size - LS_TAG_BASES);
				}
				ls_block_free(&read);
			} else {
				ls_buffer_init(&again, 1);
			}
			out.data[i] ^= by;
		}
	}
}

TEST(a_block_that_names_a_signer_twice_is_none)
{
	struct ls_block b, read;
	struct ls_layout layout;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bases;
	ls_buffer_init(&bases, 100000);
	fill(&b, LS_PROFILE_AGGREGATE, 0);
	b.signers[2] = b.signers[0];
	write_block(&b, &bases);
	CHECK_INT_EQ(ls_block_read(bases.data, bases.size, &read, &layout, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "a signer twice");
	ls_block_free(&b);
}

TEST(document_parts)
{
	_cleanup_buffer_ struct ls_buffer d;
	struct ls_document_part part;
	struct ls_reader r;
	ls_buffer_init(&d, LS_DOCUMENT_MAX);
	CHECK_INT_EQ(ls_document_part_add(&d, LS_DOCUMENT_ORIGIN, "abcd", 4), 0);
	CHECK_INT_EQ(ls_document_part_add(&d, 200, "", 0), 0);
	ls_reader_init(&r, d.data, d.size);
	REQUIRE(ls_document_part_next(&r, &part) == 0);
	CHECK_INT_EQ(part.type, LS_DOCUMENT_ORIGIN);
	CHECK_INT_EQ(part.size, 4);
	REQUIRE(ls_document_part_next(&r, &part) == 0);
	CHECK_INT_EQ(part.size, 0);
	CHECK_INT_EQ(ls_document_part_next(&r, &part), -EBADMSG);
	ls_reader_init(&r, d.data, 6);
	CHECK_INT_EQ(ls_document_part_next(&r, &part), -EBADMSG);
	CHECK_INT_EQ(ls_document_part_add(&d, 1, "", 65536), -EFBIG);
}

TEST_MAIN()
