/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "audit/cal/session.h"
#include "audit/dna/command_internal.h"
#include "audit/dna/documenting.h"
#include "audit/dna/exact.h"
#include "audit/dna/keys/belief.h"
#include "audit/dna/report.h"
#include "audit/dna/verdict.h"

struct reading {
	const char *key_file, *passphrase_file, *output, *input;
	struct ls_dna_belief belief;
	struct ls_dna_key *key;
	struct ls_buffer out;
	size_t records;
	bool found, hidden;
	struct ls_error err;
};

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_READ];
}

static int said(int rc, const struct ls_error *err)
{
	return rc < 0 ? ls_dna_say(LS_DNA_READ, err) : 0;
}

static int take_option(void *context, int option, const char *value)
{
	struct reading *r = context;
	struct ls_error err = { 0 };
	switch (option) {
	case 't': return said(ls_dna_belief_add(&r->belief, value, &err), &err);
	case 'K': return said(ls_dna_belief_add_keys(&r->belief, value, &err), &err);
	case 'a':
		r->belief.at_known = true;
		return ls_cal_time_option(command(), "--at", value, &r->belief.at);
	case 'k': r->key_file = value; break;
	case 'w': r->passphrase_file = value; break;
	default: r->output = value;
	}
	return 0;
}

static int parse(int argc, char **argv, struct reading *r)
{
	static const struct option options[] = { { "trust", required_argument, NULL, 't' },
						 { "keys", required_argument, NULL, 'K' },
						 { "at", required_argument, NULL, 'a' },
						 { "key", required_argument, NULL, 'k' },
						 { "passphrase-file", required_argument, NULL,
						   'w' },
						 { "output", required_argument, NULL, 'o' },
						 { 0 } };
	int rc = ls_dna_options(LS_DNA_READ, argc, argv, options, take_option, r);
	if (rc == 0 && optind + 1 != argc)
		rc = ls_command_usage(command(), optind == argc ? "which molecule?"
								: "one molecule at a time");
	if (rc != 0)
		return rc;
	r->input = argv[optind];
	if (!r->belief.trust && (r->belief.keys_count > 0 || r->belief.at_known))
		return ls_command_usage(command(), "--keys and --at go with --trust, whose log of "
						   "keys it is");
	struct ls_error err = { 0 };
	return said(r->belief.trust ? ls_dna_belief_open(&r->belief, &err) : 0, &err);
}

/* Of several blocks, the first with documentation. */
static int take_block(void *context, const struct ls_exact *found)
{
	struct reading *r = context;
	_cleanup_judged_ struct ls_judged j = { 0 };
	int rc = ls_judge_read(&found->proposal, &j, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	rc = ls_dna_read_document(&j, r->key, &r->out, &r->hidden, &r->err);
	r->found = true;
	return rc == -ENODATA ? 0 : rc < 0 ? rc : 1;
}

static int read_unverified(struct reading *r, const struct ls_molecule *m)
{
	const struct ls_exact_taker taker = { .take = take_block, .context = r };
	int rc = ls_exact_find(m->bases.data, m->bases.size, m->topology, &taker, &r->err);
	if (rc == 1) {
		fprintf(stderr, "labseal dna read: nothing was verified: say --trust FILE\n");
		return 0;
	}
	if (rc == 0 && !r->found)
		return ls_fail(&r->err, -ENODATA, "dna.read.none",
			       "there is no block whose tags and header are whole; with --trust it "
			       "is looked for, and "
			       "corrected");
	return rc == 0 ? -ENODATA : rc; /* err says that there is no annotation */
}

static int read_verified(struct reading *r, const struct ls_molecule *m)
{
	const struct ls_dna_options options = { .trust = r->belief.trust,
						.repair.effort = LS_EFFORT_DEFAULT };
	_cleanup_dna_verdict_ struct ls_dna_verdict v = { 0 };
	int rc = ls_dna_verify(m, &options, &v, &r->err);
	if (rc < 0)
		return rc;
	if (ls_dna_verdict_exit(v.outcome) != LS_EXIT_HOLDS) {
		return ls_fail(&r->err, -EKEYREJECTED, "dna.read.not-verified",
			       "NOT VERIFIED: %s: nothing is read from it%s%s",
			       ls_dna_outcome_words[v.outcome], v.why.code ? ": " : "",
			       v.why.code ? v.why.message : "");
	}
	fprintf(stderr, "labseal dna read: VERIFIED: %s, signed by %s\n",
		ls_dna_outcome_words[v.outcome], v.judged.block.signers[0].text);
	return ls_dna_read_document(&v.judged, r->key, &r->out, &r->hidden, &r->err);
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct reading *r = context;
	(void)genbank;
	if (r->records++ > 0)
		return ls_fail(&r->err, -EINVAL, "dna.read.records",
			       "'%s' has several records: give it one", r->input);
	return r->belief.trust ? read_verified(r, m) : read_unverified(r, m);
}

static int run(struct reading *r, struct ls_error *err)
{
	const struct ls_molecule_taker taker = { .take = take, .context = r };
	int rc = r->key_file ? ls_dna_key_open(r->key_file, r->passphrase_file, &r->key, err) : 0;
	if (rc == 0)
		rc = ls_molecules_read(r->input, &taker, err);
	if (rc < 0 && r->err.code < 0)
		*err = r->err;
	if (rc == 0 && r->hidden)
		fprintf(stderr,
			"labseal dna read: a part is for chosen readers alone: say --key FILE\n");
	/* what was for this key's owner alone stays so */
	return rc < 0 ? rc : ls_dna_write(r->output, &r->out, r->key ? 0600 : 0644, err);
}

int ls_dna_read_command(int argc, char **argv)
{
	struct reading r = { 0 };
	struct ls_error err = { 0 };
	ls_buffer_init(&r.out, 4 * (size_t)LS_MOLECULE_SIZE_MAX);
	int rc = parse(argc, argv, &r);
	if (rc == 0)
		rc = run(&r, &err) < 0 ? ls_dna_say(LS_DNA_READ, &err) : LS_EXIT_HOLDS;
	ls_buffer_free(&r.out);
	ls_dna_key_free(r.key);
	ls_dna_belief_free(&r.belief);
	return rc;
}
