/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of record must keep to (docs/formats/calibration-record.md). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/registry/admission_internal.h"
#include "audit/registry/lookup.h"
#include "lib/base/text.h"
#include "lib/cal/competence.h"

static int check_organisation(struct ls_admission *a, const struct ls_cal_record *record,
			      struct ls_faults *faults, struct ls_error *err)
{
	const struct ls_cal_organisation *o = &record->organisation;
	_cleanup_cal_entry_ struct ls_cal_entry *certifier = NULL;
	if (o->root)
		return 0;
	int rc = ls_admission_find(a, &o->certifier, LS_CAL_ORGANISATION,
				   "the certifying organisation", &certifier, faults);
	if (rc < 0 || !certifier)
		return rc;
	const struct ls_cal_scope *beyond = ls_cal_scope_beyond(o, &certifier->record.organisation,
								NULL);
	if (beyond)
		ls_faults_add(
			faults,
			"its scope '%s' is wider, or finer, than that of '%s', which certifies "
			"it: what it calibrates would not be traceable (cal.scope.certifier)",
			beyond->quantity, certifier->record.organisation.name);
	if (certifier->record.organisation.level >= o->level)
		ls_faults_add(faults,
			      "its level is %u, and that of the organisation which certifies it is "
			      "%u: it must be above that",
			      o->level, certifier->record.organisation.level);
	return ls_admission_standing(a, certifier, record->issued, "the certifying organisation",
				     faults, err);
}

static int check_technician(struct ls_admission *a, const struct ls_cal_record *record,
			    struct ls_faults *faults, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *organisation = NULL;
	int rc = ls_admission_find(a, &record->technician.organisation, LS_CAL_ORGANISATION,
				   "the organisation", &organisation, faults);
	return rc < 0 || !organisation ? rc
				       : ls_admission_standing(a, organisation, record->issued,
							       "the organisation", faults, err);
}

static int check_device(struct ls_admission *a, const struct ls_cal_record *record,
			struct ls_faults *faults, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *technician = NULL, *organisation = NULL;
	int rc = ls_admission_find(a, &record->device.technician, LS_CAL_TECHNICIAN,
				   "the technician", &technician, faults);
	if (rc < 0 || !technician)
		return rc;
	rc = ls_admission_standing(a, technician, record->issued, "the technician", faults, err);
	if (rc == 0)
		rc = ls_admission_find(a, &technician->record.technician.organisation,
				       LS_CAL_ORGANISATION, "the technician's organisation",
				       &organisation, faults);
	if (rc == 0 && organisation &&
	    record->device.level < organisation->record.organisation.level)
		ls_faults_add(faults,
			      "its level %u is less than %u, that of the organisation which "
			      "certifies it",
			      record->device.level, organisation->record.organisation.level);
	return rc;
}

/* --- reports -----------------------------------------------------------------------------------
 */

static int check_parent(struct ls_admission *a, const struct ls_cal_report *report, size_t i,
			struct ls_faults *faults, struct ls_error *err)
{
	char what[40], time[LS_UTC_SIZE];
	struct ls_digest newest;
	_cleanup_cal_entry_ struct ls_cal_entry *parent = NULL;
	snprintf(what, sizeof(what), "parent %zu", i + 1);
	int rc = ls_admission_find(a, &report->parents[i].id, LS_CAL_REPORT, what, &parent, faults);
	if (rc < 0 || !parent)
		return rc;
	const struct ls_cal_report *p = &parent->record.report;
	if (p->level >= report->level)
		ls_faults_add(faults, "%s has level %u, which is not less than the device's %u",
			      what, p->level, report->level);
	if (p->performed > report->performed)
		ls_faults_add(faults, "%s was calibrated at %s, after it was used", what,
			      ls_utc_format(p->performed, time));
	if (p->due != LS_CAL_NO_END && report->performed > p->due)
		ls_faults_add(faults, "%s was due at %s, and used after that", what,
			      ls_utc_format(p->due, time));
	rc = ls_lookup_in_force(a->store, &p->device, report->performed, &newest, err);
	if (rc == 0 && !ls_digest_equal(&newest, &report->parents[i].id))
		ls_faults_add(faults, "%s is not the report that was in force that day", what);
	return rc == -ENOENT ? 0
	       : rc < 0	     ? rc
			: ls_admission_standing(a, parent, report->performed, what, faults, err);
}

static int check_report_device(struct ls_admission *a, const struct ls_cal_report *report,
			       struct ls_faults *faults, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *device = NULL;
	int rc = ls_admission_find(a, &report->device, LS_CAL_DEVICE, "the device", &device,
				   faults);
	if (rc < 0 || !device)
		return rc;
	if (device->record.device.level != report->level)
		ls_faults_add(faults, "its level is %u, and the device's %u", report->level,
			      device->record.device.level);
	return ls_admission_standing(a, device, report->performed, "the device", faults, err);
}

