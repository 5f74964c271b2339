/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence made without a TPM, for made-up shares: an attestation key in a file that signs what a
 * TPM would. */
#ifndef LABSEAL_TESTS_TOOLS_MAKE_EVIDENCE_H
#define LABSEAL_TESTS_TOOLS_MAKE_EVIDENCE_H

#include "lib/attest/event_log.h"
#include "lib/attest/evidence.h"
#include "lib/attest/maker_test.h"
#include "lib/log/checkpoint.h"
#include "lib/seal/trust.h"

#define EVIDENCE_REF	 "labseal-test"
#define EVIDENCE_COUNTER 1

struct evidence_maker {
	struct maker tpm;
	struct ls_digest pcr23, policy;
	struct ls_buffer event_log, creation;
	struct ls_clock clock;
	uint8_t counter;
};

static inline void evidence_log(struct evidence_maker *e)
{
	static const struct {
		enum ls_measured event;
		const char *path;
	} measured[] = { { LS_MEASURED_SUPERVISOR, "labseald" },
			 { LS_MEASURED_ENCLAVE_FILE, "/labseal-enclave" },
			 { LS_MEASURED_ENCLAVE_FILE, "/lib/libc.so.6" },
			 { LS_MEASURED_POLICY, "policy.yaml" },
			 { LS_MEASURED_DOMAIN_XML, "domain.xml" } };
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
		struct ls_measurement m = { .event = measured[i].event, .size = 100 + i };
		snprintf(m.path, sizeof(m.path), "%s", measured[i].path);
		ls_sha256_buffer(m.path, strlen(m.path), &m.sha256);
		if (ls_event_log_add(&log, &m, NULL) < 0)
			abort();
	}
	ls_buffer_init(&e->event_log, LS_EVENT_LOG_SIZE_MAX);
	ls_event_log_format(&log, &e->event_log);
	ls_event_log_replay(&log, &e->pcr23);
}

static inline void evidence_head(struct evidence_maker *e, uint16_t type,
				 const struct ls_digest *qualifying, struct ls_buffer *out)
{
	struct recipe r = recipe_of(&e->tpm, type);
	memcpy(r.qualifying, qualifying->bytes, LS_DIGEST_SIZE);
	e->clock.milliseconds += 100;
	r.clock = e->clock;
	make_head(out, &r);
}

static inline void evidence_creation(struct evidence_maker *e, const struct ls_p256_public *key)
{
	struct ls_buffer public_part, area, data, attest, signature;
	struct ls_public_area parsed;
	struct ls_digest hash;
	struct ls_buffer *all[] = { &public_part, &area, &data, &attest, &signature };
	for (size_t i = 0; i < 5; i++)
		ls_buffer_init(all[i], 4096);
	make_ecdsa(&area, 0x40432, e->policy.bytes, LS_DIGEST_SIZE, key);
	put_tpm2b(&public_part, area.data, area.size);
	if (ls_public_area_parse(area.data, area.size, &parsed, NULL) < 0)
		abort();
	ls_buffer_add_be32(&data, 0);
	put_tpm2b(&data, NULL, 0);
	ls_buffer_add_u8(&data, 1);
	ls_buffer_add_be16(&data, LS_ALG_SHA256);
	put_tpm2b(&data, parsed.name.bytes, LS_TPM_NAME_SIZE);
	put_tpm2b(&data, parsed.name.bytes, LS_TPM_NAME_SIZE);
	put_tpm2b(&data, NULL, 0);
	ls_sha256_buffer(public_part.data, public_part.size, &hash);
	evidence_head(e, LS_ST_ATTEST_CREATION, &hash, &attest);
	put_tpm2b(&attest, parsed.name.bytes, LS_TPM_NAME_SIZE);
	ls_sha256_buffer(data.data, data.size, &hash);
	put_tpm2b(&attest, hash.bytes, LS_DIGEST_SIZE);
	make_signature(&e->tpm, &attest, &signature);
	ls_buffer_init(&e->creation, LS_CREATION_MAX);
	ls_buffer_add(&e->creation, public_part.data, public_part.size);
	put_tpm2b(&e->creation, data.data, data.size);
	put_tpm2b(&e->creation, attest.data, attest.size);
	ls_buffer_add(&e->creation, signature.data, signature.size);
	for (size_t i = 0; i < 5; i++)
		ls_buffer_free(all[i]);
}

