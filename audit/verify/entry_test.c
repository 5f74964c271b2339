/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/entry.h"

#include <errno.h>

#include "lib/base/test.h"

#define GOOD                     \
	"# labseal/result/v1\n"  \
	"# instrument 7500-01\n" \
	"# seal 42\n"            \
	"# received 2026-03-04T14:22:19Z\n"

static int parse(const char *text, struct ls_entry_head *head)
{
	return ls_entry_head_parse(text, strlen(text), head, NULL);
}

TEST(a_result)
{
	struct ls_entry_head head;
	REQUIRE(parse(GOOD "whatever follows\n", &head) == 0);
	CHECK_INT_EQ(head.kind, LS_SEAL_RESULT);
	CHECK_STR_EQ(head.instrument, "7500-01");
	CHECK_INT_EQ(head.seal, 42);
	CHECK_INT_EQ(head.received, 1772634139);
}

TEST(an_event)
{
	struct ls_entry_head head;
	REQUIRE(parse("# labseal/event/v1\n# instrument a\n# seal 1\n"
		      "# received 1970-01-01T00:00:01Z\n",
		      &head) == 0);
	CHECK_INT_EQ(head.kind, LS_SEAL_EVENT);
	CHECK_INT_EQ(head.received, 1);
}

TEST(what_is_none_is_refused)
{
	static const char *const bad[] = {
		"",
		"\n",
		"# labseal/result/v1",
		"# labseal/result/v2\n# instrument a\n# seal 1\n# received 2026-03-04T14:22:19Z\n",
		"# labseal/result/v1\n# instrument a b\n# seal 1\n# received "
		"2026-03-04T14:22:19Z\n",
		"# labseal/result/v1\n# instrument \n# seal 1\n# received 2026-03-04T14:22:19Z\n",
		"# labseal/result/v1\n# seal 1\n# instrument a\n# received 2026-03-04T14:22:19Z\n",
		"# labseal/result/v1\n# instrument a\n# seal 01\n# received 2026-03-04T14:22:19Z\n",
		"# labseal/result/v1\n# instrument a\n# seal 99999999999999999999\n# received "
		"2026-03-04T14:22:19Z\n",
		"# labseal/result/v1\n# instrument a\n# seal 1\n# received 2026-02-30T14:22:19Z\n",
		"# labseal/result/v1\n# instrument a\n# seal 1\n# received 2026-03-04T14:22:19Z",
		"# labseal/result/v1\r\n# instrument a\r\n# seal 1\r\n# received "
		"2026-03-04T14:22:19Z\r\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct ls_entry_head head = { .seal = 7 };
		CHECK_INT_EQ(parse(bad[i], &head), -EBADMSG);
		CHECK_INT_EQ(head.seal, 7);
	}
}

TEST(a_long_instrument_is_refused)
{
	char text[300];
	struct ls_entry_head head;
	snprintf(text, sizeof(text),
		 "# labseal/result/v1\n# instrument %065d\n# seal 1\n# received "
		 "2026-03-04T14:22:19Z\n",
		 1);
	CHECK_INT_EQ(parse(text, &head), -EBADMSG);
}

TEST_MAIN()
