/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/cosignature.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/hash.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

#define EM_DASH	       "\xe2\x80\x94"
#define ID_SIZE	       4
#define TIME_SIZE      8
#define SIGNATURE_SIZE 64
#define LINE_SIZE      (ID_SIZE + TIME_SIZE + SIGNATURE_SIZE)
#define HEADER_MAX     64 /* "cosignature/v1\ntime 18446744073709551615\n" */

LS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
LS_DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

_Static_assert(LS_WITNESS_VKEY_SIZE >=
		       LS_NOTE_NAME_SIZE + 1 + 2 * ID_SIZE + 1 + (1 + LS_ED25519_SIZE + 2) / 3 * 4,
	       "a vkey fits");

/* --- keys ------------------------------------------------------------------- */

static void make_id(const char *name, size_t length, const uint8_t *key, uint8_t *ret_id)
{
	uint8_t bytes[LS_NOTE_NAME_SIZE + 2 + LS_ED25519_SIZE];
	struct ls_digest digest;
	memcpy(bytes, name, length);
	bytes[length] = '\n';
	bytes[length + 1] = LS_NOTE_TYPE_COSIGNATURE;
	memcpy(bytes + length + 2, key, LS_ED25519_SIZE);
	ls_sha256_buffer(bytes, length + 2 + LS_ED25519_SIZE, &digest);
	memcpy(ret_id, digest.bytes, ID_SIZE);
}

static int key_init(struct ls_witness_key *ret_key, const char *name, size_t length,
		    const uint8_t *key, struct ls_error *err)
{
	if (!ls_note_name_valid(name, length))
		return ls_fail(err, -EINVAL, "witness.name",
			       "the name of a witness must be 1 to %d bytes of UTF-8 without "
			       "spaces, '+' and control characters",
			       LS_NOTE_NAME_SIZE - 1);
	memset(ret_key, 0, sizeof(*ret_key));
	memcpy(ret_key->name, name, length);
	memcpy(ret_key->key, key, LS_ED25519_SIZE);
	make_id(name, length, key, ret_key->id);
	return 0;
}

int ls_witness_key_init(struct ls_witness_key *ret_key, const char *name,
			const uint8_t key[static LS_ED25519_SIZE], struct ls_error *err)
{
	return key_init(ret_key, name, strlen(name), key, err);
}

const char *ls_witness_vkey_format(const struct ls_witness_key *key,
				   char buffer[static LS_WITNESS_VKEY_SIZE])
{
	uint8_t bytes[1 + LS_ED25519_SIZE] = { LS_NOTE_TYPE_COSIGNATURE };
	char id[2 * ID_SIZE + 1];
	_cleanup_buffer_ struct ls_buffer base64;
	ls_buffer_init(&base64, LS_WITNESS_VKEY_SIZE);
	memcpy(bytes + 1, key->key, LS_ED25519_SIZE);
	ls_hex_encode(key->id, ID_SIZE, id);
	ls_base64_encode(bytes, sizeof(bytes), &base64);
	snprintf(buffer, LS_WITNESS_VKEY_SIZE, "%s+%s+%s", key->name, id, ls_buffer_str(&base64));
	return buffer;
}

static int fail_vkey(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "witness.vkey", "a witness's verifier key is malformed: %s",
		       why);
}

int ls_witness_vkey_parse(const char *text, size_t length, struct ls_witness_key *ret_key,
			  struct ls_error *err)
{
	struct ls_reader r;
	struct ls_witness_key parsed;
	const char *name, *hex;
	const uint8_t *base64;
	size_t name_size, hex_size, size = 0, base64_size;
	uint8_t id[ID_SIZE], bytes[1 + LS_ED25519_SIZE];
	ls_reader_init(&r, text, length);
	if (ls_read_until(&r, '+', &name, &name_size) < 0 ||
	    ls_read_until(&r, '+', &hex, &hex_size) < 0)
		return fail_vkey(err, "it is not NAME+ID+KEY");
	if (hex_size != 2 * ID_SIZE || ls_hex_decode(hex, hex_size, id) < 0)
		return fail_vkey(err, "its id is not 8 hex digits");
	base64_size = ls_reader_left(&r);
	if (ls_read_bytes(&r, base64_size, &base64) < 0 ||
	    ls_base64_decode((const char *)base64, base64_size, bytes, sizeof(bytes), &size) < 0 ||
	    size != sizeof(bytes) || bytes[0] != LS_NOTE_TYPE_COSIGNATURE)
		return fail_vkey(err, "its key is not base64 of an Ed25519 key of type 4");
	if (key_init(&parsed, name, name_size, bytes + 1, NULL) < 0)
		return fail_vkey(err, "its name has spaces or control characters, or is too long");
	if (memcmp(parsed.id, id, ID_SIZE) != 0)
		return fail_vkey(err, "its id is not the start of the SHA-256 of name and key");
	*ret_key = parsed;
	return 0;
}

int ls_ed25519_public(const uint8_t private_key[static LS_ED25519_SIZE],
		      uint8_t ret_public[static LS_ED25519_SIZE])
{
	size_t size = LS_ED25519_SIZE;
	_cleanup_(EVP_PKEY_free) EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, LS_ED25519_SIZE);
	return key && EVP_PKEY_get_raw_public_key(key, ret_public, &size) == 1 ? 0 : -ENOMEM;
}

