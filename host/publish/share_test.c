/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/share.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "host/publish/test_maker.h"
#include "lib/base/test.h"

#define PAYLOAD_MAX 20000

static uint8_t payload[PAYLOAD_MAX];

/* Publish the seal that the maker holds, with this payload unless it is an event's. */
static int publish_made(struct ls_share *share, struct maker *m, const void *bytes, size_t size,
			struct ls_error *err)
{
	struct ls_item item;
	const struct ls_payload p = { .name = m->seal.label, .size = size };
	int rc = 0;
	if (!m->seal.is_event) {
		rc = ls_share_payload_begin(share, err);
		if (rc == 0)
			rc = ls_share_payload_data(share, bytes, size / 2, err);
		if (rc == 0)
			rc = ls_share_payload_data(share, (const uint8_t *)bytes + size / 2,
						   size - size / 2, err);
		if (rc == 0)
			rc = ls_share_payload_end(share, &p, err);
		if (rc == 0)
			rc = ls_share_payload_close(share, err);
	}
	return rc == 0 ? ls_share_publish(share, &m->seal, &item, err) : rc;
}

/* The next seal: every fifth an event. */
static int publish_next(struct ls_share *share, struct maker *m, struct ls_error *err)
{
	uint64_t n = m->frontier.size + 1;
	size_t size = maker_payload(n, payload, sizeof(payload));
	if (n % 5 == 0)
		maker_event(m, "heartbeat", (uint8_t)n);
	else
		maker_result(m, n, "plate7.eds", "plate 7.eds", payload, size);
	return publish_made(share, m, payload, size, err);
}

static int fill(struct ls_share *share, struct maker *m, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct ls_error err = { 0 };
		int rc = publish_next(share, m, &err);
		if (rc < 0) {
			TEST_FAIL("seal %u: %d %s", i, rc, err.message);
			return rc;
		}
		maker_advance(m);
	}
	return 0;
}

static bool is_there(int dirfd, const char *path)
{
	return faccessat(dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

TEST(publishes_a_log_that_verifies)
{
	char path[64];
	int fd = scratch_make(path);
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, &err), 0);
	CHECK_INT_EQ(ls_share_size(share), 0);
	CHECK_INT_EQ(ls_share_checkpoint(share).size, 0);
	CHECK_INT_EQ(fill(share, m, 300), 0);
	CHECK_INT_EQ(maker_check(m, fd, NULL), 300);
	struct ls_merkle_frontier f;
	CHECK_INT_EQ(ls_share_frontier(share, &f, &err), 0);
	CHECK_INT_EQ(f.size, 300);
	CHECK_MEM_EQ(f.hashes, m->frontier.hashes,
		     ls_merkle_frontier_count(f.size) * sizeof(f.hashes[0]));
	ls_share_free(share);
	CHECK(is_there(fd, "log/tile/0/000"));
	CHECK(!is_there(fd, "log/tile/0/000.p"));
	CHECK(!is_there(fd, "log/tile/entries/000.p"));
	CHECK(is_there(fd, "log/tile/0/001.p/43"));
	CHECK(is_there(fd, "log/tile/0/001.p/44"));
	CHECK(is_there(fd, "results/2026/000001-plate7.eds/original/plate7.eds"));
	CHECK(is_there(fd, "events/2026/000005-heartbeat/record.json"));
	maker_free(m);
	scratch_remove(path, fd);
}

TEST(goes_on_where_it_stopped_at_every_size)
{
	char path[64];
	int fd = scratch_make(path);
	struct maker *m = maker_new();
	for (unsigned size = 0; size < 520; size += size < 10 || size > 250 ? 1 : 12) {
		struct ls_share *share = NULL;
		struct ls_error err = { 0 };
		int rc = ls_share_open(fd, NULL, &share, &err);
		if (rc < 0)
			TEST_FAIL("at %u: %s", size, err.message);
		REQUIRE(rc == 0);
		REQUIRE(fill(share, m, size < 10 || size > 250 ? 1 : 12) == 0);
		ls_share_free(share);
	}
	CHECK_INT_EQ(maker_check(m, fd, NULL), (int64_t)m->frontier.size);
	maker_free(m);
	scratch_remove(path, fd);
}

