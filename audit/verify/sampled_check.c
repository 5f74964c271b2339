/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/sampled_check.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/read.h"
#include "audit/verify/sampled_dna.h"

struct checking {
	struct ls_source *source;
	struct ls_report *report;
	const struct ls_dna_trust *trust; /* NULL: signatures are not asked for */
	struct ls_buffer bytes;		  /* of the file at hand */
	bool is_bundle;
};

/* --- the files --------------------------------------------------------------------------- */

static void altered(struct checking *k, uint64_t seal, const char *path,
		    const struct ls_digest *seen)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_report_fail(k->report, LS_CHECK_SEQUENCE, "sequence.altered", seal, path,
		       "its SHA-256 is %s: it is not the sequence file that was published under "
		       "this name; ask the laboratory for the right one",
		       ls_digest_hex(seen, hex));
}

/* Into k->bytes; whether it is the file of this digest.  *ret_file: what became of it. */
static bool read_sequence(struct checking *k, const struct ls_digest *wanted, uint64_t seal,
			  enum ls_sampled_file *ret_file)
{
	char path[LS_SEQUENCE_PATH_SIZE];
	struct ls_digest seen;
	ls_sequence_path(wanted, path);
	struct ls_read_result read = ls_share_read(k->source, path, &k->bytes);
	if (read.status == LS_READ_MISSING && k->is_bundle) {
		*ret_file = LS_SAMPLED_ELSEWHERE;
		ls_report_skip(k->report, "sequence.left-out",
			       "the sequence file '%s' of a sample that the record names: the "
			       "bundle does not have it",
			       path);
		return false;
	}
	if (read.status != LS_READ_OK) {
		bool unread = read.status == LS_READ_UNABLE || read.status == LS_READ_CHANGED ||
			      read.status == LS_READ_ENCRYPTED || read.status == LS_READ_DAMAGED;
		*ret_file = unread ? LS_SAMPLED_UNREAD : LS_SAMPLED_WRONG;
		ls_read_report(k->report, LS_CHECK_SEQUENCE, "sequence", seal, path, &read);
		return false;
	}
	ls_sha256_buffer(k->bytes.data, k->bytes.size, &seen);
	bool as_sealed = ls_digest_equal(&seen, wanted);
	*ret_file = as_sealed ? LS_SAMPLED_AS_SEALED : LS_SAMPLED_WRONG;
	if (as_sealed)
		ls_report_pass(k->report, LS_CHECK_SEQUENCE, 1);
	else
		altered(k, seal, path, &seen);
	return as_sealed;
}

/* --- signatures in DNA ------------------------------------------------------------------- */

static void settle(struct checking *k, const struct ls_sampled *one)
{
	const char *name = one->sample.name, *to_be = one->sample.signer.text;
	char path[LS_SEQUENCE_PATH_SIZE];
	ls_sequence_path(&one->sample.sha256, path);
	if (strcmp(one->verdict, "VERIFIED") == 0) {
		ls_report_pass(k->report, LS_CHECK_DNA, 1);
		if (strcmp(one->outcome, "valid") != 0)
			ls_report_warn(k->report, "dna.outcome", one->first, path,
				       "the sample '%s': %s, signed by %s", name, one->outcome,
				       one->signers);
	} else if (strcmp(one->outcome, "no-block") == 0 && !to_be[0]) {
		/* nobody says that it is signed */
		ls_report_warn(k->report, "dna.unsigned", one->first, path,
			       "the sample '%s': no signature is in its DNA, and the records name "
			       "nobody whose it should be",
			       name);
	} else if (strcmp(one->verdict, "NOT VERIFIED") == 0) {
		ls_report_fail(k->report, LS_CHECK_DNA, "dna.not-verified", one->first, path,
			       "the sample '%s', %s%s: %s: %s [%s]", name,
			       to_be[0] ? "to be signed by " : "whoever signed it", to_be,
			       one->outcome, one->why, one->id);
	} else {
		ls_report_unable(k->report, LS_CHECK_DNA, "dna.unchecked", one->first, path,
				 "the signature of the sample '%s' could not be checked: %s: %s "
				 "[%s]",
				 name, one->outcome, one->why, one->id);
	}
}

static int judge(struct checking *k, struct ls_sampled *one)
{
	char path[LS_SEQUENCE_PATH_SIZE];
	int rc = ls_sampled_dna_judge(one, &k->bytes, ls_sequence_path(&one->sample.sha256, path),
				      k->trust);
	if (rc == 0)
		settle(k, one);
	return rc;
}

/* --- all of them ------------------------------------------------------------------------- */

