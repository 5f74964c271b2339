/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/authority_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define KEY_FILE_MAX 16384 /* bytes */

struct passphrase {
	char text[LS_PASSPHRASE_SIZE];
};

static void forget(struct passphrase *p)
{
	explicit_bzero(p, sizeof(*p));
}
#define _cleanup_passphrase_ __attribute__((cleanup(forget)))

/* One line of the terminal, which does not show it. */
static int read_hidden(FILE *terminal, const char *prompt, struct passphrase *p)
{
	struct termios shown, hidden;
	int fd = fileno(terminal);
	if (tcgetattr(fd, &shown) < 0)
		return -errno;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &hidden);
	fputs(prompt, terminal);
	fflush(terminal);
	bool read = fgets(p->text, sizeof(p->text), terminal) != NULL;
	tcsetattr(fd, TCSAFLUSH, &shown);
	fputc('\n', terminal);
	p->text[strcspn(p->text, "\n")] = '\0';
	return read && p->text[0] ? 0 : -EKEYREJECTED;
}

static int ask(const char *path, bool twice, struct passphrase *p, struct ls_error *err)
{
	_cleanup_passphrase_ struct passphrase again = { "" };
	_cleanup_file_ FILE *terminal = fopen("/dev/tty", "r+e");
	char prompt[512];
	snprintf(prompt, sizeof(prompt), "passphrase of '%.400s': ", path);
	if (!terminal)
		return ls_fail(err, -EKEYREJECTED, "authority.passphrase",
			       "'%s' needs a passphrase and there is no terminal to ask on; say "
			       "--passphrase-file FILE",
			       path);
	int rc = read_hidden(terminal, prompt, p);
	if (rc == 0 && twice)
		rc = read_hidden(terminal, "once more: ", &again);
	if (rc == 0 && twice && strcmp(p->text, again.text) != 0)
		rc = -EKEYREJECTED;
	return rc < 0 ? ls_fail(err, -EKEYREJECTED, "authority.passphrase",
				"no passphrase was given, or not twice the same")
		      : 0;
}

static int read_passphrase(const char *file, struct passphrase *p, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PASSPHRASE_SIZE);
	int rc = ls_file_read(AT_FDCWD, file, &text, err);
	if (rc < 0)
		return rc;
	size_t n = strcspn(ls_buffer_str(&text), "\n");
	if (n == 0 || n >= sizeof(p->text))
		return ls_fail(err, -EKEYREJECTED, "authority.passphrase",
			       "the first line of '%s' is no passphrase", file);
	memcpy(p->text, text.data, n);
	p->text[n] = '\0';
	return 0;
}

static int get_passphrase(const char *path, const char *file, bool twice, struct passphrase *p,
			  struct ls_error *err)
{
	return file ? read_passphrase(file, p, err) : ask(path, twice, p, err);
}

int ls_authority_key_load(const char *path, const char *passphrase_file,
			  struct ls_p256_key **ret_key, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_passphrase_ struct passphrase p = { "" };
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &pem, err);
	bool encrypted = rc == 0 && strstr(ls_buffer_str(&pem), "ENCRYPTED");
	if (encrypted)
		rc = get_passphrase(path, passphrase_file, false, &p, err);
	if (rc == 0)
		rc = ls_p256_key_from_encrypted_pem(ls_buffer_str(&pem), pem.size,
						    encrypted ? p.text : NULL, ret_key, err);
	if (rc < 0)
		ls_error_prefix(err, "the private key '%s'", path);
	return rc;
}

int ls_authority_key_make(const char *path, const char *passphrase_file, bool ask_passphrase,
			  struct ls_p256_key **ret_key, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_passphrase_ struct passphrase p = { "" };
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	bool encrypted = passphrase_file || ask_passphrase;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = encrypted ? get_passphrase(path, passphrase_file, true, &p, err) : 0;
	if (rc == 0)
		rc = ls_p256_key_generate(&key, err);
	if (rc == 0)
		rc = encrypted ? ls_p256_key_to_encrypted_pem(key, p.text, &pem, err)
			       : ls_p256_key_to_pem(key, &pem, err);
	if (rc == 0)
		rc = ls_file_write_new(AT_FDCWD, path, pem.data, pem.size, 0600, err);
	if (rc < 0)
		return rc;
	*ret_key = key;
	key = NULL; /* handed over */
	return 0;
}

int ls_confirm(const char *question, bool yes, struct ls_error *err)
{
	char answer[16] = "";
	if (yes)
		return 0;
	if (!isatty(STDIN_FILENO))
		return ls_fail(err, -ENOTTY, "confirm.terminal",
			       "%s: there is no terminal to ask on; say --yes if that is meant",
			       question);
	fprintf(stderr, "%s [y/N] ", question);
	if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return 0;
	return ls_fail(err, -ECANCELED, "confirm.no", "not confirmed: nothing was changed");
}