TEST(files_are_read_only_and_staging_is_closed)
{
	char path[64];
	int fd = scratch_make(path);
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, NULL), 0);
	CHECK_INT_EQ(fill(share, m, 1), 0);
	static const char *const files[] = {
		"results/2026/000001-plate7.eds/record.json",
		"results/2026/000001-plate7.eds/manifest.sha256",
		"results/2026/000001-plate7.eds/manifest.sha256.p7s",
		"results/2026/000001-plate7.eds/manifest.tlog-proof",
		"results/2026/000001-plate7.eds/original/plate7.eds",
		"log/checkpoint",
		"log/tile/0/000.p/1",
		"log/tile/entries/000.p/1",
	};
	struct stat st;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		CHECK_INT_EQ(fstatat(fd, files[i], &st, 0), 0);
		CHECK_INT_EQ(st.st_mode & 07777, 0444);
	}
	CHECK_INT_EQ(fstatat(fd, LS_STAGING, &st, 0), 0);
	CHECK_INT_EQ(st.st_mode & 07777, 0700);
	ls_share_free(share);
	maker_free(m);
	scratch_remove(path, fd);
}

TEST(a_second_publisher_is_refused)
{
	char path[64];
	int fd = scratch_make(path);
	struct ls_share *share = NULL, *other = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, &err), 0);
	CHECK_INT_EQ(ls_share_open(fd, NULL, &other, &err), -EBUSY);
	CHECK_STR_EQ(err.id, "share.busy");
	ls_share_free(share);
	CHECK_INT_EQ(ls_share_open(fd, NULL, &other, &err), 0);
	ls_share_free(other);
	scratch_remove(path, fd);
}

/* --- what is refused ------------------------------------------------------------- */

struct refusal {
	const char *name;
	int code;
	const char *id;
	void (*spoil)(struct maker *m);
};

static void spoil_number(struct maker *m)
{
	m->seal.seal++;
}
static void spoil_kind(struct maker *m)
{
	m->seal.is_event = 1;
}
static void spoil_label_dots(struct maker *m)
{
	m->seal.label = (struct ls_bytes){ (const uint8_t *)"..", 2 };
}
static void spoil_label_slash(struct maker *m)
{
	m->seal.label = (struct ls_bytes){ (const uint8_t *)"a/b", 3 };
}
static void spoil_label_nul(struct maker *m)
{
	m->seal.label = (struct ls_bytes){ (const uint8_t *)"a\0b", 3 };
}
static void spoil_label_empty(struct maker *m)
{
	m->seal.label.size = 0;
}
static void spoil_record(struct maker *m)
{
	m->record.data[5] ^= 1;
}
static void spoil_manifest(struct maker *m)
{
	m->manifest.data[m->manifest.size - 3] ^= 1;
}
static void spoil_proof_hash(struct maker *m)
{
	uint8_t *line = memchr(m->proof.data, '\n', m->proof.size);
	line = (uint8_t *)memchr(line + 1, '\n', 40) + 1;
	line[3] = line[3] == 'A' ? 'B' : 'A';
}
static void spoil_proof_index(struct maker *m)
{
	uint8_t *line = (uint8_t *)memchr(m->proof.data, '\n', m->proof.size) + 1;
	line[6] = '9';
}
static void spoil_checkpoint(struct maker *m)
{
	m->seal.checkpoint.size--;
}
static void spoil_frontier(struct maker *m)
{
	/* a log that another enclave would have gone on from */
	m->frontier.hashes[0].bytes[0] ^= 1;
	size_t size = maker_payload(7, payload, sizeof(payload));
	maker_result(m, 7, "plate7.eds", "x", payload, size);
	m->frontier.hashes[0].bytes[0] ^= 1;
}

