/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/bundle/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/bundle/archive.h"
#include "audit/bundle/contents.h"
#include "audit/bundle/place.h"
#include "audit/verify/audit.h"
#include "audit/verify/pool.h"
#include "audit/verify/read.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define OUTPUT_MODE 0644

/* What is read of the share before anything is written. */
struct reading {
	struct ls_bundle_place place;
	int share_fd;
	struct ls_source *source;
	struct ls_report
		found; /* of the log alone; what the bundle is worth is verified at its end */
	struct ls_buffer trust_text, manifest_text;
	struct ls_trust trust;
	struct ls_manifest manifest;
	struct ls_log log;
	struct ls_share folders;
	struct ls_bundle_third_parties others;
	char trust_path[PATH_MAX + 32];
	char around[LS_SEAL_FOLDER_SIZE + 16];
};

static void begin(struct reading *r)
{
	memset(r, 0, sizeof(*r));
	r->share_fd = -1;
	ls_report_init(&r->found);
	ls_buffer_init(&r->trust_text, LS_TRUST_SIZE_MAX);
	ls_buffer_init(&r->manifest_text, LS_MANIFEST_SIZE_MAX);
	ls_bundle_third_parties_init(&r->others);
}

static void end(struct reading *r)
{
	ls_bundle_third_parties_free(&r->others);
	ls_log_free(&r->log);
	ls_share_done(&r->folders);
	ls_manifest_free(&r->manifest);
	ls_trust_free(&r->trust);
	ls_buffer_free(&r->manifest_text);
	ls_buffer_free(&r->trust_text);
	ls_report_free(&r->found);
	ls_source_free(r->source);
	if (r->share_fd >= 0)
		close(r->share_fd);
}

/* --- reading ------------------------------------------------------------------------------- */

static int open_share(struct reading *r, struct ls_error *err)
{
	r->share_fd = open(r->place.share, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->share_fd < 0)
		return ls_fail_errno(err, errno, "bundle.share", "cannot open '%s'",
				     r->place.share);
	int rc = ls_source_folder(r->share_fd, NULL, &r->source);
	return rc < 0 ? ls_fail(err, rc, "bundle.memory", "out of memory for a share") : 0;
}

static int read_trust(struct reading *r, const char *given, struct ls_error *err)
{
	if (given)
		snprintf(r->trust_path, sizeof(r->trust_path), "%s", given);
	else
		snprintf(r->trust_path, sizeof(r->trust_path), "%s/trust/trust.txt",
			 r->place.share);
	struct ls_error why = { 0 };
	int rc = ls_file_read(AT_FDCWD, r->trust_path, &r->trust_text, &why);
	if (rc == 0)
		rc = ls_trust_parse(r->trust_text.data, r->trust_text.size, &r->trust, &why);
	if (rc == 0)
		return 0;
	return ls_fail(err, rc, "bundle.trust", "%s%s", why.message,
		       given ? "" : "; name a trust file: --trust FILE");
}

static int read_manifest(struct reading *r, struct ls_error *err)
{
	char path[LS_FOLDER_PATH_SIZE + 32];
	snprintf(path, sizeof(path), "%s/" LS_FILE_MANIFEST, r->place.folder);
	if (ls_share_read(r->source, path, &r->manifest_text).status != LS_READ_OK)
		return ls_fail(err, -ENODATA, "bundle.manifest", "cannot read '%s/%s'",
			       r->place.share, path);
	int rc = ls_manifest_parse(r->manifest_text.data, r->manifest_text.size, &r->manifest, err);
	if (rc == 0 && (r->manifest.kind != LS_SEAL_RESULT || r->manifest.seal != r->place.seal))
		rc = ls_fail(err, -EBADMSG, "bundle.manifest",
			     "'%s/%s' is the manifest of another seal", r->place.share, path);
	return rc;
}

/* The whole log is re-hashed: what is proven from it must be what was signed. */
static int read_log(struct reading *r, struct ls_error *err)
{
	ls_log_setup(&r->log, r->source, &r->found, &r->trust);
	ls_log_read_checkpoint(&r->log);
	int rc = r->log.have_checkpoint ? ls_log_check(&r->log, ls_pool_threads()) : 0;
	if (rc < 0)
		return ls_fail(err, rc, "bundle.memory", "out of memory for the log");
	if (!r->log.have_checkpoint || !r->log.root_good)
		return ls_fail(
			err, -ENODATA, "bundle.log",
			"the log of '%s' does not make its checkpoint's root, so nothing can "
			"be proven from it: 'labseal verify' says what is wrong",
			r->place.share);
	return 0;
}

