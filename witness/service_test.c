/* SPDX-License-Identifier: Apache-2.0 */
/* What a witness answers, request by request, and that it never cosigns two histories. */
#include "witness/service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/base/text.h"
#include "lib/log/checkpoint.h"
#include "lib/log/merkle.h"
#include "witness/key_file.h"
#include "witness/state.h"

#define ORIGIN "labseal/7500-01"
#define NOW    1772634139
#define LEAVES 40

/* A log with a fork: from entry 10 on its second face has other entries. */
struct rig {
	char folder[64];
	struct ls_p256_key *key;
	struct ls_signer signer;
	struct ls_witness w;
	struct ls_witness_key public;
	struct ls_digest leaves[2][LEAVES];
	struct ls_sha256 hash;
	struct ls_buffer body;
};

static void rig_init(struct rig *r)
{
	struct ls_error err = { 0 };
	memset(r, 0, sizeof(*r));
	_cleanup_buffer_ struct ls_buffer line, logs;
	ls_buffer_init(&line, LS_WITNESS_KEY_MAX);
	ls_buffer_init(&logs, LS_WITNESS_LOGS_SIZE);
	ls_buffer_init(&r->body, 1 << 20);
	snprintf(r->folder, sizeof(r->folder), "/tmp/labseal-witness-XXXXXX");
	CHECK(mkdtemp(r->folder) != NULL);
	CHECK_INT_EQ(ls_p256_key_generate(&r->key, NULL), 0);
	ls_p256_key_signer(r->key, &r->signer);
	CHECK_INT_EQ(ls_witness_key_make("witness.example/w1", &line, NULL), 0);
	CHECK_INT_EQ(ls_witness_key_parse(line.data, line.size, &r->w, &r->public, NULL), 0);
	struct ls_note_key log;
	char vkey[LS_VKEY_SIZE];
	ls_note_key_init(&log, ORIGIN, &r->signer.key, NULL);
	ls_buffer_printf(&logs, "# ours\n\n%s\n", ls_vkey_format(&log, vkey));
	CHECK_INT_EQ(ls_witness_logs_parse(logs.data, logs.size, &r->w, &err), 0);
	CHECK_STR_EQ(err.message, "");
	r->w.state_fd = ls_witness_state_open(r->folder, NULL);
	CHECK(r->w.state_fd >= 0);
	for (unsigned face = 0; face < 2; face++)
		for (unsigned i = 0; i < LEAVES; i++) {
			char entry[32];
			int n = snprintf(entry, sizeof(entry), "%u %u", i < 10 ? 0 : face, i);
			ls_merkle_leaf(&r->hash, entry, (size_t)n, &r->leaves[face][i]);
		}
}

static void rig_free(struct rig *r)
{
	ls_sha256_free(&r->hash);
	ls_buffer_free(&r->body);
	ls_p256_key_free(r->key);
	close(r->w.state_fd);
	ls_witness_free(&r->w);
	ls_remove_tree(AT_FDCWD, r->folder, NULL);
}

/* The request from one size to another on one of the faces. */
static void make(struct rig *r, unsigned face, uint64_t old, uint64_t size)
{
	struct ls_merkle_frontier empty, f;
	struct ls_digest proof[LS_MERKLE_PROOF_MAX];
	struct ls_checkpoint c = { .origin = ORIGIN, .size = size };
	unsigned count = 0;
	ls_merkle_frontier_init(&empty);
	f = empty;
	for (uint64_t i = 0; i < size; i++)
		ls_merkle_frontier_append(&f, &r->hash, &r->leaves[face][i]);
	ls_merkle_frontier_root(&f, &r->hash, &c.root);
	struct ls_merkle_batch batch = { &empty, r->leaves[face], LEAVES, &r->hash };
	struct ls_merkle_source source = ls_merkle_batch_source(&batch);
	if (old > 0 && old < size)
		CHECK_INT_EQ(ls_merkle_prove_consistency(&source, old, size, proof, &count, NULL),
			     0);
	ls_buffer_clear(&r->body);
	ls_buffer_printf(&r->body, "old %" PRIu64 "\n", old);
	for (unsigned i = 0; i < count; i++) {
		ls_base64_encode(proof[i].bytes, LS_DIGEST_SIZE, &r->body);
		ls_buffer_add_str(&r->body, "\n");
	}
	ls_buffer_add_str(&r->body, "\n");
	CHECK_INT_EQ(ls_checkpoint_sign(&c, &r->signer, NULL, &r->body, NULL), 0);
}

