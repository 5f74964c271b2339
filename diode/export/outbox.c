/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/sha256.h"
#include "diode/wire/crc32c.h"
#include "lib/base/cleanup.h"
#include "lib/base/reader.h"

#define FIXED_MAX  256 /* bytes of a record besides its path */
#define RECORD_MAX (FIXED_MAX + LS_PATH_MAX)
#define COPY_SIZE  65536

/* The journal's records: u8 kind, then ... */
enum record_kind {
	RECORD_SESSION = 1, /* 16 bytes; the first record, once */
	RECORD_RUN = 2,	    /* u32 run */
	RECORD_FILE = 3,    /* number, size, mtime, mark, sha256, parent, u16 name_at, path */
	RECORD_SEEN = 4,    /* number, mtime, mark: the same bytes, written anew */
	RECORD_GONE = 5,    /* number: the copy was let go of */
};

struct ls_outbox {
	char folder[LS_PATH_MAX - 64];
	struct ls_store *journal;
	uint64_t journal_size; /* what is whole in it */
	uint8_t session[LS_FRAME_SESSION_SIZE];
	bool has_session;
	uint32_t run;
	uint8_t run_id[LS_WIRE_RUN_ID_SIZE];
	struct ls_digest chain;
	struct ls_outbox_file *files; /* owned; file n at n - 1 */
	size_t count, capacity;
	uint32_t *by_path; /* number of the newest file from a path; 0 for an empty slot */
	size_t slots;	   /* a power of two, or 0 */
	uint64_t held_files, held_bytes;
	struct ls_digest list;
	bool list_made;
	bool loading; /* what the journal says is from earlier runs */
};

static void path_in(const struct ls_outbox *o, const char *name, char path[static LS_PATH_MAX])
{
	snprintf(path, LS_PATH_MAX, "%s%c%s", o->folder, ls_platform_separator, name);
}

static void path_of(const struct ls_outbox *o, uint64_t number, char path[static LS_PATH_MAX])
{
	char name[32];
	snprintf(name, sizeof(name), "%016llx.file", (unsigned long long)number);
	path_in(o, name, path);
}

static int no_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
}

/* h(n) = SHA-256( h(n-1) || u64 n || SHA-256 of file n ) */
static void chain_next(struct ls_digest *chain, uint64_t number, const struct ls_digest *sha256)
{
	uint8_t n[8];
	for (int i = 7; i >= 0; i--, number >>= 8)
		n[i] = (uint8_t)number;
	struct ls_small_sha256 h;
	ls_small_sha256_init(&h);
	ls_small_sha256_update(&h, chain->bytes, sizeof(chain->bytes));
	ls_small_sha256_update(&h, n, sizeof(n));
	ls_small_sha256_update(&h, sha256->bytes, sizeof(sha256->bytes));
	ls_small_sha256_final(&h, chain);
}

/* --- what the journal's records do ----------------------------------------------------- */

/* FNV-1a, 64 bits */
static uint64_t hash_path(const char *path)
{
	uint64_t h = 0xcbf29ce484222325ULL;
	for (; *path; path++)
		h = (h ^ (uint8_t)*path) * 0x100000001b3ULL;
	return h;
}

/* The slot of a path, or the empty one where it would go. */
static uint32_t *slot_of(const struct ls_outbox *o, const char *path)
{
	size_t i = hash_path(path) & (o->slots - 1);
	while (o->by_path[i] && strcmp(o->files[o->by_path[i] - 1].path, path) != 0)
		i = (i + 1) & (o->slots - 1);
	return &o->by_path[i];
}

static int grow_index(struct ls_outbox *o)
{
	size_t slots = o->slots ? 2 * o->slots : 256;
	uint32_t *by_path = calloc(slots, sizeof(*by_path));
	if (!by_path)
		return -ENOMEM;
	free(o->by_path);
	o->by_path = by_path;
	o->slots = slots;
	for (size_t i = 0; i < o->count; i++)
		*slot_of(o, o->files[i].path) = (uint32_t)i + 1;
	return 0;
}

static int append_file(struct ls_outbox *o, const struct ls_outbox_file *file)
{
	if (o->count == o->capacity) {
		size_t capacity = o->capacity ? 2 * o->capacity : 64;
		struct ls_outbox_file *files = realloc(o->files, capacity * sizeof(*files));
		if (!files)
			return -ENOMEM;
		o->files = files;
		o->capacity = capacity;
	}
	if (2 * (o->count + 1) > o->slots && grow_index(o) < 0)
		return -ENOMEM;
	o->files[o->count++] = *file;
	*slot_of(o, file->path) = (uint32_t)o->count;
	o->held_files++;
	o->held_bytes += file->size;
	o->list_made = false;
	chain_next(&o->chain, file->number, &file->sha256);
	return 0;
}

