/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/command_together.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/command_internal.h"
#include "audit/dna/documenting.h"
#include "lib/base/files.h"

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_SIGN];
}

void ls_dna_together_free(struct ls_dna_together *t)
{
	ls_dna_draft_free(&t->loaded);
	free(t->parts);
	t->parts = NULL;
}

bool ls_dna_together_is(const struct ls_dna_together *t)
{
	return t->draft || t->part || t->join;
}

static int add_signer(struct ls_dna_together *t, const char *text)
{
	struct ls_error err = { 0 };
	if (t->signer_count == LS_SIGNERS_MAX)
		return ls_command_usage(command(), "at most %d sign together", LS_SIGNERS_MAX);
	return ls_orcid_parse(text, &t->signers[t->signer_count++], &err) < 0
		       ? ls_command_usage(command(), "%s", err.message)
		       : 0;
}

int ls_dna_together_option(struct ls_dna_together *t, int option, const char *value)
{
	switch (option) {
	case 'D': t->draft = true; break;
	case 'P': t->part = value; break;
	case 'J': t->join = value; break;
	case 'A': t->authority = value; break;
	case 'S': return add_signer(t, value);
	case 'H': t->show = value; break;
	default:
		if (t->with_count == LS_SIGNERS_MAX)
			return ls_command_usage(command(), "at most %d sign together",
						LS_SIGNERS_MAX);
		t->with[t->with_count++] = value;
	}
	return 0;
}

int ls_dna_together_check(const struct ls_dna_together *t, size_t keys, bool placed)
{
	if (t->draft + (t->part != NULL) + (t->join != NULL) > 1)
		return ls_command_usage(command(), "one of --draft, --part and --join");
	if (t->draft && (!t->authority || t->signer_count == 0))
		return ls_command_usage(command(), "whose draft? Say --authority PARAMETERS, and "
						   "--signer ID for each signer");
	if (!t->draft && (t->authority || t->signer_count > 0))
		return ls_command_usage(command(), "--authority and --signer go with --draft");
	if (t->part && keys != 1)
		return ls_command_usage(command(), "a part is signed with one key: --key FILE");
	if (!t->part && keys > 0)
		return ls_command_usage(command(), "--key goes with --part: neither a draft nor "
						   "the join needs one");
	if (!t->draft && placed)
		return ls_command_usage(command(), "plasmid ID and place are the draft's");
	if (t->join && t->with_count == 0)
		return ls_command_usage(command(), "join which parts? Say --with PART for each");
	if (t->show && !t->part)
		return ls_command_usage(command(), "--show goes with --part");
	if (!t->join && t->with_count > 0)
		return ls_command_usage(command(), "--with goes with --join");
	return 0;
}

static int read_file(const char *path, size_t most, struct ls_buffer *out, struct ls_error *err)
{
	ls_buffer_init(out, most);
	return ls_file_read(AT_FDCWD, path, out, err);
}

static int load_params(struct ls_dna_together *t, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	int rc = read_file(t->authority, LS_PARAMS_MAX * 4, &text, err);
	if (rc == 0 && (rc = ls_params_from_pem(text.data, text.size, &t->params, err)) < 0)
		ls_error_prefix(err, "'%s'", t->authority);
	return rc;
}

static int load_draft(struct ls_dna_together *t, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	const char *path = t->part ? t->part : t->join;
	int rc = read_file(path, LS_DNA_DRAFT_MAX, &text, err);
	if (rc == 0 && (rc = ls_dna_draft_parse(text.data, text.size, &t->loaded, err)) < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int load_part(const char *path, struct ls_dna_part *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	int rc = read_file(path, LS_DNA_PART_MAX, &text, err);
	if (rc == 0 && (rc = ls_dna_part_parse(text.data, text.size, ret, err)) < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

int ls_dna_together_load(struct ls_dna_together *t, struct ls_error *err)
{
	ls_dna_draft_init(&t->loaded);
	int rc = t->draft ? load_params(t, err) : load_draft(t, err);
	if (rc < 0 || t->with_count == 0)
		return rc;
	t->parts = calloc(t->with_count, sizeof(*t->parts));
	if (!t->parts)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	for (size_t i = 0; rc == 0 && i < t->with_count; i++)
		rc = load_part(t->with[i], &t->parts[i], err);
	return rc;
}

/* Who signs sees what. */
static void tell_draft(const struct ls_dna_draft *d)
{
	const struct ls_block *b = &d->block;
	fprintf(stderr,
		"labseal dna sign: plasmid ID %06u, %u bases, %zu bytes of documentation, by",
		b->plasmid_id, b->length, b->document.size);
	for (size_t i = 0; i < b->signer_count; i++)
		fprintf(stderr, " %s", b->signers[i].text);
	fprintf(stderr, "\n");
}

/* Whether it is what this file says, which its owner knows. */
static bool is_own(const struct ls_buffer *text, const struct ls_molecule *m,
		   const struct ls_genbank *genbank)
{
	_cleanup_buffer_ struct ls_buffer own;
	ls_buffer_init(&own, 2 * (size_t)LS_MOLECULE_SIZE_MAX);
	return genbank &&
	       ls_dna_write_record(&genbank->annotation, &m->letters, &genbank->tail, &own, NULL) ==
		       0 &&
	       own.size == text->size && memcmp(own.data, text->data, own.size) == 0;
}

/* Nobody puts his name to annotation that he has not seen. */
static int check_document(const struct ls_dna_together *t, const struct ls_molecule *m,
			  const struct ls_genbank *genbank, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 2 * (size_t)LS_MOLECULE_SIZE_MAX);
	int rc = t->loaded.block.document.size > 0
			 ? ls_dna_draft_document(&t->loaded, m, &text, err)
			 : -ENODATA;
	if (rc == -ENODATA)
		return t->show ? ls_fail(err, -ENODATA, "dna.document.none",
					 "the draft documents no annotation that could be shown")
			       : 0;
	if (rc < 0)
		return rc;
	if (t->show)
		return ls_dna_write(t->show, &text, 0644, err);
	return is_own(&text, m, genbank)
		       ? 0
		       : ls_fail(err, -EKEYREJECTED, "dna.part.document",
				 "the draft documents annotation that is not your file's: have it "
				 "written with --show FILE, read it, and sign if you will");
}

int ls_dna_together_put(struct ls_dna_together *t, const struct ls_dna_signing *s,
			const struct ls_dna_key *key, const struct ls_molecule *m,
			const struct ls_genbank *genbank, bool fasta, struct ls_buffer *out,
			struct ls_dna_signed *ret, struct ls_error *err)
{
	int rc = 0;
	if (t->draft)
		return ls_dna_draft_make(s, &t->params, t->signers, t->signer_count, m, genbank,
					 out, ret, err);
	if (t->part)
		rc = ls_dna_part_make(&t->loaded, key, m, out, err);
	if (t->part && rc == 0)
		rc = check_document(t, m, genbank, err);
	if (t->join)
		rc = ls_dna_join(&t->loaded, t->parts, t->with_count, s, m, genbank, fasta, out,
				 ret, err);
	if (rc == 0)
		tell_draft(&t->loaded);
	return rc;
}
