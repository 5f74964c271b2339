/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/ledger_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diode/receive/own_file.h"
#include "diode/wire/crc32c.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"

#define MAGIC	    "LSLTAB1"
#define HEADER_SIZE 192
#define BLOCK	    32	 /* records looked at together */
#define CHUNK	    1024 /* records read or written together in a merge */

/* --- names and headers ----------------------------------------------------------- */

static int parse_hex8(const char *text, uint32_t *ret_value)
{
	uint32_t value = 0;
	for (int i = 0; i < 8; i++) {
		const char *digit = text[i] ? strchr("0123456789abcdef", text[i]) : NULL;
		if (!digit)
			return -EINVAL;
		value = value << 4 | (uint32_t)(digit - "0123456789abcdef");
	}
	*ret_value = value;
	return 0;
}

int ls_ledger_table_parse_name(const char *name, uint32_t *ret_first, uint32_t *ret_last)
{
	uint32_t first = 0, last = 0;
	if (strlen(name) != strlen("ledger-") + 17 || strncmp(name, "ledger-", 7) != 0 ||
	    name[15] != '-' || parse_hex8(name + 7, &first) < 0 ||
	    parse_hex8(name + 16, &last) < 0 || first > last)
		return -EINVAL;
	*ret_first = first;
	*ret_last = last;
	return 0;
}

void ls_ledger_table_name(const struct ls_ledger_table *t,
			  char name[static LS_LEDGER_TABLE_NAME_SIZE])
{
	snprintf(name, LS_LEDGER_TABLE_NAME_SIZE, "ledger-%08" PRIx32 "-%08" PRIx32, t->first,
		 t->last);
}

static int encode_header(const struct ls_ledger_table *t, struct ls_buffer *b)
{
	static const uint8_t zeros[60];
	ls_buffer_add(b, MAGIC, 8);
	ls_buffer_add_be64(b, t->count);
	ls_buffer_add_be64(b, t->seed[0]);
	ls_buffer_add_be64(b, t->seed[1]);
	ls_buffer_add(b, t->journal, sizeof(t->journal));
	ls_buffer_add(b, zeros, sizeof(zeros));
	if (ls_buffer_error(b) == 0)
		ls_buffer_add_be32(b, ls_crc32c(0, b->data, b->size));
	return ls_buffer_error(b);
}

static int decode_header(const uint8_t *bytes, struct ls_ledger_table *t)
{
	static const uint8_t magic[8] = MAGIC;
	const uint8_t *found;
	uint32_t crc = 0;
	struct ls_reader r;
	ls_reader_init(&r, bytes, HEADER_SIZE);
	int rc = ls_read_bytes(&r, sizeof(magic), &found);
	if (rc == 0 && memcmp(found, magic, sizeof(magic)) != 0)
		rc = -EBADMSG;
	rc = rc ? rc : ls_read_be64(&r, &t->count);
	rc = rc ? rc : ls_read_be64(&r, &t->seed[0]);
	rc = rc ? rc : ls_read_be64(&r, &t->seed[1]);
	rc = rc ? rc : ls_read_into(&r, t->journal, sizeof(t->journal));
	rc = rc ? rc : ls_read_bytes(&r, 60, &found);
	rc = rc ? rc : ls_read_be32(&r, &crc);
	return rc ? rc : crc == ls_crc32c(0, bytes, HEADER_SIZE - 4) ? 0 : -EBADMSG;
}

static int read_header(struct ls_ledger_table *t)
{
	uint8_t bytes[HEADER_SIZE];
	struct stat st;
	ssize_t n = pread(t->fd, bytes, sizeof(bytes), 0);
	if (n < 0 || fstat(t->fd, &st) < 0)
		return -errno;
	if (n != HEADER_SIZE || decode_header(bytes, t) < 0)
		return -EBADMSG;
	uint64_t rest = (uint64_t)st.st_size - HEADER_SIZE;
	return rest % LS_LEDGER_RECORD_SIZE == 0 && rest / LS_LEDGER_RECORD_SIZE == t->count
		       ? 0
		       : -EBADMSG;
}

