/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file's bytes look finished, where its format shows it.  This only
 * ever delays a file: what stands still long enough is sent as it is.
 */
#ifndef LABSEAL_DIODE_EXPORT_WHOLE_H
#define LABSEAL_DIODE_EXPORT_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* '*' any run of bytes, '?' one byte, letters of ASCII in either case; nothing else is special. */
bool ls_match(const char *pattern, const char *name);

/*
 * A ZIP archive (.eds, .edt, .rdml): ends in an end record whose directory lies
 * before it and whose comment reaches to the end (APPNOTE 4.3.16).  tail is the
 * last n bytes of a file of size bytes: all, or the last LS_ZIP_TAIL.
 */
#define LS_ZIP_TAIL (22 + 65535)
bool ls_zip_is_whole(const uint8_t *tail, size_t n, uint64_t size);

/*
 * An instrument's text export ("* Block Type = ..." and so on): its run has
 * ended, and its results are there.  Other texts are whole.  head is the first
 * n bytes: all, or the first LS_TEXT_HEAD.
 */
#define LS_TEXT_HEAD 65536
bool ls_text_is_whole(const uint8_t *head, size_t n);

enum ls_structure { LS_STRUCTURE_NONE, LS_STRUCTURE_ZIP, LS_STRUCTURE_TEXT };

/* Which of them a file's name calls for. */
enum ls_structure ls_structure_of(const char *name);

#endif
