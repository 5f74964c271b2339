/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/made.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/command/libvirt_conf.h"
#include "host/supervisor/state.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static char folder[] = "/tmp/labseal-made-XXXXXX";
static int state_fd = -1;
static struct ls_made made, again;
static struct ls_error err;

static struct ls_made_thing file(const char *name, const char *bytes)
{
	struct ls_made_thing thing = { .kind = LS_MADE_FILE, .digest_count = 1 };
	snprintf(thing.name, sizeof(thing.name), "%s", name);
	ls_sha256_buffer(bytes, strlen(bytes), &thing.digests[0]);
	return thing;
}

static void begin(const char *root)
{
	unlinkat(state_fd, LS_STATE_MADE, 0);
	CHECK_INT_EQ(ls_made_read(state_fd, root, &made, &err), 0);
}

TEST(what_was_put_on_the_list_is_read_again)
{
	begin("/r");
	struct ls_made_thing a = file("/etc/a", "a"), user = { .kind = LS_MADE_USER, .name = "_x" };
	a.digests[a.digest_count++] = file("", "older").digests[0];
	CHECK_INT_EQ(ls_made_add(&made, &user, &err), 0);
	CHECK_INT_EQ(ls_made_add(&made, &a, &err), 0);
	CHECK_INT_EQ(ls_made_read(state_fd, "/r", &again, &err), 0);
	CHECK_INT_EQ(again.count, 2);
	CHECK(ls_made_find(&again, LS_MADE_USER, "_x"));
	CHECK(!ls_made_find(&again, LS_MADE_GROUP, "_x"));
	const struct ls_made_thing *found = ls_made_find(&again, LS_MADE_FILE, "/etc/a");
	REQUIRE(found);
	CHECK(ls_made_is_ours(found, &a.digests[0]) && ls_made_is_ours(found, &a.digests[1]));
	CHECK(!ls_made_is_ours(found, &file("", "other").digests[0]));
}

TEST(the_same_thing_stands_there_once)
{
	begin("");
	struct ls_made_thing a = file("/etc/a", "a"), b = file("/etc/a", "b");
	CHECK_INT_EQ(ls_made_add(&made, &a, &err), 0);
	CHECK_INT_EQ(ls_made_add(&made, &b, &err), 0);
	CHECK_INT_EQ(made.count, 1);
	CHECK(!ls_made_is_ours(&made.things[0], &a.digests[0]));
}

TEST(the_last_thing_takes_the_list_along)
{
	begin("");
	struct ls_made_thing a = file("/etc/a", "a"), b = file("/etc/b", "b");
	ls_made_add(&made, &a, &err);
	ls_made_add(&made, &b, &err);
	CHECK_INT_EQ(ls_made_forget(&made, LS_MADE_FILE, "/etc/a", &err), 0);
	CHECK_STR_EQ(made.things[0].name, "/etc/b");
	CHECK_INT_EQ(faccessat(state_fd, LS_STATE_MADE, F_OK, 0), 0);
	CHECK_INT_EQ(ls_made_forget(&made, LS_MADE_FILE, "/etc/none", &err), 0);
	CHECK_INT_EQ(ls_made_forget(&made, LS_MADE_FILE, "/etc/b", &err), 0);
	CHECK_INT_EQ(faccessat(state_fd, LS_STATE_MADE, F_OK, 0), -1);
}

TEST(a_list_that_is_full_stays_as_it_is)
{
	begin("");
	struct ls_made_thing a = file("/etc/a", "a");
	made.count = LS_MADE_MAX;
	CHECK_INT_EQ(ls_made_add(&made, &a, &err), -E2BIG);
	CHECK_STR_EQ(err.id, "made.many");
}

static void must_fail(const char *text, const char *id)
{
	REQUIRE(ls_file_replace(state_fd, LS_STATE_MADE, text, strlen(text), 0600, &err) == 0);
	CHECK_INT_EQ(ls_made_read(state_fd, "", &made, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, id);
}

#define LIST(things) "{\"schema\":\"labseal/made/v1\",\"root\":\"\",\"things\":" things "}"

TEST(a_damaged_list_is_refused)
{
	must_fail("", "made.list");
	must_fail("[]", "made.list");
	must_fail("{\"schema\":\"labseal/made/v2\",\"root\":\"\",\"things\":[]}", "made.list");
	must_fail("{\"schema\":\"labseal/made/v1\",\"root\":\"/x\",\"things\":[]}", "made.root");
	must_fail(LIST("{}"), "made.list");
	must_fail(LIST("[1]"), "made.list");
	must_fail(LIST("[{\"kind\":\"file\",\"name\":\"\",\"sha256\":[]}]"), "made.list");
	must_fail(LIST("[{\"kind\":\"file\",\"name\":\"etc/a\",\"sha256\":[]}]"), "made.list");
	must_fail(LIST("[{\"kind\":\"folder\",\"name\":\"../a\",\"sha256\":[]}]"), "made.list");
	must_fail(LIST("[],\"things\":[]"), "made.list");
	must_fail(LIST("[{\"kind\":\"car\",\"name\":\"a\",\"sha256\":[]}]"), "made.list");
	must_fail(LIST("[{\"kind\":\"file\",\"name\":\"/a\",\"sha256\":[\"0\"]}]"), "made.list");
	must_fail(LIST("[{\"kind\":\"file\",\"name\":\"/a\",\"sha256\":[],\"x\":1}]"), "made.list");
}

TEST(libvirts_settings_are_read)
{
	static const struct {
		const char *conf, *value;
	} cases[] = {
		{ "", "" },
		{ "#stdio_handler = \"file\"\n", "" },
		{ "stdio_handler = \"file\"", "\"file\"" },
		{ " \tstdio_handler=\"logd\"  # \"file\"\n", "\"logd\"" },
		{ "stdio_handler = \"a#b\" \n", "\"a#b\"" },
		{ "stdio_handler = \"logd\"\nstdio_handler = \"file\"\nx = 1\n", "\"file\"" },
		{ "stdio_handlers = \"file\"\nmy_stdio_handler = \"file\"\n", "" },
		{ "stdio_handler\n= \"file\"\n", "" },
		{ "stdio_handler =\n", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char value[32];
		ls_libvirt_conf_value(cases[i].conf, "stdio_handler", value, sizeof(value));
		CHECK_STR_EQ(value, cases[i].value);
	}
	char small[4];
	ls_libvirt_conf_value("a = \"file\"\n", "a", small, sizeof(small));
	CHECK_STR_EQ(small, "\"fi");
}

__attribute__((constructor)) static void set_up(void)
{
	if (!mkdtemp(folder) || (state_fd = open(folder, O_RDONLY | O_DIRECTORY)) < 0)
		abort();
}

__attribute__((destructor)) static void end(void)
{
	ls_remove_tree(AT_FDCWD, folder, NULL);
}

TEST_MAIN()
