/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal countersign: a person signs a result, beside the instrument's seal, on any machine
 * that sees the share; and the signature is handed in on the instrument's host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/person_key.h"
#include "host/supervisor/countersign.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/hsm/terminal.h"
#include "lib/seal/cms.h"
#include "lib/seal/countersignature.h"

#define NAME "countersign"

struct words {
	const char *result, *meaning, *certificate, *chain, *output, *hand_in;
	struct ls_key_place key;
	bool yes;
};

/* --- what is signed ------------------------------------------------------------------ */

/* A person signs what is there: a file that is not the sealed one is refused. */
static int check_file(int folder, const struct ls_manifest_file *f, struct ls_error *err)
{
	struct stat st;
	struct ls_digest digest;
	_cleanup_close_ int fd = ls_open_beneath(folder, f->path, O_RDONLY, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return ls_fail_errno(err, fd < 0 ? -fd : errno, "countersign.file",
				     "cannot read the result's file '%s'", f->path);
	int rc = S_ISREG(st.st_mode) ? ls_sha256_fd(fd, &digest, NULL, err) : -EBADMSG;
	if (rc == 0 && !ls_digest_equal(&digest, &f->sha256))
		rc = -EBADMSG;
	return rc == -EBADMSG ? ls_fail(err, rc, "countersign.altered",
					"'%s' is not the file that was sealed; do not sign this "
					"result, and run 'labseal verify' on it",
					f->path)
			      : rc;
}

static int read_result(const char *path, struct ls_countersignature *c, struct ls_error *err)
{
	_cleanup_manifest_ struct ls_manifest m = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_MANIFEST_SIZE_MAX);
	_cleanup_close_ int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return ls_fail_errno(err, errno, "countersign.result",
				     "cannot open the result's folder '%s'", path);
	int rc = ls_file_read(folder, LS_FILE_MANIFEST, &text, err);
	if (rc == 0)
		rc = ls_manifest_parse(text.data, text.size, &m, err);
	if (rc == 0 && m.kind != LS_SEAL_RESULT)
		rc = ls_fail(err, -EINVAL, "countersign.kind",
			     "this is an event, and results are what persons sign");
	for (size_t i = 0; rc == 0 && i < m.count; i++)
		rc = check_file(folder, &m.files[i], err);
	if (rc < 0) {
		ls_error_prefix(err, "'%s'", path);
		return rc;
	}
	memcpy(c->instrument, m.instrument, sizeof(c->instrument));
	c->seal = m.seal;
	ls_sha256_buffer(text.data, text.size, &c->manifest);
	return 0;
}

static int check_certificate(struct ls_der der, struct ls_certificate *c,
			     char name[static LS_COMMON_NAME_SIZE], struct ls_error *err)
{
	int rc = ls_certificate_read_any(der, c, err);
	if (rc == 0)
		rc = ls_certificate_common_name(der, name, err);
	if (rc == 0)
		rc = ls_person_certificate_check(der, err);
	time_t now = time(NULL);
	if (rc == 0 && (now < c->not_before || now > c->not_after))
		rc = ls_fail(err, -EINVAL, "countersign.expired", "it is not valid today");
	return rc;
}

/* The person's is the first of its file; the CAs' stand behind it, or in another. */
static int read_certificates(const struct words *w, struct ls_person_files *files,
			     struct ls_certificate *c, char name[static LS_COMMON_NAME_SIZE],
			     struct ls_error *err)
{
	int rc = ls_person_files_read(w->certificate, files, err);
	if (rc == 0)
		rc = check_certificate(files->certificates.all[0], c, name, err);
	if (rc < 0) {
		ls_error_prefix(err, "the certificate '%s'", w->certificate);
		return rc;
	}
	rc = w->chain ? ls_person_files_read(w->chain, files, err) : 0;
	if (rc < 0)
		ls_error_prefix(err, "the chain '%s'", w->chain);
	return rc;
}

/* --- signing ------------------------------------------------------------------------- */

static int sign_text(const struct words *w, const struct ls_person_certificates *certificates,
		     int64_t at, const struct ls_buffer *text, struct ls_buffer *signature,
		     struct ls_error *err)
{
	_cleanup_person_holder_ struct ls_person_holder holder = { .key = NULL };
	int rc = ls_person_holder_load(&w->key, &holder, err);
	return rc < 0 ? rc
		      : ls_person_sign(text->data, text->size, certificates, at, holder.key,
				       signature, err);
}

static int show_and_ask(const struct ls_buffer *text, const struct ls_certificate *c, bool yes,
			struct ls_error *err)
{
	printf("%scertificate %s\n", ls_buffer_str(text), c->subject);
	fflush(stdout);
	return ls_confirm("sign this?", yes, err);
}

