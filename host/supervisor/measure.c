/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/proc/child.h"
#include "policy/domain_xml.h"

#define PROGRAM_PATH_SIZE 4096
#define XML_MAX		  (256u << 10)

void ls_measured_state_free(struct ls_measured_state *state)
{
	if (state)
		ls_event_log_free(&state->log);
}

static int add(struct ls_event_log *log, enum ls_measured event, const char *name,
	       const struct ls_digest *sha256, uint64_t size, struct ls_error *err)
{
	struct ls_measurement m = { .event = event, .sha256 = *sha256, .size = size };
	int n = snprintf(m.path, sizeof(m.path), "%s", name);
	if (n < 0 || (size_t)n >= sizeof(m.path))
		return ls_fail(err, -ENAMETOOLONG, "measure.name",
			       "the path '%s' is too long to be measured", name);
	return ls_event_log_add(log, &m, err);
}

static int add_file(struct ls_event_log *log, enum ls_measured event, const char *name,
		    const char *path, const struct ls_hash_watch *watch, struct ls_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ls_fail_errno(err, errno, "measure.open", "cannot measure '%s'", path);
	struct ls_digest sha256;
	uint64_t size = 0;
	int rc = ls_sha256_fd_watched(fd, watch, &sha256, &size, err);
	if (rc < 0) {
		ls_error_prefix(err, "cannot measure '%s'", path);
		return rc;
	}
	return add(log, event, name, &sha256, size, err);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static int add_supervisor(struct ls_event_log *log, struct ls_error *err)
{
	char path[PROGRAM_PATH_SIZE];
	int rc = ls_program_path("labseald", path, sizeof(path), err);
	return rc < 0 ? rc
		      : add_file(log, LS_MEASURED_SUPERVISOR, base_name(path), path, NULL, err);
}

static int add_enclave_files(struct ls_event_log *log, const struct ls_enclave_files *files,
			     struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < files->count; i++)
		rc = add(log, LS_MEASURED_ENCLAVE_FILE, files->files[i].name,
			 &files->files[i].sha256, files->files[i].size, err);
	return rc;
}

/* As they are in the enclave's root; where it has none yet, as they lie on the disk. */
static int add_enclave(struct ls_event_log *log, const struct ls_policy *policy,
		       const struct ls_enclave_files *measured, struct ls_error *err)
{
	if (measured)
		return add_enclave_files(log, measured, err);
	_cleanup_enclave_files_ struct ls_enclave_files files = { 0 };
	int rc = ls_enclave_files_find(policy, &files, err);
	if (rc == 0)
		rc = ls_enclave_files_hash(&files, err);
	return rc < 0 ? rc : add_enclave_files(log, &files, err);
}

static int add_policy(struct ls_measured_state *state, const struct ls_policy *policy,
		      struct ls_error *err)
{
	state->policy = policy->digest;
	return add(&state->log, LS_MEASURED_POLICY, LS_MEASURED_NAME_POLICY, &policy->digest,
		   policy->file_size, err);
}

static int add_xml(struct ls_measured_state *state, const struct ls_policy *policy,
		   struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, XML_MAX);
	int rc = ls_domain_xml(policy, state->kvm, &ls_domain_paths_canonical, &xml, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(xml.data, xml.size, &state->domain_xml);
	return add(&state->log, LS_MEASURED_DOMAIN_XML, LS_MEASURED_NAME_XML, &state->domain_xml,
		   xml.size, err);
}

static const char *or_policys(const char *path, const char *policys)
{
	return path ? path : policys;
}

static int add_disk(struct ls_event_log *log, const struct ls_policy *policy, const char *path,
		    const struct ls_hash_watch *watch, struct ls_error *err)
{
	int rc = add_file(log, LS_MEASURED_BASE_IMAGE, LS_MEASURED_NAME_DISK, path, watch, err);
	if (rc < 0)
		return rc;
	if (ls_digest_equal(&log->records[log->count - 1].sha256, &policy->vm.disk.sha256))
		return 0;
	char seen[LS_DIGEST_HEX_SIZE], wanted[LS_DIGEST_HEX_SIZE];
	return ls_fail(
		err, -EBADMSG, "measure.disk",
		"the disk image '%s' has SHA-256 %s, but the policy says %s; it is another or "
		"changed image",
		path, ls_digest_hex(&log->records[log->count - 1].sha256, seen),
		ls_digest_hex(&policy->vm.disk.sha256, wanted));
}

