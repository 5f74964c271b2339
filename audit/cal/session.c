/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/cal/source.h"
#include "audit/verify/pool.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

int ls_cal_time_option(const struct ls_command *command, const char *option, const char *text,
		       int64_t *ret_time)
{
	char whole[LS_UTC_SIZE];
	size_t length = strlen(text);
	if (length == 10) {
		snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
		text = whole;
		length = strlen(whole);
	}
	if (ls_utc_parse(text, length, ret_time) < 0)
		return ls_command_usage(command,
					"'%s' takes a time as 2026-03-04T14:22:19Z (UTC), or a day "
					"as 2026-03-04, not '%s'",
					option, text);
	return 0;
}

int ls_cal_fail(const struct ls_command *command, const struct ls_error *err)
{
	fprintf(stderr, "labseal %s: %s\n", command->name, err->message);
	switch (-err->code) {
	case EBADMSG:
	case EXDEV:
	case EUCLEAN:
	case EEXIST: return LS_EXIT_DOES_NOT_HOLD;
	case ENOMEM:
	case EIO:
	case ENOSPC:
	case EMFILE:
	case ENFILE: return LS_EXIT_FAILED;
	default: return LS_EXIT_COULD_NOT_CHECK;
	}
}

int ls_cal_printed(const struct ls_command *command, int rc, int status)
{
	if (rc >= 0)
		return status;
	if (rc != -EIO) /* ls_command_flush()'s is said at the end */
		fprintf(stderr, "labseal %s: out of memory for what is printed\n", command->name);
	return LS_EXIT_FAILED;
}

static int read_trust(const struct ls_command *command, struct ls_cal_session *s)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_TRUST_SIZE_MAX);
	if (ls_file_read(AT_FDCWD, s->sources.trust, &bytes, &err) < 0)
		return ls_cal_fail(command, &err);
	if (ls_cal_trust_parse(bytes.data, bytes.size, &s->trust, &err) < 0) {
		ls_error_prefix(&err, "trust file '%s'", s->sources.trust);
		ls_cal_fail(command, &err);
		return err.code == -ENOMEM ? LS_EXIT_FAILED : LS_EXIT_COULD_NOT_CHECK;
	}
	ls_sha256_buffer(bytes.data, bytes.size, &s->trust_digest);
	return 0;
}

static int check_sources(const struct ls_command *command, const struct ls_cal_sources *s)
{
	int stores = (s->registry != NULL) + (s->evidence != NULL) + (s->node != NULL);
	if (!s->trust)
		return ls_command_usage(command,
					"what is trusted? Say --trust FILE (labseal-cal(1))");
	if (stores > 1)
		return ls_command_usage(command, "--registry, --evidence or --node, one of them");
	if (s->pin && !s->node)
		return ls_command_usage(command, "--pin needs --node URL");
	if (s->node && (s->folder || s->dcc))
		return ls_command_usage(command, "--node stands alone, without certificates");
	if (stores == 0 && !s->folder && !s->dcc)
		return ls_command_usage(command, "where to look? Say --registry MIRROR");
	if (s->evidence && s->folder)
		return ls_command_usage(command, "--evidence stands alone, without --folder");
	return 0;
}

int ls_cal_session_store(const struct ls_cal_session *session, struct ls_cal_store **ret_store,
			 struct ls_error *err)
{
	struct ls_cal_opened opened;
	int rc = ls_cal_source_open(&session->sources, &session->trust, session->at,
				    session->tables, &opened, err);
	if (rc == 0)
		*ret_store = opened.store;
	return rc;
}

static int open_source(const struct ls_command *command, struct ls_cal_session *s,
		       struct ls_error *err)
{
	struct ls_cal_opened opened;
	s->tables = ls_index_tables_new();
	int rc = s->tables ? ls_cal_source_open(&s->sources, &s->trust, s->at, s->tables, &opened,
						err)
			   : ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
	if (rc < 0)
		return rc;
	s->store = opened.store;
	if (!s->sources.at)
		s->at = opened.at; /* evidence is of the time that it was made for */
	if (!ls_digest_is_zero(&opened.document))
		ls_digest_hex(&opened.document, s->document);
	if (opened.left_out)
		fprintf(stderr,
			"labseal %s: warning: %zu files of '%s' were left out; the first: %s\n",
			command->name, opened.left_out, s->sources.folder, opened.first.message);
	return 0;
}

int ls_cal_session_open(const struct ls_command *command, const struct ls_cal_sources *sources,
			struct ls_cal_session *session)
{
	struct ls_error err = { 0 };
	*session = (struct ls_cal_session){ .sources = *sources, .at = (int64_t)time(NULL) };
	int rc = check_sources(command, sources);
	if (rc == 0 && sources->at)
		rc = ls_cal_time_option(command, "--at", sources->at, &session->at);
	if (rc == 0)
		rc = read_trust(command, session);
	if (rc != 0)
		return rc;
	if (open_source(command, session, &err) < 0)
		return ls_cal_fail(command, &err);
	const struct ls_cal_engine_options options = { .at = session->at,
						       .threads = sources->threads
									  ? sources->threads
									  : ls_pool_threads() };
	if (ls_cal_engine_new(&session->trust, &options, &session->engine, &err) < 0 ||
	    ls_cal_worker_new(session->engine, session->store, &session->worker, &err) < 0)
		return ls_cal_fail(command, &err);
	return 0;
}

void ls_cal_session_close(struct ls_cal_session *session)
{
	ls_cal_worker_free(session->worker);
	ls_cal_engine_free(session->engine);
	ls_cal_store_free(session->store);
	ls_index_tables_free(session->tables);
	ls_cal_trust_free(&session->trust);
	*session = (struct ls_cal_session){ .at = 0 };
}
