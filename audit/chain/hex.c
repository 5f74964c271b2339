/* SPDX-License-Identifier: Apache-2.0 */
/* The network's spelling of bytes and numbers in JSON. */
#include "audit/chain/rpc.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static int bad(struct ls_error *err, const char *what, const char *why)
{
	return ls_fail(err, -EBADMSG, "chain.rpc.answer", "the node's answer: %s %s", what, why);
}

/* The digits after "0x", or NULL. */
static const char *digits_of(const json_t *value, size_t *ret_count)
{
	if (!json_is_string(value) || json_string_length(value) < 2 ||
	    strncmp(json_string_value(value), "0x", 2) != 0)
		return NULL;
	*ret_count = json_string_length(value) - 2;
	return json_string_value(value) + 2;
}

/* lib/base's hex is lower case alone. */
static int decode(const char *digits, size_t count, uint8_t *bytes)
{
	char pair[2];
	for (size_t i = 0; i < count; i += 2) {
		pair[0] = (char)tolower((unsigned char)digits[i]);
		pair[1] = (char)tolower((unsigned char)digits[i + 1]);
		if (ls_hex_decode(pair, 2, bytes + i / 2) < 0)
			return -EBADMSG;
	}
	return 0;
}

int ls_eth_data(const json_t *value, const char *what, size_t max, struct ls_buffer *out,
		struct ls_error *err)
{
	size_t count;
	const char *digits = digits_of(value, &count);
	if (!digits || count % 2)
		return bad(err, what, "is no hex data");
	if (count / 2 > max)
		return bad(err, what, "is too long");
	uint8_t *room = ls_buffer_reserve(out, count / 2 + 1);
	if (!room)
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	if (decode(digits, count, room) < 0)
		return bad(err, what, "is no hex data");
	ls_buffer_commit(out, count / 2);
	return 0;
}

int ls_eth_fixed(const json_t *value, const char *what, void *buffer, size_t n,
		 struct ls_error *err)
{
	size_t count;
	const char *digits = digits_of(value, &count);
	if (!digits || count != 2 * n || decode(digits, count, buffer) < 0)
		return bad(err, what, "is no hex data of its size");
	return 0;
}

int ls_eth_quantity(const json_t *value, const char *what, uint8_t buffer[static LS_DIGEST_SIZE],
		    size_t *ret_size, struct ls_error *err)
{
	size_t count;
	char padded[2 * LS_DIGEST_SIZE];
	const char *digits = digits_of(value, &count);
	if (!digits || count == 0 || count > sizeof(padded) || (digits[0] == '0' && count > 1))
		return bad(err, what, "is no quantity");
	if (digits[0] == '0')
		count = 0;
	bool odd = count % 2;
	padded[0] = '0';
	memcpy(padded + odd, digits, count);
	if (decode(padded, count + odd, buffer) < 0)
		return bad(err, what, "is no quantity");
	*ret_size = (count + odd) / 2;
	return 0;
}

int ls_eth_u64(const json_t *value, const char *what, uint64_t *ret_value, struct ls_error *err)
{
	uint8_t bytes[LS_DIGEST_SIZE];
	uint64_t number = 0;
	size_t n = 0;
	int rc = ls_eth_quantity(value, what, bytes, &n, err);
	if (rc < 0)
		return rc;
	if (n > sizeof(number))
		return bad(err, what, "is too large a quantity");
	for (size_t i = 0; i < n; i++)
		number = number << 8 | bytes[i];
	*ret_value = number;
	return 0;
}

json_t *ls_eth_json_data(const void *bytes, size_t n)
{
	_cleanup_free_ char *text = malloc(2 * n + 3);
	if (!text)
		return NULL;
	text[0] = '0';
	text[1] = 'x';
	ls_hex_encode(bytes, n, text + 2);
	return json_string(text);
}

json_t *ls_eth_json_u64(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}
