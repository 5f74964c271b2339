/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of the kinds of records: the lines between `issued` and the first signature. */
#ifndef LABSEAL_LIB_CAL_RECORD_INTERNAL_H
#define LABSEAL_LIB_CAL_RECORD_INTERNAL_H

#include "lib/cal/line.h"
#include "lib/cal/record.h"

/* 0, -EBADMSG, -ENOMEM; what was read so far is in the record, which owns it, also then. */
int ls_cal_body_parse(struct ls_cal_lines *lines, struct ls_cal_record *record);
int ls_cal_report_body_parse(struct ls_cal_lines *lines, struct ls_cal_report *report,
			     int64_t issued);

/* Appends them; 0 or -EINVAL; the buffer's error stays in it. */
int ls_cal_body_format(const struct ls_cal_record *record, struct ls_buffer *out,
		       struct ls_error *err);
void ls_cal_report_body_format(const struct ls_cal_report *report, struct ls_buffer *out);

/* How many signatures this record has when it is whole. */
size_t ls_cal_record_signatures(const struct ls_cal_record *record);

#endif
