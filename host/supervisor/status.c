/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/status.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/supervisor/state.h"
#include "host/supervisor/violations_json.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define PROC_STATUS_MAX 16384

static void json_unref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_unref)))

uint64_t ls_process_peak_kib(pid_t pid)
{
	char path[64];
	uint64_t kib;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, PROC_STATUS_MAX);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (pid <= 0 || ls_file_read(AT_FDCWD, path, &text, NULL) < 0)
		return 0;
	const char *line = strstr(ls_buffer_str(&text), "\nVmHWM:");
	if (!line)
		return 0;
	line += strlen("\nVmHWM:");
	line += strspn(line, " \t");
	return ls_parse_u64(line, strspn(line, "0123456789"), &kib) == 0 ? kib : 0;
}

void ls_status_process(struct ls_status *status, const char *name, pid_t pid)
{
	size_t i = 0;
	while (i < status->process_count && strcmp(status->processes[i].name, name) != 0)
		i++;
	if (i == LS_STATUS_PROCESSES_MAX || (i == status->process_count && pid == 0))
		return;
	struct ls_status_process *p = &status->processes[i];
	if (i == status->process_count) {
		status->process_count++;
		*p = (struct ls_status_process){ .name = name };
	}
	p->pid = pid;
	uint64_t peak = ls_process_peak_kib(pid);
	p->peak_kib = peak > p->peak_kib ? peak : p->peak_kib;
}

static json_t *processes_json(const struct ls_status *s)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < s->process_count; i++) {
		const struct ls_status_process *p = &s->processes[i];
		json_array_append_new(list, json_pack("{s:s, s:i, s:I}", "name", p->name, "pid",
						      (int)p->pid, "memory_peak_kib",
						      (json_int_t)p->peak_kib));
	}
	return list;
}

static json_t *seal_json(uint64_t number, const char *label, int64_t seconds)
{
	char time[LS_UTC_SIZE];
	if (number == 0)
		return json_object();
	return json_pack("{s:I, s:s, s:s}", "number", (json_int_t)number, "label", label, "time",
			 ls_utc_format(seconds, time));
}

static json_t *room_json(const struct ls_room *room)
{
	return json_pack("{s:I, s:I, s:s}", "free", (json_int_t)room->free, "size",
			 (json_int_t)room->size, "room", ls_room_word(room->state));
}

bool ls_status_is_one_way(const struct ls_status *s)
{
	return strcmp(s->vm.facts.channel, "file") == 0 &&
	       strcmp(s->qemu_descriptor, "write-only") == 0 && s->vm.facts.other_ways == 0;
}

static json_t *vm_json(const struct ls_status *s)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:i}", "name", s->vm_name, "state",
			 s->vm.state[0] ? s->vm.state : "not started", "pid", (int)s->vm.pid,
			 "type", s->vm.facts.type, "restarts", (int)s->vm_restarts);
}

static json_t *channel_json(const struct ls_status *s)
{
	char heard[LS_UTC_SIZE] = "";
	if (s->last_heard > 0)
		ls_utc_format(s->last_heard, heard);
	return json_pack("{s:s, s:s, s:i, s:s, s:b}", "type", s->vm.facts.channel,
			 "qemu_descriptor", s->qemu_descriptor, "other_ways",
			 (int)s->vm.facts.other_ways, "last_heard", heard, "silent", s->is_silent);
}

static json_t *audit_json(const struct ls_status *s)
{
	static const struct ls_violations none;
	const struct ls_violations *list = s->violations ? s->violations : &none;
	return json_pack("{s:b, s:b, s:o}", "looked", s->is_looked_at && *s->is_looked_at, "more",
			 list->more || list->count > LS_STATUS_VIOLATIONS, "violations",
			 ls_violations_to_json(list, LS_STATUS_VIOLATIONS));
}

static const char *utc_or_never(int64_t seconds, char buffer[static LS_UTC_SIZE])
{
	buffer[0] = '\0';
	return seconds > 0 ? ls_utc_format(seconds, buffer) : buffer;
}

/* Of the instrument; times are seconds, "" is none. */
static json_t *calibrated_json(const struct ls_status *s)
{
	const struct ls_calibration_status *c = s->calibration;
	char performed[LS_UTC_SIZE], due[LS_UTC_SIZE], checked[LS_UTC_SIZE], known[LS_UTC_SIZE];
	char report[LS_DIGEST_HEX_SIZE], reason[sizeof(c->reason) + 4];
	if (!c)
		return json_object();
	snprintf(reason, sizeof(reason), "%s%s%s", c->reason.id, c->reason.id[0] ? ": " : "",
		 c->reason.text);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "device", c->device, "report",
			 ls_digest_is_zero(&c->report) ? "" : ls_digest_hex(&c->report, report),
			 "performed", utc_or_never(c->performed / 1000, performed), "due",
			 utc_or_never(c->due / 1000, due), "checked",
			 utc_or_never(c->checked / 1000, checked), "registry",
			 utc_or_never(c->registry.time / 1000, known), "reason", reason, "results",
			 s->holds_results ? "kept" : "sealed");
}

static json_t *status_json(const struct ls_status *s)
{
	char written[LS_UTC_SIZE], started[LS_UTC_SIZE], hex[LS_DIGEST_HEX_SIZE];
	char next[LS_UTC_SIZE], stamp[LS_UTC_SIZE], cosigned[LS_UTC_SIZE];
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:{s:s, s:s, s:s, s:i},"
		" s:I, s:I, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:{s:o, s:o}, s:s, s:s, s:I, s:o, "
		"s:s, "
		"s:s, "
		"s:o}",
		"schema", "labseal/status/v1", "state", s->state, "written",
		ls_utc_format(time(NULL), written), "started", ls_utc_format(s->started, started),
		"instrument", s->instrument, "development", s->development, "vm", vm_json(s),
		"channel", channel_json(s), "signer", "kind", s->signer_kind, "ed25519",
		s->ed25519_kind, "state", s->signer_state, "restarts", (int)s->signer_restarts,
		"queue", (json_int_t)s->queue, "sealed", (json_int_t)s->sealed, "last_seal",
		seal_json(s->last_seal, s->last_label, s->last_time), "last_result",
		seal_json(s->last_result.number, s->last_result.label, s->last_result.time),
		"time_stamp", utc_or_never(s->time_stamp, stamp), "cosigned",
		utc_or_never(s->cosigned, cosigned), "notary", s->notary, "calibration",
		s->calibration ? ls_calibration_verdict_name(s->calibration->verdict) : "off",
		"calibrated", calibrated_json(s), "disk", "spool", room_json(&s->spool_room),
		"share", room_json(&s->share_room), "append_only", s->append_only, "measurement",
		ls_digest_hex(&s->measurement, hex), "approval", (json_int_t)s->approval, "audit",
		audit_json(s), "next_try", utc_or_never(s->next_try, next), "problem", s->problem,
		"processes", processes_json(s));
}

int ls_status_write(int state_fd, const struct ls_status *status, struct ls_error *err)
{
	_cleanup_json_ json_t *json = status_json(status);
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	if (!text)
		return ls_fail(err, -ENOMEM, "status.memory", "cannot write the status");
	return ls_file_replace(state_fd, LS_STATE_STATUS, text, strlen(text), 0644, err);
}
