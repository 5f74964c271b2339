/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#include "audit/dna/command_internal.h"
#include "audit/dna/command_together.h"
#include "audit/dna/documenting.h"
#include "audit/dna/sign.h"
#include "audit/dna/verdict.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define FORBIDDEN_MAX 64

struct arguments {
	const char *keys[LS_SIGNERS_MAX];
	size_t key_count;
	const char *passphrase_file, *orcid, *output, *input, *rules, *from;
	struct ls_molecule earlier; /* what --from names */
	const char *forbidden[FORBIDDEN_MAX];
	size_t forbidden_count;
	bool has_id, has_at, fasta;
	struct ls_dna_signing signing;
	struct ls_dna_together together;
	bool document, has_profile;
	struct ls_orcid readers[LS_DNA_READERS_MAX];
	struct ls_dna_documenting documenting;
	struct ls_dna_documenter documenter;
	/* while the file is read */
	const struct ls_dna_key *dna_key;
	struct ls_buffer out;
	size_t records;
	struct ls_error err;
};

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_SIGN];
}

static int number(const char *option, const char *text, unsigned long max, unsigned long *ret)
{
	if (ls_dna_number(text, max, ret) == 0)
		return 0;
	return ls_command_usage(command(), "%s is a number up to %lu, and '%s' is none", option,
				max, text);
}

static int segment(struct arguments *a, const char *text)
{
	unsigned long from, to;
	char first[20];
	const char *dots = strstr(text, "..");
	if (!dots || (size_t)(dots - text) >= sizeof first)
		return ls_command_usage(command(), "--segment FROM..TO, in bases from 1");
	snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
	int rc = number("--segment's FROM", first, LS_MOLECULE_SIZE_MAX, &from);
	if (rc == 0)
		rc = number("--segment's TO", dots + 2, LS_MOLECULE_SIZE_MAX, &to);
	if (rc != 0)
		return rc;
	if (from < 1 || from >= to)
		return ls_command_usage(command(), "a segment goes from a base to a later one");
	a->signing.segment_first = from;
	a->signing.segment_last = to;
	return 0;
}

static int topology(struct arguments *a, const char *text)
{
	if (strcmp(text, "circular") == 0)
		a->signing.topology = LS_CIRCULAR;
	else if (strcmp(text, "linear") == 0)
		a->signing.topology = LS_LINEAR;
	else
		return ls_command_usage(command(), "--topology is circular or linear");
	return 0;
}

static int add_reader(struct arguments *a, const char *text)
{
	struct ls_error err = { 0 };
	size_t n = a->documenting.reader_count;
	if (n == LS_DNA_READERS_MAX)
		return ls_command_usage(command(), "at most %d readers", LS_DNA_READERS_MAX);
	if (ls_orcid_parse(text, &a->readers[n], &err) < 0)
		return ls_command_usage(command(), "%s", err.message);
	a->documenting.reader_count = n + 1;
	return 0;
}

static int add_hidden(struct arguments *a, const char *text)
{
	if (a->documenting.hide_count == LS_HIDE_MAX)
		return ls_command_usage(command(), "at most %d --hide", LS_HIDE_MAX);
	a->documenting.hide[a->documenting.hide_count++] = text;
	return 0;
}

