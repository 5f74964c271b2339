/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/assemble.h"

#include "diode/receive/assemble_sink.h"
#include "lib/base/test.h"

static struct ls_limits limits;
static struct test_sink seen;
static struct ls_assembler *a;

static void begin_test(void)
{
	ls_limits_defaults(&limits);
	test_sink_init(&seen);
	CHECK_INT_EQ(ls_assembler_new(&limits, &seen.sink, &a, NULL), 0);
}

static void end_test(void)
{
	a = ls_assembler_free(a);
	for (unsigned i = 0; i < LS_OPEN_FILES_MAX; i++)
		CHECK(!seen.open[i]);
}

static int give(uint8_t type, uint64_t record, uint64_t offset, const void *payload, size_t n)
{
	struct ls_frame f = { .type = type,
			      .run = 1,
			      .record = record,
			      .offset = offset,
			      .payload = payload,
			      .size = n };
	memset(f.session, 9, sizeof(f.session));
	return ls_assembler_take(a, &f, NULL);
}

/* Announce n bytes whose content is `content`. */
static int begin(uint64_t record, const char *content, uint64_t n, const char *name)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	struct ls_begin begin = { .size = n, .mtime = 1, .clock = 2 };
	begin.name = (struct ls_wire_text){ .data = name, .size = strlen(name) };
	ls_sha256_buffer(content, strlen(content), &begin.sha256);
	ls_encode_begin(&begin, &b);
	return give(LS_FRAME_BEGIN, record, 0, b.data, b.size);
}

static int data(uint64_t record, uint64_t offset, const char *bytes)
{
	return give(LS_FRAME_DATA, record, offset, bytes, strlen(bytes));
}

static int end(uint64_t record, const char *content)
{
	struct ls_digest digest;
	ls_sha256_buffer(content, strlen(content), &digest);
	return give(LS_FRAME_END, record, strlen(content), digest.bytes, sizeof(digest.bytes));
}

TEST(assemble_a_file_in_pieces)
{
	begin_test();
	CHECK_INT_EQ(begin(1, "abcdef", 6, "x/y.eds"), 0);
	CHECK_INT_EQ(data(1, 0, "abc"), 0);
	CHECK_INT_EQ(data(1, 3, ""), 0);
	CHECK_INT_EQ(data(1, 3, "def"), 0);
	CHECK_INT_EQ(end(1, "abcdef"), 0);
	CHECK_INT_EQ(seen.finished, 1);
	CHECK_INT_EQ(seen.last.key.number, 1);
	CHECK_INT_EQ(seen.last.key.session[15], 9);
	CHECK_INT_EQ(seen.last.guest_mtime, 1);
	CHECK_INT_EQ(seen.last.guest_clock, 2);
	CHECK_INT_EQ(seen.last.host_received, 77);
	CHECK_INT_EQ(ls_assembler_counts(a)->dropped, 0);
	end_test();
}

TEST(assemble_an_empty_file)
{
	begin_test();
	begin(1, "", 0, "n");
	end(1, "");
	CHECK_INT_EQ(seen.finished, 1);
	end_test();
}

TEST(assemble_several_files_mixed)
{
	begin_test();
	for (uint64_t i = 1; i <= 4; i++)
		begin(i, "ab", 2, "n");
	for (uint64_t i = 4; i >= 1; i--)
		data(i, 0, "a");
	for (uint64_t i = 1; i <= 4; i++) {
		data(i, 1, "b");
		CHECK(i == 1 || ls_assembler_has_open(
					a, (const uint8_t *)"\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t", i));
		end(i, "ab");
	}
	CHECK_INT_EQ(seen.finished, 4);
	end_test();
}

/* Each of these drops the file and nothing more; a whole sending after it is taken. */
TEST(assemble_drops_what_is_not_in_order)
{
	static const struct {
		uint64_t offset;
		const char *bytes;
	} wrong[] = { { 1, "b" },
		      { 0, "abcd" },
		      { 5, "a" },
		      { UINT64_MAX, "a" },
		      { UINT64_MAX - 1, "abc" } };
	begin_test();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		begin(1, "abc", 3, "n");
		data(1, wrong[i].offset, wrong[i].bytes);
		CHECK_INT_EQ(ls_assembler_counts(a)->dropped, i + 1);
		data(1, 0, "abc");
		end(1, "abc");
		CHECK_INT_EQ(seen.finished, i);
		begin(1, "abc", 3, "n");
		data(1, 0, "abc");
		end(1, "abc");
		CHECK_INT_EQ(seen.finished, i + 1);
	}
	CHECK_INT_EQ(seen.refused, 0);
	end_test();
}

