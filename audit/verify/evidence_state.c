/* SPDX-License-Identifier: Apache-2.0 */
/* The measured states that were quoted, and the event logs that replay to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify/evidence_internal.h"
#include "audit/verify/read.h"

static struct ls_chain_state *find_state(const struct ls_evidence_audit *a,
					 const struct ls_digest *pcr23)
{
	for (size_t i = 0; i < a->chain->state_count; i++)
		if (ls_digest_equal(&a->chain->states[i].pcr23, pcr23))
			return &a->chain->states[i];
	return NULL;
}

/* Whether the file replays to its name; *ret_log is to be freed. */
static bool check_event_log(struct ls_evidence_audit *a, const struct ls_digest *pcr23,
			    struct ls_event_log *ret_log)
{
	char path[LS_EVIDENCE_PATH_SIZE], hex[LS_DIGEST_HEX_SIZE];
	struct ls_error err = { 0 };
	struct ls_digest replayed = { { 0 } };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_EVENT_LOG_SIZE_MAX);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS "/%s.jsonl",
		 ls_digest_hex(pcr23, hex));
	struct ls_read_result read = ls_share_read(a->log->source, path, &bytes);
	if (read.status != LS_READ_OK) {
		ls_read_report(a->report, LS_CHECK_EVIDENCE_STATE, "evidence.events", 0, path,
			       &read);
		return false;
	}
	int rc = ls_event_log_parse(bytes.data, bytes.size, ret_log, &err);
	if (rc == 0)
		ls_event_log_replay(ret_log, &replayed);
	if (rc == 0 && ls_digest_equal(&replayed, pcr23)) {
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_STATE, 1);
		return true;
	}
	ls_report_fail(a->report, LS_CHECK_EVIDENCE_STATE, "evidence.events.altered", 0, path, "%s",
		       rc < 0 ? err.message
			      : "it does not replay to the value of PCR 23 that it is named by");
	ls_event_log_free(ret_log);
	return false;
}

/* One more state; its event log is read.  NULL: out of memory. */
static struct ls_chain_state *add_state(struct ls_evidence_audit *a, uint64_t version)
{
	struct ls_chain *c = a->chain;
	struct ls_chain_state *grown = reallocarray(c->states, c->state_count + 1,
						    sizeof(*c->states));
	if (!grown) {
		a->out_of_memory = true;
		return NULL;
	}
	c->states = grown;
	struct ls_chain_state *s = &c->states[c->state_count++];
	*s = (struct ls_chain_state){ .pcr23 = a->says.pcr23,
				      .version = version,
				      .first = a->size };
	s->log_good = check_event_log(a, &s->pcr23, &s->log);
	return s;
}

/* The approval of this state that the counter has not retired, or one that it has. */
static const struct ls_trust_approved *find_approval(const struct ls_evidence_audit *a,
						     bool *ret_retired)
{
	const struct ls_trust_approved *found = NULL;
	*ret_retired = true;
	for (size_t i = 0; i < a->trust->approved_count && *ret_retired; i++) {
		const struct ls_trust_approved *approved = &a->trust->approved[i];
		if (!ls_digest_equal(&approved->pcr23, &a->says.pcr23))
			continue;
		found = approved;
		*ret_retired = approved->counter > 0 && approved->counter < a->says.counter;
	}
	return found;
}

bool ls_evidence_check_state(struct ls_evidence_audit *a)
{
	bool retired;
	const struct ls_trust_approved *approved = find_approval(a, &retired);
	if (!approved) {
		ls_evidence_fail(a, LS_CHECK_EVIDENCE_STATE, "evidence.state.unapproved",
				 LS_EVIDENCE_PCRS,
				 "the TPM was in a state that the trust file does not approve");
		return false;
	}
	if (retired) {
		ls_evidence_fail(
			a, LS_CHECK_EVIDENCE_STATE, "evidence.state.retired", LS_EVIDENCE_COUNTER,
			"the version counter is past the approval of the state that was quoted");
		return false;
	}
	struct ls_chain_state *state = find_state(a, &a->says.pcr23);
	if (!state)
		state = add_state(a, approved->version);
	if (state)
		state->last = a->size;
	ls_report_pass(a->report, LS_CHECK_EVIDENCE_STATE, 1);
	return state && state->log_good;
}

/* An event log that no good quote led to must be whole all the same. */
int ls_evidence_each_event_log(void *context, const char *name, unsigned type)
{
	struct ls_evidence_audit *a = context;
	struct ls_digest pcr23;
	char path[LS_EVIDENCE_PATH_SIZE + 256];
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS "/%s", name);
	if (!ls_evidence_parse_name(name, ".jsonl", &pcr23)) {
		ls_evidence_unknown(a, path, type);
	} else if (!find_state(a, &pcr23)) {
		_cleanup_event_log_ struct ls_event_log log = { 0 };
		check_event_log(a, &pcr23, &log);
	}
	return 0;
}
