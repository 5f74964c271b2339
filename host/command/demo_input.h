/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's files: what they are, and the guest's initrd that they are packed into. */
#ifndef LABSEAL_HOST_COMMAND_DEMO_INPUT_H
#define LABSEAL_HOST_COMMAND_DEMO_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_DEMO_FILES_MAX 100000
#define LS_DEMO_DEPTH_MAX 16	     /* labseal-export's own */
#define LS_DEMO_FILE_MAX  UINT32_MAX /* bytes; the archive's field is 32 bits */

struct ls_demo_file {
	char *path; /* relative to the folder; owned */
	uint64_t size;
	struct ls_digest sha256; /* known once the initrd is written */
	bool is_folder;
	bool sealed; /* for those who wait for it */
};

struct ls_demo_input {
	struct ls_demo_file
		*files;	   /* folders too, each before what is in it; sorted by path; owned */
	size_t count;	   /* of these */
	size_t file_count; /* without the folders */
	uint64_t bytes;
	size_t skipped; /* links, devices; hidden and temporary files and folders */
};
void ls_demo_input_free(struct ls_demo_input *input); /* NULL is fine */
#define _cleanup_demo_input_ __attribute__((cleanup(ls_demo_input_free)))

/*
 * List the regular files below a folder, but those that labseal-export passes
 * over by their names.  -ENODATA: there is none; else an errno.
 */
int ls_demo_input_list(const char *folder, struct ls_demo_input *ret_input, struct ls_error *err);

/*
 * Write an initrd to path: the archive base, then the files below inputs/ in a
 * cpio archive of their own ("newc"; Linux, Documentation/driver-api/early-
 * userspace/buffer-format.rst), and note each file's SHA-256.  The same input
 * gives the same bytes.  path appears whole or not at all.
 * -EAGAIN ("demo.input.changed"): a file changed while it was read.
 */
int ls_demo_input_pack(const char *folder, struct ls_demo_input *input, const char *base,
		       const char *path, struct ls_error *err);

#endif
