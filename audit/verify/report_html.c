/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as one page for a screen and for paper.  What comes from the share was
 * escaped when it was found, and is text here, whatever it holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "audit/verify/report_html.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

static const char style[] =
	"table{width:100%}td{overflow-wrap:anywhere}td.word,span.word,td.n,th.n{white-space:nowrap}"
	".word strong{font-size:.92em}.id{display:block;color:var(--soft);font-size:.86em}"
	".verdict .big{font-size:1.5rem;letter-spacing:.02em}"
	".sign{display:none}"
	"@media print{.sign{display:grid;grid-template-columns:1fr 1fr 1fr;gap:8mm;margin-top:14mm}"
	".sign span{border-top:1px solid var(--ink);padding-top:1mm;color:var(--soft)}"
	"table.rows{font-size:8.5pt}}";

/* --- pieces -------------------------------------------------------------------------------- */

void ls_report_html_table(struct ls_html *h, const char *class, const char *const *columns,
			  size_t count)
{
	ls_html_open(h, "table");
	if (class)
		ls_html_attr(h, "class", class);
	ls_html_open(h, "thead");
	ls_html_open(h, "tr");
	for (size_t i = 0; i < count; i++)
		ls_html_element(h, "th", NULL, columns[i]);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_open(h, "tbody");
	ls_html_line(h);
}

