/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal show */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "audit/dcc/command.h"
#include "audit/dcc/opened.h"
#include "audit/dcc/show.h"
#include "audit/dcc/store.h"
#include "lib/base/command.h"
#include "lib/base/options.h"

#define SHOWN_MAX ((size_t)64 << 20)

static const struct ls_command *const command = &ls_dcc_commands[LS_DCC_SHOW];

struct arguments {
	const char *trust, *folder, *path;
	bool json;
};

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		{ "--trust", NULL, &a->trust },
		{ "--folder", NULL, &a->folder },
		{ "--json", &a->json, NULL },
	};
	return ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(*options),
			       "certificate", &a->path);
}

/* Where its links lead among the folder's certificates.  0 or an exit status. */
static int follow(const struct arguments *a, const struct ls_dcc_opened *o,
		  struct ls_dcc_followed **ret_links)
{
	struct ls_error err = { 0 };
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	struct ls_dcc_followed *links = calloc(o->dcc->link_count + 1, sizeof(*links));
	*ret_links = links;
	if (!links || ls_dcc_store_new(&o->trust, (int64_t)time(NULL), &store, &err) < 0 ||
	    ls_dcc_store_add_folder(store, a->folder, &err) < 0)
		return ls_dcc_fail(command, &err);
	for (size_t i = 0; i < o->dcc->link_count; i++)
		if (ls_dcc_store_follow(store, &o->dcc->links[i], &links[i].outcome, &links[i].id,
					links[i].words, &err) < 0)
			return ls_dcc_fail(command, &err);
	const struct ls_error *first;
	size_t left_out = ls_dcc_store_left_out(store, &first);
	if (left_out)
		fprintf(stderr,
			"labseal cal show: %zu files of '%s' were left out; the first: %s\n",
			left_out, a->folder, first->message);
	return 0;
}

static int print(const struct arguments *a, const struct ls_dcc_shown *shown)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, SHOWN_MAX);
	int rc = a->json ? ls_dcc_show_json(shown, &out) : ls_dcc_show_text(shown, &out);
	if (rc < 0)
		fprintf(stderr, "labseal cal show: out of memory for what is shown\n");
	else
		fwrite(out.data, 1, out.size, stdout);
	if (rc < 0 || ls_command_flush() < 0)
		return LS_EXIT_FAILED;
	static const int statuses[] = { [LS_DCC_HOLDS] = LS_EXIT_HOLDS,
					[LS_DCC_DOES_NOT_HOLD] = LS_EXIT_DOES_NOT_HOLD,
					[LS_DCC_CANNOT_BE_CHECKED] = LS_EXIT_COULD_NOT_CHECK };
	return statuses[shown->signatures->outcome];
}

int ls_dcc_show_command(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct ls_dcc_opened o;
	struct ls_dcc_followed *links = NULL;
	int rc = parse(argc, argv, &a);
	if (rc != 0)
		return rc;
	rc = ls_dcc_open(command, a.path, a.trust, &o);
	if (rc == 0 && a.folder)
		rc = follow(&a, &o, &links);
	if (rc == 0)
		rc = print(&a, &(struct ls_dcc_shown){ o.dcc, o.signatures, links });
	free(links);
	ls_dcc_close(&o);
	return rc;
}
