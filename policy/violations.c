/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/violations.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

#define LOOK_MAX 4096 /* bytes of a text that are looked at: more than is ever shown */

static void show(const char *text, char *buffer, size_t size)
{
	static const char dots[] = "...";
	_cleanup_buffer_ struct ls_buffer escaped;
	ls_buffer_init(&escaped, 3 * LOOK_MAX);
	ls_text_escape(text ? text : "", text ? strnlen(text, LOOK_MAX) : 0, &escaped);
	const char *shown = ls_buffer_str(&escaped);
	size_t length = escaped.size;
	if (length < size) {
		memcpy(buffer, shown, length + 1);
		return;
	}
	/* never in the middle of a character */
	length = size - sizeof(dots);
	while (length > 0 && (shown[length] & 0xc0) == 0x80)
		length--;
	snprintf(buffer, size, "%.*s%s", (int)length, shown, dots);
}

struct ls_violation *ls_violation_add(struct ls_violations *list, const char *id, const char *path,
				      const char *found, const char *expected, const char *why,
				      const char *remedy)
{
	if (list->count == LS_VIOLATIONS_MAX) {
		list->more = true;
		return NULL;
	}
	struct ls_violation *v = &list->at[list->count++];
	snprintf(v->id, sizeof(v->id), "%s", id);
	show(path, v->path, sizeof(v->path));
	show(found, v->found, sizeof(v->found));
	show(expected, v->expected, sizeof(v->expected));
	show(why, v->why, sizeof(v->why));
	show(remedy, v->remedy, sizeof(v->remedy));
	return v;
}

static bool is_same(const struct ls_violation *a, const struct ls_violation *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->found, b->found) == 0 && strcmp(a->expected, b->expected) == 0 &&
	       strcmp(a->why, b->why) == 0 && strcmp(a->remedy, b->remedy) == 0;
}

bool ls_violations_equal(const struct ls_violations *a, const struct ls_violations *b)
{
	if (a->count != b->count || a->more != b->more)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!is_same(&a->at[i], &b->at[i]))
			return false;
	return true;
}
