/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The auditor's memory: the last checkpoint seen, kept as the signed note it
 * is.  A log that does not continue it has been rolled back or forked, and both
 * notes together prove that to anyone who has the log's key.
 */
#ifndef LABSEAL_AUDIT_VERIFY_MEMORY_H
#define LABSEAL_AUDIT_VERIFY_MEMORY_H

#include "audit/verify/log.h"

/*
 * Where the two contradict each other, and a third party can be shown so, the proof
 * (lib/log/misbehaviour.h) is left beside the memory, in a file of this ending.
 */
#define LS_MISBEHAVIOUR_ENDING ".misbehaviour"

/*
 * Compare the log with the checkpoint in the file at path, then keep the log's
 * checkpoint there instead: only when a trust file vouches for it, the entries
 * hash to its root, and it continues the old one.  Findings say the rest.
 */
void ls_memory_check(const char *path, const struct ls_log *log, struct ls_report *report);

#endif
