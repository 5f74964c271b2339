/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks through the watched folders and takes each new file into the outbox
 * once it is whole.  Looking again and again is all: no notification is trusted
 * to come.
 */
#ifndef LABSEAL_DIODE_EXPORT_WATCH_H
#define LABSEAL_DIODE_EXPORT_WATCH_H

#include <stdint.h>

#include "diode/export/outbox.h"
#include "diode/export/settings.h"
#include "lib/base/error.h"

struct ls_watch;

/* settings and outbox are borrowed. */
int ls_watch_new(const struct ls_settings *settings, struct ls_outbox *outbox,
		 struct ls_watch **ret_watch, struct ls_error *err);
struct ls_watch *ls_watch_free(struct ls_watch *w); /* NULL ok, returns NULL */

/* Walk through the folders and note what is new; what hinders is said once. */
void ls_watch_look(struct ls_watch *w);

/*
 * Take files that are whole, for about budget_ms.  sending is a file that must
 * stay in the outbox, or NULL.  What is wrong with one file is said once and
 * tried again later; an error that is returned is the outbox's and ends the
 * exporter.
 */
int ls_watch_take(struct ls_watch *w, const struct ls_outbox_file *sending, unsigned budget_ms,
		  struct ls_error *err);

/* What hinders: bits of enum ls_beat_flags. */
uint32_t ls_watch_flags(const struct ls_watch *w);

#endif
