/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "tests/hostile/attacks.h"

#define MILLION 1000000
#define MIX_MAX (1u << 20) /* bytes of the mixture that the flood repeats */

static struct ls_begin announce(const char *name, uint64_t size)
{
	struct ls_begin begin = guest_claim(name, strlen(name), "announced", 9);
	begin.size = size;
	return begin;
}

/* --- beginnings ------------------------------------------------------------------------------- */

void attack_space(struct guest *g)
{
	struct ls_begin begin = announce("space.txt", POLICY_FILE_SIZE);
	for (uint32_t i = 1; i <= guest_times(g, 1000, 20000); i++)
		guest_put_begin(g, i, &begin);
}

void attack_begins(struct guest *g)
{
	struct ls_begin begin = announce("begins.txt", 100);
	for (uint32_t i = 1; i <= guest_times(g, 10000, MILLION); i++)
		guest_put_begin(g, i, &begin);
}

void attack_refusals(struct guest *g)
{
	for (uint32_t i = 1; i <= guest_times(g, 10000, MILLION); i++) {
		char name[64];
		snprintf(name, sizeof(name), "refused-%u.exe", i);
		struct ls_begin begin = { .size = 1, .attempt = 1, .name = { name, strlen(name) } };
		guest_put_begin(g, i, &begin);
	}
}

/* --- claims ---------------------------------------------------------------------------------- */

void attack_hellos(struct guest *g)
{
	for (uint32_t i = 1; i <= guest_times(g, 10000, MILLION); i++) {
		struct ls_hello hello = { .beat_interval = 1,
					  .last = i,
					  .version = { "hostile", 7 } };
		guest_random_bytes(g, hello.run_id, sizeof(hello.run_id));
		if (i % 4 != 0) /* else another run of the same */
			guest_new_session(g);
		guest_put_hello(g, &hello);
	}
}

static void put_false_manifest(struct guest *g)
{
	_cleanup_buffer_ struct ls_buffer b;
	uint8_t entries[20 * LS_WIRE_ENTRY_SIZE];
	struct ls_manifest manifest = {
		.total = guest_random(g), .first = guest_random(g), .count = 20, .entries = entries
	};
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	guest_random_bytes(g, entries, sizeof(entries));
	guest_random_bytes(g, &manifest.outbox, sizeof(manifest.outbox));
	if (ls_encode_manifest(&manifest, &b) == 0)
		guest_put_frame(g, LS_FRAME_MANIFEST, 0, 0, b.data, b.size);
}

void attack_beats(struct guest *g)
{
	for (uint32_t i = 1; i <= guest_times(g, 10000, MILLION); i++) {
		struct ls_beat beat = { .last = guest_random(g), .held = guest_random(g) };
		beat.sent = i % 2 ? beat.last : beat.last / 2;
		guest_random_bytes(g, &beat.chain, sizeof(beat.chain));
		if (i % 100 == 0)
			guest_new_session(g);
		guest_put_beat(g, &beat);
		if (i % 10 == 0)
			put_false_manifest(g);
	}
}

/* --- everything ------------------------------------------------------------------------------ */

static void put_some(struct guest *g, uint64_t i)
{
	static uint8_t bytes[LS_FRAME_PAYLOAD_MAX];
	struct ls_begin begin = announce("flood.txt", 50000);
	guest_random_bytes(g, bytes, sizeof(bytes));
	switch (i % 8) {
	case 0: guest_put(g, bytes, sizeof(bytes)); break;
	case 1: guest_put_begin(g, i, &begin); break;
	case 2: guest_put_frame(g, LS_FRAME_DATA, i - 1, 0, bytes, sizeof(bytes)); break;
	case 3: guest_put_end(g, i - 2, 50000, &begin.sha256); break;
	case 4: guest_put_beat(g, &(struct ls_beat){ .last = i, .sent = i }); break;
	case 5: guest_put_text(g, 1, "flood.txt", "the same file all the time\n"); break;
	case 6: guest_put_frame(g, (uint8_t)guest_random(g), i, i, bytes, 100); break;
	default: guest_put_text(g, i, "flood.exe", "refused\n"); break;
	}
}

/* Made once, so that the flood is as fast as the port. */
void attack_flood(struct guest *g)
{
	_cleanup_buffer_ struct ls_buffer mix;
	ls_buffer_init(&mix, 2 * MIX_MAX);
	g->capture = &mix;
	for (uint64_t i = 8; mix.size < MIX_MAX; i++)
		put_some(g, i);
	g->capture = NULL;
	int64_t end = guest_clock() + (int64_t)g->seconds * 1000000000;
	while (guest_clock() < end)
		guest_put(g, mix.data, mix.size);
}

void attack_allowance(struct guest *g)
{
	for (uint32_t i = 1; i <= POLICY_FILES_PER_DAY + 50; i++) {
		char text[64];
		snprintf(text, sizeof(text), "allowance %u\n", i);
		guest_put_text(g, i, "allowance.txt", text);
	}
}
