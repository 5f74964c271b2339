/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diode/wire/crc32c.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/hash.h"
#include "lib/base/reader.h"

#define MAGIC	       "LSSPOOL1"
#define NAME_SIZE      20	  /* "f-", 16 digits, NUL */
#define WRITEBACK_STEP (8u << 20) /* start writing to the disk after so many bytes */
#define HEAD_MAX       (LS_DETAIL_MAX + 1024)

TAILQ_HEAD(entries, ls_spool_entry);

struct slot {
	bool used;
	int fd; /* -1 until there are bytes */
	uint64_t sequence;
	uint64_t size; /* announced */
	uint64_t written;
};

struct ls_spool {
	int dirfd; /* borrowed */
	uint64_t max_bytes, used_bytes;
	uint64_t next_sequence;
	struct slot slots[LS_OPEN_FILES_MAX];
	struct entries pending, entries;
	struct ls_spool_entry *next; /* first that waits, or NULL */
	size_t pending_count, entry_count;
	uint64_t pending_bytes;
};

static void name_of(char type, uint64_t sequence, char name[static NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%c-%016llx", type, (unsigned long long)sequence);
}

static char type_of(const struct ls_spool_entry *entry)
{
	return entry->is_event ? 'e' : 'f';
}

/* What an entry takes of the limit. */
static uint64_t cost(uint64_t size)
{
	return LS_SPOOL_HEAD_SIZE + size;
}

static int fail(struct ls_error *err, int errnum, const char *what)
{
	return ls_fail_errno(err, errnum, "diode.spool.write", "cannot %s in the spool folder",
			     what);
}

/* --- heads ------------------------------------------------------------------ */

static int encode_head(const struct ls_buffer *body, struct ls_buffer *head)
{
	ls_buffer_add_str(head, MAGIC);
	ls_buffer_add_be32(head, (uint32_t)body->size);
	ls_buffer_add(head, body->data, body->size);
	if (ls_buffer_error(head) == 0)
		ls_buffer_add_be32(head, ls_crc32c(0, head->data, head->size));
	return ls_buffer_error(head);
}

/* Find the body in a head; bytes after it are the file's or padding. */
static int decode_head(const uint8_t *bytes, size_t n, const uint8_t **ret_body, size_t *ret_size)
{
	struct ls_reader r;
	uint32_t size, crc;
	ls_reader_init(&r, bytes, n);
	if (ls_read_literal(&r, MAGIC) < 0 || ls_read_be32(&r, &size) < 0 ||
	    ls_read_bytes(&r, size, ret_body) < 0)
		return -EBADMSG;
	size_t covered = r.pos;
	if (ls_read_be32(&r, &crc) < 0 || crc != ls_crc32c(0, bytes, covered))
		return -EBADMSG;
	*ret_size = size;
	return 0;
}

static int read_head(int fd, bool is_event, struct ls_buffer *body)
{
	size_t most = is_event ? HEAD_MAX : LS_SPOOL_HEAD_SIZE;
	_cleanup_free_ uint8_t *bytes = malloc(most);
	if (!bytes)
		return -ENOMEM;
	ssize_t n = pread(fd, bytes, most, 0);
	const uint8_t *found = NULL;
	size_t size = 0;
	int rc = n < 0 ? -errno : decode_head(bytes, (size_t)n, &found, &size);
	ls_buffer_clear(body);
	return rc < 0 ? rc : ls_buffer_add(body, found, size);
}

/* --- taking up what is there ------------------------------------------------- */

static int parse_name(const char *name, char *ret_type, uint64_t *ret_sequence)
{
	if (strlen(name) != NAME_SIZE - 2 || !strchr("tfe", name[0]) || name[1] != '-')
		return -EINVAL;
	uint64_t value = 0;
	for (const char *p = name + 2; *p; p++) {
		const char *digit = strchr("0123456789abcdef", *p);
		if (!digit)
			return -EINVAL;
		value = value << 4 | (uint64_t)(digit - "0123456789abcdef");
	}
	*ret_type = name[0];
	*ret_sequence = value;
	return 0;
}

static int check_file(int fd, const struct ls_buffer *body, struct ls_spool_entry *entry)
{
	struct ls_message message = { .type = LS_MSG_DELIVERY_BEGIN,
				      .body = body->data,
				      .size = body->size };
	struct ls_delivery delivery;
	struct ls_digest seen;
	uint64_t size = 0;
	if (ls_decode_delivery(&message, &delivery, NULL) < 0 ||
	    lseek(fd, LS_SPOOL_HEAD_SIZE, SEEK_SET) < 0 ||
	    ls_sha256_fd(fd, &seen, &size, NULL) < 0 || size != delivery.size ||
	    !ls_digest_equal(&seen, &delivery.key.sha256))
		return -EBADMSG;
	entry->key = delivery.key;
	entry->size = size;
	return 0;
}

static int check_event(const struct ls_buffer *body, struct ls_spool_entry *entry)
{
	struct ls_message message = { .type = LS_MSG_EVENT,
				      .body = body->data,
				      .size = body->size };
	struct ls_event event;
	if (ls_decode_event(&message, &event, NULL) < 0)
		return -EBADMSG;
	entry->key = (struct ls_delivery_key){ .sha256 = event.key };
	return 0;
}

/* Keep the list in the order of the sequence; what is found last usually goes last. */
static void insert(struct ls_spool *s, struct ls_spool_entry *entry)
{
	struct ls_spool_entry *before = TAILQ_LAST(&s->entries, entries);
	while (before && before->sequence > entry->sequence)
		before = TAILQ_PREV(before, entries, link);
	if (before)
		TAILQ_INSERT_AFTER(&s->entries, before, entry, link);
	else
		TAILQ_INSERT_HEAD(&s->entries, entry, link);
	s->entry_count++;
	s->used_bytes += cost(entry->size);
}

static struct ls_spool_entry *new_entry(uint64_t sequence, bool is_event)
{
	struct ls_spool_entry *entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->sequence = sequence;
		entry->is_event = is_event;
	}
	return entry;
}

