/* SPDX-License-Identifier: Apache-2.0 */
/* A seal's row in the pages for people, and what the time line shows of it. */
#ifndef LABSEAL_HOST_PUBLISH_INDEX_ROW_H
#define LABSEAL_HOST_PUBLISH_INDEX_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/publish/item.h"
#include "lib/base/buffer.h"
#include "lib/page/html.h"
#include "lib/seal/record.h"

#define LS_INDEX_ROW_SIZE_MAX (4u << 20)
#define LS_INDEX_FILES	      8 /* results of a seal that have a row each */
#define LS_FILE_REPORT	      "report.html"

enum ls_index_kind {
	LS_INDEX_RESULT = 1,
	LS_INDEX_MACHINE_ON,  /* the instrument's computer was started, */
	LS_INDEX_MACHINE_OFF, /* stopped */
	LS_INDEX_PROBLEM,     /* an event that needs attention, drift among them */
	LS_INDEX_EVENT,	      /* any other */
};

struct ls_index_row {
	uint64_t seal; /* 0: there is none */
	enum ls_index_kind kind;
	int64_t received; /* seconds since 1970 */
	size_t results;
	char event[LS_EVENT_KIND_SIZE]; /* "" for results */
	struct ls_buffer html;		/* one or more <tr> */
};

/*
 * Make a seal's row, or one for each of its files; when there are more than
 * LS_INDEX_FILES, one with the names of the first.  has_report: there is a report.html in
 * its folder.  ret_row is to be freed, also after a failure, by ls_index_row_free; one that was
 * filled before is filled anew.  0 or the buffer's error.
 */
int ls_index_row(const struct ls_item *item, const struct ls_record *record, bool has_report,
		 struct ls_index_row *ret_row);
void ls_index_row_free(struct ls_index_row *row);
#define _cleanup_index_row_ __attribute__((cleanup(ls_index_row_free)))

#endif
