/* SPDX-License-Identifier: Apache-2.0 */
/* How the exporter works: command line and configuration file (labseal-export(1)). */
#ifndef LABSEAL_DIODE_EXPORT_SETTINGS_H
#define LABSEAL_DIODE_EXPORT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LS_LIST_MAX 32

struct ls_list {
	const char *items[LS_LIST_MAX];
	size_t count;
};

struct ls_settings {
	const char *port;
	const char *outbox;
	struct ls_list watch, match, ignore;
	uint64_t stable, scan, structure_wait, beat, resend, resend_max; /* milliseconds */
	uint64_t keep;							 /* bytes */
	bool verbose;
	char *config; /* text of the configuration file, which the others point into */
};

enum ls_settings_result { LS_SETTINGS_RUN, LS_SETTINGS_HELP, LS_SETTINGS_VERSION };

/*
 * Read the command line, and the file that --config names.  Texts are
 * borrowed from argv and settings->config; free settings whatever is returned.
 * -EINVAL: wrong usage, and err says what.
 */
int ls_settings_read(int argc, char **argv, struct ls_settings *settings,
		     enum ls_settings_result *ret_result, struct ls_error *err);

void ls_settings_free(struct ls_settings *settings);

#endif