static unsigned ask(struct rig *r, struct ls_buffer *said)
{
	struct ls_witness_answer a;
	ls_witness_answer_init(&a);
	ls_witness_add_checkpoint(&r->w, r->body.data, r->body.size, NOW, &a);
	if (said) {
		ls_buffer_clear(said);
		ls_buffer_add(said, a.body.data, a.body.size);
	}
	if (a.status == 409)
		CHECK_STR_EQ(a.type, "text/x.tlog.size");
	else if (a.status != 200)
		CHECK(a.problem.code < 0 && a.body.size > 1);
	unsigned status = a.status;
	ls_witness_answer_free(&a);
	return status;
}

static uint64_t remembered(struct rig *r)
{
	struct ls_witness_known known;
	ls_witness_known_init(&known);
	CHECK_INT_EQ(ls_witness_state_read(r->w.state_fd, ORIGIN, &known, NULL), 0);
	uint64_t size = known.checkpoint.size;
	ls_witness_known_free(&known);
	return size;
}

/* A file of the rig's log in the state folder: "checkpoint", "misbehaviour". */
static const char *state_path(const struct rig *r, const char *kind, char path[static 192])
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest name;
	ls_sha256_buffer(ORIGIN, strlen(ORIGIN), &name);
	snprintf(path, 192, "%s/%s.%s", r->folder, ls_digest_hex(&name, hex), kind);
	return path;
}

static bool read_evidence(const struct rig *r, struct ls_buffer *bytes)
{
	char path[192];
	return ls_file_read(AT_FDCWD, state_path(r, "misbehaviour", path), bytes, NULL) == 0;
}

/* There is evidence, which convinces who has the log's key: of these two sizes. */
static void check_evidence(const struct rig *r, uint64_t small, uint64_t large)
{
	struct ls_misbehaviour m;
	struct ls_checkpoint c[2];
	struct ls_note_key key;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_MISBEHAVIOUR_SIZE_MAX);
	ls_note_key_init(&key, ORIGIN, &r->signer.key, NULL);
	REQUIRE(read_evidence(r, &bytes));
	REQUIRE(ls_misbehaviour_parse(bytes.data, bytes.size, &m, &err) == 0);
	CHECK_INT_EQ(ls_misbehaviour_verify(&m, &key, c, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(c[0].size, small);
	CHECK_INT_EQ(c[1].size, large);
}

TEST(what_continues_is_cosigned)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer said, note;
	struct ls_note parsed;
	uint64_t time = 0;
	ls_buffer_init(&said, 4096);
	ls_buffer_init(&note, 8192);
	rig_init(&r);
	make(&r, 0, 0, 5);
	CHECK_INT_EQ(ask(&r, &said), 200);
	CHECK_INT_EQ(remembered(&r), 5);
	/* the answer's lines, behind the checkpoint's, are a note that carries the cosignature */
	const char *checkpoint = strstr(ls_buffer_str(&r.body), ORIGIN);
	ls_buffer_add_str(&note, checkpoint);
	ls_buffer_add(&note, said.data, said.size);
	REQUIRE(ls_note_parse(note.data, note.size, &parsed, NULL) == 0);
	CHECK_INT_EQ(ls_cosignature_verify(&parsed, &r.public, &time, NULL), 0);
	CHECK_INT_EQ(time, NOW);
	for (uint64_t size = 5; size < LEAVES; size += 7) {
		make(&r, 0, size, size + 7 > LEAVES ? LEAVES : size + 7);
		CHECK_INT_EQ(ask(&r, NULL), 200);
	}
	CHECK_INT_EQ(remembered(&r), LEAVES);
	make(&r, 0, LEAVES, LEAVES); /* once more, at another time */
	CHECK_INT_EQ(ask(&r, NULL), 200);
	rig_free(&r);
}

