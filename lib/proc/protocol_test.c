/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/protocol.h"

#include <errno.h>

#include "lib/base/test.h"

#define BYTES(text) ((struct ls_bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

static struct ls_message message_of(const struct ls_buffer *b)
{
	return (struct ls_message){ .type = 1, .body = b->data, .size = b->size };
}

static struct ls_delivery sample_delivery(void)
{
	struct ls_delivery d = { .size = 5, .name = BYTES("a\0b"), .guest_mtime = -1 };
	d.key.number = 0x0102030405060708;
	memset(d.key.session, 0x5e, sizeof(d.key.session));
	memset(d.key.sha256.bytes, 0xaa, LS_DIGEST_SIZE);
	d.host_received = INT64_MAX;
	return d;
}

TEST(a_delivery_survives_the_round_trip)
{
	struct ls_delivery d = sample_delivery(), seen;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_MESSAGE_MAX);
	REQUIRE(ls_encode_delivery(&d, &b) == 0);
	struct ls_message m = message_of(&b);
	struct ls_error err;
	REQUIRE(ls_decode_delivery(&m, &seen, &err) == 0);
	CHECK_INT_EQ(seen.key.number, d.key.number);
	CHECK_INT_EQ(seen.name.size, 3);
	CHECK_MEM_EQ(seen.name.data, "a\0b", 3);
	CHECK_INT_EQ(seen.guest_mtime, -1);
	CHECK(seen.host_received == INT64_MAX);
}

TEST(every_shorter_and_longer_body_is_refused)
{
	struct ls_delivery d = sample_delivery(), seen;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_MESSAGE_MAX);
	REQUIRE(ls_encode_delivery(&d, &b) == 0);
	size_t whole = b.size;
	ls_buffer_add_u8(&b, 0);
	for (size_t n = 0; n <= whole + 1; n++) {
		struct ls_message m = { .type = 1, .body = b.data, .size = n };
		struct ls_error err;
		CHECK_INT_EQ(ls_decode_delivery(&m, &seen, &err), n == whole ? 0 : -EBADMSG);
	}
}

TEST(a_name_past_the_limit_is_refused_on_both_sides)
{
	static char long_name[LS_NAME_MAX + 1];
	struct ls_delivery d = sample_delivery(), seen;
	d.name = (struct ls_bytes){ (const uint8_t *)long_name, sizeof(long_name) };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_MESSAGE_MAX);
	CHECK_INT_EQ(ls_encode_delivery(&d, &b), -EMSGSIZE);
	ls_buffer_clear(&b);
	d.name.size = LS_NAME_MAX;
	REQUIRE(ls_encode_delivery(&d, &b) == 0);
	/* the name's length stands behind key and size */
	size_t place = LS_SESSION_SIZE + 8 + LS_DIGEST_SIZE + 8;
	b.data[place + 2] = (LS_NAME_MAX + 1) >> 8;
	b.data[place + 3] = (LS_NAME_MAX + 1) & 0xff;
	struct ls_message m = message_of(&b);
	CHECK_INT_EQ(ls_decode_delivery(&m, &seen, NULL), -EBADMSG);
}

TEST(a_resume_with_many_hashes)
{
	static struct ls_resume r, seen;
	r.checkpoint = BYTES("note");
	r.frontier_count = LS_FRONTIER_MAX;
	r.recent_count = LS_RECENT_MAX;
	memset(&r.frontier[63], 7, sizeof(r.frontier[63]));
	r.recent_seals[255] = 99;
	r.evidence = 40;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_MESSAGE_MAX);
	REQUIRE(ls_encode_resume(&r, &b) == 0);
	struct ls_message m = message_of(&b);
	REQUIRE(ls_decode_resume(&m, &seen, NULL) == 0);
	CHECK_INT_EQ(seen.frontier[63].bytes[31], 7);
	CHECK_INT_EQ(seen.recent_seals[255], 99);
	CHECK_INT_EQ(seen.evidence, 40);
	/* a count past the array is refused before anything is stored */
	b.data[4 + 4 + 8 + 8 + 3] = LS_FRONTIER_MAX + 1; /* after the note, a time and a size */
	CHECK_INT_EQ(ls_decode_resume(&m, &seen, NULL), -EBADMSG);
}

TEST(a_flag_is_zero_or_one)
{
	struct ls_sealed s = { .seal = 1, .is_event = 1, .label = BYTES("x") }, seen;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 100);
	REQUIRE(ls_encode_sealed(&s, &b) == 0);
	struct ls_message m = message_of(&b);
	CHECK_INT_EQ(ls_decode_sealed(&m, &seen, NULL), 0);
	b.data[8] = 2;
	CHECK_INT_EQ(ls_decode_sealed(&m, &seen, NULL), -EBADMSG);
}

TEST(a_key_digest_depends_on_every_part)
{
	struct ls_delivery_key a = sample_delivery().key, b = a, c = a, d = a;
	b.session[15] ^= 1;
	c.number ^= 1;
	d.sha256.bytes[0] ^= 1;
	struct ls_digest da, db, dc, dd;
	ls_delivery_key_digest(&a, &da);
	ls_delivery_key_digest(&b, &db);
	ls_delivery_key_digest(&c, &dc);
	ls_delivery_key_digest(&d, &dd);
	CHECK(!ls_digest_equal(&da, &db) && !ls_digest_equal(&da, &dc) &&
	      !ls_digest_equal(&da, &dd));
}

TEST_MAIN()
