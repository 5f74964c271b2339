/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/place.h"

#include <errno.h>
#include <string.h>

#include "lib/base/test.h"

static const struct ls_hsm_place example = {
	.module = "/usr/lib/softhsm/libsofthsm2.so",
	.variable = "SOFTHSM2_CONF",
	.configuration = "/etc/softhsm/softhsm2.conf",
	.folder = "/var/lib/softhsm/tokens",
	.token = "lab 1",
	.label = "signer",
};

TEST(what_is_written_is_read)
{
	struct ls_hsm_place place;
	const uint8_t *secret;
	size_t size;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_HSM_START_MAX);
	CHECK_INT_EQ(ls_hsm_place_format(&example, "12\n\0", 4, &text), 0);
	REQUIRE(ls_hsm_place_parse(text.data, text.size, &place, &secret, &size, NULL) == 0);
	CHECK_STR_EQ(place.module, example.module);
	CHECK_STR_EQ(place.variable, example.variable);
	CHECK_STR_EQ(place.configuration, example.configuration);
	CHECK_STR_EQ(place.folder, example.folder);
	CHECK_STR_EQ(place.token, example.token);
	CHECK_STR_EQ(place.serial, "");
	CHECK_STR_EQ(place.label, example.label);
	REQUIRE(size == 4);
	CHECK_MEM_EQ(secret, "12\n\0", 4);
	/* nothing of it may be cut off but the secret */
	for (size_t n = 0; n < text.size - 4; n++)
		CHECK_INT_EQ(ls_hsm_place_parse(text.data, n, &place, &secret, &size, NULL),
			     -EBADMSG);
}

static void expect_refused(const char *text)
{
	struct ls_hsm_place place;
	struct ls_error err = { 0 };
	const uint8_t *secret;
	size_t size;
	CHECK_INT_EQ(ls_hsm_place_parse(text, strlen(text), &place, &secret, &size, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "hsm.place");
}

#define REST "configuration \nfolder \ntoken t\nserial \nlabel l\n\n"

TEST(other_forms_are_refused)
{
	expect_refused("labseal/hsm/v2\nmodule /m\nvariable \n" REST);
	expect_refused("labseal/hsm/v1\nmodule m\nvariable \n" REST);
	expect_refused("labseal/hsm/v1\nvariable \nmodule /m\n" REST);
	expect_refused("labseal/hsm/v1\nmodule /m\nvariable A\tB\n" REST);
	expect_refused("labseal/hsm/v1\nmodule /m\nvariable \nconfiguration \nfolder \ntoken "
		       "0123456789012345678901234567890123456789\nserial \nlabel l\n\n");
	expect_refused("labseal/hsm/v1\nmodule /m\nvariable \nconfiguration \nfolder \ntoken "
		       "\nserial \nlabel l\n\n");
}

TEST(a_line_end_in_a_value_is_not_written)
{
	struct ls_hsm_place bad = example;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_HSM_START_MAX);
	strncpy(bad.token, "a\nserial 1", sizeof(bad.token));
	CHECK_INT_EQ(ls_hsm_place_format(&bad, "", 0, &text), -EINVAL);
}

TEST_MAIN()