static void try_refusal(const struct refusal *r)
{
	char path[64];
	int fd = scratch_make(path);
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, NULL), 0);
	CHECK_INT_EQ(fill(share, m, 6), 0);
	size_t size = maker_payload(7, payload, sizeof(payload));
	maker_result(m, 7, "plate7.eds", "x", payload, size);
	const struct ls_payload p = { .name = m->seal.label, .size = size };
	r->spoil(m);
	CHECK_INT_EQ(ls_share_payload_begin(share, &err), 0);
	CHECK_INT_EQ(ls_share_payload_data(share, payload, size, &err), 0);
	CHECK_INT_EQ(ls_share_payload_end(share, &p, &err), 0);
	CHECK_INT_EQ(ls_share_payload_close(share, &err), 0);
	struct ls_item item;
	int rc = ls_share_publish(share, &m->seal, &item, &err);
	if (rc != r->code || (r->id && strcmp(err.id, r->id) != 0))
		TEST_FAIL("%s: %d '%s' (%s)", r->name, rc, err.id, err.message);
	ls_share_free(share);
	uint64_t beyond;
	CHECK_INT_EQ(maker_check(m, fd, &beyond), 6);
	CHECK_INT_EQ(beyond, 0);
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, NULL), 0);
	CHECK_INT_EQ(fill(share, m, 2), 0);
	ls_share_free(share);
	CHECK_INT_EQ(maker_check(m, fd, NULL), 8);
	maker_free(m);
	scratch_remove(path, fd);
}

TEST(a_seal_that_does_not_fit_is_refused_and_leaves_nothing)
{
	static const struct refusal refusals[] = {
		{ "another number", -EBADMSG, "share.seal", spoil_number },
		{ "another kind", -EBADMSG, "share.seal", spoil_kind },
		{ "label ..", -EINVAL, "share.label", spoil_label_dots },
		{ "label with a slash", -EINVAL, "share.label", spoil_label_slash },
		{ "label with a NUL", -EINVAL, "share.label", spoil_label_nul },
		{ "empty label", -EINVAL, "share.label", spoil_label_empty },
		{ "another record", -EBADMSG, "share.record", spoil_record },
		{ "another payload hash", -EBADMSG, NULL, spoil_manifest },
		{ "a wrong proof", -EBADMSG, NULL, spoil_proof_hash },
		{ "another index", -EBADMSG, "share.proof", spoil_proof_index },
		{ "another checkpoint", -EBADMSG, "share.proof", spoil_checkpoint },
		{ "another log", -EBADMSG, "share.root", spoil_frontier },
	};
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		try_refusal(&refusals[i]);
}

TEST(payloads_that_break_the_rules_are_refused)
{
	char path[64];
	int fd = scratch_make(path);
	static const struct {
		const char *name;
		size_t n;
		int code;
	} names[] = { { "../x", 4, -EINVAL }, { "a/b", 3, -EINVAL },  { "", 0, -EINVAL },
		      { ".x", 2, -EINVAL },   { "a\0b", 3, -EINVAL }, { "con", 3, -EINVAL },
		      { "A.EDS", 5, 0 },      { "a.eds", 5, -EINVAL } };
	struct ls_share *share = NULL;
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, NULL), 0);
	CHECK_INT_EQ(ls_share_payload_close(share, NULL), -EPROTO); /* there are none */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ls_payload p = { { (const uint8_t *)names[i].name, names[i].n }, 4 };
		CHECK_INT_EQ(ls_share_payload_data(share, "d", 1, NULL), -EPROTO);
		CHECK_INT_EQ(ls_share_payload_end(share, &p, NULL), -EPROTO);
		CHECK_INT_EQ(ls_share_payload_drop(share, NULL), -EPROTO);
		CHECK_INT_EQ(ls_share_payload_begin(share, NULL), 0);
		CHECK_INT_EQ(ls_share_payload_begin(share, NULL), -EPROTO);
		CHECK_INT_EQ(ls_share_payload_data(share, "abc", 3, NULL), 0);
		CHECK_INT_EQ(ls_share_payload_end(share, &p, NULL), -EPROTO); /* too short */
		p.size = 3;
		CHECK_INT_EQ(ls_share_payload_end(share, &p, NULL), names[i].code);
		CHECK_INT_EQ(ls_share_payload_drop(share, NULL), names[i].code ? 0 : -EPROTO);
	}
	CHECK(!is_there(fd, LS_STAGING "/payload"));
	CHECK_INT_EQ(ls_share_payload_close(share, NULL), 0);
	CHECK_INT_EQ(ls_share_payload_begin(share, NULL), 0);
	CHECK_INT_EQ(
		ls_share_payload_end(
			share, &(struct ls_payload){ { (const uint8_t *)"a.eds", 5 }, 0 }, NULL),
		0); /* the next seal may have the same name */
	CHECK_INT_EQ(ls_share_payload_close(share, NULL), -EPROTO); /* the last were not sealed */
	ls_share_free(share);
	scratch_remove(path, fd);
}

