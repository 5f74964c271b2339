/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No rollback, with the real enclave, the real publisher, real shares and a real
 * software TPM: what was put back is refused, what went on is not.
 */
#include <sys/stat.h>
#include <tss2/tss2_esys.h>

#include "enclave/tpm_rig_test.h"
#include "lib/attest/adoption.h"
#include "lib/base/exit.h"
#include "lib/log/checkpoint.h"
#include "lib/proc/own_user_test.h"

#define SHARE "share"

/* --- a lab: the bench and a publisher ---------------------------------------------------- */

struct lab {
	struct bench b;
	pid_t publisher;
	uint64_t number; /* of the last delivery */
};

static const char *path_of(const struct lab *l, const char *name, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s/%s", l->b.dir, name);
	return buffer;
}

static void tear_down_lab(struct lab *l)
{
	ls_child_stop(l->publisher, 0);
	tear_down(&l->b);
}

static int set_up_lab(struct lab *l)
{
	char path[128];
	*l = (struct lab){ .number = 0 };
	int rc = set_up(&l->b);
	return rc < 0 ? rc : mkdir(path_of(l, SHARE, path, sizeof(path)), 0755) < 0 ? -errno : 0;
}

#define LAB(l)                                                \
	__attribute__((cleanup(tear_down_lab))) struct lab l; \
	int set_up_##l = set_up_lab(&l);                      \
	if (set_up_##l == -ENOENT)                            \
		TEST_SKIP("swtpm is not installed");          \
	if (set_up_##l < 0)                                   \
		TEST_FAIL("set-up: %s", l.b.err.message);     \
	REQUIRE(set_up_##l == 0)

static bool spawn_publisher(struct lab *l, int peer)
{
	char share[128], program[512];
	rig_program(program, sizeof(program));
	snprintf(strrchr(program, '/'), 32, "/labseal-publish");
	const char *argv[] = { program, "--instrument", "test-01", "--development", NULL };
	int fd = open(path_of(l, SHARE, share, sizeof(share)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ls_test_give(fd, "_labseal-publish");
	const struct ls_child_fd fds[] = { { peer, 3 }, { fd, 4 } };
	struct ls_child_spec spec = {
		.path = program, .argv = argv, .fds = fds, .fd_count = 2, .death_signal = SIGKILL
	};
	int rc = ls_child_spawn(&spec, &l->publisher, &l->b.err);
	close(fd);
	if (rc < 0)
		TEST_FAIL("%s", l->b.err.message);
	return rc == 0;
}

/* Enclave and publisher, up to where READY or FAILED is on its way. */
static bool spawn_lab(struct lab *l)
{
	struct rig *r = &l->b.r;
	if (rig_spawn(r) < 0)
		return false;
	fcntl(r->fds[RIG_OUT], F_SETFL, 0);
	bool ok = spawn_publisher(l, r->fds[RIG_OUT]);
	rig_close(r, RIG_OUT);
	RIG_SEND(r, RIG_SUPERVISOR, LS_MSG_START, start, &l->b.start);
	return ok;
}

/* Up to READY; an adoption is sealed before that. */
static bool run_lab(struct lab *l)
{
	struct ls_message m = { 0 };
	int before = 0;
	if (!spawn_lab(l))
		return false;
	while (rig_next(&l->b.r, RIG_SUPERVISOR, &m) == 1 && m.type != LS_MSG_READY &&
	       m.type != LS_MSG_FAILED && before < 2)
		before++;
	CHECK_INT_EQ(m.type, LS_MSG_READY);
	return m.type == LS_MSG_READY;
}

static void end_lab(struct lab *l)
{
	int status;
	rig_end(&l->b.r);
	CHECK_INT_EQ(ls_child_wait(l->publisher, RIG_WAIT_MS, &status), 1);
	l->publisher = 0;
}

static void stop_lab(struct lab *l)
{
	rig_stop(&l->b.r);
	end_lab(l);
}

static void refuse_lab(struct lab *l, const char *id, const char *words)
{
	REQUIRE(spawn_lab(l));
	rig_expect_failed(&l->b.r, id, words, LS_EXIT_FAILED);
	end_lab(l);
}

/* Seal so many results. */
static void seal_some(struct lab *l, unsigned count)
{
	struct ls_message m;
	for (unsigned i = 0; i < count; i++) {
		struct ls_delivery d = rig_delivery(++l->number, "a.txt", "content");
		rig_deliver(&l->b.r, &d, "content");
		REQUIRE(rig_expect(&l->b.r, RIG_IN, LS_MSG_DELIVERY_DONE, &m));
	}
}

static void run_and_seal(struct lab *l, unsigned count)
{
	REQUIRE(run_lab(l));
	seal_some(l, count);
	stop_lab(l);
}

/* --- shares and memories ------------------------------------------------------------------- */

static void copy_share(struct lab *l, const char *from, const char *to)
{
	char source[128], target[128];
	int status = -1;
	pid_t pid = 0;
	ls_remove_tree(AT_FDCWD, path_of(l, to, target, sizeof(target)), NULL);
	const char *argv[] = { "cp", "-a", path_of(l, from, source, sizeof(source)), target, NULL };
	struct ls_child_spec spec = { .path = "/bin/cp", .argv = argv };
	CHECK_INT_EQ(ls_child_spawn(&spec, &pid, NULL), 0);
	CHECK_INT_EQ(ls_child_wait(pid, RIG_WAIT_MS, &status), 1);
	CHECK_INT_EQ(status, 0);
}

static struct ls_log_state share_state(struct lab *l, const char *share)
{
	char path[160];
	struct ls_checkpoint c = { .size = 0 };
	struct ls_buffer note;
	ls_buffer_init(&note, 65536);
	snprintf(path, sizeof(path), "%s/%s/log/checkpoint", l->b.dir, share);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, &note, &l->b.err), 0);
	const char *end = strstr(ls_buffer_str(&note), "\n\n");
	CHECK(end != NULL);
	if (end)
		CHECK_INT_EQ(ls_checkpoint_parse((const char *)note.data,
						 (size_t)(end + 1 - (const char *)note.data), &c,
						 &l->b.err),
			     0);
	ls_buffer_free(&note);
	return (struct ls_log_state){ c.size, c.root };
}

static struct ls_nv_checkpoint memory(struct lab *l)
{
	struct ls_nv_checkpoint c = { .size = 0 };
	CHECK_INT_EQ(ls_tpm_checkpoint_read(l->b.tpm, &l->b.policy, &c, &l->b.err), 0);
	return c;
}

/* As the enclave does it after it published. */
static void remember_by(struct bench *b, const struct ls_log_state *state)
{
	struct ls_nv_checkpoint c = { .size = state->size, .root = state->root };
	struct ls_tpm_signing_key *key = NULL;
	struct ls_tpm_approval approval = {
		.authority = b->authority.key,
		.ref = LS_POLICY_REF,
		.ref_size = strlen(LS_POLICY_REF),
		.counter = b->start.approval_counter,
		.approved = b->approved,
		.signature = b->signature,
		.signature_size = b->signature_size,
	};
	REQUIRE(ls_tpm_signing_key_open(b->tpm, b->blob.data, b->blob.size, &approval, &key,
					&b->err) == 0);
	CHECK_INT_EQ(ls_tpm_guard_write_checkpoint(ls_tpm_signing_key_guard(key), &c, &b->err), 0);
	ls_tpm_signing_key_close(key);
}

static void remember(struct lab *l, const struct ls_log_state *state)
{
	remember_by(&l->b, state);
}

/* The log on the share, as it is, remembered. */
static void remember_share(struct lab *l)
{
	struct ls_log_state state = share_state(l, SHARE);
	remember(l, &state);
}

static void forget(struct lab *l)
{
	uint32_t index = 0;
	struct bench *b = &l->b;
	REQUIRE(ls_tpm_nv_open(b->tpm, LS_NV_CHECKPOINT, &b->policy, &index, &b->err) == 0);
	REQUIRE(Esys_NV_UndefineSpace(ls_tpm_esys(b->tpm), ESYS_TR_RH_OWNER, index,
				      ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE) == 0);
	REQUIRE(ls_tpm_ensure_checkpoint(b->tpm, &b->policy, NULL, &b->err) == 0);
}

/* --- what goes on --------------------------------------------------------------------------- */

TEST(a_new_log_is_remembered_before_anything_is_sealed)
{
	LAB(l);
	struct ls_digest empty;
	ls_sha256_buffer("", 0, &empty);
	REQUIRE(run_lab(&l));
	struct ls_nv_checkpoint c = memory(&l);
	CHECK_INT_EQ(c.size, 0);
	CHECK(ls_digest_equal(&c.root, &empty));
	stop_lab(&l);
	run_and_seal(&l, 2);
	CHECK_INT_EQ(share_state(&l, SHARE).size, 2);
}

TEST(the_log_that_is_remembered_goes_on)
{
	LAB(l);
	run_and_seal(&l, 3);
	remember_share(&l);
	run_and_seal(&l, 2);
	CHECK_INT_EQ(share_state(&l, SHARE).size, 5);
}

/* The power went between publishing and the TPM's memory: the share is ahead, by much. */
TEST(a_log_that_went_on_is_proved_and_goes_on)
{
	LAB(l);
	run_and_seal(&l, 3);
	struct ls_log_state then = share_state(&l, SHARE);
	run_and_seal(&l, 6);
	remember(&l, &then);
	run_and_seal(&l, 1);
	CHECK_INT_EQ(share_state(&l, SHARE).size, 10);
}

/* --- what is refused ------------------------------------------------------------------------ */

TEST(yesterdays_share_is_refused)
{
	LAB(l);
	run_and_seal(&l, 2);
	copy_share(&l, SHARE, "yesterday");
	run_and_seal(&l, 3);
	remember_share(&l);
	copy_share(&l, "yesterday", SHARE);
	refuse_lab(&l, "enclave.log.older",
		   "holds 2 entries of the log and the TPM remembers 5: an older state of the "
		   "share was put back");
	refuse_lab(&l, "enclave.log.older", "labseal approve --adopt-log");
	CHECK_INT_EQ(share_state(&l, SHARE).size, 2); /* and nothing was sealed */
	CHECK_INT_EQ(memory(&l).size, 5);
}

/* The whole share is gone, and an empty one is in its place. */
TEST(an_empty_share_is_refused)
{
	LAB(l);
	char path[128];
	run_and_seal(&l, 2);
	remember_share(&l);
	ls_remove_tree(AT_FDCWD, path_of(&l, SHARE, path, sizeof(path)), NULL);
	REQUIRE(mkdir(path, 0755) == 0);
	refuse_lab(&l, "enclave.log.older", "holds 0 entries of the log and the TPM remembers 2");
}

/* Yesterday's state, gone on with in another place: as many entries, and then more. */
TEST(a_fork_is_refused)
{
	LAB(l);
	run_and_seal(&l, 2);
	struct ls_log_state then = share_state(&l, SHARE);
	copy_share(&l, SHARE, "yesterday");
	run_and_seal(&l, 3);
	struct ls_log_state now = share_state(&l, SHARE);
	copy_share(&l, "yesterday", SHARE);
	remember(&l, &then); /* as the other copy of the software TPM */
	run_and_seal(&l, 3);
	remember(&l, &now);
	refuse_lab(&l, "enclave.log.forked",
		   "log of 5 entries is not the one that the TPM remembers");
	remember(&l, &then);
	run_and_seal(&l, 4);
	remember(&l, &now);
	refuse_lab(&l, "enclave.log.forked",
		   "log of 9 entries is not the one that the TPM "
		   "remembers, nor does it begin with those 5 entries");
}

TEST(a_tpm_that_remembers_nothing_takes_no_old_log)
{
	LAB(l);
	run_and_seal(&l, 2);
	forget(&l);
	refuse_lab(&l, "enclave.log.unknown",
		   "holds a log of 2 entries and this TPM remembers none");
}

/* --- adoption --------------------------------------------------------------------------------- */

static void adopt(struct lab *l, const struct ls_log_state *remembered, struct ls_buffer *text)
{
	struct bench *b = &l->b;
	struct ls_adoption a = { .origin = RIG_ORIGIN, .log = share_state(l, SHARE) };
	a.remembers = remembered != NULL;
	if (remembered)
		a.remembered = *remembered;
	ls_buffer_init(text, LS_ADOPTION_SIZE_MAX);
	CHECK_INT_EQ(ls_adoption_sign(&a, &b->authority, &b->err), 0);
	CHECK_INT_EQ(ls_adoption_format(&a, text), 0);
	b->start.adoption = rig_bytes(text->data, text->size);
}

static void expect_label(struct lab *l, uint64_t seal, const char *label)
{
	char path[200], folder[64];
	struct stat st;
	time_t now = time(NULL);
	struct tm utc;
	gmtime_r(&now, &utc);
	snprintf(folder, sizeof(folder), "%06u-%s", (unsigned)seal, label);
	snprintf(path, sizeof(path), "%s/" SHARE "/events/%d/%s/record.json", l->b.dir,
		 utc.tm_year + 1900, folder);
	if (stat(path, &st) < 0)
		TEST_FAIL("there is no '%s'", path);
}

/* Two seals, which "yesterday" keeps, and three more that the TPM remembers: what is there before
 * yesterday is put back. */
static struct ls_log_state lose_three(struct lab *l)
{
	run_and_seal(l, 2);
	copy_share(l, SHARE, "yesterday");
	run_and_seal(l, 3);
	struct ls_log_state newest = share_state(l, SHARE);
	remember(l, &newest);
	return newest;
}

TEST(what_the_authority_adopted_goes_on_after_an_event_that_says_so)
{
	LAB(l);
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_log_state lost = lose_three(&l);
	copy_share(&l, "yesterday", SHARE);
	adopt(&l, &lost, &text);
	REQUIRE(run_lab(&l));
	expect_label(&l, 3, "log-adopted");
	CHECK_INT_EQ(memory(&l).size, 3);
	seal_some(&l, 1);
	stop_lab(&l);
	CHECK_INT_EQ(share_state(&l, SHARE).size, 4);
	/* it is not sealed again, and it serves once: the same share once more is refused */
	run_and_seal(&l, 1);
	CHECK_INT_EQ(share_state(&l, SHARE).size, 5);
	remember_share(&l);
	copy_share(&l, "yesterday", SHARE);
	refuse_lab(&l, "enclave.log.older",
		   "there is an adoption, but for another log or of an "
		   "earlier time");
}

TEST(a_tpm_that_remembers_nothing_takes_an_adopted_log)
{
	LAB(l);
	_cleanup_buffer_ struct ls_buffer text;
	run_and_seal(&l, 2);
	forget(&l);
	adopt(&l, NULL, &text);
	run_and_seal(&l, 1);
	expect_label(&l, 3, "log-adopted");
	CHECK_INT_EQ(share_state(&l, SHARE).size, 4);
}

TEST(an_adoption_of_something_else_or_by_someone_else_is_none)
{
	LAB(l);
	_cleanup_buffer_ struct ls_buffer text = { .max = 1 }, other = { .max = 1 };
	struct ls_log_state lost = lose_three(&l);
	adopt(&l, &lost, &text); /* of the 5 entries */
	copy_share(&l, "yesterday", SHARE);
	refuse_lab(&l, "enclave.log.older", "but not of the log that the share holds now");
	struct ls_signer authority = l.b.authority;
	l.b.authority = l.b.r.signer; /* signs with what is no authority's key */
	ls_p256_key_signer(l.b.r.file_key, &l.b.authority);
	adopt(&l, &lost, &other);
	l.b.authority = authority;
	refuse_lab(&l, "enclave.log.older", "the adoption of the log");
	CHECK_INT_EQ(share_state(&l, SHARE).size, 2);
}

/* Killed when the event was published and the TPM not told of it. */
TEST(an_adoption_that_was_interrupted_goes_on)
{
	LAB(l);
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_log_state lost = lose_three(&l);
	copy_share(&l, "yesterday", SHARE);
	adopt(&l, &lost, &text);
	run_and_seal(&l, 0);
	CHECK_INT_EQ(share_state(&l, SHARE).size, 3);
	remember(&l, &lost); /* as it was before */
	run_and_seal(&l, 1);
	CHECK_INT_EQ(share_state(&l, SHARE).size, 4);
}

/* --- a publisher that lies -------------------------------------------------------------------- */

TEST(a_false_proof_is_no_proof)
{
	BENCH(b);
	struct ls_message m;
	struct ls_log_proof proof = { .old_size = 1, .count = 1 };
	uint64_t asked = 0;
	REQUIRE(rig_run(&b.r, &b.start));
	for (uint64_t n = 1; n <= 2; n++) {
		struct ls_delivery d = rig_delivery(n, "a.txt", "x");
		rig_deliver(&b.r, &d, "x");
		REQUIRE(rig_take_seal(&b.r, n, true));
		rig_expect_done(&b.r, &d, n);
	}
	rig_end(&b.r);
	struct ls_log_state one = { .size = 1, .root = { { 1 } } };
	remember_by(&b, &one);
	REQUIRE(rig_spawn(&b.r) == 0);
	RIG_SEND(&b.r, RIG_SUPERVISOR, LS_MSG_START, start, &b.start);
	rig_resume(&b.r);
	RIG_SEND(&b.r, RIG_OUT, LS_MSG_RESUME, resume, &b.r.resume);
	REQUIRE(rig_expect(&b.r, RIG_OUT, LS_MSG_PROVE, &m));
	CHECK_INT_EQ(ls_decode_prove(&m, &asked, NULL), 0);
	CHECK_INT_EQ(asked, 1);
	RIG_SEND(&b.r, RIG_OUT, LS_MSG_PROOF, log_proof, &proof);
	rig_expect_failed(&b.r, "enclave.log.forked", "nor does it begin with those 1 entries",
			  LS_EXIT_FAILED);
}

TEST_MAIN()
