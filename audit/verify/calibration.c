/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/calibration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify/calibration_asked.h"

#define PATHS_MAX (UINT32_MAX - 1)

void ls_calibrations_init(struct ls_calibrations *c)
{
	*c = (struct ls_calibrations){ .claims = NULL };
	pthread_mutex_init(&c->lock, NULL);
	ls_buffer_init(&c->paths, PATHS_MAX);
}

void ls_calibrations_free(struct ls_calibrations *c)
{
	free(c->claims);
	free(c->times);
	ls_buffer_free(&c->paths);
	pthread_mutex_destroy(&c->lock);
}

/* --- what records say -------------------------------------------------------------------- */

static bool same_claim(const struct ls_calibration_status *a, const struct ls_calibration_status *b)
{
	return a->verdict == b->verdict && strcmp(a->device, b->device) == 0 &&
	       ls_digest_equal(&a->device_id, &b->device_id) &&
	       strcmp(a->quantity, b->quantity) == 0 && ls_digest_equal(&a->report, &b->report) &&
	       a->registry.size == b->registry.size &&
	       ls_digest_equal(&a->registry.root, &b->registry.root) &&
	       strcmp(a->registry.origin, b->registry.origin) == 0 &&
	       strcmp(a->reason.id, b->reason.id) == 0;
}

/* Grown by doubling; NULL: out of memory. */
static void *room_for_one(void **items, size_t count, size_t *capacity, size_t size)
{
	if (count == *capacity) {
		size_t wanted = 2 * *capacity + 16;
		void *grown = realloc(*items, wanted * size);
		if (!grown)
			return NULL;
		*items = grown;
		*capacity = wanted;
	}
	return (char *)*items + count * size;
}

/* Its index; SIZE_MAX: out of memory.  The newest ones are the likeliest. */
static size_t find_claim(struct ls_calibrations *c, const struct ls_calibration_status *status)
{
	for (size_t i = c->claim_count; i-- > 0;)
		if (same_claim(&c->claims[i].status, status))
			return i;
	struct ls_calibration_claim *claim = room_for_one((void **)&c->claims, c->claim_count,
							  &c->claim_capacity, sizeof(*claim));
	if (!claim)
		return SIZE_MAX;
	*claim = (struct ls_calibration_claim){ .status = *status };
	return c->claim_count++;
}

static bool add_time(struct ls_calibrations *c, const struct ls_calibration_time *time)
{
	struct ls_calibration_time *room = room_for_one((void **)&c->times, c->time_count,
							&c->time_capacity, sizeof(*room));
	if (room) {
		*room = *time;
		c->time_count++;
	}
	return room != NULL;
}

/*
 * "Not traceable" could not be false to the host's advantage.  Nor could "cannot be shown"; but
 * the auditor may have what the host does not look at: certificates.
 */
static bool is_asked(const struct ls_calibration_status *s)
{
	return s->verdict == LS_CALIBRATION_TRACEABLE ||
	       (s->verdict == LS_CALIBRATION_CANNOT_BE_SHOWN && s->registry.size > 0 &&
		!ls_digest_is_zero(&s->report));
}

static bool tell(struct ls_calibrations *c, const struct ls_record *record, const char *file)
{
	size_t index = find_claim(c, &record->calibration);
	if (index == SIZE_MAX)
		return false;
	struct ls_calibration_claim *claim = &c->claims[index];
	claim->seals++;
	claim->first = claim->first && claim->first < record->seal ? claim->first : record->seal;
	claim->last = claim->last > record->seal ? claim->last : record->seal;
	if (!is_asked(&claim->status))
		return true;
	int64_t first = record->files[0].received, last = first;
	for (size_t i = 1; i < record->count; i++) {
		int64_t received = record->files[i].received;
		first = received < first ? received : first;
		last = received > last ? received : last;
	}
	struct ls_calibration_time time = { .seal = record->seal,
					    .at = last / 1000,
					    .claim = (uint32_t)index,
					    .path = (uint32_t)c->paths.size };
	if (ls_buffer_add(&c->paths, file, strlen(file) + 1) < 0 || !add_time(c, &time))
		return false;
	time.at = first / 1000;
	return time.at == last / 1000 || add_time(c, &time);
}

