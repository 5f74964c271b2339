/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/payload.h"

#include <errno.h>

#include "lib/base/test.h"

static struct ls_wire_text text(const char *s)
{
	return (struct ls_wire_text){ .data = s, .size = strlen(s) };
}

static void check_text(struct ls_wire_text seen, const char *wanted)
{
	CHECK_INT_EQ(seen.size, strlen(wanted));
	CHECK_MEM_EQ(seen.data, wanted, strlen(wanted));
}

static struct ls_digest digest(uint8_t fill)
{
	struct ls_digest d;
	memset(d.bytes, fill, sizeof(d.bytes));
	return d;
}

/* A payload must be exact: every cut and one byte more are refused. */
#define CHECK_EXACT(kind, b)                                                                 \
	do {                                                                                 \
		struct ls_##kind v_;                                                         \
		struct ls_error err_ = { 0 };                                                \
		for (size_t n_ = 0; n_ < (b)->size; n_++)                                    \
			CHECK_INT_EQ(ls_decode_##kind((b)->data, n_, &v_, &err_), -EBADMSG); \
		CHECK_STR_EQ(err_.id, "wire.payload");                                       \
		ls_buffer_add_u8((b), 0);                                                    \
		CHECK_INT_EQ(ls_decode_##kind((b)->data, (b)->size, &v_, NULL), -EBADMSG);   \
	} while (0)

TEST(payload_hello)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 65536);
	struct ls_hello v = { .clock = -5, .beat_interval = 3000, .last = 9, .chain = digest(1) },
			w;
	memset(v.run_id, 7, sizeof(v.run_id));
	v.version = text("0.1.0");
	v.watch_count = 2;
	v.watch[0] = text("/data|*.eds");
	v.watch[1] = text("C:\\Export");
	CHECK_INT_EQ(ls_encode_hello(&v, &b), 0);
	CHECK_INT_EQ(ls_decode_hello(b.data, b.size, &w, NULL), 0);
	CHECK_INT_EQ(w.clock, -5);
	CHECK_INT_EQ(w.beat_interval, 3000);
	CHECK_INT_EQ(w.last, 9);
	CHECK_MEM_EQ(w.run_id, v.run_id, sizeof(v.run_id));
	CHECK(ls_digest_equal(&w.chain, &v.chain));
	check_text(w.version, "0.1.0");
	CHECK_INT_EQ(w.watch_count, 2);
	check_text(w.watch[1], "C:\\Export");
	CHECK_EXACT(hello, &b);
}

TEST(payload_begin)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 65536);
	struct ls_begin v = { .size = 1, .mtime = 2, .clock = 3, .attempt = 4 }, w;
	v.sha256 = digest(5);
	v.parent = digest(6);
	v.name = text("run 7/plate\xc3\xa9.eds");
	CHECK_INT_EQ(ls_encode_begin(&v, &b), 0);
	CHECK_INT_EQ(ls_decode_begin(b.data, b.size, &w, NULL), 0);
	CHECK_INT_EQ(w.size, 1);
	CHECK_INT_EQ(w.mtime, 2);
	CHECK_INT_EQ(w.clock, 3);
	CHECK_INT_EQ(w.attempt, 4);
	CHECK(ls_digest_equal(&w.sha256, &v.sha256));
	CHECK(ls_digest_equal(&w.parent, &v.parent));
	check_text(w.name, "run 7/plate\xc3\xa9.eds");
	CHECK_EXACT(begin, &b);
}

TEST(payload_begin_name_of_1025_bytes_is_refused)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 65536);
	static char name[LS_WIRE_NAME_MAX + 1];
	struct ls_begin v = { .name = { .data = name, .size = sizeof(name) } }, w;
	CHECK_INT_EQ(ls_encode_begin(&v, &b), 0); /* cut to the most */
	CHECK_INT_EQ(ls_decode_begin(b.data, b.size, &w, NULL), 0);
	CHECK_INT_EQ(w.name.size, LS_WIRE_NAME_MAX);
	b.data[b.size - LS_WIRE_NAME_MAX - 1]++; /* the length's low byte */
	ls_buffer_add_u8(&b, 'x');
	CHECK_INT_EQ(ls_decode_begin(b.data, b.size, &w, NULL), -EBADMSG);
}

