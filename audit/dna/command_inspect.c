/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <string.h>

#include "audit/dna/block/document_part.h"
#include "audit/dna/command_internal.h"
#include "audit/dna/exact.h"
#include "audit/dna/judge.h"
#include "audit/dna/legacy.h"
#include "audit/dna/molecule/canonical.h"

struct inspecting {
	bool json;
	json_t *records;
	const char *file;
	/* of the record at hand */
	json_t *blocks;
	size_t n;
	int status;
	struct ls_error err;
};

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_INSPECT];
}

static json_t *parts_json(const struct ls_exact *found, const struct ls_layout *l, size_t n)
{
	json_t *parts = json_array();
	for (int p = 0; p < LS_PART_COUNT; p++) {
		if (l->at[p] == l->at[p + 1])
			continue;
		size_t first = ls_place_in_file(found->start + l->at[p], n, found->reversed);
		size_t last = ls_place_in_file(found->start + l->at[p + 1] - 1, n, found->reversed);
		json_array_append_new(
			parts, json_pack("{s:s, s:I, s:I, s:I}", "part", ls_part_names[p], "first",
					 (json_int_t)(found->reversed ? last : first) + 1, "last",
					 (json_int_t)(found->reversed ? first : last) + 1, "bases",
					 (json_int_t)(l->at[p + 1] - l->at[p])));
	}
	return parts;
}

static json_t *document_json(const struct ls_block *b)
{
	json_t *list = json_array();
	struct ls_reader r;
	struct ls_document_part part;
	ls_reader_init(&r, b->document.data, b->document.size);
	while (ls_document_part_next(&r, &part) == 0)
		json_array_append_new(list, json_pack("{s:i, s:I}", "type", (int)part.type, "bytes",
						      (json_int_t)part.size));
	return list;
}

static json_t *block_json(const struct ls_exact *found, const struct ls_judged *j, size_t n)
{
	const struct ls_block *b = &j->block;
	char hint[8];
	json_t *signers = json_array();
	for (size_t i = 0; i < b->signer_count; i++)
		json_array_append_new(signers, json_string(b->signers[i].text));
	snprintf(hint, sizeof hint, "%03x", b->hint);
	return json_pack(
		"{s:b, s:s, s:o, s:i, s:s, s:i, s:i, s:I, s:s, s:I, s:i, s:o, s:o}", "other_strand",
		found->reversed, "profile", ls_profiles[b->profile].name, "signers", signers,
		"plasmid_id", (int)b->plasmid_id, "authority_hint", hint, "draw", (int)b->draw,
		"errors", (int)b->errors, "covered", (json_int_t)b->length, "topology",
		b->segment  ? "segment"
		: b->linear ? "linear"
			    : "circular",
		"place", (json_int_t)b->place, "dictionary", (int)b->dictionary, "documentation",
		document_json(b), "parts", parts_json(found, &j->layout, n));
}

static int take_block(void *context, const struct ls_exact *found)
{
	struct inspecting *s = context;
	_cleanup_judged_ struct ls_judged j = { 0 };
	int rc = ls_judge_read(&found->proposal, &j, NULL);
	if (rc == 0)
		json_array_append_new(s->blocks, block_json(found, &j, s->n));
	return rc == -ENOMEM ? rc : 0;
}

static void print_block(const json_t *b, size_t number)
{
	size_t i;
	json_t *each;
	const char *other = json_is_true(json_object_get(b, "other_strand"))
				    ? ", on the file's other strand"
				    : "";
	printf("  block %zu%s\n", number, other);
	json_array_foreach(json_object_get(b, "parts"), i, each)
		printf("    %-14s %8lld..%-8lld %5lld bases\n",
		       json_string_value(json_object_get(each, "part")),
		       json_integer_value(json_object_get(each, "first")),
		       json_integer_value(json_object_get(each, "last")),
		       json_integer_value(json_object_get(each, "bases")));
	json_array_foreach(json_object_get(b, "signers"), i, each)
		printf("    claims         %s\n", json_string_value(each));
	const char *profile = json_string_value(json_object_get(b, "profile"));
	enum ls_profile which = LS_PROFILE_STANDARD;
	ls_profile_find(profile, &which, NULL);
	printf("    plasmid ID     %06lld\n    profile        %s%s\n    covers         %lld bases, "
	       "%s\n"
	       "    corrects       %lld errors\n    authority      %s...\n",
	       json_integer_value(json_object_get(b, "plasmid_id")), profile,
	       ls_profile_remark(which), json_integer_value(json_object_get(b, "covered")),
	       json_string_value(json_object_get(b, "topology")),
	       json_integer_value(json_object_get(b, "errors")),
	       json_string_value(json_object_get(b, "authority_hint")));
}

