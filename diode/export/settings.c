/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/platform.h"
#include "lib/base/number.h"

#define CONFIG_MAX 65536

enum kind { TEXT, LIST, NUMBER };

/* Every setting, for the command line and for the file alike. */
static const struct setting {
	const char *name;
	enum kind kind;
	size_t where; /* offset in struct ls_settings */
	uint64_t least, most;
} known[] = {
	{ "port", TEXT, offsetof(struct ls_settings, port), 0, 0 },
	{ "outbox", TEXT, offsetof(struct ls_settings, outbox), 0, 0 },
	{ "watch", LIST, offsetof(struct ls_settings, watch), 0, 0 },
	{ "match", LIST, offsetof(struct ls_settings, match), 0, 0 },
	{ "ignore", LIST, offsetof(struct ls_settings, ignore), 0, 0 },
	{ "stable", NUMBER, offsetof(struct ls_settings, stable), 0, 3600000 },
	{ "scan", NUMBER, offsetof(struct ls_settings, scan), 10, 3600000 },
	{ "structure-wait", NUMBER, offsetof(struct ls_settings, structure_wait), 0, 86400000 },
	{ "beat", NUMBER, offsetof(struct ls_settings, beat), 10, 3600000 },
	{ "resend", NUMBER, offsetof(struct ls_settings, resend), 10, 86400000 },
	{ "resend-max", NUMBER, offsetof(struct ls_settings, resend_max), 10, 31536000000 },
	{ "keep", NUMBER, offsetof(struct ls_settings, keep), 1, 1ull << 50 },
};

static void defaults(struct ls_settings *s)
{
	*s = (struct ls_settings){
		.ignore = { .items = { "*.tmp", "~*", ".*", "*.part", "*.lock", "*~" },
			    .count = 6 },
		.stable = 1000,
		.scan = 300,
		.structure_wait = 60000,
		.beat = 3000,
		.resend = 5000,
		.resend_max = 86400000,
		.keep = 1ull << 30,
	};
}

static int add(struct ls_list *list, const char *name, const char *value, struct ls_error *err)
{
	if (list->count == LS_LIST_MAX)
		return ls_fail(err, -EINVAL, "export.usage", "more than %d times '%s'", LS_LIST_MAX,
			       name);
	list->items[list->count++] = value;
	return 0;
}

static int set(struct ls_settings *s, const char *name, const char *value, struct ls_error *err)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const struct setting *k = &known[i];
		void *place = (char *)s + k->where;
		uint64_t number;
		if (strcmp(k->name, name) != 0)
			continue;
		if (k->kind == LIST)
			return add(place, name, value, err);
		if (k->kind == TEXT) {
			*(const char **)place = value;
			return 0;
		}
		if (ls_parse_u64(value, strlen(value), &number) < 0 || number < k->least ||
		    number > k->most)
			return ls_fail(err, -EINVAL, "export.usage",
				       "'%s' of '%s' is not a number from %llu to %llu", value,
				       name, (unsigned long long)k->least,
				       (unsigned long long)k->most);
		*(uint64_t *)place = number;
		return 0;
	}
	return ls_fail(err, -EINVAL, "export.usage", "there is no setting '%s'", name);
}

/* Cut white space off both ends, in place. */
static char *trim(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	size_t n = strlen(text);
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		text[--n] = '\0';
	return text;
}

static int take_line(struct ls_settings *s, char *line, struct ls_error *err)
{
	line = trim(line);
	if (*line == '\0' || *line == '#' || *line == ';' || *line == '[')
		return 0;
	char *equals = strchr(line, '=');
	if (!equals)
		return ls_fail(err, -EINVAL, "export.usage", "'%s' is not 'key = value'", line);
	*equals = '\0';
	return set(s, trim(line), trim(equals + 1), err);
}

static int read_config(struct ls_settings *s, const char *path, struct ls_error *err)
{
	if (s->config)
		return ls_fail(err, -EINVAL, "export.usage", "more than one '--config'");
	int rc = ls_platform_read_config(path, CONFIG_MAX, &s->config, err);
	if (rc < 0)
		return rc;
	unsigned number = 1;
	for (char *line = s->config, *next; line; line = next, number++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		rc = take_line(s, line, err);
		if (rc < 0) {
			ls_error_prefix(err, "%s:%u", path, number);
			return rc;
		}
	}
	return 0;
}

/* One option; *index is moved past its value. */
static int take_option(struct ls_settings *s, int argc, char **argv, int *index,
		       struct ls_error *err)
{
	const char *name = argv[*index];
	if (strcmp(name, "--verbose") == 0) {
		s->verbose = true;
		return 0;
	}
	if (strncmp(name, "--", 2) != 0)
		return ls_fail(err, -EINVAL, "export.usage", "unexpected argument '%s'", name);
	if (*index + 1 >= argc)
		return ls_fail(err, -EINVAL, "export.usage", "option '%s' needs a value", name);
	const char *value = argv[++*index];
	if (strcmp(name, "--config") == 0)
		return read_config(s, value, err);
	return set(s, name + 2, value, err);
}

static int check(const struct ls_settings *s, struct ls_error *err)
{
	if (!s->port || !s->outbox || s->watch.count == 0)
		return ls_fail(err, -EINVAL, "export.usage",
			       "'--port', '--outbox' and '--watch' must be given");
	return 0;
}

int ls_settings_read(int argc, char **argv, struct ls_settings *settings,
		     enum ls_settings_result *ret_result, struct ls_error *err)
{
	defaults(settings);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--version") == 0) {
			*ret_result = argv[i][2] == 'h' ? LS_SETTINGS_HELP : LS_SETTINGS_VERSION;
			return 0;
		}
		int rc = take_option(settings, argc, argv, &i, err);
		if (rc < 0)
			return rc;
	}
	*ret_result = LS_SETTINGS_RUN;
	return check(settings, err);
}

void ls_settings_free(struct ls_settings *settings)
{
	free(settings->config);
	settings->config = NULL;
}
