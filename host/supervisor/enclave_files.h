/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files the enclave consists of: its program, the dynamic loader, every
 * library the loader gives it, and what a key backend loads by itself.  They are
 * what is measured, and all that there is in the enclave's root.
 *
 *     name in the log, path in the root        copied from
 *     labseal-enclave   /labseal-enclave       wherever labseal is installed
 *     /lib/.../x.so     /lib/.../x.so          that path
 */
#ifndef LABSEAL_HOST_SUPERVISOR_ENCLAVE_FILES_H
#define LABSEAL_HOST_SUPERVISOR_ENCLAVE_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/supervisor/closure.h"
#include "lib/attest/event_log.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "policy/policy.h"

#define LS_ENCLAVE_PROGRAM   "labseal-enclave"
#define LS_ENCLAVE_FILES_MAX 160

/* Nobody can read the program, not even who runs it: so it cannot be traced from its first
 * instruction on (ptrace(2), execve(2): an unreadable program is not dumpable). */
#define LS_ENCLAVE_PROGRAM_MODE 0111
#define LS_ENCLAVE_FILE_MODE	0444
#define LS_ENCLAVE_LOADER_MODE	0555

struct ls_enclave_file {
	char name[LS_MEASUREMENT_PATH_SIZE];
	char source[LS_CLOSURE_PATH_SIZE];
	mode_t mode; /* in the root */
	struct ls_digest sha256;
	uint64_t size; /* bytes */
};

/* Sorted by name, byte by byte.  Free with ls_enclave_files_free. */
struct ls_enclave_files {
	size_t count;
	char folder[LS_CLOSURE_PATH_SIZE]; /* copied to the same path and not measured; "": none */
	struct ls_enclave_file *files;	   /* owned */
	struct ls_closure *closure;	   /* owned */
};
void ls_enclave_files_free(struct ls_enclave_files *files); /* leaves none; NULL is fine */
#define _cleanup_enclave_files_ __attribute__((cleanup(ls_enclave_files_free)))

/*
 * The program and what its start loads, and, for a key in a token, the policy's PKCS#11 module
 * with what that loads, its configuration, and its folder.  Nothing is hashed yet.  Errors of
 * ls_closure_of and ls_program_path; -E2BIG, -ENAMETOOLONG; on failure *ret_files is untouched.
 */
int ls_enclave_files_find(const struct ls_policy *policy, struct ls_enclave_files *ret_files,
			  struct ls_error *err);

/* The same for another program under the enclave's name: for tests. */
int ls_enclave_files_of(const char *program, struct ls_enclave_files *ret_files,
			struct ls_error *err);

/* Add a library that the program opens by itself, and what that needs. */
int ls_enclave_files_add_library(struct ls_enclave_files *files, const char *library,
				 struct ls_error *err);

/* Add a file that is read from this absolute path (a module's configuration); -EEXIST. */
int ls_enclave_files_add(struct ls_enclave_files *files, const char *source, const char *path,
			 struct ls_error *err);

/* Where it is below the root's descriptor: without the first '/'. */
const char *ls_enclave_file_path(const struct ls_enclave_file *file);

/*
 * Digest and size of one file or of all, where they lie now: for asking for an approval
 * and for a machine that cannot have a root.  What runs is measured in its root
 * (enclave_root.h).  The errno of reading.
 */
int ls_enclave_files_hash(struct ls_enclave_files *files, struct ls_error *err);

#endif