void ls_calibrations_tell(struct ls_calibrations *c, const struct ls_record *record,
			  const char *file)
{
	if (!c || record->kind != LS_SEAL_RESULT || record->count == 0)
		return;
	pthread_mutex_lock(&c->lock);
	if (!tell(c, record, file))
		c->out_of_memory = true;
	pthread_mutex_unlock(&c->lock);
}

/* --- what became of them ------------------------------------------------------------------- */

struct checking {
	struct ls_calibrations *c;
	struct ls_calibration_asking *asking;
	struct ls_report *report;
	uint64_t counted; /* the last seal that was counted: one with two times counts once */
	char since[LS_CALIBRATION_REASON_SIZE]; /* what was told last of what is known today */
	bool told_shown;			/* of this claim, that it can be shown by now */
};

/* What is asked of a claim at each of its times, and what is made of the answers. */
struct asking {
	bool today;
	void (*tell)(struct checking *, const struct ls_calibration_time *,
		     const struct ls_calibration_asked *);
};

static const char *path_of(const struct ls_calibrations *c, const struct ls_calibration_time *t)
{
	return ls_buffer_str(&c->paths) + t->path;
}

static const struct ls_calibration_status *claim_of(const struct ls_calibrations *c,
						    const struct ls_calibration_time *t)
{
	return &c->claims[t->claim].status;
}

/* What was asked is of another device than the claim's: no word on that one. */
static bool names_another(const struct ls_calibration_status *claim,
			  const struct ls_calibration_asked *a)
{
	return !ls_digest_is_zero(&a->device) && !ls_digest_equal(&a->device, &claim->device_id);
}

static void failed(struct checking *k, const struct ls_calibration_time *t,
		   const struct ls_calibration_asked *a)
{
	char hex[LS_DIGEST_HEX_SIZE];
	if (names_another(claim_of(k->c, t), a))
		ls_report_fail(k->report, LS_CHECK_CALIBRATION, "calibration.device", t->seal,
			       path_of(k->c, t),
			       "it says '%s' and has another device's id; by the registry as it "
			       "stood then that device was %s",
			       claim_of(k->c, t)->device, ls_digest_hex(&a->device, hex));
	else if (a->verdict != LS_CALIBRATION_TRACEABLE)
		ls_report_fail(k->report, LS_CHECK_CALIBRATION, "calibration.claim", t->seal,
			       path_of(k->c, t),
			       "it says that the instrument was TRACEABLE; by the registry as it "
			       "stood then it was %s: %s: %s",
			       ls_calibration_verdict_name(a->verdict), a->id, a->words);
	else
		ls_report_fail(k->report, LS_CHECK_CALIBRATION, "calibration.report", t->seal,
			       path_of(k->c, t),
			       "it names another report than the one that was in force, %s",
			       ls_digest_hex(&a->report, hex));
}

static void settle(struct checking *k, const struct ls_calibration_time *t,
		   const struct ls_calibration_asked *a)
{
	const struct ls_calibration_status *claim = claim_of(k->c, t);
	if (names_another(claim, a)) {
		failed(k, t, a);
	} else if (a->verdict == LS_CALIBRATION_TRACEABLE &&
		   ls_digest_equal(&a->report, &claim->report)) {
		if (t->seal != k->counted)
			ls_report_pass(k->report, LS_CHECK_CALIBRATION, 1);
	} else if (a->verdict == LS_CALIBRATION_CANNOT_BE_SHOWN) {
		ls_report_unable(k->report, LS_CHECK_CALIBRATION, "calibration.shown", t->seal,
				 path_of(k->c, t),
				 "whether the instrument was traceable cannot be shown by this "
				 "registry as it stood then: %s: %s",
				 a->id, a->words);
	} else {
		failed(k, t, a);
	}
	k->counted = t->seal;
}

/* Once for each reason, with the first result that it is of. */
static void settle_today(struct checking *k, const struct ls_calibration_time *t,
			 const struct ls_calibration_asked *a)
{
	if (a->verdict == LS_CALIBRATION_TRACEABLE || strcmp(k->since, a->id) == 0)
		return;
	snprintf(k->since, sizeof(k->since), "%s", a->id);
	ls_report_warn(k->report, "calibration.since", t->seal, path_of(k->c, t),
		       "from here on: what has become known since makes its instrument %s at that "
		       "time: %s: %s",
		       ls_calibration_verdict_name(a->verdict), a->id, a->words);
}

