/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments: files of the spool folder in which small files lie one after
 * another.  A file, a name and a flush for each would cost more than its bytes.
 *
 *     s-NUMBER   record, record, ...: head (spool_head.h), then the file's bytes
 *
 * A segment is only ever appended to, by the process that made it; one that is
 * found is read.  What was written last may be torn, so a record counts as far
 * as its checksums hold, and nothing after one whose head does not.  A segment
 * is removed when no entry in it is wanted any more.
 */
#ifndef LABSEAL_DIODE_RECEIVE_SEGMENT_H
#define LABSEAL_DIODE_RECEIVE_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct ls_segment;  /* one of them */
struct ls_segments; /* all of a folder */

/* dirfd is borrowed; size_max: a segment that has so many bytes gets no more. */
int ls_segments_new(int dirfd, uint64_t size_max, struct ls_segments **ret_segments,
		    struct ls_error *err);
struct ls_segments *ls_segments_free(struct ls_segments *g); /* NULL ok, returns NULL */

/* Bytes of all segments: they are given back a segment at a time. */
uint64_t ls_segments_bytes(const struct ls_segments *g);

/*
 * Have room on the disk for n more bytes, at most LS_SEGMENT_RECORD_MAX.
 * -EAGAIN: there is none; otherwise 0 or a negative errno.
 */
#define LS_SEGMENT_RECORD_MAX (128u << 10)
int ls_segments_reserve(struct ls_segments *g, uint64_t n);
void ls_segments_unreserve(struct ls_segments *g, uint64_t n);

/*
 * Append a record of n bytes, for which at least n were reserved; the caller
 * gives the reservation back.  It may be in memory still: the next sync writes
 * it.  It counts as one entry.  0 or a negative errno: nothing was appended.
 */
int ls_segments_append(struct ls_segments *g, const void *record, size_t n,
		       struct ls_segment **ret_segment, uint64_t *ret_offset);

/* Hand all that is in memory to the system. */
int ls_segments_flush(struct ls_segments *g);

/* Make all that was appended durable, names and bytes.  0 or a negative errno. */
int ls_segments_sync(struct ls_segments *g);

/* The same, when the caller synced the whole file system after a flush. */
void ls_segments_synced(struct ls_segments *g);

/*
 * Take note of a segment that is there, of size bytes, with no entry yet; or
 * return NULL when out of memory.
 */
struct ls_segment *ls_segments_found(struct ls_segments *g, uint64_t number, uint64_t size);

/* One entry more in a segment that was found. */
void ls_segment_count(struct ls_segment *segment);

/* A descriptor for reading, or a negative errno.  All must have been flushed. */
int ls_segment_open(const struct ls_segments *g, const struct ls_segment *segment);

/* One entry fewer; with the last the segment goes.  0 or a negative errno. */
int ls_segment_forget(struct ls_segments *g, struct ls_segment *segment);

/* Remove a found segment if it has no entry; it is then freed. */
int ls_segment_remove_if_empty(struct ls_segments *g, struct ls_segment *segment);

#endif
