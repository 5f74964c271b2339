/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/ledger_tables.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diode/receive/own_file.h"
#include "lib/base/cleanup.h"

/* --- opening ---------------------------------------------------------------------- */

static int remove_table(struct ls_ledger_tables *s, const struct ls_ledger_table *t,
			struct ls_error *err)
{
	char name[LS_LEDGER_TABLE_NAME_SIZE];
	ls_ledger_table_name(t, name);
	if (unlinkat(s->dirfd, name, 0) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "diode.ledger.write",
				     "cannot remove '%s' in the spool folder", name);
	return 0;
}

/*
 * The names of a folder come in their order, so a table comes after the one
 * before it and next to those that it was made of, whichever of them is left.
 */
static int take_name(struct ls_ledger_tables *s, uint32_t first, uint32_t last,
		     struct ls_error *err)
{
	struct ls_ledger_table found = { .first = first, .last = last, .fd = -1 };
	while (s->count > 0 && s->all[s->count - 1].first >= first)
		if (remove_table(s, &s->all[--s->count], err) < 0)
			return -EIO;
	if (s->count > 0 && s->all[s->count - 1].last >= last)
		return remove_table(s, &found, err);
	uint32_t expected = s->count > 0 ? s->all[s->count - 1].last + 1 : 1;
	if (first != expected || s->count == LS_LEDGER_TABLES_MAX)
		return ls_fail(err, -EBADMSG, "diode.ledger.damaged",
			       "a table 'ledger-%08x-...' of the ledger is missing in the spool "
			       "folder; restore the folder from a backup or move it away (what it "
			       "held may then be sealed twice)",
			       expected);
	s->all[s->count++] = found;
	return 0;
}

static int take_names(struct ls_ledger_tables *s, struct ls_error *err)
{
	struct dirent **names;
	uint32_t first, last;
	int n = scandirat(s->dirfd, ".", &names, NULL, alphasort), rc = 0;
	if (n < 0)
		return ls_fail_errno(err, errno, "diode.ledger.read",
				     "cannot list the spool folder");
	for (int i = 0; i < n; i++) {
		if (rc == 0 && ls_ledger_table_parse_name(names[i]->d_name, &first, &last) == 0)
			rc = take_name(s, first, last, err);
		free(names[i]);
	}
	free(names);
	return rc;
}

int ls_ledger_tables_open(struct ls_ledger_tables *s, int dirfd, struct ls_error *err)
{
	*s = (struct ls_ledger_tables){ .dirfd = dirfd };
	unlinkat(dirfd, LS_LEDGER_TABLE_TEMPORARY, 0); /* else the next one takes its place */
	int rc = ls_own_file_check(dirfd, LS_LEDGER_TABLE_TEMPORARY, err);
	rc = rc ? rc : take_names(s, err);
	for (size_t i = 0; rc == 0 && i < s->count; i++) {
		rc = ls_ledger_table_open(dirfd, &s->all[i], err);
		if (rc == 0 && memcmp(s->all[i].seed, s->all[0].seed, sizeof(s->all[0].seed)) != 0)
			rc = ls_fail(err, -EBADMSG, "diode.ledger.damaged",
				     "the tables of the ledger in the spool folder do not belong "
				     "together; restore the folder from a backup");
	}
	return rc;
}

void ls_ledger_tables_close(struct ls_ledger_tables *s)
{
	for (size_t i = 0; i < s->count; i++)
		ls_ledger_table_close(&s->all[i]);
	s->count = 0;
}

/* --- growing ---------------------------------------------------------------------- */

static bool is_full(int rc)
{
	return rc == -ENOSPC || rc == -EDQUOT;
}

/* The last two become one. */
static int merge_last(struct ls_ledger_tables *s, struct ls_error *err)
{
	struct ls_ledger_table *older = &s->all[s->count - 2], *newer = older + 1, merged;
	int rc = ls_ledger_table_merge(s->dirfd, older, newer, &merged, err);
	if (rc < 0)
		return rc;
	rc = remove_table(s, older, err);
	rc = rc ? rc : remove_table(s, newer, err);
	ls_ledger_table_close(older);
	ls_ledger_table_close(newer);
	*older = merged;
	s->count--;
	return rc;
}

