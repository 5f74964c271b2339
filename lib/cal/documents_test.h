/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates (DCC) in the places of records, as the room that reads them gives them.  For tests.
 */
#ifndef LABSEAL_LIB_CAL_DOCUMENTS_TEST_H
#define LABSEAL_LIB_CAL_DOCUMENTS_TEST_H

#include "lib/cal/maker_test.h"

/* A certificate in place of a record, as the room for DCCs gives it. */
__attribute__((unused)) static struct ls_cal_entry *document(uint8_t name, const char *organisation,
							     unsigned level, const uint8_t *parents,
							     size_t parent_count)
{
	struct ls_cal_entry *e = ls_cal_entry_new();
	e->outside = calloc(1, sizeof(*e->outside));
	e->record.kind = LS_CAL_REPORT;
	memset(e->record.id.bytes, name, sizeof(e->record.id.bytes));
	e->record.issued = MAKER_T0 + level * MAKER_DAY + 3600;
	snprintf(e->outside->device, sizeof(e->outside->device), "Document's device %u", name);
	snprintf(e->outside->organisation, sizeof(e->outside->organisation), "%s", organisation);
	struct ls_cal_report *r = &e->record.report;
	r->begun = r->performed = MAKER_T0 + level * MAKER_DAY;
	r->due = LS_CAL_NO_END;
	r->details = make_details(level);
	r->parent_count = parent_count;
	r->parents = calloc(parent_count ? parent_count : 1, sizeof(*r->parents));
	for (size_t i = 0; i < parent_count; i++) {
		memset(r->parents[i].id.bytes, parents[i], sizeof(r->parents[i].id.bytes));
		r->parents[i].document = true;
	}
	return e;
}

__attribute__((unused)) static void put_document(struct chain *c, struct ls_cal_entry *e)
{
	CHECK_INT_EQ(ls_cal_memory_store_add(c->store, e), 0);
	ls_cal_entry_unref(e);
}

/* Documents alone: no registry. */
__attribute__((unused)) static void begin_documents(struct chain *c)
{
	static const struct ls_cal_fresh none = { .time = LS_CAL_TIME_UNKNOWN,
						  .revocations_shown = true };
	chain_begin(c, 0);
	c->trust.has_registry = false;
	c->nmi = (struct ls_cal_nmi){ .name = "PTB", .document = true };
	c->trust.interval = 365 * MAKER_DAY;
	ls_cal_memory_store_set_fresh(c->store, &none);
}

__attribute__((unused)) static struct ls_cal_severity scope_warns = { LS_CAL_CHECK_SCOPE,
								      LS_CAL_WARNS };

#endif
