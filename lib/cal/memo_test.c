/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/memo.h"

#include "lib/base/spread_test.h"

struct number {
	struct ls_cal_object object;
	unsigned value;
};

static int alive;

static void free_number(struct ls_cal_object *object)
{
	alive--;
	free(object);
}

static struct number *number(unsigned value, size_t size)
{
	struct number *n = calloc(1, sizeof(*n));
	ls_cal_object_init(&n->object, size, free_number);
	n->value = value;
	alive++;
	return n;
}

static struct ls_cal_key key(unsigned value)
{
	struct ls_cal_key k = { .kind = 1 };
	char text[32];
	snprintf(text, sizeof(text), "%u", value);
	ls_sha256_buffer(text, strlen(text), &k.id);
	return k;
}

static void put(struct ls_cal_memo *memo, unsigned value, size_t size)
{
	struct ls_cal_key k = key(value);
	struct number *n = number(value, size);
	ls_cal_memo_put(memo, &k, n);
	ls_cal_object_unref(n);
}

static bool has(struct ls_cal_memo *memo, unsigned value)
{
	struct ls_cal_key k = key(value);
	struct number *n = ls_cal_memo_get(memo, &k);
	bool found = n && n->value == value;
	ls_cal_object_unref(n);
	return found;
}

TEST(what_is_put_is_had_and_let_go)
{
	struct ls_cal_memo *memo = ls_cal_memo_new(1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		put(memo, i, 100);
	for (unsigned i = 0; i < 1000; i++)
		CHECK(has(memo, i));
	CHECK(!has(memo, 1000));
	struct ls_cal_key other = key(1);
	other.extra = 1;
	CHECK(ls_cal_memo_get(memo, &other) == NULL);
	other = key(1);
	other.kind = 2;
	CHECK(ls_cal_memo_get(memo, &other) == NULL);
	put(memo, 5, 100); /* is there: the first one stays */
	CHECK_INT_EQ(alive, 1000);
	ls_cal_memo_free(memo);
	CHECK_INT_EQ(alive, 0);
}

TEST(memory_is_bounded_and_what_is_asked_for_stays)
{
	struct ls_cal_memo *memo = ls_cal_memo_new(64 * 10000);
	put(memo, 0, 1000);
	for (unsigned i = 1; i < 20000; i++) {
		put(memo, i, 1000);
		CHECK(has(memo, 0));
	}
	CHECK(alive <= 640);
	CHECK(alive > 300);
	/* what somebody holds outlives its place */
	struct ls_cal_key k = key(19999);
	struct number *held = ls_cal_memo_get(memo, &k);
	REQUIRE(held != NULL);
	for (unsigned i = 20000; i < 40000; i++)
		put(memo, i, 1000);
	CHECK_INT_EQ(held->value, 19999);
	ls_cal_object_unref(held);
	ls_cal_memo_free(memo);
	CHECK_INT_EQ(alive, 0);
}

TEST(what_is_larger_than_the_memo_is_not_kept)
{
	struct ls_cal_memo *memo = ls_cal_memo_new(64);
	put(memo, 1, 1000);
	CHECK(!has(memo, 1));
	CHECK_INT_EQ(alive, 0);
	ls_cal_memo_free(memo);
}

TEST(a_table_keeps_all)
{
	struct ls_cal_table table = { .count = 0 };
	for (unsigned i = 0; i < 1000; i++) {
		struct ls_cal_key k = key(i);
		struct number *n = number(i, 1000);
		CHECK_INT_EQ(ls_cal_table_put(&table, &k, n), 0);
		ls_cal_object_unref(n);
	}
	for (unsigned i = 0; i < 1000; i++) {
		struct ls_cal_key k = key(i);
		struct number *n = ls_cal_table_get(&table, &k);
		CHECK(n && n->value == i);
	}
	ls_cal_table_free(&table);
	CHECK_INT_EQ(alive, 0);
}

static double fill(struct ls_digest (*make)(unsigned, size_t), size_t place)
{
	struct ls_cal_table table = { .count = 0 };
	struct number *n = number(1, sizeof(*n));
	double began = spread_seconds();
	for (unsigned i = 0; i < SPREAD_IDS; i++) {
		struct ls_cal_key k = { .kind = 1, .id = make(i, place) };
		if (ls_cal_table_put(&table, &k, n) < 0)
			abort();
	}
	double took = spread_seconds() - began;
	CHECK_INT_EQ(table.count, SPREAD_IDS);
	ls_cal_table_free(&table);
	ls_cal_object_unref(n);
	return took;
}

TEST(ids_that_were_chosen_to_be_alike_cost_no_more_than_others)
{
	spread_check(fill);
}

TEST_MAIN()
