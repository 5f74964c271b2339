/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/entry.h"

#include <errno.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

/* The rest of a line that starts with prefix. */
static int line_after(struct ls_reader *r, const char *prefix, const char **ret_value,
		      size_t *ret_length)
{
	const char *line;
	size_t length, n = strlen(prefix);
	if (ls_read_line(r, &line, &length) < 0 || length < n || memcmp(line, prefix, n) != 0)
		return -EBADMSG;
	*ret_value = line + n;
	*ret_length = length - n;
	return 0;
}

static int parse_kind(struct ls_reader *r, struct ls_entry_head *head)
{
	const char *value;
	size_t n;
	if (line_after(r, "# labseal/", &value, &n) < 0)
		return -EBADMSG;
	if (n == 9 && memcmp(value, "result/v1", 9) == 0)
		head->kind = LS_SEAL_RESULT;
	else if (n == 8 && memcmp(value, "event/v1", 8) == 0)
		head->kind = LS_SEAL_EVENT;
	else
		return -EBADMSG;
	return 0;
}

int ls_entry_head_parse(const void *bytes, size_t size, struct ls_entry_head *ret_head,
			struct ls_error *err)
{
	struct ls_entry_head head = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	const char *value;
	size_t n;
	if (parse_kind(&r, &head) < 0)
		return ls_fail(err, -EBADMSG, "entry.kind",
			       "it is no result and no event of version 1");
	if (line_after(&r, "# instrument ", &value, &n) < 0 || !ls_instrument_valid(value, n))
		return ls_fail(err, -EBADMSG, "entry.instrument",
			       "its instrument line is malformed");
	memcpy(head.instrument, value, n);
	if (line_after(&r, "# seal ", &value, &n) < 0 || ls_parse_u64(value, n, &head.seal) < 0)
		return ls_fail(err, -EBADMSG, "entry.seal", "its seal line is malformed");
	if (line_after(&r, "# received ", &value, &n) < 0 ||
	    ls_utc_parse(value, n, &head.received) < 0)
		return ls_fail(err, -EBADMSG, "entry.received", "its received line is malformed");
	*ret_head = head;
	return 0;
}