/* 0: taken up.  -EBADMSG: not whole, so it was never counted. */
static int take_up(struct ls_spool *s, const char *name, uint64_t sequence, bool is_event)
{
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ struct ls_spool_entry *entry = new_entry(sequence, is_event);
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, HEAD_MAX);
	if (!entry)
		return -ENOMEM;
	int rc = fd < 0 ? -errno : read_head(fd, is_event, &body);
	if (rc == 0)
		rc = is_event ? check_event(&body, entry) : check_file(fd, &body, entry);
	if (rc == 0)
		insert(s, ls_steal_ptr(&entry));
	return rc;
}

static int load_one(struct ls_spool *s, const char *name, size_t *removed, struct ls_error *err)
{
	char type;
	uint64_t sequence;
	if (parse_name(name, &type, &sequence) < 0)
		return 0;
	if (sequence >= s->next_sequence)
		s->next_sequence = sequence + 1;
	int rc = type == 't' ? -EBADMSG : take_up(s, name, sequence, type == 'e');
	if (rc == 0)
		return 0;
	if (rc != -EBADMSG)
		return ls_fail_errno(err, -rc, "diode.spool.read",
				     "cannot read '%s' in the spool folder", name);
	if (unlinkat(s->dirfd, name, 0) < 0)
		return fail(err, errno, "remove a file");
	*removed += type != 't';
	return 0;
}

/*
 * Names are collected first: removing while reading a folder may skip some.
 * -E2BIG cannot come about by our own writing.
 */
static int load(struct ls_spool *s, size_t *removed, struct ls_error *err)
{
	struct dirent **names;
	int n = scandirat(s->dirfd, ".", &names, NULL, alphasort);
	if (n < 0)
		return ls_fail_errno(err, errno, "diode.spool.read",
				     "cannot list the spool folder");
	int rc = 0;
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = load_one(s, names[i]->d_name, removed, err);
		free(names[i]);
	}
	free(names);
	return rc;
}

/*
 * What is found may be whole and yet in memory alone: a receiver that was killed
 * had written it and not synced.  It is counted from now on, so it is synced now.
 */
