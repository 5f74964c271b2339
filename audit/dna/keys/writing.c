/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/keys/writing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/dna/scheme/params.h"

void ls_key_desk_close(struct ls_key_desk *desk)
{
	ls_desk_close(&desk->desk);
	ls_key_log_free(&desk->log);
	ls_dna_history_free(&desk->history);
}

bool ls_key_log_is_there(const char *folder, char ret_path[static LS_KEY_LOG_PATH_SIZE])
{
	struct stat st;
	int n = snprintf(ret_path, LS_KEY_LOG_PATH_SIZE, "%s/keys", folder);
	return n > 0 && n < LS_KEY_LOG_PATH_SIZE && stat(ret_path, &st) == 0 && S_ISDIR(st.st_mode);
}

int ls_key_desk_open(const char *folder, const struct ls_dna_params *params,
		     struct ls_key_desk *desk, struct ls_error *err)
{
	char path[LS_KEY_LOG_PATH_SIZE];
	if (!ls_key_log_is_there(folder, path))
		return ls_fail(err, -ENOENT, "dna.keys.none",
			       "the authority in '%s' has no log of keys: 'labseal dna authority "
			       "log' makes one",
			       folder);
	int rc = ls_desk_open(path, &(struct ls_log_keys){ NULL, NULL }, &desk->desk, err);
	if (rc < 0)
		return rc;
	desk->trust.authority = params->id;
	desk->trust.log.registry = desk->desk.trust.registry;
	desk->trust.log.has_registry = true;
	rc = ls_key_log_read(path, &desk->trust, &desk->log, err);
	return rc < 0 ? rc : ls_key_log_history(&desk->log, params, &desk->history, err);
}

static int append(struct ls_key_desk *desk, struct ls_key_statement *s,
		  const struct ls_dna_master *master, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_KEY_STATEMENT_MAX);
	snprintf(s->log, sizeof(s->log), "%s", desk->trust.log.registry.name);
	s->issued = (int64_t)time(NULL);
	int rc = ls_key_statement_sign(s, master, &bytes, err);
	return rc < 0 ? rc
		      : ls_registry_writer_append_other(desk->desk.writer, bytes.data, bytes.size,
							err);
}

static int check_new(const struct ls_key_desk *desk, const struct ls_directory_entry *request,
		     struct ls_error *err)
{
	for (size_t i = 0; i < desk->history.count; i++) {
		const struct ls_dna_key_entry *e = &desk->history.entries[i];
		if (memcmp(e->key, request->key, sizeof(e->key)) != 0)
			continue;
		if (strcmp(e->orcid.text, request->orcid.text) != 0)
			return ls_fail(err, -EEXIST, "dna.directory.shared",
				       "'%s' has this key already", e->orcid.text);
		if (e->withdrawn)
			return ls_fail(err, -EEXIST, "dna.directory.withdrawn",
				       "this key of '%s' was withdrawn (%s): the signer makes "
				       "another, 'labseal dna authority own'",
				       e->orcid.text, e->reason);
		return ls_fail(err, -EEXIST, "dna.keys.known", "the log has this key of '%s'",
			       e->orcid.text);
	}
	return 0;
}

int ls_key_desk_add(struct ls_key_desk *desk, const struct ls_dna_master *master,
		    const struct ls_directory_entry *request, int64_t from, int64_t until,
		    struct ls_error *err)
{
	struct ls_key_statement s = { .orcid = request->orcid, .from = from, .until = until };
	int rc = check_new(desk, request, err);
	memcpy(s.key, request->key, sizeof(s.key));
	memcpy(s.proof, request->proof, sizeof(s.proof));
	return rc < 0 ? rc : append(desk, &s, master, err);
}

int ls_key_desk_withdraw(struct ls_key_desk *desk, const struct ls_dna_master *master,
			 const struct ls_orcid *orcid, int64_t since, enum ls_cal_reason reason,
			 struct ls_error *err)
{
	int rc = 0;
	size_t withdrawn = 0;
	for (size_t i = 0; rc == 0 && i < desk->history.count; i++) {
		const struct ls_dna_key_entry *e = &desk->history.entries[i];
		struct ls_key_statement s = {
			.withdrawal = true, .orcid = *orcid, .since = since, .reason = reason
		};
		if (strcmp(e->orcid.text, orcid->text) != 0 ||
		    (e->withdrawn && !(e->harmless && reason != LS_CAL_SUPERSEDED)))
			continue; /* one that was replaced may turn out to be compromised */
		memcpy(s.key, e->key, sizeof(s.key));
		rc = append(desk, &s, master, err);
		withdrawn++;
	}
	if (rc == 0 && withdrawn == 0)
		return ls_fail(err, -ENOKEY, "dna.directory.unknown",
			       "the log has no key of '%s' that could be withdrawn", orcid->text);
	return rc;
}

static int add_heartbeat(struct ls_key_desk *desk, struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT,
							     .issued = (int64_t)time(NULL) };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_signer signer;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	snprintf(record.registry, sizeof(record.registry), "%s", desk->trust.log.registry.name);
	int rc = ls_cal_record_identify(&record, err);
	if (rc < 0 || ls_desk_has(&desk->desk, &record.id))
		return rc; /* the log's second heartbeat in one second would say no more */
	rc = ls_keys_get(&desk->desk.keys, desk->desk.log_key, &signer, err);
	if (rc == 0)
		rc = ls_cal_record_sign(&record, LS_CAL_ROLE_REGISTRY, &signer, err);
	if (rc == 0)
		rc = ls_cal_record_format(&record, /* with_details= */ false, &bytes, err);
	return rc < 0 ? rc
		      : ls_registry_writer_append(desk->desk.writer, bytes.data, bytes.size, NULL,
						  err);
}

int ls_key_desk_publish(struct ls_key_desk *desk, struct ls_error *err)
{
	int rc = add_heartbeat(desk, err);
	return rc < 0 ? rc : ls_desk_commit(&desk->desk, err);
}
