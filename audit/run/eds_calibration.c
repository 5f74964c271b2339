/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calibrations that a run's file carries: sections in brackets, lines
 * "key=value", and blocks of figures "key=<<eof" to "eof", which are passed over.
 *
 * What "[result] result=false" means is not known: files of good runs have it,
 * beside "[QC] result=true".  So only a yes is taken for an answer there.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "audit/run/eds_parts.h"
#include "audit/run/text_number.h"
#include "lib/base/reader.h"

#define NAME_SIZE 64

struct piece {
	const char *text;
	size_t length;
};

struct file {
	struct ls_run *run;
	struct ls_run_calibration whole; /* what [head] and [instrument] say */
	struct ls_run_calibration *dye;	 /* of the section that is open; NULL: it is of no dye */
	char section[NAME_SIZE];
};

static bool is(const struct piece *p, const char *word)
{
	return strlen(word) == p->length && strncasecmp(p->text, word, p->length) == 0;
}

static struct piece trimmed(const char *text, size_t length)
{
	while (length > 0 && (unsigned char)text[length - 1] <= ' ')
		length--;
	while (length > 0 && (unsigned char)*text <= ' ')
		text++, length--;
	return (struct piece){ text, length };
}

/* "null" and "*" are how these files say nothing. */
static bool says_nothing(const struct piece *value)
{
	return value->length == 0 || is(value, "null") || is(value, "*");
}

static void set(struct file *f, const char **field, const struct piece *value)
{
	if (!says_nothing(value))
		ls_run_set(f->run, field, value->text, value->length);
}

static void take_head(struct file *f, const struct piece *key, const struct piece *value)
{
	struct ls_run_calibration *c = &f->whole;
	if (is(key, "timestamp"))
		ls_eds_time(&c->performed, value->text, value->length);
	else if (is(key, "expirytime"))
		ls_eds_time(&c->expires, value->text, value->length);
	else if (is(key, "operator"))
		set(f, &c->operator_name, value);
	else if (is(key, "calibrationID") || is(key, "digest"))
		set(f, &c->calibration_id, value);
}

static void take_result(enum ls_said *said, bool trusted, const struct piece *value)
{
	bool yes;
	if (ls_text_bool(value->text, value->length, &yes) == 0 && (yes || trusted))
		*said = yes ? LS_SAID_YES : LS_SAID_NO;
}

/* A dye's own section: it begins to count with its first key of a calibration. */
static void take_dye(struct file *f, const struct piece *key, const struct piece *value)
{
	bool of_dye = is(key, "calibration-time") || is(key, "expiration-time") ||
		      is(key, "operator");
	if (!f->dye && of_dye) {
		f->dye = ls_run_calibration(f->run, LS_CALIBRATION_PURE_DYE);
		if (f->dye)
			f->dye->name = ls_run_text(f->run, f->section, strlen(f->section));
	}
	if (!f->dye)
		return;
	if (is(key, "calibration-time"))
		ls_eds_time(&f->dye->performed, value->text, value->length);
	else if (is(key, "expiration-time"))
		ls_eds_time(&f->dye->expires, value->text, value->length);
	else if (is(key, "operator"))
		set(f, &f->dye->operator_name, value);
	else if (is(key, "result"))
		take_result(&f->dye->passed, false, value);
}

static void take_pair(struct file *f, const struct piece *key, const struct piece *value)
{
	if (strcasecmp(f->section, "head") == 0)
		take_head(f, key, value);
	else if (strcasecmp(f->section, "instrument") == 0) {
		if (is(key, "sn") || is(key, "id"))
			set(f, &f->whole.instrument_serial, value);
	} else if (strcasecmp(f->section, "QC") == 0) {
		if (is(key, "result"))
			take_result(&f->whole.passed, true, value);
	} else if (strcasecmp(f->section, "result") == 0) {
		if (is(key, "result") && f->whole.passed == LS_SAID_NOTHING)
			take_result(&f->whole.passed, false, value);
	} else if (f->whole.kind == LS_CALIBRATION_PURE_DYE) {
		take_dye(f, key, value);
	}
}

/* "key=<<WORD": pass over the lines up to WORD.  -EBADMSG when it never comes. */
static int skip_block(struct ls_reader *r, const struct piece *word)
{
	const char *line;
	size_t length;
	while (ls_read_line(r, &line, &length) == 0) {
		struct piece p = trimmed(line, length);
		if (p.length == word->length && memcmp(p.text, word->text, p.length) == 0)
			return 0;
	}
	/* the last line of a file may have no end */
	struct piece rest = trimmed((const char *)r->data + r->pos, ls_reader_left(r));
	return rest.length == word->length && memcmp(rest.text, word->text, rest.length) == 0
		       ? 0
		       : -EBADMSG;
}

static int take_line(struct file *f, struct ls_reader *r, struct piece line)
{
	if (line.length == 0 || *line.text == '#')
		return 0;
	if (*line.text == '[') {
		size_t n = line.length > 2 ? line.length - 2 : 0;
		snprintf(f->section, sizeof(f->section), "%.*s", n < NAME_SIZE ? (int)n : 0,
			 line.text + 1);
		f->dye = NULL;
		return 0;
	}
	const char *equals = memchr(line.text, '=', line.length);
	if (!equals)
		return 0;
	struct piece key = trimmed(line.text, (size_t)(equals - line.text));
	struct piece value = trimmed(equals + 1, line.length - (size_t)(equals - line.text) - 1);
	if (value.length > 2 && memcmp(value.text, "<<", 2) == 0) {
		(f->dye ? f->dye : &f->whole)->has_data = true;
		return skip_block(r, &(struct piece){ value.text + 2, value.length - 2 });
	}
	take_pair(f, &key, &value);
	return 0;
}

/* What each dye has of the file as a whole; and whether somebody answers for it. */
static void settle(struct file *f, struct ls_run_calibration *c, const char *entry)
{
	c->entry = ls_run_text(f->run, entry, strlen(entry));
	if (!c->instrument_serial)
		c->instrument_serial = f->whole.instrument_serial;
	if (!c->calibration_id)
		c->calibration_id = f->whole.calibration_id;
	c->provenance = c->operator_name && c->instrument_serial && c->performed.known;
}

int ls_eds_calibration(struct ls_run *run, enum ls_calibration_kind kind, const char *entry,
		       const void *data, size_t size, struct ls_error *err)
{
	struct file f = { .run = run, .whole = { .kind = kind } };
	size_t before = run->calibration_count;
	struct ls_reader r;
	ls_reader_init(&r, data, size);
	int rc = 0;
	while (rc == 0 && ls_reader_left(&r) > 0 && !ls_run_failed(run)) {
		const char *line;
		size_t length;
		if (ls_read_line(&r, &line, &length) < 0) {
			const uint8_t *rest;
			length = ls_reader_left(&r);
			ls_read_bytes(&r, length, &rest);
			line = (const char *)rest;
		}
		rc = take_line(&f, &r, trimmed(line, length));
	}
	if (run->calibration_count == before) { /* of no dye, or of none that has a section */
		struct ls_run_calibration *c = ls_run_calibration(run, kind);
		if (c)
			*c = f.whole;
	}
	for (size_t i = before; i < run->calibration_count; i++)
		settle(&f, &run->calibrations[i], entry ? entry : "");
	if (rc < 0)
		return ls_fail(err, rc, "report.eds.calibration",
			       "a block of figures has no end: it is cut short");
	return 0;
}
