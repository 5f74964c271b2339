/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest could do to the real receiver with the port in its hands.  After
 * each attack the receiver lives, its memory is bounded, what was refused is on
 * record, and an honest file that follows arrives.
 *
 * FLOOD_SECONDS: how long the flood lasts (default 2).
 */
#include "diode/receive/harness.h"

#include "diode/wire/crc32c.h"
#include "diode/wire/frame.h"
#include "diode/wire/payload.h"
#include "lib/base/number.h"

#define MEMORY_MAX_KIB (64 << 10)

static const char *const limits[] = {
	"--max-file-size", "1048576", "--max-name-length", "64", "--spool-size", "4194304", NULL
};

static uint64_t frame_number, honest_number;

/* --- writing what one likes ------------------------------------------------------------ */

static void put(const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n > 0) {
		ssize_t written = write(s.fifo, p, n);
		if (written > 0) {
			p += written;
			n -= (size_t)written;
		} else {
			play(1, RESULTS_MAX);
		}
	}
}

static struct ls_frame frame(uint8_t type, uint64_t record, uint64_t offset, const void *payload,
			     size_t n)
{
	struct ls_frame f = { .type = type,
			      .run = 1,
			      .number = frame_number++,
			      .record = record,
			      .offset = offset,
			      .payload = payload,
			      .size = n };
	memset(f.session, 0x5e, sizeof(f.session));
	return f;
}

static void put_frame(const struct ls_frame *f)
{
	uint8_t wire[LS_FRAME_WIRE_MAX];
	put(wire, ls_frame_encode(f, wire));
}

static void put_payload(uint8_t type, uint64_t record, uint64_t offset, const struct ls_buffer *b)
{
	struct ls_frame f = frame(type, record, offset, b->data, b->size);
	put_frame(&f);
}

/* Any raw bytes as a frame whose CRC is right. */
static void put_raw(uint8_t *raw, size_t n)
{
	static uint8_t wire[LS_COBS_MAX(70000)];
	uint32_t crc = ls_crc32c(0, raw, n);
	struct ls_cobs_encoder e;
	for (int i = 0; i < 4; i++)
		raw[n + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
	ls_cobs_encode_begin(&e, wire);
	ls_cobs_encode_add(&e, raw, n + 4);
	put(wire, ls_cobs_encode_end(&e));
}

static void announce(uint64_t record, const char *content, uint64_t size, const char *name,
		     size_t name_size)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	struct ls_begin begin = { .size = size, .name = { .data = name, .size = name_size } };
	ls_sha256_buffer(content, strlen(content), &begin.sha256);
	ls_encode_begin(&begin, &b);
	put_payload(LS_FRAME_BEGIN, record, 0, &b);
}

static void put_data(uint64_t record, uint64_t offset, const char *bytes)
{
	struct ls_frame f = frame(LS_FRAME_DATA, record, offset, bytes, strlen(bytes));
	put_frame(&f);
}

static void put_end(uint64_t record, const char *content)
{
	struct ls_digest digest;
	ls_sha256_buffer(content, strlen(content), &digest);
	struct ls_frame f = frame(LS_FRAME_END, record, strlen(content), digest.bytes,
				  sizeof(digest.bytes));
	put_frame(&f);
}

static void put_file(uint64_t record, const char *name, const char *content)
{
	announce(record, content, strlen(content), name, strlen(name));
	put_data(record, 0, content);
	put_end(record, content);
}

/* --- what must hold after each attack ---------------------------------------------------- */

/* Under a sanitizer the figure would be the sanitizer's. */
static bool memory_is_bounded(void)
{
#ifdef LABSEAL_SANITIZE
	return true;
#else
	char path[64], line[256];
	long kib = -1;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)s.diode);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			sscanf(line + 6, "%ld", &kib); /* the kernel wrote it */
	if (f)
		fclose(f);
	return kib > 0 && kib <= MEMORY_MAX_KIB;
#endif
}

static void check_lives(void)
{
	char name[32], content[64];
	honest_number++;
	snprintf(name, sizeof(name), "honest-%d.eds", (int)honest_number);
	snprintf(content, sizeof(content), "content of %s", name);
	put("", 1); /* as an exporter does that opens the port */
	put_file(1000000 + honest_number, name, content);
	for (int i = 0; i < SOON_MS / 50 && !result(name, content, strlen(content)); i++)
		play(50, RESULTS_MAX);
	CHECK(result(name, content, strlen(content)));
	int status;
	if (waitpid(s.diode, &status, WNOHANG) != 0)
		TEST_FAIL("the receiver ended with %#x", (unsigned)status);
	CHECK(memory_is_bounded());
}

