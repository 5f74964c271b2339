/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as record.json has it: how its values are written, and how they are read from
 * untrusted bytes.  For the files of lib/seal that make or read a part of a record.
 *
 * The getters return 0 or -EBADMSG with "record.form", and leave their result alone then.
 */
#ifndef LABSEAL_LIB_SEAL_RECORD_JSON_H
#define LABSEAL_LIB_SEAL_RECORD_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

LS_DEFINE_CLEANUP(json_t *, json_decref)

#define LS_RECORD_TIME_MIN INT64_C(-62135596800000) /* the first and last ms of years 0001 ... */
#define LS_RECORD_TIME_MAX INT64_C(253402300799999) /* ... to 9999 */

/* --- writing: new values, the caller's; NULL when memory ran out --- */

json_t *ls_record_time(int64_t ms); /* "2026-03-04T14:22:19.123Z"; 0 or out of bounds: null */
json_t *ls_record_digest(const struct ls_digest *d); /* zero: null */
json_t *ls_record_text(const char *text);	     /* "": null */

/* Takes value over.  *bad is set, and stays, when something could not be made. */
void ls_record_set(json_t *object, const char *key, json_t *value, bool *bad);

/* --- reading --- */

int ls_record_form(struct ls_error *err, const char *what, const char *why); /* -EBADMSG */

/* Bounds the nesting before the JSON library, which recurses, sees it. */
int ls_record_check_depth(const char *text, size_t size, unsigned max);

/* An object without doubled members, the caller's; or NULL with err. */
json_t *ls_record_load(const char *text, size_t size, struct ls_error *err);

/* All of names must be there; nothing else but "x-..." and what optional, which may be NULL, has.
 */
int ls_record_members(json_t *o, const char *what, const char *const *names,
		      const char *const *optional, struct ls_error *err);

int ls_record_get_text(json_t *o, const char *key, char *buffer, size_t size, struct ls_error *err);
int ls_record_get_fixed(json_t *o, const char *key, const char *wanted, struct ls_error *err);
/* null is 0 */
int ls_record_get_number(json_t *o, const char *key, uint64_t *ret_number, struct ls_error *err);
int ls_record_get_time(json_t *o, const char *key, int64_t *ret_ms, struct ls_error *err);
/* null is all zero */
int ls_record_get_digest(json_t *o, const char *key, struct ls_digest *ret_digest,
			 struct ls_error *err);

#endif
