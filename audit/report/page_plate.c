/* SPDX-License-Identifier: Apache-2.0 */
/* The plate map: one circle for each well, with a letter for what it holds. */
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"

#define CELL	    24	/* units from one well to the next */
#define MARGIN	    22	/* for the names of rows and columns */
#define LETTERS_MAX 384 /* wells; on larger plates letters are too small to read */
#define NAME_SIZE   400

/* A letter and a colour for each task: neither says it alone. */
static const struct {
	const char *letter, *class, *name;
} tasks[] = {
	[LS_TASK_NONE] = { "", "e", "empty" },
	[LS_TASK_UNKNOWN] = { "U", "c1", "unknown" },
	[LS_TASK_STANDARD] = { "S", "c3", "standard" },
	[LS_TASK_NTC] = { "N", "c2", "no-template control" },
	[LS_TASK_NAC] = { "A", "c4", "no-amplification control" },
	[LS_TASK_NRT] = { "R", "c4", "no reverse transcriptase" },
	[LS_TASK_POSITIVE] = { "P", "c5", "positive control" },
	[LS_TASK_IPC] = { "I", "c6", "internal positive control" },
	[LS_TASK_BLOCKED_IPC] = { "B", "c6", "blocked internal positive control" },
	[LS_TASK_OTHER] = { "O", "c7", "other" },
};
#define TASK_COUNT (sizeof(tasks) / sizeof(tasks[0]))

/* The task that a well is shown by: the first that its reactions have. */
static enum ls_run_task task_of(const struct ls_run_well *w)
{
	for (size_t i = 0; i < w->reaction_count; i++)
		if (w->reactions[i].task != LS_TASK_NONE)
			return w->reactions[i].task;
	return w->reaction_count > 0 ? LS_TASK_UNKNOWN : LS_TASK_NONE;
}

/* "A1: sample 7; unknown; GAPDH, ACTB" */
static void add_title(struct ls_html *h, const struct ls_run *run, const struct ls_run_well *w)
{
	char name[LS_TARGET_NAME_SIZE];
	ls_html_open(h, "title");
	ls_html_textf(h, "%s: ", w->position);
	if (w->sample)
		ls_html_textf(h, "%.200s; ", w->sample);
	ls_html_text(h, tasks[task_of(w)].name);
	for (size_t i = 0; i < w->reaction_count && i < 6; i++)
		ls_html_textf(h, "%s%s", i ? ", " : "; ",
			      ls_page_target_name(run, w->reactions[i].target, name));
	if (w->omitted)
		ls_html_text(h, "; omitted");
	ls_html_close(h);
}

static void add_label(struct ls_html *h, size_t x, size_t y, const char *class, const char *text)
{
	ls_html_open(h, "text");
	if (class)
		ls_html_attr(h, "class", class);
	ls_html_attrf(h, "x", "%zu", x);
	ls_html_attrf(h, "y", "%zu", y);
	ls_html_text(h, text);
	ls_html_close(h);
}

static void add_well(struct ls_html *h, const struct ls_run *run, const struct ls_run_well *w)
{
	enum ls_run_task task = task_of(w);
	size_t x = MARGIN + CELL * (w->index % run->columns) + CELL / 2;
	size_t y = MARGIN + CELL * (w->index / run->columns) + CELL / 2;
	ls_html_open(h, "g");
	ls_html_attrf(h, "class", "%s%s", tasks[task].class, w->omitted ? " o" : "");
	add_title(h, run, w);
	ls_html_open(h, "circle");
	ls_html_attrf(h, "cx", "%zu", x);
	ls_html_attrf(h, "cy", "%zu", y);
	ls_html_attr(h, "r", "10");
	ls_html_close(h);
	if (tasks[task].letter[0] && run->rows * run->columns <= LETTERS_MAX)
		add_label(h, x, y + 4, NULL, w->omitted ? "×" : tasks[task].letter);
	ls_html_close(h);
	ls_html_line(h);
}

/* "A" to "Z", then "AA" to "AV". */
static const char *row_name(size_t row, char name[static 4])
{
	if (row < 26)
		snprintf(name, 4, "%c", (char)('A' + row));
	else
		snprintf(name, 4, "%c%c", (char)('A' + row / 26 - 1), (char)('A' + row % 26));
	return name;
}