int ls_ledger_table_open(int dirfd, struct ls_ledger_table *t, struct ls_error *err)
{
	char name[LS_LEDGER_TABLE_NAME_SIZE];
	ls_ledger_table_name(t, name);
	int odd = ls_own_file_check(dirfd, name, err);
	if (odd < 0)
		return odd;
	t->fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = t->fd < 0 ? -errno : read_header(t);
	if (rc == 0)
		return 0;
	ls_ledger_table_close(t);
	if (rc == -EBADMSG)
		return ls_fail(err, rc, "diode.ledger.damaged",
			       "'%s' in the spool folder is damaged; restore the folder from a "
			       "backup or move it away (what it held may then be sealed twice)",
			       name);
	return ls_fail_errno(err, -rc, "diode.ledger.read", "cannot read '%s' in the spool folder",
			     name);
}

void ls_ledger_table_close(struct ls_ledger_table *t)
{
	if (t->fd > 0)
		close(t->fd);
	t->fd = -1;
}

/* --- finding --------------------------------------------------------------------- */

/* Records from index on, raw; as many as asked for, or it is damaged. */
static int read_raw(const struct ls_ledger_table *t, uint64_t index, size_t count, uint8_t *bytes)
{
	size_t size = count * LS_LEDGER_RECORD_SIZE;
	ssize_t n = pread(t->fd, bytes, size, (off_t)(HEADER_SIZE + index * LS_LEDGER_RECORD_SIZE));
	return n < 0 ? -errno : (size_t)n == size ? 0 : -EBADMSG;
}

int ls_ledger_table_read(const struct ls_ledger_table *t, uint64_t index,
			 struct ls_ledger_record *ret_record)
{
	uint8_t bytes[LS_LEDGER_RECORD_SIZE];
	int rc = read_raw(t, index, 1, bytes);
	return rc ? rc : ls_ledger_record_decode(bytes, ret_record);
}

/* What is known while a record is looked for: it is in [low, high]. */
struct search {
	const struct ls_ledger_table *table;
	struct ls_ledger_placed wanted;
	uint64_t low, high;
	uint64_t low_place, high_place; /* of the records just outside */
};

/* Does the record in these bytes come before the wanted one? */
static int comes_before(const struct search *s, const uint8_t *bytes, bool *ret_before,
			uint64_t *ret_place)
{
	struct ls_ledger_placed there;
	int rc = ls_ledger_record_decode(bytes, &there.record);
	if (rc < 0)
		return rc;
	there.place = ls_ledger_place(s->table->seed, &there.record);
	*ret_place = there.place;
	*ret_before = ls_ledger_compare_placed(&there, &s->wanted) < 0;
	return 0;
}

/* Places are spread evenly, so where one is can be guessed; every second time the middle is taken.
 */
static uint64_t guess(const struct search *s, unsigned step)
{
	uint64_t span = s->high - s->low;
	double share = 0.5;
	if (step % 2 == 0 && s->high_place > s->low_place)
		share = (double)(s->wanted.place - s->low_place) /
			(double)(s->high_place - s->low_place);
	uint64_t middle = s->low + (uint64_t)((double)span * share);
	uint64_t start = middle > s->low + BLOCK / 2 ? middle - BLOCK / 2 : s->low;
	return start + BLOCK > s->high ? s->high - BLOCK : start;
}

/* Narrow by one block of records that starts here; more than a block is left. */
static int narrow(struct search *s, uint64_t start)
{
	uint8_t bytes[BLOCK * LS_LEDGER_RECORD_SIZE];
	uint64_t place = 0;
	bool before = false;
	int rc = read_raw(s->table, start, BLOCK, bytes);
	rc = rc ? rc : comes_before(s, bytes, &before, &place);
	if (rc < 0)
		return rc;
	if (!before) {
		s->high = start;
		s->high_place = place;
		return 0;
	}
	s->low = start;
	rc = comes_before(s, bytes + (BLOCK - 1) * LS_LEDGER_RECORD_SIZE, &before, &place);
	if (rc < 0)
		return rc;
	if (before) {
		s->low = start + BLOCK;
		s->low_place = place;
	} else {
		s->high = start + BLOCK - 1;
	}
	return 0;
}

