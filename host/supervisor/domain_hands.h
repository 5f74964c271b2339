/* SPDX-License-Identifier: Apache-2.0 */
/* What labseald does to a machine that runs: it plugs a device in, and out. */
#ifndef LABSEAL_HOST_SUPERVISOR_DOMAIN_HANDS_H
#define LABSEAL_HOST_SUPERVISOR_DOMAIN_HANDS_H

#include <libvirt/libvirt.h>

#include "lib/base/error.h"

/* Into the running machine alone.  -EIO ("usb.attach"). */
int ls_domain_attach(virDomainPtr domain, const char *device, struct ls_error *err);

/*
 * Out of the running machine alone, and waits until libvirt says that it is out.
 * One that is out already: 0.  -EIO ("usb.detach").
 */
int ls_domain_detach(virDomainPtr domain, const char *device, struct ls_error *err);

#endif
