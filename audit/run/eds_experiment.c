/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest.mf and experiment.xml: what the run was, by whom, on what. */
#include <string.h>

#include "audit/run/eds_parts.h"
#include "audit/run/text_number.h"
#include "lib/base/reader.h"

void ls_eds_time(struct ls_run_time *time, const char *text, size_t length)
{
	uint64_t milliseconds;
	if (ls_text_index(text, length, UINT64_C(9000000000000), &milliseconds) < 0 ||
	    milliseconds == 0)
		return;
	time->known = true;
	time->seconds = (int64_t)(milliseconds / 1000);
}

void ls_eds_set(struct ls_run *run, const char **field, const struct ls_xml_node *node)
{
	ls_run_set(run, field, node->text, node->length);
}

/* The value of "Key: value", or NULL. */
static const char *value_of(const char *line, size_t length, const char *key, size_t *ret_length)
{
	size_t n = strlen(key);
	if (length <= n || memcmp(line, key, n) != 0 || line[n] != ':')
		return NULL;
	*ret_length = length - n - 1;
	return line + n + 1;
}

/* "7500 Software v2.3" where there is no title beside it. */
static void split_software(struct ls_run *run)
{
	const char *text = run->software_version;
	const char *mark = text && !run->software ? strstr(text, " v") : NULL;
	if (!mark)
		return;
	run->software = ls_run_text(run, text, (size_t)(mark - text));
	run->software_version = ls_run_text(run, mark + 2, strlen(mark + 2));
}

int ls_eds_manifest(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	(void)err; /* lines that are not known are passed over */
	struct ls_reader r;
	ls_reader_init(&r, data, size);
	const struct {
		const char *key;
		const char **field;
	} keys[] = {
		{ "Implementation-Title", &run->software },
		{ "Implementation-Version", &run->software_version },
		{ "Specification-Vendor", &run->maker },
		{ "Specification-Version", &run->format_version },
	};
	const char *line;
	size_t length;
	while (ls_read_line(&r, &line, &length) == 0)
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t n;
			const char *value = value_of(line, length, keys[i].key, &n);
			if (value)
				ls_run_set(run, keys[i].field, value, n);
		}
	split_software(run);
	return 0;
}

#define WORD_SIZE 64

struct experiment {
	struct ls_run *run;
	char kind[WORD_SIZE]; /* of the ExperimentProperty that is open */
	char key[WORD_SIZE];  /* of its PropertyValue */
};

static void take_attribute(const struct ls_xml_node *node, const char *name, char word[WORD_SIZE])
{
	size_t length;
	const char *value = ls_xml_attribute(node, name, &length);
	snprintf(word, WORD_SIZE, "%.*s", value && length < WORD_SIZE ? (int)length : 0,
		 value ? value : "");
}

static int experiment_start(void *context, const struct ls_xml_node *node)
{
	struct experiment *e = context;
	if (ls_xml_is(node, "Experiment/ExperimentProperty"))
		take_attribute(node, "type", e->kind);
	else if (ls_xml_is(node, "Experiment/ExperimentProperty/PropertyValue"))
		take_attribute(node, "key", e->key);
	return 0;
}

static void take_property(struct experiment *e, const struct ls_xml_node *node)
{
	struct ls_run *run = e->run;
	const struct {
		const char *kind, *key;
		const char **field;
	} known[] = {
		{ "InstrumentInfo", "instrumentSerialNumber", &run->instrument_serial },
		{ "InstrumentInfo", "instrumentName", &run->instrument_name },
		{ "InstrumentInfo", "blockSerialNumber", &run->block_serial },
		{ "InstrumentInfo", "instrumentType", &run->instrument_type },
		{ "RunInfo", "userId", &run->operator_name },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(e->kind, known[i].kind) == 0 && strcmp(e->key, known[i].key) == 0)
			ls_eds_set(run, known[i].field, node);
}

/* "TYPE_8X12" */
static void take_plate_type(struct ls_run *run, const struct ls_xml_node *node)
{
	const char *digits = node->length > 5 ? node->text + 5 : "";
	const char *cross = memchr(digits, 'X', strlen(digits));
	uint64_t rows, columns;
	if (cross && ls_text_index(digits, (size_t)(cross - digits), LS_RUN_ROWS_MAX, &rows) == 0 &&
	    ls_text_index(cross + 1, strlen(cross + 1), LS_RUN_COLUMNS_MAX, &columns) == 0)
		ls_run_plate(run, rows, columns);
}

static int experiment_end(void *context, const struct ls_xml_node *node)
{
	struct experiment *e = context;
	struct ls_run *run = e->run;
	const struct {
		const char *path;
		const char **field;
	} texts[] = {
		{ "Experiment/Name", &run->name },
		{ "Experiment/Description", &run->description },
		{ "Experiment/Operator", &run->operator_name },
		{ "Experiment/RunState", &run->run_state },
		{ "Experiment/FileName", &run->file_name },
		{ "Experiment/Type/Name", &run->experiment_type },
		{ "Experiment/ChemistryType", &run->chemistry },
	};
	const struct {
		const char *path;
		struct ls_run_time *time;
	} times[] = {
		{ "Experiment/RunStartTime", &run->started },
		{ "Experiment/RunEndTime", &run->ended },
		{ "Experiment/CreatedTime", &run->created },
		{ "Experiment/ModifiedTime", &run->modified },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (ls_xml_is(node, texts[i].path))
			ls_eds_set(run, texts[i].field, node);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (ls_xml_is(node, times[i].path))
			ls_eds_time(times[i].time, node->text, node->length);
	if (ls_xml_is(node, "Experiment/InstrumentTypeId") && !run->instrument_type)
		ls_eds_set(run, &run->instrument_type, node);
	else if (ls_xml_is(node, "Experiment/PlateTypeID"))
		take_plate_type(run, node);
	else if (ls_xml_is(node, "Experiment/ExperimentProperty/PropertyValue/String"))
		take_property(e, node);
	return 0;
}

int ls_eds_experiment(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	static const struct ls_xml_handler handler = { experiment_start, experiment_end };
	struct experiment e = { .run = run };
	return ls_xml_read(data, size, &handler, &e, err);
}
