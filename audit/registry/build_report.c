/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: whom and what they name, and their details out of options or a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "audit/registry/build_internal.h"
#include "audit/registry/lookup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/registry/folder.h"

/* --- details ------------------------------------------------------------------------------ */

/* Options of a measurand and the keywords of their lines, in the format's order. */
static const struct {
	const char *option, *keyword;
} LINES[] = {
	{ "--quantity", "quantity" },
	{ "--serves", "from" },
	{ "--sensitivity", "sensitivity" },
	{ "--drift", "drift" },
	{ "--averaged", "averaged" },
	{ "--adjustment", "adjustment" },
	{ "--tolerance", "tolerance" },
	{ "--conformity", "conformity" },
	{ "--found", "found" },
	{ "--point", "point" },
};
#define LINE_KINDS (sizeof(LINES) / sizeof(LINES[0]))

static void add_line(struct ls_buffer *text, const char *keyword, const char *value)
{
	ls_buffer_printf(text, "%s%s%s\n", keyword, *value ? " " : "", value);
}

static void add_each(const struct ls_said *said, const char *option, const char *keyword,
		     struct ls_buffer *text)
{
	for (size_t i = 0; i < said->count; i++)
		if (strcmp(said->sayings[i].name, option) == 0)
			add_line(text, keyword, said->sayings[i].value);
}

/* The sayings [from, to), which begin with --quantity, as one measurand. */
static void add_measurand(const struct ls_said *said, size_t from, size_t to,
			  struct ls_buffer *text)
{
	for (size_t kind = 0; kind < LINE_KINDS; kind++) {
		bool any = false;
		for (size_t i = from; i < to; i++)
			if (strcmp(said->sayings[i].name, LINES[kind].option) == 0) {
				add_line(text, LINES[kind].keyword, said->sayings[i].value);
				any = true;
			}
		if (!any && strcmp(LINES[kind].keyword, "adjustment") == 0)
			add_line(text, "adjustment", "none");
	}
}

static size_t next_quantity(const struct ls_said *said, size_t from)
{
	while (from < said->count && strcmp(said->sayings[from].name, "--quantity") != 0)
		from++;
	return from;
}

static void add_measurands(const struct ls_said *said, struct ls_buffer *text,
			   struct ls_faults *faults)
{
	size_t first = next_quantity(said, 0);
	for (size_t i = 0; i < first; i++)
		for (size_t kind = 1; kind < LINE_KINDS; kind++)
			if (strcmp(said->sayings[i].name, LINES[kind].option) == 0)
				ls_faults_add(faults,
					      "%s stands before the --quantity that it is of",
					      LINES[kind].option);
	for (size_t at = first; at < said->count;) {
		size_t end = next_quantity(said, at + 1);
		add_measurand(said, at, end, text);
		at = end;
	}
}

static void add_salt(struct ls_buffer *text, struct ls_faults *faults)
{
	uint8_t salt[LS_CAL_SALT_SIZE];
	char hex[2 * LS_CAL_SALT_SIZE + 1];
	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		ls_faults_add(faults, "there is no randomness for the details' salt");
	ls_hex_encode(salt, sizeof(salt), hex);
	add_line(text, "salt", hex);
}

/* --document is a file, which the registry keeps by its hash, or such a hash. */
static void add_document(const struct ls_said *said, struct ls_buffer *text,
			 struct ls_faults *faults)
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	const char *value = ls_said_value(said, "--document");
	ls_buffer_init(&bytes, LS_REGISTRY_DOCUMENT_MAX);
	if (!value)
		return;
	if (ls_digest_parse(value, strlen(value), &digest) < 0) {
		if (ls_file_read(AT_FDCWD, value, &bytes, &err) < 0) {
			ls_faults_add(faults, "--document: %s", err.message);
			return;
		}
		ls_sha256_buffer(bytes.data, bytes.size, &digest);
	}
	add_line(text, "document", ls_digest_hex(&digest, hex));
}

/* The lines of a file, as the format has them but for the salt. */
static int add_file(const struct ls_said *said, struct ls_buffer *text, struct ls_faults *faults)
{
	static const char *const rest[] = { "--number", "--method", "--document", "--condition",
					    "--quantity" };
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer file;
	ls_buffer_init(&file, LS_CAL_DETAILS_SIZE_MAX);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		if (ls_said_value(said, rest[i]))
			ls_faults_add(faults, "%s is in --details' file, or an option, not both",
				      rest[i]);
	int rc = ls_file_read(AT_FDCWD, ls_said_value(said, "--details"), &file, &err);
	if (rc < 0)
		ls_faults_add(faults, "--details: %s", err.message);
	else
		ls_buffer_add(text, file.data, file.size);
	return rc == -ENOMEM ? rc : 0;
}

