/* SPDX-License-Identifier: Apache-2.0 */
/* The report for machines: docs/formats/verify-json.md. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "audit/verify/report.h"
#include "lib/base/command.h"

static json_t *text(const char *value)
{
	return value ? json_string(value) : json_null();
}

static json_t *number(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* The log index of a seal; null when it is about none. */
static json_t *index_of(uint64_t seal)
{
	return seal > 0 ? number(seal - 1) : json_null();
}

static json_t *checks(const struct ls_report *r)
{
	json_t *array = json_array();
	for (int check = 0; check < LS_CHECK_COUNT; check++) {
		const struct ls_check_name *name = ls_check_name((enum ls_check)check);
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "check",
						name->key, "holds", name->sentence, "unit",
						name->unit, "passed", number(r->passed[check]),
						"failed", number(r->failed[check]), "unable",
						number(r->unable[check])));
	}
	return array;
}

static json_t *findings(const struct ls_report *r, enum ls_finding_kind kind)
{
	const struct ls_finding_list *list = &r->findings[kind];
	json_t *array = json_array();
	for (size_t i = 0; i < list->count; i++) {
		const struct ls_finding *f = &list->items[i];
		json_array_append_new(
			array, json_pack("{s:s, s:s, s:o, s:o, s:s}", "id", f->id, "file", f->file,
					 "seal", f->seal > 0 ? number(f->seal) : json_null(),
					 "index", index_of(f->seal), "message", f->message));
	}
	return json_pack("{s:o, s:o}", "total", number(list->total), "items", array);
}

static json_t *counts(const struct ls_report *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "taken_over", number(r->taken_files),
			 "seals", number(r->facts.log_size), "results", number(r->results),
			 "events", number(r->events), "files", number(r->files), "bytes",
			 number(r->bytes));
}

/* What records say, and what a registry was asked. */
static json_t *calibration(const struct ls_calibrated *c)
{
	json_t *said = json_pack("{s:o, s:o, s:o, s:o}", "not_checked",
				 number(c->said[LS_CALIBRATION_NOT_CHECKED]), "traceable",
				 number(c->said[LS_CALIBRATION_TRACEABLE]), "not_traceable",
				 number(c->said[LS_CALIBRATION_NOT_TRACEABLE]), "cannot_be_shown",
				 number(c->said[LS_CALIBRATION_CANNOT_BE_SHOWN]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "records", said, "registry",
			 text(c->registry), "trust", text(c->trust), "origin",
			 c->origin[0] ? json_string(c->origin) : json_null(), "entries",
			 c->origin[0] ? number(c->size) : json_null());
}

static json_t *facts(const struct ls_report_facts *f)
{
	static const char *const kinds[] = { "unknown", "share", "result", "bundle" };
	json_t *target = json_pack("{s:s, s:o}", "kind", kinds[f->kind], "path", text(f->target));
	json_t *trust = f->trust_file
				? json_pack("{s:o, s:o, s:o, s:b}", "file", text(f->trust_file),
					    "fingerprint", text(f->trust_fingerprint), "key",
					    text(f->key), "used", f->trusted)
				: json_null();
	json_t *log = f->origin ? json_pack("{s:o, s:o, s:o, s:o, s:o}", "origin", text(f->origin),
					    "size", number(f->log_size), "root", text(f->root),
					    "first_received", text(f->first_received),
					    "last_received", text(f->last_received))
				: json_null();
	json_t *memory = f->memory_file
				 ? json_pack("{s:o, s:o, s:o, s:o}", "file", text(f->memory_file),
					     "said", text(f->memory_said), "remembered",
					     text(f->note_remembered), "seen", text(f->note_seen))
				 : json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "target", target, "instrument",
			 text(f->instrument), "trust", trust, "log", log, "memory", memory,
			 "evidence", ls_chain_json(f->chain));
}

static json_t *whole(const struct ls_report *r)
{
	char sentence[LS_SENTENCE_SIZE];
	enum ls_verdict verdict = ls_report_verdict(r);
	json_t *root = json_pack("{s:s, s:s, s:i, s:s}", "format", "labseal/verify/v1", "verdict",
				 ls_verdict_word(verdict), "exit", ls_verdict_exit(verdict),
				 "sentence", ls_report_sentence(r, sentence));
	json_t *rest = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "counts",
		counts(r), "checks", checks(r), "first_failing_index",
		index_of(r->first_failing_seal), "failed", findings(r, LS_FINDING_FAILED), "unable",
		findings(r, LS_FINDING_UNABLE), "warnings", findings(r, LS_FINDING_WARNING),
		"events", findings(r, LS_FINDING_EVENT), "not_checked",
		findings(r, LS_FINDING_SKIPPED), "calibration", calibration(&r->calibrated),
		"countersignatures", ls_countersigned_json(&r->countersigned), "samples",
		ls_sampled_json(&r->sampled), "dna_keys", ls_sampled_keys_json(&r->sampled),
		"heartbeats", ls_heartbeats_json(&r->heartbeats, r->facts.log_size), "seconds",
		r->facts.seconds);
	json_t *about = facts(&r->facts);
	if (root && about && rest &&
	    (json_object_update(root, about) < 0 || json_object_update(root, rest) < 0)) {
		json_decref(root);
		root = NULL;
	}
	json_decref(about);
	json_decref(rest);
	return root;
}

int ls_report_print_json(const struct ls_report *r)
{
	json_t *root = whole(r);
	if (!root)
		return -ENOMEM;
	int rc = json_dumpf(root, stdout, JSON_INDENT(1));
	json_decref(root);
	printf("\n");
	int written = ls_command_flush();
	return written == 0 && rc != 0 ? -ENOMEM : written;
}
