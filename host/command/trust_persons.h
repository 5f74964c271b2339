/* SPDX-License-Identifier: Apache-2.0 */
/* Whose countersignatures count: the state folder's persons.txt (lib/seal/persons.h). */
#ifndef LABSEAL_HOST_COMMAND_TRUST_PERSONS_H
#define LABSEAL_HOST_COMMAND_TRUST_PERSONS_H

#include "lib/base/error.h"
#include "lib/seal/persons.h"

/* None when the file is not there. */
int ls_trust_persons_load(int state_fd, struct ls_persons *ret_persons, struct ls_error *err);

/*
 * Add the CA certificate and revoke, from now on, the person's certificate in these files
 * (PEM; NULL: none).  The file is replaced as one step.  -EEXIST: it is there, or revoked,
 * already; -EBADMSG: no certificate, no CA's, or the CA that certifies the instrument.
 */
int ls_trust_persons_change(int state_fd, const char *ca, const char *revoked,
			    struct ls_error *err);

#endif
