/* SPDX-License-Identifier: Apache-2.0 */
/* dcc:administrativeData */
#include <errno.h>
#include <string.h>

#include "audit/dcc/dcc_internal.h"
#include "lib/cal/report.h"

#define DAY 86400

static xmlNode *child(const xmlNode *node, const char *name)
{
	return ls_dcc_child(node, LS_DCC_NAMESPACE, name);
}

static xmlNode *next(const xmlNode *node, const char *name)
{
	return ls_dcc_next(node, LS_DCC_NAMESPACE, name);
}

void ls_dcc_read_identifications(struct ls_dcc_file *file, const xmlNode *node,
				 struct ls_dcc_identifications *ids)
{
	xmlNode *list = child(node, "identifications");
	for (xmlNode *n = child(list, "identification"); n; n = next(n, "identification")) {
		struct ls_dcc_identification *id = LS_DCC_MORE(file, ids->items, ids->count,
							       LS_DCC_IDENTIFICATIONS_MAX);
		if (!id)
			return;
		*id = (struct ls_dcc_identification){ ls_dcc_word(file, n, "issuer"),
						      ls_dcc_word(file, n, "value"),
						      ls_dcc_name(file, child(n, "name")) };
	}
}

static int missing(const char *what, struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "cal.dcc.content", "%s is missing or malformed", what);
}

static int read_core(struct ls_dcc_file *file, const xmlNode *core, struct ls_error *err)
{
	struct ls_dcc *d = &file->dcc;
	d->unique_identifier = ls_dcc_word(file, core, "uniqueIdentifier");
	d->country = ls_dcc_word(file, core, "countryCodeISO3166_1");
	d->begin = ls_dcc_word(file, core, "beginPerformanceDate");
	d->end = ls_dcc_word(file, core, "endPerformanceDate");
	d->issued = ls_dcc_word(file, core, "issueDate");
	d->received = ls_dcc_word(file, core, "receiptDate");
	if (!d->unique_identifier || !*d->unique_identifier)
		return missing("coreData/uniqueIdentifier", err);
	if (ls_dcc_date(d->begin, &d->begin_time) < 0)
		return missing("coreData/beginPerformanceDate", err);
	if (ls_dcc_date(d->end, &d->end_time) < 0 || d->end_time < d->begin_time)
		return missing("coreData/endPerformanceDate (a date, not before the begin)", err);
	ls_dcc_read_identifications(file, core, &d->ids);
	const xmlNode *replaced = child(core, "reportAmendedSubstituted");
	d->replaces = ls_dcc_word(file, replaced, "replacedUniqueIdentifier");
	d->replacing = ls_dcc_word(file, replaced, "typeOfChange");
	const xmlNode *previous = child(core, "previousReport");
	if (previous)
		ls_dcc_read_link(file, previous,
				 (struct ls_dcc_link){
					 .kind = LS_DCC_PREVIOUS,
				 });
	return 0;
}

static void read_items(struct ls_dcc_file *file, const xmlNode *items)
{
	for (xmlNode *n = child(items, "item"); n; n = next(n, "item")) {
		struct ls_dcc_item *item = LS_DCC_MORE(file, file->dcc.items, file->dcc.item_count,
						       LS_DCC_ITEMS_MAX);
		if (!item)
			return;
		item->name = ls_dcc_name(file, child(n, "name"));
		item->manufacturer = ls_dcc_name(file, child(child(n, "manufacturer"), "name"));
		item->model = ls_dcc_word(file, n, "model");
		ls_dcc_read_identifications(file, n, &item->ids);
		read_items(file, child(n, "subItems"));
	}
}