int ls_build_details(const struct ls_said *said, size_t parent_count,
		     struct ls_cal_details **ret_details, struct ls_faults *faults,
		     struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	unsigned before = faults->count;
	ls_buffer_init(&text, LS_CAL_DETAILS_SIZE_MAX);
	add_salt(&text, faults);
	if (ls_said_value(said, "--details")) {
		int rc = add_file(said, &text, faults);
		if (rc < 0)
			return rc;
	} else {
		if (!ls_said_value(said, "--number"))
			ls_faults_add(faults, "--number is missing, the report's");
		if (!ls_said_value(said, "--quantity"))
			ls_faults_add(faults, "--quantity is missing: what was calibrated?");
		add_each(said, "--number", "number", &text);
		add_each(said, "--method", "method", &text);
		add_document(said, &text, faults);
		add_each(said, "--condition", "condition", &text);
		add_measurands(said, &text, faults);
	}
	if (ls_buffer_error(&text) < 0)
		ls_faults_add(faults, "the details are longer than a record may be");
	if (faults->count > before)
		return 0;
	int rc = ls_cal_details_parse(text.data, text.size, parent_count, ret_details, err);
	if (rc == -EBADMSG)
		ls_faults_add(faults, "the details (line 1 is the salt): %s", err->message);
	return rc == -EBADMSG ? 0 : rc;
}

/* --- the report itself -------------------------------------------------------------------------
 */

static void take_parent(struct ls_build *b, const struct ls_saying *saying,
			struct ls_cal_report *report, struct ls_faults *faults)
{
	struct ls_error err = { 0 };
	struct ls_cal_parent *p = &report->parents[report->parent_count];
	*p = (struct ls_cal_parent){ .link = LS_CAL_HOLDS };
	p->document = strcmp(saying->name, "--parent-document") == 0;
	int rc = p->document ? ls_digest_parse(saying->value, strlen(saying->value), &p->id)
			     : ls_lookup_parent(b->store, saying->value, report->performed, &p->id,
						&err);
	if (rc < 0 && p->document)
		ls_faults_add(faults, "--parent-document '%s' is no SHA-256 in 64 hex digits",
			      saying->value);
	else if (rc < 0)
		ls_faults_add(faults, "--parent: %s", err.message);
	report->parent_count++;
}

static int take_parents(struct ls_build *b, struct ls_cal_report *report, struct ls_faults *faults,
			struct ls_error *err)
{
	report->parents = calloc(LS_CAL_PARENTS_MAX, sizeof(*report->parents));
	if (!report->parents)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a report");
	for (size_t i = 0; i < b->said.count; i++) {
		const struct ls_saying *saying = &b->said.sayings[i];
		if (strncmp(saying->name, "--parent", 8) != 0)
			continue;
		if (report->parent_count == LS_CAL_PARENTS_MAX) {
			ls_faults_add(faults, "there are more than %d parents", LS_CAL_PARENTS_MAX);
			break;
		}
		take_parent(b, saying, report, faults);
	}
	return 0;
}

static void take_times(struct ls_build *b, const struct ls_cal_record *record,
		       struct ls_cal_report *report, struct ls_faults *faults)
{
	const char *due = ls_said_value(&b->said, "--due");
	report->performed = record->issued;
	report->due = LS_CAL_NO_END;
	ls_said_time(&b->said, "--performed", &report->performed, faults);
	if (due && strcmp(due, "-") != 0)
		ls_said_time(&b->said, "--due", &report->due, faults);
	report->begun = report->performed;
	if (report->performed > record->issued)
		ls_faults_add(faults, "--performed is after the report is issued");
	if (report->due <= report->performed)
		ls_faults_add(faults, "--due is not after --performed");
}

int ls_build_report(struct ls_build *b, struct ls_cal_record *record, struct ls_faults *faults,
		    struct ls_error *err)
{
	struct ls_cal_report *report = &record->report;
	_cleanup_cal_entry_ struct ls_cal_entry *device = NULL;
	report->private = ls_said_value(&b->said, "--private") != NULL;
	take_times(b, record, report, faults);
	ls_build_reference(b, LS_CAL_TECHNICIAN, "--technician", &report->technician, faults);
	if (ls_build_reference(b, LS_CAL_DEVICE, "--device", &report->device, faults) &&
	    b->store->operations->find(b->store, &report->device, &device, err) == 0)
		report->level = device->record.device.level;
	int rc = take_parents(b, report, faults, err);
	return rc < 0 ? rc
		      : ls_build_details(&b->said, report->parent_count, &report->details, faults,
					 err);
}
