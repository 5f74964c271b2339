/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a file holds: what it makes of a page is well-formed, and text stays text. */
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "audit/report/page.h"
#include "audit/run/analysis.h"

#define PAGE_MAX (8u << 20)

static void check(const struct ls_buffer *page)
{
	xmlDoc *doc = xmlReadMemory((const char *)page->data, (int)page->size, "page", NULL,
				    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR);
	if (!doc || strstr(ls_buffer_str(page), "<script"))
		abort();
	xmlFreeDoc(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_error err = { 0 };
	struct ls_run *run = NULL;
	struct ls_run_analysis *analysis = NULL;
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, PAGE_MAX);
	if (ls_run_read(data, size, &run, &err) == 0 && ls_run_analyse(run, &analysis, &err) < 0) {
		ls_run_free(run);
		run = NULL;
	}
	const struct ls_page_content c = { .name = "x",
					   .run = run,
					   .analysis = analysis,
					   .problem = err.code ? err.message : NULL };
	if (ls_report_draw(&c, &page) == 0)
		check(&page);
	ls_run_analysis_free(analysis);
	ls_run_free(run);
	return 0;
}