/* --- many results in one seal ------------------------------------------------------ */

/* Stream so many payloads in, numbered from first. */
static int send_payloads(struct ls_share *share, uint64_t first, size_t count, struct ls_error *err)
{
	int rc = 0;
	for (uint64_t n = first; rc == 0 && n < first + count; n++) {
		char name[LS_SAFE_NAME_SIZE];
		size_t size = maker_payload(n, payload, sizeof(payload));
		const struct ls_payload p = { maker_name(n, name), size };
		rc = ls_share_payload_begin(share, err);
		if (rc == 0)
			rc = ls_share_payload_data(share, payload, size, err);
		if (rc == 0)
			rc = ls_share_payload_end(share, &p, err);
	}
	return rc;
}

static int publish_batch(struct ls_share *share, struct maker *m, uint64_t first, size_t count,
			 struct ls_error *err)
{
	struct ls_item item;
	int rc = send_payloads(share, first, count, err);
	if (rc == 0)
		rc = ls_share_payload_close(share, err);
	maker_results(m, first, count, payload, sizeof(payload));
	return rc == 0 ? ls_share_publish(share, &m->seal, &item, err) : rc;
}

TEST(one_seal_holds_many_results)
{
	static const size_t counts[] = { 2, 4, 5, 40, LS_MANIFEST_FILES_MAX - 1 };
	char path[64];
	int fd = scratch_make(path);
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	uint64_t next = 1;
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, &err), 0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		CHECK_INT_EQ(publish_batch(share, m, next, counts[i], &err), 0);
		maker_advance(m);
		next += counts[i];
	}
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(maker_check(m, fd, NULL), 5);
	CHECK(is_there(fd, "results/2026/000001-2-files/original/file1.eds"));
	CHECK(is_there(fd, "results/2026/000005-511-files/record.json"));
	ls_share_free(share);
	maker_free(m);
	scratch_remove(path, fd);
}

/* What comes after close is the next seal's; events need none of it. */
TEST(payloads_gather_while_a_seal_is_made)
{
	char path[64];
	int fd = scratch_make(path);
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	struct ls_item item;
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, &err), 0);
	CHECK_INT_EQ(send_payloads(share, 1, 3, &err), 0);
	CHECK_INT_EQ(ls_share_payload_begin(share, &err),
		     0); /* under way at close: the next one's */
	CHECK_INT_EQ(ls_share_payload_data(share, payload, 0, &err), 0);
	CHECK_INT_EQ(ls_share_payload_close(share, &err), 0);
	CHECK_INT_EQ(ls_share_payload_drop(share, &err), 0);
	CHECK_INT_EQ(send_payloads(share, 4, 7, &err), 0);
	maker_event(m, "heartbeat", 1);
	CHECK_INT_EQ(ls_share_publish(share, &m->seal, &item, &err), 0);
	maker_advance(m);
	maker_results(m, 1, 3, payload, sizeof(payload));
	CHECK_INT_EQ(ls_share_publish(share, &m->seal, &item, &err), 0);
	maker_advance(m);
	CHECK_INT_EQ(ls_share_payload_close(share, &err), 0);
	maker_results(m, 4, 7, payload, sizeof(payload));
	CHECK_INT_EQ(ls_share_publish(share, &m->seal, &item, &err), 0);
	maker_advance(m);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(maker_check(m, fd, NULL), 3);
	/* a result that nothing was closed for */
	maker_results(m, 11, 2, payload, sizeof(payload));
	CHECK_INT_EQ(ls_share_publish(share, &m->seal, &item, &err), -EPROTO);
	CHECK_STR_EQ(err.id, "incoming.order");
	ls_share_free(share);
	maker_free(m);
	scratch_remove(path, fd);
}

