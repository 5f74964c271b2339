/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/publish/place.h"
#include "lib/attest/event_log.h"
#include "lib/attest/evidence.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"

#define STAGED_FILE   LS_STAGING "/evidence-file"
#define STAGED_FOLDER LS_STAGING "/evidence"
#define PATH_SIZE     128

_Static_assert((int)LS_EVIDENCE_COUNT == (int)LS_EVIDENCE_PARTS, "one message, one folder");

static int check(uint64_t published, const struct ls_evidence *e, struct ls_error *err)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_digest pcr;
	if (e->size == 0 || e->size > published)
		return ls_fail(err, -EPROTO, "evidence.size",
			       "evidence came for size %" PRIu64 " of a log of %" PRIu64, e->size,
			       published);
	for (int i = 0; i < LS_EVIDENCE_COUNT; i++)
		if (e->parts[i].size == 0)
			return ls_fail(err, -EPROTO, "evidence.empty",
				       "evidence came without its '%s'", ls_evidence_file(i));
	int rc = ls_event_log_parse(e->event_log.data, e->event_log.size, &log, err);
	if (rc < 0)
		return rc;
	ls_event_log_replay(&log, &pcr);
	return ls_digest_equal(&pcr, &e->pcr23)
		       ? 0
		       : ls_fail(err, -EBADMSG, "evidence.event-log",
				 "evidence came with the event log of another state");
}

/* From .staging/ to where nothing is, durably; what is there stays. */
static int move(int share_fd, const char *staged, const char *folder, const char *path,
		struct ls_error *err)
{
	int rc = ls_place_move(share_fd, staged, share_fd, path);
	if (rc == -EEXIST || rc == -ENOTEMPTY)
		return ls_remove_tree(share_fd, staged, err);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "evidence.place", "cannot put '%s' in its place",
				     path);
	return ls_sync_dir(share_fd, folder, err);
}

/* A file named by a digest, which several folders refer to. */
static int publish_shared(int share_fd, const char *folder, const struct ls_digest *name,
			  const char *ending, const struct ls_bytes *bytes, struct ls_error *err)
{
	char path[PATH_SIZE], hex[LS_DIGEST_HEX_SIZE];
	snprintf(path, sizeof(path), "%s/%s.%s", folder, ls_digest_hex(name, hex), ending);
	if (bytes->size == 0 || faccessat(share_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	int rc = ls_make_dirs(share_fd, folder, LS_PLACE_FOLDER_MODE, err);
	if (rc == 0)
		rc = ls_place_write(share_fd, STAGED_FILE, bytes->data, bytes->size, err);
	return rc < 0 ? rc : move(share_fd, STAGED_FILE, folder, path, err);
}

/* Named by itself, so that one that is renewed gets a place beside the one before. */
static int publish_enrolment(int share_fd, const struct ls_evidence *e, struct ls_error *err)
{
	struct ls_digest name;
	ls_sha256_buffer(e->enrolment.data, e->enrolment.size, &name);
	return publish_shared(share_fd, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS, &name,
			      LS_EVIDENCE_CERTIFICATE, &e->enrolment, err);
}

static int stage_folder(int share_fd, const struct ls_evidence *e, struct ls_error *err)
{
	int rc = ls_remove_tree(share_fd, STAGED_FOLDER, err); /* a crash left it */
	if (rc == 0)
		rc = ls_make_dirs(share_fd, STAGED_FOLDER, LS_PLACE_FOLDER_MODE, err);
	for (int i = 0; rc == 0 && i < LS_EVIDENCE_COUNT; i++) {
		char path[PATH_SIZE];
		snprintf(path, sizeof(path), STAGED_FOLDER "/%s", ls_evidence_file(i));
		rc = ls_place_write(share_fd, path, e->parts[i].data, e->parts[i].size, err);
	}
	return rc < 0 ? rc : ls_sync_dir(share_fd, STAGED_FOLDER, err);
}

static int publish_folder(int share_fd, const struct ls_evidence *e, struct ls_error *err)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64, e->size);
	if (faccessat(share_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	int rc = ls_make_dirs(share_fd, LS_EVIDENCE_FOLDER, LS_PLACE_FOLDER_MODE, err);
	if (rc == 0)
		rc = stage_folder(share_fd, e, err);
	return rc < 0 ? rc : move(share_fd, STAGED_FOLDER, LS_EVIDENCE_FOLDER, path, err);
}

int ls_evidence_publish(int share_fd, uint64_t published, const struct ls_evidence *evidence,
			struct ls_error *err)
{
	int rc = check(published, evidence, err);
	if (rc == 0)
		rc = publish_shared(share_fd, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS,
				    &evidence->pcr23, "jsonl", &evidence->event_log, err);
	if (rc == 0)
		rc = publish_shared(share_fd, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS,
				    &evidence->key, "creation", &evidence->creation, err);
	if (rc == 0)
		rc = publish_enrolment(share_fd, evidence, err);
	return rc < 0 ? rc : publish_folder(share_fd, evidence, err);
}

int ls_evidence_newest(int share_fd, uint64_t published, uint64_t *ret_size, struct ls_error *err)
{
	*ret_size = 0;
	int fd = openat(share_fd, LS_EVIDENCE_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		return ls_fail_errno(err, why, "evidence.list", "cannot list '%s'",
				     LS_EVIDENCE_FOLDER);
	}
	struct dirent *entry;
	uint64_t size;
	while ((entry = readdir(folder)))
		if (ls_parse_u64(entry->d_name, strlen(entry->d_name), &size) == 0 &&
		    size <= published && size > *ret_size)
			*ret_size = size;
	closedir(folder);
	return 0;
}