static void read_persons(struct ls_dcc_file *file, const xmlNode *persons)
{
	for (xmlNode *n = child(persons, "respPerson"); n; n = next(n, "respPerson")) {
		struct ls_dcc_person *person = LS_DCC_MORE(
			file, file->dcc.persons, file->dcc.person_count, LS_DCC_PERSONS_MAX);
		if (!person)
			return;
		person->name = ls_dcc_name(file, child(child(n, "person"), "name"));
		person->role = ls_dcc_word(file, n, "role");
		person->main_signer = ls_dcc_flag(file, n, "mainSigner") == 1;
	}
}

/* A date of recalibration counts until its day's end. */
static int read_due(struct ls_dcc *d, const struct ls_dcc_statement *s, struct ls_error *err)
{
	int64_t due;
	if (!ls_dcc_has_type(s->ref_type, "basic_recalibration") || !s->date)
		return 0;
	if (ls_dcc_date(s->date, &due) < 0)
		return missing("the date of the statement basic_recalibration", err);
	if (due + DAY - 1 < d->due)
		d->due = due + DAY - 1;
	return 0;
}

/* Min and Max of basic_validityRange: what a laboratory says that its results hold for. */
static void read_range(struct ls_dcc_file *file, const xmlNode *statement)
{
	const xmlNode *data = child(statement, "data");
	for (const xmlNode *n = child(data, "quantity"); n; n = next(n, "quantity")) {
		struct ls_dcc_quantity q, **place = NULL;
		if (!ls_dcc_read_quantity(file, n, &q) || q.problem || q.count != 1)
			continue;
		if (ls_dcc_has_type(q.ref_type, "basic_validityRangeMin"))
			place = &file->dcc.range_low;
		if (ls_dcc_has_type(q.ref_type, "basic_validityRangeMax"))
			place = &file->dcc.range_high;
		if (place && (*place = ls_dcc_take(&file->memory, 1, sizeof(q))) != NULL)
			**place = q;
	}
}

static int read_statements(struct ls_dcc_file *file, const xmlNode *statements,
			   struct ls_error *err)
{
	struct ls_dcc *d = &file->dcc;
	d->due = LS_CAL_NO_END;
	for (xmlNode *n = child(statements, "statement"); n; n = next(n, "statement")) {
		struct ls_dcc_statement *s = LS_DCC_MORE(file, d->statements, d->statement_count,
							 LS_DCC_STATEMENTS_MAX);
		if (!s)
			return 0;
		s->ref_type = ls_dcc_attribute(&file->memory, n, "refType");
		s->name = ls_dcc_name(file, child(n, "name"));
		if (!s->name)
			s->name = ls_dcc_name(file, child(n, "declaration"));
		s->norm = ls_dcc_word(file, n, "norm");
		s->conformity = ls_dcc_word(file, n, "conformity");
		s->date = ls_dcc_word(file, n, "date");
		if (ls_dcc_has_type(s->ref_type, "basic_validityRange"))
			read_range(file, n);
		s->claims_traceable = ls_dcc_flag(file, n, "traceable") == 1;
		d->claims_traceable = d->claims_traceable || s->claims_traceable;
		int rc = read_due(d, s, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ls_dcc_read_administrative(struct ls_dcc_file *file, const xmlNode *data, struct ls_error *err)
{
	struct ls_dcc *d = &file->dcc;
	const xmlNode *laboratory = child(data, "calibrationLaboratory");
	int rc = read_core(file, child(data, "coreData"), err);
	if (rc < 0)
		return rc;
	d->laboratory = ls_dcc_name(file, child(child(laboratory, "contact"), "name"));
	if (!d->laboratory || !*d->laboratory)
		return missing("calibrationLaboratory's name", err);
	d->laboratory_code = ls_dcc_word(file, laboratory, "calibrationLaboratoryCode");
	d->customer = ls_dcc_name(file, child(child(data, "customer"), "name"));
	read_items(file, child(data, "items"));
	if (d->item_count == 0 && !file->memory.failed)
		return missing("items/item", err);
	read_persons(file, child(data, "respPersons"));
	return read_statements(file, child(data, "statements"), err);
}
