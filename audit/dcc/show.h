/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate for people, and for machines: docs/formats/dcc.md, "cal show --json". */
#ifndef LABSEAL_AUDIT_DCC_SHOW_H
#define LABSEAL_AUDIT_DCC_SHOW_H

#include "audit/dcc/dcc.h"
#include "audit/dcc/link.h"
#include "audit/dcc/signature.h"
#include "lib/base/buffer.h"

/* What is shown of one link: where it leads, when others are at hand. */
struct ls_dcc_followed {
	enum ls_cal_outcome outcome;
	char words[LS_CAL_WORDS_SIZE];
	struct ls_digest id; /* of the certificate that it leads to */
};

struct ls_dcc_shown {
	const struct ls_dcc *dcc;
	const struct ls_dcc_signatures *signatures;
	const struct ls_dcc_followed *links; /* of dcc->links; NULL: none was followed */
};

/* "equipment", "condition", "previous-report", "linked-report" */
const char *ls_dcc_link_kind_name(enum ls_dcc_link_kind kind);

/* "now", "signer", "time-stamp" */
const char *ls_dcc_time_source_name(enum ls_dcc_time_source source);

/* Append.  0 or the buffer's error. */
int ls_dcc_show_text(const struct ls_dcc_shown *shown, struct ls_buffer *out);
int ls_dcc_show_json(const struct ls_dcc_shown *shown, struct ls_buffer *out);

#endif
