/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/trust.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/pem.h"
#include "lib/base/text.h"
#include "lib/cal/line.h"

#define VERSION_LINE	"labseal/calibration-trust/v1"
#define CERTIFICATE_MAX 16384 /* bytes of DER */

static const char COMMENT[] =
	"# What an auditor must know beforehand to judge calibrations, and not from the registry.\n"
	"# Use: labseal cal trace --trust FILE ... DEVICE\n";

void ls_cal_trust_free(struct ls_cal_trust *trust)
{
	if (!trust)
		return;
	free(trust->witnesses);
	free(trust->nmis);
	free(trust->severities);
	free(trust->certificates);
	free(trust->certificate_bytes);
	memset(trust, 0, sizeof(*trust));
}

/* --- parsing ------------------------------------------------------------------------- */

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a calibration trust file");
}

/* Take comment lines: "#" and text that can be shown. */
static void skip_comments(struct ls_cal_lines *lines)
{
	for (struct ls_reader ahead = lines->r; ls_read_literal(&ahead, "#") == 0;) {
		const char *text;
		size_t length;
		if (ls_read_line(&ahead, &text, &length) < 0 || !ls_text_shown(text, length))
			return; /* it is then not the line that should be here */
		lines->r = ahead;
	}
}

static bool at(struct ls_cal_lines *lines, const char *keyword)
{
	skip_comments(lines);
	return ls_cal_lines_at(lines, keyword);
}

/* The rest of a line whose keyword was taken. */
static int rest(struct ls_cal_lines *lines, struct ls_cal_field *ret_field)
{
	return ls_read_line(&lines->r, &ret_field->text, &ret_field->length);
}

static int read_seconds(struct ls_cal_lines *lines, const char *form, int64_t *ret_seconds)
{
	struct ls_cal_field f;
	uint64_t value;
	if (ls_cal_lines_fields(lines, &f, 1) < 0 ||
	    ls_cal_field_number(f, LS_CAL_SECONDS_MAX, &value) < 0 || value == 0)
		return ls_cal_lines_fail(lines, form);
	*ret_seconds = (int64_t)value;
	return 0;
}

static int read_witness(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	struct ls_cal_field f;
	struct ls_witness_key witness;
	if (!t->has_registry || t->witness_count == LS_WITNESSES_MAX)
		return ls_cal_lines_fail(lines, "witnesses are of a registry, and at most 16");
	if (ls_cal_lines_fields(lines, &f, 1) < 0 ||
	    ls_witness_vkey_parse(f.text, f.length, &witness, NULL) < 0 ||
	    strcmp(witness.name, t->registry.name) == 0)
		return ls_cal_lines_fail(lines, "it is not \"witness VKEY\", or has the "
						"registry's name");
	for (size_t i = 0; i < t->witness_count; i++)
		if (strcmp(t->witnesses[i].name, witness.name) == 0 ||
		    memcmp(t->witnesses[i].key, witness.key, LS_ED25519_SIZE) == 0)
			return ls_cal_lines_fail(lines, "a witness's name or key is there twice");
	struct ls_witness_key *grown = reallocarray(t->witnesses, t->witness_count + 1,
						    sizeof(*grown));
	if (!grown)
		return fail_memory(lines->err);
	t->witnesses = grown;
	t->witnesses[t->witness_count++] = witness;
	return 0;
}

