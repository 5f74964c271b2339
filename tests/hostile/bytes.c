/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/base/cleanup.h"
#include "tests/hostile/attacks.h"

#define CHUNK  (64u << 10)
#define MEBI   (1u << 20)
#define STREAM 8192 /* bytes of a small session */

static const uint64_t extremes[] = { 0,
				     1,
				     0x7fffffffffffffffULL,
				     0x8000000000000000ULL,
				     0xfffffffffffffffeULL,
				     0xffffffffffffffffULL };
#define EXTREMES (sizeof(extremes) / sizeof(extremes[0]))

/* --- random bytes --------------------------------------------------------------------------- */

static void put_same(struct guest *g, int value, size_t n)
{
	uint8_t chunk[4096];
	memset(chunk, value, sizeof(chunk));
	for (size_t done = 0; done < n; done += sizeof(chunk))
		guest_put(g, chunk, sizeof(chunk));
}

void attack_random(struct guest *g)
{
	static uint8_t chunk[CHUNK];
	for (uint32_t i = 0; i < guest_times(g, 4, 64) * (MEBI / CHUNK); i++) {
		guest_random_bytes(g, chunk, sizeof(chunk));
		guest_put(g, chunk, sizeof(chunk));
	}
	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] |= 1; /* none of them ends a frame */
	for (int i = 0; i < 16; i++)
		guest_put(g, chunk, sizeof(chunk));
	put_same(g, 0, MEBI);
	put_same(g, 1, MEBI);
	put_same(g, 255, MEBI);
}

/* --- fields of the header ----------------------------------------------------------------------
 */

/* Right payloads, by type. */
struct payloads {
	struct ls_buffer of[LS_FRAME_MANIFEST + 1];
};

static void make_payloads(struct payloads *p)
{
	struct ls_begin begin = guest_claim("field.txt", 9, "field", 5);
	struct ls_hello hello = { .run_id = "fields", .version = { "hostile", 7 } };
	struct ls_end end = { .sha256 = begin.sha256 };
	struct ls_abort abort = { .reason = LS_ABORT_STOPPING };
	struct ls_beat beat = { .last = 1, .sent = 1 };
	struct ls_manifest manifest = { .total = 0 };
	for (unsigned type = 0; type <= LS_FRAME_MANIFEST; type++)
		ls_buffer_init(&p->of[type], STREAM);
	ls_encode_hello(&hello, &p->of[LS_FRAME_HELLO]);
	ls_encode_begin(&begin, &p->of[LS_FRAME_BEGIN]);
	ls_buffer_add_str(&p->of[LS_FRAME_DATA], "field");
	ls_encode_end(&end, &p->of[LS_FRAME_END]);
	ls_encode_abort(&abort, &p->of[LS_FRAME_ABORT]);
	ls_encode_beat(&beat, &p->of[LS_FRAME_BEAT]);
	ls_encode_manifest(&manifest, &p->of[LS_FRAME_MANIFEST]);
}

static void free_payloads(struct payloads *p)
{
	for (unsigned type = 0; type <= LS_FRAME_MANIFEST; type++)
		ls_buffer_free(&p->of[type]);
}

/* A frame of each type, and one field of it as told. */
static void put_each_type(struct guest *g, const struct payloads *p,
			  void (*spoil)(struct raw_frame *, uint64_t), uint64_t value)
{
	static const uint8_t order[] = { LS_FRAME_HELLO,   LS_FRAME_BEGIN, LS_FRAME_DATA,
					 LS_FRAME_END,	   LS_FRAME_ABORT, LS_FRAME_BEAT,
					 LS_FRAME_MANIFEST };
	for (size_t i = 0; i < sizeof(order); i++) {
		const struct ls_buffer *b = &p->of[order[i]];
		struct raw_frame f = guest_frame(g, order[i], 1, order[i] == LS_FRAME_END ? 5 : 0,
						 b->data, b->size);
		spoil(&f, value);
		guest_put_raw(g, &f);
	}
}

static void spoil_version(struct raw_frame *f, uint64_t value)
{
	f->version = (uint8_t)value;
}

static void spoil_type(struct raw_frame *f, uint64_t value)
{
	f->type = (uint8_t)(value >= 1 && value <= LS_FRAME_MANIFEST ? 0 : value);
}

static void spoil_length(struct raw_frame *f, uint64_t value)
{
	f->length = (uint16_t)(f->size + value);
}

static void spoil_run(struct raw_frame *f, uint64_t value)
{
	f->run = (uint32_t)value;
}

static void spoil_session(struct raw_frame *f, uint64_t value)
{
	memset(f->session, (int)(value & 255), sizeof(f->session));
}

static void spoil_number(struct raw_frame *f, uint64_t value)
{
	f->number = value;
}

static void spoil_record(struct raw_frame *f, uint64_t value)
{
	f->record = value;
}

static void spoil_offset(struct raw_frame *f, uint64_t value)
{
	f->offset = value;
}

