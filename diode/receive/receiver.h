/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiver as a whole: channel in, spool between, enclave out, in one loop
 * that never waits for one of them alone.
 */
#ifndef LABSEAL_DIODE_RECEIVE_RECEIVER_H
#define LABSEAL_DIODE_RECEIVE_RECEIVER_H

#include <signal.h>

#include "diode/receive/limits.h"
#include "lib/base/error.h"

struct ls_receiver;

/*
 * Take up the spool in spool_dir and get ready to read channel (set
 * non-blocking) and to talk to enclave.  All three descriptors are borrowed.
 */
int ls_receiver_new(int channel, int enclave, int spool_dir, const struct ls_limits *limits,
		    struct ls_receiver **ret_receiver, struct ls_error *err);
struct ls_receiver *ls_receiver_free(struct ls_receiver *r); /* NULL ok, returns NULL */

/* Set by signal handlers: to end in order; the machine was off until now. */
struct ls_receiver_signals {
	volatile sig_atomic_t stop, machine_off;
};

/*
 * Work until the enclave closes its end, or stop is set or the channel ends
 * and what is whole was handed on and sealed (at most 10 seconds later).
 */
int ls_receiver_run(struct ls_receiver *r, struct ls_receiver_signals *signals,
		    struct ls_error *err);

#endif
