/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

#define NAME_SIZE 20 /* "s-", 16 digits, NUL */
#define BUFFER_SIZE \
	(256u << 10)	       /* written at a time, where the file's offset is a multiple of it */
#define STEP	  (256u << 10) /* bytes reserved on the disk at a time */
#define WRITEBACK (1u << 20)   /* start writing to the disk after so many bytes */

struct ls_segment {
	TAILQ_ENTRY(ls_segment) link;
	uint64_t number;
	uint64_t size; /* bytes, those in memory included */
	size_t entries;
	int fd;	    /* -1 unless it is written or not durable yet */
	bool dirty; /* holds what is not durable yet */
};

TAILQ_HEAD(segment_list, ls_segment);

struct ls_segments {
	int dirfd; /* borrowed */
	uint64_t size_max;
	uint64_t next_number;
	uint64_t bytes;		    /* of all segments */
	uint64_t reserved;	    /* bytes that will be appended yet */
	uint64_t allocated;	    /* bytes that the disk has for the one that is written */
	bool unreservable;	    /* the file system cannot reserve */
	bool new_names;		    /* in the folder, not durable yet */
	struct ls_segment *written; /* or NULL */
	size_t buffered;	    /* its last bytes, in memory */
	struct segment_list all;
	uint8_t buffer[BUFFER_SIZE];
};

static void name_of(const struct ls_segment *segment, char name[static NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "s-%016llx", (unsigned long long)segment->number);
}

int ls_segments_new(int dirfd, uint64_t size_max, struct ls_segments **ret_segments,
		    struct ls_error *err)
{
	struct ls_segments *g = calloc(1, sizeof(*g));
	if (!g)
		return ls_fail(err, -ENOMEM, "diode.spool.memory", "out of memory for the spool");
	g->dirfd = dirfd;
	g->size_max = size_max;
	g->next_number = 1;
	TAILQ_INIT(&g->all);
	*ret_segments = g;
	return 0;
}

static void free_segment(struct ls_segments *g, struct ls_segment *segment)
{
	TAILQ_REMOVE(&g->all, segment, link);
	g->bytes -= segment->size;
	if (segment->fd >= 0)
		close(segment->fd);
	free(segment);
}

struct ls_segments *ls_segments_free(struct ls_segments *g)
{
	if (!g)
		return NULL;
	while (!TAILQ_EMPTY(&g->all))
		free_segment(g, TAILQ_FIRST(&g->all));
	free(g);
	return NULL;
}

uint64_t ls_segments_bytes(const struct ls_segments *g)
{
	return g->bytes;
}

struct ls_segment *ls_segments_found(struct ls_segments *g, uint64_t number, uint64_t size)
{
	struct ls_segment *segment = calloc(1, sizeof(*segment));
	if (!segment)
		return NULL;
	segment->number = number;
	segment->size = size;
	segment->fd = -1;
	g->bytes += size;
	if (number >= g->next_number)
		g->next_number = number + 1;
	TAILQ_INSERT_TAIL(&g->all, segment, link);
	return segment;
}

void ls_segment_count(struct ls_segment *segment)
{
	segment->entries++;
}