static int make_found_durable(const struct ls_spool *s, struct ls_error *err)
{
	if (s->entry_count == 0 || syncfs(s->dirfd) == 0)
		return 0;
	return fail(err, errno, "make what was found durable");
}

LS_DEFINE_CLEANUP(struct ls_spool *, ls_spool_free)

int ls_spool_open(int dirfd, uint64_t max_bytes, struct ls_spool **ret_spool, size_t *ret_removed,
		  struct ls_error *err)
{
	_cleanup_(ls_spool_free) struct ls_spool *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "diode.spool.memory", "out of memory for the spool");
	s->dirfd = dirfd;
	s->max_bytes = max_bytes;
	s->next_sequence = 1;
	TAILQ_INIT(&s->pending);
	TAILQ_INIT(&s->entries);
	for (unsigned i = 0; i < LS_OPEN_FILES_MAX; i++)
		s->slots[i].fd = -1;
	size_t removed = 0;
	int rc = load(s, &removed, err);
	rc = rc ? rc : make_found_durable(s, err);
	if (rc < 0)
		return rc;
	s->next = TAILQ_FIRST(&s->entries);
	*ret_removed = removed;
	*ret_spool = ls_steal_ptr(&s);
	return 0;
}

static void free_all(struct entries *list)
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
	for (unsigned i = 0; i < LS_OPEN_FILES_MAX; i++)
		ls_spool_drop(s, i);
	free_all(&s->pending);
	free_all(&s->entries);
	free(s);
	return NULL;
}

/* --- receiving ---------------------------------------------------------------- */

/* Space is reserved so that a file that was begun can be ended; not every file system can. */
static int reserve(int fd, uint64_t size)
{
	if (fallocate(fd, 0, 0, (off_t)cost(size)) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return errno == ENOSPC || errno == EDQUOT ? -EAGAIN : -errno;
}

int ls_spool_begin(struct ls_spool *s, unsigned slot, uint64_t size, struct ls_error *err)
{
	(void)err;
	if (size > s->max_bytes || s->used_bytes + cost(size) > s->max_bytes ||
	    s->entry_count + s->pending_count >= LS_SPOOL_ENTRIES_MAX)
		return -EAGAIN;
	s->slots[slot] = (struct slot){ .used = true, .fd = -1, .size = size };
	s->used_bytes += cost(size);
	return 0;
}

/* The slot's file, reserved on the disk in full. */
static int make_file(struct ls_spool *s, struct slot *t)
{
	char name[NAME_SIZE];
	t->sequence = s->next_sequence++;
	name_of('t', t->sequence, name);
	t->fd = openat(s->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (t->fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? -EAGAIN : -errno;
	int rc = reserve(t->fd, t->size);
	if (rc == 0 && lseek(t->fd, LS_SPOOL_HEAD_SIZE, SEEK_SET) < 0)
		rc = -errno;
	if (rc < 0) {
		unlinkat(s->dirfd, name, 0);
		close(t->fd);
		t->fd = -1;
	}
	return rc;
}

int ls_spool_write(struct ls_spool *s, unsigned slot, const void *bytes, size_t n,
		   struct ls_error *err)
{
	struct slot *t = &s->slots[slot];
	int rc = t->fd < 0 ? make_file(s, t) : 0;
	if (rc == -EAGAIN)
		return rc;
	if (rc == 0)
		rc = ls_write_all(t->fd, bytes, n);
	if (rc < 0)
		return fail(err, -rc, "write a file");
	/* keep the disk busy while more comes in, so that the fsync has little left to do */
	uint64_t before = t->written / WRITEBACK_STEP;
	t->written += n;
	if (t->written / WRITEBACK_STEP != before)
		sync_file_range(t->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return 0;
}

void ls_spool_drop(struct ls_spool *s, unsigned slot)
{
	struct slot *t = &s->slots[slot];
	if (!t->used)
		return;
	t->used = false;
	s->used_bytes -= cost(t->size);
	if (t->fd < 0)
		return;
	char name[NAME_SIZE];
	name_of('t', t->sequence, name);
	unlinkat(s->dirfd, name, 0); /* else it is removed at the next start */
	close(t->fd);
	t->fd = -1;
}

static int write_head(int fd, const struct ls_buffer *body)
{
	_cleanup_buffer_ struct ls_buffer head;
	ls_buffer_init(&head, HEAD_MAX);
	int rc = encode_head(body, &head);
	if (rc < 0)
		return rc;
	ssize_t n = pwrite(fd, head.data, head.size, 0);
	return n == (ssize_t)head.size ? 0 : n < 0 ? -errno : -EIO;
}

static void add_pending(struct ls_spool *s, struct ls_spool_entry *entry)
{
	TAILQ_INSERT_TAIL(&s->pending, entry, link);
	s->pending_count++;
	s->pending_bytes += entry->size;
}

int ls_spool_finish(struct ls_spool *s, unsigned slot, const struct ls_delivery *delivery,
		    struct ls_error *err)
{
	struct slot *t = &s->slots[slot];
	int made = t->fd < 0 ? make_file(s, t) : 0; /* an empty file */
	_cleanup_free_ struct ls_spool_entry *entry = new_entry(t->sequence, false);
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_SPOOL_HEAD_SIZE - 16);
	int rc = made ? made : entry ? ls_encode_delivery(delivery, &body) : -ENOMEM;
	if (rc == 0)
		rc = write_head(t->fd, &body);
	if (rc < 0)
		return fail(err, rc == -EAGAIN ? ENOSPC : -rc, "finish a file");
	close(t->fd);
	t->fd = -1;
	t->used = false;
	entry->key = delivery->key;
	entry->size = delivery->size;
	add_pending(s, ls_steal_ptr(&entry));
	return 0;
}

static int write_event(struct ls_spool *s, uint64_t sequence, const struct ls_event *event)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, HEAD_MAX - 16);
	char name[NAME_SIZE];
	name_of('t', sequence, name);
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
					0600);
	if (fd < 0)
		return -errno;
	int rc = ls_encode_event(event, &body);
	if (rc == 0)
		rc = write_head(fd, &body);
	if (rc < 0)
		unlinkat(s->dirfd, name, 0);
	return rc;
}

