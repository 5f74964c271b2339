/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The install phase: the machine with a CD and a floppy, and with nothing of what seals:
 * no FIFO, no receiver, no enclave, no TPM, no publisher.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_INSTALL_H
#define LABSEAL_HOST_SUPERVISOR_INSTALL_H

#include "host/supervisor/rundir.h"
#include "policy/domain_xml.h"
#include "policy/policy.h"

/*
 * Run it until it is switched off, or a signal asks for the end.  The phase is
 * noted before it starts.  Returns an exit status; what went wrong has been logged.
 */
int ls_install(const struct ls_policy *policy, int state_fd, struct ls_run *run,
	       const struct ls_domain_install *media);

#endif
