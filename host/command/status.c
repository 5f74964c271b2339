/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal status: what labseald last wrote about itself, and whether it is
 * there.  That comes from the kernel's table of locks and not from trying the
 * lock, which could keep a labseald that starts at this moment from starting.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/options.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define STATUS_MAX 65536 /* bytes of status.json */
#define LOCKS_MAX  (1 << 20)
#define NAME_SIZE  128 /* of a member with those around it */

static void json_cleanup(json_t **value)
{
	json_decref(*value);
}
#define _cleanup_json_ __attribute__((cleanup(json_cleanup)))

/*
 * proc(5), /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF".  The
 * device is left out of the comparison: it is not st_dev on every file system.
 */
static bool line_is_lock_of(const char *line, unsigned long long inode)
{
	char kind[16], mode[16], access[16], device[16];
	unsigned long long number;
	unsigned id;
	long pid;
	if (sscanf(line, "%u: %15s %15s %15s %ld %8[^:]:%*[^:]:%llu", &id, kind, mode, access, &pid,
		   device, &number) != 7)
		return false;
	return strcmp(kind, "FLOCK") == 0 && strcmp(access, "WRITE") == 0 && number == inode;
}

static int is_running(int state_fd, bool *ret_running, struct ls_error *err)
{
	char line[256];
	struct stat st;
	*ret_running = false;
	if (fstatat(state_fd, LS_STATE_LOCK, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : ls_fail_errno(err, errno, "status.lock",
						       "cannot look at the lock");
	_cleanup_file_ FILE *locks = fopen("/proc/locks", "re");
	if (!locks)
		return ls_fail_errno(err, errno, "status.lock", "cannot read '/proc/locks'");
	while (fgets(line, sizeof(line), locks))
		if (line_is_lock_of(line, st.st_ino))
			*ret_running = true;
	return 0;
}

static int read_status(int state_fd, json_t **ret_status, struct ls_error *err)
{
	json_error_t why;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, STATUS_MAX);
	int rc = ls_file_read(state_fd, LS_STATE_STATUS, &text, err);
	if (rc < 0)
		return rc;
	json_t *status = json_loadb(ls_buffer_str(&text), text.size, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(status)) {
		json_decref(status);
		return ls_fail(err, -EBADMSG, "status.form", "'%s' in the state folder is damaged",
			       LS_STATE_STATUS);
	}
	*ret_status = status;
	return 0;
}

/* One line: a name and its value, in words; what others wrote is escaped. */
static void print_value(const char *name, const json_t *value)
{
	_cleanup_buffer_ struct ls_buffer shown;
	ls_buffer_init(&shown, 4 * STATUS_MAX);
	if (json_is_string(value))
		ls_text_escape(json_string_value(value), json_string_length(value), &shown);
	else if (json_is_integer(value))
		ls_buffer_printf(&shown, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		ls_buffer_add_str(&shown, json_is_true(value) ? "yes" : "no");
	else if (json_is_real(value))
		ls_buffer_printf(&shown, "%g", json_real_value(value));
	else
		ls_buffer_add_str(&shown, "-");
	printf("%-24s  %s\n", name, ls_buffer_str(&shown));
}

/* Members of members are named "channel one-way"; '_' is for machines. */
static void member_name(const char *outer, const char *key, char buffer[static NAME_SIZE])
{
	snprintf(buffer, NAME_SIZE, "%s%s%s", outer, outer[0] ? " " : "", key);
	for (char *c = buffer; *c; c++)
		if (*c == '_' || (unsigned char)*c < 0x20)
			*c = ' ';
}

static void print_members(json_t *object)
{
	const char *key, *inner_key;
	json_t *value, *inner;
	char outer_name[NAME_SIZE], name[NAME_SIZE];
	json_object_foreach(object, key, value)
	{
		member_name("", key, outer_name);
		if (strcmp(key, "schema") == 0 || json_is_array(value))
			continue;
		if (!json_is_object(value)) {
			print_value(outer_name, value);
			continue;
		}
		json_object_foreach(value, inner_key, inner)
		{
			member_name(outer_name, inner_key, name);
			print_value(name, inner);
		}
	}
}

/* labseal/status-answer/v1: what is known of labseald, and its own words under "status". */
static int print(const char *path, const struct ls_policy *policy, bool running, json_t *status,
		 bool json)
{
	int answer = running ? LS_EXIT_HOLDS : LS_EXIT_DOES_NOT_HOLD;
	if (json)
		return ls_cmd_print_json(json_pack("{s:s, s:s, s:s, s:b, s:O?}", "schema",
						   "labseal/status-answer/v1", "policy", path,
						   "instrument", policy->instrument.id, "running",
						   running, "status", status),
					 answer);
	printf("%-24s  %s\n", "instrument", policy->instrument.id);
	printf("%-24s  %s\n", "labseald", running ? "running" : "not running");
	if (!status)
		printf("%-24s  %s\n", "status", "never written");
	else if (!running)
		printf("%-24s  %s\n", "status", "as it was last written:");
	if (status)
		print_members(status);
	return answer;
}

int ls_cmd_status(int argc, char **argv)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	_cleanup_json_ json_t *status = NULL;
	struct ls_error err;
	const char *path;
	bool json = false, running;
	const struct ls_option options[] = { { "--json", &json, NULL } };
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 1, "policy", &path);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != 0)
		return rc;
	_cleanup_close_ int state_fd = ls_state_open(policy, 0, &err);
	rc = state_fd < 0 ? state_fd : is_running(state_fd, &running, &err);
	if (rc == 0) {
		rc = read_status(state_fd, &status, &err);
		rc = rc == -ENOENT ? 0 : rc;
	}
	if (rc < 0) {
		ls_cmd_fail(argv[0], &err);
		return LS_EXIT_COULD_NOT_CHECK;
	}
	return ls_cmd_flush(argv[0], print(path, policy, running, status, json));
}
