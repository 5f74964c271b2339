/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that was cut down after it was made: every proof in it still holds. */
#include "audit/cal/evidence.h"

#include "lib/base/text.h"
#include "lib/cal/maker_test.h"
#include "lib/log/checkpoint.h"
#include "lib/log/cosignature.h"
#include "lib/log/proof.h"
#include "lib/registry/tree.h"

#define RECORDS_MAX 32
#define WITNESS	    "witness.example"

/* A device that was revoked between two heartbeats, and a witness of the log after them. */
struct log {
	struct chain chain;
	struct ls_buffer records[RECORDS_MAX];
	size_t count, first, revocation, second;
	struct ls_hash_tree *tree;
	struct ls_checkpoint checkpoint;
	struct ls_buffer note;
	struct ls_witness_key witness;
};

static int keep_record(void *context, const struct ls_cal_found *found)
{
	struct log *l = context;
	_cleanup_cal_entry_ struct ls_cal_entry *e = NULL;
	if (found->index >= RECORDS_MAX) {
		TEST_FAIL("the log has more than %d records", RECORDS_MAX);
		return -E2BIG;
	}
	struct ls_buffer *b = &l->records[found->index];
	CHECK_INT_EQ(l->chain.store->operations->find(l->chain.store, &found->id, &e, NULL), 0);
	ls_buffer_init(b, LS_CAL_RECORD_SIZE_MAX);
	CHECK_INT_EQ(ls_cal_record_format(&e->record, true, b, NULL), 0);
	l->count += 1;
	return 0;
}

static void beat(struct chain *c, int64_t at, const struct ls_digest *revocations, size_t count)
{
	_cleanup_cal_record_ struct ls_cal_record r = { .kind = LS_CAL_HEARTBEAT,
							.registry = MAKER_REGISTRY,
							.issued = at };
	r.heartbeat.has_revocations = true;
	r.heartbeat.revocations = count;
	ls_sha256_buffer(revocations, count * sizeof(*revocations), &r.heartbeat.digest);
	sign_as(c, &r, LS_CAL_ROLE_REGISTRY, &c->registry, 0);
	put(c, &r, false);
}

static int keep_id(void *context, const struct ls_cal_found *found)
{
	*(struct ls_digest *)context = found->id;
	return 0;
}

static void keep_all(struct log *l)
{
	const struct ls_cal_store_operations *o = l->chain.store->operations;
	for (enum ls_cal_kind k = LS_CAL_ORGANISATION; k <= LS_CAL_HEARTBEAT; k++)
		CHECK_INT_EQ(o->all(l->chain.store, k, keep_record, l, NULL), 0);
	CHECK_INT_EQ(l->count, l->chain.size);
}

/* first: when the first heartbeat says that all reports are there. */
static void make_records(struct log *l, int64_t first)
{
	struct chain *c = &l->chain;
	struct ls_digest revocation = { { 0 } };
	chain_begin(c, 3);
	chain_build(c);
	l->first = c->size;
	beat(c, first, NULL, 0);
	l->revocation = c->size;
	revoke(c, &c->devices[2].record.id, LS_CAL_DEVICE, &c->technicians[2],
	       MAKER_T0 + 6 * MAKER_DAY, LS_CAL_DAMAGE);
	CHECK_INT_EQ(
		c->store->operations->all(c->store, LS_CAL_REVOCATION, keep_id, &revocation, NULL),
		0);
	l->second = c->size;
	beat(c, MAKER_AT - 7200, &revocation, 1);
	keep_all(l);
}

static void make_checkpoint(struct log *l)
{
	_cleanup_buffer_ struct ls_buffer text;
	_cleanup_sha256_ struct ls_sha256 hash = { .context = NULL };
	static const uint8_t private[32] = { 7 };
	uint8_t public[32];
	struct ls_digest leaf;
	struct ls_error err = { 0 };
	int rc = ls_hash_tree_open(-1, NULL, true, 0, &l->tree, &err);
	for (size_t i = 0; rc == 0 && i < l->count; i++) {
		CHECK_INT_EQ(ls_merkle_leaf(&hash, l->records[i].data, l->records[i].size, &leaf),
			     0);
		rc = ls_hash_tree_append(l->tree, &leaf, &err);
	}
	if (rc == 0)
		rc = ls_hash_tree_flush(l->tree, &err);
	l->checkpoint.size = l->count;
	snprintf(l->checkpoint.origin, sizeof(l->checkpoint.origin), MAKER_REGISTRY);
	if (rc == 0)
		rc = ls_hash_tree_root(l->tree, l->count, &l->checkpoint.root, &err);
	ls_buffer_init(&l->note, 65536);
	ls_buffer_init(&text, 65536);
	if (rc == 0)
		rc = ls_checkpoint_sign(&l->checkpoint, &l->chain.registry.signer, NULL, &l->note,
					&err);
	ls_checkpoint_format(&l->checkpoint, &text);
	ls_ed25519_public(private, public);
	ls_witness_key_init(&l->witness, WITNESS, public, &err);
	if (rc == 0)
		rc = ls_cosignature_sign(ls_buffer_str(&text), text.size, WITNESS, private,
					 MAKER_AT - 3600, &l->note, &err);
	if (rc < 0)
		TEST_FAIL("%s", err.message);
}

static void log_begin(struct log *l, int64_t first)
{
	memset(l, 0, sizeof(*l));
	make_records(l, first);
	make_checkpoint(l);
}

static void log_end(struct log *l)
{
	for (size_t i = 0; i < l->count; i++)
		ls_buffer_free(&l->records[i]);
	ls_buffer_free(&l->note);
	ls_hash_tree_free(l->tree);
	chain_end(&l->chain);
}

