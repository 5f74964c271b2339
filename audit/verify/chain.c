/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"

void ls_chain_free(struct ls_chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->state_count; i++)
		ls_event_log_free(&chain->states[i].log);
	free(chain->states);
	free(chain);
}

/* --- for machines ---------------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *measured_json(const struct ls_event_log *log)
{
	json_t *array = json_array();
	char hex[LS_DIGEST_HEX_SIZE];
	for (size_t i = 0; i < log->count; i++) {
		const struct ls_measurement *m = &log->records[i];
		_cleanup_buffer_ struct ls_buffer path;
		ls_buffer_init(&path, 4 * LS_MEASUREMENT_PATH_SIZE);
		ls_text_escape(m->path, strlen(m->path), &path);
		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:o}", "event",
						       ls_measured_name(m->event), "path",
						       ls_buffer_str(&path), "sha256",
						       ls_digest_hex(&m->sha256, hex), "size",
						       number(m->size)));
	}
	return array;
}

static json_t *states_json(const struct ls_chain *c)
{
	json_t *array = json_array();
	char hex[LS_DIGEST_HEX_SIZE];
	for (size_t i = 0; i < c->state_count; i++) {
		const struct ls_chain_state *s = &c->states[i];
		json_array_append_new(array, json_pack("{s:o, s:s, s:o, s:o, s:o}", "version",
						       number(s->version), "pcr23",
						       ls_digest_hex(&s->pcr23, hex), "first",
						       number(s->first), "last", number(s->last),
						       "measured", measured_json(&s->log)));
	}
	return array;
}

static json_t *time_json(const char *time)
{
	return time[0] ? json_string(time) : json_null();
}

static json_t *enrolled_json(const struct ls_chain *c)
{
	const struct ls_enrolled *e = &c->enrolled;
	char hex[LS_DIGEST_HEX_SIZE], from[LS_UTC_SIZE], until[LS_UTC_SIZE];
	_cleanup_buffer_ struct ls_buffer subject;
	ls_buffer_init(&subject, 4 * LS_SUBJECT_SIZE);
	if (!c->is_enrolled)
		return json_null();
	ls_text_escape(e->subject, strlen(e->subject), &subject);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "certificate",
			 ls_digest_hex(&e->certificate, hex), "subject", ls_buffer_str(&subject),
			 "origin", ls_tpm_origin_name(e->origin), "from",
			 ls_utc_format(e->from, from), "until", ls_utc_format(e->until, until),
			 "checkpoints", number(e->checkpoints));
}

json_t *ls_chain_json(const struct ls_chain *c)
{
	char endorsement[LS_DIGEST_HEX_SIZE], attestation[LS_DIGEST_HEX_SIZE];
	char authority[LS_DIGEST_HEX_SIZE];
	if (!c)
		return json_null();
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"tpm", c->tpm, "endorsement_key", ls_digest_hex(&c->endorsement, endorsement),
		"attestation_key", ls_digest_hex(&c->attestation, attestation), "authority",
		ls_digest_hex(&c->authority, authority), "enrolled", enrolled_json(c),
		"key_made_there", c->key_made_there, "checkpoints", number(c->checkpoints), "first",
		number(c->first), "last", number(c->last), "without", number(c->without), "since",
		time_json(c->since), "until", time_json(c->until), "counter", number(c->counter),
		"resets", number(c->resets), "states", states_json(c));
}

/* --- for people ------------------------------------------------------------------------ */

/* Sixteen digits are enough to compare by eye; --json has all. */
static void print_digest(const char *name, const struct ls_digest *digest, const char *words)
{
	char hex[LS_DIGEST_HEX_SIZE];
	printf("  %-12s %.16s..., %s\n", name, ls_digest_hex(digest, hex), words);
}

static void print_measured(const struct ls_measurement *m)
{
	char hex[LS_DIGEST_HEX_SIZE];
	_cleanup_buffer_ struct ls_buffer path;
	ls_buffer_init(&path, 4 * LS_MEASUREMENT_PATH_SIZE);
	ls_text_escape(m->path, strlen(m->path), &path);
	printf("  %-12s   %-12s %.16s... %s\n", "", ls_measured_name(m->event),
	       ls_digest_hex(&m->sha256, hex), ls_buffer_str(&path));
}

static void print_state(const struct ls_chain_state *s)
{
	char hex[LS_DIGEST_HEX_SIZE];
	printf("  %-12s approval %" PRIu64 ", PCR 23 %.16s..., quoted from seal %" PRIu64
	       " to seal %" PRIu64 "\n",
	       "code", s->version, ls_digest_hex(&s->pcr23, hex), s->first, s->last);
	for (size_t i = 0; i < s->log.count; i++)
		print_measured(&s->log.records[i]);
}

static const char *key_words(const struct ls_chain *c)
{
	if (c->in_token)
		return "in a token (HSM), whose PIN this TPM gives out in states that the "
		       "authority "
		       "approved";
	return c->key_made_there
		       ? "made in this TPM, works only in states that the authority approved"
		       : "not shown to be made in this TPM";
}

static void print_enrolled(const struct ls_chain *c)
{
	const struct ls_enrolled *e = &c->enrolled;
	char until[LS_UTC_SIZE];
	_cleanup_buffer_ struct ls_buffer subject;
	ls_buffer_init(&subject, 4 * LS_SUBJECT_SIZE);
	if (!c->is_enrolled) {
		printf("  %-12s not enrolled: that key is not shown to be in a TPM\n", "");
		return;
	}
	ls_text_escape(e->subject, strlen(e->subject), &subject);
	printf("  %-12s is in this TPM, by the lab's CA (%s, until %s): %s\n", "",
	       ls_buffer_str(&subject), ls_utc_format(e->until, until),
	       ls_tpm_origin_words(e->origin));
}

void ls_chain_print(const struct ls_chain *c)
{
	if (!c || c->checkpoints == 0)
		return;
	printf("\nEstablished by evidence\n");
	print_digest("TPM", &c->endorsement, c->tpm);
	print_digest("vouched by", &c->attestation, "its attestation key");
	print_enrolled(c);
	printf("  %-12s %s\n", "signing key", key_words(c));
	print_digest("approved by", &c->authority, "the policy authority");
	for (size_t i = 0; i < c->state_count; i++)
		print_state(&c->states[i]);
	printf("  %-12s seals 1 to %" PRIu64 ", by %" PRIu64 " checkpoint%s", "reaches", c->last,
	       c->checkpoints, c->checkpoints == 1 ? "" : "s");
	if (c->since[0] && c->until[0])
		printf(", received until %s to %s", c->since, c->until);
	if (c->without > 0)
		printf("; the %" PRIu64 " after them have none", c->without);
	printf("\n  %-12s version counter %" PRIu64 ", %" PRIu32 " resets of the TPM\n", "order",
	       c->counter, c->resets);
}