int ls_segment_open(const struct ls_segments *g, const struct ls_segment *segment)
{
	char name[NAME_SIZE];
	name_of(segment, name);
	int fd = openat(g->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* --- writing ----------------------------------------------------------------------- */

/* Write the first n bytes of what is in memory. */
static int write_buffered(struct ls_segments *g, size_t n)
{
	struct ls_segment *segment = g->written;
	for (size_t done = 0; done < n;) {
		ssize_t w = pwrite(segment->fd, g->buffer + done, n - done,
				   (off_t)(segment->size - g->buffered + done));
		if (w < 0 && errno != EINTR)
			return -errno;
		done += w > 0 ? (size_t)w : 0;
	}
	g->buffered -= n;
	memmove(g->buffer, g->buffer + n, g->buffered);
	return 0;
}

int ls_segments_flush(struct ls_segments *g)
{
	return g->written ? write_buffered(g, g->buffered) : 0;
}

/* A full buffer goes out, and on to the disk while more comes in. */
static int put(struct ls_segments *g, const uint8_t *bytes, size_t n)
{
	struct ls_segment *segment = g->written;
	while (n > 0) {
		size_t room = BUFFER_SIZE - (size_t)(segment->size % BUFFER_SIZE);
		size_t part = n < room ? n : room;
		memcpy(g->buffer + g->buffered, bytes, part);
		g->buffered += part;
		segment->size += part;
		g->bytes += part;
		bytes += part;
		n -= part;
		if (part < room)
			continue;
		int rc = write_buffered(g, g->buffered);
		if (rc < 0)
			return rc;
		if (segment->size % WRITEBACK == 0)
			sync_file_range(segment->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	}
	return g->unreservable ? write_buffered(g, g->buffered) : 0;
}

/*
 * Back to the size before a record that could not be written.  What of it came
 * to the disk must go: bytes that a guest chose may look like a record.
 */
static int take_back(struct ls_segments *g, uint64_t size)
{
	struct ls_segment *segment = g->written;
	uint64_t excess = segment->size - size;
	g->buffered -= excess < g->buffered ? (size_t)excess : g->buffered;
	g->bytes -= excess;
	segment->size = size;
	return ftruncate(segment->fd, (off_t)(size - g->buffered)) < 0 ? -errno : 0;
}

int ls_segments_append(struct ls_segments *g, const void *record, size_t n,
		       struct ls_segment **ret_segment, uint64_t *ret_offset)
{
	struct ls_segment *segment = g->written;
	uint64_t offset = segment->size;
	segment->dirty = true;
	int rc = put(g, record, n);
	if (rc < 0) {
		int back = take_back(g, offset);
		return back ? back : rc;
	}
	segment->entries++;
	*ret_segment = segment;
	*ret_offset = offset;
	return 0;
}

/* --- room on the disk ---------------------------------------------------------------- */

static int allocate_range(struct ls_segments *g, int fd, uint64_t from, uint64_t to)
{
	if (g->unreservable || to <= from ||
	    fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(to - from)) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS) {
		g->unreservable = true;
		return 0;
	}
	return errno == ENOSPC || errno == EDQUOT ? -EAGAIN : -errno;
}

/* From what is allocated to at least `least`: a step more when the disk has it. */
static int allocate(struct ls_segments *g, int fd, uint64_t from, uint64_t least,
		    uint64_t *ret_allocated)
{
	uint64_t step = g->size_max < STEP ? g->size_max : STEP;
	uint64_t wanted = (least + step - 1) / step * step;
	int rc = allocate_range(g, fd, from, wanted);
	if (rc == -EAGAIN)
		rc = allocate_range(g, fd, from, wanted = least);
	if (rc == 0)
		*ret_allocated = wanted;
	return rc;
}

/* --- going ------------------------------------------------------------------------- */

/*
 * Nothing in the segment that is written is wanted any more, but files that are
 * under way have their room in it: all else is given back.
 */
static int start_anew(struct ls_segments *g)
{
	struct ls_segment *segment = g->written;
	if (segment->size == 0)
		return 0;
	if (ftruncate(segment->fd, 0) < 0)
		return -errno;
	g->bytes -= segment->size;
	segment->size = 0;
	g->buffered = 0;
	g->allocated = 0;
	int rc = allocate(g, segment->fd, 0, g->reserved, &g->allocated);
	return rc == -EAGAIN ? 0 : rc; /* somebody was faster: they may fail now, and come again */
}

int ls_segment_remove_if_empty(struct ls_segments *g, struct ls_segment *segment)
{
	char name[NAME_SIZE];
	if (segment->entries > 0)
		return 0;
	if (segment == g->written && g->reserved > 0)
		return start_anew(g);
	name_of(segment, name);
	if (unlinkat(g->dirfd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	if (segment == g->written) {
		g->written = NULL;
		g->buffered = 0;
	}
	free_segment(g, segment);
	return 0;
}

int ls_segment_forget(struct ls_segments *g, struct ls_segment *segment)
{
	segment->entries--;
	return ls_segment_remove_if_empty(g, segment);
}

void ls_segments_unreserve(struct ls_segments *g, uint64_t n)
{
	g->reserved -= n;
	if (g->written)
		ls_segment_remove_if_empty(g, g->written); /* else it goes later */
}

/* --- the next one ------------------------------------------------------------------- */

/* The next segment, with room for all that is reserved and n bytes more. */
static int make_next(struct ls_segments *g, uint64_t n, struct ls_segment **ret_segment)
{
	char name[NAME_SIZE];
	struct ls_segment *next = ls_segments_found(g, g->next_number, 0);
	if (!next)
		return -ENOMEM;
	name_of(next, name);
	next->fd = openat(g->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = next->fd >= 0 ? 0 : errno == ENOSPC || errno == EDQUOT ? -EAGAIN : -errno;
	uint64_t allocated = 0;
	if (rc == 0)
		rc = allocate(g, next->fd, 0, g->reserved + n, &allocated);
	if (rc < 0) {
		if (next->fd >= 0)
			unlinkat(g->dirfd, name, 0);
		free_segment(g, next);
		return rc;
	}
	g->allocated = allocated;
	g->new_names = true;
	*ret_segment = next;
	return 0;
}

/* What was reserved beyond a segment's end is given back to the disk. */
static int retire(struct ls_segments *g)
{
	struct ls_segment *segment = g->written;
	int rc = ls_segments_flush(g);
	if (rc == 0 && ftruncate(segment->fd, (off_t)segment->size) < 0)
		rc = -errno;
	if (rc == 0 && !segment->dirty) {
		close(segment->fd);
		segment->fd = -1;
	}
	return rc;
}

/* -EAGAIN: no room for another; the one that is written may grow instead. */
static int start_next(struct ls_segments *g, uint64_t n)
{
	uint64_t allocated = g->allocated;
	struct ls_segment *next = NULL, *last = g->written;
	int rc = make_next(g, n, &next);
	if (rc < 0) {
		g->allocated = allocated;
		return rc;
	}
	rc = last ? retire(g) : 0;
	g->written = next;
	if (rc == 0 && last)
		rc = ls_segment_remove_if_empty(g, last);
	return rc;
}

int ls_segments_reserve(struct ls_segments *g, uint64_t n)
{
	int rc = -EAGAIN;
	if (!g->written || g->written->size >= g->size_max)
		rc = start_next(g, n);
	if (rc == -EAGAIN && g->written) {
		uint64_t least = g->written->size + g->reserved + n;
		rc = least <= g->allocated
			     ? 0
			     : allocate(g, g->written->fd, g->allocated, least, &g->allocated);
	}
	if (rc == 0)
		g->reserved += n;
	return rc;
}

/* --- durable ---------------------------------------------------------------------------- */

static void mark_durable(struct ls_segments *g, struct ls_segment *segment)
{
	segment->dirty = false;
	if (segment == g->written || segment->fd < 0)
		return;
	close(segment->fd);
	segment->fd = -1;
}

/* Only the last few may be dirty. */
int ls_segments_sync(struct ls_segments *g)
{
	int rc = ls_segments_flush(g);
	struct ls_segment *segment;
	TAILQ_FOREACH_REVERSE(segment, &g->all, segment_list, link)
	{
		if (rc < 0 || (!segment->dirty && segment != g->written))
			break;
		if (segment->dirty && fdatasync(segment->fd) < 0)
			rc = -errno;
		else
			mark_durable(g, segment);
	}
	if (rc == 0 && g->new_names && fsync(g->dirfd) < 0)
		rc = -errno;
	if (rc == 0)
		g->new_names = false;
	return rc;
}

void ls_segments_synced(struct ls_segments *g)
{
	struct ls_segment *segment;
	TAILQ_FOREACH(segment, &g->all, link)
	mark_durable(g, segment);
	g->new_names = false;
}
