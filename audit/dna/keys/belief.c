/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/keys/belief.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/dna/scheme/trust.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

void ls_dna_belief_free(struct ls_dna_belief *b)
{
	for (size_t i = 0; i < b->log_count; i++) {
		ls_key_trust_free(&b->logs[i]);
		ls_key_log_free(&b->read[i]);
	}
	b->log_count = 0;
	ls_dna_trust_free(b->trust);
	b->trust = NULL;
}

static int too_many(struct ls_error *err)
{
	return ls_fail(err, -EFBIG, "dna.keys.many", "at most %d logs of keys", LS_BELIEF_LOGS_MAX);
}

int ls_dna_belief_add(struct ls_dna_belief *b, const char *path, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 2 * LS_DIRECTORY_FILE_MAX);
	if (!b->trust && ls_dna_trust_new(&b->trust) < 0)
		return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
	struct stat st;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return ls_fail(err, -EBADMSG, "dna.trust.folder",
			       "'%s' is a folder; of an authority's, give '%s/parameters.pem'",
			       path, path);
	int rc = ls_file_read(AT_FDCWD, path, &text, err);
	if (rc < 0)
		return rc;
	if (!ls_key_trust_is(text.data, text.size))
		rc = ls_dna_trust_add_bytes(b->trust, text.data, text.size, err);
	else if (b->log_count == LS_BELIEF_LOGS_MAX)
		rc = too_many(err);
	else if ((rc = ls_key_trust_parse(text.data, text.size, &b->logs[b->log_count], err)) == 0)
		b->log_count++;
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

int ls_dna_belief_add_keys(struct ls_dna_belief *b, const char *path, struct ls_error *err)
{
	if (b->keys_count == LS_BELIEF_LOGS_MAX)
		return too_many(err);
	b->keys[b->keys_count++] = path;
	return 0;
}

/* The log's own key says whose it is: the trust file whose log this is takes it. */
static int open_keys(struct ls_dna_belief *b, const char *path, struct ls_error *err)
{
	struct ls_error why = { 0 };
	for (size_t i = 0; i < b->log_count; i++) {
		if (*b->read[i].origin)
			continue;
		int rc = ls_key_log_open(path, &b->logs[i], b->now, &b->read[i], &why);
		if (rc == -ENOKEY || rc == -EXDEV)
			continue;
		if (rc < 0)
			*err = why;
		return rc;
	}
	return ls_fail(err, -ENOKEY, "dna.keys.trust",
		       "whose log of keys is '%s'? Give the trust file that names it ('labseal dna "
		       "authority log' printed one)%s%s",
		       path, why.code ? ": " : "", why.message);
}

static int use(struct ls_dna_belief *b, size_t i, struct ls_error *err)
{
	struct ls_dna_history history = { 0 };
	const struct ls_dna_params *params = ls_dna_trust_params(b->trust, &b->logs[i].authority);
	if (!*b->read[i].origin)
		return ls_fail(err, -ENOKEY, "dna.keys.missing",
			       "a mirror or a snapshot of the log of keys '%s' is missing: give it "
			       "with --keys",
			       b->logs[i].log.registry.name);
	int rc = params ? ls_key_log_history(&b->read[i], params, &history, err) : 0;
	if (rc == 0)
		rc = ls_dna_trust_set_history(b->trust, &b->logs[i].authority, &history,
					      b->at_known ? b->at : b->now, b->at_known, err);
	ls_dna_history_free(&history);
	return rc;
}

int ls_dna_belief_open(struct ls_dna_belief *b, struct ls_error *err)
{
	int rc = 0;
	b->now = (int64_t)time(NULL);
	for (size_t i = 0; rc == 0 && i < b->keys_count; i++)
		rc = open_keys(b, b->keys[i], err);
	for (size_t i = 0; rc == 0 && i < b->log_count; i++)
		rc = use(b, i, err);
	return rc;
}

/* --- telling ----------------------------------------------------------------- */

static const char *clock_words(enum ls_cal_clock clock)
{
	return clock == LS_CAL_CLOCK_WITNESSES ? "witnesses" : "heartbeat";
}

void ls_dna_belief_tell(const struct ls_dna_belief *b)
{
	char text[LS_UTC_SIZE];
	for (size_t i = 0; i < b->log_count; i++) {
		const struct ls_key_log *log = &b->read[i];
		printf("keys: %s: %" PRIu64 " entries as of %s (%s), %" PRId64
		       " seconds old, %" PRId64 " allowed\n",
		       log->origin, log->size, ls_utc_format(log->fresh.time, text),
		       clock_words(log->fresh.clock), b->now - log->fresh.time,
		       b->logs[i].log.max_age);
	}
}

json_t *ls_dna_belief_json(const struct ls_dna_belief *b)
{
	char text[LS_UTC_SIZE];
	json_t *all = json_array();
	for (size_t i = 0; i < b->log_count; i++) {
		const struct ls_key_log *log = &b->read[i];
		json_array_append_new(all,
				      json_pack("{s:s, s:I, s:s, s:s, s:I, s:I}", "log",
						log->origin, "entries", (json_int_t)log->size,
						"as_of", ls_utc_format(log->fresh.time, text),
						"clock", clock_words(log->fresh.clock), "age",
						(json_int_t)(b->now - log->fresh.time), "max_age",
						(json_int_t)b->logs[i].log.max_age));
	}
	return all;
}

static void tell_line(void *context, const struct ls_dna_key_entry *e)
{
	char text[LS_UTC_SIZE];
	fprintf(context, "  withdrawn   a key of %s as of %s (%s)\n", e->orcid.text,
		ls_utc_format(e->since, text), e->reason);
}

static void add_json(void *context, const struct ls_dna_key_entry *e)
{
	char text[LS_UTC_SIZE];
	json_array_append_new(context,
			      json_pack("{s:s, s:s, s:s}", "signer", e->orcid.text, "since",
					ls_utc_format(e->since, text), "reason", e->reason));
}

static void each_withdrawn(const struct ls_dna_belief *belief, const struct ls_block *b,
			   void (*tell)(void *context, const struct ls_dna_key_entry *e),
			   void *context)
{
	if (b->profile != LS_PROFILE_AGGREGATE)
		return;
	for (size_t i = 0; i < b->signer_count; i++)
		ls_dna_trust_each_withdrawn(belief->trust, b->hint, &b->signers[i], tell, context);
}

void ls_dna_belief_tell_withdrawn(const struct ls_dna_belief *belief, const struct ls_block *b,
				  FILE *out)
{
	each_withdrawn(belief, b, tell_line, out);
}

json_t *ls_dna_belief_withdrawn_json(const struct ls_dna_belief *belief, const struct ls_block *b)
{
	json_t *all = json_array();
	each_withdrawn(belief, b, add_json, all);
	return all;
}
