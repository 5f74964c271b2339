/* SPDX-License-Identifier: Apache-2.0 */
/* Records that are to be logged together, as a store: those of a batch may name each other. */
#ifndef LABSEAL_AUDIT_REGISTRY_PENDING_H
#define LABSEAL_AUDIT_REGISTRY_PENDING_H

#include "lib/cal/store.h"

/* An empty one. */
int ls_pending_new(struct ls_cal_store **ret_store, struct ls_error *err);

/* Takes a reference of its own.  Entries come in the order of the log. */
int ls_pending_add(struct ls_cal_store *store, struct ls_cal_entry *entry, struct ls_error *err);

#endif