int ls_spool_add_event(struct ls_spool *s, const struct ls_event *event, struct ls_error *err)
{
	if (s->used_bytes > s->max_bytes + LS_SPOOL_EVENT_BYTES ||
	    s->entry_count + s->pending_count >= 2 * LS_SPOOL_ENTRIES_MAX)
		return -EAGAIN;
	_cleanup_free_ struct ls_spool_entry *entry = new_entry(s->next_sequence, true);
	int rc = entry ? write_event(s, s->next_sequence++, event) : -ENOMEM;
	if (rc == -ENOSPC || rc == -EDQUOT)
		return -EAGAIN;
	if (rc < 0)
		return fail(err, -rc, "write an event");
	entry->key = (struct ls_delivery_key){ .sha256 = event->key };
	s->used_bytes += cost(0);
	add_pending(s, ls_steal_ptr(&entry));
	return 0;
}

size_t ls_spool_pending(const struct ls_spool *s, uint64_t *ret_bytes)
{
	*ret_bytes = s->pending_bytes;
	return s->pending_count;
}

static bool has_key(const struct ls_spool_entry *entry, bool is_event,
		    const struct ls_delivery_key *key)
{
	return entry->is_event == is_event && ls_digest_equal(&entry->key.sha256, &key->sha256) &&
	       (is_event || (entry->key.number == key->number &&
			     memcmp(entry->key.session, key->session, LS_SESSION_SIZE) == 0));
}

unsigned ls_spool_pending_contents(const struct ls_spool *s, const struct ls_delivery_key *key)
{
	unsigned count = 0;
	const struct ls_spool_entry *entry;
	TAILQ_FOREACH(entry, &s->pending, link)
	count += !entry->is_event && entry->key.number == key->number &&
		 memcmp(entry->key.session, key->session, LS_SESSION_SIZE) == 0;
	return count;
}

/* A sync comes after a few hundred at the latest, so this list is short. */
bool ls_spool_is_pending(const struct ls_spool *s, bool is_event, const struct ls_delivery_key *key)
{
	const struct ls_spool_entry *entry;
	TAILQ_FOREACH(entry, &s->pending, link)
	if (has_key(entry, is_event, key))
		return true;
	return false;
}

