/* SPDX-License-Identifier: Apache-2.0 */
/* What the page tells of the seal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"
#include "lib/seal/key_kind.h"

static const struct ls_record_file *shown_file(const struct ls_page_content *c)
{
	return &c->seal->record->files[c->seal->shown];
}

static bool has_other_hash(const struct ls_page_content *c)
{
	return c->is_hashed && !ls_digest_equal(&c->sha256, &shown_file(c)->sha256);
}

/* --- top ----------------------------------------------------------------------- */

static void add_statement(struct ls_html *h, const struct ls_page_content *c)
{
	const struct ls_record *r = c->seal->record;
	ls_html_open(h, "p");
	if (has_other_hash(c)) {
		ls_html_element(h, "strong", NULL, "This is not the file that was sealed.");
		ls_html_text(h, " Its SHA-256 is another one than the seal names.");
	} else {
		ls_html_open(h, "strong");
		ls_html_textf(h, "Sealed as number %" PRIu64 " of %s", r->seal, r->instrument);
		ls_html_close(h);
		ls_html_text(h, ", received ");
		ls_html_time(h, r->received / 1000, " UTC");
		ls_html_textf(h, ", signed with a key in: %s.", ls_key_kind_name(r->key_kind));
	}
	ls_html_close(h);
	ls_html_line(h);
}

static void add_how_to_check(struct ls_html *h, const struct ls_page_content *c)
{
	char folder[LS_SEAL_FOLDER_SIZE], label[LS_SAFE_NAME_SIZE];
	const struct ls_record *r = c->seal->record;
	const char *name = r->count ? r->files[0].path + strlen(LS_ORIGINAL_PREFIX) : "";
	ls_seal_folder(r->seal, ls_results_label(r->count, name, label), folder);
	ls_html_element(
		h, "p", NULL,
		"This page is not the seal, and it is not covered by it: it was drawn when the "
		"result was published, and could be changed by whoever can change the share. "
		"Whether the result is unaltered, this tells, on your own machine:");
	ls_html_open(h, "pre");
	ls_html_textf(h, "labseal verify --trust trust.txt %s", folder);
	ls_html_close(h);
	ls_html_element(h, "p", "note",
			"trust.txt is the file that the laboratory handed you by another way. "
			"Without labseal: README.txt at the top of the share.");
}

void ls_page_seal_top(struct ls_html *h, const struct ls_page_content *c)
{
	ls_html_open(h, "section");
	ls_html_attr(h, "class", has_other_hash(c) ? "verdict bad" : "verdict");
	add_statement(h, c);
	add_how_to_check(h, c);
	ls_html_close(h);
	ls_html_line(h);
	if (c->seal->record->development)
		ls_html_element(
			h, "p", "warn",
			"Development setup: this seal shows how labseal works, not where the "
			"result comes from.");
}

/* --- checks -------------------------------------------------------------------- */

