/* SPDX-License-Identifier: Apache-2.0 */
/* What the findings amount to. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/report.h"
#include "lib/base/exit.h"

enum ls_verdict ls_report_verdict(const struct ls_report *r)
{
	if (r->findings[LS_FINDING_FAILED].total > 0)
		return LS_NOT_VERIFIED;
	if (r->findings[LS_FINDING_UNABLE].total > 0 || !r->facts.trusted)
		return LS_COULD_NOT_CHECK;
	/* a share without one seal holds nothing that could be vouched for */
	if (r->results + r->events == 0)
		return LS_COULD_NOT_CHECK;
	return LS_VERIFIED;
}

const char *ls_verdict_word(enum ls_verdict verdict)
{
	switch (verdict) {
	case LS_VERIFIED: return "VERIFIED";
	case LS_NOT_VERIFIED: return "NOT VERIFIED";
	case LS_COULD_NOT_CHECK: break;
	}
	return "COULD NOT CHECK";
}

int ls_verdict_exit(enum ls_verdict verdict)
{
	switch (verdict) {
	case LS_VERIFIED: return LS_EXIT_HOLDS;
	case LS_NOT_VERIFIED: return LS_EXIT_DOES_NOT_HOLD;
	case LS_COULD_NOT_CHECK: break;
	}
	return LS_EXIT_COULD_NOT_CHECK;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* The verdict is worth as much as the earlier audit where nothing was read again. */
static void taken_over(const struct ls_report *r, char *buffer)
{
	unsigned long long taken = r->taken_files, read = r->files;
	size_t n = strlen(buffer);
	if (taken > 0)
		snprintf(buffer + n, LS_SENTENCE_SIZE - n,
			 "; %llu of its %llu files were hashed at an earlier audit and not read "
			 "again",
			 taken, taken + read);
}

static void verified(const struct ls_report *r, char *buffer)
{
	uint64_t results = r->results, events = r->events;
	const char *instrument = r->facts.instrument ? r->facts.instrument : "the instrument";
	const char *key = r->facts.key ? r->facts.key : "of an unknown kind";
	if (r->facts.kind == LS_TARGET_RESULT)
		snprintf(buffer, LS_SENTENCE_SIZE,
			 "the %s is unaltered since %s sealed it with the trust file's key (%s)",
			 results ? "result" : "event", instrument, key);
	else if (r->facts.kind == LS_TARGET_BUNDLE)
		snprintf(buffer, LS_SENTENCE_SIZE,
			 "the one result of this bundle is unaltered since %s sealed it with the "
			 "trust file's key (%s); of others it says nothing",
			 instrument, key);
	else
		snprintf(buffer, LS_SENTENCE_SIZE,
			 "all %" PRIu64 " result%s and %" PRIu64
			 " event%s of %s are there and unaltered, sealed with the trust file's key "
			 "(%s)",
			 results, plural(results), events, plural(events), instrument, key);
	taken_over(r, buffer);
}

static void not_verified(const struct ls_report *r, char *buffer)
{
	const struct ls_finding_list *list = &r->findings[LS_FINDING_FAILED];
	const struct ls_finding *first = list->count > 0 ? &list->items[0] : NULL;
	snprintf(buffer, LS_SENTENCE_SIZE, "%" PRIu64 " thing%s %s not hold; first: %s%s%s",
		 list->total, plural(list->total), list->total == 1 ? "does" : "do",
		 first ? first->file : "", first && first->file[0] ? ": " : "",
		 first ? first->message : "");
}

static void could_not_check(const struct ls_report *r, char *buffer)
{
	const struct ls_finding_list *list = &r->findings[LS_FINDING_UNABLE];
	if (list->count > 0)
		snprintf(buffer, LS_SENTENCE_SIZE, "%s%s%s", list->items[0].file,
			 list->items[0].file[0] ? ": " : "", list->items[0].message);
	else if (!r->facts.trusted)
		snprintf(buffer, LS_SENTENCE_SIZE,
			 "no trust file: nothing contradicts itself, but who signed it was not "
			 "checked");
	else
		snprintf(buffer, LS_SENTENCE_SIZE, "the share holds no sealed result or event");
}

const char *ls_report_sentence(const struct ls_report *r, char buffer[static LS_SENTENCE_SIZE])
{
	switch (ls_report_verdict(r)) {
	case LS_VERIFIED: verified(r, buffer); break;
	case LS_NOT_VERIFIED: not_verified(r, buffer); break;
	case LS_COULD_NOT_CHECK: could_not_check(r, buffer); break;
	}
	return buffer;
}