/* One more, one less, or two swapped, than the manifest says. */
TEST(a_batch_that_is_not_what_came_is_refused)
{
	for (int wrong = 0; wrong < 3; wrong++) {
		char path[64];
		int fd = scratch_make(path);
		struct maker *m = maker_new();
		struct ls_share *share = NULL;
		struct ls_error err = { 0 };
		struct ls_item item;
		uint64_t beyond;
		CHECK_INT_EQ(ls_share_open(fd, NULL, &share, &err), 0);
		maker_results(m, 1, 6, payload, sizeof(payload));
		CHECK_INT_EQ(send_payloads(share, 1, wrong == 0 ? 7 : wrong == 1 ? 5 : 4, &err), 0);
		if (wrong == 2) { /* the right number, but not the right files */
			CHECK_INT_EQ(send_payloads(share, 6, 2, &err), 0);
		}
		CHECK_INT_EQ(ls_share_payload_close(share, &err), 0);
		CHECK_INT_EQ(ls_share_publish(share, &m->seal, &item, &err), -EBADMSG);
		CHECK_STR_EQ(err.id, "incoming.manifest");
		ls_share_free(share);
		CHECK_INT_EQ(maker_check(m, fd, &beyond), 0);
		CHECK_INT_EQ(beyond, 0);
		maker_free(m);
		scratch_remove(path, fd);
	}
}

/* --- a share that contradicts itself ----------------------------------------------- */

/* Six seals, then spoil the share with a shell-free action, then open: must be refused. */
static void try_damage(void (*damage)(int fd), const char *id)
{
	char path[64];
	int fd = scratch_make(path);
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, NULL), 0);
	CHECK_INT_EQ(fill(share, m, 6), 0);
	ls_share_free(share);
	share = NULL;
	damage(fd);
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, &err), -EUCLEAN);
	CHECK_STR_EQ(err.id, id);
	ls_share_free(share);
	maker_free(m);
	scratch_remove(path, fd);
}

static void remove_checkpoint(int fd)
{
	unlinkat(fd, "log/checkpoint", 0);
}

/* The checkpoint of size 4, out of seal 4's proof. */
static void roll_back(int fd)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_PROOF_SIZE_MAX);
	struct ls_proof proof;
	MUST(ls_file_read(fd, "results/2026/000004-plate7.eds/manifest.tlog-proof", &b, MUST_ERR));
	MUST(ls_proof_parse(b.data, b.size, &proof, MUST_ERR));
	MUST(ls_file_replace(fd, "log/checkpoint", proof.checkpoint, proof.checkpoint_size, 0444,
			     MUST_ERR));
}

static void remove_tile(int fd)
{
	unlinkat(fd, "log/tile/0/000.p/6", 0);
}

static void replace_tile(int fd)
{
	static const uint8_t zeroes[6 * LS_DIGEST_SIZE];
	MUST(ls_file_replace(fd, "log/tile/0/000.p/6", zeroes, sizeof(zeroes), 0444, MUST_ERR));
}

static void shorten_tile(int fd)
{
	static const uint8_t zeroes[5 * LS_DIGEST_SIZE];
	MUST(ls_file_replace(fd, "log/tile/0/000.p/6", zeroes, sizeof(zeroes), 0444, MUST_ERR));
}

static void replace_bundle(int fd)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_BUNDLE_SIZE_MAX);
	MUST(ls_file_read(fd, "log/tile/entries/000.p/6", &b, MUST_ERR));
	b.data[b.size - 2] ^= 1;
	MUST(ls_file_replace(fd, "log/tile/entries/000.p/6", b.data, b.size, 0444, MUST_ERR));
}

