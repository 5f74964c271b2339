/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/authority.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

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

int ls_authority_create(const char *folder, const struct ls_dna_master *master,
			const char *passphrase, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer secret;
	_cleanup_buffer_ struct ls_buffer public;
	ls_buffer_init(&secret, LS_KEY_FILE_MAX);
	ls_buffer_init(&public, LS_KEY_FILE_MAX);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return ls_fail_errno(err, errno, "dna.authority.folder",
				     "cannot make the folder '%s'", folder);
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	/* before anything is written: a master key beside another's parameters helps nobody */
	struct stat st;
	if (fstatat(fd, PARAMS_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return ls_fail(err, -EEXIST, "dna.authority.exists",
			       "there is an authority in '%s' already ('" PARAMS_FILE
			       "'); name another folder",
			       folder);
	int rc = ls_dna_master_to_pem(master, passphrase, &secret, err);
	if (rc < 0 || (rc = ls_params_to_pem(&master->params, &public)) < 0)
		return rc;
	rc = ls_file_write_new(fd, MASTER_FILE, secret.data, secret.size, 0600, err);
	if (rc == -EEXIST)
		return ls_fail(err, rc, "dna.authority.exists",
			       "there is an authority in '%s' already; name another folder",
			       folder);
	if (rc == 0)
		rc = ls_file_write_new(fd, PARAMS_FILE, public.data, public.size, 0644, err);
	return rc;
}

int ls_authority_open(const char *folder, const char *passphrase, struct ls_dna_master *ret,
		      struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_FILE_MAX);
	_cleanup_close_ int fd = open_folder(folder, err);
	if (fd < 0)
		return fd;
	int rc = ls_file_read(fd, MASTER_FILE, &text, err);
	if (rc == 0)
		rc = ls_dna_master_from_pem(text.data, text.size, passphrase, ret, err);
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
