/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/authority.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"

#define MASTER_FILE "master.pem"
#define PARAMS_FILE "parameters.pem"

static int open_folder(const char *folder, struct ls_error *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? ls_fail_errno(err, errno, "dna.authority.folder",
				      "cannot open the authority's folder '%s'", folder)
		      : fd;
}

/* Two that make an authority at once would leave one's master key beside the other's parameters. */
static int open_to_write(const char *folder, struct ls_error *err)
{
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return ls_fail_errno(err, errno, "dna.authority.busy",
				     "another command writes into the authority's folder '%s'",
				     folder);
	return ls_steal_fd(&fd);
}

static bool is_there(int fd, const char *name)
{
	struct stat st;
	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int write_params(int fd, const struct ls_dna_params *params, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer public;
	ls_buffer_init(&public, LS_KEY_FILE_MAX);
	int rc = ls_params_to_pem(params, &public);
	return rc < 0 ? ls_fail(err, rc, "dna.memory", "out of memory")
		      : ls_file_replace(fd, PARAMS_FILE, public.data, public.size, 0644, err);
}

static int write_master(int fd, const struct ls_dna_master *master, const struct ls_box_lock *lock,
			struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer secret;
	ls_buffer_init(&secret, LS_KEY_FILE_MAX);
	int rc = ls_dna_master_to_pem(master, lock, &secret, err);
	return rc < 0 ? rc : ls_file_replace(fd, MASTER_FILE, secret.data, secret.size, 0600, err);
}

static int tell_master(int fd, struct ls_dna_params *ret_params, struct ls_box_told *ret_lock,
		       struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_FILE_MAX);
	int rc = ls_file_read(fd, MASTER_FILE, &text, err);
	return rc < 0 ? rc : ls_dna_master_tell(text.data, text.size, ret_params, ret_lock, err);
}

/* An interrupted call left a master key alone: its file has the parameters, too. */
static int complete(int fd, const char *folder, struct ls_error *err)
{
	struct ls_dna_params params;
	struct ls_box_told lock;
	int rc = tell_master(fd, &params, &lock, err);
	if (rc == 0)
		rc = write_params(fd, &params, err);
	if (rc < 0) {
		ls_error_prefix(err, "the master key in '%s'", folder);
		return rc;
	}
	return ls_fail(err, -EEXIST, "dna.authority.exists",
		       "there is an authority in '%s' already: '%s', whose making was interrupted; "
		       "its '" PARAMS_FILE "' was written now.  Name another folder",
		       folder, params.name);
}

static int create_in(const char *folder, const struct ls_dna_master *master,
		     const struct ls_box_lock *lock, struct ls_error *err)
{
	_cleanup_close_ int fd = open_to_write(folder, err);
	if (fd < 0)
		return fd;
	/* before anything is written: a master key beside another's parameters helps nobody */
	if (is_there(fd, PARAMS_FILE))
		return ls_fail(err, -EEXIST, "dna.authority.exists",
			       "there is an authority in '%s' already ('" PARAMS_FILE
			       "'); name another folder",
			       folder);
	if (is_there(fd, MASTER_FILE))
		return complete(fd, folder, err);
	int rc = write_master(fd, master, lock, err);
	return rc < 0 ? rc : write_params(fd, &master->params, err);
}

int ls_authority_create(const char *folder, const struct ls_dna_master *master,
			const struct ls_box_lock *lock, struct ls_error *err)
{
	bool made = mkdir(folder, 0755) == 0;
	if (!made && errno != EEXIST)
		return ls_fail_errno(err, errno, "dna.authority.folder",
				     "cannot make the folder '%s'", folder);
	int rc = create_in(folder, master, lock, err);
	if (rc < 0 && made)
		rmdir(folder); /* where something is in it, it stays */
	return rc;
}

int ls_authority_relock(const char *folder, const struct ls_dna_master *master,
			const struct ls_box_lock *lock, struct ls_error *err)
{
	_cleanup_close_ int fd = open_to_write(folder, err);
	int rc = fd < 0 ? fd : write_master(fd, master, lock, err);
	if (rc < 0)
		ls_error_prefix(err, "the master key in '%s' is as it was", folder);
	return rc;
}

int ls_authority_open(const char *folder, const struct ls_box_lock *lock, struct ls_dna_master *ret,
		      struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_FILE_MAX);
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	int rc = ls_file_read(fd, MASTER_FILE, &text, err);
	if (rc == 0)
		rc = ls_dna_master_from_pem(text.data, text.size, lock, ret, err);
	if (rc < 0)
		ls_error_prefix(err, "the master key in '%s'", folder);
	return rc;
}

