/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis_result.txt: what the instrument's software worked out.  A heading
 * row, then for each well and target a row and two more:
 *
 *	Well  Sample Name  Detector  Task  Ct  Avg Ct ...	(wells count from 0)
 *	Rn values  ...
 *	Delta Rn values  ...
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "audit/run/eds_parts.h"
#include "audit/run/table.h"
#include "audit/run/text_number.h"
#include "lib/base/reader.h"

enum column { WELL, DETECTOR, TASK, CT, CT_MEAN, CT_SD, QUANTITY, CONFIDENCE, COLUMNS };

static const char *const headings[COLUMNS][3] = {
	[WELL] = { "well" },	 [DETECTOR] = { "detector", "targetname" },
	[TASK] = { "task" },	 [CT] = { "ct", "cq" },
	[CT_MEAN] = { "avgct" }, [CT_SD] = { "ctsd" },
	[QUANTITY] = { "qty" },	 [CONFIDENCE] = { "cqconf" },
};

struct results {
	struct ls_run *run;
	bool has_header;
	size_t column[COLUMNS];
	struct ls_run_reaction *reaction; /* that the rows of values belong to */
};

static double number(const struct ls_cell *cells, size_t count, size_t column)
{
	struct ls_cell cell = ls_cell_at(cells, count, column);
	return ls_text_double(cell.text, cell.length, '.');
}

static void take_row(struct results *r, const struct ls_cell *cells, size_t count)
{
	uint64_t index;
	struct ls_cell well = ls_cell_at(cells, count, r->column[WELL]);
	struct ls_cell name = ls_cell_at(cells, count, r->column[DETECTOR]);
	struct ls_cell task = ls_cell_at(cells, count, r->column[TASK]);
	struct ls_cell ct = ls_cell_at(cells, count, r->column[CT]);
	size_t target;
	r->reaction = NULL;
	if (ls_text_index(well.text, well.length, UINT64_MAX, &index) < 0 || name.length == 0 ||
	    !ls_run_target(r->run, name.text, name.length, &target))
		return;
	r->reaction = ls_run_reaction(r->run, ls_run_well(r->run, index), target);
	if (!r->reaction)
		return;
	if (r->reaction->task == LS_TASK_NONE)
		ls_run_set_task(r->run, r->reaction, task.text, task.length);
	r->reaction->cq = ls_text_double(ct.text, ct.length, '.');
	r->reaction->undetermined = ls_cell_is(&ct, "Undetermined");
	r->reaction->cq_mean = number(cells, count, r->column[CT_MEAN]);
	r->reaction->cq_sd = number(cells, count, r->column[CT_SD]);
	r->reaction->cq_confidence = number(cells, count, r->column[CONFIDENCE]);
	if (r->reaction->task != LS_TASK_STANDARD)
		r->reaction->quantity_stored = number(cells, count, r->column[QUANTITY]);
}

static void take_values(struct results *r, struct ls_run_series *series,
			const struct ls_cell *cells, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (cells[i].length > 0)
			ls_run_series_set(r->run, series, i - 1,
					  ls_text_double(cells[i].text, cells[i].length, '.'));
}

static void take_line(struct results *r, const char *line, size_t length, struct ls_cell *cells)
{
	size_t count = ls_row_split(line, length, cells);
	if (!r->has_header) {
		r->has_header = ls_cell_is(&cells[0], "Well");
		for (size_t i = 0; i < COLUMNS; i++)
			r->column[i] = ls_column_find(cells, count, headings[i]);
	} else if (ls_cell_is(&cells[0], "Rn values")) {
		if (r->reaction)
			take_values(r, &r->reaction->rn, cells, count);
	} else if (ls_cell_is(&cells[0], "Delta Rn values")) {
		if (r->reaction)
			take_values(r, &r->reaction->delta_rn, cells, count);
	} else {
		take_row(r, cells, count);
	}
}

int ls_eds_results(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	struct results r = { .run = run };
	struct ls_cell *cells = ls_run_alloc(run, LS_CELLS_MAX, sizeof(*cells));
	struct ls_reader reader;
	ls_reader_init(&reader, data, size);
	const char *line;
	size_t length;
	while (cells && !ls_run_failed(run) && ls_read_line(&reader, &line, &length) == 0)
		take_line(&r, line, length, cells);
	if (!r.has_header)
		return ls_fail(err, -EBADMSG, "report.eds.results", "it has no row of headings");
	if (ls_reader_left(&reader) > 0 && !ls_run_failed(run))
		return ls_fail(err, -EBADMSG, "report.eds.results",
			       "its last line is cut short, or holds a zero byte; what stands "
			       "before it was read");
	return 0;
}
