/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: loading the policy, saying why something failed, JSON on stdout. */
#ifndef LABSEAL_HOST_COMMAND_COMMON_H
#define LABSEAL_HOST_COMMAND_COMMON_H

#include <jansson.h>

#include "lib/base/error.h"
#include "lib/base/exit.h"
#include "policy/policy.h"

/*
 * Load a policy for a command that needs a good one.  LS_EXIT_HOLDS and
 * *ret_policy; otherwise the exit status, after its faults, or why it could not
 * be read, were said on standard error.
 */
int ls_cmd_load_policy(const char *command, const char *path, struct ls_policy **ret_policy);

/*
 * "labseal COMMAND: MESSAGE" on standard error.  Returns the exit status that
 * fits err->code: what is missing could not be checked, what is malformed or
 * was refused does not hold, the rest failed.
 */
int ls_cmd_fail(const char *command, const struct ls_error *err);

/* Print object, which is given up, and a line end.  Returns LS_EXIT_FAILED when that fails, else
 * status. */
int ls_cmd_print_json(json_t *object, int status);

#endif
