/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

/*
 * No link on the way: whoever may write beside the file, and not read it, would have another of
 * this machine's files, which labseald can read, put onto the share.
 */
static int open_path(const char *path)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (*path == '/')
		path++;
	return root < 0 ? -errno : ls_open_beneath(root, path, O_RDONLY, 0);
}

static int open_file(const struct ls_policy_sample *s, struct ls_error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open_path(s->sequence);
	if (fd == -ELOOP)
		return ls_fail(err, -ELOOP, "sample.link",
			       "a link is in the way to '%s', the sequence file of the sample "
			       "'%s'; name the file by its path without links",
			       s->sequence, s->name);
	if (fd < 0)
		errno = -fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "sample.missing",
				     "cannot open '%s', the sequence file of the sample '%s'; put "
				     "it there, or take the sample out of the policy",
				     s->sequence, s->name);
	if (!S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "sample.kind",
			       "'%s', the sequence file of the sample '%s', is no regular file",
			       s->sequence, s->name);
	if (st.st_size == 0 || (uint64_t)st.st_size > LS_SEQUENCE_SIZE_MAX)
		return ls_fail(err, -EINVAL, "sample.size",
			       "'%s', the sequence file of the sample '%s', has %lld bytes; it may "
			       "have 1 to %u",
			       s->sequence, s->name, (long long)st.st_size, LS_SEQUENCE_SIZE_MAX);
	return ls_steal_fd(&fd);
}

static int check_digest(const struct ls_policy_sample *s, const struct ls_digest *seen,
			struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	if (ls_digest_is_zero(&s->sha256) || ls_digest_equal(&s->sha256, seen))
		return 0;
	return ls_fail(err, -EBADMSG, "sample.digest",
		       "'%s', the sequence file of the sample '%s', has the SHA-256 %s, which is "
		       "not the policy's: put the right file there, or write its digest into the "
		       "policy and approve that",
		       s->sequence, s->name, ls_digest_hex(seen, hex));
}

int ls_sample_open(const struct ls_policy_sample *s, struct ls_sample *ret_sample,
		   struct ls_error *err)
{
	struct ls_sample sample = { .signer = s->signed_by };
	_cleanup_close_ int fd = open_file(s, err);
	if (fd < 0)
		return fd;
	int rc = ls_sha256_fd(fd, &sample.sha256, &sample.size, err);
	if (rc == 0)
		rc = check_digest(s, &sample.sha256, err);
	if (rc < 0)
		return rc;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return ls_fail_errno(err, errno, "sample.missing", "cannot read '%s' again",
				     s->sequence);
	snprintf(sample.name, sizeof(sample.name), "%s", s->name);
	*ret_sample = sample;
	return ls_steal_fd(&fd);
}

int ls_sample_files_open(const struct ls_policy *policy, struct ls_sample_files *ret_files,
			 struct ls_error *err)
{
	struct ls_sample_files files = { .samples.count = 0 };
	for (size_t i = 0; i < policy->samples.count; i++) {
		int fd = ls_sample_open(&policy->samples.list[i], &files.samples.list[i], err);
		if (fd < 0) {
			ls_sample_files_close(&files);
			return fd;
		}
		files.fds[files.samples.count++] = fd;
	}
	*ret_files = files;
	return 0;
}

void ls_sample_files_close(struct ls_sample_files *files)
{
	for (size_t i = 0; i < files->samples.count; i++)
		close(files->fds[i]);
	memset(files, 0, sizeof(*files));
}