static int take_option(void *context, int option, const char *value)
{
	struct arguments *a = context;
	unsigned long n = 0;
	int rc = 0;
	struct ls_error err = { 0 };
	switch (option) {
	case 'k':
		if (a->key_count == LS_SIGNERS_MAX)
			return ls_command_usage(command(), "at most %d sign together",
						LS_SIGNERS_MAX);
		a->keys[a->key_count++] = value;
		break;
	case 'w': a->passphrase_file = value; break;
	case 'c': a->orcid = value; break;
	case 'o': a->output = value; break;
	case 'r': a->rules = value; break;
	case 'm': a->from = value; break;
	case 'd': a->document = true; break;
	case 'F': rc = add_reader(a, value); break;
	case 'h': rc = add_hidden(a, value); break;
	case 'f': a->fasta = true; break;
	case 'b':
		if (a->forbidden_count == FORBIDDEN_MAX)
			return ls_command_usage(command(), "too many --forbid: say --rules FILE");
		a->forbidden[a->forbidden_count++] = value;
		break;
	case 'i':
		rc = number("--id", value, LS_PLASMID_ID_MAX, &n);
		a->signing.plasmid_id = (uint32_t)n;
		a->has_id = true;
		break;
	case 'a':
		a->has_at = true;
		if (strcmp(value, "auto") != 0) {
			rc = number("--at", value, LS_MOLECULE_SIZE_MAX, &n);
			if (rc == 0 && n == 0)
				rc = ls_command_usage(command(), "--at counts bases from 1");
		}
		a->signing.at = n;
		break;
	case 'e':
		rc = number("--errors", value, LS_ERRORS_MAX, &n);
		a->signing.errors = (unsigned)n;
		break;
	case 'p':
		a->has_profile = true;
		if (ls_profile_find(value, &a->signing.profile, &err) < 0)
			rc = ls_command_usage(command(), "%s", err.message);
		break;
	case 's': rc = segment(a, value); break;
	case 't': rc = topology(a, value); break;
	default: rc = ls_dna_together_option(&a->together, option, value);
	}
	return rc;
}

static int parse(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = { { "key", required_argument, NULL, 'k' },
						 { "passphrase-file", required_argument, NULL,
						   'w' },
						 { "orcid", required_argument, NULL, 'c' },
						 { "output", required_argument, NULL, 'o' },
						 { "rules", required_argument, NULL, 'r' },
						 { "from", required_argument, NULL, 'm' },
						 { "fasta", no_argument, NULL, 'f' },
						 { "forbid", required_argument, NULL, 'b' },
						 { "document", no_argument, NULL, 'd' },
						 { "for", required_argument, NULL, 'F' },
						 { "hide", required_argument, NULL, 'h' },
						 { "id", required_argument, NULL, 'i' },
						 { "at", required_argument, NULL, 'a' },
						 { "errors", required_argument, NULL, 'e' },
						 { "profile", required_argument, NULL, 'p' },
						 { "segment", required_argument, NULL, 's' },
						 { "topology", required_argument, NULL, 't' },
						 { "draft", no_argument, NULL, 'D' },
						 { "part", required_argument, NULL, 'P' },
						 { "join", required_argument, NULL, 'J' },
						 { "authority", required_argument, NULL, 'A' },
						 { "signer", required_argument, NULL, 'S' },
						 { "with", required_argument, NULL, 'W' },
						 { "show", required_argument, NULL, 'H' },
						 { 0 } };
	int rc = ls_dna_options(LS_DNA_SIGN, argc, argv, options, take_option, a);
	if (rc != 0)
		return rc;
	if (optind + 1 != argc)
		return ls_command_usage(command(), optind == argc ? "which molecule?"
								  : "one molecule at a time");
	if (ls_dna_together_is(&a->together)) {
		rc = ls_dna_together_check(&a->together, a->key_count, a->has_id || a->has_at);
		if (rc == 0 && a->has_profile && a->signing.profile != LS_PROFILE_AGGREGATE)
			rc = ls_command_usage(command(), "several sign together in profile "
							 "aggregate");
		if (rc == 0 && !a->together.draft &&
		    (a->document || a->from || a->documenting.reader_count > 0 ||
		     a->documenting.hide_count > 0 || a->signing.segment_first > 0 ||
		     a->signing.errors > 0))
			rc = ls_command_usage(command(),
					      "documentation, segment and parity are the draft's");
		a->signing.profile = LS_PROFILE_AGGREGATE;
		a->input = argv[optind];
		if (rc != 0 || !a->together.draft)
			return rc;
	}
	if (a->key_count == 0 && !a->together.draft)
		return ls_command_usage(command(), "with which key? Say --key FILE");
	if (!a->has_id)
		return ls_command_usage(command(), "which plasmid ID? Say --id N, 0 to %d",
					LS_PLASMID_ID_MAX);
	if (!a->has_at)
		return ls_command_usage(
			command(),
			"where? Say --at BASE, before which the block goes, or --at auto");
	if (a->from && a->signing.segment_first > 0)
		return ls_command_usage(command(),
					"--from goes with whole molecules and not with --segment");
	if (a->document && a->signing.segment_first > 0)
		return ls_command_usage(
			command(), "--document goes with whole molecules and not with --segment");
	if (a->documenting.reader_count > 0 && a->together.draft)
		return ls_command_usage(command(), "--for does not go with --draft: the signers "
						   "would sign what they cannot read; let one of "
						   "them sign alone, or document it for all");
	if (a->documenting.reader_count > 0 && !a->document)
		return ls_command_usage(command(), "--for goes with --document");
	if (a->documenting.hide_count > 0 && a->documenting.reader_count == 0)
		return ls_command_usage(command(), "--hide from whom not? Say --for ID");
	a->input = argv[optind];
	return 0;
}