static void add_check(struct ls_html *h, const char *mark, const char *what, const char *text)
{
	ls_html_open(h, "tr");
	ls_html_element(h, "td", NULL, mark);
	ls_html_open(h, "th");
	ls_html_attr(h, "scope", "row");
	ls_html_text(h, what);
	ls_html_close(h);
	ls_html_element(h, "td", NULL, text);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_hash_check(struct ls_html *h, const struct ls_page_content *c)
{
	if (!c->is_hashed)
		add_check(h, "–", "File's hash", "not computed for this page");
	else if (has_other_hash(c))
		add_check(h, "✗", "File's hash",
			  "differs from the one that record and manifest name");
	else
		add_check(h, "✓", "File's hash",
			  "computed anew for this page: the one that record and manifest name");
}

static void add_checks(struct ls_html *h, const struct ls_page_content *c)
{
	char line[LS_CALIBRATION_LINE_SIZE];
	const struct ls_calibration_status *calibration = &c->seal->record->calibration;
	ls_html_element(h, "h2", NULL, "Checks");
	ls_html_open(h, "table");
	ls_html_open(h, "tbody");
	add_hash_check(h, c);
	add_check(h, "✓", "Record and manifest", "name the same files with the same hashes");
	add_check(h, "–", "Signature", "not checked by this page; labseal verify does");
	add_check(h, "–", "Place in the log",
		  "a proof is there; not checked by this page, labseal verify does");
	add_check(h, ls_page_calibration_mark(calibration), "Calibration",
		  ls_page_calibration_line(calibration, line));
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

/* --- who, what, when ----------------------------------------------------------- */

static void add_host_facts(struct ls_html *h, const struct ls_page_content *c)
{
	char bytes[LS_GROUPED_SIZE], span[LS_SPAN_SIZE];
	const struct ls_record *r = c->seal->record;
	const struct ls_record_file *f = shown_file(c);
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts");
	ls_html_fact(h, "Instrument", r->instrument);
	ls_page_factf(h, "Seal", "%" PRIu64, r->seal);
	ls_page_time_fact(h, "Received", f->received / 1000);
	ls_page_factf(h, "On the way for", "%s", ls_page_span(f->received - f->begun, span));
	ls_page_factf(h, "Size", "%s bytes", ls_grouped(f->size, bytes));
	ls_page_hash_fact(h, "SHA-256", &f->sha256);
	ls_html_close(h);
	ls_html_line(h);
}

/* The guest's clock, when the host's saw the first of the file. */
static void add_clock(struct ls_html *h, int64_t ahead)
{
	char span[LS_SPAN_SIZE];
	if (ahead > -1000 && ahead < 1000)
		ls_html_fact(h, "Its clock and the host's", "were less than a second apart");
	else
		ls_page_factf(h, "Its clock was", "%s %s the host's",
			      ls_page_span(ahead < 0 ? -ahead : ahead, span),
			      ahead < 0 ? "behind" : "ahead of");
}

static void add_claims(struct ls_html *h, const struct ls_page_content *c)
{
	char span[LS_SPAN_SIZE];
	const struct ls_record_file *f = shown_file(c);
	ls_html_element(h, "h3", NULL, "What the instrument's computer claims");
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts claim");
	ls_html_claimed_fact(h, "File name", f->claimed.name);
	ls_page_time_fact(h, "Last changed", f->claimed.modified / 1000);
	ls_page_time_fact(h, "Its clock at sending", f->claimed.clock / 1000);
	if (f->claimed.clock && f->claimed.modified)
		ls_page_factf(h, "Sent after", "%s",
			      ls_page_span(f->claimed.clock - f->claimed.modified, span));
	if (f->claimed.clock && f->begun)
		add_clock(h, f->claimed.clock - f->begun);
	ls_page_hash_fact(h, "A new version of", &f->claimed.parent);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_file_row(struct ls_html *h, const struct ls_record_file *f, bool is_shown)
{
	char bytes[LS_GROUPED_SIZE];
	ls_html_open(h, "tr");
	ls_html_open(h, "td");
	ls_html_open(h, "a");
	ls_html_attr(h, "href", f->path);
	ls_html_claim(h, f->claimed.name[0] ? f->claimed.name : f->path);
	ls_html_close(h);
	if (is_shown)
		ls_html_text(h, " (shown here)");
	ls_html_close(h);
	ls_html_element(h, "td", "n", ls_grouped(f->size, bytes));
	ls_html_close(h);
	ls_html_line(h);
}

/* Results that were sealed together: one is drawn, all are named. */
static void add_files(struct ls_html *h, const struct ls_page_content *c)
{
	static const char *const columns[] = { "File", ">Bytes", NULL };
	const struct ls_record *r = c->seal->record;
	if (r->count < 2)
		return;
	ls_html_elementf(h, "h3", NULL, "Sealed together: %zu files", r->count);
	ls_html_element(h, "p", "note",
			"This page shows one of them. labseal report FILE draws any other.");
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "scroll");
	ls_html_open(h, "table");
	ls_page_head_row(h, columns);
	ls_html_open(h, "tbody");
	for (size_t i = 0; i < r->count; i++)
		add_file_row(h, &r->files[i], i == c->seal->shown);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_seal_facts(struct ls_html *h, const struct ls_page_content *c)
{
	add_checks(h, c);
	ls_html_element(h, "h2", NULL, "Who, what, when");
	add_host_facts(h, c);
	add_claims(h, c);
	add_files(h, c);
	ls_page_sealed_calibration(h, c);
	ls_page_samples(h, c);
}

/* --- technical ----------------------------------------------------------------- */

void ls_page_seal_technical(struct ls_html *h, const struct ls_page_content *c)
{
	const struct ls_record *r = c->seal->record;
	ls_html_element(h, "h2", NULL, "Seal and log");
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts");
	ls_page_factf(h, "Seal", "%" PRIu64 " of %s", r->seal, r->instrument);
	ls_page_factf(h, "Entry in the log",
		      "%" PRIu64 " (counted from 0) of %s, whose size was %" PRIu64, c->seal->index,
		      c->seal->checkpoint.origin, c->seal->checkpoint.size);
	ls_page_hash_fact(h, "Log's root then", &c->seal->checkpoint.root);
	ls_page_hash_fact(h, "Manifest", &c->seal->manifest);
	ls_page_hash_fact(h, "File", &shown_file(c)->sha256);
	ls_html_fact(h, "Signing key", ls_key_kind_name(r->key_kind));
	ls_page_hash_fact(h, "Measurement (PCR 23)", &r->pcr23);
	if (r->approval_version)
		ls_page_factf(h, "Approval", "version %" PRIu64, r->approval_version);
	ls_page_hash_fact(h, "Policy", &r->policy);
	ls_page_hash_fact(h, "Virtual machine", &r->domain_xml);
	ls_page_hash_fact(h, "Base image", &r->base_image);
	ls_html_fact(h, "Not confined by", r->unconfined);
	ls_html_fact(h, "Session", r->session);
	ls_page_factf(h, "File number", "%" PRIu64, shown_file(c)->number);
	ls_html_close(h);
	ls_html_line(h);
}
