/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "audit/dna/command_internal.h"

#define PRICE_DEFAULT 0.09 /* dollars a base, as the papers reckoned in 2018 */

struct costing {
	unsigned long errors, documentation, bases;
	double price;
	bool json;
	const char *what;
};

/* The signatures of the papers, for comparison. */
static const struct {
	const char *name;
	size_t signature;
} PAPERS[] = { { "papers: RSA-1024, 2018", 512 },
	       { "papers: identity-based", 288 },
	       { "papers: the same, compressed", 164 } };

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_COST];
}

static int take_option(void *context, int option, const char *value)
{
	struct costing *c = context;
	char *end;
	switch (option) {
	case 'e':
		return ls_dna_number(value, LS_ERRORS_MAX, &c->errors) == 0
			       ? 0
			       : ls_command_usage(command(), "--errors is 0 to %d", LS_ERRORS_MAX);
	case 'd':
		return ls_dna_number(value, LS_DOCUMENT_MAX, &c->documentation) == 0
			       ? 0
			       : ls_command_usage(command(),
						  "--documentation is 0 to %d bytes, as compressed",
						  LS_DOCUMENT_MAX);
	case 'p':
		c->price = strtod(value, &end);
		return *value && !*end && c->price >= 0 && c->price < 1e6
			       ? 0
			       : ls_command_usage(command(),
						  "--price is what a base costs, as in 0.09");
	default: c->json = true; return 0;
	}
}

static int parse(int argc, char **argv, struct costing *c)
{
	static const struct option options[] = { { "errors", required_argument, NULL, 'e' },
						 { "documentation", required_argument, NULL, 'd' },
						 { "price", required_argument, NULL, 'p' },
						 { "json", no_argument, NULL, 'j' },
						 { 0 } };
	int rc = ls_dna_options(LS_DNA_COST, argc, argv, options, take_option, c);
	if (rc != 0)
		return rc;
	if (optind + 1 != argc)
		return ls_command_usage(command(), "of how many bases, or which molecule?");
	c->what = argv[optind];
	return 0;
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct costing *c = context;
	(void)genbank;
	if (c->bases == 0)
		c->bases = m->bases.size;
	return 0;
}

static int find_bases(struct costing *c)
{
	struct ls_error err = { 0 };
	const struct ls_molecule_taker taker = { .take = take, .context = c };
	if (ls_dna_number(c->what, LS_MOLECULE_SIZE_MAX, &c->bases) == 0)
		return c->bases > 0 ? 0 : ls_command_usage(command(), "a molecule of no bases");
	c->bases = 0;
	return ls_molecules_read(c->what, &taker, &err) < 0 ? ls_dna_say(LS_DNA_COST, &err) : 0;
}

static size_t block_size(const struct costing *c, enum ls_profile profile)
{
	_cleanup_block_ struct ls_block b;
	struct ls_layout l;
	ls_block_init(&b);
	b.profile = profile;
	b.errors = (uint8_t)c->errors;
	b.length = (uint32_t)c->bases;
	b.signer_count = 1;
	memcpy(b.signers[0].text, "0000-0001-5000-0007", LS_ORCID_SIZE);
	for (size_t i = 0; i < c->documentation; i++)
		ls_buffer_add_u8(&b.document, 0);
	ls_block_layout(&b, &l);
	return l.at[LS_PART_COUNT];
}

static json_t *row(const struct costing *c, const char *name, size_t signature, size_t block)
{
	return json_pack("{s:s, s:I, s:I, s:f}", "profile", name, "signature_bases",
			 (json_int_t)signature, "block_bases", (json_int_t)block, "price",
			 c->price * (double)block);
}

/* The first version's block: tags, ORCID iD and plasmid ID as the prototype writes them, 16 bases
 * an error. */
static size_t papers_block(const struct costing *c, size_t signature)
{
	return 10 + 32 + 12 + signature + 16 * c->errors + 10;
}

static void print_text(const struct costing *c, const json_t *rows)
{
	size_t i;
	json_t *r;
	printf("a molecule of %lu bases, %lu errors corrected, %lu bytes of documentation, %.4g a "
	       "base\n",
	       c->bases, c->errors, c->documentation, c->price);
	printf("%-30s %9s %9s %10s\n", "profile", "signature", "block", "price");
	json_array_foreach(rows, i, r)
		printf("%-30s %6lld bp %6lld bp %10.2f\n",
		       json_string_value(json_object_get(r, "profile")),
		       json_integer_value(json_object_get(r, "signature_bases")),
		       json_integer_value(json_object_get(r, "block_bases")),
		       json_real_value(json_object_get(r, "price")));
}

int ls_dna_cost_command(int argc, char **argv)
{
	struct costing c = { .price = PRICE_DEFAULT };
	int rc = parse(argc, argv, &c);
	if (rc == 0)
		rc = find_bases(&c);
	if (rc != 0)
		return rc;
	json_t *rows = json_array();
	for (int p = 0; p < LS_PROFILE_COUNT; p++)
		json_array_append_new(rows,
				      row(&c, ls_profiles[p].name, ls_profiles[p].signature_bases,
					  block_size(&c, (enum ls_profile)p)));
	for (size_t i = 0; i < sizeof PAPERS / sizeof *PAPERS; i++)
		json_array_append_new(rows, row(&c, PAPERS[i].name, PAPERS[i].signature,
						papers_block(&c, PAPERS[i].signature)));
	if (c.json) {
		json_t *all = json_pack("{s:s, s:I, s:I, s:I, s:O}", "schema",
					"labseal/dna-cost/v1", "bases", (json_int_t)c.bases,
					"errors", (json_int_t)c.errors, "documentation",
					(json_int_t)c.documentation, "rows", rows);
		json_dumpf(all, stdout, JSON_INDENT(2));
		printf("\n");
		json_decref(all);
	} else {
		print_text(&c, rows);
	}
	json_decref(rows);
	return LS_EXIT_HOLDS;
}
