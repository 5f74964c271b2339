/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every file that a program's start loads: itself, its dynamic loader, and each
 * library that the loader picks for it.
 *
 * The loader itself is asked (`ld.so --list`, with an empty environment, as
 * labseald's children have): it maps what it would map and executes nothing of
 * it.  A re-implementation of its search (RUNPATH, ld.so.cache, hwcaps) would
 * sooner or later measure another file than the one that runs.  Its cache is left
 * out (`--inhibit-cache`): the enclave's root has none, so a library counts only
 * where the loader looks by itself.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_CLOSURE_H
#define LABSEAL_HOST_SUPERVISOR_CLOSURE_H

#include <stddef.h>

#include "lib/base/error.h"

#define LS_CLOSURE_MAX	     128   /* files */
#define LS_CLOSURE_PATH_SIZE 512   /* bytes, with the final NUL */
#define LS_CLOSURE_LIST_MAX  65536 /* bytes of the loader's answer */

struct ls_closure {
	size_t count;
	char paths[LS_CLOSURE_MAX][LS_CLOSURE_PATH_SIZE]; /* absolute; the program is the first */
	char loader[LS_CLOSURE_PATH_SIZE];		  /* "": a static program */
};

/*
 * Find them.  A static program is alone in its closure.  -ENOENT
 * ("closure.missing"): a library is not found; -EBADMSG: no ELF file, or an
 * answer of the loader that is not understood; or the errno of reading or running.
 */
int ls_closure_of(const char *program, struct ls_closure *ret_closure, struct ls_error *err);

/*
 * Add a library that the program loads by itself (a PKCS#11 module) and what it
 * needs in turn.  -EINVAL ("closure.static"): the program is static and loads
 * none; else as above.
 */
int ls_closure_add_library(struct ls_closure *closure, const char *library, struct ls_error *err);

/* The parts of it, for tests.  Interpreter of an ELF-64 file's bytes; "" when it has none. */
int ls_closure_interpreter(const void *elf, size_t size, char buffer[static LS_CLOSURE_PATH_SIZE],
			   struct ls_error *err);

/* Add what `ld.so --list` printed. */
int ls_closure_parse(const char *text, size_t size, struct ls_closure *closure,
		     struct ls_error *err);

#endif
