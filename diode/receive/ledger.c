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

#include "diode/receive/ledger_tables.h"
#include "diode/receive/own_file.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define NAME	      "ledger"
#define FIRST_SLOTS   1024 /* a power of two */
#define RESERVE_STEP  (256 << 10)
#define RESERVE_LEAST (64 << 10)
#define LOAD_CHUNK    1024 /* records read at a time when opening */

struct ls_ledger {
	int fd;		   /* the journal */
	uint64_t count;	   /* records in it */
	uint64_t reserved; /* bytes of it that the disk has room for */
	uint32_t *slots;   /* record's index plus one; 0 for an empty slot */
	size_t slot_count; /* a power of two */
	size_t keys;	   /* slots in use */
	uint64_t seed[2];  /* of ls_ledger_place, random */
	bool in_part;	   /* while opening: what came before in the journal is in tables */
	uint64_t cut;	   /* bytes at its end that were not whole when it was opened */
	int unreadable;	   /* 0, or why something could not be looked up */
	struct ls_ledger_tables tables;
};

/* --- the journal and its index ------------------------------------------------------ */

static int record_at(const struct ls_ledger *l, uint64_t index, struct ls_ledger_record *record)
{
	uint8_t bytes[LS_LEDGER_RECORD_SIZE];
	ssize_t n = pread(l->fd, bytes, sizeof(bytes), (off_t)(index * sizeof(bytes)));
	return n == (ssize_t)sizeof(bytes) ? ls_ledger_record_decode(bytes, record) : -EIO;
}

/* The slot of what this record is about, or the empty slot where it would go. */
static uint32_t *find(struct ls_ledger *l, const struct ls_ledger_record *wanted,
		      struct ls_ledger_record *ret_record)
{
	size_t mask = l->slot_count - 1;
	for (size_t i = ls_ledger_place(l->seed, wanted) & mask;; i = (i + 1) & mask) {
		if (l->slots[i] == 0)
			return &l->slots[i];
		int rc = record_at(l, l->slots[i] - 1, ret_record);
		if (rc < 0)
			l->unreadable = rc;
		else if (ls_ledger_compare(ret_record, wanted) == 0)
			return &l->slots[i];
	}
}

static void place(struct ls_ledger *l, const struct ls_ledger_record *record, uint32_t value)
{
	size_t mask = l->slot_count - 1;
	size_t i = ls_ledger_place(l->seed, record) & mask;
	while (l->slots[i] != 0)
		i = (i + 1) & mask;
	l->slots[i] = value;
}

static int new_index(struct ls_ledger *l, size_t slot_count, struct ls_error *err)
{
	uint32_t *slots = calloc(slot_count, sizeof(*slots));
	if (!slots)
		return ls_fail(err, -ENOMEM, "diode.ledger.memory",
			       "out of memory for the index of the ledger");
	l->slots = slots;
	l->slot_count = slot_count;
	return 0;
}

static int grow(struct ls_ledger *l, struct ls_error *err)
{
	uint32_t *old = l->slots;
	size_t old_count = l->slot_count;
	int rc = new_index(l, old_count * 2, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < old_count; i++) {
		struct ls_ledger_record record = { 0 };
		if (old[i] && record_at(l, old[i] - 1, &record) == 0)
			place(l, &record, old[i]);
	}
	free(old);
	return 0;
}

/* Record number `index` of the journal becomes what it is about, unless another counts. */
static int note(struct ls_ledger *l, const struct ls_ledger_record *record, uint64_t index,
		struct ls_error *err)
{
	struct ls_ledger_record there = { 0 };
	uint32_t *slot = find(l, record, &there);
	if (*slot != 0) {
		if (ls_ledger_replaces(record, &there))
			*slot = (uint32_t)index + 1;
		return 0;
	}
	if (l->keys >= LS_LEDGER_KEYS_MAX)
		return ls_fail(err, -ENOSPC, "diode.ledger.full",
			       "the journal of the ledger has %d entries and no room to be "
			       "folded; make room on the disk of the spool folder",
			       LS_LEDGER_KEYS_MAX);
	*slot = (uint32_t)index + 1;
	l->keys++;
	return 2 * l->keys > l->slot_count ? grow(l, err) : 0;
}