/* --- signatures --------------------------------------------------------------- */

/* What is signed. */
static int put_message(const char *text, size_t size, uint64_t time, struct ls_buffer *out)
{
	ls_buffer_init(out, LS_NOTE_SIZE_MAX + HEADER_MAX);
	ls_buffer_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time);
	return ls_buffer_add(out, text, size);
}

static int fail_memory(struct ls_error *err)
{
	ERR_clear_error();
	return ls_fail(err, -ENOMEM, "witness.memory", "out of memory for a cosignature");
}

static int check(const struct ls_note *note, const struct ls_witness_key *key, uint64_t time,
		 const uint8_t *signature, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer message;
	_cleanup_(EVP_PKEY_free) EVP_PKEY *pkey =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key, LS_ED25519_SIZE);
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (put_message(note->text, note->text_size, time, &message) < 0 || !pkey || !ctx ||
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) != 1)
		return fail_memory(err);
	int good = EVP_DigestVerify(ctx, signature, SIGNATURE_SIZE, message.data, message.size);
	ERR_clear_error();
	return good == 1 ? 0
			 : ls_fail(err, -EBADMSG, "witness.signature",
				   "the line of the witness '%s' is no cosignature of this "
				   "checkpoint: the checkpoint or the line was altered",
				   key->name);
}

/* A line of this key, taken apart: 0; -ENOKEY: another key's; -EBADMSG: another form. */
static int read_line(const struct ls_note_line *line, const struct ls_witness_key *key,
		     uint8_t bytes[static LINE_SIZE])
{
	size_t size = 0;
	uint8_t id[ID_SIZE + 2];
	if (line->name_size != strlen(key->name) ||
	    memcmp(line->name, key->name, line->name_size) != 0)
		return -ENOKEY;
	/* eight digits of base64 are six bytes, whatever comes after */
	if (line->base64_size < 8 || ls_base64_decode(line->base64, 8, id, sizeof(id), &size) < 0 ||
	    memcmp(id, key->id, ID_SIZE) != 0)
		return -ENOKEY;
	if (ls_base64_decode(line->base64, line->base64_size, bytes, LINE_SIZE, &size) < 0 ||
	    size != LINE_SIZE)
		return -EBADMSG;
	return 0;
}

static uint64_t time_of(const uint8_t *bytes)
{
	struct ls_reader r;
	uint64_t time = 0;
	ls_reader_init(&r, bytes, TIME_SIZE);
	ls_read_be64(&r, &time);
	return time;
}

int ls_cosignature_verify(const struct ls_note *note, const struct ls_witness_key *key,
			  uint64_t *ret_time, struct ls_error *err)
{
	uint64_t newest = 0;
	bool seen = false;
	for (unsigned i = 0; i < note->count; i++) {
		uint8_t bytes[LINE_SIZE];
		int rc = read_line(&note->lines[i], key, bytes);
		if (rc == -ENOKEY)
			continue;
		if (rc < 0)
			return ls_fail(err, rc, "witness.line",
				       "the line of the witness '%s' is not a time and an Ed25519 "
				       "signature",
				       key->name);
		uint64_t time = time_of(bytes + ID_SIZE);
		rc = check(note, key, time, bytes + ID_SIZE + TIME_SIZE, err);
		if (rc < 0)
			return rc;
		newest = time > newest ? time : newest;
		seen = true;
	}
	if (!seen)
		return ls_fail(err, -ENOKEY, "witness.unsigned",
			       "the checkpoint carries no line of the witness '%s'", key->name);
	if (ret_time)
		*ret_time = newest;
	return 0;
}

int ls_cosignature_sign(const char *text, size_t text_size, const char *name,
			const uint8_t private_key[static LS_ED25519_SIZE], uint64_t time,
			struct ls_buffer *out, struct ls_error *err)
{
	struct ls_witness_key key;
	uint8_t public[LS_ED25519_SIZE], signature[SIGNATURE_SIZE];
	size_t size = sizeof(signature);
	_cleanup_buffer_ struct ls_buffer message, line;
	ls_buffer_init(&line, LINE_SIZE);
	ls_buffer_init(&message, 0);
	if (ls_ed25519_public(private_key, public) < 0)
		return fail_memory(err);
	int rc = ls_witness_key_init(&key, name, public, err);
	if (rc < 0)
		return rc;
	_cleanup_(EVP_PKEY_free) EVP_PKEY *pkey =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, LS_ED25519_SIZE);
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (put_message(text, text_size, time, &message) < 0 || !pkey || !ctx ||
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, signature, &size, message.data, message.size) != 1)
		return fail_memory(err);
	ls_buffer_add(&line, key.id, ID_SIZE);
	ls_buffer_add_be64(&line, time);
	ls_buffer_add(&line, signature, sizeof(signature));
	ls_buffer_printf(out, EM_DASH " %s ", name);
	ls_base64_encode(line.data, line.size, out);
	if (ls_buffer_error(&line) < 0 || ls_buffer_add_str(out, "\n") < 0)
		return fail_memory(err);
	return 0;
}
