/* SPDX-License-Identifier: Apache-2.0 */
/* What run_build.h says of wells and what is in them, of the protocol and of the end. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "audit/run/run_memory.h"
#include "audit/run/text_number.h"

#define REACTIONS_MAX	 64 /* in one well */
#define FLAGS_MAX	 64 /* of one reaction */
#define CALIBRATIONS_MAX 256

int ls_run_plate(struct ls_run *run, uint64_t rows, uint64_t columns)
{
	if (rows < 1 || columns < 1 || rows > LS_RUN_ROWS_MAX || columns > LS_RUN_COLUMNS_MAX ||
	    rows * columns > LS_RUN_WELLS_MAX)
		return -EBADMSG;
	run->rows = (size_t)rows;
	run->columns = (size_t)columns;
	run->plate_known = true;
	return 0;
}

struct ls_run_well *ls_run_well(struct ls_run *run, uint64_t index)
{
	if (index >= LS_RUN_WELLS_MAX) {
		ls_run_limit(run, LS_RUN_WELLS_MAX, "wells");
		return NULL;
	}
	struct ls_run_well **place = &run->memory->by_index[index];
	if (!*place) {
		*place = ls_run_alloc(run, 1, sizeof(**place));
		if (!*place)
			return NULL;
		(*place)->index = (size_t)index;
		if (index > run->memory->highest)
			run->memory->highest = index;
	}
	return *place;
}

struct ls_run_well *ls_run_well_there(struct ls_run *run, uint64_t index)
{
	return index < LS_RUN_WELLS_MAX ? run->memory->by_index[index] : NULL;
}

int ls_run_position(const struct ls_run *run, const char *text, size_t length, uint64_t *ret_index)
{
	uint64_t row = 0, column, columns = run->plate_known ? run->columns : 12;
	size_t i = 0;
	for (; i < length && i < 2 && text[i] >= 'A' && text[i] <= 'Z'; i++)
		row = 26 * row + (uint64_t)(text[i] - 'A' + 1);
	if (i == 0 || ls_text_index(text + i, length - i, columns, &column) < 0 || column == 0 ||
	    row > LS_RUN_ROWS_MAX)
		return -EBADMSG;
	*ret_index = (row - 1) * columns + column - 1;
	return 0;
}

static void nothing_known(struct ls_run_reaction *r, size_t target)
{
	r->target = target;
	r->quantity = r->quantity_stored = r->cq = r->cq_mean = r->cq_sd = NAN;
	r->cq_confidence = r->amp_score = r->threshold = NAN;
	r->baseline.start = r->baseline.end = NAN;
}

struct ls_run_reaction *ls_run_reaction(struct ls_run *run, struct ls_run_well *well, size_t target)
{
	if (!well || target == LS_RUN_NONE)
		return NULL;
	for (size_t i = 0; i < well->reaction_count; i++)
		if (well->reactions[i].target == target)
			return &well->reactions[i];
	struct ls_run_reaction *r = ls_run_grow(run, &well->reactions, &well->reaction_count,
						sizeof(*r), REACTIONS_MAX, "targets in one well");
	if (r)
		nothing_known(r, target);
	return r;
}

static struct ls_run_series *series_at(struct ls_run *run, struct ls_run_series **list, size_t max,
				       size_t i)
{
	if (i >= max)
		return NULL;
	if (!*list)
		*list = ls_run_alloc(run, max, sizeof(**list));
	return *list ? &(*list)[i] : NULL;
}

struct ls_run_series *ls_run_multicomponent(struct ls_run *run, struct ls_run_well *well,
					    size_t dye)
{
	return well ? series_at(run, &well->multicomponent, LS_RUN_DYES_MAX, dye) : NULL;
}

struct ls_run_series *ls_run_raw(struct ls_run *run, struct ls_run_well *well, size_t filter)
{
	return well ? series_at(run, &well->raw, LS_RUN_FILTERS_MAX, filter) : NULL;
}

struct ls_run_melt *ls_run_well_melt(struct ls_run *run, struct ls_run_well *well, size_t dye)
{
	if (!well || dye >= LS_RUN_DYES_MAX)
		return NULL;
	if (!well->melt)
		well->melt = ls_run_alloc(run, LS_RUN_DYES_MAX, sizeof(*well->melt));
	return well->melt ? &well->melt[dye] : NULL;
}

/* An array of numbers grows to hold item i, with NAN between. */
static bool reach(struct ls_run *run, const double **values, size_t *count, uint64_t i, size_t max,
		  const char *what)
{
	if (i >= max) {
		ls_run_limit(run, max, what);
		return false;
	}
	while (*count <= i) {
		double *next = ls_run_grow(run, values, count, sizeof(*next), max, what);
		if (!next)
			return false;
		*next = NAN;
	}
	return true;
}

