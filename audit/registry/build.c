/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/registry/build_internal.h"
#include "audit/registry/lookup.h"
#include "lib/cal/line.h"

#define REQUIRED LS_TERM_REQUIRED
#define MANY	 LS_TERM_MANY

/* --key and --draft, --output are the command's; they are in each line all the same. */
#define COMMON                                                  \
	{ "--issued", 0 }, { "--key", MANY }, { "--draft", 0 }, \
	{                                                       \
		"--output", 0                                   \
	}
#define HOLDER                                                                           \
	{ "--name", REQUIRED }, { "--public", 0 }, { "--make-key", 0 }, { "--from", 0 }, \
	{                                                                                \
		"--until", 0                                                             \
	}

static const struct ls_term ORGANISATION[] = {
	COMMON, HOLDER, { "--level", REQUIRED }, { "--certified-by", REQUIRED }, { "--scope", MANY }
};
static const struct ls_term TECHNICIAN[] = { COMMON, HOLDER, { "--organisation", REQUIRED } };
static const struct ls_term DEVICE[] = {
	COMMON, HOLDER, { "--level", REQUIRED }, { "--technician", REQUIRED }
};
static const struct ls_term REPORT[] = {
	COMMON,
	{ "--device", REQUIRED },
	{ "--technician", REQUIRED },
	{ "--parent", MANY },
	{ "--parent-document", MANY },
	{ "--performed", REQUIRED },
	{ "--due", 0 },
	{ "--private", LS_TERM_FLAG },
	{ "--number", 0 },
	{ "--method", 0 },
	{ "--document", 0 },
	{ "--details", 0 },
	{ "--condition", MANY },
	{ "--quantity", MANY },
	{ "--serves", MANY },
	{ "--sensitivity", MANY },
	{ "--drift", MANY },
	{ "--averaged", LS_TERM_FLAG | MANY },
	{ "--adjustment", MANY },
	{ "--tolerance", MANY },
	{ "--conformity", MANY },
	{ "--found", MANY },
	{ "--point", MANY },
};
static const struct ls_term REVOCATION[] = { COMMON,	       { "--record", REQUIRED },
					     { "--since", 0 }, { "--reason", REQUIRED },
					     { "--words", 0 }, { "--by", 0 } };
static const struct ls_term HEARTBEAT[] = { COMMON };

#define TERMS(table)                                        \
	{                                                   \
		(table), sizeof(table) / sizeof((table)[0]) \
	}
static const struct {
	const struct ls_term *terms;
	size_t count;
} KINDS[LS_CAL_KINDS + 1] = {
	[LS_CAL_ORGANISATION] = TERMS(ORGANISATION),
	[LS_CAL_TECHNICIAN] = TERMS(TECHNICIAN),
	[LS_CAL_DEVICE] = TERMS(DEVICE),
	[LS_CAL_REPORT] = TERMS(REPORT),
	[LS_CAL_REVOCATION] = TERMS(REVOCATION),
	[LS_CAL_HEARTBEAT] = TERMS(HEARTBEAT),
};

void ls_build_free(struct ls_build *build)
{
	ls_said_free(&build->said);
}

bool ls_build_reference(struct ls_build *b, enum ls_cal_kind kind, const char *option,
			struct ls_digest *ret_id, struct ls_faults *faults)
{
	struct ls_error err = { 0 };
	const char *name = ls_said_value(&b->said, option);
	if (!name)
		return false;
	if (ls_lookup(b->store, kind, name, ret_id, &err) == 0)
		return true;
	ls_faults_add(faults, "%s: %s", option, err.message);
	return false;
}

/* --- holders of keys -------------------------------------------------------------------------- */