static int read_all(struct reading *r, const struct ls_bundle_options *o, struct ls_error *err)
{
	int rc = ls_bundle_place_find(o->result, &r->place, err);
	if (rc == 0)
		rc = open_share(r, err);
	if (rc == 0)
		rc = read_trust(r, o->trust, err);
	if (rc == 0)
		rc = read_manifest(r, err);
	if (rc == 0)
		rc = read_log(r, err);
	if (rc < 0)
		return rc;
	snprintf(r->around, sizeof(r->around), "%s-bundle", r->place.name);
	rc = ls_share_walk(r->source, &r->folders, &r->found);
	if (rc < 0)
		return ls_fail(err, rc, "bundle.memory", "out of memory for a share");
	ls_bundle_third_parties_find(&r->others, &r->log, &r->folders, r->place.seal);
	return 0;
}

/* --- writing ------------------------------------------------------------------------------- */

static int name_output(const struct reading *r, const char *given,
		       char output[static LS_BUNDLE_OUTPUT_SIZE], struct ls_error *err)
{
	struct stat st;
	int n = given ? snprintf(output, LS_BUNDLE_OUTPUT_SIZE, "%s", given)
		      : snprintf(output, LS_BUNDLE_OUTPUT_SIZE, "%s.zip", r->around);
	if (n < 0 || n >= LS_BUNDLE_OUTPUT_SIZE)
		return ls_fail(err, -ENAMETOOLONG, "bundle.output",
			       "the output's name is too long");
	if (lstat(output, &st) == 0)
		return ls_fail(err, -EEXIST, "bundle.exists",
			       "'%s' is there already, and nothing is overwritten: name another "
			       "file (--output FILE)",
			       output);
	return 0;
}

static int write_archive(const struct reading *r, const char *path, struct ls_error *err)
{
	const struct ls_bundle_contents contents = {
		.place = &r->place,
		.source = r->source,
		.share_fd = r->share_fd,
		.manifest = &r->manifest,
		.trust = &r->trust_text,
		.log = &r->log,
		.folders = &r->folders,
		.others = &r->others,
		.around = r->around,
	};
	struct ls_archive *archive = NULL;
	int rc = ls_archive_create(path, r->manifest.received, &archive, err);
	if (rc == 0)
		rc = ls_bundle_add_contents(&contents, archive, err);
	if (rc == 0)
		return ls_archive_finish(archive, err);
	ls_archive_discard(archive);
	return rc;
}

static int verify_archive(const struct reading *r, const char *path, bool anyway,
			  struct ls_report *report, struct ls_error *err)
{
	char sentence[LS_SENTENCE_SIZE];
	const struct ls_audit_options options = { .target = path, .trust = r->trust_path };
	if (ls_audit_run(&options, report) < 0)
		return ls_fail(err, -ENOMEM, "bundle.memory", "out of memory for the audit");
	enum ls_verdict verdict = ls_report_verdict(report);
	if (verdict == LS_VERIFIED || anyway)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "bundle.unverified",
		       "'%s/%s' is not bundled, since the bundle would be %s: %s; --anyway bundles "
		       "it as it is",
		       r->place.share, r->place.folder, ls_verdict_word(verdict),
		       ls_report_sentence(report, sentence));
}

static int take_name(const char *from, const char *to, struct ls_error *err)
{
	int rc = ls_file_take_name(AT_FDCWD, from, to);
	if (rc == 0)
		return 0;
	return ls_fail_errno(err, -rc, rc == -EEXIST ? "bundle.exists" : "bundle.write",
			     "cannot give the bundle its name '%s'", to);
}

/* At a name of its own beside the output, which it takes when all is well. */
static int write_bundle(const struct reading *r, const char *output, bool anyway,
			struct ls_report *report, struct ls_error *err)
{
	char path[LS_BUNDLE_OUTPUT_SIZE + 8];
	snprintf(path, sizeof(path), "%s.XXXXXX", output);
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "bundle.write", "cannot write '%s'", output);
	close(fd);
	int rc = write_archive(r, path, err);
	if (rc == 0)
		rc = verify_archive(r, path, anyway, report, err);
	if (rc == 0 && chmod(path, OUTPUT_MODE) < 0)
		rc = ls_fail_errno(err, errno, "bundle.write", "cannot write '%s'", output);
	if (rc == 0)
		rc = take_name(path, output, err);
	if (rc < 0)
		unlink(path);
	return rc;
}

int ls_bundle_write(const struct ls_bundle_options *options, struct ls_report *report,
		    char ret_output[static LS_BUNDLE_OUTPUT_SIZE], struct ls_error *err)
{
	struct reading r;
	begin(&r);
	int rc = read_all(&r, options, err);
	if (rc == 0)
		rc = name_output(&r, options->output, ret_output, err);
	if (rc == 0)
		rc = write_bundle(&r, ret_output, options->anyway, report, err);
	end(&r);
	return rc;
}
