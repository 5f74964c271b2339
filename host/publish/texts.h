/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pages are made of besides what C writes: files of this folder, embedded by the Makefile
 * as they are (publish_texts), each with a NUL after it.  FILE.css is ls_text_FILE_css.
 */
#ifndef LABSEAL_HOST_PUBLISH_TEXTS_H
#define LABSEAL_HOST_PUBLISH_TEXTS_H

extern const char ls_text_index_page_css[];
extern const char ls_text_index_page_js[];

/* The page that checks a result in a browser, whole (scripts/inline-page.sh). */
extern const char ls_text_verify_html[];

#endif
