/* SPDX-License-Identifier: Apache-2.0 */
/* Of the page: persons' signatures over results, each with name, meaning and time. */
#include <inttypes.h>

#include "audit/verify/report_html.h"
#include "lib/base/text.h"

#define SHOWN_MAX 1000

static void add_one(struct ls_html *h, const struct ls_countersigned *c)
{
	static const char *const classes[] = { [LS_COUNTERSIGNED_HOLDS] = "good",
					       [LS_COUNTERSIGNED_WRONG] = "bad",
					       [LS_COUNTERSIGNED_UNCHECKED] = "unsure" };
	char utc[LS_UTC_SIZE], hex[LS_DIGEST_HEX_SIZE];
	ls_html_open(h, "tr");
	ls_html_elementf(h, "td", "n", "%" PRIu64, c->said.seal);
	ls_html_open(h, "td");
	ls_html_claim(h, c->said.name);
	if (!ls_digest_is_zero(&c->signer.certificate)) {
		ls_html_open(h, "span");
		ls_html_attr(h, "class", "id hash");
		ls_html_claim(h, c->signer.subject);
		ls_html_textf(h, ", SHA-256 %s", ls_digest_hex(&c->signer.certificate, hex));
		ls_html_close(h);
	}
	ls_html_close(h);
	ls_html_element(h, "td", NULL, ls_meaning_name(c->said.meaning));
	ls_html_element(h, "td", NULL, ls_utc_format(c->said.signed_at, utc));
	ls_html_elementf(h, "td", NULL, "%s, seal %" PRIu64, ls_utc_format(c->sealed, utc),
			 c->event);
	ls_report_html_word(h, classes[c->state], ls_countersigned_word(c->state));
	ls_html_close(h);
	ls_html_line(h);
}

void ls_report_html_countersigned(struct ls_html *h, const struct ls_countersigned_list *list)
{
	static const char *const columns[] = { "Result, seal", "Name",	 "Meaning",
					       "Signed",       "Sealed", "" };
	if (list->total == 0)
		return;
	ls_html_element(h, "h2", NULL, "Countersigned by persons");
	ls_html_element(
		h, "p", "note",
		"Beside the instrument's seal, each with a certificate of the person's own. "
		"\"Signed\" is by the person's clock, \"sealed\" by the host's.");
	ls_report_html_table(h, NULL, columns, 6);
	size_t shown = list->count < SHOWN_MAX ? list->count : SHOWN_MAX;
	for (size_t i = 0; i < shown; i++)
		add_one(h, &list->items[i]);
	ls_report_html_table_end(h);
	if (list->total > shown)
		ls_html_elementf(h, "p", "note", "%" PRIu64 " more of them are not listed here.",
				 list->total - shown);
}
