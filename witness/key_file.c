/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/key_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define PREFIX "PRIVATE+KEY+"

int ls_witness_key_make(const char *name, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_witness_key key;
	uint8_t bytes[1 + LS_ED25519_SIZE] = { LS_NOTE_TYPE_COSIGNATURE }, public[LS_ED25519_SIZE];
	char id[2 * sizeof(key.id) + 1];
	if (getrandom(bytes + 1, LS_ED25519_SIZE, 0) != LS_ED25519_SIZE)
		return ls_fail(err, -EIO, "witness.random", "there is no randomness for a key");
	if (ls_ed25519_public(bytes + 1, public) < 0)
		return ls_fail(err, -ENOMEM, "witness.memory", "out of memory for a key");
	int rc = ls_witness_key_init(&key, name, public, err);
	if (rc == 0) {
		ls_hex_encode(key.id, sizeof(key.id), id);
		ls_buffer_printf(out, PREFIX "%s+%s+", name, id);
		ls_base64_encode(bytes, sizeof(bytes), out);
		rc = ls_buffer_add_str(out, "\n");
	}
	explicit_bzero(bytes, sizeof(bytes));
	return rc;
}

static int fail_key(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "witness.key",
		       "the key file is not one line \"PRIVATE+KEY+NAME+ID+KEY\" with an Ed25519 "
		       "key of type 4; make one with 'labseal-witness init'");
}

static int read_key(struct ls_reader *r, struct ls_witness *w, uint8_t id[static 4])
{
	const char *name, *hex, *base64;
	size_t name_size, hex_size, base64_size, size = 0;
	uint8_t bytes[1 + LS_ED25519_SIZE];
	if (ls_read_literal(r, PREFIX) < 0 || ls_read_until(r, '+', &name, &name_size) < 0 ||
	    !ls_note_name_valid(name, name_size) || ls_read_until(r, '+', &hex, &hex_size) < 0 ||
	    hex_size != 8 || ls_hex_decode(hex, hex_size, id) < 0 ||
	    ls_read_line(r, &base64, &base64_size) < 0 || ls_reader_end(r) < 0 ||
	    ls_base64_decode(base64, base64_size, bytes, sizeof(bytes), &size) < 0 ||
	    size != sizeof(bytes) || bytes[0] != LS_NOTE_TYPE_COSIGNATURE)
		return -EBADMSG;
	memcpy(w->name, name, name_size);
	w->name[name_size] = '\0';
	memcpy(w->private_key, bytes + 1, LS_ED25519_SIZE);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

int ls_witness_key_parse(const void *bytes, size_t size, struct ls_witness *w,
			 struct ls_witness_key *ret_key, struct ls_error *err)
{
	struct ls_reader r;
	struct ls_witness_key key;
	uint8_t id[4], public[LS_ED25519_SIZE];
	ls_reader_init(&r, bytes, size);
	if (read_key(&r, w, id) < 0)
		return fail_key(err);
	if (ls_ed25519_public(w->private_key, public) < 0)
		return ls_fail(err, -ENOMEM, "witness.memory", "out of memory for a key");
	int rc = ls_witness_key_init(&key, w->name, public, err);
	if (rc < 0)
		return rc;
	if (memcmp(key.id, id, sizeof(id)) != 0)
		return fail_key(err);
	*ret_key = key;
	return 0;
}

static int fail_log(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "witness.logs",
		       "it is no verifier key NAME+ID+KEY of a log, with a P-256 key of type 2 or "
		       "an Ed25519 key of type 1");
}

static int parse_log(const char *line, size_t length, struct ls_witness_log *ret,
		     struct ls_error *err)
{
	struct ls_error ignored = { 0 };
	ret->is_ed25519 = false;
	if (ls_vkey_parse(line, length, &ret->key, &ignored) == 0)
		return 0;
	ret->is_ed25519 = true;
	return ls_vkey_parse_only_ed25519(line, length, &ret->key, &ignored) == 0 ? 0
										  : fail_log(err);
}

int ls_witness_logs_parse(const void *bytes, size_t size, struct ls_witness *w,
			  struct ls_error *err)
{
	struct ls_reader r;
	const char *line;
	size_t length, number = 1;
	struct ls_witness_log *logs = calloc(LS_WITNESS_LOGS_MAX, sizeof(*logs));
	if (!logs)
		return ls_fail(err, -ENOMEM, "witness.memory", "out of memory for the logs");
	w->logs = logs;
	ls_reader_init(&r, bytes, size);
	for (; ls_read_line(&r, &line, &length) == 0; number++) {
		if (length == 0 || line[0] == '#')
			continue;
		int rc = w->log_count == LS_WITNESS_LOGS_MAX
				 ? ls_fail(err, -EBADMSG, "witness.logs",
					   "there are more than %d logs", LS_WITNESS_LOGS_MAX)
				 : parse_log(line, length, &logs[w->log_count], err);
		if (rc < 0) {
			ls_error_prefix(err, "line %zu of the list of logs", number);
			return rc;
		}
		w->log_count++;
	}
	if (ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "witness.logs",
			       "the list of logs does not end in a line end");
	if (w->log_count == 0)
		return ls_fail(err, -EBADMSG, "witness.logs",
			       "the list of logs names none: give it the 'log' line's key of each "
			       "trust file");
	return 0;
}