TEST(payload_end_abort)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 65536);
	struct ls_end e = { .sha256 = digest(9) }, e2;
	CHECK_INT_EQ(ls_encode_end(&e, &b), 0);
	CHECK_INT_EQ(ls_decode_end(b.data, b.size, &e2, NULL), 0);
	CHECK(ls_digest_equal(&e.sha256, &e2.sha256));
	CHECK_EXACT(end, &b);
	ls_buffer_clear(&b);
	struct ls_abort a = { .reason = LS_ABORT_UNREADABLE, .text = text("disk") }, a2;
	CHECK_INT_EQ(ls_encode_abort(&a, &b), 0);
	CHECK_INT_EQ(ls_decode_abort(b.data, b.size, &a2, NULL), 0);
	CHECK_INT_EQ(a2.reason, LS_ABORT_UNREADABLE);
	check_text(a2.text, "disk");
	CHECK_EXACT(abort, &b);
}

TEST(payload_beat)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 65536);
	struct ls_beat v = { .clock = 1,
			     .last = 2,
			     .chain = digest(3),
			     .sent = 4,
			     .held = 5,
			     .held_bytes = 6,
			     .outbox = digest(7),
			     .flags = LS_BEAT_OUTBOX_FULL },
		       w;
	CHECK_INT_EQ(ls_encode_beat(&v, &b), 0);
	CHECK_INT_EQ(ls_decode_beat(b.data, b.size, &w, NULL), 0);
	CHECK_INT_EQ(w.last, 2);
	CHECK_INT_EQ(w.sent, 4);
	CHECK_INT_EQ(w.held, 5);
	CHECK_INT_EQ(w.held_bytes, 6);
	CHECK_INT_EQ(w.flags, LS_BEAT_OUTBOX_FULL);
	CHECK(ls_digest_equal(&w.outbox, &v.outbox));
	CHECK_EXACT(beat, &b);
}

TEST(payload_manifest)
{
	_cleanup_buffer_ struct ls_buffer b, list;
	ls_buffer_init(&b, 65536);
	ls_buffer_init(&list, 65536);
	for (uint32_t i = 0; i < LS_WIRE_ENTRIES_MAX; i++) {
		struct ls_manifest_entry e = { .number = i + 1,
					       .size = i,
					       .sha256 = digest((uint8_t)i) };
		ls_encode_manifest_entry(&e, &list);
	}
	struct ls_manifest v = { .total = 700, .first = 25, .count = LS_WIRE_ENTRIES_MAX }, w;
	v.entries = list.data;
	CHECK_INT_EQ(ls_encode_manifest(&v, &b), 0);
	CHECK_INT_EQ(ls_decode_manifest(b.data, b.size, &w, NULL), 0);
	CHECK_INT_EQ(w.count, LS_WIRE_ENTRIES_MAX);
	struct ls_manifest_entry e;
	ls_manifest_get(&w, 674, &e);
	CHECK_INT_EQ(e.number, 675);
	CHECK_INT_EQ(e.size, 674);
	CHECK_EXACT(manifest, &b);
}

TEST(payload_manifest_past_its_total_is_refused)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 65536);
	static const uint8_t entry[LS_WIRE_ENTRY_SIZE];
	struct ls_manifest v = { .total = 1, .first = 1, .count = 1, .entries = entry }, w;
	CHECK_INT_EQ(ls_encode_manifest(&v, &b), 0);
	CHECK_INT_EQ(ls_decode_manifest(b.data, b.size, &w, NULL), -EBADMSG);
	ls_buffer_clear(&b);
	v.first = UINT64_MAX;
	CHECK_INT_EQ(ls_encode_manifest(&v, &b), 0);
	CHECK_INT_EQ(ls_decode_manifest(b.data, b.size, &w, NULL), -EBADMSG);
}

TEST_MAIN()
