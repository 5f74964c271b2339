/* SPDX-License-Identifier: Apache-2.0 */
/* What libvirt and the kernel tell of a machine, gathered without changing anything. */
#ifndef LABSEAL_HOST_SUPERVISOR_DOMAIN_INSPECT_H
#define LABSEAL_HOST_SUPERVISOR_DOMAIN_INSPECT_H

#include <libvirt/libvirt.h>

#include "host/supervisor/inspection.h"
#include "lib/base/error.h"

/*
 * Of a domain that is known; a read-only connection will do.  pid_folder: where
 * libvirt keeps NAME.pid.  0; -ENOENT ("domain.none"): it went away; -EIO
 * ("domain.read"); -EACCES ("process.unseen"): QEMU's process cannot be looked at.
 * ret_inspection is the caller's (ls_inspection_free) in either case.
 */
int ls_domain_inspect(virConnectPtr connection, virDomainPtr domain, const char *pid_folder,
		      struct ls_inspection *ret_inspection, struct ls_error *err);

/* QEMU's process, as libvirt notes it in NAME.pid; 0 when it does not run. */
pid_t ls_domain_pid(const char *pid_folder, const char *name);

#endif
