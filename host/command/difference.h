/* SPDX-License-Identifier: Apache-2.0 */
/* What a new state changes, for the person who is to approve it. */
#ifndef LABSEAL_HOST_COMMAND_DIFFERENCE_H
#define LABSEAL_HOST_COMMAND_DIFFERENCE_H

#include <stdio.h>

#include "lib/attest/event_log.h"

/*
 * A line for each record that was added, removed or changed, with SHA-256 and
 * size, and how many are as they were.  approved may be NULL: nothing is approved
 * yet.  Returns the number of differences.
 */
size_t ls_difference_print(const struct ls_event_log *approved, const struct ls_event_log *now,
			   FILE *to);

#endif