static bool last_two_are_alike(const struct ls_ledger_tables *s)
{
	return s->count >= 2 &&
	       s->all[s->count - 2].count / LS_LEDGER_TABLES_RATIO < s->all[s->count - 1].count;
}

/* No room to make two one does no harm: there is one more, for now. */
static int merge(struct ls_ledger_tables *s, struct ls_error *err)
{
	int rc = 0;
	while (rc == 0 && last_two_are_alike(s))
		rc = merge_last(s, err);
	return is_full(rc) ? 0 : rc;
}

int ls_ledger_tables_add(struct ls_ledger_tables *s, const struct ls_ledger_placed *records,
			 size_t count, const uint64_t seed[static 2], const uint8_t *journal,
			 struct ls_error *err)
{
	int rc = s->count == LS_LEDGER_TABLES_MAX ? merge_last(s, err) : 0;
	if (rc == 0) {
		struct ls_ledger_table t = { .seed = { seed[0], seed[1] } };
		t.first = t.last = s->count > 0 ? s->all[s->count - 1].last + 1 : 1;
		memcpy(t.journal, journal, sizeof(t.journal));
		rc = ls_ledger_table_write(s->dirfd, &t, records, count, err);
		if (rc == 0)
			s->all[s->count++] = t;
	}
	if (rc < 0)
		return is_full(rc) ? -EAGAIN : rc;
	return merge(s, err);
}

/* --- finding ---------------------------------------------------------------------- */

/* 1: the table has a record about the same thing. */
static int find_in(const struct ls_ledger_table *t, const struct ls_ledger_record *wanted,
		   struct ls_ledger_record *ret_record)
{
	uint64_t index;
	int rc = ls_ledger_table_find(t, wanted, &index);
	if (rc < 0 || index == t->count)
		return rc;
	rc = ls_ledger_table_read(t, index, ret_record);
	return rc ? rc : ls_ledger_compare(ret_record, wanted) == 0;
}

int ls_ledger_tables_find(const struct ls_ledger_tables *s, const struct ls_ledger_record *wanted,
			  struct ls_ledger_record *ret_record)
{
	int found = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct ls_ledger_record there;
		int rc = find_in(&s->all[i], wanted, &there);
		if (rc < 0)
			return rc;
		if (rc == 1 && (!found || ls_ledger_replaces(&there, ret_record)))
			*ret_record = there;
		found = found || rc == 1;
	}
	return found;
}

static bool comes_earlier(const struct ls_ledger_record *a, const struct ls_ledger_record *b)
{
	return a->time != b->time ? a->time < b->time : a->seal < b->seal;
}

void ls_ledger_contents_add(struct ls_ledger_contents *c, const struct ls_ledger_record *record,
			    bool same_place)
{
	if (c->count == 0 || (same_place && comes_earlier(record, &c->first)))
		c->first = *record;
	for (unsigned i = 0; i < c->count; i++)
		if (ls_digest_equal(&c->seen[i], &record->key.sha256))
			return;
	if (c->count < LS_LEDGER_CONTENTS_MAX)
		c->seen[c->count++] = record->key.sha256;
}

static int contents_in(const struct ls_ledger_table *t, const struct ls_ledger_record *number,
		       struct ls_ledger_contents *contents)
{
	uint64_t index;
	bool is_first = contents->count == 0;
	int rc = ls_ledger_table_find(t, number, &index);
	for (; rc == 0 && index < t->count && contents->count < LS_LEDGER_CONTENTS_MAX; index++) {
		struct ls_ledger_record there;
		rc = ls_ledger_table_read(t, index, &there);
		if (rc < 0 || ls_ledger_is_state(there.kind) ||
		    there.key.number != number->key.number ||
		    memcmp(there.key.session, number->key.session, LS_SESSION_SIZE) != 0)
			break;
		ls_ledger_contents_add(contents, &there, is_first);
	}
	return rc;
}

int ls_ledger_tables_contents(const struct ls_ledger_tables *s,
			      const struct ls_ledger_record *number,
			      struct ls_ledger_contents *contents)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->count; i++)
		rc = contents_in(&s->all[i], number, contents);
	return rc;
}