TEST(a_fork_is_never_cosigned)
{
	struct rig r;
	rig_init(&r);
	make(&r, 0, 0, 12);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 1, 12, 12); /* the same size, another root */
	CHECK_INT_EQ(ask(&r, NULL), 409);
	make(&r, 1, 12, 20); /* a proof of the other face */
	CHECK_INT_EQ(ask(&r, NULL), 422);
	make(&r, 0, 12, 20);
	r.body.data[7] = r.body.data[7] == 'A' ? 'B' : 'A'; /* a proof with another hash */
	CHECK_INT_EQ(ask(&r, NULL), 422);
	make(&r, 1, 0, 20); /* as if nothing had been cosigned */
	CHECK_INT_EQ(ask(&r, NULL), 409);
	CHECK_INT_EQ(remembered(&r), 12);
	rig_free(&r);
}

TEST(of_a_fork_both_checkpoints_are_kept)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer first, again;
	ls_buffer_init(&first, LS_MISBEHAVIOUR_SIZE_MAX);
	ls_buffer_init(&again, LS_MISBEHAVIOUR_SIZE_MAX);
	rig_init(&r);
	make(&r, 0, 0, 12);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	CHECK(!read_evidence(&r, &first));
	make(&r, 1, 12, 12);
	CHECK_INT_EQ(ask(&r, NULL), 409);
	check_evidence(&r, 12, 12);
	/* one of a log is enough, and is not written over */
	CHECK(read_evidence(&r, &first));
	make(&r, 1, 12, 20);
	CHECK_INT_EQ(ask(&r, NULL), 422);
	CHECK(read_evidence(&r, &again));
	CHECK(again.size == first.size && memcmp(again.data, first.data, first.size) == 0);
	/* the history that was cosigned goes on */
	make(&r, 0, 12, 20);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	rig_free(&r);
}

TEST(a_fork_of_another_size_is_kept_with_its_own_proof)
{
	struct rig r;
	rig_init(&r);
	make(&r, 0, 0, 12);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 1, 12, 20);
	CHECK_INT_EQ(ask(&r, NULL), 422);
	check_evidence(&r, 12, 20);
	rig_free(&r);
}

TEST(a_proof_that_shows_nothing_is_no_evidence)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_MISBEHAVIOUR_SIZE_MAX);
	rig_init(&r);
	make(&r, 0, 0, 12);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	for (size_t i = 7; i < 50; i += 6) { /* a digit of its first hash */
		make(&r, 0, 12, 20);
		r.body.data[i] = r.body.data[i] == 'A' ? 'B' : 'A';
		CHECK(ask(&r, NULL) != 200);
	}
	make(&r, 0, 3, 20);
	CHECK_INT_EQ(ask(&r, NULL), 409);
	make(&r, 0, 12, 16);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 1, 16,
	     20); /* a power of two: the proof says nothing of what the other begins with */
	CHECK_INT_EQ(ask(&r, NULL), 422);
	CHECK(!read_evidence(&r, &bytes));
	make(&r, 1, 0, 16); /* but of one size two roots say it, whatever size is named before */
	CHECK_INT_EQ(ask(&r, NULL), 409);
	check_evidence(&r, 16, 16);
	rig_free(&r);
}

TEST(what_an_older_witness_remembered_is_held_to)
{
	struct rig r;
	char path[192];
	struct ls_witness_known known;
	_cleanup_buffer_ struct ls_buffer old, bytes;
	ls_buffer_init(&old, 1024);
	ls_buffer_init(&bytes, LS_MISBEHAVIOUR_SIZE_MAX);
	ls_witness_known_init(&known);
	rig_init(&r);
	make(&r, 0, 0, 12);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	REQUIRE(ls_witness_state_read(r.w.state_fd, ORIGIN, &known, NULL) == 0);
	ls_buffer_add_str(&old, "labseal-witness-state/v1\n");
	ls_checkpoint_format(&known.checkpoint, &old);
	ls_witness_known_free(&known);
	REQUIRE(ls_file_replace(AT_FDCWD, state_path(&r, "checkpoint", path), old.data, old.size,
				0600, NULL) == 0);
	CHECK_INT_EQ(remembered(&r), 12);
	make(&r, 1, 12, 12); /* refused, and there is no first note to keep */
	CHECK_INT_EQ(ask(&r, NULL), 409);
	CHECK(!read_evidence(&r, &bytes));
	make(&r, 0, 12, 12); /* now there is */
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 1, 12, 12);
	CHECK_INT_EQ(ask(&r, NULL), 409);
	check_evidence(&r, 12, 12);
	rig_free(&r);
}

