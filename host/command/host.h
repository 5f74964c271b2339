/* SPDX-License-Identifier: Apache-2.0 */
/* What `labseal provision` makes of the host and `labseal deprovision` takes away again. */
#ifndef LABSEAL_HOST_COMMAND_HOST_H
#define LABSEAL_HOST_COMMAND_HOST_H

#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "host/command/accounts.h"
#include "host/command/host_files.h"
#include "host/command/made.h"
#include "host/command/provision.h"

#define LS_HOST_FILE_MAX (1 << 20) /* bytes of a file of the system */
#define LS_HOST_BACKUP                                                                  \
	".before-labseal"      /* after the name of a file of the host that was changed \
				*/
#define LS_HOST_FULL_SIZE 1024 /* of a path with the root before it */

extern const struct ls_account ls_host_accounts[];
extern const size_t ls_host_account_count;

/* Whether this policy's machine is in the host's own libvirt. */
bool ls_host_is_needed(const struct ls_policy *policy);

/* -EPERM ("host.rights"): only root changes the host. */
int ls_host_may_change(const char *root, struct ls_error *err);

/* root and path in one; -ENAMETOOLONG ("host.path"). */
int ls_host_path(const char *root, const char *path, char *buffer, size_t size,
		 struct ls_error *err);

/* Of a file below root; errors as ls_file_read. */
int ls_host_digest(const char *root, const char *path, struct ls_digest *ret_digest,
		   struct ls_error *err);

/* Put the file on the list (and the folders above it that are missing), then write it as one step.
 */
int ls_host_write(struct ls_provision *p, const char *path, mode_t mode,
		  const struct ls_buffer *text, const struct ls_digest *old, struct ls_error *err);

static inline void ls_host_file_path(const struct ls_host_file *file,
				     const struct ls_policy *policy, char path[LS_HOST_PATH_SIZE])
{
	const char *place = strstr(file->path, "%s");
	int before = place ? (int)(place - file->path) : (int)strlen(file->path);
	snprintf(path, LS_HOST_PATH_SIZE, "%.*s%s%s", before, file->path,
		 place ? policy->instrument.id : "", place ? place + 2 : "");
}

#endif
