/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile guest: what its attacks send with, and the honest exporter that it
 * also plays.  It runs in the stand-in guest in the exporter's place and writes
 * to the real port.
 *
 * Whatever fails ends the program: the test outside then waits in vain.
 * Random values come from a seed, so that a run can be repeated.
 */
#ifndef LABSEAL_TESTS_HOSTILE_GUEST_H
#define LABSEAL_TESTS_HOSTILE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diode/wire/frame.h"
#include "diode/wire/payload.h"

/* The policy of tests/e2e/60-hostile.sh. */
#define POLICY_FILE_SIZE     (4u << 20)
#define POLICY_NAME_SIZE     255
#define POLICY_OPEN_FILES    4
#define POLICY_FILES_PER_DAY 400

struct guest {
	const char *port_path;
	int port;
	bool is_long;	  /* a million of what is otherwise some thousands */
	unsigned seconds; /* that the flood lasts */
	uint64_t random;
	uint8_t session[LS_FRAME_SESSION_SIZE]; /* of the attack */
	uint64_t frame;				/* number of the next */
	struct ls_buffer *capture;		/* what is put goes there, when not NULL */
	uint64_t written;			/* bytes */
	uint8_t out[64u << 10];			/* what was put and not written yet */
	size_t out_size;

	uint8_t honest_session[LS_FRAME_SESSION_SIZE];
	uint64_t honest_frame, honest_last;
	struct ls_digest honest_chain;
};

/* --- sending ------------------------------------------------------------------------------ */

void guest_open(struct guest *g);
void guest_flush(struct guest *g);
void guest_put(struct guest *g, const void *bytes, size_t n);
void guest_sleep(unsigned ms);
int64_t guest_clock(void); /* ns since 1970 */

/* Any 64 bits. */
uint64_t guest_random(struct guest *g);
void guest_random_bytes(struct guest *g, void *bytes, size_t n);
void guest_new_session(struct guest *g);

void guest_sha256(const void *bytes, size_t n, struct ls_digest *ret_digest);

/* Less in CI, more in the long form. */
uint32_t guest_times(const struct guest *g, uint32_t usual, uint32_t most);

/* --- frames --------------------------------------------------------------------------------- */

/* Every field as it is to be on the wire, right or wrong. */
struct raw_frame {
	uint8_t version, type;
	uint16_t length;
	uint32_t run;
	uint8_t session[LS_FRAME_SESSION_SIZE];
	uint64_t number, record, offset;
	const void *payload;
	size_t size;	   /* of the payload, at most LS_FRAME_PAYLOAD_MAX */
	uint32_t crc_flip; /* 0 for the right CRC */
};

/* A frame of the attack's session with nothing wrong in it. */
struct raw_frame guest_frame(struct guest *g, uint8_t type, uint64_t record, uint64_t offset,
			     const void *payload, size_t n);
void guest_put_raw(struct guest *g, const struct raw_frame *f);
void guest_put_frame(struct guest *g, uint8_t type, uint64_t record, uint64_t offset,
		     const void *payload, size_t n);

/* --- files ------------------------------------------------------------------------------------ */

/* What a BEGIN claims of this content. */
struct ls_begin guest_claim(const char *name, size_t name_size, const void *bytes, size_t n);

void guest_put_hello(struct guest *g, const struct ls_hello *hello);
void guest_put_begin(struct guest *g, uint64_t number, const struct ls_begin *begin);
void guest_put_data(struct guest *g, uint64_t number, const void *bytes, size_t n);
void guest_put_end(struct guest *g, uint64_t number, uint64_t size, const struct ls_digest *sha256);
void guest_put_abort(struct guest *g, uint64_t number, uint8_t reason);
void guest_put_beat(struct guest *g, const struct ls_beat *beat);

/* All of it: BEGIN, DATA, END. */
void guest_put_file(struct guest *g, uint64_t number, const struct ls_begin *begin,
		    const void *bytes, size_t n);
void guest_put_text(struct guest *g, uint64_t number, const char *name, const char *text);

/* --- the honest exporter ------------------------------------------------------------------------
 */

/* Send a file as the exporter does, and a sign of life after it. */
void honest_file(struct guest *g, const char *name, const void *bytes, size_t n);

/* The name and the content of the honest file after attack number i. */
void honest_name(unsigned i, const char *attack, char name[static 64]);
int honest_content(unsigned i, const char *attack, struct ls_buffer *b);

#endif