/* The subject's own public key: a file of it, or a key that is made now, or the one that signs. */
static void take_key(struct ls_build *b, bool own, struct ls_p256_public *ret_key,
		     struct ls_faults *faults)
{
	struct ls_error err = { 0 };
	struct ls_signer signer;
	const char *public = ls_said_value(&b->said, "--public");
	const char *made = ls_said_value(&b->said, "--make-key");
	const char *signs = own ? ls_said_value(&b->said, "--key") : NULL;
	int rc = 0;
	if ((public != NULL) + (made != NULL) > 1)
		ls_faults_add(faults, "--public or --make-key, one of them");
	else if (public)
		rc = ls_public_key_read(public, ret_key, &err);
	else if (made && faults->count > 0)
		return; /* nothing is made for a record that will not be */
	else if (made || signs)
		rc = made ? ls_keys_make(b->keys, made, &signer, &err)
			  : ls_keys_get(b->keys, signs, &signer, &err);
	else
		ls_faults_add(faults, "--public FILE is missing, its public key (or --make-key "
				      "FILE, to make a new one)");
	if (rc < 0)
		ls_faults_add(faults, "%s", err.message);
	else if (made || (!public && signs))
		*ret_key = signer.key;
}

static void take_validity(struct ls_build *b, int64_t issued, int64_t no_end, int64_t *from,
			  int64_t *until, struct ls_faults *faults)
{
	const char *end = ls_said_value(&b->said, "--until");
	*from = issued;
	*until = no_end;
	ls_said_time(&b->said, "--from", from, faults);
	if (end && strcmp(end, "-") != 0)
		ls_said_time(&b->said, "--until", until, faults);
	if (*until == 0)
		ls_faults_add(faults, "--until is missing");
	else if (*until < *from)
		ls_faults_add(faults, "--until is before --from");
}

/* "QUANTITY UNIT LOW HIGH U K" */
static int parse_scope(const char *value, struct ls_cal_scope *s)
{
	char line[512];
	struct ls_cal_field f[6];
	struct ls_cal_lines lines = { .id = "", .what = "" };
	int n = snprintf(line, sizeof(line), "%s\n", value);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -EBADMSG;
	ls_reader_init(&lines.r, line, (size_t)n);
	if (ls_cal_lines_fields(&lines, f, 6) < 0 || ls_reader_end(&lines.r) < 0 ||
	    ls_cal_field_quantity(f[0], s->quantity) < 0 ||
	    ls_cal_field_unit(f[1], s->unit_text, &s->unit) < 0 ||
	    ls_cal_field_decimal(f[2], &s->low) < 0 || ls_cal_field_decimal(f[3], &s->high) < 0 ||
	    ls_cal_field_decimal(f[4], &s->u) < 0 || ls_cal_field_decimal(f[5], &s->k) < 0)
		return -EBADMSG;
	return 0;
}

static int take_scopes(struct ls_build *b, struct ls_cal_organisation *o, struct ls_faults *faults,
		       struct ls_error *err)
{
	o->scopes = calloc(b->said.count + 1, sizeof(*o->scopes));
	if (!o->scopes)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for scopes");
	for (size_t i = 0; i < b->said.count; i++) {
		const char *value = b->said.sayings[i].value;
		if (strcmp(b->said.sayings[i].name, "--scope") != 0)
			continue;
		if (parse_scope(value, &o->scopes[o->scope_count]) < 0)
			ls_faults_add(faults,
				      "--scope '%s' is not 'QUANTITY UNIT LOW HIGH U K', as "
				      "'temperature \\degreecelsius -40 150 0.02 2'",
				      value);
		else
			o->scope_count++;
	}
	return 0;
}