static void print_record(const json_t *record)
{
	size_t i;
	json_t *each, *legacy = json_object_get(record, "legacy");
	printf("%s: %s: %lld bases, %s\n", json_string_value(json_object_get(record, "file")),
	       json_string_value(json_object_get(record, "record")),
	       json_integer_value(json_object_get(record, "bases")),
	       json_string_value(json_object_get(record, "seguid")));
	json_array_foreach(json_object_get(record, "blocks"), i, each) print_block(each, i + 1);
	if (json_array_size(json_object_get(record, "blocks")) == 0)
		printf("  no block whose tags and header are whole\n");
	if (json_is_object(legacy))
		printf("  a block of the papers' first version: claims %s, plasmid ID %s; its "
		       "signature is not "
		       "verifiable here\n",
		       json_string_value(json_object_get(legacy, "orcid")),
		       json_string_value(json_object_get(legacy, "plasmid_id")));
}

static json_t *legacy_json(const struct ls_molecule *m)
{
	struct ls_legacy l;
	return ls_legacy_find(m, &l, NULL) == 0
		       ? json_pack(
				 "{s:s, s:s, s:I, s:i}", "orcid", l.orcid, "plasmid_id", l.id,
				 "start",
				 (json_int_t)ls_place_in_file(l.start, m->bases.size, l.reversed) +
					 1,
				 "errors", l.errors)
		       : json_null();
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct inspecting *s = context;
	const struct ls_exact_taker taker = { .take = take_block, .context = s };
	char name[128], file[LS_DNA_FILE_SIZE], seguid[LS_SEGUID_SIZE] = "";
	(void)genbank;
	s->n = m->bases.size;
	s->blocks = json_array();
	int rc = ls_exact_find(m->bases.data, s->n, m->topology, &taker, &s->err);
	if (rc == 0)
		rc = ls_seguid(m->bases.data, s->n, m->topology != LS_LINEAR, seguid, &s->err);
	json_t *record = json_pack(
		"{s:s, s:s, s:I, s:s, s:o, s:o}", "file", ls_dna_plain(s->file, file, sizeof file),
		"record", ls_dna_show(m->name, name, sizeof name), "bases", (json_int_t)s->n,
		"seguid", seguid, "blocks", s->blocks, "legacy", legacy_json(m));
	if (rc == 0 && !s->json)
		print_record(record);
	if (json_array_append_new(s->records, record) < 0 && rc == 0)
		rc = ls_fail(&s->err, -ENOMEM, "memory", "out of memory for a record");
	return rc;
}

static int failed(void *context, const char *name, const struct ls_error *why)
{
	struct inspecting *s = context;
	char shown[128], file[LS_DNA_FILE_SIZE], words[LS_DNA_WHY_SIZE];
	s->status = LS_EXIT_COULD_NOT_CHECK;
	fprintf(stderr, "labseal dna inspect: '%s', %s: %s [%s]\n",
		ls_dna_plain(s->file, file, sizeof file), ls_dna_show(name, shown, sizeof shown),
		ls_dna_plain(why->message, words, sizeof words), why->id);
	return 0;
}

static int take_option(void *context, int option, const char *value)
{
	struct inspecting *s = context;
	(void)value;
	s->json |= option == 'j';
	return 0;
}

static int parse(int argc, char **argv, struct inspecting *s)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { 0 } };
	int rc = ls_dna_options(LS_DNA_INSPECT, argc, argv, options, take_option, s);
	if (rc != 0)
		return rc;
	return optind == argc ? ls_command_usage(command(), "which molecules?") : 0;
}

static void inspect_file(struct inspecting *s, const char *path)
{
	const struct ls_molecule_taker taker = { .take = take, .failed = failed, .context = s };
	struct ls_error err = { 0 };
	s->file = path;
	memset(&s->err, 0, sizeof s->err);
	if (ls_molecules_read(path, &taker, &err) < 0)
		s->status = ls_dna_say(LS_DNA_INSPECT, s->err.code < 0 ? &s->err : &err);
}

int ls_dna_inspect_command(int argc, char **argv)
{
	struct inspecting s = { 0 };
	int rc = parse(argc, argv, &s);
	if (rc != 0)
		return rc;
	s.records = json_array();
	for (int i = optind; i < argc; i++)
		inspect_file(&s, argv[i]);
	json_t *all = json_pack("{s:s, s:o}", "schema", "labseal/dna-inspect/v1", "records",
				s.records);
	if (s.json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		printf("\n");
	}
	json_decref(all);
	return s.status;
}