static int check_orcid(const struct arguments *a, const struct ls_dna_key *key,
		       struct ls_error *err)
{
	struct ls_orcid said;
	int rc = a->orcid ? ls_orcid_parse(a->orcid, &said, err) : 0;
	if (rc == 0 && a->orcid && strcmp(said.text, ls_dna_key_orcid(key)->text) != 0)
		rc = ls_fail(err, -EINVAL, "dna.sign.orcid", "the key '%s' is %s's and not %s's",
			     a->keys[0], ls_dna_key_orcid(key)->text, said.text);
	if (rc == 0 && !ls_dna_key_signs(key, a->signing.profile))
		rc = ls_fail(err, -EINVAL, "dna.sign.profile",
			     "the key '%s' cannot sign with profile %s", a->keys[0],
			     ls_profiles[a->signing.profile].name);
	return rc;
}

/* The first key, joined by those of the others; the passphrase is for each that has one. */
static int open_keys(const struct arguments *a, struct ls_dna_key **ret, struct ls_error *err)
{
	int rc = ls_dna_key_open(a->keys[0], a->passphrase_file, ret, err);
	for (size_t i = 1; rc == 0 && i < a->key_count; i++) {
		_cleanup_dna_key_ struct ls_dna_key *other = NULL;
		rc = ls_dna_key_open(a->keys[i], a->passphrase_file, &other, err);
		if (rc == 0)
			rc = ls_dna_key_join(*ret, other, err);
		if (rc == 0)
			other = NULL; /* handed over */
	}
	return rc;
}

static int load_rules(const struct arguments *a, struct ls_rules *ret, struct ls_error *err)
{
	int rc = ls_rules_load(a->rules ? a->rules : "twist", ret, err);
	for (size_t i = 0; rc == 0 && i < a->forbidden_count; i++)
		rc = ls_rules_add_site(ret, a->forbidden[i], err);
	return rc;
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct arguments *a = context;
	_cleanup_genbank_ struct ls_genbank made = { 0 };
	struct ls_dna_signed said = { 0 };
	if (a->records++ > 0)
		return ls_fail(&a->err, -EINVAL, "dna.sign.records",
			       "'%s' has several records: give it the one to sign", a->input);
	bool part = a->together.part;
	if (a->together.join && a->signing.topology == LS_TOPOLOGY_UNSAID)
		a->signing.topology = a->together.loaded.block.linear ? LS_LINEAR : LS_CIRCULAR;
	if (a->together.join && a->together.loaded.block.segment)
		a->signing.topology = m->topology == LS_CIRCULAR ? LS_CIRCULAR : LS_LINEAR;
	int rc = part ? 0 : ls_dna_signing_topology(&a->signing, m, &a->err);
	if (rc == 0 && !genbank && a->document)
		rc = ls_fail(&a->err, -EINVAL, "dna.document.none",
			     "only a GenBank file has annotation that could be documented");
	if (rc == 0 && !genbank && !a->fasta && !part) {
		rc = ls_dna_as_genbank(m, a->signing.topology, &made, &a->err);
		genbank = &made;
	}
	if (rc == 0 && ls_dna_together_is(&a->together))
		rc = ls_dna_together_put(&a->together, &a->signing, a->dna_key, m, genbank,
					 a->fasta, &a->out, &said, &a->err);
	else if (rc == 0)
		rc = ls_dna_sign_molecule(&a->signing, a->dna_key, m, genbank, a->fasta, &a->out,
					  &said, &a->err);
	if (rc < 0)
		return rc;
	char label[80];
	if (*said.beside)
		fprintf(stderr, "labseal dna sign: warning: the block lies directly before %s\n",
			ls_dna_show(said.beside, label, sizeof label));
	if (a->signing.profile == LS_PROFILE_PAPER)
		fprintf(stderr, "labseal dna sign: warning: profile paper is at the paper's level, "
				"not for new use\n");
	if (!ls_dna_together_is(&a->together))
		fprintf(stderr, "labseal dna sign: %zu bases before base %zu, signed by %s\n",
			said.bases, said.at, ls_dna_key_orcid(a->dna_key)->text);
	return 0;
}