static struct ls_outbox_file *file_number(struct ls_outbox *o, uint64_t number)
{
	return number >= 1 && number <= o->count ? &o->files[number - 1] : NULL;
}

static void mark_gone(struct ls_outbox *o, struct ls_outbox_file *file)
{
	if (!file->held)
		return;
	file->held = false;
	o->held_files--;
	o->held_bytes -= file->size;
	o->list_made = false;
}

static int read_digest(struct ls_reader *r, struct ls_digest *d)
{
	return ls_read_into(r, d->bytes, sizeof(d->bytes));
}

static int read_file_fields(struct ls_reader *r, struct ls_outbox_file *f, uint16_t *name_at)
{
	uint64_t mtime = 0;
	int rc = ls_read_be64(r, &f->number);
	rc = rc ? rc : ls_read_be64(r, &f->size);
	rc = rc ? rc : ls_read_be64(r, &mtime);
	rc = rc ? rc : ls_read_be64(r, &f->mark);
	rc = rc ? rc : read_digest(r, &f->sha256);
	rc = rc ? rc : read_digest(r, &f->parent);
	f->mtime = (int64_t)mtime;
	return rc ? rc : ls_read_be16(r, name_at);
}

/* strndup, which Windows has not. */
static char *copy_text(const void *text, size_t n)
{
	char *copy = malloc(n + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

static int apply_file(struct ls_outbox *o, struct ls_reader *r)
{
	struct ls_outbox_file f = { .held = true, .old = o->loading };
	uint16_t name_at = 0;
	const uint8_t *path;
	int rc = read_file_fields(r, &f, &name_at);
	size_t n = ls_reader_left(r);
	if (rc < 0 || f.number != o->count + 1 || name_at > n || n >= LS_PATH_MAX ||
	    ls_read_bytes(r, n, &path) < 0)
		return -EBADMSG;
	_cleanup_free_ char *copy = copy_text(path, n);
	if (!copy)
		return -ENOMEM;
	f.path = copy;
	f.name = copy + name_at;
	rc = append_file(o, &f);
	if (rc == 0)
		ls_steal_ptr(&copy);
	return rc;
}

static int apply_seen(struct ls_outbox *o, struct ls_reader *r)
{
	uint64_t number, mtime, mark;
	if (ls_read_be64(r, &number) < 0 || ls_read_be64(r, &mtime) < 0 ||
	    ls_read_be64(r, &mark) < 0)
		return -EBADMSG;
	struct ls_outbox_file *file = file_number(o, number);
	if (!file)
		return -EBADMSG;
	file->mtime = (int64_t)mtime;
	file->mark = mark;
	return 0;
}

static int apply_gone(struct ls_outbox *o, struct ls_reader *r)
{
	uint64_t number;
	if (ls_read_be64(r, &number) < 0 || !file_number(o, number))
		return -EBADMSG;
	mark_gone(o, file_number(o, number));
	return 0;
}

static int apply(struct ls_outbox *o, const uint8_t *bytes, size_t n)
{
	struct ls_reader r;
	uint8_t kind;
	ls_reader_init(&r, bytes, n);
	if (ls_read_u8(&r, &kind) < 0 || (kind != RECORD_SESSION && !o->has_session))
		return -EBADMSG;
	int rc = -EBADMSG;
	switch (kind) {
	case RECORD_SESSION:
		rc = o->has_session ? -EBADMSG : ls_read_into(&r, o->session, sizeof(o->session));
		o->has_session = true;
		break;
	case RECORD_RUN: rc = ls_read_be32(&r, &o->run); break;
	case RECORD_FILE: rc = apply_file(o, &r); break;
	case RECORD_SEEN: rc = apply_seen(o, &r); break;
	case RECORD_GONE: rc = apply_gone(o, &r); break;
	default: break;
	}
	return rc ? rc : ls_reader_end(&r);
}

/* --- the journal's file ------------------------------------------------------------------ */

/* The record at *offset into bytes: its size, or 0 when no whole record is there. */
static size_t read_record(struct ls_outbox *o, uint64_t offset, uint64_t total,
			  uint8_t bytes[static RECORD_MAX])
{
	uint8_t head[8];
	struct ls_reader r;
	uint32_t size, crc;
	if (total - offset < sizeof(head) ||
	    ls_platform_store_read(o->journal, offset, head, sizeof(head), NULL) < 0)
		return 0;
	ls_reader_init(&r, head, sizeof(head));
	if (ls_read_be32(&r, &size) < 0 || ls_read_be32(&r, &crc) < 0 || size == 0 ||
	    size > RECORD_MAX || size > total - offset - sizeof(head) ||
	    ls_platform_store_read(o->journal, offset + sizeof(head), bytes, size, NULL) < 0 ||
	    crc != ls_crc32c(0, bytes, size))
		return 0;
	return size;
}

/*
 * Take up the journal.  What follows the first record that is not whole was
 * being written when the power went: it never counted.
 */
static int load_journal(struct ls_outbox *o, struct ls_error *err)
{
	uint8_t bytes[RECORD_MAX];
	uint64_t total = ls_platform_store_size(o->journal);
	for (size_t n; (n = read_record(o, o->journal_size, total, bytes)) > 0;) {
		int rc = apply(o, bytes, n);
		if (rc < 0)
			return ls_fail(err, rc, "export.journal.damaged",
				       "the journal of outbox '%s' is damaged at byte %llu; move "
				       "the outbox "
				       "away and start with a new one",
				       o->folder, (unsigned long long)o->journal_size);
		o->journal_size += 8 + n;
	}
	return o->journal_size < total ? ls_platform_store_cut(o->journal, o->journal_size, err)
				       : 0;
}

/* Append a record, durably, and do what it says. */
static int write_record(struct ls_outbox *o, const struct ls_buffer *record, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, RECORD_MAX + 8);
	ls_buffer_add_be32(&b, (uint32_t)record->size);
	ls_buffer_add_be32(&b, ls_crc32c(0, record->data, record->size));
	ls_buffer_add(&b, record->data, record->size);
	if (ls_buffer_error(record) < 0 || ls_buffer_error(&b) < 0)
		return no_memory(err);
	int rc = ls_platform_store_write(o->journal, b.data, b.size, err);
	rc = rc ? rc : ls_platform_store_sync(o->journal, err);
	if (rc < 0) {
		ls_platform_store_cut(o->journal, o->journal_size, NULL);
		return rc;
	}
	o->journal_size += b.size;
	rc = apply(o, record->data, record->size);
	return rc == -ENOMEM ? no_memory(err)
	       : rc < 0	     ? ls_fail(err, rc, "export.journal.record",
				       "a record contradicts the journal")
			     : 0;
}

static int write_session(struct ls_outbox *o, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	uint8_t session[LS_FRAME_SESSION_SIZE];
	ls_buffer_init(&b, RECORD_MAX);
	int rc = ls_platform_random(session, sizeof(session), err);
	if (rc < 0)
		return rc;
	ls_buffer_add_u8(&b, RECORD_SESSION);
	ls_buffer_add(&b, session, sizeof(session));
	return write_record(o, &b, err);
}

static int write_run(struct ls_outbox *o, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, RECORD_MAX);
	ls_buffer_add_u8(&b, RECORD_RUN);
	ls_buffer_add_be32(&b, o->run + 1);
	int rc = ls_platform_random(o->run_id, sizeof(o->run_id), err);
	return rc ? rc : write_record(o, &b, err);
}

