/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by report_html*.c only: the parts of the page. */
#ifndef LABSEAL_AUDIT_VERIFY_REPORT_HTML_H
#define LABSEAL_AUDIT_VERIFY_REPORT_HTML_H

#include "audit/verify/report.h"
#include "lib/page/html.h"

#define LS_REPORT_HTML_MAX (64 * 1024 * 1024) /* bytes of a page */

/* A table up to its body, which is open then; class may be NULL.  And its end. */
void ls_report_html_table(struct ls_html *h, const char *class, const char *const *columns,
			  size_t count);
void ls_report_html_table_end(struct ls_html *h);

/* A cell with an outcome; class is good, bad, unsure or soft. */
void ls_report_html_word(struct ls_html *h, const char *class, const char *word);

/* The checks, those that were made and those that were not. */
void ls_report_html_checks(struct ls_html *h, const struct ls_report *r);
/* What evidence established; NULL: nothing. */
void ls_report_html_chain(struct ls_html *h, const struct ls_chain *c);
/* Who countersigned what (21 CFR 11.50: also on printouts); nothing when nobody did. */
void ls_report_html_countersigned(struct ls_html *h, const struct ls_countersigned_list *list);
/* The samples that records name; nothing when they name none. */
void ls_report_html_sampled(struct ls_html *h, const struct ls_sampled_list *list);
/* The table of seals. */
void ls_report_html_rows(struct ls_html *h, const struct ls_report *r);

#endif
