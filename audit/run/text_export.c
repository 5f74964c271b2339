/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/text_export.h"

#include <errno.h>
#include <string.h>

#include "audit/run/encoding.h"
#include "audit/run/text_number.h"
#include "audit/run/text_parts.h"
#include "lib/base/reader.h"

#define HEAD_SIZE   4096 /* bytes that tell the format */
#define SECTION_MAX 80	 /* bytes of a section's name */

/* "[Results]": the name inside, trimmed; false for every other line. */
static bool section_name(const char *line, size_t length, struct ls_cell *ret)
{
	while (length > 0 && (unsigned char)line[length - 1] <= ' ')
		length--;
	if (length < 3 || length > SECTION_MAX || line[0] != '[' || line[length - 1] != ']')
		return false;
	*ret = (struct ls_cell){ line + 1, length - 2 };
	return true;
}

static bool is_key_value(const char *line, size_t length)
{
	return length > 4 && line[0] == '*' && line[1] == ' ' && memchr(line, '=', length);
}

static const struct ls_text_section *find_section(const struct ls_cell *name)
{
	static const struct ls_text_section *const lists[] = { ls_text_signal_sections,
							       ls_text_result_sections };
	char buffer[LS_HEADING_SIZE];
	ls_heading(name, buffer);
	for (size_t i = 0; i < 2; i++)
		for (const struct ls_text_section *s = lists[i]; s->name; s++)
			if (strcmp(s->name, buffer) == 0)
				return s;
	return NULL;
}

bool ls_text_export_is(const void *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 4 * HEAD_SIZE);
	enum ls_encoding encoding = ls_encoding_guess(data, size);
	size_t n = size < HEAD_SIZE ? size : HEAD_SIZE;
	if (ls_encoding_decode(data, n, encoding, &text) < 0)
		return false;
	struct ls_reader r;
	ls_reader_init(&r, text.data, text.size);
	const char *line;
	size_t length;
	struct ls_cell name;
	while (ls_read_line(&r, &line, &length) == 0) {
		if (is_key_value(line, length))
			return true;
		if (section_name(line, length, &name))
			return find_section(&name) != NULL;
		if (length > 0)
			return false;
	}
	return false;
}

struct ls_cell ls_text_cell(const struct ls_text_file *f, size_t column)
{
	return ls_cell_at(f->cells, f->count, f->column[column]);
}

double ls_text_number(const struct ls_text_file *f, struct ls_cell cell)
{
	return ls_text_double(cell.text, cell.length, f->mark);
}

struct ls_run_well *ls_text_well(struct ls_text_file *f)
{
	struct ls_cell well = ls_cell_at(f->cells, f->count, f->well);
	struct ls_cell position = ls_cell_at(f->cells, f->count, f->position);
	if (position.length == 0)
		position = well; /* where software of the 7500 writes it */
	uint64_t number, index;
	bool placed = ls_run_position(f->run, position.text, position.length, &index) == 0;
	if (ls_text_index(well.text, well.length, UINT64_MAX, &number) == 0 && number > 0) {
		if (placed && f->run->plate_known && index != number - 1)
			ls_run_warn(f->run, "report.text.position",
				    "well %llu is said to be at %.*s, where it is not; the number "
				    "was taken",
				    (unsigned long long)number, (int)position.length,
				    position.text);
		return ls_run_well(f->run, number - 1);
	}
	if (placed)
		return ls_run_well(f->run, index);
	ls_run_warn(f->run, "report.text.well", "a row that names no well was left out: '%.*s'",
		    (int)(well.length < 40 ? well.length : 40), well.text);
	return NULL;
}

struct ls_run_reaction *ls_text_target(struct ls_text_file *f, struct ls_run_well *well,
				       const char *name, size_t length)
{
	size_t target;
	if (!well || !ls_run_target(f->run, name, length, &target))
		return NULL;
	return ls_run_reaction(f->run, well, target);
}

struct ls_run_reaction *ls_text_reaction(struct ls_text_file *f, struct ls_run_well *well)
{
	struct ls_cell name = ls_cell_at(f->cells, f->count, f->target);
	return name.length ? ls_text_target(f, well, name.text, name.length) : NULL;
}

static void take_header(struct ls_text_file *f, const struct ls_text_section *section,
			const char *line, size_t length)
{
	static const char *const well[] = { "well", NULL },
				 *const position[] = { "wellposition", "welllocation", NULL },
				 *const target[] = { "targetname", "target", "detector",
						     "detectorname", NULL };
	f->columns = ls_row_split(line, length, f->header);
	f->well = ls_column_find(f->header, f->columns, well);
	f->position = ls_column_find(f->header, f->columns, position);
	f->target = ls_column_find(f->header, f->columns, target);
	for (size_t i = 0; i < section->column_count; i++)
		f->column[i] = ls_column_find(f->header, f->columns, section->columns[i]);
	if (section->open)
		section->open(f);
}

static bool is_empty(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] > ' ')
			return false;
	return true;
}

static void open_section(struct ls_text_file *f, const struct ls_cell *name,
			 const struct ls_text_section **section, size_t *known)
{
	*section = find_section(name);
	f->columns = 0;
	*known += *section != NULL;
	if (!*section)
		ls_run_warn(f->run, "report.text.section",
			    "the section [%.*s] is not known and was left out", (int)name->length,
			    name->text);
}

static size_t read_lines(struct ls_text_file *f, struct ls_reader *r)
{
	const struct ls_text_section *section = NULL;
	size_t known = 0, length;
	const char *line;
	while (!ls_run_failed(f->run) && ls_read_line(r, &line, &length) == 0) {
		struct ls_cell name;
		if (section_name(line, length, &name))
			open_section(f, &name, &section, &known);
		else if (is_key_value(line, length))
			ls_text_head(f->run, line + 1, length - 1);
		else if (!section || is_empty(line, length))
			continue;
		else if (f->columns == 0)
			take_header(f, section, line, length);
		else {
			f->count = ls_row_split(line, length, f->cells);
			section->row(f);
		}
	}
	return known;
}

int ls_text_export_read(const void *data, size_t size, struct ls_run *run, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 3 * LS_RUN_FILE_MAX);
	int rc = ls_encoding_decode(data, size, ls_encoding_guess(data, size), &text);
	if (rc == 0)
		rc = ls_buffer_add_u8(&text, '\n'); /* the last line may lack its end */
	if (rc < 0)
		return ls_fail(err, rc, "report.run.memory", "out of memory");
	bool both;
	struct ls_text_file f = { .run = run, .mark = '.' };
	f.mark = ls_decimal_mark((const char *)text.data, text.size, &both);
	if (both)
		ls_run_warn(run, "report.text.decimal",
			    "some numbers have a decimal point and some a decimal comma; '%c' was "
			    "taken for the decimal mark",
			    f.mark);
	f.header = ls_run_alloc(run, LS_CELLS_MAX, sizeof(*f.header));
	f.cells = ls_run_alloc(run, LS_CELLS_MAX, sizeof(*f.cells));
	if (!f.header || !f.cells)
		return 0; /* noted in the run */
	struct ls_reader r;
	ls_reader_init(&r, text.data, text.size);
	if (read_lines(&f, &r) == 0 && !ls_run_failed(run))
		return ls_fail(err, -EBADMSG, "report.text.nothing",
			       "a text export without a section that is known: it is cut short, or "
			       "nothing was chosen to be exported");
	return 0;
}
