/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a reader puts a run together: within limits, and without a check after each step.
 *
 * What is asked of a run and cannot be given (memory is out, a limit of run.h
 * is reached) is answered with NULL, or not done, and is noted; the reader
 * goes on or stops, and ls_run_finish() says what was noted.  So a reader tests
 * for NULL only where it would follow the pointer.
 */
#ifndef LABSEAL_AUDIT_RUN_RUN_BUILD_H
#define LABSEAL_AUDIT_RUN_RUN_BUILD_H

#include "audit/run/run.h"

/* A set of names with their order, found by hash: targets, samples. */
struct ls_run_names {
	const char **names; /* owned by the run */
	size_t count, max;  /* max: more are refused */
	uint32_t *slots;    /* index + 1, or 0 */
	size_t slot_count;  /* a power of two; 0 before the first name */
};

/* A new empty run, or NULL when memory is out. */
struct ls_run *ls_run_new(enum ls_run_source source);

/* Zeroed memory that lives as long as the run, for n items of a size; NULL when it cannot be. */
void *ls_run_alloc(struct ls_run *run, size_t n, size_t size);

/* Make room for one more item: returns it, zeroed, or NULL; *items and *count are changed. */
void *ls_run_grow(struct ls_run *run, void *items, size_t *count, size_t size, size_t max,
		  const char *what);

/* Note that a limit was passed; the file is refused: "more than LIMIT WHAT". */
void ls_run_limit(struct ls_run *run, size_t limit, const char *what);

/* Whether something was noted: time to stop. */
bool ls_run_failed(const struct ls_run *run);

/* The text as run.h wants it; NULL for none ("", "null", "NA" are texts) or when memory is out. */
const char *ls_run_text(struct ls_run *run, const char *text, size_t length);

/* Set a text if there is one: an empty one leaves what is there. */
void ls_run_set(struct ls_run *run, const char **field, const char *text, size_t length);

/* Keep a warning; the message becomes plain text.  Only the first of an id is kept. */
void ls_run_warn(struct ls_run *run, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The index of a name, by its plain text, which is added if it is new; LS_RUN_NONE when it cannot
 * be.  "" is a name. */
size_t ls_run_name(struct ls_run *run, struct ls_run_names *names, const char *text, size_t length,
		   const char *what);

/* The index of a name that is plain text, or LS_RUN_NONE. */
size_t ls_run_name_find(const struct ls_run_names *names, const char *text, size_t length);

/* A target by name, new or not; the pointer holds until the next target is added. */
struct ls_run_target *ls_run_target(struct ls_run *run, const char *name, size_t length,
				    size_t *ret_index);

/* The index of a dye or a filter by name, new or not; LS_RUN_NONE when it cannot be. */
size_t ls_run_dye(struct ls_run *run, const char *name, size_t length);
size_t ls_run_filter(struct ls_run *run, const char *name, size_t length);

/* Give the plate its size.  0, or -EBADMSG when it is none that run.h allows. */
int ls_run_plate(struct ls_run *run, uint64_t rows, uint64_t columns);

/* The well at an index, new or not; NULL past the limits.  It stays where it is until the end. */
struct ls_run_well *ls_run_well(struct ls_run *run, uint64_t index);

/* The well at an index if it is there already; else NULL. */
struct ls_run_well *ls_run_well_there(struct ls_run *run, uint64_t index);

/* The reaction of a target in a well, new or not; holds until the well's next reaction is added. */
struct ls_run_reaction *ls_run_reaction(struct ls_run *run, struct ls_run_well *well,
					size_t target);

/* Where a series of a well is, by dye or filter; NULL when it cannot be. */
struct ls_run_series *ls_run_multicomponent(struct ls_run *run, struct ls_run_well *well,
					    size_t dye);
struct ls_run_series *ls_run_raw(struct ls_run *run, struct ls_run_well *well, size_t filter);
struct ls_run_melt *ls_run_well_melt(struct ls_run *run, struct ls_run_well *well, size_t dye);

/* Set a value of a series; i counts from 0. */
void ls_run_series_set(struct ls_run *run, struct ls_run_series *series, uint64_t i, double value);

enum ls_melt_part { LS_MELT_TEMPERATURE, LS_MELT_SIGNAL, LS_MELT_DERIVATIVE };

/* Set one figure of point i of a melt curve; what is not set is NAN. */
void ls_run_melt_set(struct ls_run *run, struct ls_run_melt *melt, size_t i, enum ls_melt_part part,
		     double value);

/* Append a point to a melt curve; derivative NAN: the file has none. */
void ls_run_melt_add(struct ls_run *run, struct ls_run_melt *melt, double temperature,
		     double signal, double derivative);

/* The index of a well by "A1", with the plate's columns, or 12 while it is not known.  0 or
 * -EBADMSG. */
int ls_run_position(const struct ls_run *run, const char *text, size_t length, uint64_t *ret_index);

/* A new calibration, stage, step, curve; NULL when it cannot be. */
struct ls_run_calibration *ls_run_calibration(struct ls_run *run, enum ls_calibration_kind kind);
struct ls_run_stage *ls_run_stage(struct ls_run *run);
struct ls_run_step *ls_run_step(struct ls_run *run, struct ls_run_stage *stage);
struct ls_run_curve *ls_run_curve(struct ls_run *run, size_t target);

/* Raise a quality flag of a reaction. */
void ls_run_flag(struct ls_run *run, struct ls_run_reaction *reaction, const char *name,
		 size_t length);

/* What a word of a file says of a well: "NTC", "Standard", "unkn". */
enum ls_run_task ls_run_task_of(const char *text, size_t length);

/* Set a reaction's task and keep the word. */
void ls_run_set_task(struct ls_run *run, struct ls_run_reaction *reaction, const char *text,
		     size_t length);

/* Put everything in order.  0, or the first thing that was noted: -ENOMEM or -EFBIG. */
int ls_run_finish(struct ls_run *run, struct ls_error *err);

#endif
