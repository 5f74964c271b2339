/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/place.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/reader.h"

#define MAGIC "labseal/hsm/v1\n"

#define FIELD(member)                                               \
	{                                                           \
#member " ", offsetof(struct ls_hsm_place, member), \
			sizeof(((struct ls_hsm_place *)0)->member)  \
	}
/* clang-format off */
static const struct {
	const char *name;
	size_t offset, size;
} fields[] = {
	FIELD(module), FIELD(variable), FIELD(configuration), FIELD(folder),
	FIELD(token), FIELD(serial), FIELD(label),
};
/* clang-format on */
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static bool is_plain(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

int ls_hsm_place_format(const struct ls_hsm_place *place, const void *secret, size_t size,
			struct ls_buffer *out)
{
	ls_buffer_add_str(out, MAGIC);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const char *value = (const char *)place + fields[i].offset;
		if (!is_plain(value, strlen(value)))
			return -EINVAL;
		ls_buffer_printf(out, "%s%s\n", fields[i].name, value);
	}
	ls_buffer_add_u8(out, '\n');
	return ls_buffer_add(out, secret, size);
}

static int read_field(struct ls_reader *r, size_t i, struct ls_hsm_place *place)
{
	const char *value;
	size_t n;
	if (ls_read_literal(r, fields[i].name) < 0 || ls_read_line(r, &value, &n) < 0 ||
	    n >= fields[i].size || !is_plain(value, n))
		return -EBADMSG;
	memcpy((char *)place + fields[i].offset, value, n);
	return 0;
}

int ls_hsm_place_parse(const void *bytes, size_t size, struct ls_hsm_place *ret_place,
		       const uint8_t **ret_secret, size_t *ret_size, struct ls_error *err)
{
	struct ls_hsm_place place = { .module = "" };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size <= LS_HSM_START_MAX ? size : 0);
	int rc = ls_read_literal(&r, MAGIC);
	for (size_t i = 0; rc == 0 && i < FIELD_COUNT; i++)
		rc = read_field(&r, i, &place);
	if (rc == 0)
		rc = ls_read_literal(&r, "\n");
	size_t left = ls_reader_left(&r);
	if (rc < 0 || left > LS_HSM_SECRET_MAX || place.module[0] != '/' || !place.token[0] ||
	    !place.label[0])
		return ls_fail(err, -EBADMSG, "hsm.place",
			       "it is not said in the right form where the key lies");
	ls_read_bytes(&r, left, ret_secret);
	*ret_place = place;
	*ret_size = left;
	return 0;
}