/* At most a block is left. */
static int scan(const struct search *s, uint64_t *ret_index)
{
	uint8_t bytes[BLOCK * LS_LEDGER_RECORD_SIZE];
	size_t count = (size_t)(s->high - s->low), i;
	int rc = read_raw(s->table, s->low, count, bytes);
	for (i = 0; rc == 0 && i < count; i++) {
		uint64_t place;
		bool before = false;
		rc = comes_before(s, bytes + i * LS_LEDGER_RECORD_SIZE, &before, &place);
		if (!before)
			break;
	}
	*ret_index = s->low + i;
	return rc;
}

int ls_ledger_table_find(const struct ls_ledger_table *t, const struct ls_ledger_record *wanted,
			 uint64_t *ret_index)
{
	struct search s = { .table = t,
			    .wanted = { ls_ledger_place(t->seed, wanted), *wanted },
			    .high = t->count,
			    .high_place = UINT64_MAX };
	for (unsigned step = 0; s.high - s.low > BLOCK; step++) {
		int rc = narrow(&s, guess(&s, step));
		if (rc < 0)
			return rc;
	}
	return scan(&s, ret_index);
}

/* --- writing --------------------------------------------------------------------- */

struct writer {
	int dirfd, fd;
	struct ls_buffer out;
	struct ls_ledger_table *table; /* its count grows */
};

