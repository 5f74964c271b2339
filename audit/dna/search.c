/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/search.h"

#include <stdlib.h>
#include <string.h>

int ls_search_telling(const struct ls_error *why)
{
	if (why->code == -ENOKEY)
		return 4;
	if (strcmp(why->id, "dna.signature.wrong") == 0)
		return 3;
	if (strcmp(why->id, "dna.verify.length") == 0)
		return 2;
	return why->code ? 1 : 0;
}

void ls_search_remember(struct search *s, const struct ls_error *why, struct ls_judged *j,
			size_t start, bool reversed)
{
	if (ls_search_telling(why) <= ls_search_telling(&s->v->why))
		return;
	s->v->why = *why;
	s->v->start = start;
	s->v->reversed = reversed;
	if (!j)
		return;
	ls_judged_free(&s->v->judged);
	s->v->judged = *j;
	s->v->has_block = true;
	memset(j, 0, sizeof *j); /* handed over */
}

static bool is_expected(const struct ls_dna_options *o, const struct ls_block *b)
{
	bool found = !o->expected;
	for (size_t i = 0; !found && i < b->signer_count; i++)
		found = strcmp(o->expected->text, b->signers[i].text) == 0;
	return found;
}

enum held ls_search_held_by(const struct search *s, const struct ls_block *b)
{
	if (is_expected(s->options, b))
		return b->segment ? SEGMENT : WHOLE;
	return b->segment ? SEGMENT_OF_ANOTHER : WHOLE_OF_ANOTHER;
}

int ls_search_accept(struct search *s, struct ls_judged *j, const struct ls_proposal *p,
		     enum ls_dna_outcome outcome)
{
	struct ls_dna_verdict *v = &s->best;
	s->held = ls_search_held_by(s, &j->block);
	ls_dna_verdict_free(v);
	memset(v, 0, sizeof *v);
	v->judged = *j;
	memset(j, 0, sizeof *j); /* handed over */
	v->has_block = v->signed_for = true;
	v->outcome = outcome;
	v->signed_at = p->at;
	ls_buffer_init(&v->signed_bases, p->n);
	if (ls_buffer_add(&v->signed_bases, p->bases, p->n) < 0)
		return ls_fail(s->err, -ENOMEM, "memory", "out of memory");
	if (s->held != SEGMENT && s->held != WHOLE) {
		v->outcome = LS_DNA_ANOTHER;
		ls_fail(&v->why, -EKEYREJECTED, "dna.verify.another",
			"the signature holds, and it is not by %s, whom you asked for",
			s->options->expected->text);
	}
	return 0;
}

bool ls_search_spend(struct search *s, uint64_t work)
{
	bool there = s->work >= work;
	s->work -= there ? work : s->work;
	return there;
}
