/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_start.h"

#include <errno.h>
#include <unistd.h>

#include "lib/proc/confine.h"

static int no_own_user(struct ls_error *err)
{
	return ls_fail(err, -EOPNOTSUPP, "enclave.own-user",
		       "the enclave cannot run as a user of its own, so that other programs of "
		       "user %u could look into it; %s",
		       (unsigned)geteuid(),
		       geteuid() == 0
			       ? "make the system user '" LS_ENCLAVE_USER
				 "', and let labseald make namespaces (CAP_SYS_ADMIN)"
			       : "start labseald as root, with a system user '" LS_ENCLAVE_USER
				 "'");
}

/* An ordinary child, hashed where its files lie. */
static int do_without(struct ls_enclave_files *files, struct ls_enclave_process *ret_process,
		      struct ls_error *err)
{
	*ret_process = (struct ls_enclave_process){
		.control = -1,
		.missing = LS_CONFINE_ROOT | (geteuid() != 0 ? LS_CONFINE_USER : 0),
	};
	return ls_enclave_files_hash(files, err);
}

int ls_enclave_prepare(bool development, struct ls_enclave_files *files,
		       struct ls_enclave_process *ret_process, struct ls_error *ret_without,
		       struct ls_error *err)
{
	struct ls_enclave_process p = { .control = -1 };
	struct ls_error without = { 0 };
	int rc = ls_enclave_process_open(files, &p, &without);
	if (rc == 0 && p.missing)
		no_own_user(&without);
	if (rc == 0 && p.missing && !development) {
		ls_enclave_process_close(&p);
		rc = without.code;
	}
	if (development && rc == -EOPNOTSUPP)
		rc = do_without(files, &p, err);
	else if (rc < 0)
		ls_fail(err, rc, without.id, "%s", without.message);
	if (rc < 0)
		return rc;
	*ret_process = p;
	*ret_without = without;
	return 0;
}
