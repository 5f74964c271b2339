/* SPDX-License-Identifier: Apache-2.0 */
/* What a report shows to everybody: docs/formats/calibration-record.md, "report". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cal/record_internal.h"

#define FORM_PARENT	"parent ID, or parent SHA256 document"
#define FORM_VISIBILITY "visibility public|private"

/* After "parent ": an id, and perhaps " document" */
static int take_parent(struct ls_cal_lines *lines, struct ls_cal_report *report)
{
	struct ls_cal_parent *p = &report->parents[report->parent_count];
	struct ls_cal_field f[2];
	p->document = ls_cal_lines_fields(lines, f, 2) == 0;
	if ((!p->document && ls_cal_lines_fields(lines, f, 1) < 0) ||
	    (p->document && (f[1].length != 8 || memcmp(f[1].text, "document", 8) != 0)) ||
	    ls_cal_field_digest(f[0], &p->id) < 0)
		return ls_cal_lines_fail(lines, "it is not \"" FORM_PARENT "\"");
	for (size_t i = 0; i < report->parent_count; i++)
		if (ls_digest_equal(&report->parents[i].id, &p->id))
			return ls_cal_lines_fail(lines, "a parent is there twice");
	report->parent_count++;
	return 0;
}

static size_t count_parents(const struct ls_cal_lines *lines)
{
	struct ls_cal_lines ahead = *lines;
	const char *line;
	size_t length, count = 0;
	while (ls_cal_lines_at(&ahead, "parent") && ls_read_line(&ahead.r, &line, &length) == 0)
		count++;
	return count;
}

static int take_parents(struct ls_cal_lines *lines, struct ls_cal_report *report)
{
	size_t count = count_parents(lines);
	int rc = 0;
	if (count > LS_CAL_PARENTS_MAX)
		return ls_cal_lines_fail(lines, "there are more than 8 parents");
	if (count > 0) {
		report->parents = calloc(count, sizeof(*report->parents));
		if (!report->parents)
			return ls_fail(lines->err, -ENOMEM, "cal.memory",
				       "out of memory for a report");
	}
	while (rc == 0 && report->parent_count < count && ls_cal_lines_at(lines, "parent"))
		rc = take_parent(lines, report);
	if (rc == 0 && ls_cal_lines_at(lines, "parent")) /* no whole line: it was not counted */
		rc = ls_cal_lines_fail(lines, "it is not \"" FORM_PARENT "\"");
	return rc;
}

static int take_times(struct ls_cal_lines *lines, struct ls_cal_report *report, int64_t issued)
{
	int rc = ls_cal_take_time(lines, "performed", /* endless= */ false, &report->performed,
				  "performed TIME");
	if (rc < 0)
		return rc;
	if (report->performed > issued)
		return ls_cal_lines_fail(lines, "it was performed after it was issued");
	report->begun = report->performed;
	rc = ls_cal_take_time(lines, "due", /* endless= */ true, &report->due, "due TIME|-");
	if (rc == 0 && report->due <= report->performed)
		return ls_cal_lines_fail(lines, "it was due before it was performed");
	return rc;
}

int ls_cal_report_body_parse(struct ls_cal_lines *lines, struct ls_cal_report *report,
			     int64_t issued)
{
	int rc = ls_cal_take_digest(lines, "device", &report->device, "device ID");
	if (rc == 0)
		rc = ls_cal_take_number(lines, "level", LS_CAL_LEVEL_MAX, &report->level,
					"level LEVEL");
	if (rc == 0)
		rc = ls_cal_take_digest(lines, "technician", &report->technician, "technician ID");
	if (rc == 0)
		rc = take_parents(lines, report);
	if (rc == 0)
		rc = take_times(lines, report, issued);
	if (rc < 0)
		return rc;
	report->private = ls_cal_lines_is(lines, "visibility private");
	if (!report->private && !ls_cal_lines_is(lines, "visibility public"))
		return ls_cal_lines_fail(lines, "it is not \"" FORM_VISIBILITY "\"");
	return ls_cal_take_digest(lines, "details", &report->details_digest, "details SHA256");
}

void ls_cal_report_body_format(const struct ls_cal_report *report, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_cal_add_digest(out, "device", &report->device);
	ls_buffer_printf(out, "level %u\n", report->level);
	ls_cal_add_digest(out, "technician", &report->technician);
	for (size_t i = 0; i < report->parent_count; i++)
		ls_buffer_printf(out, "parent %s%s\n", ls_digest_hex(&report->parents[i].id, hex),
				 report->parents[i].document ? " document" : "");
	ls_cal_add_time(out, "performed", report->performed);
	ls_cal_add_time(out, "due", report->due);
	ls_buffer_printf(out, "visibility %s\n", report->private ? "private" : "public");
	ls_cal_add_digest(out, "details", &report->details_digest);
}
