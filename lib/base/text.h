/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms that are strict in and canonical out. */
#ifndef LABSEAL_LIB_BASE_TEXT_H
#define LABSEAL_LIB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/number.h"

/* Lower-case hex; buffer holds 2n+1 bytes. */
void ls_hex_encode(const void *bytes, size_t n, char *buffer);

/* Lower-case hex only, length even; buffer holds length/2 bytes.  0 or -EBADMSG, buffer then
 * undefined. */
int ls_hex_decode(const char *text, size_t length, uint8_t *buffer);

/* RFC 4648 section 4, padded, no line breaks. */
int ls_base64_encode(const void *bytes, size_t n, struct ls_buffer *out);

/*
 * Strict RFC 4648 section 4: padded, no white space, unused bits zero, so that
 * one value has one spelling.  At most max bytes; 0, -EBADMSG or -EFBIG.
 */
int ls_base64_decode(const char *text, size_t length, uint8_t *buffer, size_t max,
		     size_t *ret_size);

/* "2026-03-04T14:22:19Z" and a NUL; seconds since 1970, years 0001 to 9999. */
#define LS_UTC_SIZE 21
const char *ls_utc_format(int64_t seconds, char buffer[static LS_UTC_SIZE]);
int ls_utc_parse(const char *text, size_t length, int64_t *ret_seconds);

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool ls_utf8_valid(const char *text, size_t length);

/*
 * Make claimed text fit to be shown: what is not well-formed UTF-8, control
 * characters, '%', and the characters that reorder or hide text (bidi controls,
 * zero width, line separators) become %XX, byte by byte.  Reversible.
 */
int ls_text_escape(const char *text, size_t length, struct ls_buffer *out);

/* Whether ls_text_escape would leave it as it is, but for '%'. */
bool ls_text_shown(const char *text, size_t length);

/*
 * One plain line out of claimed text, for where escapes would only be in the way: a run of blanks
 * and control characters becomes one blank (none at the ends); what is not well-formed UTF-8, and
 * the characters that reorder or hide text, become U+FFFD.  At most max bytes are added, cut at a
 * whole character.
 */
int ls_text_plain(const char *text, size_t length, size_t max, struct ls_buffer *out);

/* Whether a NUL ends this text within size bytes, and ls_text_plain would leave it as it is. */
bool ls_text_is_plain(const char *text, size_t size);

/*
 * A file name out of a claimed name: only [A-Za-z0-9._-], at most
 * LS_SAFE_NAME_MAX bytes, never empty, never starting with '.' or '-', never
 * ending in '.', never a name reserved on Windows.  Everything up to the last
 * separator ('/' or '\\') is left out; other characters become '_' (a run of
 * them becomes one).  The name is for people: the host's number makes it unique.
 */
#define LS_SAFE_NAME_MAX  100
#define LS_SAFE_NAME_SIZE (LS_SAFE_NAME_MAX + 1)
const char *ls_safe_name(const char *claimed, size_t length, char buffer[static LS_SAFE_NAME_SIZE]);

/* Whether a name is one that ls_safe_name could have made. */
bool ls_is_safe_name(const char *name, size_t length);

/* Append text with & < > " ' as character references, for HTML and XML. */
int ls_html_escape(const char *text, size_t length, struct ls_buffer *out);

/*
 * The same for text of any kind: what ls_text_escape would not show becomes %XX, but for '%'
 * itself, so that text which was escaped before stays as it is.
 */
int ls_html_show(const char *text, size_t length, struct ls_buffer *out);

#endif