static int write_seen(struct ls_outbox *o, uint64_t number, const struct ls_file_info *info,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, RECORD_MAX);
	ls_buffer_add_u8(&b, RECORD_SEEN);
	ls_buffer_add_be64(&b, number);
	ls_buffer_add_be64(&b, (uint64_t)info->mtime);
	ls_buffer_add_be64(&b, info->mark);
	return write_record(o, &b, err);
}

static int write_gone(struct ls_outbox *o, uint64_t number, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, RECORD_MAX);
	ls_buffer_add_u8(&b, RECORD_GONE);
	ls_buffer_add_be64(&b, number);
	return write_record(o, &b, err);
}

static int write_file(struct ls_outbox *o, const struct ls_outbox_file *f, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, RECORD_MAX);
	ls_buffer_add_u8(&b, RECORD_FILE);
	ls_buffer_add_be64(&b, f->number);
	ls_buffer_add_be64(&b, f->size);
	ls_buffer_add_be64(&b, (uint64_t)f->mtime);
	ls_buffer_add_be64(&b, f->mark);
	ls_buffer_add(&b, f->sha256.bytes, sizeof(f->sha256.bytes));
	ls_buffer_add(&b, f->parent.bytes, sizeof(f->parent.bytes));
	ls_buffer_add_be16(&b, (uint16_t)(f->name - f->path));
	ls_buffer_add_str(&b, f->path);
	return write_record(o, &b, err);
}