TEST(what_strangers_put_on_a_checkpoint_is_not_kept)
{
	struct rig r;
	struct ls_witness_known known;
	rig_init(&r);
	ls_witness_known_init(&known);
	make(&r, 0, 0, 12);
	for (int i = 0; i < 30; i++)
		ls_buffer_add_str(&r.body, i % 2 ? "\xe2\x80\x94 " ORIGIN " AAAAAAAA\n"
						 : "\xe2\x80\x94 other.example/w AAAAAAAA\n");
	CHECK_INT_EQ(ask(&r, NULL), 200);
	CHECK_INT_EQ(ls_witness_state_read(r.w.state_fd, ORIGIN, &known, NULL), 0);
	CHECK(known.note.size > 0 && !strstr(ls_buffer_str(&known.note), "AAAAAAAA"));
	ls_witness_known_free(&known);
	make(&r, 1, 12, 12);
	CHECK_INT_EQ(ask(&r, NULL), 409);
	check_evidence(&r, 12, 12);
	rig_free(&r);
}

TEST(evidence_that_cannot_be_kept_is_told_and_the_fork_is_refused)
{
	struct rig r;
	char path[192];
	struct ls_witness_answer a;
	rig_init(&r);
	make(&r, 0, 0, 12);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	/* a folder where it would be written first */
	snprintf(path + strlen(state_path(&r, "misbehaviour", path)), 8, ".new");
	REQUIRE(mkdir(path, 0700) == 0);
	make(&r, 1, 12, 12);
	ls_witness_answer_init(&a);
	ls_witness_add_checkpoint(&r.w, r.body.data, r.body.size, NOW, &a);
	CHECK_INT_EQ(a.status, 409);
	CHECK_STR_EQ(a.problem.id, "witness.fork");
	CHECK(a.evidence_problem.code < 0 && a.evidence[0] == '\0');
	ls_witness_answer_free(&a);
	REQUIRE(rmdir(path) == 0);
	CHECK_INT_EQ(ask(&r, NULL), 409);
	check_evidence(&r, 12, 12);
	rig_free(&r);
}

TEST(the_wrong_old_size_is_answered_with_the_right_one)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer said;
	ls_buffer_init(&said, 4096);
	rig_init(&r);
	make(&r, 0, 3, 9); /* nothing was cosigned yet */
	CHECK_INT_EQ(ask(&r, &said), 409);
	CHECK_STR_EQ(ls_buffer_str(&said), "0\n");
	make(&r, 0, 0, 9);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 0, 5, 12);
	CHECK_INT_EQ(ask(&r, &said), 409);
	CHECK_STR_EQ(ls_buffer_str(&said), "9\n");
	make(&r, 0, 0, 7); /* backwards */
	CHECK_INT_EQ(ask(&r, &said), 409);
	make(&r, 0, 9, 7);
	CHECK_INT_EQ(ask(&r, &said), 400);
	CHECK_INT_EQ(remembered(&r), 9);
	rig_free(&r);
}

TEST(others_checkpoints_are_refused)
{
	struct rig r;
	struct ls_p256_key *other = NULL;
	struct ls_signer own;
	rig_init(&r);
	own = r.signer;
	CHECK_INT_EQ(ls_p256_key_generate(&other, NULL), 0);
	ls_p256_key_signer(other, &r.signer);
	make(&r, 0, 0, 5);
	CHECK_INT_EQ(ask(&r, NULL), 403);
	r.signer = own;
	make(&r, 0, 0, 5);
	memcpy(strstr((char *)r.body.data, "7500-01"), "7500-02", 7);
	CHECK_INT_EQ(ask(&r, NULL), 404);
	make(&r, 0, 0, 5);
	r.body.data[r.body.size - 8] ^= 1; /* a forged signature */
	CHECK(ask(&r, NULL) != 200);
	CHECK_INT_EQ(remembered(&r), 0);
	ls_p256_key_free(other);
	rig_free(&r);
}

