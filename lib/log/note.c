/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/note.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

#define EM_DASH		   "\xe2\x80\x94"
#define ID_SIZE		   4
#define SIGNATURE_SIZE_MAX 8192 /* decoded, with the id; the largest standard one is under 5 kB */
#define VKEY_KEY_SIZE	   (1 + LS_P256_SPKI_SIZE)
#define VKEY_ED25519_SIZE  (1 + LS_ED25519_KEY_SIZE)

_Static_assert(LS_VKEY_SIZE >=
		       LS_NOTE_NAME_SIZE + 1 + 2 * ID_SIZE + 1 + (VKEY_KEY_SIZE + 2) / 3 * 4,
	       "a vkey fits");

/* --- names ------------------------------------------------------------------ */

/* UTF-8 of the Unicode spaces (category Z, and U+0085) above ASCII; text is valid UTF-8. */
static bool starts_with_space(const uint8_t *b, size_t left)
{
	if (left >= 2 && b[0] == 0xc2)
		return b[1] == 0x85 || b[1] == 0xa0;
	if (left < 3)
		return false;
	uint32_t three = (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
	return three == 0xe19a80 || (three >= 0xe28080 && three <= 0xe2808a) || three == 0xe280a8 ||
	       three == 0xe280a9 || three == 0xe280af || three == 0xe2819f || three == 0xe38080;
}

bool ls_note_name_valid(const char *name, size_t length)
{
	if (length == 0 || length >= LS_NOTE_NAME_SIZE || !ls_utf8_valid(name, length))
		return false;
	const uint8_t *b = (const uint8_t *)name;
	for (size_t i = 0; i < length; i++)
		if (b[i] <= ' ' || b[i] == '+' || b[i] == 0x7f ||
		    starts_with_space(b + i, length - i))
			return false;
	return true;
}

/* --- keys ------------------------------------------------------------------- */

static int key_init(struct ls_note_key *ret_key, const char *name, size_t length,
		    const struct ls_p256_public *key, struct ls_error *err)
{
	if (!ls_note_name_valid(name, length))
		return ls_fail(err, -EINVAL, "note.name",
			       "the name of a log's key must be 1 to %d bytes of UTF-8 without "
			       "spaces, '+' and control characters",
			       LS_NOTE_NAME_SIZE - 1);
	struct ls_digest digest;
	ls_p256_public_digest(key, &digest);
	memset(ret_key, 0, sizeof(*ret_key));
	memcpy(ret_key->name, name, length);
	memcpy(ret_key->id, digest.bytes, ID_SIZE);
	ret_key->key = *key;
	return 0;
}

int ls_note_key_init(struct ls_note_key *ret_key, const char *name,
		     const struct ls_p256_public *key, struct ls_error *err)
{
	return key_init(ret_key, name, strlen(name), key, err);
}

void ls_note_key_add_ed25519(struct ls_note_key *key, const struct ls_ed25519_public *ed25519)
{
	uint8_t hashed[LS_NOTE_NAME_SIZE + 1 + VKEY_ED25519_SIZE];
	struct ls_digest digest;
	size_t n = strlen(key->name);
	memcpy(hashed, key->name, n);
	hashed[n++] = '\n';
	hashed[n++] = LS_NOTE_TYPE_ED25519;
	memcpy(hashed + n, ed25519->bytes, LS_ED25519_KEY_SIZE);
	ls_sha256_buffer(hashed, n + LS_ED25519_KEY_SIZE, &digest);
	memcpy(key->ed25519_id, digest.bytes, ID_SIZE);
	key->ed25519 = *ed25519;
	key->has_ed25519 = true;
}

/* bytes: the type, and the key */
static const char *format_vkey(const char *name, const uint8_t id[static ID_SIZE],
			       const uint8_t *bytes, size_t size, char buffer[static LS_VKEY_SIZE])
{
	char hex[2 * ID_SIZE + 1];
	_cleanup_buffer_ struct ls_buffer base64;
	ls_buffer_init(&base64, LS_VKEY_SIZE);
	ls_hex_encode(id, ID_SIZE, hex);
	ls_base64_encode(bytes, size, &base64);
	snprintf(buffer, LS_VKEY_SIZE, "%s+%s+%s", name, hex, ls_buffer_str(&base64));
	return buffer;
}

const char *ls_vkey_format(const struct ls_note_key *key, char buffer[static LS_VKEY_SIZE])
{
	uint8_t bytes[VKEY_KEY_SIZE] = { LS_NOTE_TYPE_ECDSA };
	memcpy(bytes + 1, key->key.spki, LS_P256_SPKI_SIZE);
	return format_vkey(key->name, key->id, bytes, sizeof(bytes), buffer);
}

const char *ls_vkey_format_ed25519(const struct ls_note_key *key, char buffer[static LS_VKEY_SIZE])
{
	uint8_t bytes[VKEY_ED25519_SIZE] = { LS_NOTE_TYPE_ED25519 };
	memcpy(bytes + 1, key->ed25519.bytes, LS_ED25519_KEY_SIZE);
	return format_vkey(key->name, key->ed25519_id, bytes, sizeof(bytes), buffer);
}

static int fail_vkey(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "note.vkey", "a log's verifier key is malformed: %s", why);
}