static int keep_earlier(void *context, const struct ls_molecule *m,
			const struct ls_genbank *genbank)
{
	struct arguments *a = context;
	(void)genbank;
	if (a->earlier.bases.size > 0)
		return ls_fail(&a->err, -EINVAL, "dna.sign.records",
			       "'%s' has several records: give it the earlier molecule alone",
			       a->from);
	if (ls_buffer_add(&a->earlier.bases, m->bases.data, m->bases.size) < 0)
		return ls_fail(&a->err, -ENOMEM, "memory", "out of memory");
	return 0;
}

/* Whose signature it is, and whether it holds, is for whoever verifies the path. */
static int check_signed(const struct arguments *a, struct ls_error *err)
{
	_cleanup_dna_trust_ struct ls_dna_trust *nobody = NULL;
	_cleanup_dna_verdict_ struct ls_dna_verdict v = { 0 };
	if (ls_dna_trust_new(&nobody) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	const struct ls_dna_options options = { .trust = nobody };
	int rc = ls_dna_verify(&a->earlier, &options, &v, err);
	if (rc == 0 && !v.has_block)
		rc = ls_fail(err, -EINVAL, "dna.sign.unsigned",
			     "'%s' has no signature: --from names a signed molecule that this one "
			     "was made of",
			     a->from);
	return rc;
}

static int read_earlier(struct arguments *a, struct ls_error *err)
{
	const struct ls_molecule_taker taker = { .take = keep_earlier, .context = a };
	ls_molecule_init(&a->earlier);
	if (!a->from)
		return 0;
	a->signing.earlier = &a->earlier;
	int rc = ls_molecules_read(a->from, &taker, err);
	if (rc < 0 && a->err.code < 0)
		*err = a->err;
	return rc < 0 ? rc : check_signed(a, err);
}

static int run(struct arguments *a, struct ls_error *err)
{
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	_cleanup_rules_ struct ls_rules rules = { 0 };
	int rc = a->key_count > 0 ? open_keys(a, &key, err) : 0;
	if (rc == 0 && key)
		rc = check_orcid(a, key, err);
	if (rc == 0 && ls_dna_together_is(&a->together))
		rc = ls_dna_together_load(&a->together, err);
	if (rc == 0)
		rc = load_rules(a, &rules, err);
	if (rc == 0)
		rc = read_earlier(a, err);
	if (rc < 0)
		return rc;
	a->dna_key = key;
	a->signing.rules = &rules;
	a->documenting.key = key;
	a->documenting.readers = a->readers;
	a->documenter = (struct ls_dna_documenter){ ls_dna_document, &a->documenting };
	a->signing.documenter = a->document ? &a->documenter : NULL;
	const struct ls_molecule_taker taker = { .take = take, .context = a };
	rc = ls_molecules_read(a->input, &taker, err);
	if (rc < 0 && a->err.code < 0)
		*err = a->err; /* what was wrong with the molecule, not with the file */
	return rc < 0 ? rc : ls_dna_write(a->output, &a->out, 0644, err);
}

int ls_dna_sign_command(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct ls_error err = { 0 };
	int rc = parse(argc, argv, &a);
	if (rc != 0)
		return rc;
	ls_buffer_init(&a.out, 4 * (size_t)LS_MOLECULE_SIZE_MAX);
	rc = run(&a, &err);
	ls_buffer_free(&a.out);
	ls_dna_together_free(&a.together);
	ls_molecule_free(&a.earlier);
	return rc < 0 ? ls_dna_say(LS_DNA_SIGN, &err) : LS_EXIT_HOLDS;
}
