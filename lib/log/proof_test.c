/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints and proofs: both are a note with something around or in it. */
#include "lib/log/proof.h"

#include <errno.h>

#include "lib/base/test.h"

#define ORIGIN	"labseal/7500-01"
#define ENTRIES 13
#define INDEX	9

static struct ls_p256_key *key;
static struct ls_signer signer;
static struct ls_note_key known;
static struct ls_digest leaves[ENTRIES];
static struct ls_checkpoint checkpoint;
static struct ls_buffer note, proof;
static const char ENTRY[] = "the manifest";

/* A log of ENTRIES, its checkpoint, and the proof of ENTRY at INDEX. */
static void make_log(void)
{
	static struct ls_sha256 h;
	struct ls_merkle_frontier f, empty;
	struct ls_proof p = { .index = INDEX };
	if (key)
		return;
	CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
	ls_p256_key_signer(key, &signer);
	CHECK_INT_EQ(ls_note_key_init(&known, ORIGIN, &signer.key, NULL), 0);
	ls_merkle_frontier_init(&f);
	ls_merkle_frontier_init(&empty);
	for (unsigned i = 0; i < ENTRIES; i++) {
		ls_merkle_leaf(&h, i == INDEX ? ENTRY : "other", i == INDEX ? strlen(ENTRY) : 5,
			       &leaves[i]);
		CHECK_INT_EQ(ls_merkle_frontier_append(&f, &h, &leaves[i]), 0);
	}
	checkpoint = (struct ls_checkpoint){ .origin = ORIGIN, .size = ENTRIES };
	CHECK_INT_EQ(ls_merkle_frontier_root(&f, &h, &checkpoint.root), 0);
	ls_buffer_init(&note, 4096);
	ls_buffer_init(&proof, 4096);
	CHECK_INT_EQ(ls_checkpoint_sign(&checkpoint, &signer, NULL, &note, NULL), 0);
	struct ls_merkle_batch batch = { &empty, leaves, ENTRIES, &h };
	struct ls_merkle_source source = ls_merkle_batch_source(&batch);
	CHECK_INT_EQ(ls_merkle_prove_inclusion(&source, INDEX, ENTRIES, p.hashes, &p.count, NULL),
		     0);
	p.checkpoint = note.data;
	p.checkpoint_size = note.size;
	CHECK_INT_EQ(ls_proof_format(&p, &proof), 0);
}

static int verify(const void *bytes, size_t size, struct ls_error *err)
{
	return ls_proof_verify(bytes, size, ENTRY, strlen(ENTRY), &known, NULL, NULL, err);
}

/* --- checkpoints ------------------------------------------------------------------- */

TEST(a_signed_checkpoint_opens)
{
	struct ls_checkpoint c;
	make_log();
	REQUIRE(ls_checkpoint_open(note.data, note.size, &known, &c, NULL) == 0);
	CHECK_STR_EQ(c.origin, ORIGIN);
	CHECK_INT_EQ(c.size, ENTRIES);
	CHECK(ls_digest_equal(&c.root, &checkpoint.root));
}