/* Of a claim that says that it could not be shown. */
static void settle_shown(struct checking *k, const struct ls_calibration_time *t,
			 const struct ls_calibration_asked *a)
{
	const struct ls_calibration_status *claim = claim_of(k->c, t);
	if (a->verdict != LS_CALIBRATION_TRACEABLE || names_another(claim, a) ||
	    !ls_digest_equal(&a->report, &claim->report) || k->told_shown)
		return;
	k->told_shown = true;
	ls_report_warn(
		k->report, "calibration.shown-since", t->seal, path_of(k->c, t),
		"from here on: the record says CANNOT BE SHOWN (%s); this registry, with the "
		"certificates in its mirror, shows that '%s' was TRACEABLE at that time",
		claim->reason.id, claim->device);
}

/*
 * Times of one claim, from first to last, whose ends were asked.  All that is judged is of
 * stretches of time (valid, due, revoked from then on), so what is the same at both ends is so
 * between them; else the middle is asked.
 */
static int check_between(struct checking *k, size_t first, size_t last,
			 const struct ls_calibration_asked *a, const struct ls_calibration_asked *b,
			 const struct asking *q, struct ls_error *err)
{
	if (last - first < 2)
		return 0;
	if (ls_calibration_asked_same(a, b)) {
		for (size_t i = first + 1; i < last; i++)
			q->tell(k, &k->c->times[i], a);
		return 0;
	}
	size_t middle = first + (last - first) / 2;
	struct ls_calibration_asked m = { .verdict = LS_CALIBRATION_CANNOT_BE_SHOWN };
	const struct ls_calibration_time *t = &k->c->times[middle];
	int rc = ls_calibration_asking_verdict(k->asking, claim_of(k->c, t), t->at, q->today, &m,
					       err);
	if (rc == 0)
		rc = check_between(k, first, middle, a, &m, q, err);
	if (rc < 0)
		return rc;
	q->tell(k, t, &m);
	return check_between(k, middle, last, &m, b, q, err);
}

/* All times of one claim: [first, end). */
static int check_claim(struct checking *k, size_t first, size_t end, const struct asking *q,
		       struct ls_error *err)
{
	struct ls_calibration_asked a = { .verdict = LS_CALIBRATION_CANNOT_BE_SHOWN }, b = a;
	const struct ls_calibration_time *t = k->c->times;
	const struct ls_calibration_status *claim = claim_of(k->c, &t[first]);
	k->counted = 0;
	k->told_shown = false;
	k->since[0] = '\0';
	int rc = ls_calibration_asking_verdict(k->asking, claim, t[first].at, q->today, &a, err);
	if (rc == 0)
		rc = ls_calibration_asking_verdict(k->asking, claim, t[end - 1].at, q->today, &b,
						   err);
	if (rc < 0)
		return rc;
	q->tell(k, &t[first], &a);
	rc = check_between(k, first, end - 1, &a, &b, q, err);
	if (rc == 0 && end - first > 1)
		q->tell(k, &t[end - 1], &b);
	return rc;
}

static int by_claim_and_time(const void *left, const void *right)
{
	const struct ls_calibration_time *a = left, *b = right;
	if (a->claim != b->claim)
		return a->claim < b->claim ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->seal > b->seal) - (a->seal < b->seal);
}

/* A checkpoint that this registry never had, or has not reached: then nothing is asked, which is a
 * finding where the claim says TRACEABLE. */
static bool is_of_registry(struct checking *k, size_t first, size_t end)
{
	struct ls_error err = { 0 };
	const struct ls_calibration_time *t = &k->c->times[first];
	const struct ls_calibration_status *claim = claim_of(k->c, t);
	int rc = ls_calibration_asking_root(k->asking, claim, &err);
	if (rc == 0)
		return true;
	if (claim->verdict != LS_CALIBRATION_TRACEABLE)
		return false;
	for (size_t i = first; i < end; i++, t++)
		if (i > first && t->seal == t[-1].seal)
			continue; /* its other time */
		else if (rc == -EBADMSG)
			ls_report_fail(k->report, LS_CHECK_CALIBRATION, err.id, t->seal,
				       path_of(k->c, t), "%s", err.message);
		else
			ls_report_unable(k->report, LS_CHECK_CALIBRATION, err.id, t->seal,
					 path_of(k->c, t), "%s", err.message);
	return false;
}

