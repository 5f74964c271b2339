/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "diode/receive/spool_inside.h"
#include "lib/base/cleanup.h"
#include "lib/base/hash.h"

#define WRITEBACK_STEP (8u << 20)   /* start writing to the disk after so many bytes */
#define BUFFER_SIZE    (256u << 10) /* written at a time */
#define SEGMENT_MAX    (8u << 20)
#define SEGMENT_LEAST  (64u << 10)

_Static_assert(BUFFER_SIZE >= LS_SPOOL_HEAD_SIZE + LS_SPOOL_SMALL_MAX, "a small file fits");
_Static_assert(LS_SEGMENT_RECORD_MAX >= LS_SPOOL_HEAD_SIZE + LS_SPOOL_SMALL_MAX,
	       "so does a record");

void ls_spool_name(char type, uint64_t sequence, char name[static LS_SPOOL_NAME_SIZE])
{
	snprintf(name, LS_SPOOL_NAME_SIZE, "%c-%016llx", type, (unsigned long long)sequence);
}

static char type_of(const struct ls_spool_entry *entry)
{
	return entry->is_event ? 'e' : 'f';
}

uint64_t ls_spool_cost(uint64_t size)
{
	return LS_SPOOL_HEAD_SIZE + size;
}

static uint64_t used(const struct ls_spool *s)
{
	return s->used_bytes + ls_segments_bytes(s->segments);
}

int ls_spool_fail(struct ls_error *err, int errnum, const char *what)
{
	return ls_fail_errno(err, errnum, "diode.spool.write", "cannot %s in the spool folder",
			     what);
}

struct ls_spool_entry *ls_spool_new_entry(uint64_t sequence, bool is_event)
{
	struct ls_spool_entry *entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->sequence = sequence;
		entry->is_event = is_event;
	}
	return entry;
}

/* --- opening ------------------------------------------------------------------------ */

/*
 * What is found may be whole and yet in memory alone: a receiver that was killed
 * had written it and not synced.  It is counted from now on, so it is synced now.
 */
static int make_found_durable(const struct ls_spool *s, struct ls_error *err)
{
	if (s->entry_count == 0 || syncfs(s->dirfd) == 0)
		return 0;
	return ls_spool_fail(err, errno, "make what was found durable");
}

LS_DEFINE_CLEANUP(struct ls_spool *, ls_spool_free)

static int init(struct ls_spool *s, int dirfd, uint64_t max_bytes, struct ls_error *err)
{
	uint64_t segment = max_bytes / 8;
	segment = segment > SEGMENT_MAX ? SEGMENT_MAX : segment;
	s->dirfd = dirfd;
	s->max_bytes = max_bytes;
	s->next_sequence = 1;
	TAILQ_INIT(&s->pending);
	TAILQ_INIT(&s->entries);
	for (unsigned i = 0; i < LS_OPEN_FILES_MAX; i++)
		s->slots[i].fd = -1;
	if (getrandom(&s->seed, sizeof(s->seed), 0) != (ssize_t)sizeof(s->seed))
		return ls_fail_errno(err, errno, "diode.spool.memory", "cannot get random bytes");
	return ls_segments_new(dirfd, segment < SEGMENT_LEAST ? SEGMENT_LEAST : segment,
			       &s->segments, err);
}

int ls_spool_open(int dirfd, uint64_t max_bytes, struct ls_spool **ret_spool, size_t *ret_removed,
		  struct ls_error *err)
{
	_cleanup_(ls_spool_free) struct ls_spool *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "diode.spool.memory", "out of memory for the spool");
	size_t removed = 0;
	int rc = init(s, dirfd, max_bytes, err);
	rc = rc ? rc : ls_spool_load(s, &removed, err);
	*ret_removed = removed;
	rc = rc ? rc : make_found_durable(s, err);
	if (rc < 0)
		return rc;
	s->next = TAILQ_FIRST(&s->entries);
	*ret_spool = ls_steal_ptr(&s);
	return 0;
}

static void free_all(struct ls_spool_entries *list)
{
	struct ls_spool_entry *entry;
	while ((entry = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, entry, link);
		free(entry);
	}
}

