/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exporter lists of its outbox (MANIFEST frames), against the ledger.
 *
 * A list comes in parts.  One is looked at as it comes and not kept, but for the
 * first files of it that are not here; it counts when all its parts came in
 * order and their SHA-256 is the announced one.  A hostile list is as good as
 * none: its entries cost look-ups, and of these there are only so many a second.
 */
#ifndef LABSEAL_DIODE_RECEIVE_LISTING_H
#define LABSEAL_DIODE_RECEIVE_LISTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "diode/receive/ledger.h"
#include "diode/wire/payload.h"

#define LS_LISTING_MISSING_MAX	64	/* files remembered of one list */
#define LS_LISTING_LOOKUPS	20000	/* entries looked up in a second, in the long run ... */
#define LS_LISTING_LOOKUPS_ONCE 1000000 /* ... and at one time */

struct ls_listed {
	uint64_t count; /* of files in the list that are not here; the first are below */
	uint64_t upto;	/* the list speaks of numbers up to this */
	struct ls_manifest_entry missing[LS_LISTING_MISSING_MAX];
};

/* One exporter's list.  Zeroed: none. */
struct ls_listing {
	bool is_open; /* parts are expected */
	uint64_t total, next, last_number;
	struct ls_digest digest;
	struct ls_sha256 hash;
	struct ls_listed reading; /* so far */
	bool is_whole;		  /* there was a whole one: */
	struct ls_listed listed;
};

void ls_listing_free(struct ls_listing *listing);

/* How many entries may be looked up now; shared by all. */
struct ls_listing_budget {
	uint64_t lookups;
	int64_t filled; /* ns */
};
void ls_listing_refill(struct ls_listing_budget *budget, int64_t now);

enum ls_listing_outcome {
	LS_LISTING_OK,
	LS_LISTING_MALFORMED, /* no list: entries or parts out of order, wrong digest */
	LS_LISTING_OTHER,     /* a number has another content here: *ret_other */
};

/*
 * Take one part.  highest: of the numbers that the exporter spoke of before.
 */
enum ls_listing_outcome ls_listing_take(struct ls_listing *listing, const struct ls_manifest *part,
					const uint8_t session[static LS_SESSION_SIZE],
					uint64_t highest, struct ls_ledger *ledger,
					struct ls_listing_budget *budget,
					struct ls_manifest_entry *ret_other);

/*
 * For a gap event: of the missing numbers (ranges, [[first, last], ...]) those
 * that the outbox still holds, [{"number", "size", "sha256"}, ...], and those
 * that it does not hold any more, as ranges; NULL when there is no list to say so.
 */
json_t *ls_listing_held(const struct ls_listing *listing, const json_t *missing);
json_t *ls_listing_gone(const struct ls_listing *listing, const json_t *missing);

#endif
