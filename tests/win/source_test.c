/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the instrument's software is kept from while the exporter has its file open:
 * nothing, but for the instant in which it is asked who writes.
 */
#include "diode/export/win32.h"

#include <errno.h>

#include "diode/export/platform.h"
#include "lib/base/test.h"

#define FILE_NAME "saved.bin"

static HANDLE open_to_save(DWORD how)
{
	return CreateFileW(L"" FILE_NAME, GENERIC_WRITE,
			   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, how, 0,
			   NULL);
}

static bool is_saved(DWORD how)
{
	DWORD done;
	HANDLE file = open_to_save(how);
	if (file == INVALID_HANDLE_VALUE)
		return false;
	BOOL written = WriteFile(file, "a run", 5, &done, NULL);
	return CloseHandle(file) && written;
}

static void open_saved(struct ls_source **ret_source)
{
	struct ls_file_info info;
	REQUIRE(is_saved(CREATE_ALWAYS));
	REQUIRE(ls_platform_open_source(FILE_NAME, ret_source, &info, NULL) == 0);
}

TEST(source_a_save_is_not_refused_while_a_file_is_copied)
{
	struct ls_source *source = NULL;
	open_saved(&source);
	CHECK(is_saved(OPEN_EXISTING));
	ls_platform_source_close(source);
}

/* The copy gets its number then, and is written to a disk that may be slow. */
TEST(source_nor_when_it_was_asked_whether_somebody_wrote)
{
	struct ls_source *source = NULL;
	struct ls_file_info info;
	open_saved(&source);
	CHECK_INT_EQ(ls_platform_source_info(source, &info, NULL), 0);
	CHECK(is_saved(OPEN_EXISTING));
	ls_platform_source_close(source);
}

TEST(source_who_writes_meanwhile_is_seen)
{
	struct ls_source *source = NULL;
	struct ls_file_info info;
	open_saved(&source);
	HANDLE file = open_to_save(OPEN_EXISTING);
	REQUIRE(file != INVALID_HANDLE_VALUE);
	CHECK_INT_EQ(ls_platform_source_info(source, &info, NULL), -EBUSY);
	CloseHandle(file);
	ls_platform_source_close(source);
}

TEST(source_another_file_in_its_place_is_seen)
{
	struct ls_source *source = NULL;
	struct ls_file_info info;
	open_saved(&source);
	REQUIRE(MoveFileExW(L"" FILE_NAME, L"moved.bin", MOVEFILE_REPLACE_EXISTING));
	REQUIRE(is_saved(CREATE_ALWAYS));
	CHECK_INT_EQ(ls_platform_source_info(source, &info, NULL), -ESTALE);
	ls_platform_source_close(source);
}

TEST_MAIN()