static int read_registry(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	struct ls_cal_field f;
	uint64_t quorum;
	int rc = 0;
	t->has_registry = at(lines, "registry");
	if (t->has_registry && (ls_cal_lines_fields(lines, &f, 1) < 0 ||
				ls_vkey_parse(f.text, f.length, &t->registry, NULL) < 0))
		return ls_cal_lines_fail(lines, "it is not \"registry VKEY\" of an ECDSA P-256 "
						"key");
	if (t->has_registry && at(lines, "registry-ed25519") &&
	    (ls_cal_lines_fields(lines, &f, 1) < 0 ||
	     ls_vkey_parse_ed25519(f.text, f.length, &t->registry, NULL) < 0))
		return ls_cal_lines_fail(lines, "it is not \"registry-ed25519 VKEY\" of an Ed25519 "
						"key with the registry's name");
	while (rc == 0 && at(lines, "witness"))
		rc = read_witness(lines, t);
	if (rc < 0 || t->witness_count == 0)
		return rc;
	if (!at(lines, "quorum") || ls_cal_lines_fields(lines, &f, 1) < 0 ||
	    ls_cal_field_number(f, t->witness_count, &quorum) < 0 || quorum == 0)
		return ls_cal_lines_fail(lines, "it is not \"quorum N\", 1 to the number of "
						"witnesses");
	t->quorum = (unsigned)quorum;
	return 0;
}

static int read_contract(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	struct ls_cal_field f[2];
	t->has_contract = at(lines, "contract");
	if (!t->has_contract)
		return 0;
	if (ls_cal_lines_fields(lines, f, 2) < 0 ||
	    ls_cal_field_number(f[0], UINT64_MAX, &t->chain) < 0 ||
	    f[1].length != 2 * sizeof(t->contract) ||
	    ls_hex_decode(f[1].text, f[1].length, t->contract) < 0)
		return ls_cal_lines_fail(lines, "it is not \"contract CHAIN ADDRESS\"");
	t->has_block = at(lines, "block");
	if (t->has_block && (ls_cal_lines_fields(lines, f, 2) < 0 ||
			     ls_cal_field_number(f[0], UINT64_MAX, &t->block_number) < 0 ||
			     ls_cal_field_digest(f[1], &t->block_hash) < 0))
		return ls_cal_lines_fail(lines, "it is not \"block NUMBER HASH\"");
	return 0;
}

/* "nmi KEY NAME", "document-nmi NAME" */
static int read_nmi(struct ls_cal_lines *lines, struct ls_cal_trust *t, bool document)
{
	struct ls_cal_nmi nmi = { .document = document };
	struct ls_cal_field key, name;
	static const char why[] = "it is not \"nmi KEY NAME\" or \"document-nmi NAME\"";
	if (!document &&
	    (ls_read_until(&lines->r, ' ', &key.text, &key.length) < 0 ||
	     ls_cal_field_key(key, &nmi.key) < 0 ||
	     ls_p256_public_parse(nmi.key.spki, sizeof(nmi.key.spki), &nmi.key, NULL) < 0))
		return ls_cal_lines_fail(lines, why);
	if (rest(lines, &name) < 0 || !ls_cal_text_valid(name.text, name.length, sizeof(nmi.name)))
		return ls_cal_lines_fail(lines, why);
	ls_cal_field_word(name, nmi.name, sizeof(nmi.name));
	if (document ? ls_cal_trust_document_nmi(t, nmi.name) != NULL
		     : ls_cal_trust_nmi(t, &nmi.key) != NULL)
		return ls_cal_lines_fail(lines, "an institute is there twice");
	if (t->nmi_count == LS_CAL_TRUST_NMIS_MAX)
		return ls_cal_lines_fail(lines, "there are more than 64 institutes");
	struct ls_cal_nmi *grown = reallocarray(t->nmis, t->nmi_count + 1, sizeof(*grown));
	if (!grown)
		return fail_memory(lines->err);
	t->nmis = grown;
	t->nmis[t->nmi_count++] = nmi;
	return 0;
}

static int read_nmis(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	int rc = 0;
	while (rc == 0 && at(lines, "nmi"))
		rc = read_nmi(lines, t, /* document= */ false);
	while (rc == 0 && at(lines, "document-nmi"))
		rc = read_nmi(lines, t, /* document= */ true);
	if (rc == 0 && t->nmi_count == 0)
		return ls_cal_lines_fail(lines, "it is not \"nmi KEY NAME\" or \"document-nmi "
						"NAME\": a chain could end nowhere");
	return rc;
}