static int damaged(uint64_t index, struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "diode.ledger.damaged",
		       "record %llu of the ledger is damaged; restore the spool folder from a "
		       "backup or move it away (what it held may then be sealed twice)",
		       (unsigned long long)index);
}

/* --- folding ---------------------------------------------------------------------------- */

/* What counts of the journal, and these states, in the order of a table. */
static int collect(struct ls_ledger *l, const struct ls_ledger_record *states, size_t state_count,
		   struct ls_ledger_placed *all, size_t *ret_count, struct ls_error *err)
{
	size_t n = 0;
	for (size_t i = 0; i < l->slot_count; i++) {
		if (l->slots[i] == 0)
			continue;
		if (record_at(l, l->slots[i] - 1, &all[n].record) < 0)
			return damaged(l->slots[i] - 1, err);
		n++;
	}
	for (size_t i = 0; i < state_count; i++) {
		struct ls_ledger_record there;
		uint32_t *slot = find(l, &states[i], &there);
		if (*slot == 0)
			all[n++].record = states[i];
	}
	for (size_t i = 0; i < n; i++)
		all[i].place = ls_ledger_place(l->seed, &all[i].record);
	qsort(all, n, sizeof(*all), ls_ledger_compare_placed);
	*ret_count = n;
	return 0;
}

static int fold_index(struct ls_ledger *l, const struct ls_ledger_record *states,
		      size_t state_count, const uint8_t *journal, struct ls_error *err)
{
	_cleanup_free_ struct ls_ledger_placed *all = calloc(l->keys + state_count + 1,
							     sizeof(*all));
	size_t count = 0;
	if (!all)
		return ls_fail(err, -ENOMEM, "diode.ledger.memory",
			       "out of memory to fold the ledger");
	int rc = collect(l, states, state_count, all, &count, err);
	return rc ? rc : ls_ledger_tables_add(&l->tables, all, count, l->seed, journal, err);
}

static int clear_index(struct ls_ledger *l, struct ls_error *err)
{
	free(l->slots);
	l->slots = NULL;
	l->keys = 0;
	return new_index(l, FIRST_SLOTS, err);
}

static int cut_to_nothing(struct ls_ledger *l, struct ls_error *err)
{
	l->count = 0;
	l->reserved = 0;
	if (ftruncate(l->fd, 0) < 0 || fsync(l->fd) < 0)
		return ls_fail_errno(err, errno, "diode.ledger.write",
				     "cannot cut the ledger's journal to nothing");
	return 0;
}

int ls_ledger_fold(struct ls_ledger *l, const struct ls_ledger_record *states, size_t count,
		   struct ls_error *err)
{
	uint8_t first[LS_LEDGER_RECORD_SIZE] = { 0 };
	ssize_t n = l->count > 0 ? pread(l->fd, first, sizeof(first), 0) : (ssize_t)sizeof(first);
	if (n != (ssize_t)sizeof(first))
		return ls_fail_errno(err, n < 0 ? errno : EIO, "diode.ledger.read",
				     "cannot read the ledger");
	int rc = fold_index(l, states, count, first, err);
	rc = rc ? rc : cut_to_nothing(l, err);
	return rc ? rc : clear_index(l, err);
}

bool ls_ledger_is_long(const struct ls_ledger *l)
{
	return l->count >= LS_LEDGER_JOURNAL_MAX;
}

/* --- opening ---------------------------------------------------------------------------- */

