/* SPDX-License-Identifier: Apache-2.0 */
/* The report for people.  Everything in it was escaped when it was found. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/report.h"
#include "lib/base/command.h"

#define SHOWN_MAX 20 /* findings of a kind that are shown; --json has more */

static void fact(const char *name, const char *value)
{
	if (value)
		printf("  %-12s %s\n", name, value);
}

static void print_calibration(const struct ls_calibrated *c)
{
	if (c->registry && c->origin[0])
		printf("  %-12s %s: registry %s, %" PRIu64 " entries\n", "calibration", c->registry,
		       c->origin, c->size);
	else if (c->registry)
		printf("  %-12s %s: not read\n", "calibration", c->registry);
}

static void print_facts(const struct ls_report *r)
{
	const struct ls_report_facts *f = &r->facts;
	static const char *const kinds[] = { "target", "share", "result", "bundle" };
	fact(kinds[f->kind], f->target);
	fact("instrument", f->instrument);
	if (f->origin)
		printf("  %-12s %s, %" PRIu64 " seals\n", "log", f->origin, f->log_size);
	if (f->first_received && f->last_received)
		printf("  %-12s %s to %s\n", "received", f->first_received, f->last_received);
	fact("trust file", f->trust_file);
	fact("fingerprint", f->trust_fingerprint);
	if (f->memory_file)
		printf("  %-12s %s: %s\n", "memory", f->memory_file,
		       f->memory_said ? f->memory_said : "not used");
	print_calibration(&r->calibrated);
	printf("  %-12s %llu sealed files, %llu bytes, in %.2f s\n", "looked at",
	       (unsigned long long)r->files, (unsigned long long)r->bytes, f->seconds);
	if (r->taken_files > 0)
		printf("  %-12s %llu sealed files, %llu bytes, hashed at an earlier audit and not "
		       "read "
		       "again\n",
		       "taken over", (unsigned long long)r->taken_files,
		       (unsigned long long)r->taken_bytes);
}

static void print_check(const struct ls_report *r, enum ls_check check)
{
	const struct ls_check_name *name = ls_check_name(check);
	unsigned long long passed = r->passed[check], failed = r->failed[check],
			   unable = r->unable[check];
	if (passed + failed + unable == 0)
		return;
	const char *word = failed ? "FAILED" : unable ? "UNABLE" : "ok";
	printf("  %-6s  %-22s %s: %llu %s", word, name->key, name->sentence, passed, name->unit);
	if (failed)
		printf(", %llu failed", failed);
	if (unable)
		printf(", %llu could not be checked", unable);
	printf("\n");
}

static void print_findings(const struct ls_report *r, enum ls_finding_kind kind, const char *title)
{
	const struct ls_finding_list *list = &r->findings[kind];
	if (list->total == 0)
		return;
	printf("\n%s\n", title);
	size_t shown = list->count < SHOWN_MAX ? list->count : SHOWN_MAX;
	for (size_t i = 0; i < shown; i++) {
		const struct ls_finding *f = &list->items[i];
		if (f->file[0] == '\0' && f->seal == 0) {
			printf("  %s [%s]\n", f->message, f->id);
			continue;
		}
		printf("  %s [%s]", f->file, f->id);
		if (f->seal > 0)
			printf(" seal %" PRIu64 ", log index %" PRIu64, f->seal, f->seal - 1);
		printf("\n      %s\n", f->message);
	}
	if (list->total > shown)
		printf("  ... and %" PRIu64 " more (--json lists up to %d)\n", list->total - shown,
		       LS_REPORT_KEPT_MAX);
}

static void print_notes(const struct ls_report_facts *f)
{
	if (!f->note_remembered || !f->note_seen)
		return;
	printf("\nTwo notes of one log, of which the second does not continue the first.  Keep "
	       "both.\n\n--- remembered\n%s--- on the share\n%s---\n",
	       f->note_remembered, f->note_seen);
}

int ls_report_print_text(const struct ls_report *r)
{
	char sentence[LS_SENTENCE_SIZE];
	printf("%s: %s\n\n", ls_verdict_word(ls_report_verdict(r)),
	       ls_report_sentence(r, sentence));
	print_facts(r);
	ls_chain_print(r->facts.chain);
	printf("\nChecked\n");
	for (int check = 0; check < LS_CHECK_COUNT; check++)
		print_check(r, (enum ls_check)check);
	print_findings(r, LS_FINDING_FAILED, "Does not hold");
	if (r->first_failing_seal > 0)
		printf("\nFirst failing: seal %" PRIu64 ", log index %" PRIu64 "\n",
		       r->first_failing_seal, r->first_failing_seal - 1);
	print_notes(&r->facts);
	if (r->facts.kind == LS_TARGET_SHARE) /* a bundle holds none, whatever the log has */
		ls_heartbeats_print(&r->heartbeats, r->facts.log_size);
	print_findings(r, LS_FINDING_UNABLE, "Could not be checked");
	ls_countersigned_print(&r->countersigned);
	ls_sampled_print(&r->sampled);
	print_findings(r, LS_FINDING_WARNING, "To know");
	print_findings(r, LS_FINDING_EVENT, "Refused, missing or unusual, by the sealed events");
	print_findings(r, LS_FINDING_SKIPPED, "Not checked");
	return ls_command_flush();
}
