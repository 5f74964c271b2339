/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends: each new file at once, each file again on a widening schedule, a BEAT
 * every few seconds between them.  It knows nothing of whether anything arrives.
 */
#ifndef LABSEAL_DIODE_EXPORT_SENDER_H
#define LABSEAL_DIODE_EXPORT_SENDER_H

#include <stdint.h>

#include "diode/export/outbox.h"
#include "diode/export/settings.h"
#include "lib/base/error.h"

struct ls_sender;

/* settings and outbox are borrowed. */
int ls_sender_new(const struct ls_settings *settings, struct ls_outbox *outbox,
		  struct ls_sender **ret_sender, struct ls_error *err);
struct ls_sender *ls_sender_free(struct ls_sender *s); /* NULL ok, returns NULL */

/*
 * Send for about budget_ms, or until there is nothing to send.  flags go into
 * the BEATs (enum ls_beat_flags).  *ret_idle: nothing more to send now.  A port
 * that cannot be opened or written is tried again; errors are the outbox's.
 */
int ls_sender_pump(struct ls_sender *s, uint32_t flags, unsigned budget_ms, bool *ret_idle,
		   struct ls_error *err);

/* The file that is being sent, or NULL. */
const struct ls_outbox_file *ls_sender_sending(const struct ls_sender *s);

/* Say that the file under way is not ended in this run; best effort. */
void ls_sender_stop(struct ls_sender *s);

#endif