TEST(malformed_requests_are_refused)
{
	static const char *const bad[] = {
		"",
		"\n",
		"old\n",
		"old 1",
		"old 01\n\n",
		"old -1\n\n",
		"old 1\n",
		"old 1\n\n",
		"old 1\nAAAA\n\n",
		"old 1\n \n",
		"old 18446744073709551616\n\n",
		"new 1\n\n",
	};
	struct rig r;
	rig_init(&r);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ls_buffer_clear(&r.body);
		ls_buffer_add_str(&r.body, bad[i]);
		CHECK_INT_EQ(ask(&r, NULL), 400);
	}
	ls_buffer_clear(&r.body);
	ls_buffer_add_str(&r.body, "old 1\n");
	for (int i = 0; i < 64; i++)
		ls_buffer_add_str(&r.body, "PH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=\n");
	ls_buffer_add_str(&r.body, "\n");
	CHECK_INT_EQ(ask(&r, NULL), 400);
	make(&r, 0, 0, 5);
	for (size_t n = 0; n < r.body.size; n++) {
		size_t whole = r.body.size;
		r.body.size = n;
		CHECK(ask(&r, NULL) == 400);
		r.body.size = whole;
	}
	rig_free(&r);
}

TEST(what_it_cannot_remember_is_not_cosigned)
{
	struct rig r;
	rig_init(&r);
	make(&r, 0, 0, 5);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	char path[192];
	state_path(&r, "checkpoint", path);
	CHECK_INT_EQ(truncate(path, 30), 0); /* damaged is not new */
	make(&r, 0, 5, 9);
	CHECK_INT_EQ(ask(&r, NULL), 500);
	make(&r, 1, 0, 20);
	CHECK_INT_EQ(ask(&r, NULL), 500);
	/* a folder in the file's place: nothing can be kept */
	CHECK_INT_EQ(unlink(path), 0);
	CHECK_INT_EQ(mkdir(path, 0700), 0);
	make(&r, 0, 0, 5);
	CHECK_INT_EQ(ask(&r, NULL), 500);
	rig_free(&r);
}

TEST(two_witnesses_do_not_share_a_state)
{
	struct rig r;
	struct ls_error err = { 0 };
	rig_init(&r);
	CHECK_INT_EQ(ls_witness_state_open(r.folder, &err), -EBUSY);
	CHECK_STR_EQ(err.id, "witness.state.busy");
	CHECK_INT_EQ(ls_witness_state_open("/tmp/labseal-there-is-none", &err), -ENOENT);
	rig_free(&r);
}

