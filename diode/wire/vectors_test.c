/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of docs/formats/wire.md are what this codec reads and writes. */
#include "lib/base/test.h"

#include "diode/wire/frame.h"
#include "diode/wire/payload.h"
#include "lib/base/text.h"

#define DOCUMENT "docs/formats/wire.md"

static uint8_t wire[LS_FRAME_WIRE_MAX];
static size_t wire_size;

/* The hex lines (8 blanks) under "    NAME" in the document's last section. */
static bool read_vector(const char *name)
{
	FILE *file = fopen(DOCUMENT, "r");
	char line[256], title[32];
	bool inside = false, vectors = false;
	snprintf(title, sizeof(title), "    %s\n", name);
	wire_size = 0;
	while (file && fgets(line, sizeof(line), file)) {
		vectors = vectors || strcmp(line, "## Test vectors\n") == 0;
		if (strncmp(line, "        ", 8) != 0) {
			inside = vectors && strcmp(line, title) == 0;
			continue;
		}
		size_t n = strcspn(line + 8, "\n");
		if (!inside)
			continue;
		CHECK_INT_EQ(ls_hex_decode(line + 8, n, wire + wire_size), 0);
		wire_size += n / 2;
	}
	if (file)
		fclose(file);
	return wire_size > 0;
}

static struct ls_frame_stream stream;

/* Decode the vector, and see that the frame encodes to it. */
static bool frame_of(const char *name, uint8_t type, uint64_t number, struct ls_frame *f)
{
	uint8_t again[LS_FRAME_WIRE_MAX];
	size_t used;
	if (!read_vector(name)) {
		TEST_FAIL("no vector %s in " DOCUMENT, name);
		return false;
	}
	ls_frame_stream_init(&stream);
	if (ls_frame_stream_take(&stream, wire, wire_size, &used, f, NULL) != 1) {
		TEST_FAIL("vector %s is no frame", name);
		return false;
	}
	CHECK_INT_EQ(used, wire_size);
	CHECK_INT_EQ(f->type, type);
	CHECK_INT_EQ(f->number, number);
	CHECK_INT_EQ(f->run, 1);
	CHECK_INT_EQ(f->session[15], 0xaf);
	CHECK_INT_EQ(ls_frame_encode(f, again), wire_size);
	CHECK_MEM_EQ(again, wire, wire_size);
	return true;
}

/* Decode the payload as KIND into v, and see that v encodes to it. */
#define CHECK_PAYLOAD(kind, f, v)                                                  \
	do {                                                                       \
		_cleanup_buffer_ struct ls_buffer b_;                              \
		ls_buffer_init(&b_, LS_FRAME_PAYLOAD_MAX);                         \
		REQUIRE(ls_decode_##kind((f).payload, (f).size, &(v), NULL) == 0); \
		CHECK_INT_EQ(ls_encode_##kind(&(v), &b_), 0);                      \
		CHECK_INT_EQ(b_.size, (f).size);                                   \
		CHECK_MEM_EQ(b_.data, (f).payload, b_.size);                       \
	} while (0)

#define CLOCK 1772634139000000000LL

TEST(vector_hello)
{
	struct ls_frame f;
	struct ls_hello v;
	REQUIRE(frame_of("HELLO", LS_FRAME_HELLO, 0, &f));
	CHECK_PAYLOAD(hello, f, v);
	CHECK_INT_EQ(v.clock, CLOCK);
	CHECK_INT_EQ(v.beat_interval, 3000);
	CHECK_INT_EQ(v.run_id[0], 0x10);
	CHECK_INT_EQ(v.watch_count, 1);
}

TEST(vector_file)
{
	struct ls_frame f;
	struct ls_begin begin;
	struct ls_end end;
	struct ls_digest digest;
	ls_sha256_buffer("plate7\0\n", 8, &digest);
	REQUIRE(frame_of("BEGIN", LS_FRAME_BEGIN, 1, &f));
	CHECK_PAYLOAD(begin, f, begin);
	CHECK_INT_EQ(f.record, 1);
	CHECK_INT_EQ(begin.size, 8);
	CHECK_INT_EQ(begin.mtime, CLOCK - 2000000000);
	CHECK(ls_digest_equal(&begin.sha256, &digest));
	REQUIRE(frame_of("DATA", LS_FRAME_DATA, 2, &f));
	CHECK_INT_EQ(f.size, 8);
	CHECK_MEM_EQ(f.payload, "plate7\0\n", 8);
	REQUIRE(frame_of("END", LS_FRAME_END, 3, &f));
	CHECK_PAYLOAD(end, f, end);
	CHECK_INT_EQ(f.offset, 8);
	CHECK(ls_digest_equal(&end.sha256, &digest));
}

TEST(vector_beat)
{
	struct ls_frame f;
	struct ls_beat v;
	struct ls_digest sha256, chain;
	uint8_t link[72] = { [39] = 1 };
	REQUIRE(frame_of("BEAT", LS_FRAME_BEAT, 4, &f));
	CHECK_PAYLOAD(beat, f, v);
	ls_sha256_buffer("plate7\0\n", 8, &sha256);
	memcpy(link + 40, sha256.bytes, 32);
	ls_sha256_buffer(link, sizeof(link), &chain);
	CHECK(ls_digest_equal(&v.chain, &chain));
	CHECK_INT_EQ(v.last, 1);
	CHECK_INT_EQ(v.sent, 1);
	CHECK_INT_EQ(v.held_bytes, 8);
}

TEST(vector_manifest)
{
	struct ls_frame f;
	struct ls_manifest v;
	struct ls_digest digest;
	struct ls_manifest_entry entry;
	REQUIRE(frame_of("MANIFEST", LS_FRAME_MANIFEST, 5, &f));
	CHECK_PAYLOAD(manifest, f, v);
	CHECK_INT_EQ(v.count, 1);
	ls_sha256_buffer(v.entries, LS_WIRE_ENTRY_SIZE, &digest);
	CHECK(ls_digest_equal(&v.outbox, &digest));
	ls_manifest_get(&v, 0, &entry);
	CHECK_INT_EQ(entry.number, 1);
	CHECK_INT_EQ(entry.size, 8);
}

TEST(vector_abort)
{
	struct ls_frame f;
	struct ls_abort v;
	REQUIRE(frame_of("ABORT", LS_FRAME_ABORT, 6, &f));
	CHECK_PAYLOAD(abort, f, v);
	CHECK_INT_EQ(v.reason, LS_ABORT_STOPPING);
}

TEST_MAIN()
