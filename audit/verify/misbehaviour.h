/* SPDX-License-Identifier: Apache-2.0 */
/* A proof of misbehaviour that an audit left (memory.h), checked by whoever was given it. */
#ifndef LABSEAL_AUDIT_VERIFY_MISBEHAVIOUR_H
#define LABSEAL_AUDIT_VERIFY_MISBEHAVIOUR_H

#include <stdbool.h>

/*
 * Check the proof in this file against the trust file (NULL: none was given) and print what
 * comes of it, as text or JSON.  The exit status: LS_EXIT_HOLDS: it proves that the log's
 * key signed two states that cannot both be true; LS_EXIT_DOES_NOT_HOLD: it does not;
 * LS_EXIT_COULD_NOT_CHECK: a file cannot be read, or none says whose key it is; LS_EXIT_FAILED.
 */
int ls_misbehaviour_command(const char *path, const char *trust, bool json);

#endif
