/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/edits.h"

#include <errno.h>
#include <stdlib.h>

#include "audit/dna/molecule/made_test.h"
#include "lib/base/test.h"

static void there_and_back(const struct ls_buffer *now, const struct ls_buffer *earlier)
{
	_cleanup_buffer_ struct ls_buffer edits, back;
	struct ls_error err = { 0 };
	ls_buffer_init(&edits, 65535);
	ls_buffer_init(&back, 1 << 20);
	CHECK_INT_EQ(
		ls_edits_make(now->data, now->size, earlier->data, earlier->size, &edits, &err), 0);
	CHECK_INT_EQ(ls_edits_apply(now->data, now->size, edits.data, edits.size, &back, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(back.size, earlier->size);
	if (back.size == earlier->size && back.size > 0)
		CHECK_MEM_EQ(back.data, earlier->data, back.size);
}

TEST(edits_lead_back)
{
	for (unsigned trial = 0; trial < 200; trial++) {
		_cleanup_buffer_ struct ls_buffer now, earlier;
		made_random(trial, 400, &earlier);
		ls_buffer_init(&now, 4000);
		srand(trial);
		for (size_t i = 0; i < 400; i++) {
			int what = rand() % 40;
			if (what != 0)
				ls_buffer_add_u8(&now,
						 what == 1 ? earlier.data[i] ^ 1 : earlier.data[i]);
			for (int more = what == 2 ? rand() % 30 : 0; more > 0; more--)
				ls_buffer_add_u8(&now, (uint8_t)(rand() % 4));
		}
		there_and_back(&now, &earlier);
	}
}

TEST(nothing_leads_back_too)
{
	_cleanup_buffer_ struct ls_buffer nothing, some;
	ls_buffer_init(&nothing, 10);
	made_random(3, 300, &some);
	there_and_back(&nothing, &some);
	there_and_back(&some, &nothing);
	there_and_back(&nothing, &nothing);
}

TEST(nothing_changed_is_nothing_written)
{
	_cleanup_buffer_ struct ls_buffer b, edits;
	made_random(1, 300, &b);
	ls_buffer_init(&edits, 100);
	CHECK_INT_EQ(ls_edits_make(b.data, 300, b.data, 300, &edits, NULL), 0);
	CHECK_INT_EQ(edits.size, 0);
}

TEST(a_circle_is_turned_to_fit)
{
	_cleanup_buffer_ struct ls_buffer now, earlier, another;
	made_random(2, 500, &now);
	made_random(2, 500, &earlier);
	for (unsigned turn = 0; turn < 500; turn += 37) {
		uint8_t turned[500];
		memcpy(turned, earlier.data + turn, 500 - turn);
		memcpy(turned + 500 - turn, earlier.data, turn);
		if (turn % 2)
			ls_bases_reverse_complement(turned, 500);
		CHECK(ls_edits_align(now.data, 500, turned, 500, 0));
		CHECK_MEM_EQ(turned, now.data, 500);
		CHECK(ls_edits_align(now.data, 500, turned, 500, 3));
		CHECK_MEM_EQ(turned, now.data, 500);
	}
	made_random(3, 500, &another);
	CHECK(!ls_edits_align(now.data, 500, another.data, 500, 0));
}

TEST(edits_that_are_none)
{
	static const struct {
		const char *bytes;
		size_t size;
	} BAD[] = { { "\x05", 1 },
		    { "\x65\0\0", 3 },
		    { "\0\x65\0", 3 },
		    { "\0\0\x05\0", 4 },
		    { "\x80", 1 } };
	_cleanup_buffer_ struct ls_buffer b;
	made_random(1, 100, &b);
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		_cleanup_buffer_ struct ls_buffer out;
		struct ls_error err = { 0 };
		ls_buffer_init(&out, 1000);
		CHECK_INT_EQ(ls_edits_apply(b.data, 100, (const uint8_t *)BAD[i].bytes, BAD[i].size,
					    &out, &err),
			     -EBADMSG);
		CHECK_STR_EQ(err.id, "dna.edits.malformed");
	}
}

TEST_MAIN()
