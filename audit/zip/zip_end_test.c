/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/zip/zip_end.h"

#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/test.h"

#define DIRECTORY 46 /* bytes */
#define ENTRIES	  3

static struct ls_buffer b;

static void put(uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)(value >> 8 * i);
		ls_buffer_add(&b, &byte, 1);
	}
}

static void begin(size_t files)
{
	ls_buffer_free(&b);
	ls_buffer_init(&b, 1 << 20);
	memset(ls_buffer_reserve(&b, files + DIRECTORY), 'x', files + DIRECTORY);
	b.size = files + DIRECTORY;
}

static void add_record(uint64_t entries, uint64_t size, uint64_t offset, uint64_t comment)
{
	ls_buffer_add_str(&b, "PK\5\6");
	put(0, 4);
	put(entries, 2);
	put(entries, 2);
	put(size, 4);
	put(offset, 4);
	put(comment, 2);
}

static void add_record64(uint64_t entries, uint64_t size, uint64_t offset, uint64_t where)
{
	ls_buffer_add_str(&b, "PK\6\6");
	put(44, 8);
	put(0x2d, 4);
	put(0, 8);
	put(entries, 8);
	put(entries, 8);
	put(size, 8);
	put(offset, 8);
	ls_buffer_add_str(&b, "PK\6\7");
	put(0, 4);
	put(where, 8);
	put(1, 4);
}

static bool plain_with(size_t comment)
{
	size_t n = b.size < LS_ZIP_END_MAX ? b.size : LS_ZIP_END_MAX;
	return ls_zip_end_is_plain(b.data + b.size - n, n, b.size, comment);
}

static bool plain(void)
{
	return plain_with(0);
}

TEST(a_directory_right_before_its_record_is_plain)
{
	begin(1000);
	add_record(ENTRIES, DIRECTORY, 1000, 0);
	CHECK(plain());
	for (size_t cut = 1; cut <= b.size; cut++) { /* no byte is read that is not there */
		b.size--;
		CHECK(!plain());
	}
	begin(100000); /* more than is looked at */
	add_record(ENTRIES, DIRECTORY, 100000, 65535);
	for (int i = 0; i < 65535; i++)
		put('c', 1);
	CHECK(plain_with(65535));
	CHECK(!plain_with(0)); /* another record was read */
	ls_buffer_free(&b);
}

TEST(what_lies_between_a_directory_and_its_record_may_be_another_one)
{
	begin(1000);
	put(0, 5);
	add_record(ENTRIES, DIRECTORY, 1000, 0);
	CHECK(!plain());
	begin(1000);
	add_record(ENTRIES, DIRECTORY, 999, 0);
	CHECK(!plain());
	begin(1000);
	add_record(ENTRIES, UINT32_MAX, 1000, 0);
	CHECK(!plain());
	ls_buffer_free(&b);
}

TEST(a_second_record_behind_the_first_is_not_plain)
{
	begin(1000);
	add_record(ENTRIES, DIRECTORY, 1000, 22);
	CHECK(!plain()); /* cut short */
	add_record(0, 0, b.size, 0);
	CHECK(plain());		/* the last one was read */
	CHECK(!plain_with(22)); /* the first one */
	begin(1000);
	add_record(ENTRIES, DIRECTORY, 1000, 5);
	ls_buffer_add_str(&b, "PK\5\6x");
	CHECK(!plain_with(5));
	ls_buffer_free(&b);
}

TEST(a_zip64_record_says_what_the_older_one_says)
{
	static const struct {
		uint64_t entries, size, offset, entries64, size64, offset64, where;
		bool plain;
	} cases[] = {
		{ 3, 46, 1000, 3, 46, 1000, 1046, true },
		{ 0xffff, 0xffffffff, 0xffffffff, 3, 46, 1000, 1046, true },
		{ 0xffff, 0xffffffff, 0xffffffff, 70000, 46, 1000, 1046, true },
		{ 3, 46, 1000, 4, 46, 1000, 1046, false },
		{ 3, 46, 900, 3, 46, 1000, 1046, false },
		{ 3, 46, 1000, 3, 46, 900, 1046, false },
		{ 3, 45, 1000, 3, 46, 1000, 1046, false },
		{ 3, 46, 1000, 3, 46, 1000, 1000, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin(1000);
		add_record64(cases[i].entries64, cases[i].size64, cases[i].offset64,
			     cases[i].where);
		add_record(cases[i].entries, cases[i].size, cases[i].offset, 0);
		CHECK(plain() == cases[i].plain);
	}
	ls_buffer_free(&b);
}

TEST_MAIN()
