/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enclave's process before it is the enclave (enclave_process.h): what it and
 * labseald say to each other, one program on both sides, over a SOCK_SEQPACKET pair;
 * and the maps of its user namespaces, which either may have to write.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_ENCLAVE_STEPS_H
#define LABSEAL_HOST_SUPERVISOR_ENCLAVE_STEPS_H

#include <stddef.h>
#include <sys/types.h>

#include "host/supervisor/enclave_process.h"

enum ls_enclave_step {
	LS_STEP_GO = 1,	   /* to it: the maps of its user namespace are written */
	LS_STEP_MEASURED,  /* from it: it is in its root, and this is what is there */
	LS_STEP_RUN,	   /* to it, with descriptors */
	LS_STEP_WANTS_MAP, /* from it: it is in its last user namespace */
	LS_STEP_FAILED,	   /* from it, the last one */
};

struct ls_enclave_report {
	enum ls_enclave_step step;
	struct ls_error err;
	size_t count;
	struct {
		struct ls_digest sha256;
		uint64_t size;
	} files[LS_ENCLAVE_FILES_MAX];
};

struct ls_enclave_order {
	enum ls_enclave_step step;
	size_t fd_count;
	int numbers[LS_CHILD_FDS_MAX];
};

/* One record, whole: 0 or a negative errno; receiving, -EPIPE at its end. */
int ls_enclave_send(int fd, const void *record, size_t size);
int ls_enclave_receive(int fd, void *record, size_t size);

/*
 * One user and one group, of the process whose folder in /proc this is.  outside: as the
 * parent user namespace numbers them.
 */
int ls_enclave_write_maps(int process_dir, uid_t uid, uid_t outside_uid, gid_t gid,
			  gid_t outside_gid);

/* What this machine does not offer: -EOPNOTSUPP, in err, too. */
int ls_enclave_unavailable(struct ls_error *err);
int ls_enclave_no_user_namespace(int code, struct ls_error *err); /* "enclave.user" */

/* --- enclave_child.c --- */

/* In the process: all of it, up to the program's start. */
_Noreturn void ls_enclave_child(const struct ls_enclave_process *process,
				struct ls_enclave_files *files, int control);

#endif
