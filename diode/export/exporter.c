/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/exporter.h"

#include <errno.h>
#include <stdio.h>

#include "diode/export/outbox.h"
#include "diode/export/platform.h"
#include "diode/export/sender.h"
#include "diode/export/settings.h"
#include "diode/export/watch.h"
#include "lib/base/exit.h"

#define TURN_MS 100 /* of taking in, of sending, in turns */
#define REST_MS 20

static const char usage_text[] =
	"Usage: labseal-export --port PORT --outbox DIR --watch DIR [--match PATTERN]...\n"
	"           [--ignore PATTERN]... [--stable MS] [--scan MS] [--structure-wait MS]\n"
	"           [--beat MS] [--resend MS] [--resend-max MS] [--keep BYTES] [--verbose]\n"
	"       labseal-export --config FILE\n"
	"Sends each file that is saved in the watched folders, one way; see\n"
	"labseal-export(1).\n";

struct exporter {
	struct ls_outbox *outbox;
	struct ls_watch *watch;
	struct ls_sender *sender;
};

/* Look, take in, send, in turns, so that none keeps the others waiting for long. */
static int work(struct exporter *e, const struct ls_settings *settings, struct ls_error *err)
{
	uint64_t next_look = 0;
	int rc = 0;
	while (rc == 0 && !ls_platform_stopping()) {
		uint64_t now = ls_platform_ticks();
		if (now >= next_look) {
			ls_watch_look(e->watch);
			next_look = now + settings->scan;
		}
		bool idle = false;
		rc = ls_watch_take(e->watch, ls_sender_sending(e->sender), TURN_MS, err);
		if (rc == 0)
			rc = ls_sender_pump(e->sender, ls_watch_flags(e->watch), TURN_MS, &idle,
					    err);
		if (idle)
			ls_platform_sleep(REST_MS);
	}
	if (rc == 0)
		ls_sender_stop(e->sender);
	return rc;
}

static int run(const struct ls_settings *settings, struct ls_error *err)
{
	struct exporter e = { 0 };
	ls_platform_catch_stop();
	int rc = ls_outbox_open(settings->outbox, &e.outbox, err);
	rc = rc ? rc : ls_watch_new(settings, e.outbox, &e.watch, err);
	rc = rc ? rc : ls_sender_new(settings, e.outbox, &e.sender, err);
	if (rc == 0)
		ls_platform_ready();
	rc = rc ? rc : work(&e, settings, err);
	ls_sender_free(e.sender);
	ls_watch_free(e.watch);
	ls_outbox_close(e.outbox);
	return rc;
}

static int usage(const struct ls_error *err)
{
	char text[LS_ERROR_MESSAGE_SIZE + 64];
	snprintf(text, sizeof(text), "%s; see labseal-export --help", err->message);
	ls_platform_say(text);
	return LS_EXIT_USAGE;
}

static int start(int argc, char **argv, struct ls_settings *settings)
{
	enum ls_settings_result result;
	struct ls_error err = { 0 };
	if (ls_settings_read(argc, argv, settings, &result, &err) < 0)
		return usage(&err);
	if (result == LS_SETTINGS_HELP) {
		fputs(usage_text, stdout);
		return LS_EXIT_HOLDS;
	}
	if (result == LS_SETTINGS_VERSION) {
		puts("labseal-export " LABSEAL_VERSION);
		return LS_EXIT_HOLDS;
	}
	if (run(settings, &err) < 0) {
		ls_platform_say(err.message);
		return LS_EXIT_FAILED;
	}
	return LS_EXIT_HOLDS;
}

int ls_exporter_main(int argc, char **argv)
{
	struct ls_settings settings = { 0 };
	int status = start(argc, argv, &settings);
	ls_settings_free(&settings);
	return status;
}
