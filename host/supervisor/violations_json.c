/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/violations_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

json_t *ls_violations_to_json(const struct ls_violations *list, size_t max)
{
	json_t *array = json_array();
	for (size_t i = 0; array && i < list->count && i < max; i++) {
		const struct ls_violation *v = &list->at[i];
		if (json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id",
							   v->id, "path", v->path, "found",
							   v->found, "expected", v->expected, "why",
							   v->why, "remedy", v->remedy)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* As it is: it was escaped before it was sent. */
static int copy(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size ? 0 : -EBADMSG;
}

static int read_one(json_t *object, struct ls_violation *v)
{
	const char *id, *path, *found, *expected, *why, *remedy;
	if (json_unpack(object, "{s:s, s:s, s:s, s:s, s:s, s:s !}", "id", &id, "path", &path,
			"found", &found, "expected", &expected, "why", &why, "remedy",
			&remedy) < 0 ||
	    copy(v->id, sizeof(v->id), id) < 0 || copy(v->path, sizeof(v->path), path) < 0 ||
	    copy(v->found, sizeof(v->found), found) < 0 ||
	    copy(v->expected, sizeof(v->expected), expected) < 0 ||
	    copy(v->why, sizeof(v->why), why) < 0 || copy(v->remedy, sizeof(v->remedy), remedy) < 0)
		return -EBADMSG;
	return 0;
}

int ls_violations_from_json(const json_t *array, struct ls_violations *list)
{
	size_t i;
	json_t *object;
	if (!json_is_array(array))
		return -EBADMSG;
	json_array_foreach((json_t *)array, i, object)
	{
		if (list->count == LS_VIOLATIONS_MAX) {
			list->more = true;
			return 0;
		}
		if (read_one(object, &list->at[list->count]) < 0)
			return -EBADMSG;
		list->count++;
	}
	return 0;
}
