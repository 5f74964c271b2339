/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diode/wire/crc32c.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"

#define NAME	      "ledger"
#define MAGIC	      0x4c534c31u
#define FIRST_SLOTS   1024 /* a power of two */
#define RESERVE_STEP  (256 << 10)
#define RESERVE_LEAST (64 << 10)
#define LOAD_CHUNK    1024 /* records read at a time when opening */

struct ls_ledger {
	int fd;
	uint64_t count;	   /* records in the file */
	uint64_t reserved; /* bytes of the file that the disk has room for */
	uint32_t *slots;   /* record's index plus one; 0 for an empty slot */
	size_t slot_count; /* a power of two */
	size_t keys;	   /* slots in use */
	uint64_t seed[2];  /* random: a guest must not be able to choose what collides */
};

static int encode(const struct ls_ledger_record *record, struct ls_buffer *b)
{
	ls_buffer_add_be32(b, MAGIC);
	ls_buffer_add_be32(b, record->kind);
	ls_buffer_add(b, record->key.session, sizeof(record->key.session));
	ls_buffer_add_be64(b, record->key.number);
	ls_buffer_add(b, record->key.sha256.bytes, sizeof(record->key.sha256.bytes));
	ls_buffer_add_be64(b, record->seal);
	ls_buffer_add_be64(b, (uint64_t)record->time);
	ls_buffer_add_be64(b, record->extra);
	ls_buffer_add_be32(b, 0);
	if (ls_buffer_error(b) == 0)
		ls_buffer_add_be32(b, ls_crc32c(0, b->data, b->size));
	return ls_buffer_error(b);
}

static int decode_fields(struct ls_reader *r, struct ls_ledger_record *record)
{
	uint32_t magic = 0, kind = 0, zero = 0;
	uint64_t time = 0;
	int rc = ls_read_be32(r, &magic);
	rc = rc ? rc : ls_read_be32(r, &kind);
	rc = rc ? rc : ls_read_into(r, record->key.session, sizeof(record->key.session));
	rc = rc ? rc : ls_read_be64(r, &record->key.number);
	rc = rc ? rc : ls_read_into(r, record->key.sha256.bytes, LS_DIGEST_SIZE);
	rc = rc ? rc : ls_read_be64(r, &record->seal);
	rc = rc ? rc : ls_read_be64(r, &time);
	rc = rc ? rc : ls_read_be64(r, &record->extra);
	rc = rc ? rc : ls_read_be32(r, &zero);
	if (rc == 0 && (magic != MAGIC || kind < LS_LEDGER_SESSION || kind > LS_LEDGER_SEALED))
		rc = -EBADMSG;
	record->kind = kind;
	record->time = (int64_t)time;
	return rc;
}

static int decode(const uint8_t *bytes, struct ls_ledger_record *record)
{
	struct ls_reader r;
	uint32_t crc = 0;
	ls_reader_init(&r, bytes, LS_LEDGER_RECORD_SIZE);
	int rc = decode_fields(&r, record);
	rc = rc ? rc : ls_read_be32(&r, &crc);
	return rc ? rc : crc == ls_crc32c(0, bytes, LS_LEDGER_RECORD_SIZE - 4) ? 0 : -EBADMSG;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ h >> 33;
}

/* By session and number alone, so that all contents of one number are found together. */
static uint64_t hash_of(const struct ls_ledger *l, const uint8_t *session, uint64_t number)
{
	uint64_t words[2];
	memcpy(words, session, sizeof(words));
	uint64_t h = mix(words[0] ^ l->seed[0]);
	h = mix(h ^ words[1]);
	return mix(h ^ number ^ l->seed[1]);
}

static int record_at(const struct ls_ledger *l, uint64_t index, struct ls_ledger_record *record)
{
	uint8_t bytes[LS_LEDGER_RECORD_SIZE];
	ssize_t n = pread(l->fd, bytes, sizeof(bytes), (off_t)(index * sizeof(bytes)));
	return n == (ssize_t)sizeof(bytes) ? decode(bytes, record) : -EIO;
}

static bool same_number(const struct ls_ledger_record *record, const uint8_t *session,
			uint64_t number)
{
	return record->key.number == number &&
	       memcmp(record->key.session, session, LS_SESSION_SIZE) == 0;
}

/* The slot of a key, or the empty slot where it would go. */
static uint32_t *find(const struct ls_ledger *l, const struct ls_delivery_key *key,
		      struct ls_ledger_record *ret_record)
{
	size_t mask = l->slot_count - 1;
	for (size_t i = hash_of(l, key->session, key->number) & mask;; i = (i + 1) & mask) {
		if (l->slots[i] == 0)
			return &l->slots[i];
		if (record_at(l, l->slots[i] - 1, ret_record) == 0 &&
		    same_number(ret_record, key->session, key->number) &&
		    ls_digest_equal(&ret_record->key.sha256, &key->sha256))
			return &l->slots[i];
	}
}

