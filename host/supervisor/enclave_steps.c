/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define MAP_SIZE 64

int ls_enclave_send(int fd, const void *record, size_t size)
{
	ssize_t n;
	do
		n = send(fd, record, size, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size ? 0 : n < 0 ? -errno : -EIO;
}

int ls_enclave_receive(int fd, void *record, size_t size)
{
	ssize_t n;
	do
		n = recv(fd, record, size, 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size ? 0 : n == 0 ? -EPIPE : n < 0 ? -errno : -EIO;
}

static int write_at(int dirfd, const char *name, const char *text)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return ls_write_all(fd, text, strlen(text));
}

static int write_map(int process_dir, const char *name, unsigned inside, unsigned outside)
{
	char text[MAP_SIZE];
	snprintf(text, sizeof(text), "%u %u 1\n", inside, outside);
	return write_at(process_dir, name, text);
}

int ls_enclave_write_maps(int process_dir, uid_t uid, uid_t outside_uid, gid_t gid,
			  gid_t outside_gid)
{
	int rc = write_at(process_dir, "setgroups", "deny");
	if (rc == 0)
		rc = write_map(process_dir, "uid_map", uid, outside_uid);
	if (rc == 0)
		rc = write_map(process_dir, "gid_map", gid, outside_gid);
	return rc;
}

int ls_enclave_unavailable(struct ls_error *err)
{
	if (err)
		err->code = -EOPNOTSUPP;
	return -EOPNOTSUPP;
}

int ls_enclave_no_user_namespace(int code, struct ls_error *err)
{
	ls_fail_errno(err, code, "enclave.user",
		      "the enclave cannot have a user namespace of its own; allow them (sysctl "
		      "user.max_user_namespaces, and where the system has it "
		      "kernel.unprivileged_userns_clone or AppArmor's restriction), or start "
		      "labseald as root");
	return ls_enclave_unavailable(err);
}
