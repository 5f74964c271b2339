/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/item.h"

#include <errno.h>
#include <string.h>

#include "lib/base/test.h"

TEST(an_item_names_its_place)
{
	struct ls_item item;
	char path[LS_ITEM_PATH_SIZE];
	CHECK_INT_EQ(ls_item_init(&item, 42, false, 1772634139, "plate7.eds", 10), 0);
	CHECK_STR_EQ(ls_item_path(&item, path), "results/2026/000042-plate7.eds");
	CHECK_STR_EQ(ls_item_parent(&item, path), "results/2026");
	CHECK_STR_EQ(ls_item_staged_name(&item, path), "sealed.results.2026.000042-plate7.eds");
	CHECK_INT_EQ(ls_item_init(&item, 12345678, true, 1772634139, "heartbeat", 9), 0);
	CHECK_STR_EQ(ls_item_path(&item, path), "events/2026/12345678-heartbeat");
}

TEST(an_unsafe_label_or_a_time_without_four_digits_is_refused)
{
	struct ls_item item;
	CHECK_INT_EQ(ls_item_init(&item, 1, false, 0, "..", 2), -EINVAL);
	CHECK_INT_EQ(ls_item_init(&item, 1, false, 0, "a/b", 3), -EINVAL);
	CHECK_INT_EQ(ls_item_init(&item, 1, false, 0, "", 0), -EINVAL);
	CHECK_INT_EQ(ls_item_init(&item, 1, false, -1, "a", 1), -EINVAL);
	CHECK_INT_EQ(ls_item_init(&item, 1, false, 253402300800, "a", 1), -EINVAL);
	CHECK_INT_EQ(ls_item_init(&item, 1, false, INT64_MIN, "a", 1), -EINVAL);
	CHECK_INT_EQ(ls_item_init(&item, 1, false, 253402300799, "a", 1), 0);
	CHECK_STR_EQ(item.year, "9999");
}

TEST(a_staged_name_is_read_back)
{
	static const char *const names[] = {
		"sealed.results.2026.000042-plate7.eds",
		"sealed.events.1970.000001-vm-start",
		"sealed.results.2026.18446744073709551615-a.b.c",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ls_item item;
		char name[LS_ITEM_PATH_SIZE];
		CHECK_INT_EQ(ls_item_parse_staged(names[i], &item), 0);
		CHECK_STR_EQ(ls_item_staged_name(&item, name), names[i]);
	}
}

TEST(other_names_are_no_staged_names)
{
	static const char *const names[] = {
		"",
		"incoming",
		"tile-0",
		"sealed.",
		"sealed.results.",
		"sealed.results.2026",
		"sealed.results.2026.",
		"sealed.results.2026.42-x",
		"sealed.results.2026.000000-x",
		"sealed.results.2026.000042-",
		"sealed.results.2026.000042-../x",
		"sealed.results.20x6.000042-x",
		"sealed.results.02026.000042-x",
		"sealed.other.2026.000042-x",
		"Sealed.results.2026.000042-x",
		"sealed.results.2026.0000042-x",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ls_item item;
		if (ls_item_parse_staged(names[i], &item) != -EBADMSG)
			TEST_FAIL("'%s' was taken", names[i]);
	}
}

TEST_MAIN()
