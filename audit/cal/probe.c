/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal probe: a reference is measured with the device, and what it reads is judged. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/columns.h"
#include "audit/cal/commands.h"
#include "audit/cal/probing.h"
#include "audit/cal/session.h"
#include "audit/cal/view.h"
#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"

struct arguments {
	struct ls_cal_sources sources;
	const char *quantity, *reference, *uncertainty, *reading, *csv, *device;
	bool json;
};

/* Everything that was measured, and how it came out. */
struct probing {
	struct ls_cal_result trace;
	const struct ls_cal_measurand *measurand; /* in entry */
	struct ls_cal_entry *entry;		  /* owned: the report in force */
	struct ls_cal_probe *probes;		  /* owned */
	struct ls_cal_probed *probed;		  /* owned */
	size_t count, outside, unjudged;
};

static const struct ls_command *const command = &ls_cal_commands[LS_CAL_PROBE];

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		LS_CAL_SOURCE_OPTIONS(&a->sources),	{ "--quantity", NULL, &a->quantity },
		{ "--reference", NULL, &a->reference }, { "--uncertainty", NULL, &a->uncertainty },
		{ "--reading", NULL, &a->reading },	{ "--csv", NULL, &a->csv },
		{ "--json", &a->json, NULL },
	};
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(*options),
				 "device", &a->device);
	bool any = a->reference || a->uncertainty || a->reading;
	if (rc == 0 && a->csv && any)
		return ls_command_usage(command, "--csv has the measurements: none beside it");
	if (rc == 0 && !a->csv && !(a->reference && a->uncertainty && a->reading))
		return ls_command_usage(command,
					"what was measured? Say --reference VALUE --uncertainty U "
					"--reading VALUE, or --csv FILE");
	return rc;
}

static int number(const char *option, const char *text, bool is_uncertainty, double *ret)
{
	if (ls_cal_probe_number(text, strlen(text), is_uncertainty, ret) == 0)
		return 0;
	return ls_command_usage(command, "'%s' takes a %snumber, not '%s'", option,
				is_uncertainty ? "not negative " : "", text);
}

static int take_one(const struct arguments *a, struct probing *p)
{
	p->probes = calloc(1, sizeof(*p->probes));
	if (!p->probes)
		return LS_EXIT_FAILED;
	p->count = 1;
	int rc = number("--reference", a->reference, false, &p->probes->reference);
	if (rc == 0)
		rc = number("--uncertainty", a->uncertainty, true, &p->probes->uncertainty);
	return rc == 0 ? number("--reading", a->reading, false, &p->probes->reading) : rc;
}

static int take_csv(const struct arguments *a, struct probing *p)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_PROBE_CSV_MAX);
	int rc = ls_file_read(AT_FDCWD, a->csv, &bytes, &err);
	if (rc == 0) {
		rc = ls_cal_probe_csv(bytes.data, bytes.size, &p->probes, &p->count, &err);
		ls_error_prefix(&err, "'%s'", a->csv);
	}
	if (rc == 0)
		return 0;
	ls_cal_fail(command, &err);
	return rc == -ENOMEM ? LS_EXIT_FAILED : LS_EXIT_COULD_NOT_CHECK;
}

/* The measurand that is asked for, or the report's only one. */
static int find_measurand(struct ls_cal_session *s, const struct arguments *a, struct probing *p,
			  struct ls_error *err)
{
	if (p->trace.link_count == 0)
		return ls_fail(err, -ENOENT, "cal.probe.report",
			       "'%s' has no calibration in force, or none of this quantity: there "
			       "is nothing "
			       "to hold it against",
			       a->device);
	int rc = s->store->operations->find(s->store, &p->trace.links[0].report, &p->entry, err);
	if (rc < 0)
		return rc;
	const struct ls_cal_details *details = p->entry->record.report.details;
	if (!details)
		return ls_fail(
			err, -ENOENT, "cal.probe.private",
			"what the calibration of '%s' says is private: its owner can probe it",
			a->device);
	if (a->quantity)
		p->measurand = ls_cal_details_find(details, a->quantity);
	else if (details->measurand_count == 1)
		p->measurand = &details->measurands[0];
	if (!p->measurand)
		return ls_fail(err, -ENOENT, "cal.probe.quantity",
			       a->quantity ? "'%s' is not calibrated for this quantity"
					   : "'%s' is calibrated for several quantities: say which "
					     "(--quantity)",
			       a->device);
	return 0;
}

static int judge(struct probing *p, struct ls_error *err)
{
	p->probed = calloc(p->count, sizeof(*p->probed));
	if (!p->probed)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
	for (size_t i = 0; i < p->count; i++) {
		p->probed[i] = ls_cal_probe_judge(p->measurand, &p->probes[i]);
		p->unjudged += !p->probed[i].judged;
		p->outside += p->probed[i].judged && !p->probed[i].within;
	}
	return 0;
}

