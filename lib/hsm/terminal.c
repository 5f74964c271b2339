/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

void ls_passphrase_wipe(struct ls_passphrase *p)
{
	explicit_bzero(p, sizeof(*p));
}

/* --- what is typed and not shown ----------------------------------------------------------- */

/* The terminal as it was, for whoever is ended by a signal while it shows nothing. */
static struct termios shown;
static volatile sig_atomic_t hidden_fd;

static void give_back(int number)
{
	tcsetattr(hidden_fd, TCSAFLUSH, &shown);
	raise(number); /* pending till this returns; by then it does what it did before */
}

static const int ending[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
#define ENDING_COUNT (sizeof(ending) / sizeof(ending[0]))

static int hide(int fd, struct sigaction before[static ENDING_COUNT])
{
	struct sigaction action = { .sa_handler = give_back, .sa_flags = (int)SA_RESETHAND };
	struct termios hidden;
	if (tcgetattr(fd, &shown) < 0)
		return -errno;
	hidden_fd = fd;
	for (size_t i = 0; i < ENDING_COUNT; i++)
		sigaction(ending[i], &action, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &hidden);
	return 0;
}

/* What was typed after the line is forgotten. */
static void show(int fd, const struct sigaction before[static ENDING_COUNT])
{
	tcsetattr(fd, TCSAFLUSH, &shown);
	for (size_t i = 0; i < ENDING_COUNT; i++)
		sigaction(ending[i], &before[i], NULL);
	ls_write_all(fd, "\n", 1);
}

/* One line of the terminal, which does not show it.  -EKEYREJECTED: empty, or too long. */
static int read_hidden(int fd, const char *prompt, struct ls_passphrase *p)
{
	struct sigaction before[ENDING_COUNT];
	int rc = hide(fd, before);
	if (rc < 0)
		return rc;
	ls_write_all(fd, prompt, strlen(prompt));
	ssize_t n = read(fd, p->text, sizeof(p->text)); /* a terminal gives one line */
	show(fd, before);
	if (n <= 1 || p->text[n - 1] != '\n')
		return -EKEYREJECTED;
	p->text[n - 1] = '\0';
	return 0;
}

static int open_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

static int ask(const char *what, bool twice, struct ls_passphrase *p, struct ls_error *err)
{
	_cleanup_passphrase_ struct ls_passphrase again = { "" };
	_cleanup_close_ int terminal = open_terminal();
	char prompt[512];
	snprintf(prompt, sizeof(prompt), "passphrase of '%.400s': ", what);
	if (terminal < 0)
		return ls_fail(err, -EKEYREJECTED, "key.passphrase",
			       "'%s' needs a passphrase and there is no terminal to ask on; say "
			       "--passphrase-file FILE",
			       what);
	int rc = read_hidden(terminal, prompt, p);
	if (rc == 0 && twice)
		rc = read_hidden(terminal, "once more: ", &again);
	if (rc == 0 && twice && strcmp(p->text, again.text) != 0)
		rc = -EKEYREJECTED;
	return rc < 0 ? ls_fail(err, -EKEYREJECTED, "key.passphrase",
				"no passphrase was given, or not twice the same")
		      : 0;
}

static int read_passphrase(const char *file, struct ls_passphrase *p, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PASSPHRASE_SIZE);
	int rc = ls_file_read(AT_FDCWD, file, &text, err);
	if (rc < 0)
		return rc;
	size_t n = strcspn(ls_buffer_str(&text), "\n");
	if (n == 0 || n >= sizeof(p->text))
		return ls_fail(err, -EKEYREJECTED, "key.passphrase",
			       "the first line of '%s' is no passphrase", file);
	memcpy(p->text, text.data, n);
	p->text[n] = '\0';
	return 0;
}

int ls_passphrase_get(const char *what, const char *file, bool twice, struct ls_passphrase *p,
		      struct ls_error *err)
{
	return file ? read_passphrase(file, p, err) : ask(what, twice, p, err);
}

int ls_pin_get(const char *token, const char *file, struct ls_hsm_pin *pin, struct ls_error *err)
{
	_cleanup_passphrase_ struct ls_passphrase typed = { "" };
	char prompt[128];
	if (file)
		return ls_hsm_pin_read(file, pin, err);
	_cleanup_close_ int terminal = open_terminal();
	if (terminal < 0)
		return ls_fail(
			err, -EKEYREJECTED, "hsm.pin.none",
			"the token '%s' needs its PIN and there is no terminal to ask on; say "
			"--pin-file FILE",
			token);
	snprintf(prompt, sizeof(prompt), "PIN of the token '%.64s': ", token);
	if (read_hidden(terminal, prompt, &typed) < 0)
		return ls_fail(err, -EKEYREJECTED, "hsm.pin.none", "no PIN was given");
	return ls_hsm_pin_set(pin, typed.text, strlen(typed.text), err);
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