/* What cal.scope and cal.scope.uncertainty will say of it, while it can still be mended. */
static int check_competence(struct ls_admission *a, const struct ls_cal_report *report,
			    const struct ls_cal_entry *technician, struct ls_faults *faults)
{
	_cleanup_cal_entry_ struct ls_cal_entry *laboratory = NULL;
	double u = 0;
	int rc = ls_admission_find(a, &technician->record.technician.organisation,
				   LS_CAL_ORGANISATION, "the technician's organisation",
				   &laboratory, faults);
	for (size_t i = 0;
	     rc == 0 && laboratory && report->details && i < report->details->measurand_count;
	     i++) {
		const struct ls_cal_organisation *o = &laboratory->record.organisation;
		const struct ls_cal_measurand *m = &report->details->measurands[i];
		enum ls_cal_competence competence = ls_cal_competence(o, m, &u);
		if (competence == LS_CAL_BEYOND_SCOPE)
			ls_faults_add(faults,
				      "'%s' in its range is not in the scope of '%s': it would not "
				      "be traceable (cal.scope)",
				      m->quantity, o->name);
		else if (competence == LS_CAL_BELOW_SMALLEST)
			ls_faults_add(faults,
				      "of '%s' u = %.4g %s is below the smallest in the scope of "
				      "'%s': it would not be traceable (cal.scope.uncertainty)",
				      m->quantity, u, m->unit_text, o->name);
	}
	return rc;
}

struct numbered {
	struct ls_cal_store *store;
	const char *number;
	bool is;
};

static int look_at_number(void *context, const struct ls_cal_found *found)
{
	struct numbered *n = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	int rc = n->store->operations->find(n->store, &found->id, &entry, &err);
	if (rc == 0 && strcmp(ls_cal_record_name(&entry->record), n->number) == 0)
		n->is = true;
	return rc;
}

static int check_report(struct ls_admission *a, const struct ls_cal_record *record,
			struct ls_faults *faults, struct ls_error *err)
{
	const struct ls_cal_report *report = &record->report;
	_cleanup_cal_entry_ struct ls_cal_entry *technician = NULL;
	struct numbered n = { .store = a->store, .number = ls_cal_record_name(record) };
	int rc = check_report_device(a, report, faults, err);
	if (rc == 0)
		rc = ls_admission_find(a, &report->technician, LS_CAL_TECHNICIAN, "the technician",
				       &technician, faults);
	if (rc == 0 && technician)
		rc = ls_admission_standing(a, technician, report->performed, "the technician",
					   faults, err);
	if (rc == 0 && technician)
		rc = check_competence(a, report, technician, faults);
	for (size_t i = 0; rc == 0 && i < report->parent_count; i++)
		if (!report->parents[i].document)
			rc = check_parent(a, report, i, faults, err);
	if (rc == 0 && strcmp(n.number, "-") != 0)
		rc = a->store->operations->related(a->store, LS_CAL_REPORTS_OF, &report->device,
						   look_at_number, &n, err);
	if (n.is)
		ls_faults_add(faults, "the device has a report with the number '%s' already",
			      n.number);
	return rc;
}

/* --- revocations --------------------------------------------------------------------- */

/* 1: it is this organisation, or one above it. */
static int is_above(struct ls_cal_store *store, struct ls_digest id, const struct ls_digest *by,
		    struct ls_error *err)
{
	for (int depth = 0; depth <= LS_CAL_LEVEL_MAX; depth++) {
		_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
		if (ls_digest_equal(&id, by))
			return 1;
		int rc = store->operations->find(store, &id, &entry, err);
		if (rc < 0)
			return rc == -ENOENT ? 0 : rc;
		const struct ls_digest *next = ls_cal_record_certifier(&entry->record);
		if (!next)
			return 0;
		id = *next;
	}
	return 0;
}

int ls_may_revoke(struct ls_cal_store *store, const struct ls_cal_record *record,
		  const struct ls_digest *by, struct ls_error *err)
{
	if (ls_digest_equal(&record->id, by) ||
	    (record->kind == LS_CAL_REPORT && ls_digest_equal(&record->report.device, by)))
		return 1;
	const struct ls_digest *certifier = ls_cal_record_certifier(record);
	return certifier ? is_above(store, *certifier, by, err) : 0;
}

static int check_revocation(struct ls_admission *a, const struct ls_cal_record *record,
			    struct ls_faults *faults, struct ls_error *err)
{
	const struct ls_cal_revocation *v = &record->revocation;
	_cleanup_cal_entry_ struct ls_cal_entry *target = NULL;
	int rc = ls_admission_find(a, &v->record, v->revoked, "what is revoked", &target, faults);
	if (rc < 0 || !target)
		return rc;
	rc = ls_may_revoke(a->store, &target->record, &v->by, err);
	if (rc == 0)
		ls_faults_add(faults, "who revokes it may not: only the record itself, who "
				      "certified it, an organisation above, and of a report its "
				      "technician and its device");
	return rc < 0 ? rc : 0;
}

int ls_admission_kind(struct ls_admission *a, const struct ls_cal_record *record,
		      struct ls_faults *faults, struct ls_error *err)
{
	switch (record->kind) {
	case LS_CAL_ORGANISATION: return check_organisation(a, record, faults, err);
	case LS_CAL_TECHNICIAN: return check_technician(a, record, faults, err);
	case LS_CAL_DEVICE: return check_device(a, record, faults, err);
	case LS_CAL_REPORT: return check_report(a, record, faults, err);
	case LS_CAL_REVOCATION: return check_revocation(a, record, faults, err);
	case LS_CAL_HEARTBEAT: break;
	}
	return 0;
}
