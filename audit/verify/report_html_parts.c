/* SPDX-License-Identifier: Apache-2.0 */
/* Of the page: the checks, what evidence established, the table of seals. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/report_html.h"
#include "lib/base/text.h"

/* --- checks -------------------------------------------------------------------------------- */

static void add_outcome(struct ls_html *h, unsigned long long passed, unsigned long long failed,
			unsigned long long unable)
{
	if (failed > 0)
		ls_report_html_word(h, "bad", "FAILED");
	else if (unable > 0)
		ls_report_html_word(h, "unsure", "UNABLE");
	else if (passed > 0)
		ls_report_html_word(h, "good", "ok");
	else
		ls_report_html_word(h, "soft", "not made");
}

static void add_check(struct ls_html *h, const struct ls_report *r, enum ls_check check)
{
	const struct ls_check_name *name = ls_check_name(check);
	unsigned long long passed = r->passed[check], failed = r->failed[check],
			   unable = r->unable[check];
	ls_html_open(h, "tr");
	add_outcome(h, passed, failed, unable);
	ls_html_open(h, "td");
	ls_html_text(h, name->sentence);
	ls_html_element(h, "span", "id hash", name->key);
	ls_html_close(h);
	ls_html_open(h, "td");
	ls_html_attr(h, "class", "n");
	if (passed + failed + unable > 0)
		ls_html_textf(h, "%llu %s", passed, name->unit);
	if (failed > 0)
		ls_html_textf(h, ", %llu failed", failed);
	if (unable > 0)
		ls_html_textf(h, ", %llu unable", unable);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_report_html_checks(struct ls_html *h, const struct ls_report *r)
{
	static const char *const columns[] = { "", "What holds when it passes", "Passed" };
	ls_html_element(h, "h2", NULL, "Checks");
	ls_report_html_table(h, NULL, columns, 3);
	for (int check = 0; check < LS_CHECK_COUNT; check++)
		add_check(h, r, (enum ls_check)check);
	ls_report_html_table_end(h);
}

/* --- evidence ------------------------------------------------------------------------------ */

static void add_digest(struct ls_html *h, const char *name, const struct ls_digest *digest)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_html_claimed_fact(h, name, ls_digest_hex(digest, hex));
}

static void add_enrolled(struct ls_html *h, const struct ls_chain *c)
{
	char text[LS_SUBJECT_SIZE * 4 + 200], until[LS_UTC_SIZE];
	_cleanup_buffer_ struct ls_buffer subject;
	ls_buffer_init(&subject, 4 * LS_SUBJECT_SIZE);
	if (!c->is_enrolled) {
		ls_html_claimed_fact(h, "Enrolled", "no: that key is not shown to be in a TPM");
		return;
	}
	ls_text_escape(c->enrolled.subject, strnlen(c->enrolled.subject, LS_SUBJECT_SIZE),
		       &subject);
	snprintf(text, sizeof(text), "%s, until %s: %s", ls_buffer_str(&subject),
		 ls_utc_format(c->enrolled.until, until), ls_tpm_origin_words(c->enrolled.origin));
	ls_html_claimed_fact(h, "Enrolled", text);
}

static void add_state(struct ls_html *h, const struct ls_chain_state *s)
{
	static const char *const columns[] = { "Measured", "Path", "SHA-256" };
	char hex[LS_DIGEST_HEX_SIZE];
	ls_html_elementf(h, "h3", NULL,
			 "Approval %" PRIu64 ", quoted from seal %" PRIu64 " to seal %" PRIu64,
			 s->version, s->first, s->last);
	ls_html_elementf(h, "p", "note hash", "PCR 23 %s", ls_digest_hex(&s->pcr23, hex));
	ls_report_html_table(h, NULL, columns, 3);
	for (size_t i = 0; i < s->log.count; i++) {
		const struct ls_measurement *m = &s->log.records[i];
		ls_html_open(h, "tr");
		ls_html_element(h, "td", NULL, ls_measured_name(m->event));
		ls_html_open(h, "td");
		ls_html_claim(h, m->path);
		ls_html_close(h);
		ls_html_element(h, "td", "hash", ls_digest_hex(&m->sha256, hex));
		ls_html_close(h);
		ls_html_line(h);
	}
	ls_report_html_table_end(h);
}

