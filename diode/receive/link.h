/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation with the enclave: hands on what the spool holds, in order,
 * and forgets it when it is sealed.  Nothing here blocks.
 */
#ifndef LABSEAL_DIODE_RECEIVE_LINK_H
#define LABSEAL_DIODE_RECEIVE_LINK_H

#include <stdbool.h>

#include "diode/receive/events.h"
#include "diode/receive/ledger.h"
#include "diode/receive/spool.h"
#include "lib/base/error.h"

#define LS_LINK_WINDOW 1536 /* entries that may be handed on and not sealed yet */

struct ls_link;

/* fd is borrowed and set non-blocking; the others are borrowed. */
int ls_link_new(int fd, struct ls_spool *spool, struct ls_ledger *ledger, struct ls_events *events,
		struct ls_link **ret_link, struct ls_error *err);
struct ls_link *ls_link_free(struct ls_link *link); /* NULL ok, returns NULL */

/* Whether there is something to write now. */
bool ls_link_wants_to_write(struct ls_link *link);

/* Write as much as the socket takes.  -EPIPE: the enclave is gone. */
int ls_link_write(struct ls_link *link, struct ls_error *err);

/*
 * Take all answers that are here; what is sealed is noted durably before it is
 * removed.  1: the enclave closed its end.
 */
int ls_link_read(struct ls_link *link, int64_t now, struct ls_error *err);

#endif