static void spoil_crc(struct raw_frame *f, uint64_t value)
{
	f->crc_flip = (uint32_t)value;
}

static void spoil_payload(struct raw_frame *f, uint64_t value)
{
	f->size = value < f->size ? (size_t)value : f->size / 2;
	f->length = (uint16_t)f->size;
}

void attack_fields(struct guest *g)
{
	static void (*const spoilers[])(struct raw_frame *, uint64_t) = {
		spoil_version, spoil_type,   spoil_length, spoil_run, spoil_session,
		spoil_number,  spoil_record, spoil_offset, spoil_crc, spoil_payload,
	};
	struct payloads payloads;
	make_payloads(&payloads);
	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++)
		for (size_t k = 0; k < EXTREMES; k++)
			put_each_type(g, &payloads, spoilers[i], extremes[k]);
	for (uint64_t type = 0; type < 256; type++)
		put_each_type(g, &payloads, spoil_type, type);
	free_payloads(&payloads);
}

/* --- fields of the payloads ---------------------------------------------------------------------
 */

static void put_extreme_hello(struct guest *g, uint64_t value)
{
	static char text[LS_WIRE_TEXT_MAX];
	struct ls_hello hello = { .clock = (int64_t)value,
				  .beat_interval = (uint32_t)value,
				  .last = value,
				  .version = { text, sizeof(text) },
				  .watch_count = LS_WIRE_WATCH_MAX };
	memset(text, (int)(value % 3 == 0 ? '"' : value % 3 == 1 ? 0xff : '\0'), sizeof(text));
	memset(&hello.chain, 0xaa, sizeof(hello.chain));
	memcpy(hello.run_id, &value, sizeof(value));
	for (unsigned i = 0; i < LS_WIRE_WATCH_MAX; i++)
		hello.watch[i] = (struct ls_wire_text){ text, sizeof(text) };
	guest_put_hello(g, &hello);
}

/* Whole files, whose claims are absurd. */
static void put_extreme_files(struct guest *g, uint64_t value, uint64_t *number)
{
	for (unsigned field = 0; field < 4; field++) {
		char text[64];
		int n = snprintf(text, sizeof(text), "claims %u %llx", field,
				 (unsigned long long)value);
		struct ls_begin begin = guest_claim("claims.txt", 10, text, (size_t)n);
		if (field == 0)
			begin.mtime = (int64_t)value;
		else if (field == 1)
			begin.clock = (int64_t)value;
		else if (field == 2)
			begin.attempt = (uint32_t)value;
		else
			memset(&begin.parent, (int)value & 255, sizeof(begin.parent));
		guest_put_file(g, (*number)++, &begin, text, (size_t)n);
	}
}

static void put_extreme_others(struct guest *g, uint64_t value)
{
	struct ls_begin begin = guest_claim("claims.txt", 10, "x", 1);
	struct ls_beat beat = { .clock = (int64_t)value,
				.last = value,
				.sent = value,
				.held = value,
				.held_bytes = value,
				.flags = (uint32_t)value };
	begin.size = value;
	guest_put_begin(g, 1000, &begin);
	guest_put_data(g, 1000, "x", 1);
	guest_put_end(g, 1000, value, &begin.sha256);
	guest_put_abort(g, 1000, (uint8_t)value);
	guest_put_beat(g, &beat);
	beat.last = 0; /* less than was sent */
	guest_put_beat(g, &beat);
}

static void put_extreme_manifest(struct guest *g, uint64_t value)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	ls_buffer_add_be64(&b, value);
	ls_buffer_add_be64(&b, value);
	for (unsigned i = 0; i < LS_DIGEST_SIZE; i++)
		ls_buffer_add_u8(&b, (uint8_t)value);
	ls_buffer_add_be16(&b, (uint16_t)value);
	for (unsigned i = 0; i < 100; i++)
		ls_buffer_add_be64(&b, value);
	guest_put_frame(g, LS_FRAME_MANIFEST, 0, 0, b.data, b.size);
}

void attack_claims(struct guest *g)
{
	uint64_t number = 1;
	for (size_t i = 0; i < EXTREMES; i++) {
		put_extreme_hello(g, extremes[i]);
		put_extreme_files(g, extremes[i], &number);
		put_extreme_others(g, extremes[i]);
		put_extreme_manifest(g, extremes[i]);
	}
}

/* --- lengths
 * -------------------------------------------------------------------------------------- */

/* A BEGIN whose name says it has `claimed` bytes and has `n`. */
static void put_long_name(struct guest *g, uint16_t claimed, size_t n)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	for (unsigned i = 0; i < 8 + 8 + 8 + 32 + 32 + 4; i++)
		ls_buffer_add_u8(&b, 1);
	ls_buffer_add_be16(&b, claimed);
	for (size_t i = 0; i < n; i++)
		ls_buffer_add_u8(&b, 'n');
	guest_put_frame(g, LS_FRAME_BEGIN, 1, 0, b.data, b.size);
}