/* --- opening -------------------------------------------------------------------------------- */

/* A copy that was named but whose record was not written in time. */
static int remove_uncounted(struct ls_outbox *o, struct ls_error *err)
{
	char path[LS_PATH_MAX];
	path_of(o, o->count + 1, path);
	int rc = ls_platform_remove(path, err);
	path_in(o, "new.tmp", path);
	return rc ? rc : ls_platform_remove(path, err);
}

LS_DEFINE_CLEANUP(struct ls_outbox *, ls_outbox_close)

int ls_outbox_open(const char *folder, struct ls_outbox **ret_outbox, struct ls_error *err)
{
	_cleanup_(ls_outbox_close) struct ls_outbox *o = calloc(1, sizeof(*o));
	if (!o)
		return no_memory(err);
	if (strlen(folder) >= sizeof(o->folder))
		return ls_fail(err, -ENAMETOOLONG, "export.outbox.path",
			       "the path of the outbox is too long: '%s'", folder);
	memcpy(o->folder, folder, strlen(folder) + 1);
	char path[LS_PATH_MAX];
	path_in(o, "journal", path);
	int rc = ls_platform_make_folder(folder, err);
	o->loading = true;
	rc = rc ? rc : ls_platform_store_open(path, LS_STORE_APPEND, &o->journal, err);
	rc = rc ? rc : load_journal(o, err);
	rc = rc ? rc : remove_uncounted(o, err);
	o->loading = false;
	if (rc == 0 && !o->has_session)
		rc = write_session(o, err);
	rc = rc ? rc : write_run(o, err);
	if (rc == 0)
		*ret_outbox = ls_steal_ptr(&o);
	return rc;
}

struct ls_outbox *ls_outbox_close(struct ls_outbox *o)
{
	if (!o)
		return NULL;
	ls_platform_store_close(o->journal);
	for (size_t i = 0; i < o->count; i++)
		free(o->files[i].path);
	free(o->files);
	free(o->by_path);
	free(o);
	return NULL;
}

const uint8_t *ls_outbox_session(const struct ls_outbox *o)
{
	return o->session;
}

uint32_t ls_outbox_run(const struct ls_outbox *o)
{
	return o->run;
}

const uint8_t *ls_outbox_run_id(const struct ls_outbox *o)
{
	return o->run_id;
}

uint64_t ls_outbox_last(const struct ls_outbox *o, struct ls_digest *ret_chain)
{
	*ret_chain = o->chain;
	return o->count;
}

/* SHA-256 over all entries of the MANIFEST. */
static void make_list(struct ls_outbox *o)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_WIRE_ENTRY_SIZE);
	struct ls_small_sha256 h;
	ls_small_sha256_init(&h);
	for (size_t i = 0; i < o->count; i++) {
		const struct ls_outbox_file *f = &o->files[i];
		struct ls_manifest_entry entry = { f->number, f->size, f->sha256 };
		ls_buffer_clear(&b);
		if (f->held && ls_encode_manifest_entry(&entry, &b) == 0)
			ls_small_sha256_update(&h, b.data, b.size);
	}
	ls_small_sha256_final(&h, &o->list);
	o->list_made = true;
}

void ls_outbox_held(struct ls_outbox *o, uint64_t *ret_files, uint64_t *ret_bytes,
		    struct ls_digest *ret_list)
{
	if (!o->list_made)
		make_list(o);
	*ret_files = o->held_files;
	*ret_bytes = o->held_bytes;
	*ret_list = o->list;
}

size_t ls_outbox_count(const struct ls_outbox *o)
{
	return o->count;
}

struct ls_outbox_file *ls_outbox_at(struct ls_outbox *o, size_t index)
{
	return &o->files[index];
}

const struct ls_outbox_file *ls_outbox_find(const struct ls_outbox *o, const char *path)
{
	uint32_t number = o->slots ? *slot_of(o, path) : 0;
	return number ? &o->files[number - 1] : NULL;
}

/* --- taking files in and letting them go -------------------------------------------------- */

