/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was hashed at earlier audits, so that a large share need not be read again:
 * a file that the person who audits keeps (docs/formats/verify-resume.md).  A file is
 * taken over when its path, its sealed SHA-256, its size, inode and times are those
 * it had when it was hashed.  It is written to as hashing goes on, so that an audit
 * that was interrupted goes on where it was.
 */
#ifndef LABSEAL_AUDIT_VERIFY_RESUME_H
#define LABSEAL_AUDIT_VERIFY_RESUME_H

#include <stdbool.h>

#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "lib/base/hash.h"

#define LS_RESUME_HEADER    "labseal/verify-resume/v1\n"
#define LS_RESUME_MARK_SIZE 16		      /* bytes that stand for one file */
#define LS_RESUME_MARKS_MAX (4 * 1024 * 1024) /* files; more are hashed each time */

struct ls_resume; /* opaque */

/*
 * Open it, and make it when it is not there.  NULL: it cannot be used, which the
 * report says; then everything is hashed.
 */
struct ls_resume *ls_resume_open(const char *path, struct ls_report *report);
void ls_resume_close(struct ls_resume *resume); /* NULL is fine */

/* Of any thread; resume NULL: false, and nothing.  The file is open. */
bool ls_resume_has(const struct ls_resume *resume, const struct ls_source_file *file,
		   const struct ls_digest *sealed);
/* It was hashed, and has its sealed SHA-256; the file as it was when it was opened. */
void ls_resume_add(struct ls_resume *resume, const struct ls_source_file *file,
		   const struct ls_digest *sealed);

#endif
