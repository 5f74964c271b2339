/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"

#include <errno.h>

#include "lib/base/test.h"

TEST(a_failure_carries_code_id_and_message)
{
	struct ls_error err;
	CHECK_INT_EQ(ls_fail(&err, -EBADMSG, "x.y", "bad '%s'", "thing"), -EBADMSG);
	CHECK_INT_EQ(err.code, -EBADMSG);
	CHECK_STR_EQ(err.id, "x.y");
	CHECK_STR_EQ(err.message, "bad 'thing'");
}

TEST(a_system_error_says_its_text)
{
	struct ls_error err;
	CHECK_INT_EQ(ls_fail_errno(&err, ENOENT, "x.y", "cannot open '%s'", "a"), -ENOENT);
	CHECK_STR_EQ(err.message, "cannot open 'a': No such file or directory");
}

TEST(context_goes_in_front)
{
	struct ls_error err;
	ls_fail(&err, -EIO, "x.y", "inner");
	ls_error_prefix(&err, "outer %d", 1);
	CHECK_STR_EQ(err.message, "outer 1: inner");
	CHECK_STR_EQ(err.id, "x.y");
}

TEST(a_long_message_is_cut_and_says_so)
{
	char text[3000];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	struct ls_error err;
	ls_fail(&err, -EIO, "x.y", "%s", text);
	CHECK_INT_EQ(strlen(err.message), LS_ERROR_MESSAGE_SIZE - 1);
	CHECK_STR_EQ(err.message + LS_ERROR_MESSAGE_SIZE - 4, "...");
	ls_error_prefix(&err, "%s", text);
	CHECK_INT_EQ(strlen(err.message), LS_ERROR_MESSAGE_SIZE - 1);
}

TEST(no_error_object_is_fine)
{
	CHECK_INT_EQ(ls_fail(NULL, -EIO, "x", "y"), -EIO);
	CHECK_INT_EQ(ls_fail_errno(NULL, EIO, "x", "y"), -EIO);
	ls_error_prefix(NULL, "z");
}

TEST_MAIN()