static int sign(const struct words *w, enum ls_meaning meaning, struct ls_error *err)
{
	struct ls_countersignature c = { .meaning = meaning, .signed_at = time(NULL) };
	struct ls_certificate certificate;
	struct ls_person_files files = { .certificates = { .count = 0 } };
	_cleanup_buffer_ struct ls_buffer text, signature, request;
	ls_buffer_init(&files.der, LS_CMS_SIZE_MAX);
	ls_buffer_init(&text, LS_COUNTERSIGNATURE_SIZE_MAX);
	ls_buffer_init(&signature, LS_CMS_SIZE_MAX);
	ls_buffer_init(&request, LS_COUNTERSIGN_REQUEST_MAX);
	int rc = read_certificates(w, &files, &certificate, c.name, err);
	if (rc == 0)
		rc = read_result(w->result, &c, err);
	if (rc == 0)
		rc = ls_countersignature_format(&c, &text, err);
	if (rc == 0)
		rc = show_and_ask(&text, &certificate, w->yes, err);
	if (rc == 0)
		rc = sign_text(w, &files.certificates, c.signed_at, &text, &signature, err);
	if (rc == 0)
		rc = ls_countersign_request_format(&text, &signature, &request, err);
	if (rc == 0)
		rc = ls_file_write_new(AT_FDCWD, w->output, request.data, request.size, 0644, err);
	if (rc == 0)
		printf("written     %s: hand it in on the instrument's host, 'labseal countersign "
		       "--hand-in %s POLICY'\n",
		       w->output, w->output);
	ls_buffer_free(&files.der);
	return rc;
}

/* --- handing in ---------------------------------------------------------------------- */

/* Bytes are carried and not read: what they are is looked at by a process that can do nothing else.
 */
static int hand_in(const struct words *w, struct ls_error *err)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE], path[sizeof(LS_STATE_COUNTERSIGN) + LS_DIGEST_HEX_SIZE + 32];
	ls_buffer_init(&bytes, LS_COUNTERSIGN_REQUEST_MAX);
	int rc = ls_cmd_load_policy(NAME, w->result, &policy);
	if (rc != 0)
		return rc;
	rc = ls_file_read(AT_FDCWD, w->hand_in, &bytes, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int state_fd = ls_state_open(policy, 0, err);
	if (state_fd < 0)
		return state_fd;
	/* the same file twice is the same one */
	ls_sha256_buffer(bytes.data, bytes.size, &digest);
	snprintf(path, sizeof(path), LS_STATE_COUNTERSIGN "/%.16s" LS_COUNTERSIGN_SUFFIX,
		 ls_digest_hex(&digest, hex));
	rc = ls_make_dirs(state_fd, LS_STATE_COUNTERSIGN, 0700, err);
	if (rc == 0)
		rc = ls_file_replace(state_fd, path, bytes.data, bytes.size, 0600, err);
	if (rc == 0)
		printf("handed in   %s/%s: labseald looks at it while it seals, and says in its "
		       "log what became of it\n",
		       policy->state, path);
	return rc;
}

static int read_words(struct words *w, int argc, char **argv)
{
	const struct ls_option options[] = {
		{ "--meaning", NULL, &w->meaning },
		{ "--certificate", NULL, &w->certificate },
		{ "--chain", NULL, &w->chain },
		{ "--key", NULL, &w->key.name },
		{ "--passphrase-file", NULL, &w->key.passphrase_file },
		{ "--pin-file", NULL, &w->key.pin_file },
		{ "--output", NULL, &w->output },
		{ "--hand-in", NULL, &w->hand_in },
		{ "--yes", &w->yes, NULL },
	};
	return ls_options_read(ls_host_command(NAME), argc, argv, options,
			       sizeof(options) / sizeof(options[0]), "result", &w->result);
}

static int usage(const char *what)
{
	return ls_command_usage(ls_host_command(NAME), "%s", what);
}

int ls_cmd_countersign(int argc, char **argv)
{
	struct words w = { .result = NULL };
	struct ls_error err = { 0 };
	enum ls_meaning meaning;
	int rc = read_words(&w, argc, argv);
	if (rc != 0)
		return rc;
	if (w.hand_in && (w.meaning || w.certificate || w.chain || w.key.name || w.output))
		return usage("sign, or hand in? --hand-in goes with a policy alone");
	if (!w.hand_in &&
	    (!w.meaning || ls_meaning_parse(w.meaning, strlen(w.meaning), &meaning) < 0))
		return usage("what does it mean? Say --meaning review, approval, responsibility or "
			     "authorship");
	if (!w.hand_in && !w.certificate)
		return usage("who signs? Say --certificate FILE");
	if (!w.hand_in && !w.key.name)
		return usage("which key? Say --key FILE, or a token's URI");
	if (!w.hand_in && !w.output)
		return usage("where to? Say --output FILE");
	rc = w.hand_in ? hand_in(&w, &err) : sign(&w, meaning, &err);
	if (rc > 0)
		return rc; /* the policy: it was said */
	return rc < 0 ? ls_cmd_fail(NAME, &err) : LS_EXIT_HOLDS;
}