static int build_organisation(struct ls_build *b, struct ls_cal_record *record,
			      struct ls_faults *faults, struct ls_error *err)
{
	struct ls_cal_organisation *o = &record->organisation;
	uint64_t level = 0;
	const char *certifier = ls_said_value(&b->said, "--certified-by");
	ls_said_text(&b->said, "--name", o->name, sizeof(o->name), faults);
	ls_said_number(&b->said, "--level", LS_CAL_LEVEL_MAX, &level, faults);
	o->level = (unsigned)level;
	o->root = certifier && strcmp(certifier, "root") == 0;
	if (!o->root)
		ls_build_reference(b, LS_CAL_ORGANISATION, "--certified-by", &o->certifier, faults);
	if (o->root && level != 0)
		ls_faults_add(faults, "--certified-by root is for national institutes, whose level "
				      "is 0");
	take_validity(b, record->issued, 0, &o->from, &o->until, faults);
	int rc = take_scopes(b, o, faults, err);
	take_key(b, o->root, &o->key, faults);
	return rc;
}

static int build_technician(struct ls_build *b, struct ls_cal_record *record,
			    struct ls_faults *faults)
{
	struct ls_cal_technician *t = &record->technician;
	ls_said_text(&b->said, "--name", t->name, sizeof(t->name), faults);
	ls_build_reference(b, LS_CAL_ORGANISATION, "--organisation", &t->organisation, faults);
	take_validity(b, record->issued, 0, &t->from, &t->until, faults);
	take_key(b, false, &t->key, faults);
	return 0;
}

static int build_device(struct ls_build *b, struct ls_cal_record *record, struct ls_faults *faults)
{
	struct ls_cal_device *d = &record->device;
	uint64_t level = 0;
	ls_said_text(&b->said, "--name", d->name, sizeof(d->name), faults);
	ls_said_number(&b->said, "--level", LS_CAL_LEVEL_MAX, &level, faults);
	d->level = (unsigned)level;
	ls_build_reference(b, LS_CAL_TECHNICIAN, "--technician", &d->technician, faults);
	take_validity(b, record->issued, LS_CAL_NO_END, &d->from, &d->until, faults);
	take_key(b, false, &d->key, faults);
	return 0;
}

/* --- revocations ------------------------------------------------------------------------------ */

/* Any record by id; a device, an organisation or a technician by name, too. */
static bool find_any(struct ls_build *b, const char *option, struct ls_digest *ret_id,
		     enum ls_cal_kind *ret_kind, struct ls_faults *faults)
{
	static const enum ls_cal_kind kinds[] = { LS_CAL_DEVICE, LS_CAL_REPORT, LS_CAL_TECHNICIAN,
						  LS_CAL_ORGANISATION };
	const char *name = ls_said_value(&b->said, option);
	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct ls_error ignored = { 0 };
		if (ls_lookup(b->store, kinds[i], name, ret_id, &ignored) == 0) {
			*ret_kind = kinds[i];
			return true;
		}
	}
	if (name)
		ls_faults_add(faults,
			      "%s: the registry has no record '%s' that can be revoked, or "
			      "revoke",
			      option, name);
	return false;
}

static void take_revoker(struct ls_build *b, struct ls_cal_revocation *v, struct ls_faults *faults)
{
	enum ls_cal_kind kind;
	struct ls_error err = { 0 };
	_cleanup_cal_entry_ struct ls_cal_entry *target = NULL;
	if (ls_said_value(&b->said, "--by")) {
		find_any(b, "--by", &v->by, &kind, faults);
		return;
	}
	if (b->store->operations->find(b->store, &v->record, &target, &err) < 0) {
		ls_faults_add(faults, "%s", err.message);
		return;
	}
	/* who certified it, or a root itself */
	const struct ls_digest *certifier = ls_cal_record_certifier(&target->record);
	v->by = certifier ? *certifier : v->record;
}

static int build_revocation(struct ls_build *b, struct ls_cal_record *record,
			    struct ls_faults *faults)
{
	struct ls_cal_revocation *v = &record->revocation;
	const char *reason = ls_said_value(&b->said, "--reason");
	v->since = record->issued;
	ls_said_time(&b->said, "--since", &v->since, faults);
	ls_said_text(&b->said, "--words", v->words, sizeof(v->words), faults);
	if (reason && ls_cal_reason_parse(reason, strlen(reason), &v->reason) < 0)
		ls_faults_add(faults,
			      "--reason '%s' is none of key-compromise, error, competence, damage, "
			      "superseded, ceased",
			      reason);
	if (find_any(b, "--record", &v->record, &v->revoked, faults))
		take_revoker(b, v, faults);
	return 0;
}