void ls_report_html_table_end(struct ls_html *h)
{
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

/* A word that means the same without its colour. */
void ls_report_html_word(struct ls_html *h, const char *class, const char *word)
{
	ls_html_open(h, "td");
	ls_html_attrf(h, "class", "word %s", class);
	ls_html_element(h, "strong", NULL, word);
	ls_html_close(h);
}

/* --- the top ------------------------------------------------------------------------------- */

static const char *class_of(enum ls_verdict verdict)
{
	switch (verdict) {
	case LS_VERIFIED: return "good";
	case LS_NOT_VERIFIED: return "bad";
	case LS_COULD_NOT_CHECK: break;
	}
	return "unsure";
}

static void add_verdict(struct ls_html *h, const struct ls_report *r)
{
	char sentence[LS_SENTENCE_SIZE];
	enum ls_verdict verdict = ls_report_verdict(r);
	ls_html_open(h, "section");
	ls_html_attrf(h, "class", "verdict %s", class_of(verdict));
	ls_html_open(h, "p");
	ls_html_element(h, "strong", "big", ls_verdict_word(verdict));
	ls_html_close(h);
	ls_html_open(h, "p");
	ls_html_claim(h, ls_report_sentence(r, sentence));
	ls_html_close(h);
	if (r->first_failing_seal > 0)
		ls_html_elementf(h, "p", "note",
				 "First failing: seal %" PRIu64 ", log index %" PRIu64 ".",
				 r->first_failing_seal, r->first_failing_seal - 1);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_log(struct ls_html *h, const struct ls_report_facts *f)
{
	char text[200];
	ls_html_claimed_fact(h, "Log", f->origin);
	if (!f->origin)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, f->log_size);
	ls_html_claimed_fact(h, "Seals in it", text);
	ls_html_claimed_fact(h, "Its root (SHA-256, base64)", f->root);
	if (f->first_received && f->last_received) {
		snprintf(text, sizeof(text), "%s to %s", f->first_received, f->last_received);
		ls_html_claimed_fact(h, "Received", text);
	}
}

static void add_facts(struct ls_html *h, const struct ls_report *r)
{
	static const char *const kinds[] = { "Target", "Share", "Result" };
	const struct ls_report_facts *f = &r->facts;
	char text[160], now[LS_UTC_SIZE];
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts");
	ls_html_claimed_fact(h, kinds[f->kind], f->target);
	ls_html_claimed_fact(h, "Instrument", f->instrument);
	add_log(h, f);
	ls_html_claimed_fact(h, "Trust file", f->trust_file);
	ls_html_claimed_fact(h, "Its fingerprint", f->trust_fingerprint);
	ls_html_claimed_fact(h, "Its key", f->key);
	ls_html_claimed_fact(h, "Memory", f->memory_file);
	ls_html_claimed_fact(h, "", f->memory_said);
	snprintf(text, sizeof(text), "%llu sealed files, %llu bytes, in %.2f s",
		 (unsigned long long)r->files, (unsigned long long)r->bytes, f->seconds);
	ls_html_claimed_fact(h, "Looked at", text);
	snprintf(text, sizeof(text), "%.200s: registry %s, %" PRIu64 " entries",
		 r->calibrated.registry ? r->calibrated.registry : "", r->calibrated.origin,
		 r->calibrated.size);
	if (r->calibrated.origin[0])
		ls_html_claimed_fact(h, "Calibration", text);
	snprintf(text, sizeof(text),
		 "%llu sealed files, %llu bytes, hashed at an earlier audit and not read again",
		 (unsigned long long)r->taken_files, (unsigned long long)r->taken_bytes);
	if (r->taken_files > 0)
		ls_html_claimed_fact(h, "Taken over", text);
	snprintf(text, sizeof(text), "%s, by labseal %s, by this computer's clock",
		 ls_utc_format((int64_t)time(NULL), now), LABSEAL_VERSION);
	ls_html_claimed_fact(h, "Audited", text);
	ls_html_close(h);
	ls_html_line(h);
}

/* --- findings ------------------------------------------------------------------------------ */

static void add_finding(struct ls_html *h, const struct ls_finding *f)
{
	ls_html_open(h, "tr");
	if (f->seal > 0)
		ls_html_elementf(h, "td", "n", "%" PRIu64, f->seal - 1);
	else
		ls_html_element(h, "td", "n", "–");
	ls_html_open(h, "td");
	ls_html_claim(h, f->file);
	ls_html_close(h);
	ls_html_open(h, "td");
	ls_html_claim(h, f->message);
	ls_html_element(h, "span", "id hash", f->id);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_findings(struct ls_html *h, const struct ls_report *r, enum ls_finding_kind kind,
			 const char *title, const char *words)
{
	static const char *const columns[] = { "Log index", "File", "What" };
	const struct ls_finding_list *list = &r->findings[kind];
	if (list->total == 0)
		return;
	ls_html_heading(h, title);
	ls_html_element(h, "p", "note", words);
	ls_report_html_table(h, NULL, columns, 3);
	for (size_t i = 0; i < list->count; i++)
		add_finding(h, &list->items[i]);
	ls_report_html_table_end(h);
	if (list->total > list->count)
		ls_html_elementf(h, "p", "note", "%" PRIu64 " more of them are not listed here.",
				 list->total - list->count);
}

static void add_notes(struct ls_html *h, const struct ls_report_facts *f)
{
	if (!f->note_remembered || !f->note_seen)
		return;
	ls_html_heading(h, "Proof of misbehaviour");
	ls_html_element(h, "p", NULL,
			"Two signed notes of one log that contradict each other. Keep both: "
			"together they prove it to anyone who has the log's key.");
	ls_html_element(h, "h3", NULL, "Remembered from the last audit");
	ls_html_element(h, "pre", NULL, f->note_remembered);
	ls_html_element(h, "h3", NULL, "On the share");
	ls_html_element(h, "pre", NULL, f->note_seen);
}

static void add_skipped(struct ls_html *h, const struct ls_report *r)
{
	const struct ls_finding_list *list = &r->findings[LS_FINDING_SKIPPED];
	ls_html_heading(h, "Not checked, and why");
	ls_html_open(h, "ul");
	for (size_t i = 0; i < list->count; i++) {
		ls_html_open(h, "li");
		ls_html_claim(h, list->items[i].message);
		ls_html_element(h, "span", "id hash", list->items[i].id);
		ls_html_close(h);
		ls_html_line(h);
	}
	ls_html_close(h);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void add_limits(struct ls_html *h)
{
	static const char *const limits[] = {
		"That the instrument measured rightly, or that a sample is the one it is named by.",
		"Anything that happened before the instrument's computer handed a file over.",
		("That this computer, and the program that made this page, were sound: an audit "
		 "is worth as much as the machine it ran on and the way the trust file came."),
	};
	ls_html_limits(h, limits, sizeof(limits) / sizeof(*limits));
	ls_html_open(h, "p");
	ls_html_attr(h, "class", "sign");
	ls_html_element(h, "span", NULL, "Auditor");
	ls_html_element(h, "span", NULL, "Date");
	ls_html_element(h, "span", NULL, "Signature");
	ls_html_close(h);
	ls_html_line(h);
}

static int write_page(const struct ls_report *r, struct ls_buffer *out)
{
	struct ls_html h;
	char title[300];
	const char *of = r->facts.instrument ? r->facts.instrument : r->facts.target;
	snprintf(title, sizeof(title), "%s: audit of %s", ls_verdict_word(ls_report_verdict(r)),
		 of ? of : "");
	const struct ls_html_page page = { .title = title, .style = style };
	ls_html_init(&h, out);
	ls_html_begin_page(&h, &page);
	ls_html_open(&h, "h1");
	ls_html_text(&h, "Audit of ");
	ls_html_claim(&h, of ? of : "");
	ls_html_close(&h);
	add_verdict(&h, r);
	add_facts(&h, r);
	add_findings(
		&h, r, LS_FINDING_FAILED, "What does not hold",
		"Proven: altered, removed, added, signed by another, or sealed in a state that "
		"was not approved.");
	add_notes(&h, &r->facts);
	add_findings(&h, r, LS_FINDING_UNABLE, "Could not be checked",
		     "Nothing is proven of these, either way.");
	ls_report_html_countersigned(&h, &r->countersigned);
	ls_report_html_sampled(&h, &r->sampled);
	ls_report_html_checks(&h, r);
	ls_report_html_chain(&h, r->facts.chain);
	add_skipped(&h, r);
	add_findings(&h, r, LS_FINDING_WARNING, "To know", "These change no verdict.");
	add_findings(&h, r, LS_FINDING_EVENT, "Refused, missing or unusual",
		     "What sealed events say; that they are on record is as it should be.");
	ls_report_html_rows(&h, r);
	add_limits(&h);
	return ls_html_end_page(&h, &page);
}

int ls_report_write_html(const struct ls_report *r, const char *path, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, LS_REPORT_HTML_MAX);
	return ls_html_save(&page, write_page(r, &page), path, err);
}
