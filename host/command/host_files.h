/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that `labseal provision` puts into the host's system folders, where
 * labseal's libvirt is the host's own: what operators may do, how the share is
 * given out.  ID in a path is the instrument's.
 */
#ifndef LABSEAL_HOST_COMMAND_HOST_FILES_H
#define LABSEAL_HOST_COMMAND_HOST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "policy/policy.h"

#define LS_HOST_PATH_SIZE   512
#define LS_HOST_INSTRUMENTS "/etc/labseal/instruments.d"

/* What the files are made of. */
struct ls_host_facts {
	const struct ls_policy *policy;
	const char *policy_path; /* absolute */
	const char *nfs_clients; /* as exports(5) names them, separated by commas; NULL: nobody */
};

struct ls_host_file {
	const char *path; /* absolute; "%s" in it is the instrument's ID */
	mode_t mode;
	const char *purpose;
	const char *needs; /* a folder of the host without which it is not made; NULL: none */
	bool is_shared;	   /* of all instruments of this host */
	/* Append the bytes; 0, or 1: none for these facts. */
	int (*write)(const struct ls_host_facts *facts, struct ls_buffer *out);
};

extern const struct ls_host_file ls_host_files[];
extern const size_t ls_host_file_count;

/* Below LABSEAL_ROOT when it is set ("" when not): -EINVAL ("host.root") when that is relative. */
int ls_host_root(const char **ret_root, struct ls_error *err);

/*
 * Whether the files can be made of these facts: -EINVAL ("host.share": the share's
 * path cannot be written in Samba's or NFS's files; "host.nfs": the clients).
 */
int ls_host_facts_check(const struct ls_host_facts *facts, struct ls_error *err);

#endif
