/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what was looked at, seal by seal, for a report that has one.  Any
 * number of threads may add to it; it costs nothing when nobody asked for it.
 */
#ifndef LABSEAL_AUDIT_VERIFY_ROWS_H
#define LABSEAL_AUDIT_VERIFY_ROWS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LS_ROWS_MAX 10000 /* rows kept; all are counted */

struct ls_row {
	uint64_t seal;
	int64_t received; /* seconds since 1970 */
	uint64_t files, bytes;
	const char *folder; /* escaped; owned by the rows, once added */
	bool event;
};

struct ls_rows {
	bool wanted; /* set before an audit begins */
	pthread_mutex_t lock;
	struct ls_row *items; /* owned; by seal once they are sorted */
	size_t count, capacity;
	uint64_t total;
	uint64_t *failed, *unable; /* seals that such findings are about; owned, sorted */
	size_t failed_count, failed_capacity, unable_count, unable_capacity;
	bool out_of_memory;
};

void ls_rows_init(struct ls_rows *rows);
void ls_rows_free(struct ls_rows *rows);

/* row->folder, escaped, is copied. */
void ls_rows_add(struct ls_rows *rows, const struct ls_row *row);

/* A finding about a seal. */
void ls_rows_mark(struct ls_rows *rows, uint64_t seal, bool failed);

/* When all were added: into their order; then what became of a seal is known. */
void ls_rows_sort(struct ls_rows *rows);
bool ls_rows_failed(const struct ls_rows *rows, uint64_t seal);
bool ls_rows_unable(const struct ls_rows *rows, uint64_t seal);

#endif