static void start(void)
{
	begin(limits);
	fcntl(s.fifo, F_SETFL, fcntl(s.fifo, F_GETFL) | O_NONBLOCK);
	frame_number = honest_number = 0;
}

static void random_bytes(uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(rand() >> 7);
}

TEST(hostile_random_bytes)
{
	static uint8_t bytes[1 << 16];
	start();
	srand(1);
	for (int i = 0; i < 64; i++) {
		random_bytes(bytes, sizeof(bytes));
		put(bytes, sizeof(bytes));
	}
	check_lives();
	memset(bytes, 0, sizeof(bytes));
	for (int i = 0; i < 16; i++)
		put(bytes, sizeof(bytes));
	memset(bytes, 0xff, sizeof(bytes));
	for (int i = 0; i < 16; i++)
		put(bytes, sizeof(bytes));
	check_lives();
	end();
}

TEST(hostile_random_payloads_behind_a_right_crc)
{
	static uint8_t raw[LS_FRAME_RAW_MAX + 4];
	start();
	srand(2);
	for (int i = 0; i < 20000; i++) {
		size_t n = LS_FRAME_HEADER_SIZE +
			   (size_t)(rand() % (i % 100 ? 200 : LS_FRAME_PAYLOAD_MAX));
		random_bytes(raw, n);
		raw[0] = (uint8_t)(i % 50 ? 1 : i / 50);
		raw[1] = (uint8_t)(rand() % 9);
		raw[2] = (uint8_t)((n - LS_FRAME_HEADER_SIZE) >> 8);
		raw[3] = (uint8_t)(n - LS_FRAME_HEADER_SIZE);
		put_raw(raw, n);
	}
	check_lives();
	end();
}

TEST(hostile_fields_at_their_extremes)
{
	static const uint64_t edges[] = { 0,	      1,	 255,	     65535,
					  UINT32_MAX, INT64_MAX, 1ull << 63, UINT64_MAX - 1,
					  UINT64_MAX };
	const size_t n = sizeof(edges) / sizeof(*edges);
	start();
	for (unsigned type = 0; type < 256; type += type < 9 ? 1 : 41)
		for (size_t a = 0; a < n; a++)
			for (size_t b = 0; b < n; b++) {
				struct ls_frame f = frame((uint8_t)type, edges[a], edges[b], "", 0);
				f.number = edges[(a + b) % n];
				f.run = (uint32_t)edges[b];
				memset(f.session, (int)(a * b), sizeof(f.session));
				put_frame(&f);
			}
	check_lives();
	for (size_t a = 0; a < n; a++) {
		announce(a, "x", edges[a], "size.eds", 8);
		announce(edges[a], "x", 1, "number.eds", 10);
		put_data(edges[a], edges[n - 1 - a], "x");
		put_end(edges[a], "y");
	}
	check_lives();
	CHECK(await_event("size.eds", "\"reason\":\"size\""));
	CHECK(await_event("number.eds", "\"reason\":\"number\""));
	end();
}

TEST(hostile_lengths_that_lie)
{
	static uint8_t raw[70000];
	start();
	for (unsigned claimed = 0; claimed < 65536; claimed += 257) {
		memset(raw, 0, sizeof(raw));
		raw[0] = 1;
		raw[1] = (uint8_t)(claimed % 8);
		raw[2] = (uint8_t)(claimed >> 8);
		raw[3] = (uint8_t)claimed;
		put_raw(raw, LS_FRAME_HEADER_SIZE + (claimed * 7) % 500);
	}
	/* a name that claims 65535 bytes, and one that has them */
	memset(raw, 'a', sizeof(raw));
	struct ls_frame f = frame(LS_FRAME_BEGIN, 1, 0, raw, 200);
	memset(raw + 92, 0xff, 2);
	put_frame(&f);
	f.size = LS_FRAME_PAYLOAD_MAX;
	put_frame(&f);
	/* a frame longer than any */
	memset(raw, 1, sizeof(raw));
	put_raw(raw, 66000);
	check_lives();
	end();
}

TEST(hostile_files_truncated_and_interleaved)
{
	start();
	for (uint64_t i = 1; i <= 300; i++) {
		announce(i, "abcdef", 6, "cut.eds", 7);
		put_data(i, 0, "abc");
		if (i % 3 == 0)
			put_data(i - 1, 3, "def");
		if (i % 5 == 0)
			put_end(i, "abcdef");
		if (i % 7 == 0)
			put_data(i, 1, "bcd");
	}
	check_lives();
	CHECK(!result("cut.eds", "abc", 3));
	end();
}

