/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/paper_client.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit/dna/scheme/paper_messages.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/proc/child.h"

#define PROGRAM	   "labseal-dna-paper"
#define TIMEOUT_MS 120000 /* it takes 50 ms; a machine under load more */

/* A question, put together piece by piece, and its answer. */
struct talk {
	uint8_t question[LS_PAPER_ASK_MAX];
	size_t question_size;
	uint8_t answer[LS_PAPER_ANSWER_MAX];
	size_t answer_size;
};

static void wipe(struct talk *t)
{
	OPENSSL_cleanse(t, sizeof(*t));
}
#define _cleanup_talk_ __attribute__((cleanup(wipe)))

static void say(struct talk *t, const void *bytes, size_t n)
{
	memcpy(t->question + t->question_size, bytes, n);
	t->question_size += n;
}

/* Read to the end, or until there is more than any answer. */
static int read_answer(int fd, struct talk *t)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	for (;;) {
		ssize_t n;
		if (poll(&wait, 1, TIMEOUT_MS) <= 0)
			return -ETIMEDOUT;
		n = read(fd, t->answer + t->answer_size, sizeof(t->answer) - t->answer_size);
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		t->answer_size += (size_t)n;
		if (t->answer_size == sizeof(t->answer))
			return -EFBIG;
	}
}

static int spawn(int theirs, pid_t *ret_pid, struct ls_error *err)
{
	char path[PATH_MAX];
	if (ls_program_path(PROGRAM, path, sizeof(path), NULL) < 0)
		return ls_fail(err, -ENOTSUP, "dna.paper.missing",
			       "profile 'paper' needs the program " PROGRAM
			       ", which is not installed");
	const char *const argv[] = { PROGRAM, NULL };
	const struct ls_child_fd fds[] = { { theirs, 0 }, { theirs, 1 } };
	const struct ls_child_spec spec = {
		.path = path, .argv = argv, .fds = fds, .fd_count = 2, .death_signal = 9
	};
	return ls_child_spawn(&spec, ret_pid, err);
}

static int ask(struct talk *t, struct ls_error *err)
{
	int ends[2];
	pid_t pid;
	int rc = ls_socket_pair(ends, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int ours = ends[0], theirs = ends[1];
	rc = spawn(theirs, &pid, err);
	if (rc < 0)
		return rc;
	close(ls_steal_fd(&theirs));
	rc = send(ours, t->question, t->question_size, MSG_NOSIGNAL) == (ssize_t)t->question_size
		     ? 0
		     : -EPIPE;
	if (rc == 0)
		rc = read_answer(ours, t);
	ls_child_stop(pid, 0);
	if (rc < 0 || t->answer_size == 0)
		return ls_fail(err, -EIO, "dna.paper.failed", PROGRAM " gave no answer (%s)",
			       rc < 0 ? strerror(-rc) : "it ended");
	return 0;
}

/* Ask, and take an answer of n bytes behind LS_PAPER_OK. */
static int ask_for(struct talk *t, void *ret, size_t n, struct ls_error *err)
{
	int rc = ask(t, err);
	if (rc < 0)
		return rc;
	if (t->answer[0] == LS_PAPER_OK && t->answer_size == 1 + n) {
		memcpy(ret, t->answer + 1, n);
		return 0;
	}
	switch (t->answer[0]) {
	case LS_PAPER_NO_FORM:
		return ls_fail(err, -EBADMSG, "dna.signature.form",
			       "these bits are no signature: no point of the curve");
	case LS_PAPER_WRONG:
		return ls_fail(err, -EBADMSG, "dna.signature.wrong",
			       "the signature is not over this molecule, or not its signer's");
	case LS_PAPER_NO_POINT:
		return ls_fail(err, -EIO, "dna.paper.failed",
			       "the key for profile 'paper' is none, or not this identity's");
	default:
		return ls_fail(err, -EIO, "dna.paper.failed",
			       PROGRAM " answered what was not asked");
	}
}

static void begin(struct talk *t, char question)
{
	memset(t, 0, sizeof(*t));
	say(t, &question, 1);
}

int ls_paper_public(const uint8_t secret[static 32], uint8_t ret[static LS_PAPER_PUBLIC_SIZE],
		    struct ls_error *err)
{
	_cleanup_talk_ struct talk t;
	begin(&t, LS_PAPER_ASK_PUBLIC);
	say(&t, secret, LS_PAPER_SECRET);
	return ask_for(&t, ret, LS_PAPER_PUBLIC, err);
}

int ls_paper_extract(const uint8_t secret[static 32], const struct ls_orcid *orcid,
		     uint8_t ret[static LS_PAPER_KEY_SIZE], struct ls_error *err)
{
	_cleanup_talk_ struct talk t;
	begin(&t, LS_PAPER_ASK_EXTRACT);
	say(&t, secret, LS_PAPER_SECRET);
	say(&t, orcid->text, LS_PAPER_ORCID);
	return ask_for(&t, ret, LS_PAPER_KEY, err);
}

static void say_who(struct talk *t, const struct ls_dna_params *params,
		    const struct ls_orcid *orcid)
{
	say(t, params->id.bytes, LS_PAPER_AUTHORITY);
	say(t, params->paper, LS_PAPER_PUBLIC);
	say(t, orcid->text, LS_PAPER_ORCID);
}

int ls_paper_sign(const struct ls_dna_params *params, const struct ls_orcid *orcid,
		  const uint8_t key[static LS_PAPER_KEY_SIZE], const struct ls_digest *digest,
		  uint8_t ret[static LS_PAPER_SIGNATURE_SIZE], struct ls_error *err)
{
	_cleanup_talk_ struct talk t;
	begin(&t, LS_PAPER_ASK_SIGN);
	say_who(&t, params, orcid);
	say(&t, key, LS_PAPER_KEY);
	say(&t, digest->bytes, LS_PAPER_DIGEST);
	return ask_for(&t, ret, LS_PAPER_SIGNATURE, err);
}

int ls_paper_verify(const struct ls_dna_params *params, const struct ls_orcid *orcid,
		    const struct ls_digest *digest,
		    const uint8_t signature[static LS_PAPER_SIGNATURE_SIZE], struct ls_error *err)
{
	_cleanup_talk_ struct talk t;
	begin(&t, LS_PAPER_ASK_VERIFY);
	say_who(&t, params, orcid);
	say(&t, digest->bytes, LS_PAPER_DIGEST);
	say(&t, signature, LS_PAPER_SIGNATURE);
	return ask_for(&t, t.answer, 0, err);
}
