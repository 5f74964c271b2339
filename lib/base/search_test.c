/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/search.h"

#include <stdint.h>

#include "lib/base/test.h"

struct item {
	int key;
	char rest[9];
};

/* An item with a bare key. */
static int compare(const void *item, const void *wanted)
{
	int a = ((const struct item *)item)->key, b = *(const int *)wanted;
	return a < b ? -1 : a > b;
}

/* Against counting, of every number of items, with gaps and with equal ones. */
TEST(as_many_as_are_below)
{
	struct item items[40];
	for (size_t step = 1; step < 4; step++) /* that many are equal */
		for (size_t count = 0; count <= 40; count++) {
			for (size_t i = 0; i < count; i++)
				items[i] = (struct item){ .key = (int)(i / step) * 2 };
			for (int wanted = -1; wanted < 82; wanted++) {
				size_t below = 0;
				for (size_t i = 0; i < count; i++)
					below += items[i].key < wanted;
				CHECK_INT_EQ(ls_lower_bound(&wanted, items, count, sizeof(items[0]),
							    compare),
					     below);
			}
		}
}

/* Nothing is read of no items. */
TEST(none_of_none)
{
	int wanted = 3;
	CHECK_INT_EQ(ls_lower_bound(&wanted, NULL, 0, sizeof(struct item), compare), 0);
}

TEST_MAIN()