static int copy_bytes(struct ls_source *source, struct ls_store *store, uint64_t *size,
		      struct ls_digest *sha256, struct ls_error *err)
{
	_cleanup_free_ uint8_t *bytes = malloc(COPY_SIZE);
	if (!bytes)
		return no_memory(err);
	struct ls_small_sha256 h;
	ls_small_sha256_init(&h);
	*size = 0;
	for (;;) {
		int64_t n = ls_platform_source_read(source, *size, bytes, COPY_SIZE, err);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		ls_small_sha256_update(&h, bytes, (size_t)n);
		int rc = ls_platform_store_write(store, bytes, (size_t)n, err);
		if (rc < 0)
			return rc;
		*size += (uint64_t)n;
	}
	ls_small_sha256_final(&h, sha256);
	return ls_platform_store_sync(store, err);
}

static bool same_info(const struct ls_file_info *a, const struct ls_file_info *b)
{
	return a->size == b->size && a->mtime == b->mtime && a->mark == b->mark;
}

/* Into new.tmp, and sure that it is one state of the file and not two. */
static int copy_in(struct ls_outbox *o, const struct ls_file_info *expected,
		   struct ls_source *source, struct ls_digest *sha256, struct ls_error *err)
{
	char path[LS_PATH_MAX];
	path_in(o, "new.tmp", path);
	struct ls_store *store = NULL;
	uint64_t size = 0;
	struct ls_file_info after;
	int rc = ls_platform_store_open(path, LS_STORE_CREATE, &store, err);
	if (rc < 0)
		return rc;
	rc = copy_bytes(source, store, &size, sha256, err);
	ls_platform_store_close(store);
	rc = rc ? rc : ls_platform_source_info(source, &after, err);
	if (rc == 0 && (size != expected->size || !same_info(&after, expected)))
		rc = ls_fail(err, -ESTALE, "export.source.changed",
			     "a file changed while it was copied");
	if (rc < 0)
		ls_platform_remove(path, NULL);
	return rc;
}

static int give_number(struct ls_outbox *o, struct ls_outbox_file *f, struct ls_error *err)
{
	char from[LS_PATH_MAX], to[LS_PATH_MAX];
	path_in(o, "new.tmp", from);
	path_of(o, f->number, to);
	int rc = ls_platform_rename(from, to, err);
	if (rc < 0)
		return rc;
	rc = write_file(o, f, err);
	if (rc < 0)
		ls_platform_remove(to, NULL);
	return rc;
}

int ls_outbox_take(struct ls_outbox *o, const char *path, size_t name_at,
		   const struct ls_file_info *expected, struct ls_source *source,
		   struct ls_error *err)
{
	struct ls_outbox_file f = {
		.number = o->count + 1,
		.size = expected->size,
		.mtime = expected->mtime,
		.mark = expected->mark,
		.path = (char *)path,
		.name = (char *)path + name_at,
	};
	int rc = copy_in(o, expected, source, &f.sha256, err);
	if (rc < 0)
		return rc;
	const struct ls_outbox_file *before = ls_outbox_find(o, path);
	if (before && memcmp(&before->sha256, &f.sha256, sizeof(f.sha256)) == 0) {
		char copy[LS_PATH_MAX];
		path_in(o, "new.tmp", copy);
		rc = ls_platform_remove(copy, err);
		rc = rc ? rc : write_seen(o, before->number, expected, err);
		return rc ? rc : 1;
	}
	if (before)
		f.parent = before->sha256;
	return give_number(o, &f, err);
}

int ls_outbox_make_room(struct ls_outbox *o, uint64_t size, uint64_t keep, uint32_t least,
			const struct ls_outbox_file *not_this, struct ls_error *err)
{
	char path[LS_PATH_MAX];
	for (size_t i = 0; i < o->count && o->held_bytes + size > keep; i++) {
		struct ls_outbox_file *f = &o->files[i];
		if (!f->held || f->attempts < least || f == not_this)
			continue;
		int rc = write_gone(o, f->number, err);
		path_of(o, f->number, path);
		rc = rc ? rc : ls_platform_remove(path, err);
		if (rc < 0)
			return rc;
	}
	if (o->held_bytes + size > keep)
		return ls_fail(err, -ENOSPC, "export.outbox.full",
			       "the outbox has no room for %llu more bytes",
			       (unsigned long long)size);
	return 0;
}

int ls_outbox_read(struct ls_outbox *o, const struct ls_outbox_file *file,
		   struct ls_store **ret_store, struct ls_error *err)
{
	char path[LS_PATH_MAX];
	path_of(o, file->number, path);
	return ls_platform_store_open(path, LS_STORE_READ, ret_store, err);
}