static int fail_vkey_name(struct ls_error *err)
{
	return fail_vkey(err, "its name has spaces or control characters, or is too long");
}

/* NAME+ID+BASE64 of exactly key_size bytes, of which the first is the type. */
struct vkey {
	const char *name;
	size_t name_size;
	uint8_t id[ID_SIZE], bytes[VKEY_KEY_SIZE];
};

static int split_vkey(const char *text, size_t length, uint8_t type, size_t key_size,
		      struct vkey *ret, struct ls_error *err)
{
	struct ls_reader r;
	const char *hex;
	const uint8_t *base64;
	size_t hex_size, size = 0, base64_size;
	ls_reader_init(&r, text, length);
	if (ls_read_until(&r, '+', &ret->name, &ret->name_size) < 0 ||
	    ls_read_until(&r, '+', &hex, &hex_size) < 0)
		return fail_vkey(err, "it is not NAME+ID+KEY");
	if (hex_size != 2 * ID_SIZE || ls_hex_decode(hex, hex_size, ret->id) < 0)
		return fail_vkey(err, "its id is not 8 hex digits");
	base64_size = ls_reader_left(&r);
	if (ls_read_bytes(&r, base64_size, &base64) < 0 ||
	    ls_base64_decode((const char *)base64, base64_size, ret->bytes, sizeof(ret->bytes),
			     &size) < 0 ||
	    size != key_size || ret->bytes[0] != type)
		return fail_vkey(err, type == LS_NOTE_TYPE_ECDSA
					      ? "its key is not base64 of a P-256 key of type 2"
					      : "its key is not base64 of an Ed25519 key of type "
						"1");
	return 0;
}

int ls_vkey_parse(const char *text, size_t length, struct ls_note_key *ret_key,
		  struct ls_error *err)
{
	struct vkey vkey;
	struct ls_p256_public key;
	struct ls_note_key parsed;
	int rc = split_vkey(text, length, LS_NOTE_TYPE_ECDSA, VKEY_KEY_SIZE, &vkey, err);
	if (rc == 0)
		rc = ls_p256_public_parse(vkey.bytes + 1, LS_P256_SPKI_SIZE, &key, err);
	if (rc < 0)
		return rc;
	if (key_init(&parsed, vkey.name, vkey.name_size, &key, err) < 0)
		return fail_vkey_name(err);
	if (memcmp(parsed.id, vkey.id, ID_SIZE) != 0)
		return fail_vkey(err, "its id is not the start of the key's SHA-256");
	*ret_key = parsed;
	return 0;
}