static int sync_one(struct ls_spool *s, const struct ls_spool_entry *entry)
{
	char name[NAME_SIZE];
	name_of('t', entry->sequence, name);
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 || fdatasync(fd) < 0 ? -errno : 0;
}

static int give_name(struct ls_spool *s, const struct ls_spool_entry *entry)
{
	char from[NAME_SIZE], to[NAME_SIZE];
	name_of('t', entry->sequence, from);
	name_of(type_of(entry), entry->sequence, to);
	return renameat(s->dirfd, from, s->dirfd, to) < 0 ? -errno : 0;
}

/*
 * One file: fdatasync, rename, fsync of the folder.  Several: their names first
 * and then one syncfs, which is far cheaper than a flush for each; a file whose
 * name came to the disk before its bytes is found out when the spool is opened.
 */
static int make_durable(struct ls_spool *s)
{
	struct ls_spool_entry *entry;
	bool alone = s->pending_count == 1;
	int rc = alone ? sync_one(s, TAILQ_FIRST(&s->pending)) : 0;
	TAILQ_FOREACH(entry, &s->pending, link)
	rc = rc ? rc : give_name(s, entry);
	if (rc == 0 && (alone ? fsync(s->dirfd) : syncfs(s->dirfd)) < 0)
		rc = -errno;
	return rc;
}

int ls_spool_sync(struct ls_spool *s, void (*counted)(void *, const struct ls_spool_entry *),
		  void *context, struct ls_error *err)
{
	if (s->pending_count == 0)
		return 0;
	int rc = make_durable(s);
	if (rc < 0)
		return fail(err, -rc, "make files durable");
	struct ls_spool_entry *entry;
	while ((entry = TAILQ_FIRST(&s->pending))) {
		TAILQ_REMOVE(&s->pending, entry, link);
		TAILQ_INSERT_TAIL(&s->entries, entry, link);
		s->entry_count++;
		if (!s->next)
			s->next = entry;
		if (counted)
			counted(context, entry);
	}
	s->pending_count = 0;
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

/* Entries are sent in order and few at a time, so the wanted one is near the front. */
struct ls_spool_entry *ls_spool_sent(struct ls_spool *s, bool is_event,
				     const struct ls_delivery_key *key)
{
	struct ls_spool_entry *entry;
	TAILQ_FOREACH(entry, &s->entries, link)
	{
		if (entry->state == LS_SPOOL_WAITING)
			return NULL;
		if (entry->state == LS_SPOOL_SENT && has_key(entry, is_event, key))
			return entry;
	}
	return NULL;
}

int ls_spool_read(struct ls_spool *s, const struct ls_spool_entry *entry, struct ls_buffer *body,
		  int *ret_fd, struct ls_error *err)
{
	char name[NAME_SIZE];
	name_of(type_of(entry), entry->sequence, name);
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = fd < 0 ? -errno : read_head(fd, entry->is_event, body);
	if (rc == 0 && lseek(fd, LS_SPOOL_HEAD_SIZE, SEEK_SET) < 0)
		rc = -errno;
	if (rc < 0)
		return ls_fail_errno(err, -rc, "diode.spool.read",
				     "cannot read '%s' in the spool folder", name);
	*ret_fd = entry->is_event ? -1 : ls_steal_fd(&fd);
	return 0;
}

int ls_spool_remove(struct ls_spool *s, struct ls_spool_entry *entry, struct ls_error *err)
{
	char name[NAME_SIZE];
	name_of(type_of(entry), entry->sequence, name);
	if (unlinkat(s->dirfd, name, 0) < 0 && errno != ENOENT)
		return fail(err, errno, "remove a file");
	if (s->next == entry)
		s->next = TAILQ_NEXT(entry, link);
	TAILQ_REMOVE(&s->entries, entry, link);
	s->entry_count--;
	s->used_bytes -= cost(entry->size);
	free(entry);
	return 0;
}

size_t ls_spool_count(const struct ls_spool *s)
{
	return s->entry_count;
}