/* --- heartbeats: how many revocations there are, so that none can be left out of evidence ----- */

static int add_revocation(void *context, const struct ls_cal_found *found)
{
	struct ls_buffer *all = context;
	return ls_buffer_add(all, found, sizeof(*found));
}

static int by_index(const void *left, const void *right)
{
	const struct ls_cal_found *a = left, *b = right;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Those that are logged, and those that will be before it. */
static int build_heartbeat(struct ls_build *b, struct ls_cal_record *record, struct ls_error *err)
{
	struct ls_cal_heartbeat *h = &record->heartbeat;
	_cleanup_sha256_ struct ls_sha256 hash = { .context = NULL };
	_cleanup_buffer_ struct ls_buffer all;
	ls_buffer_init(&all, SIZE_MAX / 2);
	int rc = b->store->operations->all(b->store, LS_CAL_REVOCATION, add_revocation, &all, err);
	if (rc < 0 || ls_sha256_init(&hash) < 0)
		return rc < 0 ? rc : ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
	struct ls_cal_found *found = (struct ls_cal_found *)(void *)all.data;
	size_t count = all.size / sizeof(*found);
	if (count > 0)
		qsort(found, count, sizeof(*found), by_index);
	for (size_t i = 0; i < count; i++)
		ls_sha256_update(&hash, found[i].id.bytes, LS_DIGEST_SIZE);
	ls_sha256_final(&hash, &h->digest);
	h->revocations = count;
	h->has_revocations = true;
	return 0;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int build_kind(struct ls_build *b, struct ls_cal_record *record, struct ls_faults *faults,
		      struct ls_error *err)
{
	switch (record->kind) {
	case LS_CAL_ORGANISATION: return build_organisation(b, record, faults, err);
	case LS_CAL_TECHNICIAN: return build_technician(b, record, faults);
	case LS_CAL_DEVICE: return build_device(b, record, faults);
	case LS_CAL_REPORT: return ls_build_report(b, record, faults, err);
	case LS_CAL_REVOCATION: return build_revocation(b, record, faults);
	case LS_CAL_HEARTBEAT: return build_heartbeat(b, record, err);
	}
	return 0;
}

int ls_build_record(struct ls_build *b, const char *const *words, size_t count,
		    struct ls_cal_record *ret_record, struct ls_faults *faults,
		    struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .issued = (int64_t)time(NULL) };
	if (count == 0 || ls_cal_kind_parse(words[0], strlen(words[0]), &record.kind) < 0) {
		ls_faults_add(faults,
			      "what is to be issued? organisation, technician, device, "
			      "report, revocation or heartbeat, not '%s'",
			      count ? words[0] : "");
		return 0;
	}
	snprintf(record.registry, sizeof(record.registry), "%s", b->registry->name);
	int rc = ls_said_read(words + 1, count - 1, KINDS[record.kind].terms,
			      KINDS[record.kind].count, &b->said, faults);
	if (rc < 0)
		return ls_fail(err, rc, "registry.memory", "out of memory for options");
	ls_said_time(&b->said, "--issued", &record.issued, faults);
	rc = build_kind(b, &record, faults, err);
	if (rc < 0 || faults->count > 0)
		return rc;
	/* what the format itself forbids */
	rc = ls_cal_record_identify(&record, err);
	if (rc == -EINVAL || rc == -EFBIG) {
		ls_faults_add(faults, "%s", err->message);
		return 0;
	}
	if (rc == 0) {
		*ret_record = record;
		record = (struct ls_cal_record){ .kind = LS_CAL_HEARTBEAT }; /* handed over */
	}
	return rc;
}
