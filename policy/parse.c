/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.yaml out of libyaml's events.
 *
 * Nothing is built that the schema does not name, and nothing is followed:
 * anchors, aliases, tags, directives and further documents are refused.  After
 * a fault in one value the parser goes on with the next key, so that one run
 * shows all faults; only broken YAML ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/files.h"
#include "policy/check.h"
#include "policy/faults.h"
#include "policy/policy.h"
#include "policy/schema.h"
#include "policy/value.h"

#define DEPTH_MAX 16  /* the schema needs 3 */
#define PATH_MAX_ 128 /* bytes of a dotted path; a longer key is unknown anyway */
#define KEYS_MAX  64  /* of one map, for the nearest-name search */

struct parse {
	yaml_parser_t yaml;
	const uint8_t *bytes;
	size_t size;
	struct ls_policy *policy;
	struct ls_policy_faults *faults;
	struct ls_policy_places places;
	unsigned depth;
};

static void event_free(yaml_event_t *event)
{
	yaml_event_delete(event);
}
#define _cleanup_event_ __attribute__((cleanup(event_free)))

static struct ls_policy_mark mark_of(yaml_mark_t mark)
{
	return (struct ls_policy_mark){ (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

/* --- events ------------------------------------------------------------------ */

/* The reader's errors (encoding, control characters) have an offset and no mark. */
static struct ls_policy_mark mark_of_offset(const struct parse *p, size_t offset)
{
	struct ls_policy_mark at = { 1, 1 };
	for (size_t i = 0; i < offset && i < p->size; i++) {
		if (p->bytes[i] == '\n')
			at = (struct ls_policy_mark){ at.line + 1, 1 };
		else if ((p->bytes[i] & 0xc0) != 0x80) /* characters, as libyaml counts */
			at.column++;
	}
	return at;
}

static void add_yaml_fault(struct parse *p)
{
	const yaml_parser_t *y = &p->yaml;
	struct ls_policy_mark at = mark_of(y->problem_mark);
	const char *problem = y->problem ? y->problem : "out of memory";
	if (y->error == YAML_READER_ERROR)
		at = mark_of_offset(p, y->problem_offset);
	ls_policy_fault_add(p->faults, at, "policy.yaml", "this is not YAML: %s%s%s", problem,
			    y->context ? ", " : "", y->context ? y->context : "");
}

static void refuse_anchor_and_tag(struct parse *p, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	if (event->type == YAML_SCALAR_EVENT)
		anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
	else if (event->type == YAML_MAPPING_START_EVENT)
		anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
	struct ls_policy_mark at = mark_of(event->start_mark);
	if (anchor || event->type == YAML_ALIAS_EVENT)
		ls_policy_fault_add(
			p->faults, at, "policy.anchor",
			"a policy has no anchors and aliases ('&', '*'): write the value, "
			"in quotes if it starts with one of these");
	if (tag)
		ls_policy_fault_add(
			p->faults, at, "policy.tag",
			"a policy has no tags ('!'): leave it out, or write the value in "
			"quotes if it starts with '!'");
}

static int count_depth(struct parse *p, const yaml_event_t *event)
{
	if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT)
		p->depth++;
	else if (event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT)
		p->depth--;
	if (p->depth <= DEPTH_MAX)
		return 0;
	ls_policy_fault_add(p->faults, mark_of(event->start_mark), "policy.depth",
			    "this is nested more than %d levels deep", DEPTH_MAX);
	return -EBADMSG;
}

/* The next event, already cleared of what is refused everywhere.  -EBADMSG: no more can be read. */
static int next(struct parse *p, yaml_event_t *ret_event)
{
	if (!yaml_parser_parse(&p->yaml, ret_event)) {
		add_yaml_fault(p);
		return -EBADMSG;
	}
	refuse_anchor_and_tag(p, ret_event);
	int rc = count_depth(p, ret_event);
	if (rc < 0)
		yaml_event_delete(ret_event);
	return rc;
}

/* Leave out the node that starts with this event. */
static int skip(struct parse *p, const yaml_event_t *event)
{
	if (event->type != YAML_MAPPING_START_EVENT && event->type != YAML_SEQUENCE_START_EVENT)
		return 0;
	for (unsigned outside = p->depth - 1; p->depth > outside;) {
		yaml_event_t inner;
		int rc = next(p, &inner);
		if (rc < 0)
			return rc;
		yaml_event_delete(&inner);
	}
	return 0;
}

static int skip_value(struct parse *p)
{
	_cleanup_event_ yaml_event_t event = { 0 };
	int rc = next(p, &event);
	return rc < 0 ? rc : skip(p, &event);
}

/* --- values ------------------------------------------------------------------ */

static int parse_map(struct parse *p, const char *path, struct ls_policy_mark at);

static struct ls_policy_mark *place(struct parse *p, const struct ls_policy_field *field)
{
	return &p->places.at[field - ls_policy_fields];
}

static void mark_bad(struct parse *p, const struct ls_policy_field *field)
{
	p->places.is_bad[field - ls_policy_fields] = true;
}

static const char *node_name(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_MAPPING_START_EVENT: return "a map";
	case YAML_SEQUENCE_START_EVENT: return "a list";
	case YAML_ALIAS_EVENT: return "an alias";
	default: return "a single value";
	}
}

static int wrong_type(struct parse *p, const struct ls_policy_field *field,
		      const yaml_event_t *event, const char *wanted)
{
	mark_bad(p, field);
	if (event->type != YAML_ALIAS_EVENT)
		ls_policy_fault_add(p->faults, mark_of(event->start_mark), "policy.type",
				    "'%s' is %s; it must be %s", field->path, node_name(event),
				    wanted);
	return skip(p, event);
}

static void set_scalar(struct parse *p, const struct ls_policy_field *field,
		       const yaml_event_t *event)
{
	struct ls_policy_scalar scalar = {
		.text = (const char *)event->data.scalar.value,
		.length = event->data.scalar.length,
		.plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
	};
	struct ls_error why;
	if (ls_policy_value_set(field, &scalar, p->policy, &why) == 0)
		return;
	mark_bad(p, field);
	ls_policy_fault_add(p->faults, mark_of(event->start_mark), why.id, "%s", why.message);
}

/* Its keys may be there anew. */
static void begin_item(struct parse *p, const struct ls_policy_field *list)
{
	for (size_t i = 0; i < ls_policy_field_count; i++)
		if (ls_policy_field_is_in(&ls_policy_fields[i], list->path)) {
			p->places.at[i] = (struct ls_policy_mark){ 0, 0 };
			p->places.is_bad[i] = false;
		}
}

static void add_sample(struct parse *p, const struct ls_policy_field *field,
		       struct ls_policy_mark at)
{
	struct ls_policy_sample *item = &p->policy->samples.item;
	const struct ls_policy_sample *list = p->policy->samples.list;
	size_t count = p->policy->samples.count;
	item->line = at.line;
	item->column = at.column;
	for (size_t i = 0; i < count; i++)
		if (item->name[0] && strcmp(list[i].name, item->name) == 0)
			ls_policy_fault_add(p->faults, at, "policy.sample",
					    "'samples' has '%s' twice; the first is in line %u",
					    item->name, list[i].line);
	if (count < LS_SAMPLES_MAX)
		p->policy->samples.list[p->policy->samples.count++] = *item;
	else
		ls_policy_fault_add(p->faults, at, "policy.list", "'%s' has more than %d samples",
				    field->path, LS_SAMPLES_MAX);
}

/* One map of a list of maps. */
static int parse_item(struct parse *p, const struct ls_policy_field *field,
		      const yaml_event_t *event)
{
	struct ls_policy_mark at = mark_of(event->start_mark);
	begin_item(p, field);
	p->policy->samples.item = (struct ls_policy_sample){ .name = "" };
	int rc = parse_map(p, field->path, at);
	if (rc == 0)
		add_sample(p, field, at);
	return rc;
}

static int parse_list(struct parse *p, const struct ls_policy_field *field)
{
	for (size_t items = 0;; items++) {
		_cleanup_event_ yaml_event_t event = { 0 };
		int rc = next(p, &event);
		if (rc < 0)
			return rc;
		if (event.type == YAML_SEQUENCE_END_EVENT && items == 0) {
			mark_bad(p, field);
			ls_policy_fault_add(p->faults, mark_of(event.start_mark), "policy.empty",
					    "'%s' is an empty list: leave the key out",
					    field->path);
		}
		if (event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (field->type == LS_FIELD_SAMPLES && event.type == YAML_MAPPING_START_EVENT)
			rc = parse_item(p, field, &event);
		else if (field->type == LS_FIELD_SAMPLES)
			rc = wrong_type(p, field, &event, "a list of maps");
		else if (event.type == YAML_SCALAR_EVENT)
			set_scalar(p, field, &event);
		else
			rc = wrong_type(p, field, &event, "a list of single values");
		if (rc < 0)
			return rc;
	}
}

/* A map of which the file says that there is none. */
static bool is_left_out(const struct ls_policy_field *field, const yaml_event_t *event)
{
	return field->choice && event->type == YAML_SCALAR_EVENT &&
	       event->data.scalar.length == strlen(field->choice[0]) &&
	       strcmp((const char *)event->data.scalar.value, field->choice[0]) == 0;
}

static int parse_value(struct parse *p, const struct ls_policy_field *field)
{
	_cleanup_event_ yaml_event_t event = { 0 };
	int rc = next(p, &event);
	if (rc < 0)
		return rc;
	if (field->type == LS_FIELD_MAP) {
		if (is_left_out(field, &event))
			return 0;
		if (event.type != YAML_MAPPING_START_EVENT)
			return wrong_type(p, field, &event, "a map, with its keys below it");
		return parse_map(p, field->path, *place(p, field));
	}
	if (field->type == LS_FIELD_PATTERNS || field->type == LS_FIELD_USB ||
	    field->type == LS_FIELD_WITNESSES || field->type == LS_FIELD_SAMPLES) {
		bool maps = field->type == LS_FIELD_SAMPLES;
		if (event.type != YAML_SEQUENCE_START_EVENT)
			return wrong_type(p, field, &event,
					  maps ? "a list of maps, each after '- '"
					       : "a list, such as [\"a\", \"b\"]");
		return parse_list(p, field);
	}
	if (event.type != YAML_SCALAR_EVENT)
		return wrong_type(p, field, &event, "a single value");
	set_scalar(p, field, &event);
	return 0;
}

/* --- keys -------------------------------------------------------------------- */

/* "; did you mean 'memory'?", or where a key of that name belongs, or nothing. */
static void hint(const char *map, const char *key, char *buffer, size_t size)
{
	const char *names[KEYS_MAX];
	size_t count = 0;
	buffer[0] = '\0';
	for (size_t i = 0; i < ls_policy_field_count && count < KEYS_MAX; i++)
		if (ls_policy_field_is_in(&ls_policy_fields[i], map))
			names[count++] = ls_policy_field_leaf(&ls_policy_fields[i]);
	for (size_t i = 0; i < ls_policy_field_count; i++) {
		const struct ls_policy_field *f = &ls_policy_fields[i];
		if (strcmp(ls_policy_field_leaf(f), key) != 0)
			continue;
		const char *leaf = ls_policy_field_leaf(f);
		if (leaf == f->path)
			snprintf(buffer, size, "; it belongs at the top level");
		else
			snprintf(buffer, size, "; it belongs under '%.*s:'",
				 (int)(leaf - 1 - f->path), f->path);
		return;
	}
	const char *near = ls_nearest_name(key, names, count);
	if (near)
		snprintf(buffer, size, "; did you mean '%s'?", near);
}

static int unknown_key(struct parse *p, const char *map, const yaml_event_t *event)
{
	char shown[LS_SHOWN_SIZE], more[96];
	const char *key = (const char *)event->data.scalar.value;
	ls_policy_shown(key, event->data.scalar.length, shown);
	hint(map, key, more, sizeof(more));
	if (map[0])
		ls_policy_fault_add(p->faults, mark_of(event->start_mark), "policy.key.unknown",
				    "'%s' has no key '%s'%s", map, shown, more);
	else
		ls_policy_fault_add(p->faults, mark_of(event->start_mark), "policy.key.unknown",
				    "a policy has no key '%s'%s", shown, more);
	return skip_value(p);
}

static const struct ls_policy_field *find_key(const char *map, const yaml_event_t *event)
{
	char path[PATH_MAX_];
	const char *key = (const char *)event->data.scalar.value;
	if (strlen(key) != event->data.scalar.length || strchr(key, '.'))
		return NULL;
	int length = snprintf(path, sizeof(path), "%s%s%s", map, map[0] ? "." : "", key);
	if (length < 0 || (size_t)length >= sizeof(path))
		return NULL;
	return ls_policy_field_find(path);
}

static int parse_entry(struct parse *p, const char *map, const yaml_event_t *key)
{
	if (key->type != YAML_SCALAR_EVENT) {
		if (key->type != YAML_ALIAS_EVENT)
			ls_policy_fault_add(p->faults, mark_of(key->start_mark), "policy.key.type",
					    "a key must be a single word, not %s", node_name(key));
		int rc = skip(p, key);
		return rc < 0 ? rc : skip_value(p);
	}
	const struct ls_policy_field *field = find_key(map, key);
	if (!field)
		return unknown_key(p, map, key);
	struct ls_policy_mark *first = place(p, field);
	if (first->line > 0) {
		ls_policy_fault_add(p->faults, mark_of(key->start_mark), "policy.key.duplicate",
				    "'%s' is here a second time; the first is in line %u",
				    field->path, first->line);
		return skip_value(p);
	}
	*first = mark_of(key->start_mark);
	return parse_value(p, field);
}

static void check_missing(struct parse *p, const char *map, struct ls_policy_mark at)
{
	for (size_t i = 0; i < ls_policy_field_count; i++) {
		const struct ls_policy_field *f = &ls_policy_fields[i];
		if (f->required && ls_policy_field_is_in(f, map) && p->places.at[i].line == 0)
			ls_policy_fault_add(p->faults, at, "policy.missing", "'%s' is missing: %s",
					    f->path, f->summary);
	}
}

/* at: where what is missing in it is told. */
static int parse_map(struct parse *p, const char *map, struct ls_policy_mark at)
{
	for (;;) {
		_cleanup_event_ yaml_event_t event = { 0 };
		int rc = next(p, &event);
		if (rc < 0)
			return rc;
		if (event.type == YAML_MAPPING_END_EVENT)
			break;
		rc = parse_entry(p, map, &event);
		if (rc < 0)
			return rc;
	}
	check_missing(p, map, at);
	return 0;
}

/* --- document ---------------------------------------------------------------- */

static int parse_root(struct parse *p)
{
	_cleanup_event_ yaml_event_t event = { 0 };
	int rc = next(p, &event);
	if (rc < 0)
		return rc;
	if (event.type == YAML_MAPPING_START_EVENT)
		return parse_map(p, "", (struct ls_policy_mark){ 1, 1 });
	ls_policy_fault_add(p->faults, mark_of(event.start_mark), "policy.type",
			    "a policy is a map of keys, not %s", node_name(&event));
	return skip(p, &event);
}

static void refuse_directives(struct parse *p, const yaml_event_t *event)
{
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start !=
		    event->data.document_start.tag_directives.end)
		ls_policy_fault_add(
			p->faults, mark_of(event->start_mark), "policy.directive",
			"a policy has no directives ('%%YAML', '%%TAG'): leave the line "
			"out");
}

/* One document from stream start to stream end. */
static int parse_stream(struct parse *p)
{
	for (unsigned documents = 0;;) {
		_cleanup_event_ yaml_event_t event = { 0 };
		int rc = next(p, &event);
		if (rc < 0)
			return rc;
		if (event.type == YAML_STREAM_END_EVENT && documents == 0)
			ls_policy_fault_add(p->faults, (struct ls_policy_mark){ 1, 1 },
					    "policy.empty", "the file is empty");
		if (event.type == YAML_STREAM_END_EVENT)
			return 0;
		if (event.type != YAML_DOCUMENT_START_EVENT)
			continue;
		refuse_directives(p, &event);
		if (++documents > 1) {
			ls_policy_fault_add(p->faults, mark_of(event.start_mark),
					    "policy.documents",
					    "a policy is one document; this "
					    "starts another");
			return 0;
		}
		rc = parse_root(p);
		if (rc < 0)
			return rc;
	}
}

/* --- defaults ---------------------------------------------------------------- */

/* The default as one would write it: {id} becomes the instrument's. */
static void expand(const char *fallback, const char *id, char *buffer, size_t size)
{
	const char *hole = strstr(fallback, "{id}");
	if (hole)
		snprintf(buffer, size, "%.*s%s%s", (int)(hole - fallback), fallback, id, hole + 4);
	else
		snprintf(buffer, size, "%s", fallback);
}

static void set_defaults(struct parse *p)
{
	char text[LS_POLICY_TEXT_SIZE];
	for (size_t i = 0; i < ls_policy_field_count; i++) {
		const struct ls_policy_field *f = &ls_policy_fields[i];
		if (!f->fallback || p->places.at[i].line > 0)
			continue;
		/* without an id, which is a fault already, names made of it mean nothing */
		if (strstr(f->fallback, "{id}") && !p->policy->instrument.id[0])
			continue;
		expand(f->fallback, p->policy->instrument.id, text, sizeof(text));
		struct ls_policy_scalar scalar = { text, strlen(text), true };
		struct ls_error why;
		if (ls_policy_value_set(f, &scalar, p->policy, &why) < 0) {
			mark_bad(p, f);
			ls_policy_fault_add(p->faults,
					    *place(p, ls_policy_field_find("instrument.id")),
					    why.id, "the default of %s", why.message);
		}
	}
}

/* One that depends on another key. */
static void set_remember_every(struct ls_policy *policy)
{
	bool embedded = strcmp(policy->signing.tpm, LS_POLICY_TPM_EMBEDDED) == 0;
	if (policy->signing.remember_every == 0)
		policy->signing.remember_every = embedded ? LS_POLICY_REMEMBER_EMBEDDED
							  : LS_POLICY_REMEMBER_HARDWARE;
}

/* All of them, unless fewer are said to do. */
static void set_quorum(struct ls_policy *policy)
{
	if (policy->signing.quorum == 0)
		policy->signing.quorum = policy->signing.witness_count;
}

/* --- whole ------------------------------------------------------------------- */

static int run(struct parse *p)
{
	size_t count = ls_policy_field_count;
	_cleanup_free_ struct ls_policy_mark *at = calloc(count, sizeof(*at));
	_cleanup_free_ bool *is_bad = calloc(count, sizeof(*is_bad));
	if (!at || !is_bad || !yaml_parser_initialize(&p->yaml))
		return -ENOMEM;
	p->places = (struct ls_policy_places){ at, is_bad };
	yaml_parser_set_encoding(&p->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p->yaml, p->bytes, p->size);
	int rc = parse_stream(p);
	bool no_memory = p->yaml.error == YAML_MEMORY_ERROR;
	yaml_parser_delete(&p->yaml);
	if (no_memory)
		return -ENOMEM;
	/* after broken YAML, what is missing or contradicts itself cannot be told */
	if (rc == 0) {
		set_defaults(p);
		set_remember_every(p->policy);
		set_quorum(p->policy);
		ls_policy_check(p->policy, &p->places, p->faults);
	}
	ls_policy_faults_sort(p->faults);
	return 0;
}

static int too_large(struct ls_policy_faults *faults, struct ls_error *err)
{
	ls_policy_fault_add(faults, (struct ls_policy_mark){ 1, 1 }, "policy.large",
			    "the file is larger than %d bytes: this is no policy",
			    LS_POLICY_FILE_MAX);
	return ls_policy_faults_fail(faults, err);
}

int ls_policy_parse(const char *name, const void *bytes, size_t size, struct ls_policy **ret_policy,
		    struct ls_policy_faults *ret_faults, struct ls_error *err)
{
	ls_policy_faults_init(ret_faults, name);
	if (size > LS_POLICY_FILE_MAX)
		return too_large(ret_faults, err);
	_cleanup_policy_ struct ls_policy *policy = calloc(1, sizeof(*policy));
	if (!policy)
		return ls_fail(err, -ENOMEM, "policy.memory", "there is no memory for '%s'", name);
	struct parse p = { .bytes = bytes, .size = size, .policy = policy, .faults = ret_faults };
	if (run(&p) < 0)
		return ls_fail(err, -ENOMEM, "policy.memory", "there is no memory for '%s'", name);
	if (ret_faults->count > 0)
		return ls_policy_faults_fail(ret_faults, err);
	ls_sha256_buffer(bytes, size, &policy->digest);
	policy->file_size = size;
	*ret_policy = ls_steal_ptr(&policy);
	return 0;
}

int ls_policy_load(const char *path, struct ls_policy **ret_policy,
		   struct ls_policy_faults *ret_faults, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_POLICY_FILE_MAX);
	ls_policy_faults_init(ret_faults, path);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc == -EFBIG)
		return too_large(ret_faults, err);
	if (rc < 0)
		return rc;
	return ls_policy_parse(path, ls_buffer_str(&bytes), bytes.size, ret_policy, ret_faults,
			       err);
}

void ls_policy_free(struct ls_policy *policy)
{
	free(policy);
}

bool ls_policy_has_tpm(const struct ls_policy *policy)
{
	return policy->signing.key != LS_SIGN_FILE &&
	       strcmp(policy->signing.tpm, LS_POLICY_TPM_NONE) != 0;
}

bool ls_policy_has_calibration(const struct ls_policy *policy)
{
	return policy->calibration.device[0] != '\0';
}

bool ls_policy_may_use_tcg(const struct ls_policy *policy)
{
	return policy->vm.type == LS_VM_TCG ||
	       (policy->vm.type == LS_VM_AUTO && policy->development);
}
