/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs that the demo runs, one at a time beside labseald: each in a
 * process group of its own, so that Ctrl-C reaches the demo alone and it ends
 * them in order; each ended by the kernel should the demo be killed.
 */
#ifndef LABSEAL_HOST_COMMAND_DEMO_CHILD_H
#define LABSEAL_HOST_COMMAND_DEMO_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/* From here on SIGINT, SIGTERM and SIGHUP are noted and end nothing by themselves. */
void ls_demo_catch_signals(void);

/* The signal that came, or 0. */
int ls_demo_signal(void);

/* Sleep, shorter when a signal comes. */
void ls_demo_sleep(int ms);

/*
 * Run `labseal ARGUMENTS` (this very program) to its end.  arguments[0] is the
 * command.  What it prints goes to said, standard error as well; or, when said
 * is NULL, where ours goes.  0 and *ret_status (an exit status), or a negative
 * errno; -EINTR when a signal came: it was ended.
 */
int ls_demo_command(const char *const *arguments, struct ls_buffer *said, int *ret_status,
		    struct ls_error *err);

/* Start labseald; what it says goes to log_fd. */
int ls_demo_labseald(const char *policy, int log_fd, pid_t *ret_pid, struct ls_error *err);

#endif
