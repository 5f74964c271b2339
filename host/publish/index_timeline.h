/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time line of a page: when results came, beside when the instrument's computer ran and
 * what else happened, as inline SVG.  Its places are percentages, so that it fits a phone and a
 * sheet of paper without a script and without its letters being squeezed.
 */
#ifndef LABSEAL_HOST_PUBLISH_INDEX_TIMELINE_H
#define LABSEAL_HOST_PUBLISH_INDEX_TIMELINE_H

#include <stddef.h>

#include "host/publish/index_row.h"

/* However many seals there are, a lane has no more marks than this. */
#define LS_TIMELINE_BINS 160

/*
 * Append it; nothing for fewer than two different times.  rows: newest first; those whose
 * seal is 0 are passed over.  page: its path from where its links begin, "" for index.html.
 */
void ls_index_timeline(const struct ls_index_row *const *rows, size_t count, const char *page,
		       struct ls_html *h);

#endif