void ls_report_html_chain(struct ls_html *h, const struct ls_chain *c)
{
	char text[200];
	if (!c || c->checkpoints == 0)
		return;
	ls_html_element(h, "h2", NULL, "Established by the TPM's own word");
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts");
	ls_html_claimed_fact(h, "TPM", c->tpm);
	add_digest(h, "Its endorsement key", &c->endorsement);
	add_digest(h, "Its attestation key", &c->attestation);
	add_enrolled(h, c);
	ls_html_claimed_fact(h, "Signing key",
			     c->in_token	 ? "in a token (HSM)"
			     : c->key_made_there ? "made in this TPM, works only in approved states"
						 : "not shown to be made in this TPM");
	add_digest(h, "Approved by", &c->authority);
	snprintf(text, sizeof(text),
		 "seals 1 to %" PRIu64 ", by %" PRIu64 " checkpoints; %" PRIu64 " after them",
		 c->last, c->checkpoints, c->without);
	ls_html_claimed_fact(h, "Reaches", text);
	ls_html_close(h);
	for (size_t i = 0; i < c->state_count; i++)
		add_state(h, &c->states[i]);
}

/* --- seals --------------------------------------------------------------------------------- */

/* The host's clock at the seal itself, and the heartbeats that it lies between in the log. */
static void add_time(struct ls_html *h, const struct ls_report *r, const struct ls_row *row)
{
	char received[LS_UTC_SIZE], sentence[LS_HEARTBEATS_SENTENCE];
	ls_html_open(h, "td");
	ls_html_element(h, "span", "word",
			row->received ? ls_utc_format(row->received, received) : "–");
	if (r->heartbeats.count > 0)
		ls_html_element(h, "span", "id",
				ls_heartbeats_sentence(&r->heartbeats, row->seal, sentence));
	ls_html_close(h);
}

static void add_row(struct ls_html *h, const struct ls_report *r, const struct ls_row *row)
{
	ls_html_open(h, "tr");
	if (ls_rows_failed(&r->rows, row->seal))
		ls_report_html_word(h, "bad", "FAILED");
	else if (ls_rows_unable(&r->rows, row->seal))
		ls_report_html_word(h, "unsure", "UNABLE");
	else
		ls_report_html_word(h, "good", "ok");
	ls_html_elementf(h, "td", "n", "%" PRIu64, row->seal);
	add_time(h, r, row);
	ls_html_open(h, "td");
	ls_html_claim(h, row->folder);
	ls_html_close(h);
	ls_html_elementf(h, "td", "n", "%" PRIu64, row->files);
	ls_html_elementf(h, "td", "n", "%" PRIu64, row->bytes);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_report_html_rows(struct ls_html *h, const struct ls_report *r)
{
	static const char *const columns[] = { "", "Seal", "Received", "Folder", "Files", "Bytes" };
	const struct ls_rows *rows = &r->rows;
	if (rows->total == 0)
		return;
	ls_html_element(h, "h2", NULL, "Results and events");
	if (!r->facts.trusted)
		ls_html_element(h, "p", "note",
				"Without a trust file, ok means that nothing contradicts itself.");
	ls_report_html_table(h, "rows", columns, 6);
	for (size_t i = 0; i < rows->count; i++)
		add_row(h, r, &rows->items[i]);
	ls_report_html_table_end(h);
	if (rows->total > rows->count)
		ls_html_elementf(h, "p", "note",
				 "%" PRIu64 " more were looked at and are not listed here; what "
				 "does not hold of them is listed above.",
				 rows->total - rows->count);
}
