/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking labseal-report for a page: what a result's folder holds goes to it as open
 * files, and a page comes back, or a reason.  Both ends of the words are in
 * lib/proc/protocol.h; who answers is not trusted.
 */
#ifndef LABSEAL_LIB_REPORT_ASK_H
#define LABSEAL_LIB_REPORT_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/proc/protocol.h"
#include "lib/seal/record.h"

/*
 * Which of a record's originals are tried for a run, and in which order: first those whose
 * name ends as an instrument's files do, then the others.  Returns how many.
 */
uint32_t ls_report_choose(const struct ls_record *record,
			  uint32_t ret_files[static LS_REPORT_FILES_MAX]);

/*
 * Ask for the page of a published result (folder_fd), or of one file.  The answer
 * carries number, which is not LS_REPORT_BEGUN.  0; -EAGAIN: the socket has no room; or a negative
 * errno: a file is missing or malformed, or nobody is there (-EPIPE, -ECONNRESET).
 */
int ls_report_ask(int socket, uint64_t number, int folder_fd, struct ls_error *err);
int ls_report_ask_file(int socket, uint64_t number, int file_fd, const char *name,
		       struct ls_error *err);

/*
 * The number of an answer to nothing: labseal-report has begun, and no request waited for it.  One
 * that was asked before was taken by another that ended: it gets no answer.
 */
#define LS_REPORT_BEGUN 0

struct ls_report_page {
	uint64_t number;
	bool has_page;			      /* bytes are a page */
	bool has_run;			      /* which shows a run */
	char problem[LS_REPORT_TEXT_MAX + 1]; /* why it shows none, or why there is none; escaped */
	struct ls_buffer bytes; /* owned; ls_report_page_init before the first answer */
};
void ls_report_page_init(struct ls_report_page *page);
void ls_report_page_free(struct ls_report_page *page);

/*
 * Take an answer.  1: *page is filled.  0: nobody is there any more.  -EAGAIN: no
 * answer yet, on a non-blocking socket.  -EBADMSG: not an answer, or a page that is too
 * large or that could still change; it is dropped.  Else a negative errno.
 */
int ls_report_take(int socket, struct ls_report_page *page, struct ls_error *err);

#endif
