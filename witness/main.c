/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-witness: cosigns the checkpoints of other departments' logs (labseal-witness(8)). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/proc/confine.h"
#include "witness/key_file.h"
#include "witness/server.h"
#include "witness/state.h"

#define USER	   "_labseal-witness"
#define MEMORY_MAX (256ull << 20)
#define FILES_MAX  128

static int cmd_init(int argc, char **argv);
static int cmd_vkey(int argc, char **argv);
static int cmd_run(int argc, char **argv);

enum { INIT, VKEY, RUN, COMMANDS };

static const struct ls_command commands[COMMANDS] = {
	[INIT] = { "init", "--name NAME FILE",
		   "make a witness's key, and print the verifier key that goes into trust files",
		   "--name", cmd_init },
	[VKEY] = { "vkey", "FILE", "print the verifier key of a key file", "", cmd_vkey },
	[RUN] = { "run",
		  "--key FILE --logs FILE --state FOLDER --listen ADDRESS:PORT [--development]",
		  "cosign checkpoints of the logs that are listed",
		  "--key --logs --state --listen --development", cmd_run },
};

static int failed(const struct ls_error *err)
{
	ls_log_error(err);
	return err->code == -EBADMSG || err->code == -EINVAL ? LS_EXIT_COULD_NOT_CHECK
							     : LS_EXIT_FAILED;
}

/* --- keys ------------------------------------------------------------------------- */

static int load_key(const char *path, struct ls_witness *w, struct ls_witness_key *key,
		    struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_WITNESS_KEY_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc == 0)
		rc = ls_witness_key_parse(bytes.data, bytes.size, w, key, err);
	if (rc == -EBADMSG)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int print_vkey(const char *path)
{
	char vkey[LS_WITNESS_VKEY_SIZE];
	struct ls_error err = { 0 };
	struct ls_witness w = { .state_fd = -1 };
	struct ls_witness_key key;
	int rc = load_key(path, &w, &key, &err);
	ls_witness_free(&w);
	if (rc < 0)
		return failed(&err);
	printf("%s\n", ls_witness_vkey_format(&key, vkey));
	return LS_EXIT_HOLDS;
}

static int cmd_init(int argc, char **argv)
{
	static const struct option options[] = { { "name", required_argument, NULL, 'n' },
						 { NULL, 0, NULL, 0 } };
	const char *name = NULL;
	struct ls_error err = { 0 };
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'n')
			return ls_command_usage(&commands[INIT], "unknown option");
		name = optarg;
	}
	if (!name || optind + 1 != argc)
		return ls_command_usage(&commands[INIT], "a name and one file are needed");
	_cleanup_secret_ struct ls_buffer line;
	ls_buffer_init(&line, LS_WITNESS_KEY_MAX);
	if (ls_witness_key_make(name, &line, &err) < 0 ||
	    ls_file_write_new(AT_FDCWD, argv[optind], line.data, line.size, 0600, &err) < 0)
		return failed(&err);
	return print_vkey(argv[optind]);
}

static int cmd_vkey(int argc, char **argv)
{
	if (argc != 2)
		return ls_command_usage(&commands[VKEY], "one key file is needed");
	return print_vkey(argv[1]);
}

/* --- running ------------------------------------------------------------------------ */

