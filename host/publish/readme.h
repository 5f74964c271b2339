/* SPDX-License-Identifier: Apache-2.0 */
/* README.txt, verify.html and trust/ on the share: for people who find the share before they find
 * labseal. */
#ifndef LABSEAL_HOST_PUBLISH_README_H
#define LABSEAL_HOST_PUBLISH_README_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/* The text of README.txt.  instrument may be "". */
int ls_readme_format(const char *instrument, struct ls_buffer *out);

/*
 * Write verify.html, which checks one result in a browser, if it is not just so already.  It is
 * made at build time and the same on every share: its SHA-256 is in SECURITY.md.
 */
#define LS_VERIFY_PAGE "verify.html"
int ls_verify_page_write(int share_fd, struct ls_error *err);

/* Write README.txt if it is not just so already. */
int ls_readme_write(int share_fd, const char *instrument, struct ls_error *err);

/*
 * Write copies out of a trust file's bytes, for convenience: trust/trust.txt, the
 * CA's certificates (ca.pem) and the log's key in two forms (log.vkey, log.pem).
 * -EBADMSG when it is no trust file.
 */
int ls_trust_copies_write(int share_fd, const struct ls_buffer *trust, struct ls_error *err);

#endif
