/* SPDX-License-Identifier: Apache-2.0 */
/* The signals that ask a process of labseald to end, as something to wait for. */
#ifndef LABSEAL_HOST_SUPERVISOR_SIGNALS_H
#define LABSEAL_HOST_SUPERVISOR_SIGNALS_H

#include <stdbool.h>

#include "lib/base/error.h"

/*
 * SIGTERM, SIGINT, SIGHUP, and SIGCHLD where children are waited for: blocked, in every
 * thread that is made from here on, and readable on the descriptor that is returned
 * (signalfd(2); non-blocking, O_CLOEXEC; the caller's).  A closed pipe is an error of
 * writing and no signal.  Or a negative errno ("signals.take").
 */
int ls_signals_take(bool children, struct ls_error *err);

/* Read all that came.  How many of them ask for an end. */
unsigned ls_signals_asked(int fd);

#endif
