/* SPDX-License-Identifier: Apache-2.0 */
/* One look at a machine from outside labseald, for `labseal audit`. */
#ifndef LABSEAL_HOST_SUPERVISOR_DOMAIN_LOOK_H
#define LABSEAL_HOST_SUPERVISOR_DOMAIN_LOOK_H

#include "host/supervisor/inspection.h"
#include "lib/base/error.h"

#define LS_LIBVIRT_RUN "/run/libvirt/qemu" /* NAME.pid */

/*
 * Over a read-only connection of its own.  Errors: as ls_domain_inspect
 * (-ENOENT "domain.none": libvirt knows no such machine), and -EIO
 * ("domain.connect").  ret_inspection is the caller's in either case.
 */
int ls_domain_look(const char *uri, const char *name, struct ls_inspection *ret_inspection,
		   struct ls_error *err);

#endif
