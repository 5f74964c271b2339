/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labseald knows of the instrument's calibration: labseal-calibration is started at
 * intervals, reads the registry's mirror, and answers with a status (lib/seal/calibration_status.h)
 * through a pipe.  Then it goes on to look at the mirror, and ends when that is renewed, so that it
 * is asked anew.  Nothing waits for it: one that is late is killed, and one that fails leaves
 * "cannot be shown", with the reason.  One that says that it makes the mirror's index first may go
 * on; until it has done so nothing can be shown.  labseald parses the answer and nothing of the
 * registry; it does not even look at the paths of mirror and trust file, which may lie where
 * nothing answers any more.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_CALIBRATION_WATCH_H
#define LABSEAL_HOST_SUPERVISOR_CALIBRATION_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"
#include "lib/seal/calibration_status.h"
#include "policy/policy.h"

#define LS_CALIBRATION_PROGRAM	"labseal-calibration"
#define LS_CALIBRATION_USER	"_labseal-calibration"
#define LS_CALIBRATION_EVERY_MS 60000 /* from one answer to the next start, at most */
#define LS_CALIBRATION_LATE_MS	20000 /* that one may take, ... */
#define LS_CALIBRATION_INDEX_MS                                                             \
	3600000			   /* ... which says that it makes the mirror's index first \
				    */
#define LS_CALIBRATION_REST   4	   /* times as long as it took so it rests then */
#define LS_CALIBRATION_END_MS 2000 /* that its end is waited for, when labseald stops */
/* From one start to the next, where the mirror is renewed; twice as long each time that it is so
 * again within a minute, up to that. */
#define LS_CALIBRATION_LOOK_MS 1000

#define LS_CALIBRATION_ANSWER_MAX (2 * (LS_CALIBRATION_STATUS_MAX + 1)) /* bytes: two lines */

struct ls_calibration_watch {
	const struct ls_policy *policy;		  /* borrowed; NULL: no calibration is watched */
	pid_t pid;				  /* 0: none runs */
	int answer;				  /* its pipe's end; 0: none */
	char text[LS_CALIBRATION_ANSWER_MAX + 1]; /* what came out of it, ... */
	size_t size;
	bool is_whole;	   /* ... and whether that is all */
	bool has_answered; /* it looks at the mirror by now */
	bool makes_index;  /* it is late, and has said why */
	bool was_late;	   /* it was killed for that */
	bool is_stuck;	   /* it was killed, and that it does not end was told */
	int64_t killed;	   /* monotonic ms; 0: it was not */
	int64_t since;	   /* monotonic ms: when it was started */
	int64_t rest_ms;   /* from one start to the next when the mirror is renewed, at least; 0: it
			      was not lately */
	int64_t next; /* monotonic ms: it is asked again, unless the mirror is renewed before */
	struct ls_calibration_status status; /* the last one; until then why there is none */
};

/* Nothing was asked yet, and the status says so; a policy without a calibration: none is watched.
 */
void ls_calibration_watch_init(struct ls_calibration_watch *w, const struct ls_policy *policy,
			       int64_t now);

/*
 * Start it when that is due, take its answer, kill it when it is late.  now_ms is monotonic, now
 * seconds since 1970.  1: there is a new status (an answer, or why there is none); else 0.
 */
int ls_calibration_watch_look(struct ls_calibration_watch *w, int64_t now_ms, int64_t now);

/* It has ended, with this wait status: there is a new status, unless it had answered before.
 * err.code tells whether it failed. */
void ls_calibration_watch_ended(struct ls_calibration_watch *w, int wait_status, int64_t now_ms,
				int64_t now, struct ls_error *err);

/* Whether the policy wants results to wait, as things are; always false without a policy. */
bool ls_calibration_watch_holds(const struct ls_calibration_watch *w);

/* Whether it is traceable now and due within the time of which the policy wants to be warned. */
bool ls_calibration_watch_warns(const struct ls_calibration_watch *w, int64_t now);

/* End it, and wait for that for a moment; nothing is started any more. */
void ls_calibration_watch_stop(struct ls_calibration_watch *w);

#endif
