/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/proc/child.h"

#define PROGRAM_PATH_SIZE 4096

void ls_enclave_files_free(struct ls_enclave_files *files)
{
	if (!files)
		return;
	free(files->files);
	free(files->closure);
	*files = (struct ls_enclave_files){ 0 };
}

const char *ls_enclave_file_path(const struct ls_enclave_file *file)
{
	return file->name[0] == '/' ? file->name + 1 : file->name;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ls_enclave_file *)a)->name,
		      ((const struct ls_enclave_file *)b)->name);
}

static bool is_there(const struct ls_enclave_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->files[i].name, name) == 0)
			return true;
	return false;
}

static int add(struct ls_enclave_files *files, const char *source, const char *name, mode_t mode,
	       struct ls_error *err)
{
	if (files->count == LS_ENCLAVE_FILES_MAX)
		return ls_fail(err, -E2BIG, "enclave-files.many",
			       "the enclave needs more than %d files", LS_ENCLAVE_FILES_MAX);
	struct ls_enclave_file *f = &files->files[files->count];
	int n = snprintf(f->name, sizeof(f->name), "%s", name);
	int m = snprintf(f->source, sizeof(f->source), "%s", source);
	if (n < 0 || (size_t)n >= sizeof(f->name) || m < 0 || (size_t)m >= sizeof(f->source))
		return ls_fail(err, -ENAMETOOLONG, "enclave-files.name",
			       "the path '%s' is too long to be measured", source);
	f->mode = mode;
	files->count++;
	return 0;
}

/* What the closure has and the list has not; the program is the closure's first. */
static int add_closure(struct ls_enclave_files *files, struct ls_error *err)
{
	const struct ls_closure *c = files->closure;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < c->count; i++) {
		const char *path = c->paths[i];
		if (i == 0 && !is_there(files, LS_ENCLAVE_PROGRAM))
			rc = add(files, path, LS_ENCLAVE_PROGRAM, LS_ENCLAVE_PROGRAM_MODE, err);
		else if (i > 0 && !is_there(files, path))
			rc = add(files, path, path,
				 strcmp(path, c->loader) == 0 ? LS_ENCLAVE_LOADER_MODE
							      : LS_ENCLAVE_FILE_MODE,
				 err);
	}
	qsort(files->files, files->count, sizeof(files->files[0]), by_name);
	return rc;
}

int ls_enclave_files_of(const char *program, struct ls_enclave_files *ret_files,
			struct ls_error *err)
{
	_cleanup_enclave_files_ struct ls_enclave_files files = {
		.files = calloc(LS_ENCLAVE_FILES_MAX, sizeof(files.files[0])),
		.closure = malloc(sizeof(*files.closure)),
	};
	if (!files.files || !files.closure)
		return ls_fail(err, -ENOMEM, "enclave-files.memory", "out of memory");
	int rc = ls_closure_of(program, files.closure, err);
	if (rc == 0)
		rc = add_closure(&files, err);
	if (rc < 0)
		return rc;
	*ret_files = files;
	files = (struct ls_enclave_files){ 0 }; /* handed over */
	return 0;
}

int ls_enclave_files_add_library(struct ls_enclave_files *files, const char *library,
				 struct ls_error *err)
{
	int rc = ls_closure_add_library(files->closure, library, err);
	return rc < 0 ? rc : add_closure(files, err);
}

/* Below the root and nowhere else, whatever it is called. */
static bool is_plain_path(const char *path)
{
	return path[0] == '/' && path[1] != '\0' && path[strlen(path) - 1] != '/' &&
	       !strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../") &&
	       strcmp(strrchr(path, '/'), "/..") != 0 && strcmp(strrchr(path, '/'), "/.") != 0;
}

int ls_enclave_files_add(struct ls_enclave_files *files, const char *source, const char *path,
			 struct ls_error *err)
{
	if (!is_plain_path(path))
		return ls_fail(err, -EINVAL, "enclave-files.path",
			       "'%s' is no absolute path without '.' and '..'", path);
	if (is_there(files, path) || strcmp(path + 1, LS_ENCLAVE_PROGRAM) == 0)
		return ls_fail(err, -EEXIST, "enclave-files.twice",
			       "the enclave has a file '%s' already", path);
	int rc = add(files, source, path, LS_ENCLAVE_FILE_MODE, err);
	qsort(files->files, files->count, sizeof(files->files[0]), by_name);
	return rc;
}

static int add_token(struct ls_enclave_files *files, const struct ls_policy *policy,
		     struct ls_error *err)
{
	const char *module = policy->signing.pkcs11.module;
	const char *configuration = policy->signing.pkcs11.configuration;
	int rc = ls_enclave_files_add_library(files, module, err);
	if (rc == 0 && configuration[0])
		rc = ls_enclave_files_add(files, configuration, configuration, err);
	if (rc == 0)
		snprintf(files->folder, sizeof(files->folder), "%s", policy->signing.pkcs11.folder);
	return rc;
}

int ls_enclave_files_find(const struct ls_policy *policy, struct ls_enclave_files *ret_files,
			  struct ls_error *err)
{
	char path[PROGRAM_PATH_SIZE];
	_cleanup_enclave_files_ struct ls_enclave_files files = { 0 };
	int rc = ls_program_path(LS_ENCLAVE_PROGRAM, path, sizeof(path), err);
	if (rc == 0)
		rc = ls_enclave_files_of(path, &files, err);
	if (rc == 0 && policy->signing.key == LS_SIGN_PKCS11)
		rc = add_token(&files, policy, err);
	if (rc < 0)
		return rc;
	*ret_files = files;
	files = (struct ls_enclave_files){ 0 }; /* handed over */
	return 0;
}

static int hash_one(struct ls_enclave_file *f, struct ls_error *err)
{
	_cleanup_close_ int fd = open(f->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ls_fail_errno(err, errno, "measure.open", "cannot measure '%s'", f->source);
	int rc = ls_sha256_fd(fd, &f->sha256, &f->size, err);
	if (rc < 0)
		ls_error_prefix(err, "cannot measure '%s'", f->source);
	return rc;
}

int ls_enclave_files_hash(struct ls_enclave_files *files, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < files->count; i++)
		rc = hash_one(&files->files[i], err);
	return rc;
}
