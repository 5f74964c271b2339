/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/misbehaviour.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "audit/verify/report.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/log/misbehaviour.h"
#include "lib/seal/trust.h"

#define SENTENCE_SIZE 2048

struct answer {
	enum ls_verdict verdict;
	char sentence[SENTENCE_SIZE];
	char fingerprint[LS_FINGERPRINT_SIZE];
	struct ls_checkpoint c[2]; /* where it is VERIFIED */
};

static enum ls_verdict unable(struct answer *a, const char *why)
{
	snprintf(a->sentence, sizeof(a->sentence), "%s", why);
	return LS_COULD_NOT_CHECK;
}

static int load_trust(const char *path, struct ls_trust *trust, struct answer *a,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_TRUST_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc == 0)
		rc = ls_trust_parse(bytes.data, bytes.size, trust, err);
	if (rc == 0)
		ls_trust_fingerprint(bytes.data, bytes.size, a->fingerprint);
	return rc;
}

static enum ls_verdict judge(const struct ls_misbehaviour *m, const struct ls_trust *trust,
			     struct answer *a)
{
	struct ls_error err = { 0 };
	int rc = ls_misbehaviour_verify(m, &trust->log, a->c, &err);
	if (rc == 0) {
		snprintf(a->sentence, sizeof(a->sentence),
			 "the key of the log '%s' signed two states that cannot both be true, of "
			 "size %" PRIu64 " and of size %" PRIu64,
			 a->c[0].origin, a->c[0].size, a->c[1].size);
		return LS_VERIFIED;
	}
	if (rc == -ENOMEM)
		return unable(a, err.message);
	snprintf(a->sentence, sizeof(a->sentence), "it is no proof against the log '%s': %s",
		 trust->log.name, err.message);
	return LS_NOT_VERIFIED;
}

static enum ls_verdict check(const char *path, const char *trust_path, struct answer *a)
{
	_cleanup_trust_ struct ls_trust trust = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_misbehaviour m;
	struct ls_error err = { 0 };
	ls_buffer_init(&bytes, LS_MISBEHAVIOUR_SIZE_MAX);
	if (!trust_path)
		return unable(a, "no trust file was given (--trust FILE), which names the log's "
				 "key");
	if (load_trust(trust_path, &trust, a, &err) < 0 ||
	    ls_file_read(AT_FDCWD, path, &bytes, &err) < 0)
		return unable(a, err.message);
	if (ls_misbehaviour_parse(bytes.data, bytes.size, &m, &err) < 0) {
		snprintf(a->sentence, sizeof(a->sentence), "%s", err.message);
		return LS_NOT_VERIFIED;
	}
	return judge(&m, &trust, a);
}

static const char *root(const struct ls_checkpoint *c, struct ls_buffer *buffer)
{
	ls_buffer_init(buffer, 64);
	ls_base64_encode(c->root.bytes, LS_DIGEST_SIZE, buffer);
	return ls_buffer_str(buffer);
}

static void print_text(const struct answer *a, const char *path)
{
	printf("%s: %s\n\n  proof        %s\n", ls_verdict_word(a->verdict), a->sentence, path);
	if (a->fingerprint[0])
		printf("  trust file   %s\n", a->fingerprint);
	for (int i = 0; a->verdict == LS_VERIFIED && i < 2; i++) {
		_cleanup_buffer_ struct ls_buffer buffer;
		printf("  signed       size %" PRIu64 ", root %s\n", a->c[i].size,
		       root(&a->c[i], &buffer));
	}
}

static int print_json(const struct answer *a)
{
	json_t *states = json_array();
	for (int i = 0; a->verdict == LS_VERIFIED && i < 2; i++) {
		_cleanup_buffer_ struct ls_buffer buffer;
		json_array_append_new(states,
				      json_pack("{s:I, s:s}", "size", (json_int_t)a->c[i].size,
						"root", root(&a->c[i], &buffer)));
	}
	json_t *o = json_pack("{s:s, s:s, s:i, s:s, s:o}", "format", "labseal/misbehaviour/v1",
			      "verdict", ls_verdict_word(a->verdict), "exit",
			      ls_verdict_exit(a->verdict), "sentence", a->sentence, "signed",
			      states);
	if (!o)
		return -ENOMEM;
	json_dumpf(o, stdout, JSON_INDENT(1));
	json_decref(o);
	printf("\n");
	return 0;
}

int ls_misbehaviour_command(const char *path, const char *trust, bool json)
{
	struct answer a = { .sentence = "" };
	int rc = 0;
	a.verdict = check(path, trust, &a);
	if (json)
		rc = print_json(&a);
	else
		print_text(&a, path);
	if (rc < 0)
		fprintf(stderr, "labseal verify: out of memory for the report\n");
	if (rc < 0 || ls_command_flush() < 0)
		return LS_EXIT_FAILED;
	return ls_verdict_exit(a.verdict);
}
