/* SPDX-License-Identifier: Apache-2.0 */
/* Of the page: the samples that records name, their sequence files, and the signatures in them. */
#include <inttypes.h>
#include <string.h>

#include "audit/verify/report_html.h"

static const char *class_of(const struct ls_sampled *one)
{
	if (one->file == LS_SAMPLED_WRONG || strcmp(one->verdict, "NOT VERIFIED") == 0)
		return "bad";
	return strcmp(one->verdict, "VERIFIED") == 0 ? "good" : "unsure";
}

static void add_verdict(struct ls_html *h, const struct ls_sampled_list *list,
			const struct ls_sampled *one)
{
	ls_html_open(h, "td");
	ls_html_attr(h, "class", class_of(one));
	ls_html_element(h, "strong", NULL, ls_sampled_word(list, one));
	if (one->outcome[0])
		ls_html_textf(h, ": %s", one->outcome);
	if (one->why[0]) {
		ls_html_open(h, "span");
		ls_html_attr(h, "class", "id");
		ls_html_claim(h, one->why);
		ls_html_close(h);
	}
	ls_html_close(h);
}

static void add_one(struct ls_html *h, const struct ls_sampled_list *list,
		    const struct ls_sampled *one)
{
	char path[LS_SEQUENCE_PATH_SIZE];
	const char *to_be = one->sample.signer.text;
	ls_html_open(h, "tr");
	ls_html_open(h, "td");
	ls_html_claim(h, one->sample.name);
	ls_html_element(h, "span", "id hash", ls_sequence_path(&one->sample.sha256, path));
	ls_html_close(h);
	ls_html_element(h, "td", NULL, to_be[0] ? to_be : "–");
	add_verdict(h, list, one);
	ls_html_element(h, "td", NULL, one->signers[0] ? one->signers : "–");
	ls_html_elementf(h, "td", NULL, "%" PRIu64 ", %" PRIu64 " to %" PRIu64, one->seals,
			 one->first, one->last);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_report_html_sampled(struct ls_html *h, const struct ls_sampled_list *list)
{
	static const char *const columns[] = { "Sample, sequence file", "To be signed by",
					       "Signature in DNA", "Signed by, or claims",
					       "In seals" };
	if (list->count == 0)
		return;
	ls_html_element(h, "h2", NULL, "Samples");
	ls_html_element(
		h, "p", "note",
		"As the records name them. The verdict is on the sequence file: what somebody got "
		"by sequencing, or wrote. It does not say what was in the tube, nor that the run "
		"used it.");
	ls_report_html_table(h, NULL, columns, 5);
	for (size_t i = 0; i < list->count; i++)
		add_one(h, list, &list->items[i]);
	ls_report_html_table_end(h);
}
