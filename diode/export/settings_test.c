/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/test.h"

static struct ls_settings settings;
static enum ls_settings_result result;
static struct ls_error err;

static int read_words(const char *line)
{
	static char copy[1024]; /* settings point into it */
	char *argv[64] = { "labseal-export" };
	int argc = 1;
	snprintf(copy, sizeof(copy), "%s", line);
	char *rest = copy, *word;
	while (argc < 63 && (word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	err = (struct ls_error){ 0 };
	ls_settings_free(&settings);
	return ls_settings_read(argc, argv, &settings, &result, &err);
}

#define NEEDED "--port p --outbox o --watch w "

TEST(settings_of_the_command_line)
{
	CHECK_INT_EQ(read_words(NEEDED "--watch v --match *.eds --stable 5 --keep 10 --verbose"),
		     0);
	CHECK_INT_EQ(result, LS_SETTINGS_RUN);
	CHECK_STR_EQ(settings.port, "p");
	CHECK_STR_EQ(settings.outbox, "o");
	CHECK_INT_EQ(settings.watch.count, 2);
	CHECK_STR_EQ(settings.watch.items[1], "v");
	CHECK_INT_EQ(settings.match.count, 1);
	CHECK_INT_EQ(settings.stable, 5);
	CHECK_INT_EQ(settings.scan, 300);
	CHECK_INT_EQ(settings.keep, 10);
	CHECK(settings.verbose);
	CHECK(settings.ignore.count >= 6);
}

TEST(settings_help_and_version)
{
	CHECK_INT_EQ(read_words("--help"), 0);
	CHECK_INT_EQ(result, LS_SETTINGS_HELP);
	CHECK_INT_EQ(read_words("--version"), 0);
	CHECK_INT_EQ(result, LS_SETTINGS_VERSION);
}

TEST(settings_wrong_usage_says_what)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "", "must be given" },
		{ "--port p --outbox o", "must be given" },
		{ NEEDED "--nothing x", "no setting 'nothing'" },
		{ NEEDED "word", "unexpected argument 'word'" },
		{ NEEDED "--stable", "'--stable' needs a value" },
		{ NEEDED "--stable x", "'x' of 'stable' is not a number" },
		{ NEEDED "--stable -1", "is not a number" },
		{ NEEDED "--scan 9", "from 10 to" },
		{ NEEDED "--keep 99999999999999999999", "is not a number" },
		{ NEEDED "--config /nonexistent/file", "cannot open '/nonexistent/file'" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_INT_EQ(read_words(cases[i].line), i == 9 ? -ENOENT : -EINVAL);
		CHECK_STR_HAS(err.message, cases[i].says);
	}
}

static int read_config(const char *content)
{
	char path[] = "/tmp/settings-test-XXXXXX", line[128];
	int fd = mkstemp(path);
	CHECK_INT_EQ(write(fd, content, strlen(content)), strlen(content));
	close(fd);
	snprintf(line, sizeof(line), "--config %s", path);
	int rc = read_words(line);
	unlink(path);
	return rc;
}

TEST(settings_of_a_file)
{
	CHECK_INT_EQ(
		read_config(
			"# comment\r\n[export]\r\nport = \\\\.\\COM1\r\n\r\noutbox=C:\\out box\r\n"
			"; more\nwatch = C:\\a b\nwatch = D:\\\nbeat = 1000"),
		0);
	CHECK_STR_EQ(settings.port, "\\\\.\\COM1");
	CHECK_STR_EQ(settings.outbox, "C:\\out box");
	CHECK_INT_EQ(settings.watch.count, 2);
	CHECK_STR_EQ(settings.watch.items[0], "C:\\a b");
	CHECK_INT_EQ(settings.beat, 1000);
}

TEST(settings_a_wrong_line_is_named)
{
	CHECK_INT_EQ(read_config("port = p\nnonsense\n"), -EINVAL);
	CHECK_STR_HAS(err.message, ":2: 'nonsense' is not 'key = value'");
	CHECK_INT_EQ(read_config("\n\nprot = p\n"), -EINVAL);
	CHECK_STR_HAS(err.message, ":3: there is no setting 'prot'");
	ls_settings_free(&settings);
}

TEST_MAIN()
