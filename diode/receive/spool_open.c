/* SPDX-License-Identifier: Apache-2.0 */
/* Taking up what an earlier receiver left in the spool folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diode/receive/own_file.h"
#include "diode/receive/spool_inside.h"
#include "lib/base/cleanup.h"
#include "lib/base/hash.h"

static int parse_name(const char *name, char *ret_type, uint64_t *ret_sequence)
{
	if (strlen(name) != LS_SPOOL_NAME_SIZE - 2 || !strchr("tfes", name[0]) || name[1] != '-')
		return -EINVAL;
	uint64_t value = 0;
	for (const char *p = name + 2; *p; p++) {
		const char *digit = strchr("0123456789abcdef", *p);
		if (!digit)
			return -EINVAL;
		value = value << 4 | (uint64_t)(digit - "0123456789abcdef");
	}
	if (value > LS_SPOOL_SEQUENCE_MAX)
		return -EINVAL;
	*ret_type = name[0];
	*ret_sequence = value;
	return 0;
}

/* Keep the list in the order of the sequence; what is found last usually goes last. */
static void insert(struct ls_spool *s, struct ls_spool_entry *entry)
{
	struct ls_spool_entry *before = TAILQ_LAST(&s->entries, ls_spool_entries);
	while (before && before->sequence > entry->sequence)
		before = TAILQ_PREV(before, ls_spool_entries, link);
	if (before)
		TAILQ_INSERT_AFTER(&s->entries, before, entry, link);
	else
		TAILQ_INSERT_HEAD(&s->entries, entry, link);
	ls_spool_index(s, entry);
	s->entry_count++;
	if (!entry->segment)
		s->used_bytes += ls_spool_cost(entry->size);
	if (entry->sequence >= s->next_sequence)
		s->next_sequence = entry->sequence + 1;
}

/* --- files of their own ------------------------------------------------------------------ */

static int check_file(int fd, const struct ls_spool_head *head, struct ls_spool_entry *entry)
{
	struct ls_delivery delivery;
	struct ls_digest seen;
	uint64_t size = 0;
	if (ls_spool_head_delivery(head, &delivery) < 0 ||
	    lseek(fd, LS_SPOOL_HEAD_SIZE, SEEK_SET) < 0 ||
	    ls_sha256_fd(fd, &seen, &size, NULL) < 0 || size != delivery.size ||
	    !ls_digest_equal(&seen, &delivery.key.sha256))
		return -EBADMSG;
	entry->key = delivery.key;
	entry->size = size;
	return 0;
}

static int check_event(const struct ls_spool_head *head, struct ls_spool_entry *entry)
{
	struct ls_event event;
	if (ls_spool_head_event(head, &event) < 0)
		return -EBADMSG;
	entry->key = (struct ls_delivery_key){ .sha256 = event.key };
	return 0;
}

/* 0: taken up.  -EBADMSG: not whole, so it was never counted. */
static int take_up(struct ls_spool *s, const char *name, uint64_t sequence, bool is_event)
{
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ struct ls_spool_entry *entry = ls_spool_new_entry(sequence, is_event);
	_cleanup_free_ uint8_t *bytes = malloc(LS_SPOOL_HEAD_MAX);
	struct ls_spool_head head;
	if (!entry || !bytes)
		return -ENOMEM;
	ssize_t n = fd < 0 ? -1
			   : pread(fd, bytes, is_event ? LS_SPOOL_HEAD_MAX : LS_SPOOL_HEAD_SIZE, 0);
	int rc = n < 0 ? -errno : ls_spool_head_decode(bytes, (size_t)n, &head);
	if (rc == 0)
		rc = is_event ? check_event(&head, entry) : check_file(fd, &head, entry);
	if (rc == 0)
		insert(s, ls_steal_ptr(&entry));
	return rc;
}

/* --- segments ---------------------------------------------------------------------------- */

