/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/signature.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "audit/dcc/signature_internal.h"
#include "lib/base/cleanup.h"

const char *ls_dcc_outcome_name(enum ls_dcc_outcome outcome)
{
	static const char *const names[] = { "HOLDS", "DOES NOT HOLD", "CANNOT BE CHECKED" };
	return names[outcome];
}

int ls_dcc_judge(struct ls_dcc_signature *s, enum ls_dcc_outcome outcome, const char *id,
		 const char *format, ...)
{
	va_list arguments;
	s->outcome = outcome;
	snprintf(s->id, sizeof(s->id), "%s", id);
	va_start(arguments, format);
	vsnprintf(s->words, sizeof(s->words), format, arguments);
	va_end(arguments);
	return 1;
}

void ls_dcc_note(struct ls_dcc_signature *s, const char *format, ...)
{
	va_list arguments;
	if (s->note_count == LS_DCC_NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(s->notes[s->note_count++], LS_DCC_NOTE_SIZE, format, arguments);
	va_end(arguments);
}

static void describe(X509 *signer, struct ls_dcc_signature *s)
{
	unsigned n = sizeof(s->certificate.bytes);
	ls_dcc_subject(X509_get_subject_name(signer), s->signer);
	ls_dcc_organisation(X509_get_subject_name(signer), s->organisation);
	(void)X509_digest(signer, EVP_sha256(), s->certificate.bytes, &n);
}

/* One signature; the later ones are not in the tree. */
static int check_one(xmlNode *node, const struct ls_dcc_trust *trust, int64_t now,
		     struct ls_dcc_signature *s, struct ls_error *err)
{
	struct ls_dcc_form form;
	struct ls_dcc_embedded embedded = { 0 };
	X509 *signer = NULL;
	*s = (struct ls_dcc_signature){ .claimed = -1, .time = -1, .revoked_since = -1 };
	int rc = ls_dcc_form_check(node, &form, s);
	if (rc == 0)
		rc = ls_dcc_embedded_read(&form, &embedded, s);
	if (rc == 0)
		rc = ls_dcc_signer_find(&form, &embedded, &signer, s);
	if (rc == 0)
		rc = ls_dcc_arithmetic_check(&form, signer, s);
	if (rc == 0) {
		describe(signer, s);
		rc = ls_dcc_time_find(&form, trust, now, s, err);
	}
	if (rc == 0)
		rc = ls_dcc_path_check(signer, &embedded, trust, s, err);
	ls_dcc_embedded_free(&embedded);
	return rc < 0 ? rc : 0;
}

static void decide(struct ls_dcc_signatures *all, enum ls_dcc_outcome outcome, const char *id,
		   const char *words)
{
	all->outcome = outcome;
	snprintf(all->id, sizeof(all->id), "%s", id);
	snprintf(all->words, sizeof(all->words), "%s", words);
}

/* A broken one speaks for all; else one that holds; else the first. */
static void sum_up(struct ls_dcc_signatures *all)
{
	static const enum ls_dcc_outcome order[] = { LS_DCC_DOES_NOT_HOLD, LS_DCC_HOLDS,
						     LS_DCC_CANNOT_BE_CHECKED };
	if (all->count == 0) {
		decide(all, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.none",
		       "it is not signed: anybody can have written it");
		return;
	}
	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++)
		for (size_t i = 0; i < all->count; i++)
			if (all->items[i].outcome == order[o]) {
				all->decisive = i;
				decide(all, order[o], all->items[i].id, all->items[i].words);
				return;
			}
}

/* The signatures in their places; false when there is one elsewhere, or too many. */
static bool collect(const xmlNode *node, const xmlNode *root, xmlNode **found, size_t *count)
{
	for (xmlNode *n = ls_dcc_first_element(node); n; n = ls_dcc_next_element(n)) {
		if (!ls_dcc_is(n, LS_DSIG_NAMESPACE, "Signature")) {
			if (!collect(n, root, found, count))
				return false;
			continue;
		}
		if (node != root || *count == LS_DCC_SIGNATURES_MAX ||
		    !collect(n, root, found, count))
			return false;
		found[(*count)++] = n;
	}
	return true;
}

/* Where an element was, to put it back. */
struct gap {
	xmlNode *node, *next;
};

static struct gap take_out(xmlNode *node)
{
	struct gap gap = { node, node->next };
	xmlUnlinkNode(node);
	return gap;
}

static void put_back(struct gap gap, xmlNode *root)
{
	if (gap.next)
		xmlAddPrevSibling(gap.next, gap.node);
	else
		xmlAddChild(root, gap.node);
}

int ls_dcc_signature_check(struct ls_dcc_file *file, const struct ls_dcc_trust *trust, int64_t now,
			   struct ls_dcc_signatures *ret_signatures, struct ls_error *err)
{
	xmlNode *root = xmlDocGetRootElement(file->doc), *found[LS_DCC_SIGNATURES_MAX];
	struct gap gaps[LS_DCC_SIGNATURES_MAX];
	struct ls_dcc_signatures *all = ret_signatures;
	size_t count = 0;
	int rc = 0;
	*all = (struct ls_dcc_signatures){ 0 };
	if (!collect(root, root, found, &count)) {
		decide(all, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.place",
		       "a signature stands elsewhere than at the document's end, or there are too "
		       "many: what it covers cannot be told");
		return 0;
	}
	all->count = count;
	for (size_t i = count; i > 0; i--) {
		if (rc == 0)
			rc = check_one(found[i - 1], trust, now, &all->items[i - 1], err);
		gaps[i - 1] = take_out(found[i - 1]);
	}
	for (size_t i = 0; i < count; i++)
		put_back(gaps[i], root);
	if (rc < 0)
		return rc == -EINVAL ? rc
				     : ls_fail(err, -ENOMEM, "cal.dcc.memory",
					       "out of memory for a signature");
	sum_up(all);
	return 0;
}