TEST(a_damaged_or_rolled_back_share_is_not_gone_on_with)
{
	try_damage(remove_checkpoint, "share.ahead");
	try_damage(roll_back, "share.ahead");
	try_damage(remove_tile, "tiles.damaged");
	try_damage(shorten_tile, "tiles.damaged");
	try_damage(replace_tile, "tiles.root");
	try_damage(replace_bundle, "tiles.damaged");
}

/* --- a crash at every step ----------------------------------------------------------- */

struct crash {
	unsigned left; /* steps until the end */
};

static void crash_step(void *context, const char *name)
{
	struct crash *c = context;
	(void)name;
	if (c->left-- == 0)
		_exit(42);
}

#define CRASH_BATCH 7 /* more than are synced one by one */

/*
 * In a child: open and publish one seal, of many results or as publish_next has it, dying
 * at the given step.  True when it got through.
 */
static bool publish_or_die(int fd, struct maker *m, unsigned step, bool batch)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct crash c = { .left = step };
		const struct ls_place_hooks hooks = { .step = crash_step, .context = &c };
		struct ls_share *share = NULL;
		if (ls_share_open(fd, &hooks, &share, NULL) < 0 ||
		    (batch ? publish_batch(share, m, 1000, CRASH_BATCH, NULL)
			   : publish_next(share, m, NULL)) < 0)
			_exit(1);
		_exit(0);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* What the share is after a crash, before and after it is taken up again. */
static uint64_t after_crash(int fd, const struct maker *m)
{
	uint64_t size = m->frontier.size, beyond;
	int64_t seen = maker_check(m, fd, &beyond);
	CHECK(seen == (int64_t)size || seen == (int64_t)size + 1);
	CHECK(beyond <= (seen == (int64_t)size));
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	int rc = ls_share_open(fd, NULL, &share, &err);
	if (rc < 0)
		TEST_FAIL("cannot go on: %s", err.message);
	int64_t now = maker_check(m, fd, &beyond);
	CHECK(now >= seen);
	CHECK_INT_EQ(beyond, 0);
	CHECK_INT_EQ(now, rc == 0 ? (int64_t)ls_share_size(share) : -1);
	CHECK(now == (int64_t)size || now == (int64_t)size + 1);
	ls_share_free(share);
	return (uint64_t)now;
}

/* A copy of a share in a new scratch folder. */
static int copy_scratch(const char *from, char path[static 64])
{
	int fd = scratch_make(path);
	char all[80];
	snprintf(all, sizeof(all), "%s/.", from);
	pid_t pid = fork();
	if (pid == 0) {
		execlp("cp", "cp", "-a", all, path, (char *)NULL);
		_exit(127);
	}
	int status = 1;
	waitpid(pid, &status, 0);
	CHECK_INT_EQ(status, 0);
	return fd;
}

/* From a share of this size: die at each step of the next seal.  Returns how many steps there are.
 */
static unsigned crash_everywhere(unsigned size, bool batch)
{
	char start[64];
	int start_fd = scratch_make(start);
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	CHECK_INT_EQ(ls_share_open(start_fd, NULL, &share, NULL), 0);
	CHECK_INT_EQ(fill(share, m, size), 0);
	ls_share_free(share);
	unsigned steps = 0;
	for (bool through = false; !through && !ls_test_failures; steps++) {
		char path[64];
		int fd = copy_scratch(start, path);
		through = publish_or_die(fd, m, steps, batch);
		uint64_t now = after_crash(fd, m);
		CHECK(!through || now == size + 1);
		CHECK(through || steps < 100);
		scratch_remove(path, fd);
	}
	maker_free(m);
	scratch_remove(start, start_fd);
	return steps - 1;
}

TEST(a_crash_at_any_step_is_finished_or_undone)
{
	CHECK_INT_EQ(crash_everywhere(0, false), 13); /* the first seal, a result */
	CHECK_INT_EQ(crash_everywhere(4, false), 8);  /* an event */
	CHECK(crash_everywhere(255, false) > 0);      /* tiles become full */
	CHECK(crash_everywhere(256, false) > 0);
	CHECK_INT_EQ(crash_everywhere(3, true), 9 + 3 * CRASH_BATCH); /* many results */
}