static void add_block(struct ls_buffer *out, const char *word, const struct ls_buffer *b)
{
	ls_buffer_printf(out, "%s %zu\n", word, b->size);
	ls_buffer_add(out, b->data, b->size);
	ls_buffer_add_str(out, "\n");
}

static void add_record(struct log *l, size_t i, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_proof proof = { .index = i,
				  .checkpoint = l->note.data,
				  .checkpoint_size = l->note.size };
	struct ls_merkle_source source = ls_hash_tree_source(l->tree);
	ls_buffer_init(&text, LS_PROOF_SIZE_MAX);
	CHECK_INT_EQ(
		ls_merkle_prove_inclusion(&source, i, l->count, proof.hashes, &proof.count, NULL),
		0);
	ls_proof_format(&proof, &text);
	add_block(out, "record", &l->records[i]);
	add_block(out, "proof", &text);
}

/* What is left out of it. */
enum cut {
	NOTHING,
	REVOCATION, /* and the heartbeat that counts it */
	FIRST_HEARTBEAT,
};

static bool is_in(const struct log *l, size_t i, enum cut cut)
{
	switch (cut) {
	case REVOCATION: return i != l->revocation && i != l->second;
	case FIRST_HEARTBEAT: return i != l->first;
	default: return true;
	}
}

static void trace_evidence(struct log *l, bool witnessed, enum cut cut, struct ls_cal_result *r)
{
	_cleanup_buffer_ struct ls_buffer evidence;
	char hex[LS_DIGEST_HEX_SIZE], at[LS_UTC_SIZE];
	struct ls_cal_store *store = NULL, *all = l->chain.store;
	struct ls_error err = { 0 };
	int64_t made;
	ls_buffer_init(&evidence, 1 << 20);
	ls_buffer_printf(
		&evidence, "labseal/calibration-evidence/v1\ndevice %s\nat %s\nform proofs\n",
		ls_digest_hex(&l->chain.devices[2].record.id, hex), ls_utc_format(MAKER_AT, at));
	add_block(&evidence, "checkpoint", &l->note);
	for (size_t i = 0; i < l->count; i++)
		if (is_in(l, i, cut))
			add_record(l, i, &evidence);
	l->chain.trust.witness_count = witnessed;
	l->chain.trust.witnesses = &l->witness;
	l->chain.trust.quorum = witnessed;
	if (ls_cal_evidence_store(evidence.data, evidence.size, &l->chain.trust, &store, &made,
				  &err) < 0)
		TEST_FAIL("%s", err.message);
	REQUIRE(store != NULL);
	l->chain.store = store;
	chain_trace(&l->chain, r);
	l->chain.store = all;
	ls_cal_store_free(store);
}

static void check_evidence(bool witnessed)
{
	struct log l;
	_cleanup_cal_result_ struct ls_cal_result whole = { 0 }, cut = { 0 };
	log_begin(&l, MAKER_T0 + 5 * MAKER_DAY);
	trace_evidence(&l, witnessed, NOTHING, &whole);
	CHECK_INT_EQ(whole.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&whole, LS_CAL_CHECK_REVOKED_DEVICE), LS_CAL_FAILS);
	CHECK_INT_EQ(outcome_of(&whole, LS_CAL_CHECK_FRESHNESS), LS_CAL_HOLDS);
	trace_evidence(&l, witnessed, REVOCATION, &cut);
	CHECK_INT_EQ(cut.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&cut, LS_CAL_CHECK_FRESHNESS), LS_CAL_CANNOT);
	log_end(&l);
}

TEST(evidence_that_hides_a_revocation_is_as_old_as_its_heartbeat)
{
	check_evidence(/* witnessed= */ false);
}

TEST(a_new_checkpoint_of_witnesses_does_not_make_it_newer)
{
	check_evidence(/* witnessed= */ true);
}

/* Dated ahead: the heartbeat that shows it can be left out, and that is not to be a proof of the
 * contrary. */
TEST(evidence_that_hides_a_heartbeat_does_not_show_when_it_was_logged)
{
	struct log l;
	_cleanup_cal_result_ struct ls_cal_result whole = { 0 }, cut = { 0 };
	log_begin(&l, MAKER_T0 - 10 * MAKER_DAY);
	trace_evidence(&l, /* witnessed= */ false, NOTHING, &whole);
	CHECK_INT_EQ(outcome_of(&whole, LS_CAL_CHECK_TIME_LOGGED), LS_CAL_FAILS);
	trace_evidence(&l, /* witnessed= */ false, FIRST_HEARTBEAT, &cut);
	CHECK_INT_EQ(outcome_of(&cut, LS_CAL_CHECK_TIME_LOGGED), LS_CAL_WARNS);
	log_end(&l);
}

/* Logged behind a heartbeat of the day that it is dated, or of a later one: nothing is hidden. */
TEST(evidence_with_a_heartbeat_before_each_record_shows_when_it_was_logged)
{
	struct log l;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	memset(&l, 0, sizeof(l));
	chain_begin(&l.chain, 3);
	beat(&l.chain, MAKER_T0 + 3 * MAKER_DAY, NULL, 0);
	chain_build(&l.chain);
	beat(&l.chain, MAKER_T0 + 4 * MAKER_DAY, NULL, 0);
	l.first = l.revocation = l.second = SIZE_MAX;
	keep_all(&l);
	make_checkpoint(&l);
	trace_evidence(&l, /* witnessed= */ false, NOTHING, &r);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TIME_LOGGED), LS_CAL_HOLDS);
	log_end(&l);
}

TEST_MAIN()
