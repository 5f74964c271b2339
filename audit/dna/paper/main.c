/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * labseal-dna-paper: the paper profile of DNA signatures, for `labseal dna`.  One question on
 * standard input, one answer on standard output (audit/dna/scheme/paper_messages.h).  It opens
 * nothing: what it needs is made before it reads.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pari/pari.h>
#include <stdio.h>
#include <unistd.h>

#include "audit/dna/paper/bn158.h"
#include "audit/dna/paper/question.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/proc/confine.h"

static const char usage[] = "Usage: labseal-dna-paper <QUESTION >ANSWER\n"
			    "The paper profile of DNA signatures (BN-158): paper level, not for "
			    "new use.  `labseal dna` starts it.\n";

static void give_up(long ignored)
{
	(void)ignored;
	_exit(LS_EXIT_FAILED);
}

static int confine(struct ls_error *err)
{
	static const char *const syscalls[] = { LS_CONFINE_BASIC_SYSCALLS, NULL };
	const struct ls_confinement confinement = {
		.syscalls = syscalls, .memory_max = 512u << 20, .files_max = 8, .no_new_code = true
	};
	unsigned missing;
	uint8_t warm;
	if (RAND_priv_bytes(&warm, 1) != 1) /* OpenSSL opens what it needs for randomness */
		return ls_fail(err, -EIO, "dna.random", "this machine gives no random numbers");
	return ls_confine(&confinement, &missing, err);
}

/* The whole question, or as much of one as there is. */
static size_t read_question(uint8_t question[static LS_PAPER_ASK_MAX])
{
	size_t n = 0, wanted = 1;
	while (n < wanted) {
		ssize_t got = read(STDIN_FILENO, question + n, wanted - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		if (n == 1)
			wanted += ls_paper_question_size(question[0]);
	}
	return n;
}

int main(int argc, char **argv)
{
	uint8_t question[LS_PAPER_ASK_MAX], answer[LS_PAPER_ANSWER_MAX];
	struct ls_error err = { 0 };
	if (ls_command_answered("labseal-dna-paper", usage, argc, argv))
		return LS_EXIT_HOLDS;
	if (argc != 1) {
		fputs(usage, stderr);
		return LS_EXIT_USAGE;
	}
	ls_bn158_init();
	cb_pari_err_recover = give_up;
	if (confine(&err) < 0) {
		fprintf(stderr, "labseal-dna-paper: %s [%s]\n", err.message, err.id);
		return LS_EXIT_FAILED;
	}
	size_t n = read_question(question);
	size_t size = ls_paper_answer_question(question, n, answer);
	int rc = ls_write_all(STDOUT_FILENO, answer, size);
	OPENSSL_cleanse(question, sizeof(question));
	OPENSSL_cleanse(answer, sizeof(answer));
	return rc < 0 ? LS_EXIT_FAILED : LS_EXIT_HOLDS;
}