/* In the order of their names, as the event log wants it: disk, initrd, kernel. */
static int add_images(struct ls_event_log *log, const struct ls_policy *policy,
		      const struct ls_measured_files *files, struct ls_error *err)
{
	static const struct ls_measured_files policys = { 0 };
	const struct ls_measured_files *f = files ? files : &policys;
	int rc = 0;
	if (policy->vm.disk.path[0])
		rc = add_disk(log, policy, or_policys(f->disk, policy->vm.disk.path), &f->watch,
			      err);
	if (rc == 0 && policy->vm.boot.initrd[0])
		rc = add_file(log, LS_MEASURED_BASE_IMAGE, LS_MEASURED_NAME_INITRD,
			      or_policys(f->initrd, policy->vm.boot.initrd), &f->watch, err);
	if (rc == 0 && policy->vm.boot.kernel[0])
		rc = add_file(log, LS_MEASURED_BASE_IMAGE, LS_MEASURED_NAME_KERNEL,
			      or_policys(f->kernel, policy->vm.boot.kernel), &f->watch, err);
	return rc;
}

/* The one digest that stands for all base images in records and approvals. */
static int sum_up_images(struct ls_measured_state *state, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer lines;
	ls_buffer_init(&lines, 4096);
	size_t count = 0;
	for (size_t i = 0; i < state->log.count; i++) {
		const struct ls_measurement *m = &state->log.records[i];
		if (m->event != LS_MEASURED_BASE_IMAGE)
			continue;
		char hex[LS_DIGEST_HEX_SIZE];
		state->base_image = m->sha256;
		ls_buffer_printf(&lines, "%s  %s\n", ls_digest_hex(&m->sha256, hex), m->path);
		count++;
	}
	if (ls_buffer_error(&lines) < 0)
		return ls_fail(err, ls_buffer_error(&lines), "measure.memory", "out of memory");
	if (count > 1)
		ls_sha256_buffer(lines.data, lines.size, &state->base_image);
	return 0;
}

int ls_measure(const struct ls_policy *policy, bool kvm, const struct ls_measured_files *files,
	       struct ls_measured_state *ret_state, struct ls_error *err)
{
	_cleanup_measured_ struct ls_measured_state state = { .kvm = kvm };
	int rc = add_supervisor(&state.log, err);
	if (rc == 0)
		rc = add_enclave(&state.log, policy, files ? files->enclave : NULL, err);
	if (rc == 0)
		rc = add_policy(&state, policy, err);
	if (rc == 0)
		rc = add_xml(&state, policy, err);
	if (rc == 0)
		rc = add_images(&state.log, policy, files, err);
	if (rc == 0)
		rc = sum_up_images(&state, err);
	if (rc < 0)
		return rc;
	ls_event_log_replay(&state.log, &state.pcr23);
	*ret_state = state;
	state.log = (struct ls_event_log){ 0 }; /* handed over */
	return 0;
}

const struct ls_measurement *ls_measured_find(const struct ls_event_log *log,
					      const struct ls_measurement *like)
{
	for (size_t i = 0; i < log->count; i++)
		if (log->records[i].event == like->event &&
		    strcmp(log->records[i].path, like->path) == 0)
			return &log->records[i];
	return NULL;
}

static void note(struct ls_buffer *text, const struct ls_measurement *m, const char *what)
{
	ls_buffer_printf(text, "%s%s '%s' %s", text->size ? "; " : "", ls_measured_name(m->event),
			 m->path, what);
}

const char *ls_measured_difference(const struct ls_event_log *approved,
				   const struct ls_event_log *now, char *buffer, size_t size)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, size > 1 ? size - 1 : 1);
	for (size_t i = 0; i < now->count; i++) {
		const struct ls_measurement *m = &now->records[i];
		const struct ls_measurement *old = ls_measured_find(approved, m);
		if (!old)
			note(&text, m, "is new");
		else if (old->size != m->size || !ls_digest_equal(&old->sha256, &m->sha256))
			note(&text, m, "was changed");
	}
	for (size_t i = 0; i < approved->count; i++)
		if (!ls_measured_find(now, &approved->records[i]))
			note(&text, &approved->records[i], "is gone");
	snprintf(buffer, size, "%s", text.size ? ls_buffer_str(&text) : "nothing");
	return buffer;
}
