/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file "waiting" in the spool folder: how many files and events wait for
 * their seal, for labseald's status; decimal digits and a newline.
 */
#ifndef LABSEAL_DIODE_RECEIVE_WAITING_H
#define LABSEAL_DIODE_RECEIVE_WAITING_H

#include <stdint.h>

#include "lib/base/error.h"

struct ls_waiting {
	int fd;
	uint64_t told; /* what the file says */
	int64_t when;  /* since then, host's clock, ns */
};

/* Makes the file if need be, and says count.  ls_waiting_close also takes what failed to open. */
int ls_waiting_open(struct ls_waiting *w, int spool_dir, uint64_t count, struct ls_error *err);
void ls_waiting_close(struct ls_waiting *w);

/*
 * Say it if it changed: at once when it becomes 0 or ceases to be, else a few
 * times a second.  A full disk is no error: it is only a number.
 */
void ls_waiting_tell(struct ls_waiting *w, uint64_t count, int64_t now);

#endif
