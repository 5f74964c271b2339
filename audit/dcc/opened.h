/* SPDX-License-Identifier: Apache-2.0 */
/* What both subcommands begin with: a certificate from a file, checked with a trust file. */
#ifndef LABSEAL_AUDIT_DCC_OPENED_H
#define LABSEAL_AUDIT_DCC_OPENED_H

#include "audit/dcc/signature.h"
#include "lib/base/buffer.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/cal/trust.h"

struct ls_dcc_opened {
	struct ls_buffer bytes;
	struct ls_cal_trust trust; /* empty without a file */
	struct ls_dcc_file *file;
	const struct ls_dcc *dcc;
	struct ls_dcc_signatures *signatures;
};

/*
 * trust may be NULL: nobody is believed then.  0, or the exit status after a line on standard
 * error.  Close also after a failure.
 */
int ls_dcc_open(const struct ls_command *command, const char *path, const char *trust,
		struct ls_dcc_opened *opened);
void ls_dcc_close(struct ls_dcc_opened *opened);

/* "labseal cal show: MESSAGE" on standard error; the exit status that the error's code is. */
int ls_dcc_fail(const struct ls_command *command, const struct ls_error *err);

#endif