struct ls_spool *ls_spool_free(struct ls_spool *s)
{
	if (!s)
		return NULL;
	for (unsigned i = 0; i < LS_OPEN_FILES_MAX; i++) {
		ls_spool_drop(s, i);
		free(s->slots[i].buffer);
	}
	ls_segments_free(s->segments);
	free_all(&s->pending);
	free_all(&s->entries);
	free(s);
	return NULL;
}

/* --- receiving ---------------------------------------------------------------- */

static bool is_small(const struct ls_spool_slot *t)
{
	return t->size <= LS_SPOOL_SMALL_MAX;
}

/* Space is reserved so that a file that was begun can be ended; not every file system can. */
static int reserve(int fd, uint64_t size)
{
	if (fallocate(fd, 0, 0, (off_t)ls_spool_cost(size)) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return errno == ENOSPC || errno == EDQUOT ? -EAGAIN : -errno;
}

int ls_spool_begin(struct ls_spool *s, unsigned slot, uint64_t size, struct ls_error *err)
{
	struct ls_spool_slot *t = &s->slots[slot];
	if (size > s->max_bytes || used(s) + ls_spool_cost(size) > s->max_bytes ||
	    s->entry_count + s->pending_count >= LS_SPOOL_ENTRIES_MAX)
		return -EAGAIN;
	uint8_t *buffer = t->buffer ? t->buffer : malloc(BUFFER_SIZE);
	if (!buffer)
		return ls_fail(err, -ENOMEM, "diode.spool.memory", "out of memory for a file");
	*t = (struct ls_spool_slot){
		.used = true, .fd = -1, .size = size, .end = LS_SPOOL_HEAD_SIZE, .buffer = buffer
	};
	s->used_bytes += ls_spool_cost(size);
	return 0;
}

/* The slot's own file, reserved on the disk in full. */
static int make_file(struct ls_spool *s, struct ls_spool_slot *t)
{
	char name[LS_SPOOL_NAME_SIZE];
	t->sequence = s->next_sequence++;
	ls_spool_name('t', t->sequence, name);
	t->fd = openat(s->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (t->fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? -EAGAIN : -errno;
	int rc = reserve(t->fd, t->size);
	if (rc < 0) {
		unlinkat(s->dirfd, name, 0);
		close(t->fd);
		t->fd = -1;
	}
	return rc;
}

/* Its first bytes, or its end: the disk has room for all of it, or -EAGAIN. */
static int touch_disk(struct ls_spool *s, struct ls_spool_slot *t)
{
	if (t->begun)
		return 0;
	int rc = is_small(t) ? ls_segments_reserve(s->segments, ls_spool_cost(t->size))
			     : make_file(s, t);
	t->begun = rc == 0;
	return rc;
}

static int write_at(int fd, const uint8_t *bytes, size_t n, uint64_t offset)
{
	for (size_t done = 0; done < n;) {
		ssize_t w = pwrite(fd, bytes + done, n - done, (off_t)(offset + done));
		if (w < 0 && errno != EINTR)
			return -errno;
		done += w > 0 ? (size_t)w : 0;
	}
	return 0;
}

/* Write what the buffer has, from this place in it. */
static int write_buffer(const struct ls_spool_slot *t, size_t from)
{
	size_t n = t->end % BUFFER_SIZE ? (size_t)(t->end % BUFFER_SIZE) : BUFFER_SIZE;
	return write_at(t->fd, t->buffer + from, n - from, t->end - n + from);
}

/*
 * The buffer is full.  The disk is kept busy while more comes in, so that the
 * sync has little left to do.
 */
static int write_full_buffer(const struct ls_spool_slot *t)
{
	int rc = write_buffer(t, t->end == BUFFER_SIZE ? LS_SPOOL_HEAD_SIZE : 0);
	if (rc == 0 && t->end % WRITEBACK_STEP == 0)
		sync_file_range(t->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return rc;
}

/* The last byte stays in the buffer, so that the end of the file always has one to write. */
static int gather(struct ls_spool_slot *t, const uint8_t *bytes, size_t n)
{
	int rc = 0;
	while (rc == 0 && n > 0) {
		size_t at = (size_t)(t->end % BUFFER_SIZE);
		if (at == 0)
			rc = write_full_buffer(t);
		size_t part = n < BUFFER_SIZE - at ? n : BUFFER_SIZE - at;
		memcpy(t->buffer + at, bytes, part);
		t->end += part;
		bytes += part;
		n -= part;
	}
	return rc;
}

int ls_spool_write(struct ls_spool *s, unsigned slot, const void *bytes, size_t n,
		   struct ls_error *err)
{
	struct ls_spool_slot *t = &s->slots[slot];
	int rc = touch_disk(s, t);
	if (rc == -EAGAIN)
		return rc;
	if (rc == 0)
		rc = gather(t, bytes, n);
	return rc < 0 ? ls_spool_fail(err, -rc, "write a file") : 0;
}

void ls_spool_drop(struct ls_spool *s, unsigned slot)
{
	struct ls_spool_slot *t = &s->slots[slot];
	if (!t->used)
		return;
	t->used = false;
	s->used_bytes -= ls_spool_cost(t->size);
	if (t->begun && is_small(t))
		ls_segments_unreserve(s->segments, ls_spool_cost(t->size));
	if (t->fd < 0)
		return;
	char name[LS_SPOOL_NAME_SIZE];
	ls_spool_name('t', t->sequence, name);
	unlinkat(s->dirfd, name, 0); /* else it is removed at the next start */
	close(t->fd);
	t->fd = -1;
}

static void add_pending(struct ls_spool *s, struct ls_spool_entry *entry)
{
	TAILQ_INSERT_TAIL(&s->pending, entry, link);
	ls_spool_index(s, entry);
	entry->pending = true;
	s->pending_count++;
	s->pending_alone += entry->segment == NULL;
	s->pending_bytes += entry->size;
}

/* Head and bytes are one record, side by side in the buffer. */
static int finish_small(struct ls_spool *s, struct ls_spool_slot *t, const struct ls_buffer *body,
			struct ls_spool_entry *entry)
{
	_cleanup_buffer_ struct ls_buffer head;
	ls_buffer_init(&head, LS_SPOOL_HEAD_SIZE);
	entry->sequence = s->next_sequence++;
	int rc = ls_spool_head_encode(&entry->sequence, body, &head);
	if (rc < 0)
		return rc;
	uint8_t *record = t->buffer + LS_SPOOL_HEAD_SIZE - head.size;
	memcpy(record, head.data, head.size);
	rc = ls_segments_append(s->segments, record, head.size + (size_t)t->size, &entry->segment,
				&entry->offset);
	if (rc == 0)
		ls_segments_unreserve(s->segments, ls_spool_cost(t->size));
	if (rc == 0)
		s->used_bytes -= ls_spool_cost(t->size); /* the segment's now */
	return rc;
}

/* The rest of the bytes and the head, in one write when all is in the buffer still. */
static int finish_large(struct ls_spool_slot *t, const struct ls_buffer *body,
			struct ls_spool_entry *entry)
{
	_cleanup_buffer_ struct ls_buffer head;
	ls_buffer_init(&head, LS_SPOOL_HEAD_SIZE);
	entry->sequence = t->sequence;
	int rc = ls_spool_head_encode(NULL, body, &head);
	if (rc < 0)
		return rc;
	if (t->end > BUFFER_SIZE) {
		rc = write_buffer(t, 0);
		rc = rc ? rc : write_at(t->fd, head.data, head.size, 0);
	} else {
		memset(t->buffer, 0, LS_SPOOL_HEAD_SIZE);
		memcpy(t->buffer, head.data, head.size);
		rc = write_buffer(t, 0);
	}
	if (rc == 0) {
		sync_file_range(t->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		close(t->fd);
		t->fd = -1;
	}
	return rc;
}

int ls_spool_finish(struct ls_spool *s, unsigned slot, const struct ls_delivery *delivery,
		    struct ls_error *err)
{
	struct ls_spool_slot *t = &s->slots[slot];
	int rc = touch_disk(s, t); /* of an empty file */
	_cleanup_free_ struct ls_spool_entry *entry = ls_spool_new_entry(0, false);
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_SPOOL_HEAD_SIZE - LS_SPOOL_HEAD_FRAME);
	rc = rc ? rc : entry ? ls_encode_delivery(delivery, &body) : -ENOMEM;
	if (rc == 0)
		rc = is_small(t) ? finish_small(s, t, &body, entry) : finish_large(t, &body, entry);
	if (rc < 0)
		return ls_spool_fail(err, rc == -EAGAIN ? ENOSPC : -rc, "finish a file");
	t->used = false;
	entry->key = delivery->key;
	entry->size = delivery->size;
	add_pending(s, ls_steal_ptr(&entry));
	return 0;
}

static int write_event(struct ls_spool *s, uint64_t sequence, const struct ls_event *event)
{
	_cleanup_buffer_ struct ls_buffer body, head;
	ls_buffer_init(&body, LS_SPOOL_HEAD_MAX - LS_SPOOL_HEAD_FRAME);
	ls_buffer_init(&head, LS_SPOOL_HEAD_MAX);
	char name[LS_SPOOL_NAME_SIZE];
	ls_spool_name('t', sequence, name);
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
					0600);
	if (fd < 0)
		return -errno;
	int rc = ls_encode_event(event, &body);
	rc = rc ? rc : ls_spool_head_encode(NULL, &body, &head);
	rc = rc ? rc : write_at(fd, head.data, head.size, 0);
	if (rc < 0)
		unlinkat(s->dirfd, name, 0);
	return rc;
}

int ls_spool_add_event(struct ls_spool *s, const struct ls_event *event, struct ls_error *err)
{
	if (used(s) > s->max_bytes + LS_SPOOL_EVENT_BYTES ||
	    s->entry_count + s->pending_count >= 2 * LS_SPOOL_ENTRIES_MAX)
		return -EAGAIN;
	_cleanup_free_ struct ls_spool_entry *entry = ls_spool_new_entry(s->next_sequence, true);
	int rc = entry ? write_event(s, s->next_sequence++, event) : -ENOMEM;
	if (rc == -ENOSPC || rc == -EDQUOT)
		return -EAGAIN;
	if (rc < 0)
		return ls_spool_fail(err, -rc, "write an event");
	entry->key = (struct ls_delivery_key){ .sha256 = event->key };
	s->used_bytes += ls_spool_cost(0);
	add_pending(s, ls_steal_ptr(&entry));
	return 0;
}

size_t ls_spool_pending(const struct ls_spool *s, uint64_t *ret_bytes)
{
	*ret_bytes = s->pending_bytes;
	return s->pending_count;
}

/* --- durable ------------------------------------------------------------------------ */

static int sync_one(struct ls_spool *s, const struct ls_spool_entry *entry)
{
	char name[LS_SPOOL_NAME_SIZE];
	ls_spool_name('t', entry->sequence, name);
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 || fdatasync(fd) < 0 ? -errno : 0;
}

static int give_name(struct ls_spool *s, const struct ls_spool_entry *entry)
{
	char from[LS_SPOOL_NAME_SIZE], to[LS_SPOOL_NAME_SIZE];
	ls_spool_name('t', entry->sequence, from);
	ls_spool_name(type_of(entry), entry->sequence, to);
	return renameat(s->dirfd, from, s->dirfd, to) < 0 ? -errno : 0;
}

/* One file of its own: fdatasync, rename, fsync of the folder. */
static int make_one_durable(struct ls_spool *s, const struct ls_spool_entry *entry)
{
	int rc = sync_one(s, entry);
	rc = rc ? rc : give_name(s, entry);
	return rc ? rc : fsync(s->dirfd) < 0 ? -errno : 0;
}

/*
 * Several: their names first and then one syncfs, which is far cheaper than a
 * flush for each; a file whose name came to the disk before its bytes is found
 * out when the spool is opened.
 */
static int make_all_durable(struct ls_spool *s)
{
	struct ls_spool_entry *entry;
	int rc = ls_segments_flush(s->segments);
	TAILQ_FOREACH(entry, &s->pending, link)
	rc = rc || entry->segment ? rc : give_name(s, entry);
	if (rc == 0 && syncfs(s->dirfd) < 0)
		rc = -errno;
	if (rc == 0)
		ls_segments_synced(s->segments);
	return rc;
}

/* Small files alone: one flush for all of them. */
static int make_durable(struct ls_spool *s)
{
	if (s->pending_alone == 0)
		return ls_segments_sync(s->segments);
	if (s->pending_count == 1)
		return make_one_durable(s, TAILQ_FIRST(&s->pending));
	return make_all_durable(s);
}

int ls_spool_sync(struct ls_spool *s, void (*counted)(void *, const struct ls_spool_entry *),
		  void *context, struct ls_error *err)
{
	if (s->pending_count == 0)
		return 0;
	int rc = make_durable(s);
	if (rc < 0)
		return ls_spool_fail(err, -rc, "make files durable");
	struct ls_spool_entry *entry;
	while ((entry = TAILQ_FIRST(&s->pending))) {
		TAILQ_REMOVE(&s->pending, entry, link);
		TAILQ_INSERT_TAIL(&s->entries, entry, link);
		entry->pending = false;
		s->entry_count++;
		if (!s->next)
			s->next = entry;
		if (counted)
			counted(context, entry);
	}
	s->pending_count = 0;
	s->pending_alone = 0;
	s->pending_bytes = 0;
	return 0;
}

/* --- handing on ------------------------------------------------------------------ */

struct ls_spool_entry *ls_spool_next(struct ls_spool *s)
{
	while (s->next && s->next->state != LS_SPOOL_WAITING)
		s->next = TAILQ_NEXT(s->next, link);
	return s->next;
}

struct ls_spool_entry *ls_spool_after(struct ls_spool *s, struct ls_spool_entry *entry)
{
	return entry ? TAILQ_NEXT(entry, link) : TAILQ_FIRST(&s->entries);
}

static int open_entry(struct ls_spool *s, const struct ls_spool_entry *entry)
{
	char name[LS_SPOOL_NAME_SIZE];
	if (entry->segment)
		return ls_segment_open(s->segments, entry->segment);
	ls_spool_name(type_of(entry), entry->sequence, name);
	int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* The body, and the descriptor at the file's first byte. */
static int read_head(int fd, const struct ls_spool_entry *entry, struct ls_buffer *body)
{
	size_t most = entry->is_event ? LS_SPOOL_HEAD_MAX : LS_SPOOL_HEAD_SIZE;
	_cleanup_free_ uint8_t *bytes = malloc(most);
	if (!bytes)
		return -ENOMEM;
	struct ls_spool_head head = { 0 };
	ssize_t n = pread(fd, bytes, most, (off_t)entry->offset);
	int rc = n < 0 ? -errno : ls_spool_head_decode(bytes, (size_t)n, &head);
	if (rc < 0)
		return rc;
	uint64_t start = entry->segment ? entry->offset + head.size : LS_SPOOL_HEAD_SIZE;
	ls_buffer_clear(body);
	rc = ls_buffer_add(body, head.body, head.body_size);
	return rc ? rc : lseek(fd, (off_t)start, SEEK_SET) < 0 ? -errno : 0;
}

int ls_spool_read(struct ls_spool *s, const struct ls_spool_entry *entry, struct ls_buffer *body,
		  int *ret_fd, struct ls_error *err)
{
	_cleanup_close_ int fd = open_entry(s, entry);
	int rc = fd < 0 ? fd : read_head(fd, entry, body);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "diode.spool.read",
				     "cannot read entry %016llx in the spool folder",
				     (unsigned long long)entry->sequence);
	*ret_fd = entry->is_event ? -1 : ls_steal_fd(&fd);
	return 0;
}

static int remove_bytes(struct ls_spool *s, const struct ls_spool_entry *entry)
{
	char name[LS_SPOOL_NAME_SIZE];
	if (entry->segment)
		return ls_segment_forget(s->segments, entry->segment);
	ls_spool_name(type_of(entry), entry->sequence, name);
	if (unlinkat(s->dirfd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	s->used_bytes -= ls_spool_cost(entry->size);
	return 0;
}

int ls_spool_remove(struct ls_spool *s, struct ls_spool_entry *entry, struct ls_error *err)
{
	int rc = remove_bytes(s, entry);
	if (rc < 0)
		return ls_spool_fail(err, -rc, "remove a file");
	if (s->next == entry)
		s->next = TAILQ_NEXT(entry, link);
	TAILQ_REMOVE(&s->entries, entry, link);
	LIST_REMOVE(entry, bucket);
	s->entry_count--;
	free(entry);
	return 0;
}

size_t ls_spool_count(const struct ls_spool *s)
{
	return s->entry_count;
}