/* The name is in parsed. */
static int add_vkey_ed25519(const struct vkey *vkey, struct ls_note_key *parsed,
			    struct ls_error *err)
{
	struct ls_ed25519_public key;
	memcpy(key.bytes, vkey->bytes + 1, sizeof(key.bytes));
	ls_note_key_add_ed25519(parsed, &key);
	return memcmp(parsed->ed25519_id, vkey->id, ID_SIZE) == 0
		       ? 0
		       : fail_vkey(err, "its id is not the start of the SHA-256 of name and key");
}

int ls_vkey_parse_ed25519(const char *text, size_t length, struct ls_note_key *ret_key,
			  struct ls_error *err)
{
	struct vkey vkey;
	struct ls_note_key parsed = *ret_key;
	int rc = split_vkey(text, length, LS_NOTE_TYPE_ED25519, VKEY_ED25519_SIZE, &vkey, err);
	if (rc < 0)
		return rc;
	if (vkey.name_size != strlen(parsed.name) ||
	    memcmp(vkey.name, parsed.name, vkey.name_size) != 0)
		return fail_vkey(err, "its name is not that of the log's P-256 key");
	rc = add_vkey_ed25519(&vkey, &parsed, err);
	if (rc == 0)
		*ret_key = parsed;
	return rc;
}

int ls_vkey_parse_only_ed25519(const char *text, size_t length, struct ls_note_key *ret_key,
			       struct ls_error *err)
{
	struct vkey vkey;
	struct ls_note_key parsed = { .has_ed25519 = false };
	int rc = split_vkey(text, length, LS_NOTE_TYPE_ED25519, VKEY_ED25519_SIZE, &vkey, err);
	if (rc < 0)
		return rc;
	if (!ls_note_name_valid(vkey.name, vkey.name_size))
		return fail_vkey_name(err);
	memcpy(parsed.name, vkey.name, vkey.name_size);
	rc = add_vkey_ed25519(&vkey, &parsed, err);
	if (rc == 0)
		*ret_key = parsed;
	return rc;
}

/* --- notes ------------------------------------------------------------------ */

static int fail_note(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "note.form", "a signed note is malformed: %s", why);
}

/* Valid UTF-8 without control characters other than LF. */
static bool text_allowed(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((uint8_t)text[i] < ' ' && text[i] != '\n')
			return false;
	return ls_utf8_valid(text, size);
}

/* Where the last empty line begins; 0 when there is none after some text. */
static size_t find_last_blank(const void *bytes, size_t size)
{
	struct ls_reader r;
	const char *line;
	size_t length, blank = 0;
	ls_reader_init(&r, bytes, size);
	for (size_t start = 0; ls_read_line(&r, &line, &length) == 0; start = r.pos)
		if (length == 0)
			blank = start;
	return ls_reader_end(&r) < 0 ? 0 : blank;
}

static int decode_line(const struct ls_note_line *line, uint8_t bytes[static SIGNATURE_SIZE_MAX],
		       size_t *ret_size)
{
	size_t size = 0;
	if (ls_base64_decode(line->base64, line->base64_size, bytes, SIGNATURE_SIZE_MAX, &size) <
		    0 ||
	    size <= ID_SIZE)
		return -EBADMSG;
	*ret_size = size;
	return 0;
}

/* "— NAME BASE64", LF taken. */
static int read_signature_line(struct ls_reader *r, struct ls_note_line *ret_line)
{
	struct ls_reader line;
	struct ls_note_line parsed;
	const char *text;
	const uint8_t *base64;
	uint8_t bytes[SIGNATURE_SIZE_MAX];
	size_t length, size;
	if (ls_read_line(r, &text, &length) < 0)
		return -EBADMSG;
	ls_reader_init(&line, text, length);
	if (ls_read_literal(&line, EM_DASH " ") < 0 ||
	    ls_read_until(&line, ' ', &parsed.name, &parsed.name_size) < 0 ||
	    !ls_note_name_valid(parsed.name, parsed.name_size))
		return -EBADMSG;
	parsed.base64_size = ls_reader_left(&line);
	ls_read_bytes(&line, parsed.base64_size, &base64);
	parsed.base64 = (const char *)base64;
	if (decode_line(&parsed, bytes, &size) < 0)
		return -EBADMSG;
	*ret_line = parsed;
	return 0;
}