TEST(assemble_an_end_that_comes_early_or_says_otherwise)
{
	begin_test();
	begin(1, "abc", 3, "n");
	data(1, 0, "ab");
	end(1, "abc");
	begin(1, "abc", 3, "n");
	data(1, 0, "abc");
	end(1, "abd");
	CHECK_INT_EQ(seen.finished, 0);
	CHECK_INT_EQ(seen.dropped, 2);
	end_test();
}

TEST(assemble_other_content_than_announced_is_refused)
{
	begin_test();
	begin(1, "abc", 3, "n");
	data(1, 0, "abd");
	end(1, "abc");
	CHECK_INT_EQ(seen.finished, 0);
	CHECK_INT_EQ(seen.refused, 1);
	CHECK_INT_EQ(seen.last_refusal, LS_REFUSED_CONTENT);
	end_test();
}

TEST(assemble_limits)
{
	begin_test();
	limits.max_file_size = 3;
	limits.max_name_length = 5;
	limits.accept[0] = "*.EDS";
	limits.accept_count = 1;
	const struct {
		uint64_t record, size;
		const char *name;
		enum ls_refusal why;
	} cases[] = {
		{ 1, 4, "a.eds", LS_REFUSED_SIZE },
		{ 1, UINT64_MAX, "a.eds", LS_REFUSED_SIZE },
		{ 1, 3, "ab.eds", LS_REFUSED_NAME },
		{ 1, 3, "a.txt", LS_REFUSED_PATTERN },
		{ 1, 3, "/eds", LS_REFUSED_PATTERN },
		{ 0, 3, "a.eds", LS_REFUSED_NUMBER },
		{ 1, 3, "", LS_REFUSED_PATTERN },
		{ 1ull << 63, 3, "a.eds", LS_REFUSED_NUMBER },
		{ UINT64_MAX, 3, "a.eds", LS_REFUSED_NUMBER },
	};
	unsigned count = sizeof(cases) / sizeof(*cases);
	for (unsigned i = 0; i < count; i++) {
		CHECK_INT_EQ(begin(cases[i].record, "abc", cases[i].size, cases[i].name), 0);
		CHECK_INT_EQ(seen.refused, i + 1);
		CHECK_INT_EQ(seen.last_refusal, cases[i].why);
	}
	begin(1, "abc", 3, "a.eds");
	begin(2, "abc", 3, "d\\.eds");
	CHECK_INT_EQ(seen.refused, count + 1); /* the name is 6 bytes */
	CHECK_INT_EQ(ls_assembler_counts(a)->begun, 1);
	end_test();
}

TEST(assemble_the_largest_number_is_taken)
{
	begin_test();
	begin(LS_NUMBER_MAX, "abc", 3, "n");
	data(LS_NUMBER_MAX, 0, "abc");
	end(LS_NUMBER_MAX, "abc");
	CHECK_INT_EQ(seen.finished, 1);
	CHECK_INT_EQ(seen.last.key.number, LS_NUMBER_MAX);
	end_test();
}

TEST(assemble_the_sink_has_the_last_word)
{
	begin_test();
	seen.verdict = LS_KNOWN;
	begin(1, "abc", 3, "n");
	CHECK_INT_EQ(ls_assembler_counts(a)->known, 1);
	data(1, 0, "abc");
	end(1, "abc");
	CHECK_INT_EQ(ls_assembler_counts(a)->stray, 2);
	seen.verdict = LS_REFUSED_RATE;
	begin(1, "abc", 3, "n");
	CHECK_INT_EQ(seen.last_refusal, LS_REFUSED_RATE);
	end_test();
}