static int read_max_age(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	return at(lines, "max-age")
		       ? read_seconds(lines, "it is not \"max-age SECONDS\"", &t->max_age)
		       : ls_cal_lines_fail(lines, "it is not \"max-age SECONDS\"");
}

int ls_cal_trust_read_log(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	int rc = read_registry(lines, t);
	if (rc == 0 && !t->has_registry)
		rc = ls_cal_lines_fail(lines, "it is not \"registry VKEY\"");
	if (rc == 0)
		rc = read_max_age(lines, t);
	skip_comments(lines);
	return rc;
}

static int read_limits(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	struct ls_cal_field f;
	int rc = read_max_age(lines, t);
	if (rc < 0)
		return rc;
	skip_comments(lines);
	rc = ls_cal_take_number(lines, "max-depth", LS_CAL_DEPTH_MAX, &t->max_depth,
				"max-depth N, 1 to 200");
	if (rc == 0 && t->max_depth == 0)
		rc = ls_cal_lines_fail(lines, "max-depth is 1 to 200");
	if (rc == 0 && at(lines, "interval"))
		rc = read_seconds(lines, "it is not \"interval SECONDS\"", &t->interval);
	if (rc == 0 && at(lines, "logging-delay"))
		rc = read_seconds(lines, "it is not \"logging-delay SECONDS\"", &t->logging_delay);
	t->has_tur = rc == 0 && at(lines, "tur");
	if (t->has_tur && (ls_cal_lines_fields(lines, &f, 1) < 0 ||
			   ls_cal_field_decimal(f, &t->tur) < 0 || t->tur.coefficient <= 0))
		return ls_cal_lines_fail(lines, "it is not \"tur NUMBER\"");
	return rc;
}

static int read_severity(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	struct ls_cal_field f[2];
	struct ls_cal_severity s;
	if (ls_cal_lines_fields(lines, f, 2) < 0 ||
	    ls_cal_check_parse(f[0].text, f[0].length, &s.check) < 0 ||
	    ls_cal_outcome_parse(f[1].text, f[1].length, &s.outcome) < 0 ||
	    s.outcome == LS_CAL_HOLDS)
		return ls_cal_lines_fail(lines, "it is not \"severity CHECK "
						"fails|cannot|warns|info\"");
	if (!ls_cal_check_kind(s.check)->adjustable)
		return ls_cal_lines_fail(lines, "the severity of this check cannot be set");
	if (t->severity_count > 0 && t->severities[t->severity_count - 1].check >= s.check)
		return ls_cal_lines_fail(lines, "severities are not in the checks' order, or one "
						"is there twice");
	struct ls_cal_severity *grown = reallocarray(t->severities, t->severity_count + 1,
						     sizeof(*grown));
	if (!grown)
		return fail_memory(lines->err);
	t->severities = grown;
	t->severities[t->severity_count++] = s;
	return 0;
}

static int add_certificate(struct ls_cal_lines *lines, struct ls_cal_trust *t,
			   struct ls_buffer *all)
{
	size_t before = all->size;
	int rc = ls_pem_next(&lines->r, LS_PEM_CERTIFICATE, all, lines->err);
	if (rc < 0)
		return rc;
	if (t->certificate_count == LS_CAL_TRUST_CERTIFICATES_MAX ||
	    all->size - before > CERTIFICATE_MAX)
		return ls_cal_lines_fail(lines, "there are more than 32 certificates, or one is "
						"longer than 16384 bytes");
	struct ls_cal_certificate *grown = reallocarray(t->certificates, t->certificate_count + 1,
							sizeof(*grown));
	if (!grown)
		return fail_memory(lines->err);
	t->certificates = grown;
	/* the bytes may still move: see read_certificates */
	t->certificates[t->certificate_count++] =
		(struct ls_cal_certificate){ .size = all->size - before };
	return 0;
}