int ls_note_parse(const void *bytes, size_t size, struct ls_note *ret_note, struct ls_error *err)
{
	if (size > LS_NOTE_SIZE_MAX)
		return fail_note(err, "it is longer than 65536 bytes");
	if (!text_allowed(bytes, size))
		return fail_note(err, "it has control characters or is not UTF-8");
	size_t blank = find_last_blank(bytes, size);
	if (blank == 0)
		return fail_note(err, "no blank line divides its text from its signatures");
	struct ls_note note = { .text = bytes, .text_size = blank };
	struct ls_reader r;
	const uint8_t *skipped;
	ls_reader_init(&r, bytes, size);
	ls_read_bytes(&r, blank + 1, &skipped);
	while (ls_reader_left(&r) > 0) {
		if (note.count == LS_NOTE_SIGNATURES_MAX)
			return fail_note(err, "it has more than 32 signatures");
		if (read_signature_line(&r, &note.lines[note.count]) < 0)
			return fail_note(err,
					 "a signature line is not \"" EM_DASH " NAME BASE64\"");
		note.count++;
	}
	if (note.count == 0)
		return fail_note(err, "it has no signature");
	*ret_note = note;
	return 0;
}

static bool line_has_name(const struct ls_note_line *line, const struct ls_note_key *key)
{
	return line->name_size == strlen(key->name) &&
	       memcmp(line->name, key->name, line->name_size) == 0;
}

int ls_note_verify(const struct ls_note *note, const struct ls_note_key *key, struct ls_error *err)
{
	_cleanup_p256_verifier_ struct ls_p256_verifier verifier = { .pkey = NULL };
	return ls_note_verify_with(note, key, &verifier, err);
}

/* The line's signature when its name is the key's and its id this one; 0: another key's. */
static size_t signature_of(const struct ls_note_line *line, const struct ls_note_key *key,
			   const uint8_t id[static ID_SIZE],
			   uint8_t bytes[static SIGNATURE_SIZE_MAX])
{
	size_t size;
	if (!line_has_name(line, key) || decode_line(line, bytes, &size) < 0 ||
	    memcmp(bytes, id, ID_SIZE) != 0)
		return 0;
	return size - ID_SIZE;
}

bool ls_note_line_is_by(const struct ls_note_line *line, const struct ls_note_key *key)
{
	uint8_t bytes[SIGNATURE_SIZE_MAX];
	return signature_of(line, key, key->id, bytes) > 0 ||
	       (key->has_ed25519 && signature_of(line, key, key->ed25519_id, bytes) > 0);
}

bool ls_note_has_ed25519(const struct ls_note *note, const struct ls_note_key *key)
{
	uint8_t bytes[SIGNATURE_SIZE_MAX];
	for (unsigned i = 0; key->has_ed25519 && i < note->count; i++)
		if (signature_of(&note->lines[i], key, key->ed25519_id, bytes) > 0)
			return true;
	return false;
}

/* Every line of the Ed25519 key must be good; there may be none. */
static int verify_ed25519(const struct ls_note *note, const struct ls_note_key *key,
			  struct ls_error *err)
{
	uint8_t bytes[SIGNATURE_SIZE_MAX];
	int rc = 0;
	for (unsigned i = 0; rc == 0 && key->has_ed25519 && i < note->count; i++) {
		size_t size = signature_of(&note->lines[i], key, key->ed25519_id, bytes);
		if (size > 0)
			rc = ls_ed25519_verify(&key->ed25519, note->text, note->text_size,
					       bytes + ID_SIZE, size, err);
	}
	if (rc < 0)
		ls_error_prefix(err, "the note's line by '%s'", key->name);
	return rc;
}

