/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiver's own confinement: its three descriptors, files in the spool
 * folder and in no other, memory, time.  No socket and no program afterwards,
 * and the channel stays what it was opened as: readable.
 */
#ifndef LABSEAL_DIODE_RECEIVE_CONFINEMENT_H
#define LABSEAL_DIODE_RECEIVE_CONFINEMENT_H

#include "lib/base/error.h"

#define LS_DIODE_MEMORY_MAX (256u << 20) /* bytes of address space, libraries included */
#define LS_DIODE_FILES_MAX  64		 /* descriptors */

/*
 * As ls_confine (lib/proc/confine.h), after all libraries were made to load what
 * they need.  user: to become when started as root; NULL to stay who we are.
 */
int ls_diode_confine(int spool_dir, const char *user, unsigned *ret_missing, struct ls_error *err);

#endif
