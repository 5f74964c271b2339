/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/third_parties.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "third-parties.form",
		       "what is said of time stamps and witnesses is malformed: %s", why);
}

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "third-parties.memory",
		       "out of memory for time stamps and witnesses");
}

void ls_third_parties_free(struct ls_third_parties *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->ca_count; i++)
		free((void *)p->cas[i].bytes);
	free(p->witnesses);
	memset(p, 0, sizeof(*p));
}

int ls_third_parties_add_ca(struct ls_third_parties *p, struct ls_der certificate,
			    struct ls_error *err)
{
	int rc = ls_time_stamp_ca_check(certificate, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < p->ca_count; i++)
		if (p->cas[i].size == certificate.size &&
		    memcmp(p->cas[i].bytes, certificate.bytes, certificate.size) == 0)
			return ls_fail(err, -EEXIST, "third-parties.twice",
				       "a CA of the time-stamping authority is there twice");
	if (p->ca_count == LS_TIME_STAMP_CAS_MAX)
		return ls_fail(err, -E2BIG, "third-parties.too-many",
			       "there are more than %d CAs of time-stamping authorities",
			       LS_TIME_STAMP_CAS_MAX);
	uint8_t *bytes = malloc(certificate.size);
	if (!bytes)
		return fail_memory(err);
	memcpy(bytes, certificate.bytes, certificate.size);
	p->cas[p->ca_count++] = (struct ls_der){ bytes, certificate.size };
	return 0;
}

int ls_third_parties_add_witness(struct ls_third_parties *p, const struct ls_witness_key *witness,
				 struct ls_error *err)
{
	/* one key under two names would count twice, and one name is for one witness */
	for (size_t i = 0; i < p->witness_count; i++)
		if (strcmp(p->witnesses[i].name, witness->name) == 0 ||
		    memcmp(p->witnesses[i].key, witness->key, LS_ED25519_SIZE) == 0)
			return ls_fail(err, -EEXIST, "third-parties.twice",
				       "the witness '%s' is there twice, by name or by key",
				       witness->name);
	if (p->witness_count == LS_WITNESSES_MAX)
		return ls_fail(err, -E2BIG, "third-parties.too-many",
			       "there are more than %d witnesses", LS_WITNESSES_MAX);
	struct ls_witness_key *grown = reallocarray(p->witnesses, p->witness_count + 1,
						    sizeof(*p->witnesses));
	if (!grown)
		return fail_memory(err);
	p->witnesses = grown;
	p->witnesses[p->witness_count++] = *witness;
	return 0;
}

int ls_third_parties_read_ca(struct ls_third_parties *p, const char *text, size_t length,
			     struct ls_error *err)
{
	uint8_t der[LS_CERTIFICATE_SIZE_MAX];
	size_t size = 0;
	if (ls_base64_decode(text, length, der, sizeof(der), &size) < 0)
		return fail_form(err, "a line is not \"time-stamp-ca BASE64\"");
	return ls_third_parties_add_ca(p, (struct ls_der){ der, size }, err);
}

int ls_third_parties_read_witness(struct ls_third_parties *p, const char *text, size_t length,
				  struct ls_error *err)
{
	struct ls_witness_key witness;
	int rc = ls_witness_vkey_parse(text, length, &witness, err);
	return rc < 0 ? rc : ls_third_parties_add_witness(p, &witness, err);
}

int ls_third_parties_read_quorum(struct ls_third_parties *p, const char *text, size_t length,
				 struct ls_error *err)
{
	uint64_t quorum;
	if (p->quorum != 0)
		return fail_form(err, "there are two quorums");
	if (ls_parse_u64(text, length, &quorum) < 0 || quorum == 0 || quorum > p->witness_count)
		return fail_form(err, "the quorum is not a number from 1 to that of its witnesses");
	p->quorum = (unsigned)quorum;
	return 0;
}

int ls_third_parties_check(const struct ls_third_parties *p, const char *origin,
			   struct ls_error *err)
{
	if (p->witness_count > 0 ? p->quorum == 0 || p->quorum > p->witness_count : p->quorum != 0)
		return fail_form(err, "there are witnesses and no quorum, or the other way round");
	for (size_t i = 0; i < p->witness_count; i++)
		if (strcmp(p->witnesses[i].name, origin) == 0)
			return fail_form(err, "a witness has the log's own name");
	return 0;
}

int ls_third_parties_format(const struct ls_third_parties *p, struct ls_buffer *out)
{
	char vkey[LS_WITNESS_VKEY_SIZE];
	for (size_t i = 0; i < p->ca_count; i++) {
		ls_buffer_add_str(out, LS_TIME_STAMP_CA " ");
		ls_base64_encode(p->cas[i].bytes, p->cas[i].size, out);
		ls_buffer_add_str(out, "\n");
	}
	for (size_t i = 0; i < p->witness_count; i++)
		ls_buffer_printf(out, LS_WITNESS " %s\n",
				 ls_witness_vkey_format(&p->witnesses[i], vkey));
	if (p->witness_count > 0)
		ls_buffer_printf(out, LS_QUORUM " %u\n", p->quorum);
	return ls_buffer_error(out);
}
