/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/index_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"

#define SHORT_HASH 12 /* hex digits shown; the whole is in the title */

/* --- what an event is ---------------------------------------------------------- */

static const struct {
	const char *event;
	enum ls_index_kind kind;
	const char *words;
} events[] = {
	{ "vm-start", LS_INDEX_MACHINE_ON, "the instrument's computer was started" },
	{ "vm-stop", LS_INDEX_MACHINE_OFF, "the instrument's computer was stopped" },
	{ "drift", LS_INDEX_PROBLEM, "the machine was changed without approval" },
	{ "gap", LS_INDEX_PROBLEM, "results did not arrive" },
	{ "refused", LS_INDEX_PROBLEM, "a file was not taken" },
	{ "silence", LS_INDEX_PROBLEM, "nothing was heard from the instrument's computer" },
	{ "backpressure", LS_INDEX_PROBLEM, "results had to wait" },
	{ "clock-back", LS_INDEX_PROBLEM, "the host's clock went back" },
	{ "log-adopted", LS_INDEX_PROBLEM, "the log was taken up again after a loss" },
	{ "session", LS_INDEX_EVENT, "the exporter began anew" },
	{ "countersignature", LS_INDEX_EVENT, "a person signed a result" },
	{ "time-stamp", LS_INDEX_EVENT, "an independent time stamp of the log" },
	{ "calibration", LS_INDEX_EVENT, "what is known of the instrument's calibration changed" },
	{ "calibration-due", LS_INDEX_EVENT, "the instrument's calibration is due soon" },
	{ "approval", LS_INDEX_EVENT, "a state was approved" },
	{ "approval-retired", LS_INDEX_EVENT, "an approval was retired" },
};

/* Of one that is not in the table: an event, without further words. */
static enum ls_index_kind kind_of(const char *event, const char **ret_words)
{
	*ret_words = "";
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (strcmp(events[i].event, event) == 0) {
			*ret_words = events[i].words;
			return events[i].kind;
		}
	return LS_INDEX_EVENT;
}

/* --- rows ---------------------------------------------------------------------- */

struct making {
	const struct ls_item *item;
	const struct ls_record *record;
	char path[LS_ITEM_PATH_SIZE];
	bool has_report;
	unsigned made; /* rows so far: the first one is what #sNUMBER leads to */
	struct ls_index_row *row;
	struct ls_html h;
};

static void open_cell(struct making *m, const char *class)
{
	ls_html_open(&m->h, "td");
	ls_html_attr(&m->h, "class", class);
}

/* A link to something in the seal's folder is open then. */
static void open_link(struct making *m, const char *file)
{
	ls_html_open(&m->h, "a");
	ls_html_attrf(&m->h, "href", "%s/%s", m->path, file);
}

static void add_link(struct making *m, const char *file, const char *text)
{
	open_link(m, file);
	ls_html_text(&m->h, text);
	ls_html_close(&m->h);
	ls_html_text(&m->h, " ");
}

/* Up to the cell with the name, which is open then. */
static void begin_row(struct making *m)
{
	static const char *const classes[] = { [LS_INDEX_RESULT] = "r",
					       [LS_INDEX_MACHINE_ON] = "e",
					       [LS_INDEX_MACHINE_OFF] = "e",
					       [LS_INDEX_PROBLEM] = "p",
					       [LS_INDEX_EVENT] = "e" };
	ls_html_open(&m->h, "tr");
	ls_html_attr(&m->h, "class", classes[m->row->kind]);
	if (m->made++ == 0)
		ls_html_attrf(&m->h, "id", "s%" PRIu64, m->item->seal);
	open_cell(m, "s");
	open_link(m, "");
	ls_html_textf(&m->h, "%" PRIu64, m->item->seal);
	ls_html_close(&m->h);
	ls_html_close(&m->h);
	open_cell(m, "t");
	ls_html_time(&m->h, m->record->received / 1000, "");
	ls_html_close(&m->h);
	open_cell(m, "c");
}

