/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed events that an auditor must know of, in words.  An event whose record
 * is not the sealed one says nothing.
 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "audit/verify/result_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define WORDS_MAX 700 /* bytes of what is said of one event */

static bool is(const json_t *detail, const char *name, const char *wanted)
{
	const char *value = json_string_value(json_object_get(detail, name));
	return value && strcmp(value, wanted) == 0;
}

/* A member as it stands: a text without its quotes, numbers as numbers. */
static void add_value(struct ls_buffer *b, const json_t *value)
{
	_cleanup_free_ char *text = NULL;
	if (json_is_string(value))
		text = strdup(json_string_value(value));
	else
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		return;
	size_t length = strlen(text), room = b->max - b->size;
	ls_buffer_add(b, text, length < room ? length : room);
}

/* A file that was not taken: why, how large, its hash, and the name at the end: it may be long. */
static void add_refused_file(struct ls_buffer *b, const json_t *detail)
{
	static const char *const members[] = {
		"reason", "text", "size", "sha256", "number", "name"
	};
	static const char *const words[] = { "refused: ",  ": ",	", bytes ",
					     ", SHA-256 ", ", number ", ", claimed name " };
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const json_t *value = json_object_get(detail, members[i]);
		if (!value)
			continue;
		ls_buffer_add_str(b, words[i]);
		add_value(b, value);
	}
}

/* Everything else, member by member. */
static void add_members(struct ls_buffer *b, json_t *detail)
{
	const char *name;
	json_t *value;
	json_object_foreach(detail, name, value)
	{
		if (b->size + strlen(name) + 4 > b->max)
			return;
		ls_buffer_printf(b, "%s%s ", b->size > 0 ? ", " : "", name);
		add_value(b, value);
	}
}

/* A session's beginning is as usual; one that goes back in time is not. */
static bool is_worth_knowing(const char *kind, const json_t *detail)
{
	static const char *const kinds[] = { "refused", "gap", "silence", "backpressure", "drift" };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return strcmp(kind, "session") == 0 && !is(detail, "what", "new-session") &&
	       !is(detail, "what", "new-run");
}

void ls_result_tell_event(struct ls_result *r)
{
	char file[LS_RESULT_PATH_SIZE], id[LS_FINDING_ID_SIZE];
	if (!r->have_record || r->record.kind != LS_SEAL_EVENT || !r->record.detail)
		return;
	json_t *detail = json_loads(r->record.detail, JSON_REJECT_DUPLICATES, NULL);
	if (detail && is_worth_knowing(r->record.event, detail)) {
		_cleanup_buffer_ struct ls_buffer words;
		ls_buffer_init(&words, WORDS_MAX);
		if (json_object_get(detail, "sha256") && json_object_get(detail, "reason"))
			add_refused_file(&words, detail);
		else
			add_members(&words, detail);
		snprintf(id, sizeof(id), "event.%s", r->record.event);
		ls_report_event(r->c->report, id, r->seal, ls_result_file(r, LS_FILE_RECORD, file),
				"%s", ls_buffer_str(&words));
	}
	json_decref(detail);
}