/* A crash while a crash is being mended. */
TEST(a_crash_at_any_step_of_going_on_is_finished)
{
	for (unsigned first = 5; first < 13; first++) {
		for (unsigned second = 0; second < 6; second++) {
			char path[64];
			int fd = scratch_make(path);
			struct maker *m = maker_new();
			publish_or_die(fd, m, first, false);
			publish_or_die(fd, m, second, false); /* mends, or dies, or is refused */
			struct ls_share *share = NULL;
			struct ls_error err = { 0 };
			if (ls_share_open(fd, NULL, &share, &err) < 0)
				TEST_FAIL("%u, %u: %s", first, second, err.message);
			uint64_t beyond;
			CHECK(maker_check(m, fd, &beyond) >= 0);
			CHECK_INT_EQ(beyond, 0);
			ls_share_free(share);
			maker_free(m);
			scratch_remove(path, fd);
		}
	}
}

/* --- a full disk ----------------------------------------------------------------------- */

/* A small file system of our own; 77 (skip) without the right to mount. */
static int mount_small(const char *path, const char *options)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", path, "tmpfs", 0, options) < 0)
		return -errno;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Leave this many pages. */
static void fill_disk(int fd, unsigned pages_left)
{
	static const uint8_t page[4096];
	int ballast = openat(fd, "ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(ballast, page, sizeof(page)) == (ssize_t)sizeof(page))
		;
	off_t end = lseek(ballast, 0, SEEK_END);
	MUST(ftruncate(ballast, end - (off_t)pages_left * 4096));
	close(ballast);
}

struct room {
	int fd;
	unsigned waits;
	bool give_up;
};

static int make_room(void *context, const struct ls_error *why)
{
	struct room *r = context;
	CHECK(why->code == -ENOSPC);
	r->waits++;
	if (r->give_up)
		return -ENOSPC;
	unlinkat(r->fd, "ballast", 0);
	return 0;
}

/* Returns whether the disk was full at all. */
static bool try_full_disk(int fd, unsigned pages_left, bool give_up, bool batch)
{
	struct maker *m = maker_new();
	struct room room = { .fd = fd, .give_up = give_up };
	const struct ls_place_hooks hooks = { .wait = make_room, .context = &room };
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_share_open(fd, &hooks, &share, NULL), 0);
	CHECK_INT_EQ(fill(share, m, 3), 0);
	fill_disk(fd, pages_left);
	int rc = batch ? publish_batch(share, m, 1000, CRASH_BATCH, &err)
		       : publish_next(share, m, &err);
	CHECK_INT_EQ(rc, room.waits && give_up ? -ENOSPC : 0);
	uint64_t beyond;
	CHECK_INT_EQ(maker_check(m, fd, &beyond), rc == 0 ? 4 : 3);
	CHECK_INT_EQ(beyond, 0);
	ls_share_free(share);
	unlinkat(fd, "ballast", 0);
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, NULL), 0);
	CHECK_INT_EQ(ls_share_size(share), rc == 0 ? 4 : 3);
	if (rc == 0)
		maker_advance(m);
	CHECK_INT_EQ(fill(share, m, 3), 0);
	CHECK_INT_EQ(maker_check(m, fd, NULL), rc == 0 ? 7 : 6);
	ls_share_free(share);
	maker_free(m);
	static const char *const all[] = { "results", "events", "log", LS_STAGING };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		MUST(ls_remove_tree(fd, all[i], MUST_ERR));
	return room.waits > 0;
}

/* Runs in a child that has its own mounts. */
static int full_disks(const char *path)
{
	int fd = mount_small(path, "size=1m");
	if (fd < 0)
		return 77;
	unsigned full = 0;
	for (unsigned pages = 0; pages < 24; pages++) {
		full += try_full_disk(fd, pages, true, false);
		full += try_full_disk(fd, pages, false, false);
	}
	CHECK(full >= 20);
	full = 0;
	for (unsigned pages = 0; pages < 48; pages++) {
		full += try_full_disk(fd, pages, true, true);
		full += try_full_disk(fd, pages, false, true);
	}
	CHECK(full >= 50);
	return ls_test_failures ? 1 : 0;
}