/* The run's own arrays are its to write. */
static void put(const double *values, size_t i, double value)
{
	((double *)values)[i] = value;
}

void ls_run_series_set(struct ls_run *run, struct ls_run_series *series, uint64_t i, double value)
{
	if (series && reach(run, &series->values, &series->count, i, LS_RUN_CYCLES_MAX, "cycles"))
		put(series->values, (size_t)i, value);
}

void ls_run_melt_set(struct ls_run *run, struct ls_run_melt *melt, size_t i, enum ls_melt_part part,
		     double value)
{
	static const char what[] = "points of a melt curve";
	if (!melt)
		return;
	size_t last = i >= melt->count ? i : melt->count - 1;
	size_t n[3] = { melt->count, melt->count, melt->derivative ? melt->count : 0 };
	const double **parts[] = { &melt->temperature, &melt->signal, &melt->derivative };
	for (size_t k = 0; k < 3; k++) {
		if (k == LS_MELT_DERIVATIVE && part != LS_MELT_DERIVATIVE && !melt->derivative)
			continue;
		if (!reach(run, parts[k], &n[k], last, LS_RUN_MELT_MAX, what))
			return;
	}
	melt->count = last + 1;
	put(*parts[part], i, value);
}

void ls_run_melt_add(struct ls_run *run, struct ls_run_melt *melt, double temperature,
		     double signal, double derivative)
{
	size_t i = melt ? melt->count : 0;
	ls_run_melt_set(run, melt, i, LS_MELT_TEMPERATURE, temperature);
	if (!ls_run_failed(run))
		ls_run_melt_set(run, melt, i, LS_MELT_SIGNAL, signal);
	if (!ls_run_failed(run) && !isnan(derivative))
		ls_run_melt_set(run, melt, i, LS_MELT_DERIVATIVE, derivative);
}

struct ls_run_calibration *ls_run_calibration(struct ls_run *run, enum ls_calibration_kind kind)
{
	struct ls_run_calibration *c = ls_run_grow(run, &run->calibrations, &run->calibration_count,
						   sizeof(*c), CALIBRATIONS_MAX, "calibrations");
	if (c)
		c->kind = kind;
	return c;
}

struct ls_run_stage *ls_run_stage(struct ls_run *run)
{
	struct ls_run_stage *s = ls_run_grow(run, &run->protocol.stages, &run->protocol.stage_count,
					     sizeof(*s), LS_RUN_STAGES_MAX,
					     "stages of the thermal protocol");
	if (s) {
		s->kind = LS_STAGE_OTHER;
		s->repeats = 1;
	}
	return s;
}

struct ls_run_step *ls_run_step(struct ls_run *run, struct ls_run_stage *stage)
{
	struct ls_run_step *s = stage ? ls_run_grow(run, &stage->steps, &stage->step_count,
						    sizeof(*s), LS_RUN_STEPS_MAX,
						    "steps in a stage of the thermal protocol")
				      : NULL;
	if (s)
		s->temperature = s->temperature_high = s->hold = s->ramp = NAN;
	return s;
}

struct ls_run_curve *ls_run_curve(struct ls_run *run, size_t target)
{
	for (size_t i = 0; i < run->curve_count; i++)
		if (run->curves[i].target == target)
			return &run->curves[i];
	struct ls_run_curve *c = ls_run_grow(run, &run->curves, &run->curve_count, sizeof(*c),
					     LS_RUN_TARGETS_MAX, "standard curves");
	if (c) {
		c->target = target;
		c->slope = c->intercept = c->r2 = c->efficiency = NAN;
	}
	return c;
}

void ls_run_flag(struct ls_run *run, struct ls_run_reaction *reaction, const char *name,
		 size_t length)
{
	for (size_t i = 0; i < reaction->flag_count; i++)
		if (strlen(reaction->flags[i]) == length &&
		    memcmp(reaction->flags[i], name, length) == 0)
			return;
	const char *plain = ls_run_text(run, name, length);
	const char **flag = plain ? ls_run_grow(run, &reaction->flags, &reaction->flag_count,
						sizeof(*flag), FLAGS_MAX,
						"quality flags of one reaction")
				  : NULL;
	if (flag)
		*flag = plain;
}

