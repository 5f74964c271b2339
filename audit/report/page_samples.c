/* SPDX-License-Identifier: Apache-2.0 */
/* The samples whose sequence the laboratory's policy names, beside the wells of the run. */
#include <string.h>

#include "audit/report/page_internal.h"

#define WELLS_SHOWN 24

/* The wells whose sample has this name, by the run's file. */
static void add_wells(struct ls_html *h, const struct ls_run *run, const char *name)
{
	size_t found = 0;
	ls_html_open(h, "td");
	for (size_t i = 0; run && i < run->well_count; i++) {
		const struct ls_run_well *w = &run->wells[i];
		if (!w->sample || strcmp(w->sample, name) != 0)
			continue;
		if (found < WELLS_SHOWN)
			ls_html_textf(h, "%s%s", found ? ", " : "", w->position);
		found++;
	}
	if (found > WELLS_SHOWN)
		ls_html_textf(h, " and %zu more", found - WELLS_SHOWN);
	if (found == 0)
		ls_html_text(h, run ? "– none has that name" : "– no run was read");
	ls_html_close(h);
}

static void add_row(struct ls_html *h, const struct ls_sample *s, const struct ls_run *run)
{
	char path[LS_SEQUENCE_PATH_SIZE];
	ls_html_open(h, "tr");
	ls_html_open(h, "th");
	ls_html_attr(h, "scope", "row");
	ls_html_claim(h, s->name);
	ls_html_close(h);
	add_wells(h, run, s->name);
	ls_html_element(h, "td", "hash", ls_sequence_path(&s->sha256, path));
	ls_html_element(h, "td", NULL, s->signer.text[0] ? s->signer.text : "–");
	ls_html_element(h, "td", "unsure", "– not checked by this page");
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_samples(struct ls_html *h, const struct ls_page_content *c)
{
	static const char *const columns[] = { "Sample",	   "Wells, by the run file",
					       "Sequence file",	   "To be signed by",
					       "Signature in DNA", NULL };
	const struct ls_samples *samples = &c->seal->record->samples;
	if (samples->count == 0)
		return;
	ls_html_element(h, "h2", NULL, "Samples whose sequence is known");
	ls_html_element(
		h, "p", "note",
		"As the laboratory's policy names them. Whether the signature in each "
		"sequence holds: labseal verify --dna-trust. It speaks of the sequence file "
		"on the share, not of what was in the well.");
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "scroll");
	ls_html_open(h, "table");
	ls_page_head_row(h, columns);
	ls_html_open(h, "tbody");
	for (size_t i = 0; i < samples->count; i++)
		add_row(h, &samples->list[i], c->run);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}