/* A journal of an earlier version may be far too long for one index. */
static int fold_in_part(struct ls_ledger *l, struct ls_error *err)
{
	static const uint8_t none[LS_LEDGER_RECORD_SIZE];
	if (l->keys < LS_LEDGER_JOURNAL_MAX)
		return 0;
	int rc = fold_index(l, NULL, 0, none, err);
	if (rc == -EAGAIN)
		return 0; /* no room: it stays in the index */
	l->in_part = true;
	return rc ? rc : clear_index(l, err);
}

static int load_chunk(struct ls_ledger *l, const uint8_t *bytes, size_t records,
		      ls_ledger_visit *visit, void *context, struct ls_error *err)
{
	for (size_t i = 0; i < records; i++) {
		struct ls_ledger_record record = { 0 };
		if (ls_ledger_record_decode(bytes + i * LS_LEDGER_RECORD_SIZE, &record) < 0)
			return damaged(l->count, err);
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
		rc = rc ? rc : fold_in_part(l, err);
		if (rc < 0)
			return rc;
	}
	int rc = l->in_part ? ls_ledger_fold(l, NULL, 0, err) : 0;
	return rc == -EAGAIN ? 0 : rc;
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
	l->cut = (uint64_t)(st.st_size - size);
	*ret_total = total;
	return 0;
}

uint64_t ls_ledger_cut(const struct ls_ledger *l)
{
	return l->cut;
}

/* The newest table was made of this very journal, and then the power failed. */
static bool is_folded(const struct ls_ledger *l)
{
	uint8_t first[LS_LEDGER_RECORD_SIZE];
	const struct ls_ledger_tables *t = &l->tables;
	return t->count > 0 && pread(l->fd, first, sizeof(first), 0) == (ssize_t)sizeof(first) &&
	       memcmp(first, t->all[t->count - 1].journal, sizeof(first)) == 0;
}

static int open_journal(struct ls_ledger *l, int dirfd, struct ls_error *err)
{
	int odd = ls_own_file_check(dirfd, NAME, err);
	if (odd < 0)
		return odd;
	l->fd = openat(dirfd, NAME, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->fd < 0)
		return ls_fail_errno(err, errno, "diode.ledger.open",
				     "cannot open '" NAME "' in the spool folder");
	if (flock(l->fd, LOCK_EX | LOCK_NB) < 0)
		return ls_fail_errno(err, errno, "diode.ledger.busy",
				     "another receiver works on this spool folder");
	return 0;
}

static int take_up(struct ls_ledger *l, ls_ledger_visit *visit, void *context, struct ls_error *err)
{
	uint64_t total = 0;
	if (l->tables.count > 0)
		memcpy(l->seed, l->tables.all[0].seed, sizeof(l->seed));
	int rc = is_folded(l) ? cut_to_nothing(l, err) : 0;
	rc = rc ? rc : trim(l, &total, err);
	return rc ? rc : load(l, total, visit, context, err);
}

LS_DEFINE_CLEANUP(struct ls_ledger *, ls_ledger_free)

int ls_ledger_open(int dirfd, ls_ledger_visit *visit, void *context, struct ls_ledger **ret_ledger,
		   struct ls_error *err)
{
	_cleanup_(ls_ledger_free) struct ls_ledger *l = calloc(1, sizeof(*l));
	if (!l || getrandom(l->seed, sizeof(l->seed), 0) != (ssize_t)sizeof(l->seed))
		return ls_fail(err, -ENOMEM, "diode.ledger.memory", "out of memory for the ledger");
	int rc = new_index(l, FIRST_SLOTS, err);
	rc = rc ? rc : open_journal(l, dirfd, err);
	rc = rc ? rc : ls_ledger_tables_open(&l->tables, dirfd, err);
	rc = rc ? rc : take_up(l, visit, context, err);
	rc = rc ? rc : ls_ledger_sync(l, err);
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
	ls_ledger_tables_close(&l->tables);
	if (l->fd > 0)
		close(l->fd);
	free(l->slots);
	free(l);
	return NULL;
}

