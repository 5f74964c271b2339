/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor's trust file: loaded, and what it says of the key said plainly. */
#ifndef LABSEAL_AUDIT_VERIFY_TRUST_H
#define LABSEAL_AUDIT_VERIFY_TRUST_H

#include "audit/verify/report.h"
#include "lib/seal/trust.h"

/*
 * Load the trust file at path (NULL: none was given).  True when *ret_trust is
 * filled in; else the report says why not, and what is therefore not checked.
 */
bool ls_audit_load_trust(const char *path, struct ls_trust *ret_trust, struct ls_report *report);

#endif