/* The device is only as good as its chain: what that lacks, it lacks. */
static int status_of(const struct probing *p)
{
	if (p->outside > 0 || p->trace.verdict == LS_CAL_NOT_TRACEABLE)
		return LS_EXIT_DOES_NOT_HOLD;
	if (p->unjudged > 0 || p->trace.verdict == LS_CAL_CANNOT_BE_SHOWN)
		return LS_EXIT_COULD_NOT_CHECK;
	return LS_EXIT_HOLDS;
}

static const char *word_of(int status)
{
	switch (status) {
	case LS_EXIT_HOLDS: return "AS CALIBRATED";
	case LS_EXIT_DOES_NOT_HOLD: return "NOT AS CALIBRATED";
	default: return "CANNOT BE SHOWN";
	}
}

static int print_text(const struct probing *p)
{
	static const char *const heads[] = { "reference", "U of it", "reading", "known error",
					     "U",	  "En",	     "" };
	_cleanup_columns_ struct ls_columns t;
	ls_columns_init(&t, 7, 0x3f);
	printf("%s: %s\n%zu measurements of %s: %zu outside of their uncertainty (|En| > 1), %zu "
	       "could "
	       "not be judged; its calibration is %s\n\n",
	       word_of(status_of(p)), p->trace.device_name, p->count,
	       p->measurand->quantity[0] ? p->measurand->quantity : "the quantity", p->outside,
	       p->unjudged, ls_cal_verdict_name(p->trace.verdict));
	for (size_t i = 0; i < 7; i++)
		ls_columns_putf(&t, "%s", heads[i]);
	for (size_t i = 0; i < p->count; i++) {
		const struct ls_cal_probed *d = &p->probed[i];
		ls_columns_putf(&t, "%.9g", d->probe.reference);
		ls_columns_putf(&t, "%.4g", d->probe.uncertainty);
		ls_columns_putf(&t, "%.9g", d->probe.reading);
		ls_columns_putf(&t, d->judged ? "%.4g" : "-", d->error);
		ls_columns_putf(&t, d->judged ? "%.4g" : "-", d->u_device);
		ls_columns_putf(&t, d->judged ? "%.3f" : "-", d->en);
		ls_columns_put(&t, !d->judged  ? "not calibrated there"
				   : d->within ? "within"
					       : "OUTSIDE");
	}
	ls_columns_print(&t, 2, stdout);
	return ls_command_flush();
}

static json_t *probed_json(const struct ls_cal_probed *d)
{
	return json_pack("{s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "reference", d->probe.reference,
			 "uncertainty", d->probe.uncertainty, "reading", d->probe.reading, "error",
			 d->judged ? json_real(d->error) : json_null(), "U",
			 d->judged ? json_real(d->u_device) : json_null(), "En",
			 d->judged ? json_real(d->en) : json_null(), "within",
			 d->judged ? json_boolean(d->within) : json_null());
}

static int print_json(const struct probing *p)
{
	json_t *items = json_array();
	for (size_t i = 0; i < p->count; i++)
		json_array_append_new(items, probed_json(&p->probed[i]));
	return ls_cal_print_json(json_pack(
		"{s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:o}", "format",
		"labseal/calibration-probe/v1", "verdict", word_of(status_of(p)), "exit",
		status_of(p), "device", ls_cal_json_party(&p->trace.device, p->trace.device_name),
		"report", ls_cal_json_id(&p->trace.links[0].report), "quantity",
		ls_cal_json_text(p->measurand->quantity), "unit",
		ls_cal_json_text(p->measurand->unit_text), "calibration",
		ls_cal_verdict_name(p->trace.verdict), "at", ls_cal_json_time(p->trace.at), "count",
		(json_int_t)p->count, "outside", (json_int_t)p->outside, "unjudged",
		(json_int_t)p->unjudged, "measurements", items));
}

static void probing_done(struct probing *p)
{
	ls_cal_result_free(&p->trace);
	ls_cal_entry_unref(p->entry);
	free(p->probes);
	free(p->probed);
}

static int run(struct ls_cal_session *session, const struct arguments *a, struct probing *p)
{
	struct ls_error err = { 0 };
	int rc = a->csv ? take_csv(a, p) : take_one(a, p);
	if (rc == 0)
		rc = ls_cal_session_open(command, &a->sources, session);
	if (rc != 0)
		return rc;
	if (ls_cal_trace(session->worker, a->device, a->quantity, &p->trace, &err) < 0 ||
	    find_measurand(session, a, p, &err) < 0 || judge(p, &err) < 0)
		return ls_cal_fail(command, &err);
	return ls_cal_printed(command, a->json ? print_json(p) : print_text(p), status_of(p));
}

int ls_cal_probe_command(int argc, char **argv)
{
	struct arguments a = { .json = false };
	_cleanup_cal_session_ struct ls_cal_session session = { .at = 0 };
	struct probing p = { .count = 0 };
	int rc = parse(argc, argv, &a);
	if (rc == 0)
		rc = run(&session, &a, &p);
	probing_done(&p);
	return rc;
}