static int read_certificates(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	_cleanup_buffer_ struct ls_buffer all;
	int rc = 0;
	ls_buffer_init(&all, LS_CAL_TRUST_SIZE_MAX);
	skip_comments(lines);
	while (rc == 0 && ls_reader_left(&lines->r) > 0)
		rc = add_certificate(lines, t, &all);
	if (rc < 0)
		return rc;
	t->certificate_bytes = all.data;
	for (size_t i = 0, at_byte = 0; i < t->certificate_count; i++) {
		t->certificates[i].der = all.data + at_byte;
		at_byte += t->certificates[i].size;
	}
	ls_buffer_init(&all, 0); /* handed over */
	return 0;
}

static int parse(struct ls_cal_lines *lines, struct ls_cal_trust *t)
{
	if (!ls_cal_lines_is(lines, VERSION_LINE))
		return ls_cal_lines_fail(lines, "it is not \"" VERSION_LINE "\"");
	int rc = read_registry(lines, t);
	if (rc == 0)
		rc = read_contract(lines, t);
	if (rc == 0)
		rc = read_nmis(lines, t);
	if (rc == 0)
		rc = read_limits(lines, t);
	while (rc == 0 && at(lines, "severity"))
		rc = read_severity(lines, t);
	return rc < 0 ? rc : read_certificates(lines, t);
}

int ls_cal_trust_parse(const void *bytes, size_t size, struct ls_cal_trust *ret_trust,
		       struct ls_error *err)
{
	_cleanup_cal_trust_ struct ls_cal_trust t = { .nmi_count = 0 };
	struct ls_cal_lines lines = { .id = "cal.trust.form",
				      .what = "the calibration trust file",
				      .err = err };
	if (size > LS_CAL_TRUST_SIZE_MAX)
		return ls_fail(err, -EBADMSG, "cal.trust.form",
			       "the calibration trust file is longer than %d bytes",
			       LS_CAL_TRUST_SIZE_MAX);
	ls_reader_init(&lines.r, bytes, size);
	int rc = parse(&lines, &t);
	if (rc < 0)
		return rc;
	*ret_trust = t;
	memset(&t, 0, sizeof(t)); /* handed over */
	return 0;
}

/* --- formatting ---------------------------------------------------------------------- */

static void format_registry(const struct ls_cal_trust *t, struct ls_buffer *out)
{
	char vkey[LS_VKEY_SIZE], witness[LS_WITNESS_VKEY_SIZE];
	if (t->has_registry)
		ls_buffer_printf(out, "registry %s\n", ls_vkey_format(&t->registry, vkey));
	if (t->has_registry && t->registry.has_ed25519)
		ls_buffer_printf(out, "registry-ed25519 %s\n",
				 ls_vkey_format_ed25519(&t->registry, vkey));
	for (size_t i = 0; i < t->witness_count; i++)
		ls_buffer_printf(out, "witness %s\n",
				 ls_witness_vkey_format(&t->witnesses[i], witness));
	if (t->witness_count > 0)
		ls_buffer_printf(out, "quorum %u\n", t->quorum);
}

static void format_contract(const struct ls_cal_trust *t, struct ls_buffer *out)
{
	char address[2 * LS_CAL_CONTRACT_ADDRESS_SIZE + 1], hash[LS_DIGEST_HEX_SIZE];
	if (!t->has_contract)
		return;
	ls_hex_encode(t->contract, sizeof(t->contract), address);
	ls_buffer_printf(out, "contract %" PRIu64 " %s\n", t->chain, address);
	if (t->has_block)
		ls_buffer_printf(out, "block %" PRIu64 " %s\n", t->block_number,
				 ls_digest_hex(&t->block_hash, hash));
}

