/* SPDX-License-Identifier: Apache-2.0 */
/* A witness on HTTP: POST /add-checkpoint, one request at a time. */
#ifndef LABSEAL_WITNESS_SERVER_H
#define LABSEAL_WITNESS_SERVER_H

#include <signal.h>

#include "lib/base/error.h"
#include "witness/service.h"

/*
 * A socket that listens on "ADDRESS:PORT" or "[ADDRESS]:PORT" (numbers; port 0: any).
 * Returns it or a negative errno: -EINVAL: no such form.
 */
int ls_witness_listen(const char *address, struct ls_error *err);

/*
 * Get ready to serve on this socket, which is taken over, then ready(context), and
 * serve until *stop.  The log says what was refused.  0 or a negative errno.
 */
int ls_witness_serve(struct ls_witness *witness, int socket, const volatile sig_atomic_t *stop,
		     int (*ready)(void *context, struct ls_error *err), void *context,
		     struct ls_error *err);

#endif
