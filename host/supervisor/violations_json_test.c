/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/violations_json.h"

#include <errno.h>

#include "lib/base/test.h"

TEST(what_was_written_is_read)
{
	static struct ls_violations list, again;
	ls_violation_add(&list, "xml.unexpected", "/domain/a", "<\xc3\xa9\"\\>", NULL, "why", "do");
	ls_violation_add(&list, "host.image", "/host/image", "x", "y", "w", "r");
	json_t *json = ls_violations_to_json(&list, 8);
	CHECK_INT_EQ(ls_violations_from_json(json, &again), 0);
	CHECK_INT_EQ(again.count, 2);
	CHECK_MEM_EQ(&again.at[0], &list.at[0], sizeof(list.at[0]));
	CHECK_STR_EQ(again.at[1].remedy, "r");
	json_decref(json);
	json = ls_violations_to_json(&list, 1);
	CHECK_INT_EQ(json_array_size(json), 1);
	json_decref(json);
}

TEST(other_json_is_refused)
{
	static struct ls_violations list;
	static const char *const bad[] = { "{}",
					   "[1]",
					   "[{}]",
					   "[{\"id\":1,\"path\":\"\",\"found\":\"\",\"expected\":"
					   "\"\",\"why\":\"\",\"remedy\":\"\"}]",
					   "[{\"id\":\"0123456789012345678901234567890123456789\","
					   "\"path\":\"\",\"found\":\"\","
					   "\"expected\":\"\",\"why\":\"\",\"remedy\":\"\"}]",
					   "[{\"id\":\"\",\"path\":\"\",\"found\":\"\","
					   "\"expected\":\"\",\"why\":\"\",\"remedy\":\"\","
					   "\"x\":1}]" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *json = json_loads(bad[i], 0, NULL);
		CHECK(json);
		CHECK_INT_EQ(ls_violations_from_json(json, &list), -EBADMSG);
		json_decref(json);
	}
	CHECK_INT_EQ(ls_violations_from_json(NULL, &list), -EBADMSG);
	CHECK_INT_EQ(list.count, 0);
}

TEST_MAIN()
