/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate (DCC) that a report names: what a reader would hold against the report later. */
#ifndef LABSEAL_AUDIT_REGISTRY_CERTIFICATE_H
#define LABSEAL_AUDIT_REGISTRY_CERTIFICATE_H

#include "audit/registry/desk.h"

/*
 * Compare a report with the certificate that it names, as cal.document does when it is traced: a
 * contradiction is a fault, and so is a certificate that cannot be read, whose signature is broken,
 * or which is another device's or laboratory's by its words.  file: the certificate; NULL: the one
 * in the registry's documents, and where none is there, nothing is compared.  Whose signatures
 * count is the reader's to say: nobody's authority is asked here.  0, with or without faults; an
 * errno.
 */
int ls_certificate_check(struct ls_desk *desk, const struct ls_cal_record *record, const char *file,
			 struct ls_faults *faults, struct ls_error *err);

/*
 * Copy it into the registry's documents: the bytes that the report names, or none.  0; -EBADMSG
 * registry.document: the file is not what it was any more; an errno.
 */
int ls_certificate_keep(struct ls_desk *desk, const struct ls_cal_record *record, const char *file,
			struct ls_error *err);

#endif