static void place(struct ls_ledger *l, const struct ls_ledger_record *record, uint32_t value)
{
	size_t mask = l->slot_count - 1;
	size_t i = hash_of(l, record->key.session, record->key.number) & mask;
	while (l->slots[i] != 0)
		i = (i + 1) & mask;
	l->slots[i] = value;
}

static int grow(struct ls_ledger *l, struct ls_error *err)
{
	_cleanup_free_ uint32_t *old = l->slots;
	size_t old_count = l->slot_count;
	l->slots = calloc(old_count * 2, sizeof(*l->slots));
	if (!l->slots) {
		l->slots = ls_steal_ptr(&old);
		return ls_fail(err, -ENOMEM, "diode.ledger.memory",
			       "out of memory for the index of the ledger");
	}
	l->slot_count = old_count * 2;
	for (size_t i = 0; i < old_count; i++) {
		struct ls_ledger_record record = { 0 };
		if (old[i] && record_at(l, old[i] - 1, &record) == 0)
			place(l, &record, old[i]);
	}
	return 0;
}

/* Record number `index` of the file becomes what its key says, unless a higher kind did before. */
static int note(struct ls_ledger *l, const struct ls_ledger_record *record, uint64_t index,
		struct ls_error *err)
{
	if (record->kind == LS_LEDGER_SESSION)
		return 0;
	struct ls_ledger_record there = { 0 };
	uint32_t *slot = find(l, &record->key, &there);
	if (*slot != 0) {
		if (record->kind >= there.kind)
			*slot = (uint32_t)index + 1;
		return 0;
	}
	if (l->keys >= LS_LEDGER_KEYS_MAX)
		return ls_fail(err, -ENOSPC, "diode.ledger.full",
			       "the ledger has its %d files; move the spool folder away and start "
			       "a new one",
			       LS_LEDGER_KEYS_MAX);
	*slot = (uint32_t)index + 1;
	l->keys++;
	return 2 * l->keys > l->slot_count ? grow(l, err) : 0;
}

static int load_chunk(struct ls_ledger *l, const uint8_t *bytes, size_t records,
		      ls_ledger_visit *visit, void *context, struct ls_error *err)
{
	for (size_t i = 0; i < records; i++) {
		struct ls_ledger_record record = { 0 };
		if (decode(bytes + i * LS_LEDGER_RECORD_SIZE, &record) < 0)
			return ls_fail(err, -EBADMSG, "diode.ledger.damaged",
				       "record %llu of the ledger is damaged; restore the spool "
				       "folder from a backup "
				       "or move it away (what it held may then be sealed twice)",
				       (unsigned long long)l->count);
		int rc = note(l, &record, l->count, err);
		if (rc < 0)
			return rc;
		l->count++;
		if (visit)
			visit(context, &record);
	}
	return 0;
}

