/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/order.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attest/evidence.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

LS_DEFINE_CLEANUP(json_t *, json_decref)

#define WHY_SIZE 64

struct ls_order_version {
	uint64_t approved; /* the first approval of it that holds; 0: there is none */
	uint64_t counter;  /* the highest value of the TPM's version counter that it is for */
	uint64_t first;	   /* the first that was sealed under it, but for the enclave's own; or 0 */
	uint64_t last;	   /* the last; 0: none */
	char first_file[LS_ORDER_PATH_SIZE], last_file[LS_ORDER_PATH_SIZE];
};

/* Approvals as the log has them. */
struct approval {
	uint64_t version, counter;
	struct ls_digest pcr23;
	const char *policy_ref; /* the JSON's */
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t signature_size;
};

int ls_order_init(struct ls_order *order, const struct ls_trust *trust)
{
	*order = (struct ls_order){ .unread = UINT64_MAX };
	pthread_mutex_init(&order->lock, NULL);
	/* without an authority there are no approvals */
	if (!trust || !trust->has_authority || trust->approved_count == 0)
		return 0;
	order->versions = calloc(trust->approved_count, sizeof(*order->versions));
	if (!order->versions)
		return -ENOMEM;
	order->trust = trust;
	for (size_t i = 0; i < trust->approved_count; i++)
		order->versions[i].counter = trust->approved[i].counter;
	return 0;
}

void ls_order_free(struct ls_order *order)
{
	free(order->versions);
	free(order->retired);
	pthread_mutex_destroy(&order->lock);
}

static struct ls_order_version *find(const struct ls_order *order, uint64_t version)
{
	const struct ls_trust_approved *a = ls_trust_find_approved(order->trust, version);
	return a ? &order->versions[a - order->trust->approved] : NULL;
}

/* --- what events say ----------------------------------------------------------------------- */

static bool get_number(const json_t *o, const char *name, uint64_t *ret)
{
	const json_t *value = json_object_get(o, name);
	if (!json_is_integer(value) || json_integer_value(value) < 1)
		return false;
	*ret = (uint64_t)json_integer_value(value);
	return true;
}

static const char *get_text(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));
	return text ? text : "";
}

static const char *approval_fault(const json_t *o, const struct ls_trust *trust,
				  struct approval *ret)
{
	const char *pcr23 = get_text(o, "pcr23"), *signature = get_text(o, "signature");
	if (!get_number(o, "version", &ret->version) || !get_number(o, "counter", &ret->counter) ||
	    ls_digest_parse(pcr23, strlen(pcr23), &ret->pcr23) < 0 ||
	    ls_base64_decode(signature, strlen(signature), ret->signature, sizeof(ret->signature),
			     &ret->signature_size) < 0)
		return "it is malformed";
	ret->policy_ref = get_text(o, "policy_ref");
	if (strcmp(ret->policy_ref, trust->policy_ref) != 0)
		return "it is for another use than the trust file's policy-ref";
	if (ls_policy_approval_verify(&trust->authority, &ret->pcr23, ret->counter, ret->policy_ref,
				      strlen(ret->policy_ref), ret->signature, ret->signature_size,
				      NULL) < 0)
		return "the trust file's authority did not sign it";
	const struct ls_trust_approved *known = ls_trust_find_approved(trust, ret->version);
	if (known && (!ls_digest_equal(&known->pcr23, &ret->pcr23) ||
		      (known->counter > 0 && known->counter != ret->counter)))
		return "the trust file has another state or counter under this version";
	return NULL;
}

static void tell_approval(struct ls_order *order, const struct ls_record *record,
			  const json_t *detail, const char *file, struct ls_report *report)
{
	struct approval a = { 0 };
	const char *fault = approval_fault(detail, order->trust, &a);
	if (fault) {
		ls_report_fail(report, LS_CHECK_APPROVALS, "log.approval.wrong", record->seal, file,
			       "no approval: %s", fault);
		return;
	}
	struct ls_order_version *v = find(order, a.version);
	if (!v)
		return;
	v->counter = a.counter;
	if (v->approved == 0 || record->seal < v->approved)
		v->approved = record->seal;
}

static void tell_retirement(struct ls_order *order, const struct ls_record *record,
			    const json_t *detail)
{
	struct ls_order_retirement one = { .seal = record->seal };
	if (!get_number(detail, "counter", &one.counter))
		return;
	if (order->retired_count == order->retired_capacity) {
		size_t capacity = 2 * order->retired_capacity + 16;
		void *grown = reallocarray(order->retired, capacity, sizeof(*order->retired));
		if (!grown) {
			order->out_of_memory = true;
			return;
		}
		order->retired = grown;
		order->retired_capacity = capacity;
	}
	order->retired[order->retired_count++] = one;
}

/* --- what was sealed ------------------------------------------------------------------------ */

/*
 * The enclave's own words, which come before all else that is sealed in a start: they say
 * what the log and the clock were found to be, and have no payload.
 */
static bool is_enclaves_own(const struct ls_record *record)
{
	return strcmp(record->event, "log-adopted") == 0 ||
	       strcmp(record->event, "clock-back") == 0;
}