/* Files that are longer or shorter than they say, or end elsewhere. */
static void put_wrong_sizes(struct guest *g)
{
	static const char text[] = "lengths";
	for (uint64_t size = 0; size < 2 * sizeof(text); size++) {
		struct ls_begin begin = guest_claim("lengths.txt", 11, text, sizeof(text));
		begin.size = size == sizeof(text) ? 0 : size;
		guest_put_file(g, size + 1, &begin, text, sizeof(text));
	}
	struct ls_begin begin = guest_claim("lengths.txt", 11, text, sizeof(text));
	for (uint64_t offset = 0; offset < 2 * sizeof(text); offset++) {
		guest_put_begin(g, 50, &begin);
		guest_put_data(g, 50, text, sizeof(text));
		if (offset != sizeof(text))
			guest_put_end(g, 50, offset, &begin.sha256);
	}
	guest_put_begin(g, 51, &begin);
	guest_put_frame(g, LS_FRAME_DATA, 51, UINT64_MAX - 2, text, sizeof(text));
	guest_put_begin(g, 52, &begin);
	guest_put_data(g, 52, text, sizeof(text));
	guest_put_data(g, 52, text, sizeof(text));
	guest_put_end(g, 52, sizeof(text), &begin.sha256);
}

void attack_lengths(struct guest *g)
{
	static uint8_t payload[LS_FRAME_PAYLOAD_MAX];
	memset(payload, 7, sizeof(payload));
	put_wrong_sizes(g);
	static const uint16_t claims[] = { 0, 1, 1024, 1025, 32000, 32768, 65535 };
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		for (size_t k = 0; k < sizeof(claims) / sizeof(claims[0]); k++)
			put_long_name(g, claims[i], claims[k] < 32000 ? claims[k] : 32000);
	for (uint8_t type = 0; type < 9; type++)
		guest_put_frame(g, type, 1, 0, payload, sizeof(payload));
	/* longer than a frame may be, by one byte and by much */
	for (size_t n = LS_FRAME_WIRE_MAX - 2; n < LS_FRAME_WIRE_MAX + 3; n++) {
		for (size_t i = 0; i < n; i++)
			guest_put(g, "\x01", 1);
		guest_put(g, "", 1);
	}
	/* blocks that promise more than comes */
	for (unsigned code = 1; code < 256; code++) {
		uint8_t block[] = { (uint8_t)code, 1, 2, 3, 0 };
		guest_put(g, block, sizeof(block));
	}
}

/* --- cuts
 * ------------------------------------------------------------------------------------------ */

/* What an exporter sends for one small file. */
static void make_stream(struct guest *g, struct ls_buffer *stream)
{
	char text[300];
	memset(text, 'c', sizeof(text));
	struct ls_begin begin = guest_claim("cut.txt", 7, text, sizeof(text));
	struct ls_hello hello = { .run_id = "cut", .version = { "hostile", 7 } };
	struct ls_beat beat = { .last = 1, .sent = 0 };
	g->capture = stream;
	guest_put_hello(g, &hello);
	guest_put_begin(g, 1, &begin);
	guest_put_frame(g, LS_FRAME_DATA, 1, 0, text, 150);
	guest_put_frame(g, LS_FRAME_DATA, 1, 150, text + 150, 150);
	guest_put_end(g, 1, sizeof(text), &begin.sha256);
	guest_put_beat(g, &beat);
	g->capture = NULL;
}

void attack_cut(struct guest *g)
{
	_cleanup_buffer_ struct ls_buffer stream;
	ls_buffer_init(&stream, STREAM);
	make_stream(g, &stream);
	for (size_t cut = 0; cut <= stream.size; cut++) {
		guest_put(g, stream.data, cut);
		guest_put(g, "", 1);
	}
	for (size_t cut = 0; cut <= stream.size; cut++) {
		guest_put(g, stream.data + cut, stream.size - cut);
		guest_put(g, "", 1);
	}
	/* and a byte left out, a byte doubled, a bit flipped, at every place */
	for (size_t at = 0; at < stream.size; at++) {
		uint8_t other = stream.data[at] ^ (uint8_t)(1u << at % 8);
		guest_put(g, stream.data, at);
		guest_put(g, stream.data + at + 1, stream.size - at - 1);
		guest_put(g, stream.data, at + 1);
		guest_put(g, stream.data + at, stream.size - at);
		guest_put(g, stream.data, at);
		guest_put(g, &other, 1);
		guest_put(g, stream.data + at + 1, stream.size - at - 1);
		guest_put(g, "", 1);
	}
}

void attack_slow(struct guest *g)
{
	_cleanup_buffer_ struct ls_buffer stream;
	ls_buffer_init(&stream, STREAM);
	make_stream(g, &stream);
	for (size_t at = 0; at < 40; at++) {
		guest_put(g, stream.data + at, 1);
		guest_flush(g);
		guest_sleep(20);
	}
	guest_put_begin(g, 2, &(struct ls_begin){ .size = 100, .name = { "slow.txt", 8 } });
	guest_flush(g);
	guest_sleep(1000);
}
