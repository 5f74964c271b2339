/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "lib/base/files.h"

/* One family: its head, then its samples by sample(). */
static void family(struct ls_buffer *out, const char *name, const char *type, const char *help)
{
	ls_buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* What the text format wants escaped in a label's value. */
static void label(struct ls_buffer *out, const char *name, const char *value)
{
	ls_buffer_printf(out, "%s=\"", name);
	for (const char *c = value; *c; c++) {
		if (*c == '\\' || *c == '"')
			ls_buffer_add_u8(out, '\\');
		if (*c == '\n')
			ls_buffer_add_str(out, "\\n");
		else
			ls_buffer_add_u8(out, (uint8_t)*c);
	}
	ls_buffer_add_str(out, "\"");
}

static void sample(struct ls_buffer *out, const struct ls_status *s, const char *name,
		   const char *key, const char *value, uint64_t number)
{
	ls_buffer_printf(out, "%s{", name);
	label(out, "instrument", s->instrument);
	if (key) {
		ls_buffer_add_str(out, ",");
		label(out, key, value);
	}
	ls_buffer_printf(out, "} %" PRIu64 "\n", number);
}

static void one(struct ls_buffer *out, const struct ls_status *s, const char *name,
		const char *type, const char *help, uint64_t number)
{
	family(out, name, type, help);
	sample(out, s, name, NULL, NULL, number);
}

static void info(struct ls_buffer *out, const struct ls_status *s)
{
	family(out, "labseal_info", "gauge", "What runs; always 1.");
	ls_buffer_add_str(out, "labseal_info{");
	label(out, "instrument", s->instrument);
	ls_buffer_add_str(out, ",");
	label(out, "version", LABSEAL_VERSION);
	ls_buffer_add_str(out, ",");
	label(out, "signer", s->signer_kind);
	ls_buffer_add_str(out, ",");
	label(out, "ed25519", s->ed25519_kind);
	ls_buffer_printf(out, ",development=\"%s\"} 1\n", s->development ? "true" : "false");
}

static void disks(struct ls_buffer *out, const struct ls_status *s)
{
	static const char free_name[] = "labseal_disk_free_bytes",
			  size_name[] = "labseal_disk_size_bytes";
	family(out, free_name, "gauge",
	       "Room that is left on the disk of the spool and the share.");
	sample(out, s, free_name, "place", "spool", s->spool_room.free);
	sample(out, s, free_name, "place", "share", s->share_room.free);
	family(out, size_name, "gauge", "Size of the disk of the spool and the share.");
	sample(out, s, size_name, "place", "spool", s->spool_room.size);
	sample(out, s, size_name, "place", "share", s->share_room.size);
}

/* Only where the policy names a device. */
static void calibration(struct ls_buffer *out, const struct ls_status *s)
{
	const struct ls_calibration_status *c = s->calibration;
	if (!c)
		return;
	one(out, s, "labseal_calibration_traceable", "gauge",
	    "1 while the instrument's calibration is traceable and in force, else 0.",
	    c->verdict == LS_CALIBRATION_TRACEABLE);
	one(out, s, "labseal_calibration_due_timestamp_seconds", "gauge",
	    "When the next calibration is due; 0: not known, or never.", (uint64_t)(c->due / 1000));
	one(out, s, "labseal_calibration_checked_timestamp_seconds", "gauge",
	    "When the registry of calibrations was asked last.", (uint64_t)(c->checked / 1000));
	one(out, s, "labseal_calibration_registry_timestamp_seconds", "gauge",
	    "The time up to which the registry's mirror is known to be whole; 0: not known.",
	    (uint64_t)(c->registry.time / 1000));
	one(out, s, "labseal_results_kept", "gauge",
	    "1 while results wait for the instrument's calibration, as the policy wants it, "
	    "else 0.",
	    s->holds_results);
}

static void processes(struct ls_buffer *out, const struct ls_status *s)
{
	static const char name[] = "labseal_process_peak_memory_bytes";
	family(out, name, "gauge", "Most memory that a process ever had resident.");
	for (size_t i = 0; i < s->process_count; i++)
		sample(out, s, name, "process", s->processes[i].name,
		       s->processes[i].peak_kib * 1024);
}

int ls_metrics_format(const struct ls_status *s, int64_t now, struct ls_buffer *out)
{
	bool ready = strcmp(s->signer_state, "ready") == 0;
	info(out, s);
	one(out, s, "labseal_status_timestamp_seconds", "gauge",
	    "When this file was written; an old one means that labseald hangs or is gone.",
	    (uint64_t)now);
	one(out, s, "labseal_start_timestamp_seconds", "gauge", "When labseald was started.",
	    (uint64_t)s->started);
	one(out, s, "labseal_running", "gauge", "1 while all is as it should be, else 0.",
	    strcmp(s->state, "running") == 0 && s->problem[0] == '\0');
	one(out, s, "labseal_signer_ready", "gauge", "1 while the enclave seals, else 0.", ready);
	one(out, s, "labseal_signer_restarts_total", "counter",
	    "Restarts of receiver, enclave and publisher.", s->signer_restarts);
	one(out, s, "labseal_machine_running", "gauge", "1 while the virtual machine runs, else 0.",
	    strcmp(s->vm.state, "running") == 0);
	one(out, s, "labseal_machine_restarts_total", "counter", "Restarts of the virtual machine.",
	    s->vm_restarts);
	one(out, s, "labseal_channel_one_way", "gauge",
	    "1 while the kernel says that QEMU can only write to the channel, else 0.",
	    ls_status_is_one_way(s));
	one(out, s, "labseal_guest_heard_timestamp_seconds", "gauge",
	    "When the guest's exporter was last heard; 0: never.", (uint64_t)s->last_heard);
	one(out, s, "labseal_guest_silent", "gauge",
	    "1 when a machine that runs was not heard for longer than the policy allows, else 0.",
	    s->is_silent);
	one(out, s, "labseal_queue_entries", "gauge", "Files and events that wait for their seal.",
	    s->queue);
	one(out, s, "labseal_sealed_total", "counter", "Results and events sealed since the start.",
	    s->sealed);
	one(out, s, "labseal_last_seal_number", "gauge", "Number of the last seal.", s->last_seal);
	one(out, s, "labseal_last_seal_timestamp_seconds", "gauge",
	    "When the last result or event was sealed; 0: none since the start.",
	    (uint64_t)s->last_time);
	one(out, s, "labseal_last_result_timestamp_seconds", "gauge",
	    "When the last result was sealed; 0: none since the start.",
	    (uint64_t)s->last_result.time);
	one(out, s, "labseal_last_time_stamp_timestamp_seconds", "gauge",
	    "When the last independent time stamp was sealed; 0: none since the start.",
	    (uint64_t)s->time_stamp);
	one(out, s, "labseal_last_cosigned_timestamp_seconds", "gauge",
	    "When a witness cosigned last; 0: never.", (uint64_t)s->cosigned);
	one(out, s, "labseal_approval", "gauge", "Version of the approval under which is sealed.",
	    s->approval);
	calibration(out, s);
	disks(out, s);
	processes(out, s);
	return ls_buffer_error(out);
}

int ls_metrics_write(const char *path, const struct ls_status *status, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_METRICS_MAX);
	if (ls_metrics_format(status, time(NULL), &text) < 0)
		return ls_fail(err, -ENOMEM, "metrics.memory", "cannot write the metrics");
	int rc = ls_file_replace(AT_FDCWD, path, text.data, text.size, 0644, err);
	if (rc < 0)
		ls_error_prefix(err, "cannot write the metrics ('publish.metrics')");
	return rc;
}
