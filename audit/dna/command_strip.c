/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "audit/dna/command_internal.h"
#include "audit/dna/exact.h"
#include "audit/dna/judge.h"

#define BLOCKS_MAX 64

struct place {
	size_t first, size; /* in the file, from 0 */
	char signer[LS_ORCID_SIZE];
};

struct stripping {
	const char *output, *input;
	unsigned long number; /* which block, from 1; 0: the only one */
	bool fasta;
	struct place blocks[BLOCKS_MAX];
	size_t count, n, records;
	struct ls_buffer out;
	struct ls_error err;
};

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_STRIP];
}

static int take_option(void *context, int option, const char *value)
{
	struct stripping *s = context;
	switch (option) {
	case 'b':
		return ls_dna_number(value, BLOCKS_MAX, &s->number) == 0 && s->number > 0
			       ? 0
			       : ls_command_usage(command(), "--block is a number from 1, as "
							     "inspect shows it");
	case 'o': s->output = value; return 0;
	default: s->fasta = true; return 0;
	}
}

static int parse(int argc, char **argv, struct stripping *s)
{
	static const struct option options[] = { { "block", required_argument, NULL, 'b' },
						 { "output", required_argument, NULL, 'o' },
						 { "fasta", no_argument, NULL, 'f' },
						 { 0 } };
	int rc = ls_dna_options(LS_DNA_STRIP, argc, argv, options, take_option, s);
	if (rc != 0)
		return rc;
	if (optind + 1 != argc)
		return ls_command_usage(command(), optind == argc ? "which molecule?"
								  : "one molecule at a time");
	s->input = argv[optind];
	return 0;
}

/* Blocks in the order of inspect: as they are found. */
static int note(void *context, const struct ls_exact *found)
{
	struct stripping *s = context;
	_cleanup_judged_ struct ls_judged j = { 0 };
	int rc = ls_judge_read(&found->proposal, &j, NULL);
	if (rc < 0 || s->count == BLOCKS_MAX)
		return rc == -ENOMEM ? rc : 0;
	size_t size = j.layout.at[LS_PART_COUNT];
	struct place *p = &s->blocks[s->count++];
	p->size = size;
	p->first = found->reversed ? (2 * s->n - found->start - size) % s->n : found->start;
	snprintf(p->signer, sizeof p->signer, "%s", j.block.signers[0].text);
	return 0;
}

static int choose(struct stripping *s, const struct place **ret)
{
	if (s->count == 0)
		return ls_fail(&s->err, -ENODATA, "dna.strip.none",
			       "there is no block whose tags and header are whole; 'labseal dna "
			       "verify' says more");
	if (s->number == 0 && s->count > 1)
		return ls_fail(&s->err, -EINVAL, "dna.strip.several",
			       "there are %zu blocks: say which, --block N, as 'labseal dna "
			       "inspect' numbers them",
			       s->count);
	if (s->number > s->count)
		return ls_fail(&s->err, -EINVAL, "dna.strip.number",
			       "there is no block %lu: there are %zu", s->number, s->count);
	*ret = &s->blocks[s->number ? s->number - 1 : 0];
	return 0;
}

static int strip_fasta(struct stripping *s, const struct ls_molecule *m, const struct place *p)
{
	_cleanup_buffer_ struct ls_buffer kept;
	char name[LS_MOLECULE_NAME_MAX + 1];
	size_t n = m->letters.size, end = p->first + p->size, head = end > n ? end - n : 0;
	ls_buffer_init(&kept, n);
	ls_buffer_add(&kept, m->letters.data + head, p->first - head);
	if (end < n)
		ls_buffer_add(&kept, m->letters.data + end, n - end);
	if (ls_buffer_error(&kept) < 0 ||
	    ls_dna_fasta(ls_dna_show(m->name, name, sizeof name), ls_buffer_str(&kept), kept.size,
			 &s->out) < 0)
		return ls_fail(&s->err, -ENOMEM, "memory", "out of memory");
	return 0;
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct stripping *s = context;
	const struct ls_exact_taker taker = { .take = note, .context = s };
	const struct place *p = NULL;
	if (s->records++ > 0)
		return ls_fail(&s->err, -EINVAL, "dna.strip.records",
			       "'%s' has several records: give it one", s->input);
	s->n = m->bases.size;
	int rc = ls_exact_find(m->bases.data, s->n, m->topology, &taker, &s->err);
	if (rc == 0)
		rc = choose(s, &p);
	if (rc < 0)
		return rc;
	if (!p)
		return -ENOENT;
	fprintf(stderr,
		"labseal dna strip: %zu bases from base %zu on, signed (unverified) by %s\n",
		p->size, p->first + 1, p->signer);
	return genbank && !s->fasta
		       ? ls_genbank_remove(genbank, p->first + 1, p->size, &s->out, &s->err)
		       : strip_fasta(s, m, p);
}

int ls_dna_strip_command(int argc, char **argv)
{
	struct stripping s = { 0 };
	struct ls_error err = { 0 };
	const struct ls_molecule_taker taker = { .take = take, .context = &s };
	int rc = parse(argc, argv, &s);
	if (rc != 0)
		return rc;
	ls_buffer_init(&s.out, 4 * (size_t)LS_MOLECULE_SIZE_MAX);
	rc = ls_molecules_read(s.input, &taker, &err);
	if (rc < 0 && s.err.code < 0)
		err = s.err;
	if (rc == 0)
		rc = ls_dna_write(s.output, &s.out, 0644, &err);
	ls_buffer_free(&s.out);
	return rc < 0 ? ls_dna_say(LS_DNA_STRIP, &err) : LS_EXIT_HOLDS;
}
