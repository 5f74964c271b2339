/* SPDX-License-Identifier: Apache-2.0 */
/* What labseald does about a drift, without a machine: the list is what its process would send. */
#include <errno.h>
#include <jansson.h>

#include "host/supervisor/supervisor.h"
#include "lib/base/log.h"
#include "lib/base/test.h"

static struct ls_supervisor s;
static struct ls_policy policy;
static struct ls_error err;

static void begin(enum ls_on_drift response)
{
	memset(&s, 0, sizeof(s));
	memset(&policy, 0, sizeof(policy));
	memset(&err, 0, sizeof(err));
	snprintf(policy.vm.name, sizeof(policy.vm.name), "labseal-t");
	policy.on_drift = response;
	static struct ls_run run;
	s.policy = &policy;
	s.run = &run;
	s.children.channel = s.machine_fd = s.tpm.fd = -1;
	s.enclave.control = -1;
	s.tpm.swtpm.pid = -1;
	ls_log_init("test", LS_LOG_ERROR - 1);
}

static void found(const char *id, const char *path)
{
	ls_violation_add(&s.violations, id, path, "this", "that", "why", "remedy");
}

TEST(what_changes_the_machine_is_drift_and_what_does_not_is_none)
{
	static const struct {
		const char *id;
		bool is_drift;
	} cases[] = {
		{ "xml.unexpected", true },	{ "domain.taint", true },
		{ "process.descriptor", true }, { "channel.two-way", true },
		{ "display.viewers", true },	{ "host.libvirt-version", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(LS_DRIFT_FLAG);
		CHECK(!ls_has_drifted(&s));
		found(cases[i].id, "/x");
		CHECK_INT_EQ(ls_has_drifted(&s), cases[i].is_drift);
	}
}

TEST(it_is_an_event_whatever_the_response_is)
{
	static const struct {
		enum ls_on_drift response;
		const char *word;
		int rc;
	} cases[] = { { LS_DRIFT_FLAG, "flag", 0 },
		      { LS_DRIFT_STOP_SEALING, "stop-sealing", 0 },
		      { LS_DRIFT_STOP_VM, "stop-vm", -EPERM } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].response);
		found("host.libvirt-version", "/host/libvirt");
		found("xml.unexpected", "live:/domain/devices/interface");
		CHECK_INT_EQ(ls_drift_answer(&s, &err), cases[i].rc);
		CHECK_INT_EQ(s.events.count, 1);
		CHECK_STR_EQ(s.events.pending[0].kind, "drift");
		json_t *detail = json_loads(s.events.pending[0].detail, JSON_REJECT_DUPLICATES,
					    NULL);
		REQUIRE(detail);
		CHECK_STR_EQ(json_string_value(json_object_get(detail, "response")), cases[i].word);
		CHECK_INT_EQ(json_integer_value(json_object_get(detail, "count")), 2);
		json_t *list = json_object_get(detail, "violations");
		CHECK_STR_EQ(json_string_value(json_array_get(list, 1)),
			     "xml.unexpected live:/domain/devices/interface");
		json_decref(detail);
		CHECK_STR_HAS(s.status.problem, "'live:/domain/devices/interface' is \"this\"");
		CHECK_INT_EQ(s.is_sealing_over, cases[i].response == LS_DRIFT_STOP_SEALING);
		CHECK(!ls_has_drifted(&s)); /* it is dealt with */
	}
	CHECK_STR_EQ(err.id, "machine.drift");
}

TEST(another_drift_is_another_event_after_a_while)
{
	begin(LS_DRIFT_FLAG);
	found("domain.autostart", "/machine/autostart");
	CHECK_INT_EQ(ls_drift_answer(&s, &err), 0);
	found("domain.taint", "/machine/taint");
	CHECK(!ls_has_drifted(&s));
	s.answered_at -= 60000;
	CHECK(ls_has_drifted(&s));
	CHECK_INT_EQ(ls_drift_answer(&s, &err), 0);
	CHECK_INT_EQ(s.events.count, 2);
}

TEST(where_sealing_is_over_nothing_more_is_said)
{
	begin(LS_DRIFT_STOP_SEALING);
	found("domain.autostart", "/machine/autostart");
	CHECK_INT_EQ(ls_drift_answer(&s, &err), 0);
	found("domain.taint", "/machine/taint");
	s.answered_at -= 60000;
	CHECK(!ls_has_drifted(&s));
}

TEST(an_event_has_room_for_some_and_the_number_of_all)
{
	begin(LS_DRIFT_FLAG);
	for (int i = 0; i < LS_VIOLATIONS_MAX; i++)
		found("xml.unexpected", "live:/domain/devices/interface/with/a/path/that/is/long");
	CHECK_INT_EQ(ls_drift_answer(&s, &err), 0);
	json_t *detail = json_loads(s.events.pending[0].detail, 0, NULL);
	REQUIRE(detail);
	CHECK_INT_EQ(json_integer_value(json_object_get(detail, "count")), LS_VIOLATIONS_MAX);
	size_t listed = json_array_size(json_object_get(detail, "violations"));
	CHECK(listed > 1 && listed < 10);
	json_decref(detail);
}

TEST(a_judgement_is_taken_as_it_was_sent)
{
	static struct ls_violations list;
	_cleanup_buffer_ struct ls_buffer body;
	begin(LS_DRIFT_FLAG);
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	ls_violation_add(&list, "xml.value", "live:/domain/name", "a", "b", "why", "do");
	list.more = true;
	CHECK_INT_EQ(ls_machine_judged_encode(&list, &body), 0);
	struct ls_message m = { .type = LS_MSG_MACHINE_JUDGED,
				.body = body.data,
				.size = body.size };
	CHECK_INT_EQ(ls_drift_take(&s, &m, &err), 0);
	CHECK(s.is_looked_at && s.violations.more);
	CHECK_MEM_EQ(&s.violations.at[0], &list.at[0], sizeof(list.at[0]));
	m.size--;
	CHECK_INT_EQ(ls_drift_take(&s, &m, &err), -EBADMSG);
	CHECK_INT_EQ(s.violations.count, 1);
}

TEST_MAIN()