/* A rig whose list of logs has the Ed25519 key, beside the P-256 key or instead of it. */
static void list_second(struct rig *r, struct ls_ed25519_key **ret_key,
			struct ls_ed25519_signer *ret_signer, bool beside)
{
	char vkey[LS_VKEY_SIZE];
	struct ls_note_key key;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer logs;
	ls_buffer_init(&logs, LS_WITNESS_LOGS_SIZE);
	CHECK_INT_EQ(ls_ed25519_key_generate(ret_key, NULL), 0);
	ls_ed25519_key_signer(*ret_key, ret_signer);
	ls_note_key_init(&key, ORIGIN, &r->signer.key, NULL);
	ls_note_key_add_ed25519(&key, &ret_signer->key);
	if (beside)
		ls_buffer_printf(&logs, "%s\n", ls_vkey_format(&key, vkey));
	ls_buffer_printf(&logs, "%s\n", ls_vkey_format_ed25519(&key, vkey));
	free(r->w.logs);
	r->w.log_count = 0;
	CHECK_INT_EQ(ls_witness_logs_parse(logs.data, logs.size, &r->w, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(r->w.log_count, beside ? 2 : 1);
}

/* The request's checkpoint with the lines that are asked for. */
static void sign_with(struct rig *r, bool first, const struct ls_ed25519_signer *second)
{
	char *text = strstr(ls_buffer_str(&r->body), ORIGIN);
	_cleanup_buffer_ struct ls_buffer note;
	struct ls_note parsed;
	ls_buffer_init(&note, 8192);
	ls_buffer_add_str(&note, text);
	CHECK_INT_EQ(ls_note_parse(note.data, note.size, &parsed, NULL), 0);
	r->body.size = (size_t)(text - (char *)r->body.data) + parsed.text_size + 1;
	if (first)
		ls_buffer_add_str(&r->body, (const char *)note.data + parsed.text_size + 1);
	if (second)
		CHECK_INT_EQ(ls_note_add_ed25519(parsed.text, parsed.text_size, ORIGIN, second,
						 &r->body, NULL),
			     0);
}

TEST(a_log_that_signs_by_an_ed25519_key_alone_is_cosigned)
{
	struct rig r;
	struct ls_ed25519_key *key = NULL;
	struct ls_ed25519_signer second;
	rig_init(&r);
	list_second(&r, &key, &second, /* beside= */ false);
	make(&r, 0, 0, 5);
	CHECK_INT_EQ(ask(&r, NULL), 403); /* its other key is not known here */
	CHECK_INT_EQ(remembered(&r), 0);
	sign_with(&r, true, &second);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 0, 5, 12);
	sign_with(&r, false, &second);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	CHECK_INT_EQ(remembered(&r), 12);
	make(&r, 1, 12, 20);
	sign_with(&r, false, &second);
	CHECK_INT_EQ(ask(&r, NULL), 422); /* another history */
	make(&r, 0, 12, 13);
	sign_with(&r, false, &second);
	uint8_t *digit = r.body.data + r.body.size - 8;
	*digit = *digit == 'A' ? 'B' : 'A';
	CHECK_INT_EQ(ask(&r, NULL), 403);
	CHECK_INT_EQ(remembered(&r), 12);
	ls_ed25519_key_free(key);
	rig_free(&r);
}

TEST(of_a_log_with_two_keys_one_line_is_enough_and_a_false_one_spoils_it)
{
	struct rig r;
	struct ls_ed25519_key *key = NULL, *other = NULL;
	struct ls_ed25519_signer second, stranger;
	rig_init(&r);
	list_second(&r, &key, &second, /* beside= */ true);
	make(&r, 0, 0, 5);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 0, 5, 7);
	sign_with(&r, false, &second);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 0, 7, 9);
	sign_with(&r, true, &second);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	/* a stranger's line is passed over, and one that has the key's id and is not by it is not
	 */
	CHECK_INT_EQ(ls_ed25519_key_generate(&other, NULL), 0);
	ls_ed25519_key_signer(other, &stranger);
	make(&r, 0, 9, 11);
	sign_with(&r, true, &stranger);
	CHECK_INT_EQ(ask(&r, NULL), 200);
	make(&r, 0, 11, 13);
	sign_with(&r, true, &second);
	char *line = NULL;
	for (char *at = (char *)r.body.data; (at = strstr(at, "\xe2\x80\x94 " ORIGIN " ")); at++)
		line = at;
	CHECK(line != NULL);
	line += strlen("\xe2\x80\x94 " ORIGIN " ") + 20;
	*line = *line == 'A' ? 'B' : 'A';
	CHECK_INT_EQ(ask(&r, NULL), 403);
	CHECK_INT_EQ(remembered(&r), 11);
	ls_ed25519_key_free(key);
	ls_ed25519_key_free(other);
	rig_free(&r);
}

TEST(malformed_keys_and_lists_are_refused)
{
	static const char *const keys[] = { "", "PRIVATE+KEY+a+00000000+BA==\n",
					    "PRIVATE+KEY+a b+00000000+AAAA\n", "PRIVATE+KEY+\n" };
	static const char *const lists[] = {
		"", "# none\n", "labseal/x+00000000+AAAA\n",
		"labseal/x+00000000+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n", "# no line end"
	};
	struct ls_witness w = { .state_fd = -1 };
	struct ls_witness_key key;
	struct ls_error err = { 0 };
	_cleanup_secret_ struct ls_buffer line;
	ls_buffer_init(&line, LS_WITNESS_KEY_MAX);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CHECK_INT_EQ(ls_witness_key_parse(keys[i], strlen(keys[i]), &w, &key, NULL),
			     -EBADMSG);
	CHECK_INT_EQ(ls_witness_key_make("witness.example/w1", &line, NULL), 0);
	line.data[strlen("PRIVATE+KEY+witness.example/w1+")] ^= 1; /* another id */
	CHECK_INT_EQ(ls_witness_key_parse(line.data, line.size, &w, &key, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_witness_key_make("a b", &line, &err), -EINVAL);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		CHECK_INT_EQ(ls_witness_logs_parse(lists[i], strlen(lists[i]), &w, &err), -EBADMSG);
		ls_witness_free(&w);
		w.log_count = 0;
	}
}

TEST_MAIN()