TEST(hostile_names)
{
	static const struct {
		const char *name;
		size_t size;
	} names[] = {
		{ "../../etc/passwd", 16 },
		{ "/etc/passwd", 11 },
		{ "C:\\WINDOWS\\x.eds", 16 },
		{ "\\\\.\\COM1", 8 },
		{ "NUL", 3 },
		{ "aux.eds", 7 },
		{ "a\0b.eds", 7 },
		{ "", 0 },
		{ ".", 1 },
		{ "..", 2 },
		{ "a\nb.eds", 7 },
		{ "\xe2\x80\xaesde.exe", 10 },
		{ "\xff\xfe", 2 },
		{ "\xed\xa0\x80", 3 },
		{ "a:stream.eds", 12 },
		{ "con .eds.", 9 },
		{ "\"<>|*?", 6 },
		{ "%00", 3 },
		{ "x\x7f\x1b[2J", 6 },
		/* the spool's own */
		{ "ledger", 6 },
		{ "ledger.new", 10 },
		{ "ledger-00000001-00000001", 24 },
		{ "heard", 5 },
		{ "waiting", 7 },
		{ "s-0000000000000001", 18 },
		{ "t-0000000000000002", 18 },
		{ "e-0000000000000003", 18 },
		{ "f-0000000000000004", 18 },
		/* of one name, in other case, in both of Unicode's forms */
		{ "plate.eds", 9 },
		{ "plate.eds", 9 },
		{ "PLATE.EDS", 9 },
		{ "\xc3\xa9.eds", 6 },
		{ "e\xcc\x81.eds", 7 },
	};
	const size_t n = sizeof(names) / sizeof(*names);
	start();
	for (size_t i = 0; i < n; i++) {
		char content[32];
		snprintf(content, sizeof(content), "name %zu", i);
		announce(i + 1, content, strlen(content), names[i].name, names[i].size);
		put_data(i + 1, 0, content);
		put_end(i + 1, content);
	}
	play_until(n);
	CHECK_INT_EQ(s.count, n); /* names are data: all arrive, as they were claimed */
	for (size_t i = 0; i < n; i++) {
		char content[32];
		snprintf(content, sizeof(content), "name %zu", i);
		if (strlen(names[i].name) == names[i].size)
			CHECK(result(names[i].name, content, strlen(content)) != NULL);
	}
	static char long_name[1024];
	memset(long_name, 'n', sizeof(long_name));
	announce(100, "x", 1, long_name, 65);
	announce(101, "x", 1, long_name, sizeof(long_name));
	check_lives();
	CHECK(await_event("nnnnnnnnnn", "\"reason\":\"name-length\""));
	end();
}

TEST(hostile_one_number_with_many_contents)
{
	start();
	for (int i = 0; i < 40; i++) {
		char content[32];
		snprintf(content, sizeof(content), "content %d", i);
		put_file(7, "same.eds", content);
		put_file(7, "same.eds", content);
	}
	play_until(16);
	/* a restored disk gives a number twice and neither file may be lost; forty are no accident
	 */
	CHECK_INT_EQ(s.count, 16);
	CHECK_INT_EQ(s.doubled, 0);
	check_lives();
	CHECK(await_event("same.eds", "\"reason\":\"number\""));
	end();
}

/* Twice in one read of the receiver, so before the first is durable. */
TEST(hostile_the_same_file_many_times_at_once)
{
	start();
	kill(s.diode, SIGSTOP);
	for (int i = 0; i < 50; i++)
		put_file(3, "again.eds", "again");
	kill(s.diode, SIGCONT);
	play_until(1);
	CHECK_INT_EQ(s.count, 1);
	CHECK_INT_EQ(s.doubled, 0);
	check_lives();
	end();
}

TEST(hostile_beats_that_lie)
{
	start();
	for (int i = 0; i < 2000; i++) {
		_cleanup_buffer_ struct ls_buffer b;
		ls_buffer_init(&b, 4096);
		struct ls_beat beat = { .last = UINT64_MAX - (uint64_t)(i % 7),
					.sent = UINT64_MAX - 7 };
		ls_encode_beat(&beat, &b);
		struct ls_frame f = frame(LS_FRAME_BEAT, 0, 0, b.data, b.size);
		f.session[0] = (uint8_t)i;
		put_frame(&f);
	}
	CHECK(await_event("gap", "\"what\":\"missing\""));
	check_lives();
	end();
}