static int load(struct ls_ledger *l, uint64_t total, ls_ledger_visit *visit, void *context,
		struct ls_error *err)
{
	_cleanup_free_ uint8_t *bytes = malloc((size_t)LOAD_CHUNK * LS_LEDGER_RECORD_SIZE);
	if (!bytes)
		return ls_fail(err, -ENOMEM, "diode.ledger.memory",
			       "out of memory to load the ledger");
	while (l->count < total) {
		size_t want = total - l->count < LOAD_CHUNK ? (size_t)(total - l->count)
							    : LOAD_CHUNK;
		ssize_t n = pread(l->fd, bytes, want * LS_LEDGER_RECORD_SIZE,
				  (off_t)(l->count * LS_LEDGER_RECORD_SIZE));
		if (n != (ssize_t)(want * LS_LEDGER_RECORD_SIZE))
			return ls_fail_errno(err, n < 0 ? errno : EIO, "diode.ledger.read",
					     "cannot read the ledger");
		int rc = load_chunk(l, bytes, want, visit, context, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * Power may fail while the end is written.  What follows the last whole record,
 * or a last record that is not right, was never counted: it is cut off.
 */
static int trim(struct ls_ledger *l, uint64_t *ret_total, struct ls_error *err)
{
	struct stat st;
	if (fstat(l->fd, &st) < 0)
		return ls_fail_errno(err, errno, "diode.ledger.read", "cannot examine the ledger");
	uint64_t total = (uint64_t)st.st_size / LS_LEDGER_RECORD_SIZE;
	struct ls_ledger_record record = { 0 };
	while (total > 0 && record_at(l, total - 1, &record) < 0 &&
	       (uint64_t)st.st_size / LS_LEDGER_RECORD_SIZE - total < LOAD_CHUNK)
		total--;
	off_t size = (off_t)(total * LS_LEDGER_RECORD_SIZE);
	if (size != st.st_size && ftruncate(l->fd, size) < 0)
		return ls_fail_errno(err, errno, "diode.ledger.write",
				     "cannot cut a torn end off the ledger");
	*ret_total = total;
	return 0;
}

LS_DEFINE_CLEANUP(struct ls_ledger *, ls_ledger_free)

int ls_ledger_open(int dirfd, ls_ledger_visit *visit, void *context, struct ls_ledger **ret_ledger,
		   struct ls_error *err)
{
	_cleanup_(ls_ledger_free) struct ls_ledger *l = calloc(1, sizeof(*l));
	if (!l || !(l->slots = calloc(FIRST_SLOTS, sizeof(*l->slots))) ||
	    getrandom(l->seed, sizeof(l->seed), 0) != (ssize_t)sizeof(l->seed))
		return ls_fail(err, -ENOMEM, "diode.ledger.memory", "out of memory for the ledger");
	l->slot_count = FIRST_SLOTS;
	l->fd = openat(dirfd, NAME, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->fd < 0)
		return ls_fail_errno(err, errno, "diode.ledger.open",
				     "cannot open '" NAME "' in the spool folder");
	if (flock(l->fd, LOCK_EX | LOCK_NB) < 0)
		return ls_fail_errno(err, errno, "diode.ledger.busy",
				     "another receiver works on this spool folder");
	uint64_t total = 0;
	int rc = trim(l, &total, err);
	if (rc == 0)
		rc = load(l, total, visit, context, err);
	if (rc == 0)
		rc = ls_ledger_sync(l, err);
	if (rc == 0 && fsync(dirfd) < 0)
		rc = ls_fail_errno(err, errno, "diode.ledger.write",
				   "cannot fsync the spool folder");
	if (rc == 0)
		*ret_ledger = ls_steal_ptr(&l);
	return rc;
}

struct ls_ledger *ls_ledger_free(struct ls_ledger *l)
{
	if (!l)
		return NULL;
	if (l->fd > 0)
		close(l->fd);
	free(l->slots);
	free(l);
	return NULL;
}

int ls_ledger_reserve(struct ls_ledger *l)
{
	uint64_t used = l->count * LS_LEDGER_RECORD_SIZE;
	if (l->reserved >= used + RESERVE_LEAST)
		return 0;
	if (fallocate(l->fd, FALLOC_FL_KEEP_SIZE, (off_t)used, RESERVE_STEP) < 0 &&
	    (errno == ENOSPC || errno == EDQUOT))
		return -EAGAIN;
	l->reserved = used + RESERVE_STEP; /* or the file system cannot, and we go on without */
	return 0;
}

int ls_ledger_append(struct ls_ledger *l, const struct ls_ledger_record *record,
		     struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_LEDGER_RECORD_SIZE);
	int rc = encode(record, &b);
	if (rc == 0)
		rc = ls_write_all(l->fd, b.data, b.size);
	if (rc < 0) {
		/* half a record would make all that follow it unreadable */
		if (ftruncate(l->fd, (off_t)(l->count * LS_LEDGER_RECORD_SIZE)) < 0)
			rc = -errno;
		return ls_fail_errno(err, -rc, "diode.ledger.write", "cannot write to the ledger");
	}
	return note(l, record, l->count++, err);
}

int ls_ledger_sync(struct ls_ledger *l, struct ls_error *err)
{
	if (fdatasync(l->fd) < 0)
		return ls_fail_errno(err, errno, "diode.ledger.write",
				     "cannot fdatasync the ledger");
	return 0;
}

int ls_ledger_kind_of(struct ls_ledger *l, const struct ls_delivery_key *key)
{
	struct ls_ledger_record record = { 0 };
	return *find(l, key, &record) != 0 ? (int)record.kind : 0;
}

void ls_ledger_number(struct ls_ledger *l, const uint8_t session[static LS_SESSION_SIZE],
		      uint64_t number, unsigned *ret_count, struct ls_digest *ret_sha256)
{
	unsigned count = 0;
	uint32_t first = UINT32_MAX;
	size_t mask = l->slot_count - 1;
	for (size_t i = hash_of(l, session, number) & mask; l->slots[i]; i = (i + 1) & mask) {
		struct ls_ledger_record record = { 0 };
		if (record_at(l, l->slots[i] - 1, &record) < 0 ||
		    !same_number(&record, session, number))
			continue;
		count++;
		if (l->slots[i] < first)
			*ret_sha256 = record.key.sha256;
		first = l->slots[i] < first ? l->slots[i] : first;
	}
	*ret_count = count;
}

/* The number is there to spread events over the index. */
void ls_ledger_event_key(const struct ls_digest *event, struct ls_delivery_key *ret_key)
{
	*ret_key = (struct ls_delivery_key){ .sha256 = *event };
	memcpy(&ret_key->number, event->bytes, sizeof(ret_key->number));
}