TEST(a_full_disk_leaves_nothing_half_done)
{
	char path[64];
	int fd = scratch_make(path);
	pid_t pid = fork();
	if (pid == 0)
		exit(full_disks(path));
	int status;
	waitpid(pid, &status, 0);
	scratch_remove(path, fd);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		TEST_SKIP("mounting a small tmpfs needs root");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* --- a reader beside the publisher ------------------------------------------------------------ */

/* As a client reads a tile: the partial one, or the full one that has replaced it. */
static int read_tile(void *context, const struct ls_tile *tile, uint8_t *bytes,
		     struct ls_error *err)
{
	char path[LS_TILE_PATH_SIZE], name[LS_TILE_PATH_SIZE + 8];
	struct ls_tile full = *tile;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_TILE_SIZE_MAX);
	full.width = LS_TILE_WIDTH;
	snprintf(name, sizeof(name), "log/%s", ls_tile_path(tile, path));
	int rc = ls_file_read(*(int *)context, name, &b, err);
	if (rc == -ENOENT) {
		snprintf(name, sizeof(name), "log/%s", ls_tile_path(&full, path));
		rc = ls_file_read(*(int *)context, name, &b, err);
	}
	if (rc == 0 && b.size < (size_t)tile->width * LS_DIGEST_SIZE)
		rc = ls_fail(err, -EBADMSG, "test.tile", "'%s' is too short", name);
	if (rc == 0)
		memcpy(bytes, b.data, (size_t)tile->width * LS_DIGEST_SIZE);
	return rc;
}

/* The checkpoint as it is now, and its root out of its tiles.  Its size, or -1. */
static int64_t read_as_a_client(int fd, struct ls_error *err)
{
	struct ls_note note;
	struct ls_checkpoint c;
	struct ls_digest root;
	const struct ls_tile_source source = { read_tile, &fd };
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_NOTE_SIZE_MAX);
	if (ls_file_read(fd, "log/checkpoint", &b, err) < 0 ||
	    ls_note_parse(b.data, b.size, &note, err) < 0 ||
	    ls_checkpoint_parse(note.text, note.text_size, &c, err) < 0 ||
	    ls_tile_reader_new(&source, c.size, &reader, err) < 0 ||
	    ls_tile_reader_root(reader, &root, err) < 0)
		return -1;
	return ls_digest_equal(&root, &c.root) ? (int64_t)c.size : -1;
}

/* Every checkpoint that a reader ever sees has its tiles, while they fill and are replaced. */
TEST(a_reader_never_sees_a_checkpoint_without_its_tiles)
{
	char path[64];
	int fd = scratch_make(path), status = 1;
	struct maker *m = maker_new();
	struct ls_share *share = NULL;
	struct ls_error err = { 0 };
	int64_t seen = 0, last = 0;
	CHECK_INT_EQ(ls_share_open(fd, NULL, &share, &err), 0);
	CHECK_INT_EQ(fill(share, m, 240), 0); /* the first tile is full soon */
	pid_t pid = fork();
	if (pid == 0)
		_exit(fill(share, m, 40) == 0 ? 0 : 1);
	for (bool over = false; !over;) {
		over = waitpid(pid, &status, WNOHANG) != 0; /* and one last look */
		int64_t size = read_as_a_client(fd, &err);
		if (size < last) {
			TEST_FAIL("after size %lld: %lld %s", (long long)last, (long long)size,
				  err.message);
			break;
		}
		last = size;
		seen++;
	}
	CHECK_INT_EQ(status, 0);
	CHECK_INT_EQ(last, 280);
	CHECK(seen > 1);
	ls_share_free(share);
	maker_free(m);
	scratch_remove(path, fd);
}

TEST_MAIN()
