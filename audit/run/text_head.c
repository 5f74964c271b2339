/* SPDX-License-Identifier: Apache-2.0 */
/* The lines "* Key = Value" of a text export. */
#include <string.h>
#include <strings.h>

#include "audit/run/text_number.h"
#include "audit/run/text_parts.h"
#include "lib/base/text.h"

static struct ls_cell trimmed(const char *text, size_t length)
{
	while (length > 0 && (unsigned char)text[length - 1] <= ' ')
		length--;
	while (length > 0 && (unsigned char)*text <= ' ')
		text++, length--;
	return (struct ls_cell){ text, length };
}

/* "96-Well Block (0.2mL)", "384-Well Block", "96fast", "48 wells". */
static void take_block(struct ls_run *run, const struct ls_cell *value)
{
	static const struct {
		const char *wells;
		uint64_t rows, columns;
	} blocks[] = { { "48", 6, 8 },
		       { "96", 8, 12 },
		       { "384", 16, 24 },
		       { "1536", 32, 48 },
		       { "3072", 48, 64 } };
	size_t digits = 0;
	while (digits < value->length && value->text[digits] >= '0' && value->text[digits] <= '9')
		digits++;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (strlen(blocks[i].wells) == digits &&
		    memcmp(blocks[i].wells, value->text, digits) == 0)
			ls_run_plate(run, blocks[i].rows, blocks[i].columns);
	ls_run_set(run, &run->block_type, value->text, value->length);
}

static bool is_utc(const char *zone, size_t length)
{
	return length == 3 && (memcmp(zone, "UTC", 3) == 0 || memcmp(zone, "GMT", 3) == 0);
}

/*
 * "2010-10-01 01:44:54 AM EDT", "2020-04-02 17:53:33 PM BST": the text is kept.  It is an instant
 * only where the zone is UTC: the letters of the others name several zones each.
 */
static void take_time(struct ls_run *run, struct ls_run_time *time, const struct ls_cell *value)
{
	ls_run_set(run, &time->text, value->text, value->length);
	const char *t = value->text;
	if (value->length < 23 || !is_utc(t + value->length - 3, 3))
		return;
	char iso[LS_UTC_SIZE];
	snprintf(iso, sizeof(iso), "%.10sT%.8sZ", t, t + 11);
	bool pm = value->length == 26 && memcmp(t + 20, "PM", 2) == 0;
	bool am = value->length == 26 && memcmp(t + 20, "AM", 2) == 0;
	if (ls_utc_parse(iso, strlen(iso), &time->seconds) < 0)
		return;
	int hour = (iso[11] - '0') * 10 + iso[12] - '0';
	if (pm && hour < 12)
		time->seconds += 12 * 3600;
	else if (am && hour == 12)
		time->seconds -= 12 * 3600;
	time->known = true;
}

static bool is_none(const struct ls_cell *value)
{
	return value->length == 0 || ls_cell_is(value, "NA") || ls_cell_is(value, "N/A") ||
	       ls_cell_is(value, "None");
}

static bool strip(struct ls_cell *text, const char *tail)
{
	size_t n = strlen(tail);
	if (text->length <= n || strncasecmp(text->text + text->length - n, tail, n) != 0)
		return false;
	text->length -= n;
	*text = trimmed(text->text, text->length);
	return true;
}

static bool strip_front(struct ls_cell *text, const char *front)
{
	size_t n = strlen(front);
	if (text->length <= n || strncasecmp(text->text, front, n) != 0)
		return false;
	*text = trimmed(text->text + n, text->length - n);
	return true;
}

static enum ls_calibration_kind kind_of(const struct ls_cell *name)
{
	if (ls_cell_is(name, "Background"))
		return LS_CALIBRATION_BACKGROUND;
	if (ls_cell_is(name, "Uniformity"))
		return LS_CALIBRATION_UNIFORMITY;
	if (ls_cell_is(name, "ROI"))
		return LS_CALIBRATION_ROI;
	if (ls_cell_is(name, "RNase P") || ls_cell_is(name, "RNaseP"))
		return LS_CALIBRATION_RNASEP;
	return LS_CALIBRATION_OTHER;
}

/* The calibration of a name, new or not: "is expired" and "performed on" are lines of their own. */
static struct ls_run_calibration *calibration(struct ls_run *run, struct ls_cell name)
{
	bool dye = strip_front(&name, "Pure Dye ");
	enum ls_calibration_kind kind = dye ? LS_CALIBRATION_PURE_DYE : kind_of(&name);
	/* ViiA 7 leaves out "Pure Dye": what is one word and no kind is a dye */
	if (kind == LS_CALIBRATION_OTHER && !memchr(name.text, ' ', name.length))
		kind = LS_CALIBRATION_PURE_DYE;
	const char *plain = ls_run_text(run, name.text, name.length);
	for (size_t i = 0; plain && i < run->calibration_count; i++) {
		struct ls_run_calibration *c = &run->calibrations[i];
		if (c->kind == kind && c->name && strcmp(c->name, plain) == 0)
			return c;
	}
	struct ls_run_calibration *c = ls_run_calibration(run, kind);
	if (c)
		c->name = plain;
	return c;
}

/* "Background is expired", "Pure Dye FAM performed on". */
static void take_calibration(struct ls_run *run, struct ls_cell key, const struct ls_cell *value)
{
	bool yes;
	if (strip(&key, " is expired")) {
		struct ls_run_calibration *c = calibration(run, key);
		if (c && ls_text_bool(value->text, value->length, &yes) == 0)
			c->expired = yes ? LS_SAID_YES : LS_SAID_NO;
	} else if (strip(&key, " performed on")) {
		struct ls_run_calibration *c = calibration(run, key);
		if (c)
			take_time(run, &c->performed, value);
	}
}

static void take_text(struct ls_run *run, const char *key, const struct ls_cell *value)
{
	const struct {
		const char *key; /* normalised */
		const char **field;
	} texts[] = {
		{ "chemistry", &run->chemistry },
		{ "experimentbarcode", &run->barcode },
		{ "experimentcomment", &run->description },
		{ "experimentcomments", &run->description },
		{ "experimentfilename", &run->file_name },
		{ "experimentname", &run->name },
		{ "experimenttype", &run->experiment_type },
		{ "experimentusername", &run->operator_name },
		{ "username", &run->operator_name },
		{ "instrumentname", &run->instrument_name },
		{ "instrumentserialnumber", &run->instrument_serial },
		{ "instrumenttype", &run->instrument_type },
		{ "blockserialnumber", &run->block_serial },
		{ "passivereference", &run->passive_reference },
		{ "quantificationcyclemethod", &run->cq_method },
		{ "softwarenameandversion", &run->software },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(key, texts[i].key) == 0)
			ls_run_set(run, texts[i].field, value->text, value->length);
}

void ls_text_head(struct ls_run *run, const char *line, size_t length)
{
	const char *equals = memchr(line, '=', length);
	if (!equals)
		return;
	size_t n = (size_t)(equals - line);
	struct ls_cell key = trimmed(line, n), value = trimmed(equals + 1, length - n - 1);
	char heading[LS_HEADING_SIZE];
	ls_heading(&key, heading);
	if (strip_front(&key, "Calibration ")) {
		take_calibration(run, key, &value);
		return;
	}
	if (is_none(&value))
		return;
	if (strcmp(heading, "blocktype") == 0)
		take_block(run, &value);
	else if (strcmp(heading, "experimentrunendtime") == 0)
		take_time(run, &run->ended, &value);
	else if (strcmp(heading, "datecreated") == 0)
		take_time(run, &run->created, &value);
	else
		take_text(run, heading, &value);
}
