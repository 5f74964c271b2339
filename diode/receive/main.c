/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-diode: see labseal-diode(8). */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diode/receive/confinement.h"
#include "diode/receive/limits.h"
#include "diode/receive/receiver.h"
#include "diode/wire/payload.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/proc/confine.h"
#include "lib/proc/protocol.h"

#define CHANNEL_FD 3
#define ENCLAVE_FD 4
#define SPOOL_FD   5

struct settings {
	struct ls_limits limits;
	const char *user;
	bool development;
};

static struct ls_receiver_signals signals;

static void on_signal(int number)
{
	if (number == LS_SIGNAL_MACHINE_OFF)
		signals.machine_off = 1;
	else
		signals.stop = 1;
}

enum option_id {
	OPT_MAX_FILE_SIZE = 1,
	OPT_MAX_NAME_LENGTH,
	OPT_OPEN_FILES,
	OPT_FILES_PER_DAY,
	OPT_SPOOL_SIZE,
	OPT_GAP_AFTER,
	OPT_SILENCE_AFTER,
	OPT_ACCEPT,
	OPT_USER,
	OPT_DEVELOPMENT,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option options[] = {
	{ "max-file-size", required_argument, NULL, OPT_MAX_FILE_SIZE },
	{ "max-name-length", required_argument, NULL, OPT_MAX_NAME_LENGTH },
	{ "open-files", required_argument, NULL, OPT_OPEN_FILES },
	{ "files-per-day", required_argument, NULL, OPT_FILES_PER_DAY },
	{ "spool-size", required_argument, NULL, OPT_SPOOL_SIZE },
	{ "gap-after", required_argument, NULL, OPT_GAP_AFTER },
	{ "silence-after", required_argument, NULL, OPT_SILENCE_AFTER },
	{ "accept", required_argument, NULL, OPT_ACCEPT },
	{ "user", required_argument, NULL, OPT_USER },
	{ "development", no_argument, NULL, OPT_DEVELOPMENT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char usage_text[] =
	"Usage: labseal-diode [--max-file-size N] [--max-name-length N] [--open-files N]\n"
	"           [--files-per-day N] [--spool-size N] [--gap-after SECONDS]\n"
	"           [--silence-after SECONDS] [--accept PATTERN]... [--user NAME]\n"
	"           [--development]\n"
	"Started by labseald with the channel as descriptor 3, the enclave as 4 and the\n"
	"spool folder as 5; see labseal-diode(8).\n";

static int usage(const char *text, const char *object)
{
	fprintf(stderr, "labseal-diode: %s '%s'; see labseal-diode --help\n", text, object);
	return LS_EXIT_USAGE;
}

/* A number within bounds, or -1. */
static int number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	uint64_t n;
	if (ls_parse_u64(text, strlen(text), &n) < 0 || n < least || n > most)
		return -1;
	*value = n;
	return 0;
}

static int seconds(const char *text, unsigned *value)
{
	uint64_t n = 0;
	int rc = number(text, 1, 86400, &n);
	*value = (unsigned)n;
	return rc;
}

static int take_number(struct settings *s, enum option_id option, const char *text)
{
	struct ls_limits *l = &s->limits;
	uint64_t value = 0;
	int rc;
	switch (option) {
	case OPT_MAX_FILE_SIZE: return number(text, 1, 1ull << 40, &l->max_file_size);
	case OPT_MAX_NAME_LENGTH: return number(text, 1, LS_WIRE_NAME_MAX, &l->max_name_length);
	case OPT_FILES_PER_DAY: return number(text, 1, UINT32_MAX, &l->files_per_day);
	case OPT_SPOOL_SIZE: return number(text, 1, 1ull << 50, &l->spool_size);
	case OPT_OPEN_FILES:
		rc = number(text, 1, LS_OPEN_FILES_MAX, &value);
		l->open_files = (unsigned)value;
		return rc;
	case OPT_SILENCE_AFTER: return seconds(text, &l->silence_after);
	default: return seconds(text, &l->gap_after);
	}
}

/* -1, or the exit status of a run that ends here. */
static int take_option(struct settings *s, enum option_id option, const char *name,
		       const char *text)
{
	switch (option) {
	case OPT_ACCEPT:
		if (s->limits.accept_count == LS_ACCEPT_MAX)
			return usage("too many patterns: the last is", text);
		s->limits.accept[s->limits.accept_count++] = text;
		return -1;
	case OPT_USER: s->user = text; return -1;
	case OPT_DEVELOPMENT: s->development = true; return -1;
	case OPT_HELP: fputs(usage_text, stdout); return LS_EXIT_HOLDS;
	case OPT_VERSION: puts("labseal-diode " LABSEAL_VERSION); return LS_EXIT_HOLDS;
	default: return take_number(s, option, text) < 0 ? usage(name, text) : -1;
	}
}

static int parse_options(int argc, char **argv, struct settings *s)
{
	ls_limits_defaults(&s->limits);
	int option, index = 0;
	while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (option == '?')
			return LS_EXIT_USAGE;
		int rc = take_option(s, (enum option_id)option, options[index].name, optarg);
		if (rc >= 0)
			return rc;
	}
	if (optind < argc)
		return usage("unexpected argument", argv[optind]);
	if (s->limits.spool_size / 2 < s->limits.max_file_size + 4096)
		return usage("too small for two of the largest files:", "--spool-size");
	return -1;
}

static int confine(const struct settings *s, struct ls_error *err)
{
	unsigned missing = 0;
	int rc = ls_diode_confine(SPOOL_FD, s->user, &missing, err);
	if (rc < 0 || missing == 0)
		return rc;
	char text[128];
	ls_confine_missing_text(missing, text, sizeof(text));
	if (!s->development)
		return ls_fail(
			err, -ENOTSUP, "diode.unconfined",
			"this machine does not offer: %s; only a development policy may go on",
			text);
	ls_log(LS_LOG_WARNING, "diode.unconfined", "goes on without: %s", text);
	return 0;
}

static int serve(const struct settings *s, struct ls_error *err)
{
	struct ls_receiver *receiver = NULL;
	int rc = ls_receiver_new(CHANNEL_FD, ENCLAVE_FD, SPOOL_FD, &s->limits, &receiver, err);
	if (rc == 0)
		rc = ls_receiver_run(receiver, &signals, err);
	ls_receiver_free(receiver);
	return rc;
}

int main(int argc, char **argv)
{
	struct settings settings = { 0 };
	ls_log_init("labseal-diode", LS_LOG_INFO);
	int status = parse_options(argc, argv, &settings);
	if (status >= 0)
		return status;
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGTERM, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(LS_SIGNAL_MACHINE_OFF, &action, NULL);
	struct ls_error err = { 0 };
	if (confine(&settings, &err) < 0) {
		ls_log_error(&err);
		return LS_EXIT_UNCONFINED;
	}
	if (serve(&settings, &err) < 0) {
		ls_log_error(&err);
		return LS_EXIT_FAILED;
	}
	return LS_EXIT_HOLDS;
}