/* --- noting ------------------------------------------------------------------------------- */

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
	int rc = ls_ledger_record_encode(record, &b);
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

/* --- looking up --------------------------------------------------------------------------- */

int ls_ledger_check(const struct ls_ledger *l, struct ls_error *err)
{
	if (l->unreadable == 0)
		return 0;
	return ls_fail_errno(err, -l->unreadable, "diode.ledger.damaged",
			     "a table of the ledger cannot be read; restore the spool folder from "
			     "a backup or move it away (what it held may then be sealed twice)");
}

/* 1: what counts about the same thing, in the journal or a table; 0: nothing is known. */
static int look_up(struct ls_ledger *l, const struct ls_ledger_record *wanted,
		   struct ls_ledger_record *ret_record)
{
	struct ls_ledger_record newer = { 0 };
	bool in_journal = *find(l, wanted, &newer) != 0;
	int rc = ls_ledger_tables_find(&l->tables, wanted, ret_record);
	if (rc < 0)
		l->unreadable = rc;
	if (in_journal && (rc != 1 || ls_ledger_replaces(&newer, ret_record)))
		*ret_record = newer;
	return in_journal ? 1 : rc;
}

int ls_ledger_kind_of(struct ls_ledger *l, const struct ls_delivery_key *key)
{
	struct ls_ledger_record found = { 0 };
	const struct ls_ledger_record wanted = { .kind = LS_LEDGER_REFUSED, .key = *key };
	int rc = look_up(l, &wanted, &found);
	return rc < 0 ? LS_LEDGER_SEALED : rc ? (int)found.kind : 0;
}

bool ls_ledger_state(struct ls_ledger *l, enum ls_ledger_kind kind,
		     const uint8_t session[static LS_SESSION_SIZE], uint64_t number,
		     struct ls_ledger_record *ret_record)
{
	struct ls_ledger_record wanted = { .kind = kind, .key.number = number };
	memcpy(wanted.key.session, session, LS_SESSION_SIZE);
	return look_up(l, &wanted, ret_record) == 1;
}

/* Those in the journal: their slots follow each other in the order in which they came. */
static void contents_in_journal(const struct ls_ledger *l, const struct ls_ledger_record *number,
				struct ls_ledger_contents *contents)
{
	size_t mask = l->slot_count - 1;
	for (size_t i = ls_ledger_place(l->seed, number) & mask; l->slots[i]; i = (i + 1) & mask) {
		struct ls_ledger_record there = { 0 };
		if (record_at(l, l->slots[i] - 1, &there) == 0 && !ls_ledger_is_state(there.kind) &&
		    there.key.number == number->key.number &&
		    memcmp(there.key.session, number->key.session, LS_SESSION_SIZE) == 0)
			ls_ledger_contents_add(contents, &there, false);
	}
}

void ls_ledger_number(struct ls_ledger *l, const uint8_t session[static LS_SESSION_SIZE],
		      uint64_t number, unsigned *ret_count, struct ls_digest *ret_sha256)
{
	struct ls_ledger_record wanted = { .kind = LS_LEDGER_REFUSED, .key.number = number };
	struct ls_ledger_contents contents = { 0 };
	memcpy(wanted.key.session, session, LS_SESSION_SIZE);
	int rc = ls_ledger_tables_contents(&l->tables, &wanted, &contents);
	if (rc < 0)
		l->unreadable = rc;
	contents_in_journal(l, &wanted, &contents);
	if (contents.count > 0)
		*ret_sha256 = contents.first.key.sha256;
	*ret_count = contents.count;
}

/* The number is there to spread events over the index. */
void ls_ledger_event_key(const struct ls_digest *event, struct ls_delivery_key *ret_key)
{
	*ret_key = (struct ls_delivery_key){ .sha256 = *event };
	memcpy(&ret_key->number, event->bytes, sizeof(ret_key->number));
}
