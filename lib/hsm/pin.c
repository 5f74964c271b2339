/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

void ls_hsm_pin_init(struct ls_hsm_pin *pin)
{
	mlock(pin, sizeof(*pin));
	explicit_bzero(pin, sizeof(*pin));
}

void ls_hsm_pin_wipe(struct ls_hsm_pin *pin)
{
	explicit_bzero(pin, sizeof(*pin));
}

int ls_hsm_pin_set(struct ls_hsm_pin *pin, const void *bytes, size_t size, struct ls_error *err)
{
	const unsigned char *text = bytes;
	bool good = size > 0 && size < LS_HSM_PIN_SIZE;
	for (size_t i = 0; good && i < size; i++)
		good = text[i] >= ' ' && text[i] != 0x7f;
	if (!good)
		return ls_fail(err, -EBADMSG, "hsm.pin.form", "a PIN is one line of 1 to %d bytes",
			       LS_HSM_PIN_SIZE - 1);
	memcpy(pin->text, bytes, size);
	pin->text[size] = '\0';
	return 0;
}

static int check_file(int fd, const char *path, struct ls_error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "hsm.pin.file", "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return ls_fail(err, -EPERM, "hsm.pin.file", "the PIN file '%s' is no regular file",
			       path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return ls_fail(
			err, -EPERM, "hsm.pin.file",
			"the PIN file '%s' belongs to user %u, who can change it; give it to "
			"root: chown root '%s'",
			path, st.st_uid, path);
	if (st.st_mode & 077)
		return ls_fail(
			err, -EPERM, "hsm.pin.file",
			"others may read or write the PIN file '%s' (mode %04o); take that "
			"away: chmod 0600 '%s', and give the token a new PIN if others could "
			"read it",
			path, (unsigned)(st.st_mode & 07777), path);
	return 0;
}

int ls_hsm_pin_read(const char *path, struct ls_hsm_pin *pin, struct ls_error *err)
{
	char text[LS_HSM_PIN_SIZE + 1] = "";
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return ls_fail_errno(err, errno, "hsm.pin.file", "cannot open the PIN file '%s'",
				     path);
	int rc = check_file(fd, path, err);
	if (rc < 0)
		return rc;
	ssize_t n = read(fd, text, sizeof(text));
	if (n < 0)
		rc = ls_fail_errno(err, errno, "hsm.pin.file", "cannot read the PIN file '%s'",
				   path);
	const char *end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	if (rc == 0)
		rc = ls_hsm_pin_set(pin, text, end ? (size_t)(end - text) : (size_t)n, err);
	if (rc == -EBADMSG)
		ls_error_prefix(err, "the PIN file '%s'", path);
	explicit_bzero(text, sizeof(text));
	return rc;
}