enum ls_run_task ls_run_task_of(const char *text, size_t length)
{
	static const struct {
		const char *word;
		enum ls_run_task task;
	} words[] = {
		/* makers' */
		{ "unknown", LS_TASK_UNKNOWN },
		{ "target", LS_TASK_UNKNOWN },
		{ "standard", LS_TASK_STANDARD },
		{ "ntc", LS_TASK_NTC },
		{ "no template control", LS_TASK_NTC },
		{ "negative control", LS_TASK_NTC },
		{ "nac", LS_TASK_NAC },
		{ "positive control", LS_TASK_POSITIVE },
		{ "positive", LS_TASK_POSITIVE },
		{ "ipc", LS_TASK_IPC },
		{ "ipc+", LS_TASK_IPC },
		{ "blockedipc", LS_TASK_BLOCKED_IPC },
		{ "blocked ipc", LS_TASK_BLOCKED_IPC },
		/* RDML's sampleType */
		{ "unkn", LS_TASK_UNKNOWN },
		{ "std", LS_TASK_STANDARD },
		{ "nrt", LS_TASK_NRT },
		{ "pos", LS_TASK_POSITIVE },
	};
	if (length == 0)
		return LS_TASK_NONE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == length &&
		    strncasecmp(words[i].word, text, length) == 0)
			return words[i].task;
	if (length > 3 && strncasecmp(text, "PC_", 3) == 0)
		return LS_TASK_POSITIVE;
	return LS_TASK_OTHER;
}

void ls_run_set_task(struct ls_run *run, struct ls_run_reaction *reaction, const char *text,
		     size_t length)
{
	enum ls_run_task task = ls_run_task_of(text, length);
	if (task == LS_TASK_NONE)
		return;
	reaction->task = task;
	if (!reaction->task_text || strlen(reaction->task_text) != length ||
	    memcmp(reaction->task_text, text, length) != 0)
		ls_run_set(run, &reaction->task_text, text, length);
}

/* The smallest plate that holds the wells spoken of. */
static void guess_plate(struct ls_run *run)
{
	static const size_t plates[][2] = { { 8, 12 }, { 16, 24 }, { 32, 48 }, { 48, 64 } };
	size_t i = 0;
	while (run->memory->highest >= plates[i][0] * plates[i][1])
		i++; /* the last one holds LS_RUN_WELLS_MAX */
	run->rows = plates[i][0];
	run->columns = plates[i][1];
}

/* "A1", "AF48"; of a rotor, the number alone. */
static void name_position(struct ls_run_well *well, size_t columns)
{
	if (columns == 1) {
		snprintf(well->position, sizeof(well->position), "%u",
			 (unsigned)(well->index % LS_RUN_WELLS_MAX + 1));
		return;
	}
	size_t row = well->index / columns, used = 0;
	if (row >= 26)
		well->position[used++] = (char)('A' + row / 26 - 1);
	well->position[used++] = (char)('A' + row % 26);
	snprintf(well->position + used, sizeof(well->position) - used, "%u",
		 (unsigned)(well->index % columns % 1000 + 1));
}

static void longest(size_t *cycles, const struct ls_run_series *series)
{
	if (series->count > *cycles)
		*cycles = series->count;
}

static size_t cycles_of(const struct ls_run *run, const struct ls_run_well *well)
{
	size_t cycles = 0;
	for (size_t i = 0; i < well->reaction_count; i++) {
		longest(&cycles, &well->reactions[i].rn);
		longest(&cycles, &well->reactions[i].delta_rn);
		longest(&cycles, &well->reactions[i].amplitude);
	}
	for (size_t i = 0; well->multicomponent && i < run->dye_count; i++)
		longest(&cycles, &well->multicomponent[i]);
	for (size_t i = 0; well->raw && i < run->filter_count; i++)
		longest(&cycles, &well->raw[i]);
	return cycles;
}

/* The wells, in their order, in one array; those that the plate has no place for are left out. */
static void gather_wells(struct ls_run *run)
{
	for (size_t i = 0; i < LS_RUN_WELLS_MAX; i++) {
		const struct ls_run_well *from = run->memory->by_index[i];
		if (!from)
			continue;
		if (i >= run->rows * run->columns) {
			ls_run_warn(run, "report.well.outside",
				    "well %zu is outside the plate of %zu by %zu and was left out",
				    i + 1, run->rows, run->columns);
			continue;
		}
		struct ls_run_well *to = ls_run_grow(run, &run->wells, &run->well_count,
						     sizeof(*to), LS_RUN_WELLS_MAX, "wells");
		if (!to)
			return;
		*to = *from;
		name_position(to, run->columns);
		size_t cycles = cycles_of(run, to);
		if (cycles > run->cycles)
			run->cycles = cycles;
	}
}

int ls_run_finish(struct ls_run *run, struct ls_error *err)
{
	if (!run->plate_known)
		guess_plate(run);
	if (!ls_run_failed(run))
		gather_wells(run);
	const struct ls_run_memory *m = run->memory;
	if (m->failed == -EFBIG)
		return ls_fail(err, -EFBIG, "report.run.limit",
			       "the file has more than %zu %s, which is more than is read: it is "
			       "damaged, or no run of one plate",
			       m->limit, m->limit_of);
	if (m->failed)
		return ls_fail(err, m->failed, "report.run.memory", "out of memory");
	return 0;
}
