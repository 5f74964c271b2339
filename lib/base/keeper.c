/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/keeper.h"

#include <errno.h>

static const struct ls_keeper *of_this_program;

void ls_keeper_set(const struct ls_keeper *keeper)
{
	of_this_program = keeper;
}

int ls_keeper_get(const char *what, const struct ls_keeper **ret, struct ls_error *err)
{
	if (!of_this_program)
		return ls_fail(err, -ENOTSUP, "keeper.none",
			       "%s: this program reaches no TPM; use 'labseal' of the package with "
			       "the host's commands, on the machine whose TPM it is",
			       what);
	*ret = of_this_program;
	return 0;
}
