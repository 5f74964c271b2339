/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict for machines: docs/formats/calibration-json.md. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit/cal/view.h"
#include "lib/base/command.h"
#include "lib/base/text.h"

json_t *ls_cal_json_text(const char *text)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 64 * 1024);
	if (!text)
		return json_null();
	ls_text_escape(text, strlen(text), &b);
	return json_string(ls_buffer_str(&b));
}

json_t *ls_cal_json_time(int64_t time)
{
	char buffer[LS_UTC_SIZE];
	if (time == LS_CAL_NO_END || time == LS_CAL_TIME_UNKNOWN)
		return json_null();
	return json_string(ls_utc_format(time, buffer));
}

json_t *ls_cal_json_id(const struct ls_digest *id)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return ls_digest_is_zero(id) ? json_null() : json_string(ls_digest_hex(id, hex));
}

static json_t *real(bool known, double value)
{
	return known && isfinite(value) ? json_real(value) : json_null();
}

static json_t *whole(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *ls_cal_json_party(const struct ls_digest *id, const char *name)
{
	return json_pack("{s:o, s:o}", "id", ls_cal_json_id(id), "name",
			 ls_cal_json_text(name[0] ? name : NULL));
}

static json_t *link_json(const struct ls_cal_link *l, size_t number)
{
	json_t *parents = json_array();
	for (size_t i = 0; i < l->parent_count; i++)
		json_array_append_new(parents, whole(l->parents[i] + 1));
	json_t *object = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "link", whole(number),
		"depth", whole(l->depth), "level", l->has_level ? whole(l->level) : json_null(),
		"report", ls_cal_json_party(&l->report, l->report_name), "device",
		ls_cal_json_party(&l->device, l->device_name), "technician",
		ls_cal_json_party(&l->technician, l->technician_name), "organisation",
		ls_cal_json_party(&l->organisation, l->organisation_name), "document", l->document,
		"private", l->hidden, "root", l->root);
	json_t *rest = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "performed",
				 ls_cal_json_time(l->performed), "due", ls_cal_json_time(l->due),
				 "logged", ls_cal_json_time(l->logged), "index",
				 l->document ? json_null() : whole(l->index), "parents", parents,
				 "parents_missing", whole(l->parent_missing), "quantity",
				 ls_cal_json_text(l->quantity[0] ? l->quantity : NULL), "unit",
				 ls_cal_json_text(l->unit[0] ? l->unit : NULL));
	json_t *u = json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "value",
			      real(l->has_value, l->value), "U", real(l->has_u, l->u_expanded), "k",
			      real(l->has_u, l->k), "u", real(l->has_u, l->u), "dof",
			      real(l->has_u, l->dof), "interpolated", l->interpolated, "own",
			      real(l->has_share, l->u_own), "share", real(l->has_share, l->share));
	if (object && rest && u)
		json_object_update(object, rest);
	json_object_set_new(object, "uncertainty", u);
	json_decref(rest);
	return object;
}

static json_t *check_json(const struct ls_cal_check *c)
{
	const struct ls_cal_check_kind *kind = ls_cal_check_kind(c->check);
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "check", kind->id, "holds",
			 kind->name, "rule", kind->rule, "outcome", ls_cal_outcome_name(c->outcome),
			 "link", c->link == LS_CAL_NO_LINK ? json_null() : whole(c->link + 1),
			 "words", ls_cal_json_text(c->words ? c->words : ""), "advice",
			 ls_cal_advice(c->check, c->outcome));
}

/* Checks of which there was nothing to look at. */
static json_t *not_made(const struct ls_cal_result *r)
{
	json_t *array = json_array();
	for (int id = 0; id < LS_CAL_CHECKS; id++) {
		struct ls_cal_counts c = ls_cal_count_of(r, (enum ls_cal_check_id)id);
		size_t sum = 0;
		for (int o = 0; o <= LS_CAL_FAILS; o++)
			sum += c.of[o];
		if (sum == 0)
			json_array_append_new(
				array,
				json_string(ls_cal_check_kind((enum ls_cal_check_id)id)->id));
	}
	return array;
}

static json_t *store_json(const struct ls_cal_fresh *f)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:b}", "origin",
			 ls_cal_json_text(f->origin[0] ? f->origin : NULL), "size", whole(f->size),
			 "root", ls_cal_json_id(&f->root), "time", ls_cal_json_time(f->time),
			 "clock", ls_cal_clock_name(f->clock), "witnesses", whole(f->witnesses),
			 "absence_shown", f->absence_shown);
}

static json_t *bounds_json(const struct ls_cal_uncertainty_bounds *b)
{
	if (!b->known)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "u", real(true, b->u), "largest",
			 real(true, b->largest), "independent", real(true, b->rss), "correlated",
			 real(true, b->linear));
}

json_t *ls_cal_json(const struct ls_cal_view *view)
{
	char sentence[LS_CAL_SENTENCE_SIZE];
	const struct ls_cal_result *r = view->result;
	const struct ls_cal_check *first = ls_cal_first(r);
	json_t *links = json_array(), *checks = json_array();
	for (size_t i = 0; i < r->link_count; i++)
		json_array_append_new(links, link_json(&r->links[i], i + 1));
	for (size_t i = 0; i < r->check_count; i++)
		json_array_append_new(checks, check_json(&r->checks[i]));
	json_t *root = json_pack(
		"{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "format",
		"labseal/calibration-trace/v1", "verdict", ls_cal_verdict_name(r->verdict), "exit",
		ls_cal_verdict_exit(r->verdict), "sentence", ls_cal_sentence(r, sentence), "device",
		ls_cal_json_party(&r->device, r->device_name[0] ? r->device_name : view->asked),
		"quantity", ls_cal_json_text(r->quantity[0] ? r->quantity : NULL), "at",
		ls_cal_json_time(r->at), "nmi", ls_cal_json_text(r->nmi[0] ? r->nmi : NULL),
		"trust", ls_cal_json_id(&view->trust));
	json_t *rest = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "registry", store_json(&r->fresh),
		"memory", ls_cal_json_text(view->memory_said), "depth", whole(r->depth), "first",
		first ? check_json(first) : json_null(), "links", links, "uncertainty",
		bounds_json(&r->bounds), "checks", checks, "not_made", not_made(r));
	if (root && rest && json_object_update(root, rest) < 0) {
		json_decref(root);
		root = NULL;
	}
	json_decref(rest);
	return root;
}

int ls_cal_print_json(json_t *root)
{
	if (!root)
		return -ENOMEM;
	int rc = json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	json_decref(root);
	printf("\n");
	int written = ls_command_flush();
	return written == 0 && rc != 0 ? -ENOMEM : written;
}