TEST(assemble_no_room_keeps_the_frame_for_later)
{
	begin_test();
	seen.begin_error = -EAGAIN;
	CHECK_INT_EQ(begin(1, "abc", 3, "n"), -EAGAIN);
	CHECK_INT_EQ(begin(1, "abc", 3, "n"), -EAGAIN);
	seen.begin_error = 0;
	CHECK_INT_EQ(begin(1, "abc", 3, "n"), 0);
	data(1, 0, "abc");
	end(1, "abc");
	CHECK_INT_EQ(seen.finished, 1);
	end_test();
}

TEST(assemble_no_room_on_the_disk_keeps_the_bytes_for_later)
{
	begin_test();
	begin(1, "abc", 3, "n");
	seen.write_error = -EAGAIN;
	CHECK_INT_EQ(data(1, 0, "abc"), -EAGAIN);
	CHECK_INT_EQ(data(1, 0, "abc"), -EAGAIN);
	seen.write_error = 0;
	CHECK_INT_EQ(data(1, 0, "abc"), 0);
	end(1, "abc");
	CHECK_INT_EQ(seen.finished, 1);
	end_test();
}

TEST(assemble_a_full_disk_costs_one_sending)
{
	begin_test();
	begin(1, "abc", 3, "n");
	seen.write_error = -ENOSPC;
	CHECK_INT_EQ(data(1, 0, "a"), 0);
	CHECK_INT_EQ(seen.dropped, 1);
	seen.write_error = 0;
	begin(1, "abc", 3, "n");
	data(1, 0, "abc");
	seen.finish_error = -ENOSPC;
	CHECK_INT_EQ(end(1, "abc"), 0);
	CHECK_INT_EQ(seen.finished, 0);
	seen.finish_error = 0;
	begin(1, "abc", 3, "n");
	seen.write_error = -EIO;
	CHECK_INT_EQ(data(1, 0, "a"), -EIO);
	end_test();
}

TEST(assemble_a_million_beginnings)
{
	begin_test();
	for (uint64_t i = 1; i <= 1000000; i++)
		begin(i, "abc", 3, "n");
	CHECK_INT_EQ(seen.opened_at_once, limits.open_files);
	CHECK_INT_EQ(seen.refused, 1000000 - limits.open_files);
	CHECK_INT_EQ(seen.last_refusal, LS_REFUSED_OPEN);
	/* and an honest file after it */
	begin(5, "abc", 3, "n");
	data(5, 0, "abc");
	end(5, "abc");
	CHECK_INT_EQ(seen.finished, 1);
	end_test();
}

TEST(assemble_begun_anew_and_aborted)
{
	begin_test();
	begin(1, "abc", 3, "n");
	data(1, 0, "a");
	begin(1, "abc", 3, "n");
	CHECK_INT_EQ(seen.dropped, 1);
	give(LS_FRAME_ABORT, 1, 0, "\x02\x00\x00", 3);
	CHECK_INT_EQ(seen.dropped, 2);
	give(LS_FRAME_ABORT, 1, 0, "\x02\x00\x00", 3);
	data(1, 1, "b");
	CHECK_INT_EQ(ls_assembler_counts(a)->stray, 1);
	end_test();
}

TEST(assemble_malformed_payloads_are_counted)
{
	begin_test();
	give(LS_FRAME_BEGIN, 1, 0, "", 0);
	give(LS_FRAME_END, 1, 0, "short", 5);
	give(LS_FRAME_ABORT, 1, 0, "\x01\xff\xff", 3);
	CHECK_INT_EQ(ls_assembler_counts(a)->malformed, 3);
	give(99, 1, 0, "", 0); /* a type of the future: skipped */
	CHECK_INT_EQ(ls_assembler_counts(a)->malformed, 3);
	end_test();
}

/* A stream that is cut at every byte: an honest file that follows arrives. */
TEST(assemble_after_a_cut_at_any_point)
{
	static const char content[] = "0123456789";
	for (uint64_t cut = 0; cut < sizeof(content); cut++) {
		begin_test();
		begin(1, content, 10, "n");
		give(LS_FRAME_DATA, 1, 0, content, cut);
		begin(2, content, 10, "n");
		data(2, 0, content);
		end(2, content);
		begin(1, content, 10, "n");
		data(1, 0, content);
		end(1, content);
		CHECK_INT_EQ(seen.finished, 2);
		end_test();
	}
}

TEST_MAIN()