static int begin_writing(struct writer *w, int dirfd, struct ls_ledger_table *t)
{
	static const uint8_t header[HEADER_SIZE];
	*w = (struct writer){ .dirfd = dirfd, .table = t };
	ls_buffer_init(&w->out, (size_t)CHUNK * LS_LEDGER_RECORD_SIZE);
	t->count = 0;
	unlinkat(dirfd, LS_LEDGER_TABLE_TEMPORARY, 0);
	w->fd = openat(dirfd, LS_LEDGER_TABLE_TEMPORARY,
		       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return w->fd < 0 ? -errno : ls_write_all(w->fd, header, sizeof(header));
}

static int flush(struct writer *w)
{
	int rc = ls_write_all(w->fd, w->out.data, w->out.size);
	ls_buffer_clear(&w->out);
	return rc;
}

static int put(struct writer *w, const struct ls_ledger_record *record)
{
	w->table->count++;
	int rc = ls_ledger_record_encode(record, &w->out);
	return rc == 0 && w->out.size == w->out.max ? flush(w) : rc;
}

/* Its header last, and its name when all of it is on the disk. */
static int finish_writing(struct writer *w)
{
	_cleanup_buffer_ struct ls_buffer header;
	char name[LS_LEDGER_TABLE_NAME_SIZE];
	ls_buffer_init(&header, HEADER_SIZE);
	int rc = flush(w);
	rc = rc ? rc : encode_header(w->table, &header);
	if (rc == 0 && pwrite(w->fd, header.data, header.size, 0) != (ssize_t)header.size)
		rc = errno ? -errno : -EIO;
	if (rc == 0 && fsync(w->fd) < 0)
		rc = -errno;
	ls_ledger_table_name(w->table, name);
	if (rc == 0 && renameat(w->dirfd, LS_LEDGER_TABLE_TEMPORARY, w->dirfd, name) < 0)
		rc = -errno;
	return rc == 0 && fsync(w->dirfd) < 0 ? -errno : rc;
}

/* rc: how the writing went so far. */
static int end_writing(struct writer *w, int rc, struct ls_error *err)
{
	rc = rc ? rc : finish_writing(w);
	ls_buffer_free(&w->out);
	w->table->fd = w->fd;
	if (rc == 0)
		return 0;
	ls_ledger_table_close(w->table);
	unlinkat(w->dirfd, LS_LEDGER_TABLE_TEMPORARY, 0);
	if (rc == -EBADMSG)
		return ls_fail(err, rc, "diode.ledger.damaged",
			       "a table of the ledger is damaged; restore the spool folder from a "
			       "backup or move it away (what it held may then be sealed twice)");
	return ls_fail_errno(err, -rc, "diode.ledger.write",
			     "cannot write a table of the ledger in the spool folder");
}

int ls_ledger_table_write(int dirfd, struct ls_ledger_table *t,
			  const struct ls_ledger_placed *records, size_t count,
			  struct ls_error *err)
{
	struct writer w;
	int rc = begin_writing(&w, dirfd, t);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = put(&w, &records[i].record);
	return end_writing(&w, rc, err);
}

/* --- merging --------------------------------------------------------------------- */

/* A table read from its first record to its last. */
struct input {
	const struct ls_ledger_table *table;
	uint64_t next; /* to be read from the file */
	size_t have, used;
	uint8_t *bytes; /* owned */
	bool ended;
	struct ls_ledger_placed hand; /* unless ended */
};

static int step(struct input *in)
{
	if (in->used == in->have) {
		uint64_t left = in->table->count - in->next;
		in->have = left < CHUNK ? (size_t)left : CHUNK;
		in->used = 0;
		int rc = in->have ? read_raw(in->table, in->next, in->have, in->bytes) : 0;
		if (rc < 0)
			return rc;
		in->next += in->have;
	}
	in->ended = in->have == 0;
	if (in->ended)
		return 0;
	int rc = ls_ledger_record_decode(in->bytes + in->used++ * LS_LEDGER_RECORD_SIZE,
					 &in->hand.record);
	in->hand.place = rc ? 0 : ls_ledger_place(in->table->seed, &in->hand.record);
	return rc;
}

static int begin_input(struct input *in, const struct ls_ledger_table *table)
{
	*in = (struct input){ .table = table,
			      .bytes = malloc((size_t)CHUNK * LS_LEDGER_RECORD_SIZE) };
	return in->bytes ? step(in) : -ENOMEM;
}

/* The smaller of both goes on; of two about the same thing the one that counts. */
static int merge_one(struct writer *w, struct input *older, struct input *newer)
{
	int order = older->ended   ? 1
		    : newer->ended ? -1
				   : ls_ledger_compare_placed(&older->hand, &newer->hand);
	bool take_newer = order > 0 || (order == 0 && ls_ledger_replaces(&newer->hand.record,
									 &older->hand.record));
	int rc = put(w, take_newer ? &newer->hand.record : &older->hand.record);
	if (rc == 0 && order >= 0)
		rc = step(newer);
	if (rc == 0 && order <= 0)
		rc = step(older);
	return rc;
}

int ls_ledger_table_merge(int dirfd, const struct ls_ledger_table *older,
			  const struct ls_ledger_table *newer, struct ls_ledger_table *ret_table,
			  struct ls_error *err)
{
	static const uint8_t none[LS_LEDGER_RECORD_SIZE];
	struct writer w;
	struct input a = { 0 }, b = { 0 };
	bool in_part = memcmp(newer->journal, none, sizeof(none)) == 0;
	*ret_table = *newer;
	ret_table->first = older->first;
	memcpy(ret_table->journal, in_part ? older->journal : newer->journal, sizeof(none));
	int rc = begin_writing(&w, dirfd, ret_table);
	rc = rc ? rc : begin_input(&a, older);
	rc = rc ? rc : begin_input(&b, newer);
	while (rc == 0 && !(a.ended && b.ended))
		rc = merge_one(&w, &a, &b);
	free(a.bytes);
	free(b.bytes);
	return end_writing(&w, rc, err);
}