TEST(every_flipped_bit_of_a_checkpoint_is_seen)
{
	struct ls_checkpoint c;
	make_log();
	for (size_t bit = 0; bit < 8 * note.size; bit++) {
		note.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (ls_checkpoint_open(note.data, note.size, &known, &c, NULL) == 0)
			TEST_FAIL("bit %zu changed, and nobody noticed", bit);
		note.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

TEST(another_logs_checkpoint_by_the_same_key_is_refused)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_checkpoint c;
	struct ls_error err = { 0 };
	make_log();
	static const char text[] =
		"labseal/other\n13\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
	ls_buffer_init(&b, 4096);
	/* signed under this log's name: only the origin tells */
	REQUIRE(ls_note_sign(text, strlen(text), ORIGIN, &signer, &b, NULL) == 0);
	CHECK_INT_EQ(ls_checkpoint_open(b.data, b.size, &known, &c, &err), -EXDEV);
	CHECK_STR_EQ(err.id, "checkpoint.origin");
	CHECK_STR_HAS(err.message, "'labseal/other'");
}

TEST(malformed_checkpoints_are_refused)
{
#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "first line" },
		{ "\n1\n" ROOT "\n", "first line" },
		{ "a b\n1\n" ROOT "\n", "first line" },
		{ "log\n", "second line" },
		{ "log\n\n" ROOT "\n", "second line" },
		{ "log\n01\n" ROOT "\n", "second line" },
		{ "log\n-1\n" ROOT "\n", "second line" },
		{ "log\n+1\n" ROOT "\n", "second line" },
		{ "log\n 1\n" ROOT "\n", "second line" },
		{ "log\n1 \n" ROOT "\n", "second line" },
		{ "log\n0x1\n" ROOT "\n", "second line" },
		{ "log\n18446744073709551616\n" ROOT "\n", "second line" },
		{ "log\n1\n", "third line" },
		{ "log\n1\n" ROOT, "third line" },
		{ "log\n1\nAAAA\n", "third line" },
		{ "log\n1\n" ROOT "AAAA\n", "third line" },
		{ "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", "third line" },
		{ "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "third line" },
		{ "log\n1\n" ROOT "\nextension\n", "more than three" },
		{ "log\n1\n" ROOT "\n\n", "more than three" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_checkpoint c;
		struct ls_error err = { 0 };
		if (ls_checkpoint_parse(bad[i].text, strlen(bad[i].text), &c, &err) != -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i].text);
		CHECK_STR_HAS(err.message, bad[i].why);
	}
	struct ls_checkpoint c;
	static const char largest[] = "log\n18446744073709551615\n" ROOT "\n";
	CHECK_INT_EQ(ls_checkpoint_parse(largest, strlen(largest), &c, NULL), 0);
	CHECK(c.size == UINT64_MAX);
}

/* --- proofs ----------------------------------------------------------------------------- */

TEST(a_proof_holds_for_its_entry_alone)
{
	struct ls_checkpoint c;
	struct ls_error err = { 0 };
	uint64_t index = 0;
	make_log();
	REQUIRE(ls_proof_verify(proof.data, proof.size, ENTRY, strlen(ENTRY), &known, &index, &c,
				&err) == 0);
	CHECK_INT_EQ(index, INDEX);
	CHECK_INT_EQ(c.size, ENTRIES);
	CHECK_INT_EQ(ls_proof_verify(proof.data, proof.size, "other", 5, &known, NULL, NULL, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "merkle.inclusion");
}

TEST(every_flipped_bit_of_a_proof_is_seen)
{
	make_log();
	for (size_t bit = 0; bit < 8 * proof.size; bit++) {
		proof.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (verify(proof.data, proof.size, NULL) == 0)
			TEST_FAIL("bit %zu changed, and nobody noticed", bit);
		proof.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < proof.size; n++)
		CHECK(verify(proof.data, n, NULL) < 0);
	CHECK_INT_EQ(verify(proof.data, proof.size, NULL), 0);
}

TEST(proofs_go_there_and_back)
{
	_cleanup_buffer_ struct ls_buffer again;
	struct ls_proof p;
	make_log();
	ls_buffer_init(&again, 4096);
	REQUIRE(ls_proof_parse(proof.data, proof.size, &p, NULL) == 0);
	REQUIRE(ls_proof_format(&p, &again) == 0);
	CHECK_INT_EQ(again.size, proof.size);
	CHECK_MEM_EQ(again.data, proof.data, proof.size);
}

TEST(malformed_proofs_are_refused)
{
#define HEAD "c2sp.org/tlog-proof@v1\n"
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "does not begin" },
		{ "c2sp.org/tlog-proof@v2\nindex 0\n\nx", "does not begin" },
		{ HEAD, "second line" },
		{ HEAD "index\n\nx", "second line" },
		{ HEAD "index 00\n\nx", "second line" },
		{ HEAD "index -1\n\nx", "second line" },
		{ HEAD "extra AAAA\nindex 0\n\nx", "second line" },
		{ HEAD "index 0\n", "no empty line" },
		{ HEAD "index 0\n" ROOT, "no empty line" },
		{ HEAD "index 0\n" ROOT "\n", "no empty line" },
		{ HEAD "index 0\nAAAA\n\nx", "not base64" },
		{ HEAD "index 0\n" ROOT " \n\nx", "not base64" },
		{ HEAD "index 0\n\n", "no checkpoint" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_proof p;
		struct ls_error err = { 0 };
		if (ls_proof_parse(bad[i].text, strlen(bad[i].text), &p, &err) != -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i].text);
		CHECK_STR_HAS(err.message, bad[i].why);
	}
	_cleanup_buffer_ struct ls_buffer long_proof;
	struct ls_proof p;
	struct ls_error err = { 0 };
	ls_buffer_init(&long_proof, 8192);
	ls_buffer_add_str(&long_proof, HEAD "index 0\n");
	for (unsigned i = 0; i <= LS_MERKLE_PROOF_MAX; i++)
		ls_buffer_add_str(&long_proof, ROOT "\n");
	ls_buffer_add_str(&long_proof, "\nx");
	CHECK_INT_EQ(ls_proof_parse(long_proof.data, long_proof.size, &p, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "more hashes");
}

TEST_MAIN()