static bool is_named(const struct ls_sampled_list *list, const struct ls_digest *sha256)
{
	for (size_t i = 0; i < list->count; i++)
		if (ls_digest_equal(&list->items[i].sample.sha256, sha256))
			return true;
	return false;
}

/* One that no record names: on a share, as after a start without a result, it is under its own
 * name, still; a bundle is of one result, and has no other's. */
static int each_unnamed(void *context, const char *name, unsigned type)
{
	struct checking *k = context;
	struct ls_digest sha256;
	char path[LS_SEQUENCE_PATH_SIZE];
	enum ls_sampled_file ignored;
	if (type != S_IFREG || ls_digest_parse(name, strlen(name), &sha256) < 0 ||
	    is_named(&k->report->sampled, &sha256))
		return 0;
	if (k->is_bundle)
		ls_report_fail(k->report, LS_CHECK_SEQUENCE, "sequence.unknown", 0,
			       ls_sequence_path(&sha256, path),
			       "no record of the bundle names a sample with this sequence file");
	else
		read_sequence(k, &sha256, 0, &ignored);
	return 0;
}

static int check_all(struct checking *k)
{
	struct ls_sampled_list *list = &k->report->sampled;
	for (size_t i = 0; i < list->count; i++) {
		struct ls_sampled *one = &list->items[i];
		bool as_sealed = read_sequence(k, &one->sample.sha256, one->first, &one->file);
		int rc = as_sealed && k->trust ? judge(k, one) : 0;
		if (rc < 0)
			return rc;
	}
	ls_each_name(k->source, LS_SEQUENCES_FOLDER, each_unnamed, k);
	return 0;
}

/* How many samples' files the target does not hold. */
static size_t count_elsewhere(const struct ls_sampled_list *list)
{
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].file == LS_SAMPLED_ELSEWHERE;
	return count;
}

static void say_what_is_not_checked(struct ls_report *report, bool is_alone, bool is_trusted)
{
	const struct ls_sampled_list *list = &report->sampled;
	size_t here = list->count - count_elsewhere(list);
	if (list->more)
		ls_report_unable(report, LS_CHECK_SEQUENCE, "sequence.many", 0, "",
				 "records name more than %d different samples; only these were "
				 "looked at",
				 LS_SAMPLED_MAX);
	if (list->count > 0 && is_alone)
		ls_report_skip(
			report, "sequence.elsewhere",
			"the sequence files of the samples that the record names: they are on "
			"the share, and not here");
	if (here > 0 && !is_trusted)
		ls_report_skip(report, "dna.unasked",
			       "signatures in the DNA of %zu samples: whose are believed was not "
			       "said (--dna-trust FILE)",
			       here);
	else if (list->count == 0 && is_trusted)
		ls_report_skip(report, "dna.none",
			       "signatures in the DNA of samples: no record names a sample");
}

/* Whom the auditor believes; who cannot be is told, and nobody is then. */
static int believe(const struct ls_sampled_trust *trust, struct ls_dna_belief *belief,
		   struct ls_report *report)
{
	struct ls_error err = { 0 };
	if (trust->file_count == 0)
		return 0;
	int rc = ls_sampled_dna_trust(trust, belief, &err);
	if (rc == 0) {
		report->sampled.keys = ls_dna_belief_json(belief);
		return 0;
	}
	ls_dna_belief_free(belief);
	if (rc != -ENOMEM)
		ls_report_unable(report, LS_CHECK_DNA, "dna.trust", 0, "", "%s [%s]", err.message,
				 err.id);
	return rc == -ENOMEM ? rc : 0;
}

int ls_sampled_check(struct ls_source *source, const struct ls_sampled_trust *trust,
		     struct ls_report *report)
{
	bool is_alone = report->facts.kind == LS_TARGET_RESULT;
	struct ls_dna_belief belief = { 0 };
	struct checking k = { .source = source,
			      .report = report,
			      .is_bundle = report->facts.kind == LS_TARGET_BUNDLE };
	int rc = believe(trust, &belief, report);
	k.trust = belief.trust;
	report->sampled.is_asked = !is_alone && trust->file_count > 0;
	ls_buffer_init(&k.bytes, LS_SEQUENCE_SIZE_MAX);
	if (rc == 0 && !is_alone)
		rc = check_all(&k);
	if (rc == 0)
		say_what_is_not_checked(report, is_alone, trust->file_count > 0);
	ls_buffer_free(&k.bytes);
	ls_dna_belief_free(&belief);
	return rc < 0 || report->sampled.out_of_memory ? -ENOMEM : 0;
}