int ls_note_verify_ed25519(const struct ls_note *note, const struct ls_note_key *key,
			   struct ls_error *err)
{
	char id[2 * ID_SIZE + 1];
	if (ls_note_has_ed25519(note, key))
		return verify_ed25519(note, key, err);
	ls_hex_encode(key->ed25519_id, ID_SIZE, id);
	return ls_fail(err, -ENOKEY, "note.unsigned",
		       "the note carries no signature by the Ed25519 key '%s' with id %s",
		       key->name, id);
}

int ls_note_verify_with(const struct ls_note *note, const struct ls_note_key *key,
			struct ls_p256_verifier *verifier, struct ls_error *err)
{
	struct ls_digest digest;
	unsigned good = 0;
	ls_sha256_buffer(note->text, note->text_size, &digest);
	for (unsigned i = 0; i < note->count; i++) {
		uint8_t bytes[SIGNATURE_SIZE_MAX];
		size_t size = signature_of(&note->lines[i], key, key->id, bytes);
		if (size == 0)
			continue;
		int rc = ls_p256_verifier_check(verifier, &key->key, &digest, bytes + ID_SIZE, size,
						err);
		if (rc < 0) {
			ls_error_prefix(err, "the note's signature by '%s'", key->name);
			return rc;
		}
		good++;
	}
	if (good > 0)
		return verify_ed25519(note, key, err);
	char id[2 * ID_SIZE + 1];
	ls_hex_encode(key->id, ID_SIZE, id);
	return ls_fail(err, -ENOKEY, "note.unsigned",
		       "the note carries no signature by the key '%s' with id %s", key->name, id);
}

/* "— NAME BASE64(id || signature)" */
static int add_line(const char *name, const uint8_t *bytes, size_t size, struct ls_buffer *out,
		    struct ls_error *err)
{
	ls_buffer_printf(out, EM_DASH " %s ", name);
	ls_base64_encode(bytes, size, out);
	if (ls_buffer_add_str(out, "\n") < 0)
		return ls_fail(err, ls_buffer_error(out), "note.size",
			       "a signed note does not fit its buffer");
	return 0;
}

int ls_note_sign(const char *text, size_t text_size, const char *name,
		 const struct ls_signer *signer, struct ls_buffer *out, struct ls_error *err)
{
	if (text_size == 0 || text[text_size - 1] != '\n' || !text_allowed(text, text_size))
		return ls_fail(err, -EINVAL, "note.text",
			       "the text of a note must be UTF-8 lines without control characters");
	struct ls_note_key key;
	struct ls_digest digest;
	uint8_t bytes[ID_SIZE + LS_P256_SIGNATURE_MAX];
	size_t size;
	int rc = ls_note_key_init(&key, name, &signer->key, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(text, text_size, &digest);
	rc = ls_signer_sign(signer, &digest, bytes + ID_SIZE, &size, err);
	if (rc < 0)
		return rc;
	memcpy(bytes, key.id, ID_SIZE);
	ls_buffer_add(out, text, text_size);
	ls_buffer_add_str(out, "\n");
	return add_line(name, bytes, ID_SIZE + size, out, err);
}

int ls_note_add_ed25519(const char *text, size_t text_size, const char *name,
			const struct ls_ed25519_signer *signer, struct ls_buffer *out,
			struct ls_error *err)
{
	struct ls_note_key key = { .has_ed25519 = false };
	uint8_t bytes[ID_SIZE + LS_ED25519_SIGNATURE_SIZE];
	int rc = ls_ed25519_signer_sign(signer, text, text_size, bytes + ID_SIZE, err);
	if (rc < 0)
		return rc;
	snprintf(key.name, sizeof(key.name), "%s", name);
	ls_note_key_add_ed25519(&key, &signer->key);
	memcpy(bytes, key.ed25519_id, ID_SIZE);
	return add_line(name, bytes, sizeof(bytes), out, err);
}