TEST(hostile_a_thousand_sessions)
{
	start();
	for (int i = 0; i < 1000; i++) {
		_cleanup_buffer_ struct ls_buffer b;
		ls_buffer_init(&b, 4096);
		struct ls_hello hello = { .last = (uint64_t)i };
		memset(hello.run_id, i, sizeof(hello.run_id));
		ls_encode_hello(&hello, &b);
		struct ls_frame f = frame(LS_FRAME_HELLO, 0, 0, b.data, b.size);
		f.session[0] = (uint8_t)i;
		f.session[1] = (uint8_t)(i >> 8);
		f.run = (uint32_t)i;
		put_frame(&f);
	}
	check_lives();
	for (int i = 0; i < SOON_MS / 100 && s.event_count < 32; i++)
		play(100, RESULTS_MAX);
	CHECK(s.event_count >= 32 && s.event_count < 100); /* the others are only counted */
	end();
}

TEST(hostile_a_million_beginnings)
{
	const uint64_t beginnings = 1000000;
	static uint8_t many[32768];
	size_t used = 0;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	struct ls_begin begin = { .size = 1048576, .name = { .data = "n.eds", .size = 5 } };
	start();
	ls_encode_begin(&begin, &b);
	for (uint64_t i = 1; i <= beginnings; i++) {
		uint8_t one[LS_FRAME_WIRE_MAX];
		struct ls_frame f = frame(LS_FRAME_BEGIN, i, 0, b.data, b.size);
		size_t n = ls_frame_encode(&f, one);
		if (used + n > sizeof(many)) {
			put(many, used);
			used = 0;
		}
		memcpy(many + used, one, n);
		used += n;
	}
	put(many, used);
	check_lives();
	CHECK(await_event("n.eds", "\"reason\":\"open-files\""));
	end();
}

TEST(hostile_flood)
{
	static char bytes[LS_FRAME_PAYLOAD_MAX + 1];
	const char *text = getenv("FLOOD_SECONDS");
	uint64_t seconds = 2;
	if (text)
		CHECK_INT_EQ(ls_parse_u64(text, strlen(text), &seconds), 0);
	time_t until = time(NULL) + (time_t)seconds;
	uint64_t n = 1, total = 0;
	memset(bytes, 'f', sizeof(bytes) - 1);
	start();
	/* files without end at full speed, some whole, garbage between */
	while (time(NULL) <= until) {
		announce(n, "x", 1048576, "flood.eds", 9);
		for (uint64_t at = 0; at + LS_FRAME_PAYLOAD_MAX < 1048576;
		     at += LS_FRAME_PAYLOAD_MAX)
			put_data(n, at, bytes);
		put(bytes, 1000);
		put("", 1);
		put_end(n, "x");
		total += 1048576;
		n++;
	}
	printf("  %llu MiB\n", (unsigned long long)(total >> 20));
	check_lives();
	end();
}

TEST(hostile_a_stream_cut_at_every_byte)
{
	static const char content[] = "the content";
	uint8_t wire[3 * 400];
	size_t n = 0;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	start();
	struct ls_begin begin = { .size = 11, .name = { .data = "cut.eds", .size = 7 } };
	struct ls_end end_ = { 0 };
	ls_sha256_buffer(content, 11, &begin.sha256);
	end_.sha256 = begin.sha256;
	uint8_t one[LS_FRAME_WIRE_MAX];
	ls_encode_begin(&begin, &b);
	struct ls_frame f = frame(LS_FRAME_BEGIN, 9, 0, b.data, b.size);
	size_t size = ls_frame_encode(&f, one);
	memcpy(wire, one, size);
	n += size;
	f = frame(LS_FRAME_DATA, 9, 0, content, 11);
	size = ls_frame_encode(&f, one);
	memcpy(wire + n, one, size);
	n += size;
	ls_buffer_clear(&b);
	ls_encode_end(&end_, &b);
	f = frame(LS_FRAME_END, 9, 11, b.data, b.size);
	size = ls_frame_encode(&f, one);
	memcpy(wire + n, one, size);
	n += size;
	for (size_t cut = 0; cut < n - 1; cut++) {
		put(wire, cut);
		put("", 1);
	}
	check_lives();
	CHECK(!result("cut.eds", content, 11));
	put(wire, n);
	play(SOON_MS, 2);
	CHECK(result("cut.eds", content, 11));
	end();
}

TEST_MAIN()
