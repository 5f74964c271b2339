/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages for people: index.html at the share's top has the newest seals, and
 * each full thousand has a page of its own, index/000001-001000.html, which is
 * made once.  So a seal costs the same however many there were before, and a search
 * through all of them is the reader's browser's work: the pages search themselves,
 * each in a frame of index.html (index_page.js).
 *
 * Pure functions.  Each page is one file, without anything from elsewhere; it
 * reads without scripts, and the one script (search and filter) is allowed by its
 * hash alone.  Everything that comes from the guest is escaped twice: claimed names
 * by ls_text_escape (in the record), then for HTML.
 */
#ifndef LABSEAL_HOST_PUBLISH_INDEX_PAGE_H
#define LABSEAL_HOST_PUBLISH_INDEX_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/publish/index_row.h"
#include "lib/base/buffer.h"
#include "lib/seal/record.h"

#define LS_INDEX_ROWS	  1000 /* seals on a page */
#define LS_INDEX_SIZE_MAX (256u << 20)

/* What the top of the pages says. */
struct ls_index_state {
	char instrument[LS_INSTRUMENT_SIZE]; /* "" when nothing is known yet */
	enum ls_key_kind key_kind;	     /* 0 when nothing is known yet */
	bool development;
	uint64_t seals;
	uint64_t results, events, gaps, refused; /* of each kind; events count all events */
	char vm[LS_EVENT_KIND_SIZE]; /* the last of "vm-start", "vm-stop", "drift", or "" */
	int64_t vm_since;	     /* seconds since 1970 */
	/* as the last record has it; not checked: no box */
	enum ls_calibration_verdict calibration;
	int64_t calibration_due; /* seconds since 1970; 0: not known */
	int64_t last;		 /* the last seal's time; 0: none */
	bool has_trust_copies;	 /* there is a trust/ folder */
};

/*
 * Append a page.  rows: newest first; one whose seal is 0 could not be read and is
 * left out.  block: 0 for index.html, else the number of the full thousand (1: seals
 * 1 to 1000).
 */
int ls_index_page(const struct ls_index_state *state, const struct ls_index_row *const *rows,
		  size_t count, uint64_t block, struct ls_buffer *out);

/* "index/000001-001000.html"; returns buffer. */
#define LS_INDEX_PATH_SIZE 64
const char *ls_index_path(uint64_t block, char buffer[static LS_INDEX_PATH_SIZE]);

#endif
