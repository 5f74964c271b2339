/* SPDX-License-Identifier: Apache-2.0 */
/* A store that passes everything on to another one and remembers which records were told of. */
#ifndef LABSEAL_AUDIT_CAL_RECORDING_H
#define LABSEAL_AUDIT_CAL_RECORDING_H

#include "audit/cal/id_map.h"
#include "lib/cal/store.h"

struct ls_cal_recording {
	struct ls_cal_store store; /* to be used in the other one's place */
	struct ls_cal_store *of;   /* borrowed */
	struct ls_id_map ids;	   /* their numbers: a record's place in the log */
	bool out_of_memory;	   /* an id was lost */
};

void ls_cal_recording_init(struct ls_cal_recording *recording, struct ls_cal_store *of);
void ls_cal_recording_done(struct ls_cal_recording *recording);

#endif
