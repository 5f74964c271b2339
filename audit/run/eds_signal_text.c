/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multicomponent_data.txt (7500, StepOne).  For each well and reading, both counted from 0,
 * there is a line for each dye
 *
 *	WELL CYCLE DYE MSE SIGNAL PURE_DYE[0]
 *	                          PURE_DYE[1]	(lines that begin with a tab)
 *
 * and then a summary "WELL CYCLE MSE" that ends in a tab, not in a line end: so
 * it, or hundreds of it where wells have no dye, stand before the next line's record.
 */
#include <errno.h>
#include <string.h>

#include "audit/run/eds_parts.h"
#include "audit/run/text_number.h"
#include "lib/base/reader.h"

#define MAGIC_TAIL   "MulticomponentData"
#define READINGS_MAX (LS_RUN_CYCLES_MAX + LS_RUN_MELT_MAX)

struct token {
	const char *text;
	size_t length;
};

/* The next of a line's cells; the line is shortened.  false at its end. */
static bool next_token(const char **line, size_t *length, struct token *ret)
{
	if (*length == 0)
		return false;
	const char *tab = memchr(*line, '\t', *length);
	size_t n = tab ? (size_t)(tab - *line) : *length;
	*ret = (struct token){ *line, n };
	if (n > 0 && (*line)[n - 1] == '\r')
		ret->length--;
	n += tab ? 1 : 0;
	*line += n;
	*length -= n;
	return true;
}

/* The readings that the protocol makes, in their order; NULL and 0 when it has none. */
static struct ls_reading *expand(struct ls_run *run, size_t *ret_count)
{
	struct ls_reading *readings = NULL;
	*ret_count = 0;
	for (size_t s = 0; s < run->protocol.stage_count; s++) {
		const struct ls_run_stage *stage = &run->protocol.stages[s];
		for (size_t c = 0; c < stage->repeats; c++)
			for (size_t t = 0; t < stage->step_count; t++) {
				if (!stage->steps[t].collects)
					continue;
				if (*ret_count == READINGS_MAX)
					return NULL;
				struct ls_reading *r = ls_run_grow(run, &readings, ret_count,
								   sizeof(*r), READINGS_MAX,
								   "readings");
				if (!r)
					return NULL;
				*r = (struct ls_reading){ s + 1, c + 1, t + 1 };
			}
	}
	return readings;
}

struct signals {
	struct ls_run *run;
	struct ls_reading *readings;
	size_t reading_count;
	struct ls_reading_plan plan;
	size_t highest; /* reading seen */
};

static void take_value(struct signals *s, uint64_t well_index, uint64_t reading,
		       const struct token *dye_name, const struct token *signal)
{
	bool melt = false;
	size_t cycle = s->readings && reading < s->reading_count
			       ? ls_eds_cycle(s->run, &s->plan, &s->readings[reading], &melt)
			       : (size_t)reading;
	size_t dye = ls_run_dye(s->run, dye_name->text, dye_name->length);
	if (dye == LS_RUN_NONE || (cycle == LS_RUN_NONE && !melt))
		return;
	struct ls_run_well *well = ls_run_well(s->run, well_index);
	double value = ls_text_double(signal->text, signal->length, '.');
	if (melt) /* the file has no temperatures beside the signals */
		ls_run_melt_add(s->run, ls_run_well_melt(s->run, well, dye), __builtin_nan(""),
				value, __builtin_nan(""));
	else
		ls_run_series_set(s->run, ls_run_multicomponent(s->run, well, dye), cycle, value);
}

/* 0, or -EBADMSG when the line is none of those above. */
static int take_line(struct signals *s, const char *line, size_t length, bool *ret_any)
{
	struct token cell[5];
	uint64_t well, reading;
	while (next_token(&line, &length, &cell[0])) {
		if (cell[0].length == 0)
			return length == 0 || !*ret_any ? 0 : -EBADMSG;
		if (!next_token(&line, &length, &cell[1]) ||
		    !next_token(&line, &length, &cell[2]) ||
		    ls_text_index(cell[0].text, cell[0].length, UINT64_MAX, &well) < 0 ||
		    ls_text_index(cell[1].text, cell[1].length, UINT64_MAX, &reading) < 0)
			return -EBADMSG;
		double mse = ls_text_double(cell[2].text, cell[2].length, '.');
		if (mse == mse) /* a summary */
			continue;
		if (!next_token(&line, &length, &cell[3]) || !next_token(&line, &length, &cell[4]))
			return -EBADMSG;
		*ret_any = true;
		if (reading > s->highest)
			s->highest = (size_t)reading;
		take_value(s, well, reading, &cell[2], &cell[4]);
		return 0; /* what follows is the pure dye */
	}
	return 0;
}

static int take_lines(struct signals *s, struct ls_reader *r, struct ls_error *err)
{
	size_t number = 3;
	bool any = false;
	while (ls_reader_left(r) > 0 && !ls_run_failed(s->run)) {
		const char *line;
		size_t length;
		number++;
		if (ls_read_line(r, &line, &length) < 0) { /* the last one has no line end */
			const uint8_t *rest;
			length = ls_reader_left(r);
			ls_read_bytes(r, length, &rest);
			line = (const char *)rest;
		}
		if (length > 0 && line[0] == '\t')
			continue;
		if (take_line(s, line, length, &any) < 0)
			return ls_fail(err, -EBADMSG, "report.eds.signal",
				       "line %zu is no well, cycle, dye and signal; what stands "
				       "before it was read",
				       number);
	}
	return 0;
}

int ls_eds_multicomponent_text(struct ls_run *run, const void *data, size_t size,
			       struct ls_error *err)
{
	struct ls_reader r;
	ls_reader_init(&r, data, size);
	const char *line;
	size_t length;
	if (ls_read_line(&r, &line, &length) < 0 ||
	    !memmem(line, length, MAGIC_TAIL, strlen(MAGIC_TAIL)) ||
	    ls_read_line(&r, &line, &length) < 0 || ls_read_line(&r, &line, &length) < 0 ||
	    length < 4 || memcmp(line, "WELL", 4) != 0)
		return ls_fail(err, -EBADMSG, "report.eds.signal",
			       "it does not begin as multicomponent data of a 7500 or StepOne do");
	struct signals s = { .run = run };
	s.readings = expand(run, &s.reading_count);
	s.plan = ls_eds_plan(run, s.readings, s.reading_count);
	int rc = take_lines(&s, &r, err);
	if (s.readings && rc == 0 && s.highest + 1 != s.reading_count)
		ls_run_warn(run, "report.eds.readings",
			    "the thermal protocol reads %zu times, and the data have %zu readings",
			    s.reading_count, s.highest + 1);
	return rc;
}