/* The record at the beginning of n bytes.  *ret_size: its own, even when its bytes are not right.
 */
static int check_record(const uint8_t *bytes, size_t n, struct ls_spool_entry *entry,
			size_t *ret_size)
{
	struct ls_spool_head head;
	struct ls_delivery delivery;
	struct ls_digest seen;
	*ret_size = 0;
	if (ls_spool_head_decode(bytes, n, &head) < 0 || head.sequence == 0 ||
	    head.sequence > LS_SPOOL_SEQUENCE_MAX || ls_spool_head_delivery(&head, &delivery) < 0 ||
	    delivery.size > n - head.size)
		return -EBADMSG;
	*ret_size = head.size + (size_t)delivery.size;
	ls_sha256_buffer(bytes + head.size, (size_t)delivery.size, &seen);
	if (!ls_digest_equal(&seen, &delivery.key.sha256))
		return -EBADMSG;
	entry->sequence = head.sequence;
	entry->key = delivery.key;
	entry->size = delivery.size;
	return 0;
}

/* One record at an offset; *ret_size 0: none follows. */
static int take_record(struct ls_spool *s, struct ls_segment *segment, int fd, uint64_t offset,
		       uint8_t *bytes, size_t *ret_size, size_t *removed)
{
	ssize_t n = pread(fd, bytes, LS_SEGMENT_RECORD_MAX, (off_t)offset);
	_cleanup_free_ struct ls_spool_entry *entry = ls_spool_new_entry(0, false);
	*ret_size = 0;
	if (n < 0 || !entry)
		return n < 0 ? -errno : -ENOMEM;
	if (n == 0)
		return 0;
	if (check_record(bytes, (size_t)n, entry, ret_size) < 0) {
		(*removed)++;
		return 0;
	}
	entry->segment = segment;
	entry->offset = offset;
	ls_segment_count(segment);
	insert(s, ls_steal_ptr(&entry));
	return 0;
}

/* What is torn at its end was never counted. */
static int take_up_segment(struct ls_spool *s, const char *name, uint64_t number, size_t *removed)
{
	_cleanup_close_ int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ uint8_t *bytes = malloc(LS_SEGMENT_RECORD_MAX);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size < 0)
		return -errno;
	struct ls_segment *segment = ls_segments_found(s->segments, number, (uint64_t)size);
	if (!bytes || !segment)
		return -ENOMEM;
	int rc = 0;
	size_t step = 1;
	for (uint64_t offset = 0; rc == 0 && step > 0; offset += step)
		rc = take_record(s, segment, fd, offset, bytes, &step, removed);
	return rc ? rc : ls_segment_remove_if_empty(s->segments, segment);
}

/* --- all that is there --------------------------------------------------------------------- */

static int load_one(struct ls_spool *s, const char *name, size_t *removed, struct ls_error *err)
{
	char type;
	uint64_t sequence;
	if (parse_name(name, &type, &sequence) < 0)
		return 0;
	if (type != 's' && sequence >= s->next_sequence)
		s->next_sequence = sequence + 1;
	int odd = ls_own_file_check(s->dirfd, name, err);
	if (odd < 0)
		return odd;
	int rc = type == 't'   ? -EBADMSG
		 : type == 's' ? take_up_segment(s, name, sequence, removed)
			       : take_up(s, name, sequence, type == 'e');
	if (rc == 0)
		return 0;
	if (rc != -EBADMSG)
		return ls_fail_errno(err, -rc, "diode.spool.read",
				     "cannot read '%s' in the spool folder", name);
	if (unlinkat(s->dirfd, name, 0) < 0)
		return ls_fail_errno(err, errno, "diode.spool.write",
				     "cannot remove '%s' in the spool folder", name);
	*removed += type != 't';
	return 0;
}

/* Names are collected first: removing while reading a folder may skip some. */
int ls_spool_load(struct ls_spool *s, size_t *removed, struct ls_error *err)
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