static int check_all(struct checking *k, struct ls_error *err)
{
	static const struct asking then = { false, settle }, today = { true, settle_today },
				   shown = { false, settle_shown };
	struct ls_calibrations *c = k->c;
	int rc = 0;
	if (c->time_count > 0)
		qsort(c->times, c->time_count, sizeof(*c->times), by_claim_and_time);
	for (size_t first = 0, end; rc == 0 && first < c->time_count; first = end) {
		for (end = first + 1;
		     end < c->time_count && c->times[end].claim == c->times[first].claim;)
			end++;
		if (!is_of_registry(k, first, end))
			continue;
		if (claim_of(c, &c->times[first])->verdict != LS_CALIBRATION_TRACEABLE) {
			rc = check_claim(k, first, end, &shown, err);
			continue;
		}
		rc = check_claim(k, first, end, &then, err);
		if (rc == 0)
			rc = check_claim(k, first, end, &today, err);
	}
	return rc;
}

/* --- what is said of the rest ------------------------------------------------------------- */

static void count(const struct ls_calibrations *c, struct ls_calibrated *ret)
{
	for (size_t i = 0; i < c->claim_count; i++)
		ret->said[c->claims[i].status.verdict] += c->claims[i].seals;
}

/* What records themselves say that is not as it should be. */
static void tell_claims(const struct ls_calibrations *c, struct ls_report *report)
{
	for (size_t i = 0; i < c->claim_count; i++) {
		const struct ls_calibration_claim *k = &c->claims[i];
		if (k->status.verdict != LS_CALIBRATION_NOT_TRACEABLE &&
		    k->status.verdict != LS_CALIBRATION_CANNOT_BE_SHOWN)
			continue;
		ls_report_warn(report, "calibration.said", k->first, "",
			       "%" PRIu64 " seals with results, up to seal %" PRIu64
			       ", say that the calibration of '%s' was %s: %s: %s",
			       k->seals, k->last, k->status.device,
			       ls_calibration_verdict_name(k->status.verdict), k->status.reason.id,
			       k->status.reason.text);
	}
}

static void tell_unchecked(const struct ls_calibrated *k, struct ls_report *report)
{
	bool unasked = k->said[LS_CALIBRATION_TRACEABLE] > 0 && !k->is_asked;
	if (k->said[LS_CALIBRATION_NOT_CHECKED] > 0 || (!unasked && !k->is_asked))
		ls_report_skip(report, "calibration.none",
			       "calibration at the time of measurement, of %" PRIu64
			       " seals with results: the laboratory's policy named no device",
			       k->said[LS_CALIBRATION_NOT_CHECKED]);
	if (unasked)
		ls_report_skip(
			report, "calibration.unasked",
			"calibration at the time of measurement: %" PRIu64
			" seals with results say TRACEABLE, and no registry was given to ask "
			"(--calibration FOLDER --calibration-trust FILE)",
			k->said[LS_CALIBRATION_TRACEABLE]);
}

int ls_calibrations_check(struct ls_calibrations *c, const char *mirror, const char *trust,
			  struct ls_report *report)
{
	struct ls_error err = { 0 };
	struct ls_calibrated *facts = &report->calibrated;
	struct checking k = { .c = c, .report = report };
	count(c, facts);
	tell_claims(c, report);
	facts->is_asked = mirror != NULL;
	tell_unchecked(facts, report);
	if (!mirror)
		return c->out_of_memory ? -ENOMEM : 0;
	ls_report_set(report, &facts->registry, mirror);
	ls_report_set(report, &facts->trust, trust);
	int rc = ls_calibration_asking_open(mirror, trust, &k.asking, &err);
	if (rc == 0) {
		ls_calibration_asking_facts(k.asking, facts);
		rc = check_all(&k, &err);
	}
	ls_calibration_asking_close(k.asking);
	if (rc < 0 && rc != -ENOMEM)
		ls_report_unable(report, LS_CHECK_CALIBRATION, "calibration.registry", 0, mirror,
				 "%s", err.message);
	return rc == -ENOMEM || c->out_of_memory ? -ENOMEM : 0;
}
