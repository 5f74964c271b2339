/* SPDX-License-Identifier: Apache-2.0 */
/* The CMS signature over the manifest, and the manifest's proof of inclusion. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/verify/result_internal.h"
#include "lib/log/merkle.h"
#include "lib/log/proof.h"
#include "lib/seal/cms.h"

static void failed(struct ls_result *r, enum ls_check check, const char *id, const char *file,
		   const char *message)
{
	ls_report_fail(r->c->report, check, id, r->seal, file, "%s", message);
}

static void judge_signature(struct ls_result *r, const char *file, int rc,
			    const struct ls_cms_signature *signature, const char *message)
{
	const struct ls_trust *trust = r->c->trust;
	if (rc == 0 && trust && !ls_p256_public_equal(&signature->key, &trust->log.key))
		failed(r, LS_CHECK_SIGNATURE, "result.signature.other-key", file,
		       "it was made with another key than the log's");
	else if (rc == 0 || (rc == -EKEYREJECTED && !trust))
		ls_report_pass(r->c->report, LS_CHECK_SIGNATURE, 1);
	else if (rc == -EBADMSG)
		failed(r, LS_CHECK_SIGNATURE, "result.signature.wrong", file, message);
	else if (rc == -EKEYREJECTED)
		failed(r, LS_CHECK_SIGNATURE, "result.signature.untrusted", file, message);
	else
		ls_report_unable(r->c->report, LS_CHECK_SIGNATURE, "result.signature.unable",
				 r->seal, file, "%s", message);
}

void ls_result_check_signature(struct ls_result *r)
{
	char file[LS_RESULT_PATH_SIZE];
	struct ls_buffer *b = &r->s->signature;
	const struct ls_trust *trust = r->c->trust;
	ls_result_file(r, LS_FILE_SIGNATURE, file);
	struct ls_read_result read = ls_share_read(r->c->source, file, b);
	if (read.status != LS_READ_OK) {
		ls_read_report(r->c->report, LS_CHECK_SIGNATURE, "result.signature", r->seal, file,
			       &read);
		return;
	}
	struct ls_cms_signature signature;
	struct ls_error err = { 0 };
	/* without authorities, a good signature is still told from a bad one: -EKEYREJECTED */
	int rc = ls_cms_verifier_check(&r->s->cms, b->data, b->size, r->s->manifest.data,
				       r->s->manifest.size, trust ? trust->certificates : NULL,
				       trust ? trust->certificate_count : 0, r->manifest.received,
				       &signature, &err);
	judge_signature(r, file, rc, &signature, err.message);
}

/* The signature on the proof's checkpoint, by the trust file's key; the last good one is known. */
static bool note_is_signed(struct ls_result *r, const struct ls_proof *proof,
			   const struct ls_note *note, const char *file)
{
	struct ls_digest digest;
	struct ls_error err = { 0 };
	if (!r->c->trust)
		return true; /* that this was not checked is said once, for all */
	ls_sha256_buffer(proof->checkpoint, proof->checkpoint_size, &digest);
	if (ls_digest_equal(&digest, &r->s->seen_note))
		return true;
	int rc = ls_note_verify_with(note, &r->c->trust->log, &r->s->log_key, &err);
	if (rc == 0)
		r->s->seen_note = digest;
	else if (rc == -ENOKEY)
		failed(r, LS_CHECK_PROOF, "result.proof.other-key", file,
		       "the trust file's log key did not sign its checkpoint");
	else if (rc == -EBADMSG)
		failed(r, LS_CHECK_PROOF, "result.proof.signature", file, err.message);
	else
		ls_report_unable(r->c->report, LS_CHECK_PROOF, "result.proof.unable", r->seal, file,
				 "%s", err.message);
	return rc == 0;
}

static bool leads_to_root(struct ls_result *r, const struct ls_proof *proof,
			  const struct ls_checkpoint *checkpoint, const char *file)
{
	struct ls_digest leaf;
	struct ls_error err = { 0 };
	int rc = ls_merkle_leaf(&r->s->hash, r->s->manifest.data, r->s->manifest.size, &leaf);
	if (rc == 0)
		rc = ls_merkle_verify_inclusion(&leaf, proof->index, checkpoint->size,
						proof->hashes, proof->count, &checkpoint->root,
						&err);
	if (rc == -EBADMSG)
		failed(r, LS_CHECK_PROOF, "result.proof.wrong", file, err.message);
	else if (rc < 0)
		ls_report_unable(r->c->report, LS_CHECK_PROOF, "result.proof.unable", r->seal, file,
				 "out of memory");
	return rc == 0;
}

/* Whether the proof's checkpoint is one of this log: its root is recomputed from the tiles. */
static bool is_of_this_log(struct ls_result *r, const struct ls_checkpoint *checkpoint,
			   const char *file)
{
	const struct ls_log *log = r->c->log;
	const char *origin = r->c->trust ? r->c->trust->log.name
					 : (log ? log->checkpoint.origin : checkpoint->origin);
	if (strcmp(checkpoint->origin, origin) != 0) {
		failed(r, LS_CHECK_PROOF, "result.proof.origin", file,
		       "its checkpoint is of another log");
		return false;
	}
	if (checkpoint->size > r->s->signed_size)
		r->s->signed_size = checkpoint->size;
	if (!log || checkpoint->size > log->checkpoint.size)
		return true; /* what lies beyond the log is told by who walks the share */
	struct ls_digest root;
	int rc = ls_log_root_at(log, &r->s->log, checkpoint->size, &root);
	if (rc < 0)
		ls_report_unable(r->c->report, LS_CHECK_PROOF, "result.proof.unable", r->seal, file,
				 "the log's root at size %" PRIu64 " cannot be recomputed",
				 checkpoint->size);
	else if (!ls_digest_equal(&root, &checkpoint->root))
		failed(r, LS_CHECK_PROOF, "result.proof.fork", file,
		       "its checkpoint and the share's log contradict each other");
	return rc == 0 && ls_digest_equal(&root, &checkpoint->root);
}

void ls_result_check_proof(struct ls_result *r)
{
	char file[LS_RESULT_PATH_SIZE];
	struct ls_buffer *b = &r->s->proof;
	ls_result_file(r, LS_FILE_PROOF, file);
	struct ls_read_result read = ls_share_read(r->c->source, file, b);
	if (read.status != LS_READ_OK) {
		ls_read_report(r->c->report, LS_CHECK_PROOF, "result.proof", r->seal, file, &read);
		return;
	}
	struct ls_proof proof;
	struct ls_note note;
	struct ls_checkpoint checkpoint;
	struct ls_error err = { 0 };
	if (ls_proof_parse(b->data, b->size, &proof, &err) < 0 ||
	    ls_note_parse(proof.checkpoint, proof.checkpoint_size, &note, &err) < 0 ||
	    ls_checkpoint_parse(note.text, note.text_size, &checkpoint, &err) < 0)
		failed(r, LS_CHECK_PROOF, "result.proof.malformed", file, err.message);
	else if (proof.index != r->manifest.seal - 1)
		failed(r, LS_CHECK_PROOF, "result.proof.index", file,
		       "it is the proof of another entry than this seal's");
	else if (leads_to_root(r, &proof, &checkpoint, file) &&
		 note_is_signed(r, &proof, &note, file) && is_of_this_log(r, &checkpoint, file))
		ls_report_pass(r->c->report, LS_CHECK_PROOF, 1);
}
