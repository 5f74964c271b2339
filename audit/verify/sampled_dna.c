/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/sampled_dna.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/dna/molecule/molecules.h"
#include "audit/dna/report.h"
#include "lib/base/exit.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

#define RECORDS_MAX 100 /* of one file: nobody's sample has more molecules */
#define UNREAD	    "COULD NOT BE CHECKED"

int ls_sampled_dna_trust(const struct ls_sampled_trust *trust, struct ls_dna_belief *ret,
			 struct ls_error *err)
{
	int rc = 0;
	ret->at_known = trust->at_known;
	ret->at = trust->at;
	for (size_t i = 0; rc == 0 && i < trust->file_count; i++)
		rc = ls_dna_belief_add(ret, trust->files[i], err);
	for (size_t i = 0; rc == 0 && i < trust->keys_count; i++)
		rc = ls_dna_belief_add_keys(ret, trust->keys[i], err);
	return rc < 0 ? rc : ls_dna_belief_open(ret, err);
}

struct judging {
	struct ls_sampled *one;
	struct ls_dna_options options;
	struct ls_reader bytes;
	const char *file;
	size_t records;
	int gravity; /* of what is said by now; -1: nothing is */
};

/* Whether a record that comes to this is the gravest by now; it counts then. */
static bool is_graver(struct judging *j, int exit_status)
{
	int gravity = exit_status == LS_EXIT_HOLDS	       ? 0
		      : exit_status == LS_EXIT_COULD_NOT_CHECK ? 1
							       : 2;
	if (gravity <= j->gravity)
		return false;
	j->gravity = gravity;
	return true;
}

/* Its words may have some of the file's in them. */
static void take_why(struct ls_sampled *one, const struct ls_error *why)
{
	_cleanup_buffer_ struct ls_buffer plain;
	ls_buffer_init(&plain, sizeof(one->why));
	ls_text_plain(why->message, why->code ? strlen(why->message) : 0, sizeof(one->why) - 1,
		      &plain);
	snprintf(one->id, sizeof(one->id), "%s", why->code ? why->id : "");
	snprintf(one->why, sizeof(one->why), "%s", ls_buffer_str(&plain));
}

static void take_signers(struct ls_sampled *one, const struct ls_dna_verdict *v)
{
	size_t used = 0, size = sizeof(one->signers);
	one->signers[0] = '\0';
	for (size_t i = 0; v->has_block && i < v->judged.block.signer_count && used < size; i++) {
		int n = snprintf(one->signers + used, size - used, "%s%s", i ? ", " : "",
				 v->judged.block.signers[i].text);
		used += n > 0 ? (size_t)n : 0;
	}
}

/* One that is one too many ends the reading. */
static int keep(struct judging *j, json_t *record)
{
	if (json_array_append_new(j->one->records, record) < 0)
		return -ENOMEM;
	return ++j->records > RECORDS_MAX ? -E2BIG : 0;
}

static int failed(void *context, const char *name, const struct ls_error *why)
{
	struct judging *j = context;
	if (is_graver(j, LS_EXIT_COULD_NOT_CHECK)) {
		j->one->verdict = UNREAD;
		j->one->outcome = "unread";
		j->one->signers[0] = '\0';
		take_why(j->one, why);
	}
	return keep(j, ls_dna_report_unread(j->file, name, why));
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct judging *j = context;
	struct ls_error why = { 0 };
	struct ls_dna_verdict v;
	int rc = ls_dna_verify(m, &j->options, &v, &why);
	if (rc < 0)
		return rc == -ENOMEM ? rc : failed(j, m->name, &why);
	if (is_graver(j, ls_dna_verdict_exit(v.outcome))) {
		j->one->verdict = ls_dna_verdict_word(v.outcome);
		j->one->outcome = ls_dna_outcome_words[v.outcome];
		take_why(j->one, &v.why);
		take_signers(j->one, &v);
	}
	rc = keep(j, ls_dna_report_json(j->file, m, genbank, &v));
	ls_dna_verdict_free(&v);
	return rc;
}

static ssize_t read_bytes(void *context, void *buffer, size_t n)
{
	struct judging *j = context;
	size_t left = ls_reader_left(&j->bytes), taken = n < left ? n : left;
	return ls_read_into(&j->bytes, buffer, taken) < 0 ? -EIO : (ssize_t)taken;
}

int ls_sampled_dna_judge(struct ls_sampled *one, const struct ls_buffer *bytes, const char *file,
			 const struct ls_dna_trust *trust)
{
	struct judging j = { .one = one, .file = file, .gravity = -1 };
	struct ls_error why = { 0 };
	const struct ls_molecule_taker taker = { .take = take, .failed = failed, .context = &j };
	const struct ls_byte_source source = { .read = read_bytes, .context = &j };
	j.options.trust = trust;
	j.options.expected = one->sample.signer.text[0] ? &one->sample.signer : NULL;
	j.options.repair.effort = LS_EFFORT_DEFAULT;
	ls_reader_init(&j.bytes, bytes->data, bytes->size);
	one->records = json_array();
	if (!one->records)
		return -ENOMEM;
	int rc = ls_molecules_from(&source, &taker, &why);
	if (rc == -E2BIG) {
		ls_fail(&why, rc, "dna.records", "the file has more than %d records", RECORDS_MAX);
		j.records = 0;
	}
	if (rc < 0 && rc != -ENOMEM)
		rc = failed(&j, "", &why);
	return rc;
}
