/* SPDX-License-Identifier: Apache-2.0 */
/* Between admission.c and admission_kinds.c. */
#ifndef LABSEAL_AUDIT_REGISTRY_ADMISSION_INTERNAL_H
#define LABSEAL_AUDIT_REGISTRY_ADMISSION_INTERNAL_H

#include "audit/registry/admission.h"
#include "audit/registry/signers.h"

/* The rules of the record's kind. */
int ls_admission_kind(struct ls_admission *admission, const struct ls_cal_record *record,
		      struct ls_faults *faults, struct ls_error *err);

/* What is named: *ret_entry stays NULL, and a fault is added, where it is not there. */
int ls_admission_find(struct ls_admission *admission, const struct ls_digest *id,
		      enum ls_cal_kind kind, const char *what, struct ls_cal_entry **ret_entry,
		      struct ls_faults *faults);

/* A fault where it was not valid at this time, or is revoked. */
int ls_admission_standing(struct ls_admission *admission, const struct ls_cal_entry *entry,
			  int64_t at, const char *what, struct ls_faults *faults,
			  struct ls_error *err);

/* Organisations or technicians of this name. */
int ls_admission_named(struct ls_cal_store *store, enum ls_cal_kind kind, const char *name,
		       ls_cal_each *each, void *context, struct ls_error *err);

#endif
