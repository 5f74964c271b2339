/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/persons.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "persons.form", "what is said of persons is malformed: %s",
		       why);
}

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "persons.memory", "out of memory for persons' certificates");
}

void ls_persons_free(struct ls_persons *persons)
{
	if (!persons)
		return;
	for (size_t i = 0; i < persons->ca_count; i++)
		free((void *)persons->authorities[i].bytes);
	free(persons->authorities);
	free(persons->revoked);
	memset(persons, 0, sizeof(*persons));
}

static bool has_certificate(const struct ls_persons *persons, struct ls_der certificate)
{
	for (size_t i = 0; i < persons->ca_count; i++)
		if (persons->authorities[i].size == certificate.size &&
		    memcmp(persons->authorities[i].bytes, certificate.bytes, certificate.size) == 0)
			return true;
	return false;
}

bool ls_persons_has_authority(const struct ls_persons *persons, struct ls_der certificate)
{
	struct ls_certificate wanted, c;
	if (has_certificate(persons, certificate))
		return true;
	if (ls_certificate_read(certificate, &wanted, NULL) < 0)
		return false;
	/* a key of another kind is not read, and is another one */
	for (size_t i = 0; i < persons->ca_count; i++)
		if (ls_certificate_read(persons->authorities[i], &c, NULL) == 0 &&
		    ls_p256_public_equal(&c.key, &wanted.key))
			return true;
	return false;
}

const struct ls_person_revoked *ls_persons_find_revoked(const struct ls_persons *persons,
							const struct ls_digest *certificate)
{
	for (size_t i = 0; i < persons->revoked_count; i++)
		if (ls_digest_equal(&persons->revoked[i].certificate, certificate))
			return &persons->revoked[i];
	return NULL;
}

int ls_persons_add_authority(struct ls_persons *persons, struct ls_der certificate,
			     struct ls_error *err)
{
	int rc = ls_certificate_check_authority(certificate, err);
	if (rc < 0)
		return rc;
	if (has_certificate(persons, certificate))
		return ls_fail(err, -EEXIST, "persons.twice", "this person CA is there already");
	if (persons->ca_count == LS_PERSON_CA_MAX)
		return ls_fail(err, -E2BIG, "persons.too-many", "there are %d person CAs already",
			       LS_PERSON_CA_MAX);
	struct ls_der *grown = reallocarray(persons->authorities, persons->ca_count + 1,
					    sizeof(*persons->authorities));
	if (grown)
		persons->authorities = grown;
	uint8_t *bytes = grown ? malloc(certificate.size) : NULL;
	if (!bytes)
		return fail_memory(err);
	memcpy(bytes, certificate.bytes, certificate.size);
	persons->authorities[persons->ca_count++] = (struct ls_der){ bytes, certificate.size };
	return 0;
}

int ls_persons_revoke(struct ls_persons *persons, const struct ls_digest *certificate, int64_t at,
		      struct ls_error *err)
{
	if (ls_persons_find_revoked(persons, certificate))
		return ls_fail(err, -EEXIST, "persons.revoked",
			       "this certificate is revoked already");
	if (persons->revoked_count == LS_PERSON_REVOKED_MAX)
		return ls_fail(err, -E2BIG, "persons.too-many",
			       "there are %d revoked certificates already", LS_PERSON_REVOKED_MAX);
	struct ls_person_revoked *grown = reallocarray(persons->revoked, persons->revoked_count + 1,
						       sizeof(*persons->revoked));
	if (!grown)
		return fail_memory(err);
	persons->revoked = grown;
	persons->revoked[persons->revoked_count++] = (struct ls_person_revoked){ *certificate, at };
	return 0;
}

int ls_persons_read_authority(struct ls_persons *persons, const char *text, size_t length,
			      struct ls_error *err)
{
	uint8_t der[LS_CERTIFICATE_SIZE_MAX];
	size_t size = 0;
	if (ls_base64_decode(text, length, der, sizeof(der), &size) < 0)
		return fail_form(err, "a line is not \"person-ca BASE64\"");
	return ls_persons_add_authority(persons, (struct ls_der){ der, size }, err);
}

int ls_persons_read_revoked(struct ls_persons *persons, const char *text, size_t length,
			    struct ls_error *err)
{
	struct ls_reader line;
	struct ls_digest certificate;
	const char *hex;
	size_t hex_length;
	int64_t at = 0;
	ls_reader_init(&line, text, length);
	if (ls_read_until(&line, ' ', &hex, &hex_length) < 0 ||
	    ls_digest_parse(hex, hex_length, &certificate) < 0 ||
	    ls_utc_parse(text + line.pos, ls_reader_left(&line), &at) < 0)
		return fail_form(err, "a line is not \"person-revoked SHA256 TIME\"");
	return ls_persons_revoke(persons, &certificate, at, err);
}

int ls_persons_format(const struct ls_persons *persons, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE], utc[LS_UTC_SIZE];
	for (size_t i = 0; i < persons->ca_count; i++) {
		ls_buffer_add_str(out, LS_PERSON_CA " ");
		ls_base64_encode(persons->authorities[i].bytes, persons->authorities[i].size, out);
		ls_buffer_add_str(out, "\n");
	}
	for (size_t i = 0; i < persons->revoked_count; i++)
		ls_buffer_printf(out, LS_PERSON_REVOKED " %s %s\n",
				 ls_digest_hex(&persons->revoked[i].certificate, hex),
				 ls_utc_format(persons->revoked[i].at, utc));
	return ls_buffer_error(out);
}

typedef int (*take_fn)(struct ls_persons *, const char *, size_t, struct ls_error *);

static int take_lines(struct ls_reader *r, const char *keyword, take_fn take,
		      struct ls_persons *persons, struct ls_error *err)
{
	int rc = 0;
	while (rc == 0 && ls_read_literal(r, keyword) == 0) {
		const char *text;
		size_t length;
		if (ls_read_line(r, &text, &length) < 0)
			return fail_form(err, "its last line does not end");
		rc = take(persons, text, length, err);
	}
	return rc;
}

int ls_persons_parse(const void *bytes, size_t size, struct ls_persons *ret_persons,
		     struct ls_error *err)
{
	_cleanup_persons_ struct ls_persons p = { .ca_count = 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	int rc = take_lines(&r, LS_PERSON_CA " ", ls_persons_read_authority, &p, err);
	if (rc == 0)
		rc = take_lines(&r, LS_PERSON_REVOKED " ", ls_persons_read_revoked, &p, err);
	if (rc == 0 && ls_reader_end(&r) < 0)
		rc = fail_form(err, "a line is neither \"person-ca\" nor \"person-revoked\", or "
				    "out of order");
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EBADMSG;
	*ret_persons = p;
	memset(&p, 0, sizeof(p)); /* handed over */
	return 0;
}