static int format_nmis(const struct ls_cal_trust *t, bool document, struct ls_buffer *out,
		       struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < t->nmi_count; i++) {
		const struct ls_cal_nmi *nmi = &t->nmis[i];
		if (nmi->document != document)
			continue;
		ls_buffer_add_str(out, document ? "" : "nmi ");
		if (!document)
			ls_base64_encode(nmi->key.spki, sizeof(nmi->key.spki), out);
		/* " NAME" after the key, else the keyword and the name */
		rc = ls_cal_add_text(out, document ? "document-nmi" : "", nmi->name,
				     sizeof(nmi->name), "cal.trust.text", err);
	}
	return rc;
}

static void format_limits(const struct ls_cal_trust *t, struct ls_buffer *out)
{
	ls_buffer_printf(out, "max-age %" PRId64 "\nmax-depth %u\n", t->max_age, t->max_depth);
	if (t->interval != 0)
		ls_buffer_printf(out, "interval %" PRId64 "\n", t->interval);
	if (t->logging_delay != 0)
		ls_buffer_printf(out, "logging-delay %" PRId64 "\n", t->logging_delay);
	if (t->has_tur) {
		ls_buffer_add_str(out, "tur");
		ls_cal_add_decimal(out, t->tur);
		ls_buffer_add_str(out, "\n");
	}
	for (size_t i = 0; i < t->severity_count; i++)
		ls_buffer_printf(out, "severity %s %s\n",
				 ls_cal_check_kind(t->severities[i].check)->id,
				 ls_cal_outcome_name(t->severities[i].outcome));
}

int ls_cal_trust_format(const struct ls_cal_trust *trust, struct ls_buffer *out,
			struct ls_error *err)
{
	_cleanup_cal_trust_ struct ls_cal_trust again = { .nmi_count = 0 };
	size_t before = out->size;
	ls_buffer_printf(out, VERSION_LINE "\n%s", COMMENT);
	format_registry(trust, out);
	format_contract(trust, out);
	int rc = format_nmis(trust, /* document= */ false, out, err);
	if (rc == 0)
		rc = format_nmis(trust, /* document= */ true, out, err);
	if (rc < 0)
		return rc;
	format_limits(trust, out);
	for (size_t i = 0; i < trust->certificate_count; i++)
		ls_pem_encode(LS_PEM_CERTIFICATE, trust->certificates[i].der,
			      trust->certificates[i].size, out);
	rc = ls_buffer_error(out);
	if (rc < 0)
		return ls_fail(err, rc, "cal.trust.size",
			       "a calibration trust file is too long, or memory ran out");
	/* the rules stand once, where it is read */
	rc = ls_cal_trust_parse(out->data + before, out->size - before, &again, err);
	return rc == -EBADMSG ? -EINVAL : rc;
}

/* --- what it says -------------------------------------------------------------------- */

const struct ls_cal_nmi *ls_cal_trust_nmi(const struct ls_cal_trust *trust,
					  const struct ls_p256_public *key)
{
	for (size_t i = 0; i < trust->nmi_count; i++)
		if (!trust->nmis[i].document && ls_p256_public_equal(&trust->nmis[i].key, key))
			return &trust->nmis[i];
	return NULL;
}

const struct ls_cal_nmi *ls_cal_trust_document_nmi(const struct ls_cal_trust *trust,
						   const char *organisation)
{
	for (size_t i = 0; i < trust->nmi_count; i++)
		if (trust->nmis[i].document && strcmp(trust->nmis[i].name, organisation) == 0)
			return &trust->nmis[i];
	return NULL;
}

enum ls_cal_outcome ls_cal_trust_severity(const struct ls_cal_trust *trust,
					  enum ls_cal_check_id check, enum ls_cal_outcome outcome)
{
	if (outcome < LS_CAL_WARNS)
		return outcome;
	for (size_t i = 0; i < trust->severity_count; i++)
		if (trust->severities[i].check == check)
			return trust->severities[i].outcome;
	return outcome;
}
