/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/options.h"

#include <string.h>

#define OPTIONS_MAX 16

static const struct ls_option *find(const struct ls_option *options, size_t count, const char *word,
				    size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(options[i].name) == length &&
		    strncmp(options[i].name, word, length) == 0)
			return &options[i];
	return NULL;
}

static int unknown(const struct ls_command *command, const struct ls_option *options, size_t count,
		   const char *word)
{
	const char *names[OPTIONS_MAX];
	size_t n = count < OPTIONS_MAX ? count : OPTIONS_MAX;
	for (size_t i = 0; i < n; i++)
		names[i] = options[i].name;
	const char *near = ls_nearest_name(word, names, n);
	if (near)
		return ls_command_usage(command, "there is no option '%s'; did you mean '%s'?",
					word, near);
	return ls_command_usage(command, "there is no option '%s'", word);
}

/* Take the option at argv[*at], and its value where it has one. */
static int take(const struct ls_command *command, int argc, char **argv, int *at,
		const struct ls_option *options, size_t count)
{
	const char *word = argv[*at];
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct ls_option *option = find(options, count, word, length);
	if (!option)
		return unknown(command, options, count, word);
	if (option->flag) {
		if (equals)
			return ls_command_usage(command, "'%s' takes no value", option->name);
		*option->flag = true;
		return 0;
	}
	if (*option->value)
		return ls_command_usage(command, "'%s' is there twice", option->name);
	if (!equals && *at + 1 >= argc)
		return ls_command_usage(command, "'%s' needs a value", option->name);
	*option->value = equals ? equals + 1 : argv[++*at];
	if (**option->value == '\0')
		return ls_command_usage(command, "the value of '%s' is empty", option->name);
	return 0;
}

/* Options are taken; operands are put into their places, as many as there are. */
int ls_options_read_some(const struct ls_command *command, int argc, char **argv,
			 const struct ls_option *options, size_t count, const char *operand_name,
			 const char **operands, size_t max, size_t *ret_count)
{
	bool ended = false;
	*ret_count = 0;
	for (int i = 1; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
			continue;
		}
		if (!ended && argv[i][0] == '-' && argv[i][1]) {
			int rc = take(command, argc, argv, &i, options, count);
			if (rc != 0)
				return rc;
			continue;
		}
		if (!operand_name)
			return ls_command_usage(command, "'%s' is no option", argv[i]);
		if (*ret_count == max && max == 1)
			return ls_command_usage(command, "one %s is enough; what is '%s'?",
						operand_name, argv[i]);
		if (*ret_count == max)
			return ls_command_usage(command, "more than %zu of them: '%s'", max,
						argv[i]);
		operands[(*ret_count)++] = argv[i];
	}
	return 0;
}

int ls_options_read_many(const struct ls_command *command, int argc, char **argv,
			 const struct ls_option *options, size_t count, const char *operand_name,
			 const char **operands, size_t max, size_t *ret_count)
{
	int rc = ls_options_read_some(command, argc, argv, options, count, operand_name, operands,
				      max, ret_count);
	if (rc == 0 && (*ret_count == 0 || !operands[0][0]))
		return ls_command_usage(command, "which %s?", operand_name);
	return rc;
}

int ls_options_read(const struct ls_command *command, int argc, char **argv,
		    const struct ls_option *options, size_t count, const char *operand_name,
		    const char **ret_operand)
{
	size_t found;
	const char *operand = NULL;
	if (!operand_name)
		return ls_options_read_some(command, argc, argv, options, count, NULL, NULL, 0,
					    &found);
	int rc = ls_options_read_many(command, argc, argv, options, count, operand_name, &operand,
				      1, &found);
	if (rc == 0)
		*ret_operand = operand;
	return rc;
}