/* key: the attestation key, taken over.  signer: the log's key, which is the authority, too. */
static inline void evidence_init(struct evidence_maker *e, struct ls_p256_key *key,
				 const struct ls_p256_public *signer, struct ls_digest *ret_pcr23)
{
	struct ls_tpm_name authority;
	maker_init_key(&e->tpm, key, 1);
	e->clock = (struct ls_clock){ 1000000, 7, 0, true };
	e->counter = EVIDENCE_COUNTER;
	ls_authority_name(signer, &authority);
	ls_policy_authorize_digest(&authority, EVIDENCE_REF, strlen(EVIDENCE_REF), &e->policy);
	evidence_log(e);
	evidence_creation(e, signer);
	*ret_pcr23 = e->pcr23;
}

static inline void evidence_trust(const struct evidence_maker *e, struct ls_trust *t)
{
	memcpy(t->endorsement, e->tpm.ek.data, e->tpm.ek.size);
	memcpy(t->attestation, e->tpm.ak.data, e->tpm.ak.size);
	t->endorsement_size = e->tpm.ek.size;
	t->attestation_size = e->tpm.ak.size;
}

static inline void evidence_nv(struct evidence_maker *e, const struct ls_tpm_name *index,
			       const void *contents, size_t size,
			       const struct ls_digest *qualifying, struct ls_buffer *part)
{
	evidence_head(e, LS_ST_ATTEST_NV, qualifying, part);
	put_tpm2b(part, index->bytes, LS_TPM_NAME_SIZE);
	ls_buffer_add_be16(part, 0);
	put_tpm2b(part, contents, size);
	make_signature(&e->tpm, part, part + 1);
}

/* All files of a folder; each is to be freed. */
static inline void evidence_make(struct evidence_maker *e, const struct ls_checkpoint *c,
				 const struct ls_buffer *note,
				 struct ls_buffer parts[static LS_EVIDENCE_PARTS])
{
	const uint8_t counter[LS_NV_COUNTER_SIZE] = { [7] = e->counter };
	uint8_t held[LS_NV_CHECKPOINT_SIZE];
	struct ls_nv_checkpoint checkpoint = { .size = c->size, .root = c->root };
	struct ls_pcr_values values = { .pcrs = 0 };
	struct ls_tpm_name index;
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++)
		ls_buffer_init(&parts[i], LS_EVIDENCE_PART_SIZE);
	ls_sha256_buffer(note->data, note->size, &checkpoint.note);
	ls_pcr_values_set(&values, LS_MEASURED_PCR, &e->pcr23);
	ls_buffer_add(&parts[LS_EVIDENCE_CHECKPOINT], note->data, note->size);
	ls_pcr_values_format(&values, &parts[LS_EVIDENCE_PCRS]);
	evidence_head(e, LS_ST_ATTEST_QUOTE, &checkpoint.note, &parts[LS_EVIDENCE_QUOTE]);
	make_quote(&parts[LS_EVIDENCE_QUOTE], &values);
	make_signature(&e->tpm, &parts[LS_EVIDENCE_QUOTE], &parts[LS_EVIDENCE_QUOTE_SIGNATURE]);
	ls_nv_counter_name(&index);
	evidence_nv(e, &index, counter, sizeof(counter), &checkpoint.note,
		    &parts[LS_EVIDENCE_COUNTER]);
	ls_nv_checkpoint_encode(&checkpoint, held);
	ls_nv_checkpoint_name(&e->policy, &index);
	evidence_nv(e, &index, held, sizeof(held), &checkpoint.note,
		    &parts[LS_EVIDENCE_NV_CHECKPOINT]);
}

#endif
