/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a report's numbers are those of the certificate that it names. */
#ifndef LABSEAL_LIB_CAL_AGREE_H
#define LABSEAL_LIB_CAL_AGREE_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/cal/store.h"

/*
 * Each of the report's measurands must be in the certificate: of the same unit (or one that
 * converts), with its points, errors, U and k, to 1e-9 of the value; and it must have been
 * performed on one of the certificate's days.  0; -EBADMSG cal.dcc.disagrees, the first difference
 * is named.
 */
int ls_cal_agree(const struct ls_cal_report *report, const struct ls_cal_report *certificate,
		 struct ls_error *err);

/*
 * What the check cal.document says of a report and the certificate that it names: FAILS where they
 * contradict each other, or the certificate's signature is broken; CANNOT where it is of another
 * device or laboratory by its words; WARNS where its signature cannot be checked.  device: its
 * name,
 * "-": it has none; organisation: the technician's, NULL: not known.  certificate is one with
 * `outside`.  words say why; "" where there is nothing to say.
 */
enum ls_cal_outcome ls_cal_agree_document(const struct ls_cal_report *report, const char *device,
					  const char *organisation,
					  const struct ls_cal_entry *certificate,
					  char words[static LS_CAL_WORDS_SIZE]);

/* Whether two names have the same words (ASCII letters' case and all punctuation aside); whether
 * the second's words stand in the first, one after the other.  "" is in none. */
bool ls_cal_same_name(const char *a, const char *b);
bool ls_cal_name_has(const char *name, const char *part);

#endif
