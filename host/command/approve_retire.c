/* SPDX-License-Identifier: Apache-2.0 */
/* labseal approve --retire VERSION: the TPM's counter is stepped past it, for good. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/command/approve.h"
#include "host/supervisor/approval_event.h"
#include "host/supervisor/state.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/hsm/terminal.h"
#include "lib/tpm/nv.h"

/* Every approval with this counter or a lower one stops; what is newer goes on.  now: the TPM's. */
static const char *what_becomes_of(const struct ls_approval *a, uint64_t counter, uint64_t now)
{
	return a->counter < now ? "retired" : a->counter <= counter ? "stops" : "goes on";
}

static int say_what_stops(int state_fd, uint64_t last, uint64_t counter, uint64_t now,
			  struct ls_error *err)
{
	for (uint64_t version = 1; version <= last; version++) {
		struct ls_approval one;
		char utc[LS_UTC_SIZE];
		int rc = ls_approvals_read(state_fd, version, &one, NULL, err);
		if (rc < 0)
			return rc;
		printf("%-10s  approval %" PRIu64 " of %s, measurement %.2x%.2x%.2x%.2x...\n",
		       what_becomes_of(&one, counter, now), version,
		       ls_utc_format(one.approved, utc), one.pcr23.bytes[0], one.pcr23.bytes[1],
		       one.pcr23.bytes[2], one.pcr23.bytes[3]);
	}
	fflush(stdout);
	return 0;
}

static int check_newer(int state_fd, uint64_t version, uint64_t last, uint64_t counter,
		       struct ls_error *err)
{
	struct ls_approval newest;
	int rc = ls_approvals_read(state_fd, last, &newest, NULL, err);
	if (rc == 0 && newest.counter <= counter)
		rc = ls_fail(err, -EACCES, "approval.last",
			     "approval %" PRIu64 " is the newest one: with it retired nothing "
			     "could be sealed any more; approve a newer state first",
			     version);
	return rc;
}

/* A newer retirement that the TPM knows of: all that is older went with it. */
static bool is_noted(struct ls_approve *a, uint64_t counter, uint64_t now)
{
	struct ls_retirement newest;
	return ls_retirement_read(a->p.state_fd, &newest, NULL) == 0 && newest.counter < now &&
	       newest.counter >= counter;
}

/* What labseald seals as an event; written before the step, so that no step is without it. */
static int note(struct ls_approve *a, uint64_t version, uint64_t counter, uint64_t now,
		struct ls_error *err)
{
	if (is_noted(a, counter, now))
		return 0;
	char text[LS_RETIRED_SIZE], utc[LS_UTC_SIZE];
	int n = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %s\n", version, counter,
			 ls_utc_format(time(NULL), utc));
	return ls_file_replace(a->p.state_fd, LS_STATE_RETIRED, text, (size_t)n, 0644, err);
}

static int step_past(struct ls_approve *a, uint64_t counter, uint64_t now, struct ls_error *err)
{
	int rc = 0;
	while (rc == 0 && now <= counter) {
		rc = ls_tpm_counter_step(a->p.tpm, err);
		if (rc == 0)
			rc = ls_tpm_counter_read(a->p.tpm, &now, err);
	}
	if (rc == 0)
		printf("retired     the TPM's version counter is %" PRIu64 " now\n", now);
	return rc;
}

int ls_approve_retire(struct ls_approve *a, struct ls_error *err)
{
	uint64_t version = 0, last = 0, now = 0;
	struct ls_approval retired;
	if (ls_parse_u64(a->retire, strlen(a->retire), &version) < 0)
		return ls_fail(err, -EINVAL, "approve.retire",
			       "'%s' is no approval's number; 'labseal trust' lists them",
			       a->retire);
	int rc = ls_approvals_last(a->p.state_fd, &last, err);
	if (rc == 0)
		rc = ls_approvals_read(a->p.state_fd, version, &retired, NULL, err);
	if (rc == 0)
		rc = check_newer(a->p.state_fd, version, last, retired.counter, err);
	if (rc == 0)
		rc = ls_approve_open_tpm(a, err);
	if (rc == 0)
		rc = ls_tpm_counter_read(a->p.tpm, &now, err);
	if (rc == 0)
		rc = say_what_stops(a->p.state_fd, last, retired.counter, now, err);
	if (rc == 0)
		rc = ls_confirm("retire what stops, for good?", a->yes, err);
	if (rc == 0)
		rc = note(a, version, retired.counter, now, err);
	return rc != 0 ? rc : step_past(a, retired.counter, now, err);
}