/* The rest of it; hash: NULL where there is more than one file, or none. */
static void end_row(struct making *m, uint64_t bytes, const struct ls_digest *hash)
{
	char hex[LS_DIGEST_HEX_SIZE], size[LS_GROUPED_SIZE];
	ls_html_close(&m->h);
	open_cell(m, "n");
	if (m->row->kind == LS_INDEX_RESULT)
		ls_html_text(&m->h, ls_grouped(bytes, size));
	ls_html_close(&m->h);
	open_cell(m, "h");
	if (hash) {
		ls_html_open(&m->h, "code");
		ls_html_attr(&m->h, "title", ls_digest_hex(hash, hex));
		ls_html_textf(&m->h, "%.*s", SHORT_HASH, hex);
		ls_html_close(&m->h);
	}
	ls_html_close(&m->h);
	open_cell(m, "f");
	if (m->has_report)
		add_link(m, LS_FILE_REPORT, "report");
	add_link(m, LS_FILE_RECORD, "record");
	add_link(m, LS_FILE_MANIFEST, "manifest");
	add_link(m, LS_FILE_SIGNATURE, "signature");
	add_link(m, LS_FILE_PROOF, "proof");
	ls_html_close(&m->h);
	ls_html_close(&m->h);
	ls_html_line(&m->h);
}

/* The name that the guest gave it, with a link to what came. */
static void add_file_link(struct making *m, const struct ls_record_file *file)
{
	open_link(m, file->path);
	ls_html_claim(&m->h, file->claimed.name[0] ? file->claimed.name : file->path);
	ls_html_close(&m->h);
}

/* What is as it should be, or was not checked, needs no word. */
static void add_calibration(struct making *m)
{
	enum ls_calibration_verdict verdict = m->record->calibration.verdict;
	if (verdict == LS_CALIBRATION_NOT_CHECKED || verdict == LS_CALIBRATION_TRACEABLE)
		return;
	ls_html_text(&m->h, " ");
	ls_html_elementf(&m->h, "b", NULL, "calibration: %s", ls_calibration_verdict_name(verdict));
}

/* Many results: the first by name, the others in the folder and its record. */
static void add_summary_row(struct making *m)
{
	uint64_t bytes = 0;
	begin_row(m);
	ls_html_textf(&m->h, "%zu results: ", m->record->count);
	for (size_t i = 0; i < m->record->count; i++)
		bytes += m->record->files[i].size;
	for (size_t i = 0; i < LS_INDEX_FILES; i++) {
		add_file_link(m, &m->record->files[i]);
		ls_html_text(&m->h, ", ");
	}
	open_link(m, LS_ORIGINAL_PREFIX);
	ls_html_textf(&m->h, "and %zu more", m->record->count - LS_INDEX_FILES);
	ls_html_close(&m->h);
	add_calibration(m);
	end_row(m, bytes, NULL);
}

static void add_event_row(struct making *m, const char *event, const char *words)
{
	begin_row(m);
	ls_html_elementf(&m->h, "b", NULL, "event: %s", event);
	ls_html_text(&m->h, words[0] ? " " : "");
	ls_html_text(&m->h, words);
	if (strcmp(event, "calibration") == 0)
		add_calibration(m);
	end_row(m, 0, NULL);
}

static void add_file_rows(struct making *m)
{
	for (size_t i = 0; i < m->record->count; i++) {
		begin_row(m);
		add_file_link(m, &m->record->files[i]);
		add_calibration(m);
		end_row(m, m->record->files[i].size, &m->record->files[i].sha256);
	}
}

int ls_index_row(const struct ls_item *item, const struct ls_record *record, bool has_report,
		 struct ls_index_row *row)
{
	struct making m = { item, record, .has_report = has_report, .row = row };
	const char *event = record->event[0] ? record->event : item->label, *words = "";
	bool is_event = record->count == 0;
	ls_item_path(item, m.path);
	ls_buffer_free(&row->html);
	*row = (struct ls_index_row){ .seal = item->seal,
				      .kind = is_event ? kind_of(event, &words) : LS_INDEX_RESULT,
				      .received = record->received / 1000,
				      .results = record->count };
	if (strcmp(record->event, "calibration") == 0 &&
	    record->calibration.verdict != LS_CALIBRATION_TRACEABLE)
		row->kind = LS_INDEX_PROBLEM;
	ls_buffer_init(&row->html, LS_INDEX_ROW_SIZE_MAX);
	ls_html_init(&m.h, &row->html);
	if (is_event) {
		snprintf(row->event, sizeof(row->event), "%.*s", LS_EVENT_KIND_SIZE - 1, event);
		add_event_row(&m, row->event, words);
	} else if (record->count > LS_INDEX_FILES) {
		add_summary_row(&m);
	} else {
		add_file_rows(&m);
	}
	return ls_buffer_error(&row->html);
}

void ls_index_row_free(struct ls_index_row *row)
{
	ls_buffer_free(&row->html);
	*row = (struct ls_index_row){ 0 };
}
