/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/params.h"

#include <errno.h>
#include <string.h>

#include "lib/base/pem.h"
#include "lib/base/text.h"

#define VERSION 1

static void add_keys(const struct ls_dna_params *params, struct ls_buffer *out)
{
	uint8_t g1[LS_G1_SIZE], g2[LS_G2_SIZE];
	blst_p2_affine_compress(g2, &params->sign);
	ls_buffer_add(out, g2, sizeof(g2));
	blst_p1_affine_compress(g1, &params->encrypt);
	ls_buffer_add(out, g1, sizeof(g1));
	blst_p2_affine_compress(g2, &params->directory);
	ls_buffer_add(out, g2, sizeof(g2));
	ls_buffer_add_u8(out, params->has_paper);
	if (params->has_paper)
		ls_buffer_add(out, params->paper, sizeof(params->paper));
}

void ls_params_identify(struct ls_dna_params *params)
{
	static const char domain[] = "labseal dna authority v1";
	_cleanup_buffer_ struct ls_buffer keys;
	ls_buffer_init(&keys, LS_PARAMS_MAX);
	ls_buffer_add(&keys, domain, sizeof(domain));
	add_keys(params, &keys);
	ls_sha256_buffer(keys.data, keys.size, &params->id);
}

uint16_t ls_params_hint(const struct ls_dna_params *params)
{
	return (uint16_t)(params->id.bytes[0] << 4 | params->id.bytes[1] >> 4);
}

static bool fit_to_show(const char *name, size_t n)
{
	_cleanup_buffer_ struct ls_buffer plain;
	ls_buffer_init(&plain, 4 * LS_PARAMS_NAME_MAX);
	return n > 0 && n <= LS_PARAMS_NAME_MAX &&
	       ls_text_plain(name, n, 4 * LS_PARAMS_NAME_MAX, &plain) == 0 && plain.size == n &&
	       memcmp(plain.data, name, n) == 0;
}

int ls_params_set_name(struct ls_dna_params *params, const char *name, struct ls_error *err)
{
	size_t n = strlen(name);
	if (!fit_to_show(name, n))
		return ls_fail(err, -EINVAL, "dna.authority.name",
			       "an authority's name is 1 to %d bytes of UTF-8 on one line, without "
			       "control "
			       "characters and doubled blanks",
			       LS_PARAMS_NAME_MAX);
	memcpy(params->name, name, n + 1);
	return 0;
}

int ls_params_encode(const struct ls_dna_params *params, struct ls_buffer *out)
{
	ls_buffer_add_u8(out, VERSION);
	ls_buffer_add_u8(out, (uint8_t)strlen(params->name));
	ls_buffer_add_str(out, params->name);
	add_keys(params, out);
	return ls_buffer_error(out);
}

static int read_name(struct ls_reader *r, struct ls_dna_params *p)
{
	uint8_t n;
	const uint8_t *name;
	if (ls_read_u8(r, &n) < 0 || ls_read_bytes(r, n, &name) < 0 ||
	    !fit_to_show((const char *)name, n))
		return -EBADMSG;
	memcpy(p->name, name, n);
	return 0;
}

static int read_keys(struct ls_reader *r, struct ls_dna_params *p)
{
	const uint8_t *sign, *encrypt, *directory;
	uint8_t paper;
	if (ls_read_bytes(r, LS_G2_SIZE, &sign) < 0 || ls_read_bytes(r, LS_G1_SIZE, &encrypt) < 0 ||
	    ls_read_bytes(r, LS_G2_SIZE, &directory) < 0 || ls_g2_read(sign, &p->sign) < 0 ||
	    ls_g1_read(encrypt, &p->encrypt) < 0 || ls_g2_read(directory, &p->directory) < 0 ||
	    ls_read_u8(r, &paper) < 0 || paper > 1)
		return -EBADMSG;
	p->has_paper = paper;
	return paper ? ls_read_into(r, p->paper, sizeof(p->paper)) : 0;
}

int ls_params_decode(struct ls_reader *r, struct ls_dna_params *ret, struct ls_error *err)
{
	struct ls_dna_params p = { 0 };
	uint8_t version;
	if (ls_read_u8(r, &version) == 0 && version != VERSION)
		return ls_fail(err, -EBADMSG, "dna.key.version",
			       "it is of version %d, this program knows %d", version, VERSION);
	if (read_name(r, &p) < 0)
		return ls_fail(err, -EBADMSG, "dna.key.form", "the authority's name is malformed");
	if (read_keys(r, &p) < 0)
		return ls_fail(err, -EBADMSG, "dna.key.form",
			       "one of the authority's keys is none: not a point of its group, or "
			       "cut off");
	ls_params_identify(&p);
	*ret = p;
	return 0;
}

bool ls_dna_is_file(const void *text, size_t n, const char *label)
{
	struct ls_reader r;
	ls_reader_init(&r, text, n);
	return ls_read_literal(&r, "-----BEGIN ") == 0 && ls_read_literal(&r, label) == 0 &&
	       ls_read_literal(&r, "-----\n") == 0;
}

int ls_dna_file_content(const void *text, size_t n, const char *label, struct ls_buffer *out,
			struct ls_error *err)
{
	struct ls_reader r;
	ls_reader_init(&r, text, n);
	int rc = ls_pem_next(&r, label, out, err);
	if (rc < 0)
		return rc;
	return ls_reader_end(&r) < 0 ? ls_fail(err, -EBADMSG, "dna.key.form",
					       "something follows '-----END %s-----'", label)
				     : 0;
}

int ls_params_from_pem(const void *text, size_t n, struct ls_dna_params *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer content;
	struct ls_reader r;
	struct ls_dna_params p;
	ls_buffer_init(&content, LS_PARAMS_MAX);
	int rc = ls_dna_file_content(text, n, LS_PARAMS_LABEL, &content, err);
	if (rc < 0)
		return rc;
	ls_reader_init(&r, content.data, content.size);
	rc = ls_params_decode(&r, &p, err);
	if (rc < 0)
		return rc;
	if (ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "dna.key.form", "it is longer than its keys");
	*ret = p;
	return 0;
}

int ls_params_to_pem(const struct ls_dna_params *params, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer content;
	ls_buffer_init(&content, LS_PARAMS_MAX);
	int rc = ls_params_encode(params, &content);
	return rc < 0 ? rc : ls_pem_encode(LS_PARAMS_LABEL, content.data, content.size, out);
}