int ls_authority_lock(const char *folder, const struct ls_dna_params *params,
		      struct ls_box_told *ret, struct ls_error *err)
{
	struct ls_dna_params said;
	_cleanup_close_ int fd = open_folder(folder, err);
	int rc = fd < 0 ? fd : tell_master(fd, &said, ret, err);
	if (rc == 0 && !ls_digest_equal(&said.id, &params->id))
		rc = ls_fail(err, -EBADMSG, "dna.key.mismatch",
			     "it is another authority's than '" PARAMS_FILE "'");
	if (rc < 0)
		ls_error_prefix(err, "the master key in '%s'", folder);
	return rc;
}

int ls_authority_params(const char *folder, struct ls_dna_params *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_FILE_MAX);
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	int rc = ls_file_read(fd, PARAMS_FILE, &text, err);
	if (rc == 0)
		rc = ls_params_from_pem(text.data, text.size, ret, err);
	if (rc < 0)
		ls_error_prefix(err, "the parameters in '%s'", folder);
	return rc;
}

/* directory-N.pem gives N, every other name 0. */
static uint64_t number_of(const char *name)
{
	static const char before[] = "directory-", after[] = ".pem";
	uint64_t number;
	size_t n = strlen(name);
	if (n < sizeof(before) + sizeof(after) - 1 ||
	    strncmp(name, before, sizeof(before) - 1) != 0 ||
	    strcmp(name + n - (sizeof(after) - 1), after) != 0)
		return 0;
	const char *digits = name + sizeof(before) - 1;
	return ls_parse_u64(digits, n - (sizeof(before) - 1) - (sizeof(after) - 1), &number) < 0
		       ? 0
		       : number;
}

static uint64_t newest(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	uint64_t number = 0;
	if (!dir) {
		if (copy >= 0)
			close(copy);
		return 0;
	}
	for (const struct dirent *entry; (entry = readdir(dir));) {
		uint64_t n = number_of(entry->d_name);
		if (n > number)
			number = n;
	}
	closedir(dir);
	return number;
}

static void directory_name(uint64_t number, char name[static 64])
{
	snprintf(name, 64, "directory-%" PRIu64 ".pem", number);
}

static int read_directory(int fd, const char *folder, uint64_t number,
			  const struct ls_dna_params *params, struct ls_dna_directory *ret,
			  struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	char name[64];
	ls_buffer_init(&text, 2 * LS_DIRECTORY_FILE_MAX);
	directory_name(number, name);
	int rc = ls_file_read(fd, name, &text, err);
	if (rc == 0)
		rc = ls_directory_from_pem(text.data, text.size, params, ret, err);
	if (rc == 0 && ret->number != number) {
		ls_directory_free(ret);
		rc = ls_fail(err, -EBADMSG, "dna.directory.form", "it is directory %" PRIu64,
			     ret->number);
	}
	if (rc < 0)
		ls_error_prefix(err, "'%s' in '%s'", name, folder);
	return rc;
}

int ls_authority_directory(const char *folder, const struct ls_dna_params *params,
			   struct ls_dna_directory *ret, struct ls_error *err)
{
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	uint64_t number = newest(fd);
	if (number > 0)
		return read_directory(fd, folder, number, params, ret, err);
	*ret = (struct ls_dna_directory){ .authority = params->id };
	return 0;
}

static bool is_withdrawn_in(const struct ls_dna_directory *d,
			    const struct ls_directory_entry *entry)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->entries[i].withdrawn &&
		    memcmp(d->entries[i].key, entry->key, LS_G2_SIZE) == 0)
			return true;
	return false;
}

int ls_authority_check_withdrawn(const char *folder, const struct ls_dna_params *params,
				 const struct ls_directory_entry *entry, struct ls_error *err)
{
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	for (uint64_t number = newest(fd); number > 0; number--) {
		_cleanup_directory_ struct ls_dna_directory d = { 0 };
		int rc = read_directory(fd, folder, number, params, &d, err);
		if (rc < 0)
			return rc;
		if (is_withdrawn_in(&d, entry))
			return ls_fail(err, -EEXIST, "dna.directory.withdrawn",
				       "this key of '%s' was withdrawn by directory %" PRIu64
				       ": the signer makes another, 'labseal dna authority own'",
				       entry->orcid.text, number);
	}
	return 0;
}

int ls_authority_publish(const char *folder, const struct ls_dna_master *master,
			 struct ls_dna_directory *directory, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	char name[64];
	ls_buffer_init(&pem, 2 * LS_DIRECTORY_FILE_MAX);
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	directory->number++;
	directory->made = time(NULL);
	directory_name(directory->number, name);
	int rc = ls_directory_to_pem(directory, master, &pem, err);
	return rc < 0 ? rc : ls_file_write_new(fd, name, pem.data, pem.size, 0644, err);
}
