/* SPDX-License-Identifier: Apache-2.0 */
/* The options of one command: --name, --name VALUE or --name=VALUE, "--" ends them. */
#ifndef LABSEAL_LIB_BASE_OPTIONS_H
#define LABSEAL_LIB_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/command.h"

struct ls_option {
	const char *name;   /* "--json" */
	bool *flag;	    /* set to true; NULL for an option with a value */
	const char **value; /* points into argv; NULL for a flag */
};

/*
 * Read the options and the one operand (operand_name is for the message; NULL:
 * there is none, and ret_operand is not used).
 * 0, or LS_EXIT_USAGE after one specific line on standard error.
 */
int ls_options_read(const struct ls_command *command, int argc, char **argv,
		    const struct ls_option *options, size_t count, const char *operand_name,
		    const char **ret_operand);

/*
 * The same for several operands, at least one: *ret_count of at most max go into operands, in
 * their order.  One more than that is usage.
 */
int ls_options_read_many(const struct ls_command *command, int argc, char **argv,
			 const struct ls_option *options, size_t count, const char *operand_name,
			 const char **operands, size_t max, size_t *ret_count);

/* The same where none is right, too. */
int ls_options_read_some(const struct ls_command *command, int argc, char **argv,
			 const struct ls_option *options, size_t count, const char *operand_name,
			 const char **operands, size_t max, size_t *ret_count);

#endif
