/* SPDX-License-Identifier: Apache-2.0 */
/* What of the host a machine depends on, beside libvirt's and the kernel's view of it. */
#ifndef LABSEAL_HOST_SUPERVISOR_HOST_CHECKS_H
#define LABSEAL_HOST_SUPERVISOR_HOST_CHECKS_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "policy/policy.h"
#include "policy/violations.h"

/* Whoever starts runs and looks at the screen, and nothing else. */
#define LS_OPERATORS_GROUP "labseal-operators"

/*
 * The polkit rule (polkit(8)) by which the operators' group sees this machine
 * and opens its screen, and may do nothing else with libvirt.  It belongs into
 * /etc/polkit-1/rules.d/50-labseal-ID.rules, and only counts where libvirt asks
 * polkit: access_drivers = [ "polkit" ] in libvirtd.conf.
 */
int ls_polkit_rule(const struct ls_policy *policy, struct ls_buffer *out);

/*
 * Add a violation for each of: the base image's SHA-256; USB devices by their
 * class; and, unless the policy's libvirt is the embedded one, the rule and
 * libvirt's setting for it.  root: "" for the host's own files, or a folder that
 * has such.  0, or the error of what could not be looked at.
 */
int ls_host_check(const struct ls_policy *policy, const char *root, struct ls_violations *list,
		  struct ls_error *err);

#endif