static void add_names(struct ls_html *h, const struct ls_run *run)
{
	char name[24];
	size_t every = run->columns > 48 ? 5 : 1;
	for (size_t row = 0; row < run->rows; row++)
		add_label(h, MARGIN / 2, MARGIN + CELL * row + CELL / 2 + 4, "s",
			  row_name(row, name));
	for (size_t column = 0; column < run->columns; column += every) {
		snprintf(name, sizeof(name), "%zu", column + 1);
		add_label(h, MARGIN + CELL * column + CELL / 2, MARGIN - 6, "s", name);
	}
	ls_html_line(h);
}

/* All wells that the file does not speak of, as one path of small rings. */
static void add_empty(struct ls_html *h, const struct ls_run *run)
{
	_cleanup_buffer_ struct ls_buffer d;
	ls_buffer_init(&d, 1u << 20);
	size_t next = 0;
	for (size_t i = 0; i < run->rows * run->columns; i++) {
		if (next < run->well_count && run->wells[next].index == i) {
			next++;
			continue;
		}
		ls_buffer_printf(&d, "M%zu %zua4 4 0 1 0 8 0a4 4 0 1 0-8 0",
				 MARGIN + CELL * (i % run->columns) + CELL / 2 - 4,
				 MARGIN + CELL * (i / run->columns) + CELL / 2);
	}
	if (d.size == 0)
		return;
	ls_html_open(h, "path");
	ls_html_attr(h, "class", "e");
	ls_html_attr(h, "d", ls_buffer_str(&d));
	ls_html_close(h);
	ls_html_line(h);
}

static void count_tasks(const struct ls_run *run, size_t counts[static TASK_COUNT])
{
	memset(counts, 0, TASK_COUNT * sizeof(counts[0]));
	for (size_t i = 0; i < run->well_count; i++)
		counts[task_of(&run->wells[i])]++;
}

static void add_key(struct ls_html *h, const size_t counts[static TASK_COUNT])
{
	ls_html_open(h, "ul");
	ls_html_attr(h, "class", "key");
	for (size_t i = LS_TASK_UNKNOWN; i < TASK_COUNT; i++) {
		if (counts[i] == 0)
			continue;
		ls_html_open(h, "li");
		ls_html_open(h, "b");
		ls_html_attr(h, "class", tasks[i].class);
		ls_html_text(h, tasks[i].letter);
		ls_html_close(h);
		ls_html_textf(h, " %s: %zu", tasks[i].name, counts[i]);
		ls_html_close(h);
	}
	ls_html_close(h);
	ls_html_line(h);
}

static void add_map(struct ls_html *h, const struct ls_run *run)
{
	size_t width = 2 * MARGIN + CELL * run->columns, height = MARGIN + CELL * run->rows + 4;
	ls_html_open(h, "svg");
	ls_html_attr(h, "class", run->columns <= 12 ? "plate small" : "plate");
	ls_html_attrf(h, "viewBox", "0 0 %zu %zu", width, height);
	ls_html_attr(h, "role", "img");
	ls_html_attr(h, "aria-labelledby", "plate-t plate-d");
	ls_html_open(h, "title");
	ls_html_attr(h, "id", "plate-t");
	ls_html_text(h, "Plate map");
	ls_html_close(h);
	ls_html_open(h, "desc");
	ls_html_attr(h, "id", "plate-d");
	ls_html_textf(h, "%zu rows and %zu columns; the table of results names each well.",
		      run->rows, run->columns);
	ls_html_close(h);
	ls_html_line(h);
	add_names(h, run);
	add_empty(h, run);
	for (size_t i = 0; i < run->well_count; i++)
		add_well(h, run, &run->wells[i]);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_plate(struct ls_html *h, const struct ls_page_content *c)
{
	size_t counts[TASK_COUNT];
	const struct ls_run *run = c->run;
	if (run->well_count == 0)
		return;
	count_tasks(run, counts);
	ls_html_element(h, "h2", NULL, "Plate");
	ls_html_open(h, "figure");
	ls_html_open(h, "figcaption");
	ls_html_textf(h, "%zu of %zu wells are in use", run->well_count, run->rows * run->columns);
	if (!run->plate_known)
		ls_html_text(h, "; the file does not say how large the plate is");
	ls_html_close(h);
	add_map(h, run);
	add_key(h, counts);
	ls_html_close(h);
	ls_html_line(h);
}
