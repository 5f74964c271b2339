/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phase of a machine.  The install phase begins with `labseal install` and ends with
 * `labseal lock`; meanwhile a file in the state folder says so, and labseald seals
 * nothing.  Its text is "installing", or, while the new base image takes the old one's place,
 * "locking SHA-256-OF-THE-NEW-IMAGE".
 */
#ifndef LABSEAL_HOST_SUPERVISOR_PHASE_H
#define LABSEAL_HOST_SUPERVISOR_PHASE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

enum ls_phase_kind { LS_PHASE_LOCKED, LS_PHASE_INSTALLING, LS_PHASE_LOCKING };

struct ls_phase {
	enum ls_phase_kind kind;
	struct ls_digest image; /* LS_PHASE_LOCKING */
};

/*
 * The file's bytes: "installing" LF, or "locking " and the image's SHA-256 (64 small hex
 * digits) LF.  -EBADMSG: anything else; ret_phase is then untouched.
 */
int ls_phase_parse(const void *bytes, size_t size, struct ls_phase *ret_phase);

/* No file is LS_PHASE_LOCKED; one that is damaged is -EBADMSG ("phase.file"). */
int ls_phase_read(int state_fd, struct ls_phase *ret_phase, struct ls_error *err);

/* Durable. */
int ls_phase_write(int state_fd, const struct ls_phase *phase, struct ls_error *err);

/* -EPERM ("phase.install"): nothing may be sealed, as the machine is not locked. */
int ls_phase_must_be_locked(int state_fd, struct ls_error *err);

#endif