struct settings {
	const char *key, *logs, *state, *listen;
	bool development;
	int socket;
	const struct ls_witness *witness;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int confine(const struct settings *s, struct ls_error *err)
{
	static const char *const syscalls[] = {
		LS_CONFINE_BASIC_SYSCALLS,
		"openat",
		"openat2",
		"unlinkat",
		"renameat",
		"renameat2",
		"faccessat",
		"faccessat2",
		"fsync",
		"fchmod",
		"accept4",
		"accept",
		"epoll_wait",
		"epoll_ctl",
		"epoll_pwait",
		"getsockopt",
		"setsockopt",
		"getsockname",
		"getpeername",
		"shutdown",
		"ioctl",
		"eventfd2",
		"dup",
		"tgkill",
		"pipe2",
		NULL,
	};
	const struct ls_confine_path state = { .dirfd = s->witness->state_fd, .writable = true };
	const struct ls_confinement c = {
		.user = USER,
		.paths = &state,
		.path_count = 1,
		.syscalls = syscalls,
		.memory_max = MEMORY_MAX,
		.files_max = FILES_MAX,
		.no_new_code = true,
	};
	unsigned missing;
	char text[64];
	bool is_root = geteuid() == 0;
	int rc = ls_confine(&c, &missing, err);
	if (rc < 0)
		return rc;
	/* who runs it as an ordinary user has chosen that user for it */
	if (!is_root)
		missing &= ~(unsigned)LS_CONFINE_USER;
	if (missing == 0)
		return 0;
	ls_confine_missing_text(missing, text, sizeof(text));
	if (!s->development)
		return ls_fail(err, -EPERM, "witness.unconfined",
			       "this machine does not offer: %s; refusing to work without (try "
			       "--development to look at it nevertheless)",
			       text);
	ls_log(LS_LOG_WARNING, "witness.unconfined",
	       "this machine does not offer: %s (development)", text);
	return 0;
}

/* With the port that was bound, where any was asked for. */
static void say_where(const struct settings *s)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = { .any = { .sa_family = 0 } };
	socklen_t size = sizeof(at);
	unsigned port = 0;
	if (getsockname(s->socket, &at.any, &size) == 0)
		port = ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
	ls_log(LS_LOG_INFO, "witness.listening", "%s cosigns %zu log%s at %s, port %u",
	       s->witness->name, s->witness->log_count, s->witness->log_count == 1 ? "" : "s",
	       s->listen, port);
}

static int on_ready(void *context, struct ls_error *err)
{
	const struct settings *s = context;
	int rc = confine(s, err);
	if (rc == 0)
		say_where(s);
	return rc;
}

static int load_logs(const char *path, struct ls_witness *w, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_WITNESS_LOGS_SIZE);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc == 0)
		rc = ls_witness_logs_parse(bytes.data, bytes.size, w, err);
	if (rc == -EBADMSG)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int run(struct settings *s, struct ls_witness *w, struct ls_error *err)
{
	struct ls_witness_key key;
	int rc = load_key(s->key, w, &key, err);
	if (rc == 0)
		rc = load_logs(s->logs, w, err);
	if (rc == 0)
		rc = w->state_fd = ls_witness_state_open(s->state, err);
	if (rc >= 0)
		rc = s->socket = ls_witness_listen(s->listen, err);
	s->witness = w;
	return rc < 0 ? rc : ls_witness_serve(w, s->socket, &stop, on_ready, s, err);
}

static int parse_settings(int argc, char **argv, struct settings *ret)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "logs", required_argument, NULL, 'l' },
		{ "state", required_argument, NULL, 's' },
		{ "listen", required_argument, NULL, 'a' },
		{ "development", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct settings s = { .socket = -1 };
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'k': s.key = optarg; break;
		case 'l': s.logs = optarg; break;
		case 's': s.state = optarg; break;
		case 'a': s.listen = optarg; break;
		case 'd': s.development = true; break;
		default: return ls_command_usage(&commands[RUN], "unknown option");
		}
	}
	if (optind != argc || !s.key || !s.logs || !s.state || !s.listen)
		return ls_command_usage(&commands[RUN],
					"--key, --logs, --state and --listen are needed");
	*ret = s;
	return 0;
}

static int cmd_run(int argc, char **argv)
{
	struct settings s = { .socket = -1 };
	struct ls_error err = { 0 };
	struct ls_witness w = { .state_fd = -1 };
	int rc = parse_settings(argc, argv, &s);
	if (rc != 0)
		return rc;
	const struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	rc = run(&s, &w, &err);
	ls_witness_free(&w);
	return rc < 0 ? failed(&err) : LS_EXIT_HOLDS;
}

int main(int argc, char **argv)
{
	const struct ls_command_table table = { commands, COMMANDS };
	ls_command_keep_standard();
	ls_log_init("labseal-witness", LS_LOG_INFO);
	return ls_command_dispatch("labseal-witness", &table, 1, argc, argv);
}
