/* SPDX-License-Identifier: Apache-2.0 */
/* labseal status: what labseald last wrote about itself, and whether it is there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/supervisor/state.h"
#include "host/supervisor/status.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/base/text.h"

#define STATUS_MAX 65536 /* bytes of status.json */
#define VALUE_SIZE 1100	 /* of a member, as it is shown */

static void json_cleanup(json_t **value)
{
	json_decref(*value);
}
#define _cleanup_json_ __attribute__((cleanup(json_cleanup)))

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

/* --- the screen -------------------------------------------------------------- */

/* A member as text, fit to be shown; "-" when it is not there.  Two names: a member's member. */
static const char *value(const json_t *status, const char *outer, const char *name,
			 char buffer[static VALUE_SIZE])
{
	const json_t *v = json_object_get(status, outer);
	if (name)
		v = json_object_get(v, name);
	_cleanup_buffer_ struct ls_buffer shown;
	ls_buffer_init(&shown, VALUE_SIZE - 1);
	if (json_is_string(v))
		ls_text_escape(json_string_value(v), json_string_length(v), &shown);
	else if (json_is_integer(v))
		ls_buffer_printf(&shown, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		ls_buffer_add_str(&shown, json_is_true(v) ? "yes" : "no");
	snprintf(buffer, VALUE_SIZE, "%s", shown.size > 0 ? ls_buffer_str(&shown) : "-");
	return buffer;
}

static bool is_value(const json_t *status, const char *outer, const char *name, const char *wanted)
{
	char buffer[VALUE_SIZE];
	return strcmp(value(status, outer, name, buffer), wanted) == 0;
}

/* Seconds since the status was written; -1 when it does not say. */
static int64_t age(const json_t *status)
{
	char text[VALUE_SIZE];
	int64_t written;
	value(status, "written", NULL, text);
	if (ls_utc_parse(text, strlen(text), &written) < 0)
		return -1;
	int64_t now = time(NULL);
	return now > written ? now - written : 0;
}

static bool is_one_way(const json_t *status)
{
	return is_value(status, "channel", "type", "file") &&
	       is_value(status, "channel", "qemu_descriptor", "write-only") &&
	       is_value(status, "channel", "other_ways", "0");
}

/* Of a machine that is not there, what was last seen of its channel is no verdict. */
static bool has_machine(const json_t *status, bool running)
{
	return running && !is_value(status, "vm", "pid", "0") &&
	       !is_value(status, "vm", "pid", "-");
}

static void print_machine(const json_t *status, bool running)
{
	char a[VALUE_SIZE], b[VALUE_SIZE], c[VALUE_SIZE], d[VALUE_SIZE];
	if (!has_machine(status, running)) {
		printf("%-12s %s: not running\n", "machine", value(status, "vm", "name", a));
		printf("%-12s none: the machine is not running\n", "channel");
		return;
	}
	printf("%-12s %s: %s, %s, process %s\n", "machine", value(status, "vm", "name", a),
	       value(status, "vm", "state", b), value(status, "vm", "type", c),
	       value(status, "vm", "pid", d));
	printf("%-12s %s: type %s, QEMU's descriptor %s, other ways %s\n", "channel",
	       is_one_way(status) ? "one-way" : "NOT ONE-WAY", value(status, "channel", "type", a),
	       value(status, "channel", "qemu_descriptor", b),
	       value(status, "channel", "other_ways", c));
}

/* What labseald compared: what it measured with the approvals, and the machine with the policy. */
static void print_lock(const json_t *status)
{
	char approval[VALUE_SIZE], measurement[VALUE_SIZE];
	size_t differences =
		json_array_size(json_object_get(json_object_get(status, "audit"), "violations"));
	printf("%-12s ", "lock");
	if (differences > 0)
		printf("NOT AS APPROVED: %zu differences (labseal audit)", differences);
	else if (is_value(status, "approval", NULL, "0"))
		printf("nothing is approved");
	else
		printf("as approved%s", is_value(status, "audit", "looked", "no")
						? "; the machine was not looked at yet"
						: "");
	printf(": approval %s, measurement %s\n", value(status, "approval", NULL, approval),
	       value(status, "measurement", NULL, measurement));
}

/* The last sign of life, and how long ago it was when the status was written. */
static void print_heard(const json_t *status)
{
	char heard[VALUE_SIZE], written[VALUE_SIZE];
	int64_t from, to;
	value(status, "channel", "last_heard", heard);
	value(status, "written", NULL, written);
	printf("%-12s %s", "heartbeat", heard[0] == '-' ? "never" : heard);
	if (ls_utc_parse(heard, strlen(heard), &from) == 0 &&
	    ls_utc_parse(written, strlen(written), &to) == 0 && to >= from)
		printf(", %lld s before this", (long long)(to - from));
	if (is_value(status, "channel", "silent", "yes"))
		printf("; SILENT: the guest hangs, or its exporter is gone");
	putchar('\n');
}

static void print_signer(const json_t *status)
{
	char a[VALUE_SIZE], b[VALUE_SIZE];
	printf("%-12s %s: %s\n", "signer", value(status, "signer", "kind", a),
	       value(status, "signer", "state", b));
	if (!is_value(status, "signer", "ed25519", "-"))
		printf("%-12s %s\n", "Ed25519 key", value(status, "signer", "ed25519", a));
	printf("%-12s machine %s, signer %s", "restarts", value(status, "vm", "restarts", a),
	       value(status, "signer", "restarts", b));
	if (!is_value(status, "next_try", NULL, "-"))
		printf("; next try at %s", value(status, "next_try", NULL, a));
	putchar('\n');
}

static void print_seal(const json_t *status, const char *name, const char *member)
{
	char number[VALUE_SIZE], label[VALUE_SIZE], time[VALUE_SIZE];
	if (is_value(status, member, "number", "-"))
		printf("%-12s none since then\n", name);
	else
		printf("%-12s %s %s at %s\n", name, value(status, member, "number", number),
		       value(status, member, "label", label), value(status, member, "time", time));
}

/* What only a policy with a notary has. */
static void print_if_any(const json_t *status, const char *name, const char *member)
{
	char text[VALUE_SIZE];
	if (!is_value(status, member, NULL, "-"))
		printf("%-12s %s\n", name, value(status, member, NULL, text));
}

static void print_seals(const json_t *status)
{
	char a[VALUE_SIZE], b[VALUE_SIZE];
	printf("%-12s %s\n", "waiting", value(status, "queue", NULL, a));
	printf("%-12s %s since %s\n", "sealed", value(status, "sealed", NULL, a),
	       value(status, "started", NULL, b));
	print_seal(status, "last result", "last_result");
	print_seal(status, "last seal", "last_seal");
	print_if_any(status, "time stamp", "time_stamp");
	print_if_any(status, "cosigned", "cosigned");
	print_if_any(status, "notary", "notary");
}

static void print_room(const json_t *status, const char *place)
{
	const json_t *room = json_object_get(json_object_get(status, "disk"), place);
	const double gib = 1 << 30;
	char word[VALUE_SIZE];
	value(room, "room", NULL, word);
	if (word[0] == '-' || strcmp(word, "unknown") == 0)
		printf(" %s unknown", place);
	else
		printf(" %s %.1f of %.1f GiB free%s", place,
		       (double)json_integer_value(json_object_get(room, "free")) / gib,
		       (double)json_integer_value(json_object_get(room, "size")) / gib,
		       strcmp(word, "full") == 0  ? " (FULL: results wait)"
		       : strcmp(word, "low") == 0 ? " (LOW)"
						  : "");
}

static void print_disk(const json_t *status)
{
	printf("%-12s", "disk");
	print_room(status, "spool");
	putchar(',');
	print_room(status, "share");
	putchar('\n');
}

static void print_calibration(const json_t *status)
{
	char word[VALUE_SIZE], device[VALUE_SIZE], text[VALUE_SIZE];
	value(status, "calibration", NULL, word);
	if (strcmp(word, "off") == 0 || word[0] == '-') {
		printf("%-12s off: the policy names no device\n", "calibration");
		return;
	}
	printf("%-12s %s: device %s", "calibration", word,
	       value(status, "calibrated", "device", device));
	if (!is_value(status, "calibrated", "due", "-"))
		printf(", due %s", value(status, "calibrated", "due", text));
	if (!is_value(status, "calibrated", "registry", "-"))
		printf(", registry of %s", value(status, "calibrated", "registry", text));
	if (!is_value(status, "calibrated", "reason", "-"))
		printf("; %s", value(status, "calibrated", "reason", text));
	if (is_value(status, "calibrated", "results", "kept"))
		printf("; RESULTS ARE KEPT, NOT SEALED");
	putchar('\n');
}

static bool is_calibrated(const json_t *status)
{
	return is_value(status, "calibration", NULL, "off") ||
	       is_value(status, "calibration", NULL, "-") ||
	       is_value(status, "calibration", NULL, "TRACEABLE");
}

static void print_memory(const json_t *status)
{
	size_t i;
	json_t *process;
	char name[VALUE_SIZE], kib[VALUE_SIZE];
	printf("%-12s", "peak memory");
	json_array_foreach(json_object_get(status, "processes"), i, process)
	{
		printf("%s %s %s KiB", i ? "," : "", value(process, "name", NULL, name),
		       value(process, "memory_peak_kib", NULL, kib));
	}
	putchar('\n');
}

static bool is_full(const json_t *status, const char *place)
{
	char word[VALUE_SIZE];
	return strcmp(value(json_object_get(json_object_get(status, "disk"), place), "room", NULL,
			    word),
		      "full") == 0;
}

static bool all_is_well(const json_t *status)
{
	return is_value(status, "state", NULL, "running") &&
	       is_value(status, "problem", NULL, "-") && is_one_way(status) &&
	       !is_value(status, "channel", "silent", "yes") &&
	       json_array_size(json_object_get(json_object_get(status, "audit"), "violations")) ==
		       0 &&
	       !is_full(status, "spool") && !is_full(status, "share") && is_calibrated(status);
}

/* How labseald is, in words, and the exit status that this makes. */
static const char *condition(const json_t *status, bool running, int *ret_answer,
			     char buffer[static VALUE_SIZE])
{
	char written[VALUE_SIZE];
	int64_t seconds = age(status);
	*ret_answer = LS_EXIT_COULD_NOT_CHECK;
	if (!running && status) {
		snprintf(buffer, VALUE_SIZE,
			 "not running; this is what it wrote last, at %.32s, %lld s ago",
			 value(status, "written", NULL, written), (long long)seconds);
		return buffer;
	}
	if (!running)
		return "not running";
	if (status && (seconds < 0 || seconds * 1000 > 5 * LS_STATUS_EVERY_MS)) {
		snprintf(buffer, VALUE_SIZE, "does not answer: its status is %lld s old, of %.32s",
			 (long long)seconds, value(status, "written", NULL, written));
		return buffer;
	}
	*ret_answer = status && all_is_well(status) ? LS_EXIT_HOLDS : LS_EXIT_DOES_NOT_HOLD;
	return status ? value(status, "state", NULL, buffer) : "starting";
}

static void print_status(const json_t *status, bool running)
{
	char problem[VALUE_SIZE], append_only[VALUE_SIZE];
	print_machine(status, running);
	print_lock(status);
	print_heard(status);
	print_signer(status);
	print_seals(status);
	print_calibration(status);
	print_disk(status);
	printf("%-12s append-only: %s\n", "share", value(status, "append_only", NULL, append_only));
	print_memory(status);
	printf("%-12s %s\n", "problem", value(status, "problem", NULL, problem));
}

/* labseal/status-answer/v1: what is known of labseald, and its own words under "status". */
static int print(const char *path, const struct ls_policy *policy, bool running, json_t *status,
		 bool json)
{
	char buffer[VALUE_SIZE];
	int answer;
	const char *how = condition(status, running, &answer, buffer);
	if (json)
		return ls_cmd_print_json(json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:O?}", "schema",
						   "labseal/status-answer/v1", "policy", path,
						   "instrument", policy->instrument.id, "running",
						   running, "holds", answer == LS_EXIT_HOLDS,
						   "labseald", how, "status", status),
					 answer);
	printf("%-12s %s%s\n", "instrument", policy->instrument.id,
	       policy->development ? " (development)" : "");
	printf("%-12s %s\n", "labseald", how);
	if (status)
		print_status(status, running);
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
	rc = state_fd < 0 ? state_fd : ls_state_is_locked(state_fd, &running, &err);
	if (rc == 0) {
		rc = read_status(state_fd, &status, &err);
		rc = rc == -ENOENT ? 0 : rc;
	}
	if (rc < 0) {
		ls_cmd_fail(argv[0], &err);
		return LS_EXIT_COULD_NOT_CHECK;
	}
	return print(path, policy, running, status, json);
}