static void tell_use(struct ls_order *order, const struct ls_record *record, const char *file)
{
	struct ls_order_version *v = find(order, record->approval_version);
	if (!v)
		return;
	if (!is_enclaves_own(record) && (v->first == 0 || record->seal < v->first)) {
		v->first = record->seal;
		snprintf(v->first_file, sizeof(v->first_file), "%s", file);
	}
	if (record->seal > v->last) {
		v->last = record->seal;
		snprintf(v->last_file, sizeof(v->last_file), "%s", file);
	}
}

void ls_order_tell(struct ls_order *order, const struct ls_record *record, const char *file,
		   struct ls_report *report)
{
	if (!order || !order->trust)
		return;
	bool approval = strcmp(record->event, "approval") == 0;
	bool retirement = strcmp(record->event, "approval-retired") == 0;
	_cleanup_(json_decref)
		json_t *detail = approval || retirement
					 ? json_loads(record->detail, JSON_REJECT_DUPLICATES, NULL)
					 : NULL;
	pthread_mutex_lock(&order->lock);
	tell_use(order, record, file);
	if (approval)
		tell_approval(order, record, detail, file, report);
	if (retirement)
		tell_retirement(order, record, detail);
	pthread_mutex_unlock(&order->lock);
}

void ls_order_tell_unread(struct ls_order *order, uint64_t seal)
{
	if (!order || !order->trust)
		return;
	pthread_mutex_lock(&order->lock);
	if (seal < order->unread)
		order->unread = seal;
	pthread_mutex_unlock(&order->lock);
}

/* --- the end -------------------------------------------------------------------------------- */

/* Why a record may be missing. */
static const char *why_unread(const struct ls_order *order, char buffer[static WHY_SIZE])
{
	if (order->unread == 0)
		snprintf(buffer, WHY_SIZE, "a folder cannot be listed");
	else
		snprintf(buffer, WHY_SIZE, "the record of seal %" PRIu64 " cannot be read",
			 order->unread);
	return buffer;
}

/* Something was done in the state of `version` when the log had so many seals before it. */
static void check_approved(const struct ls_order *order, uint64_t version,
			   const struct ls_order_version *v, uint64_t first, const char *file,
			   struct ls_report *report)
{
	char why[WHY_SIZE];
	if (v->approved > 0 && v->approved <= first) {
		ls_report_pass(report, LS_CHECK_APPROVALS, 1);
		return;
	}
	if (order->unread < first)
		ls_report_unable(report, LS_CHECK_APPROVALS, "log.approval.unable", first, file,
				 "whether approval %" PRIu64 " was in the log before it was used: "
				 "%s",
				 version, why_unread(order, why));
	else if (v->approved == 0)
		ls_report_fail(report, LS_CHECK_APPROVALS, "log.approval.missing", first, file,
			       "it is of approval %" PRIu64 ", which is nowhere in the log",
			       version);
	else
		ls_report_fail(report, LS_CHECK_APPROVALS, "log.approval.late", first, file,
			       "it is of approval %" PRIu64
			       ", which is in the log only from seal %" PRIu64
			       " on: it was used before it was published",
			       version, v->approved);
}

static void check_retired(const struct ls_order *order, uint64_t version,
			  const struct ls_order_version *v, struct ls_report *report)
{
	uint64_t end = UINT64_MAX;
	for (size_t i = 0; i < order->retired_count; i++)
		if (order->retired[i].counter >= v->counter && order->retired[i].seal < end)
			end = order->retired[i].seal;
	if (v->counter > 0 && v->last > end)
		ls_report_fail(report, LS_CHECK_APPROVALS, "log.approval.retired", v->last,
			       v->last_file,
			       "it is of approval %" PRIu64 ", which was retired at seal %" PRIu64,
			       version, end);
}

/* A state that the TPM quoted when the log had `first` seals: its approval is among them. */
static void check_quoted(const struct ls_order *order, const struct ls_chain_state *state,
			 struct ls_report *report)
{
	char file[128];
	const struct ls_order_version *v = find(order, state->version);
	for (size_t i = 0; i < order->trust->approved_count; i++) {
		const struct ls_order_version *same = &order->versions[i];
		if (ls_digest_equal(&order->trust->approved[i].pcr23, &state->pcr23) &&
		    same->approved > 0 && (v->approved == 0 || same->approved < v->approved))
			v = same; /* a state may have been approved more than once */
	}
	snprintf(file, sizeof(file), LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", state->first,
		 ls_evidence_file(LS_EVIDENCE_PCRS));
	check_approved(order, state->version, v, state->first, file, report);
}

int ls_order_check(struct ls_order *order, struct ls_report *report)
{
	const struct ls_chain *chain = report->facts.chain;
	if (!order->trust)
		return 0;
	for (size_t i = 0; i < order->trust->approved_count; i++) {
		const struct ls_order_version *v = &order->versions[i];
		uint64_t version = order->trust->approved[i].version;
		if (v->first > 0)
			check_approved(order, version, v, v->first, v->first_file, report);
		check_retired(order, version, v, report);
	}
	for (size_t i = 0; chain && i < chain->state_count; i++)
		check_quoted(order, &chain->states[i], report);
	return order->out_of_memory ? -ENOMEM : 0;
}
