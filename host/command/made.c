/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/made.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define SCHEMA	 "labseal/made/v1"
#define FILE_MAX (1 << 20)

static void json_unref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_unref)))

static const char *const kinds[LS_MADE_KINDS] = {
	[LS_MADE_GROUP] = "group",
	[LS_MADE_USER] = "user",
	[LS_MADE_FOLDER] = "folder",
	[LS_MADE_FILE] = "file",
};

const char *ls_made_kind_name(enum ls_made_kind kind)
{
	return kinds[kind];
}

/* --- reading ------------------------------------------------------------------ */

static int damaged(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "made.list",
		       "the list of what labseal made on this host, '%s' in the state folder, is "
		       "damaged; restore it from a backup, or move it away and remove by hand what "
		       "is not wanted any more",
		       LS_STATE_MADE);
}

static int read_kind(const char *word, enum ls_made_kind *ret_kind)
{
	for (int i = 0; i < LS_MADE_KINDS; i++) {
		if (strcmp(kinds[i], word) == 0) {
			*ret_kind = (enum ls_made_kind)i;
			return 0;
		}
	}
	return -EBADMSG;
}

static int read_digests(json_t *array, struct ls_made_thing *thing)
{
	size_t i;
	json_t *entry;
	if (!json_is_array(array) || json_array_size(array) > LS_MADE_DIGESTS)
		return -EBADMSG;
	json_array_foreach(array, i, entry)
	{
		const char *hex = json_string_value(entry);
		if (!hex || ls_digest_parse(hex, strlen(hex), &thing->digests[i]) < 0)
			return -EBADMSG;
		thing->digest_count++;
	}
	return 0;
}

static int read_thing(json_t *entry, struct ls_made_thing *thing)
{
	const char *kind, *name;
	json_t *digests;
	if (json_unpack(entry, "{s:s, s:s, s:o !}", "kind", &kind, "name", &name, "sha256",
			&digests) < 0 ||
	    read_kind(kind, &thing->kind) < 0 || !name[0] || strlen(name) >= sizeof(thing->name))
		return -EBADMSG;
	/* it is root who removes them: from nowhere but where the name says */
	if ((thing->kind == LS_MADE_FILE || thing->kind == LS_MADE_FOLDER) && name[0] != '/')
		return -EBADMSG;
	snprintf(thing->name, sizeof(thing->name), "%s", name);
	return read_digests(digests, thing);
}

int ls_made_parse(const void *bytes, size_t size, struct ls_made *made)
{
	const char *schema, *root;
	json_t *things;
	size_t i;
	json_t *entry;
	_cleanup_json_ json_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
	if (!json ||
	    json_unpack(json, "{s:s, s:s, s:o !}", "schema", &schema, "root", &root, "things",
			&things) < 0 ||
	    strcmp(schema, SCHEMA) != 0 || strlen(root) >= sizeof(made->root) ||
	    !json_is_array(things) || json_array_size(things) > LS_MADE_MAX)
		return -EBADMSG;
	snprintf(made->root, sizeof(made->root), "%s", root);
	json_array_foreach(things, i, entry)
	{
		if (read_thing(entry, &made->things[made->count]) < 0)
			return -EBADMSG;
		made->count++;
	}
	return 0;
}

int ls_made_read(int state_fd, const char *root, struct ls_made *ret_made, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, FILE_MAX);
	memset(ret_made, 0, sizeof(*ret_made));
	ret_made->state_fd = state_fd;
	snprintf(ret_made->root, sizeof(ret_made->root), "%s", root);
	if (state_fd < 0)
		return 0;
	int rc = ls_file_read(state_fd, LS_STATE_MADE, &text, err);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (ls_made_parse(text.data, text.size, ret_made) < 0)
		return damaged(err);
	if (strcmp(ret_made->root, root) != 0)
		return ls_fail(err, -EBADMSG, "made.root",
			       "what labseal made for this instrument lies below '%s/', and "
			       "LABSEAL_ROOT is '%s'; set it as it was then",
			       ret_made->root, root);
	return 0;
}

/* --- changing ----------------------------------------------------------------- */

static json_t *thing_json(const struct ls_made_thing *thing)
{
	char hex[LS_DIGEST_HEX_SIZE];
	json_t *digests = json_array();
	for (size_t i = 0; digests && i < thing->digest_count; i++)
		json_array_append_new(digests, json_string(ls_digest_hex(&thing->digests[i], hex)));
	return json_pack("{s:s, s:s, s:o}", "kind", kinds[thing->kind], "name", thing->name,
			 "sha256", digests);
}

static int write_list(const struct ls_made *made, struct ls_error *err)
{
	_cleanup_json_ json_t *things = json_array();
	for (size_t i = 0; things && i < made->count; i++)
		if (json_array_append_new(things, thing_json(&made->things[i])) < 0)
			return ls_fail(err, -ENOMEM, "made.memory", "out of memory");
	_cleanup_json_ json_t *json = json_pack("{s:s, s:s, s:O}", "schema", SCHEMA, "root",
						made->root, "things", things);
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	if (!text)
		return ls_fail(err, -ENOMEM, "made.memory", "out of memory");
	return ls_file_replace(made->state_fd, LS_STATE_MADE, text, strlen(text), 0600, err);
}

static struct ls_made_thing *find(struct ls_made *made, enum ls_made_kind kind, const char *name)
{
	for (size_t i = 0; i < made->count; i++)
		if (made->things[i].kind == kind && strcmp(made->things[i].name, name) == 0)
			return &made->things[i];
	return NULL;
}

const struct ls_made_thing *ls_made_find(const struct ls_made *made, enum ls_made_kind kind,
					 const char *name)
{
	return find((struct ls_made *)made, kind, name);
}

bool ls_made_is_ours(const struct ls_made_thing *file, const struct ls_digest *now)
{
	for (size_t i = 0; i < file->digest_count; i++)
		if (ls_digest_equal(&file->digests[i], now))
			return true;
	return false;
}

int ls_made_add(struct ls_made *made, const struct ls_made_thing *thing, struct ls_error *err)
{
	struct ls_made_thing old = { 0 }, *place = find(made, thing->kind, thing->name);
	bool is_new = !place;
	if (is_new && made->count == LS_MADE_MAX)
		return ls_fail(err, -E2BIG, "made.many", "labseal made too much on this host");
	if (is_new)
		place = &made->things[made->count++];
	else
		old = *place;
	*place = *thing;
	int rc = write_list(made, err);
	if (rc < 0 && is_new)
		made->count--;
	else if (rc < 0)
		*place = old;
	return rc;
}

int ls_made_forget(struct ls_made *made, enum ls_made_kind kind, const char *name,
		   struct ls_error *err)
{
	struct ls_made_thing *place = find(made, kind, name);
	if (!place)
		return 0;
	size_t after = (size_t)(made->things + made->count - place) - 1;
	memmove(place, place + 1, after * sizeof(*place));
	if (--made->count > 0)
		return write_list(made, err);
	if (unlinkat(made->state_fd, LS_STATE_MADE, 0) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "made.list", "cannot remove '%s'", LS_STATE_MADE);
	return ls_sync_dir(made->state_fd, ".", err);
}
