/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/approval.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define NAME_SIZE	48 /* "approvals/0001.events.jsonl" */
#define DIFFERENCE_SIZE 700

static void json_unref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_unref)))

static int encode_signature(const struct ls_approval *a, struct ls_buffer *out)
{
	ls_buffer_init(out, 4 * LS_P256_SIGNATURE_MAX);
	return ls_base64_encode(a->signature, a->signature_size, out);
}

static json_t *hex(const struct ls_digest *digest)
{
	char text[LS_DIGEST_HEX_SIZE];
	return json_string(ls_digest_hex(digest, text));
}

int ls_approval_format(const struct ls_approval *a, struct ls_buffer *out, struct ls_error *err)
{
	char approved[LS_UTC_SIZE];
	_cleanup_buffer_ struct ls_buffer signature;
	if (encode_signature(a, &signature) < 0)
		return ls_fail(err, -ENOMEM, "approval.memory", "out of memory for an approval");
	_cleanup_json_ json_t *json = json_pack(
		"{s:I, s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "version",
		(json_int_t)a->version, "counter", (json_int_t)a->counter, "approved",
		ls_utc_format(a->approved, approved), "accelerator", a->kvm ? "kvm" : "tcg",
		"policy_ref", a->policy_ref, "pcr23", hex(&a->pcr23), "policy", hex(&a->policy),
		"domain_xml", hex(&a->domain_xml), "base_image", hex(&a->base_image), "signature",
		ls_buffer_str(&signature));
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	if (!text || ls_buffer_add_str(out, text) < 0 || ls_buffer_add_u8(out, '\n') < 0)
		return ls_fail(err, -ENOMEM, "approval.memory", "out of memory for an approval");
	return 0;
}

/* The members as JSON has them, before they are looked at. */
struct members {
	json_int_t version, counter;
	const char *approved, *accelerator, *policy_ref;
	const char *pcr23, *policy, *domain_xml, *base_image, *signature;
};

static int parse_digest(const char *text, struct ls_digest *digest)
{
	return ls_digest_parse(text, strlen(text), digest);
}

static int parse_members(const struct members *m, struct ls_approval *a)
{
	bool tcg = strcmp(m->accelerator, "tcg") == 0;
	size_t ref = strlen(m->policy_ref);
	if ((!tcg && strcmp(m->accelerator, "kvm") != 0) || m->version < 1 ||
	    m->version > LS_APPROVAL_VERSION_MAX || m->counter < 1 || ref >= sizeof(a->policy_ref))
		return -EBADMSG;
	a->version = (uint64_t)m->version;
	a->counter = (uint64_t)m->counter;
	a->kvm = !tcg;
	memcpy(a->policy_ref, m->policy_ref, ref + 1);
	if (ls_utc_parse(m->approved, strlen(m->approved), &a->approved) < 0 ||
	    parse_digest(m->pcr23, &a->pcr23) < 0 || parse_digest(m->policy, &a->policy) < 0 ||
	    parse_digest(m->domain_xml, &a->domain_xml) < 0 ||
	    parse_digest(m->base_image, &a->base_image) < 0)
		return -EBADMSG;
	return ls_base64_decode(m->signature, strlen(m->signature), a->signature,
				sizeof(a->signature), &a->signature_size) < 0
		       ? -EBADMSG
		       : 0;
}

int ls_approval_parse(const void *bytes, size_t size, struct ls_approval *ret_approval,
		      struct ls_error *err)
{
	json_error_t why;
	struct members m;
	struct ls_approval a = { 0 };
	_cleanup_json_ json_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why);
	if (json_object_get(json, "version") && !json_object_get(json, "counter"))
		return ls_fail(err, -EBADMSG, "approval.old",
			       "an approval is of an earlier labseal, which did not bind approvals "
			       "to a version counter; move the folder '" LS_STATE_APPROVALS
			       "' away and approve the state anew (labseal provision)");
	/* '!': these members and no other */
	if (!json ||
	    json_unpack_ex(json, &why, 0, "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s !}",
			   "version", &m.version, "counter", &m.counter, "approved", &m.approved,
			   "accelerator", &m.accelerator, "policy_ref", &m.policy_ref, "pcr23",
			   &m.pcr23, "policy", &m.policy, "domain_xml", &m.domain_xml, "base_image",
			   &m.base_image, "signature", &m.signature) < 0)
		return ls_fail(err, -EBADMSG, "approval.json",
			       "an approval is malformed: line %d: %s", why.line, why.text);
	if (parse_members(&m, &a) < 0)
		return ls_fail(err, -EBADMSG, "approval.member",
			       "an approval has a member that is malformed");
	*ret_approval = a;
	return 0;
}

static const char *file_name(uint64_t version, const char *suffix, char buffer[static NAME_SIZE])
{
	snprintf(buffer, NAME_SIZE, LS_STATE_APPROVALS "/%04u.%s", (unsigned)(version % 10000),
		 suffix);
	return buffer;
}

/* "0042.json" to 42; 0 for any other name. */
static uint64_t version_of(const char *name)
{
	uint64_t version;
	size_t zeroes = strspn(name, "0");
	if (strlen(name) != 9 || strcmp(name + 4, ".json") != 0 || zeroes > 3 ||
	    ls_parse_u64(name + zeroes, 4 - zeroes, &version) < 0)
		return 0;
	return version;
}

int ls_approvals_last(int state_fd, uint64_t *ret_version, struct ls_error *err)
{
	int fd = openat(state_fd, LS_STATE_APPROVALS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "approval.folder", "cannot open '%s'",
				     LS_STATE_APPROVALS);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !folder) {
		close(fd);
		return ls_fail(err, -ENOMEM, "approval.memory", "out of memory");
	}
	uint64_t last = 0;
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		uint64_t version = version_of(entry->d_name);
		last = version > last ? version : last;
	}
	if (folder)
		closedir(folder);
	*ret_version = last;
	return 0;
}

/* The event log first: an approval never lacks it. */
static int write_pair(int state_fd, const struct ls_approval *a, const struct ls_event_log *log,
		      struct ls_error *err)
{
	char name[NAME_SIZE];
	_cleanup_buffer_ struct ls_buffer events, json;
	ls_buffer_init(&events, LS_EVENT_LOG_SIZE_MAX);
	ls_buffer_init(&json, LS_APPROVAL_SIZE_MAX);
	if (ls_event_log_format(log, &events) < 0)
		return ls_fail(err, ls_buffer_error(&events), "approval.memory",
			       "cannot write the event log of an approval");
	int rc = ls_approval_format(a, &json, err);
	if (rc == 0)
		rc = ls_file_replace(state_fd, file_name(a->version, "events.jsonl", name),
				     events.data, events.size, 0644, err);
	if (rc == 0)
		/* a rename, though the file is new: whoever is killed in between leaves no half */
		rc = ls_file_replace(state_fd, file_name(a->version, "json", name), json.data,
				     json.size, 0644, err);
	return rc;
}

int ls_approvals_lock(int state_fd, struct ls_error *err)
{
	int rc = ls_make_dirs(state_fd, LS_STATE_APPROVALS, 0700, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = openat(state_fd, LS_STATE_APPROVALS,
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "approval.folder", "cannot open '%s'",
				     LS_STATE_APPROVALS);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return ls_fail(err, -EBUSY, "approval.busy",
			       "somebody else approves at this moment; try again");
	return ls_steal_fd(&fd);
}

int ls_approvals_add(int state_fd, const struct ls_approval *approval,
		     const struct ls_event_log *log, uint64_t *ret_version, struct ls_error *err)
{
	struct ls_approval a = *approval;
	uint64_t last = 0;
	int rc = ls_make_dirs(state_fd, LS_STATE_APPROVALS, 0700, err);
	if (rc == 0)
		rc = ls_approvals_last(state_fd, &last, err);
	if (rc < 0)
		return rc;
	if (last >= LS_APPROVAL_VERSION_MAX)
		return ls_fail(err, -E2BIG, "approval.many", "there are %d approvals already",
			       LS_APPROVAL_VERSION_MAX);
	a.version = last + 1;
	rc = write_pair(state_fd, &a, log, err);
	if (rc == 0 && ret_version)
		*ret_version = a.version;
	return rc;
}

static int read_log(int state_fd, const struct ls_approval *a, struct ls_event_log *ret_log,
		    struct ls_error *err)
{
	char name[NAME_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_EVENT_LOG_SIZE_MAX);
	int rc = ls_file_read(state_fd, file_name(a->version, "events.jsonl", name), &bytes, err);
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	if (rc == 0)
		rc = ls_event_log_parse(bytes.data, bytes.size, &log, err);
	if (rc < 0)
		return rc;
	struct ls_digest pcr;
	ls_event_log_replay(&log, &pcr);
	if (!ls_digest_equal(&pcr, &a->pcr23))
		return ls_fail(err, -EBADMSG, "approval.log",
			       "the event log '%s' does not belong to its approval", name);
	*ret_log = log;
	log = (struct ls_event_log){ 0 }; /* handed over */
	return 0;
}

int ls_approvals_read(int state_fd, uint64_t version, struct ls_approval *ret_approval,
		      struct ls_event_log *ret_log, struct ls_error *err)
{
	char name[NAME_SIZE];
	struct ls_approval a = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_APPROVAL_SIZE_MAX);
	if (version < 1 || version > LS_APPROVAL_VERSION_MAX)
		return ls_fail(err, -ENOENT, "approval.version", "there is no approval %llu",
			       (unsigned long long)version);
	int rc = ls_file_read(state_fd, file_name(version, "json", name), &bytes, err);
	if (rc == 0)
		rc = ls_approval_parse(bytes.data, bytes.size, &a, err);
	if (rc == 0 && a.version != version)
		rc = ls_fail(err, -EBADMSG, "approval.version", "'%s' says it is version %llu",
			     name, (unsigned long long)a.version);
	if (rc == 0 && ret_log)
		rc = read_log(state_fd, &a, ret_log, err);
	if (rc == 0)
		*ret_approval = a;
	return rc;
}

int ls_approvals_next_counter(int state_fd, uint64_t tpm_counter, uint64_t *ret_counter,
			      struct ls_error *err)
{
	uint64_t last = 0;
	struct ls_approval newest = { 0 };
	int rc = ls_approvals_last(state_fd, &last, err);
	if (rc == 0 && last > 0)
		rc = ls_approvals_read(state_fd, last, &newest, NULL, err);
	if (rc < 0)
		return rc;
	*ret_counter = newest.counter + 1 > tpm_counter ? newest.counter + 1 : tpm_counter;
	return 0;
}

static int fail_mismatch(int state_fd, uint64_t last, const struct ls_measured_state *state,
			 struct ls_error *err)
{
	char difference[DIFFERENCE_SIZE];
	struct ls_approval newest = { 0 };
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	int rc = ls_approvals_read(state_fd, last, &newest, &log, err);
	if (rc < 0)
		return rc;
	ls_measured_difference(&log, &state->log, difference, sizeof(difference));
	if (newest.kvm != state->kvm)
		return ls_fail(err, -EACCES, "approval.mismatch",
			       "approval %llu is for a machine under %s and it would run under %s "
			       "(%s); run 'labseal provision' again if that is meant",
			       (unsigned long long)last, newest.kvm ? "KVM" : "TCG",
			       state->kvm ? "KVM" : "TCG", difference);
	return ls_fail(err, -EACCES, "approval.mismatch",
		       "this is not the state of approval %llu: %s; nothing is sealed until the "
		       "policy authority approves it (labseal provision)",
		       (unsigned long long)last, difference);
}

int ls_approvals_find(int state_fd, const struct ls_measured_state *state,
		      struct ls_approval *ret_approval, struct ls_error *err)
{
	uint64_t last = 0;
	int rc = ls_approvals_last(state_fd, &last, err);
	if (rc < 0)
		return rc;
	if (last == 0)
		return ls_fail(err, -ENOENT, "approval.none",
			       "nothing is approved yet; run 'labseal provision' first");
	for (uint64_t version = last; version > 0; version--) {
		struct ls_approval a = { 0 };
		rc = ls_approvals_read(state_fd, version, &a, NULL, err);
		if (rc < 0)
			return rc;
		if (ls_digest_equal(&a.pcr23, &state->pcr23)) {
			*ret_approval = a;
			return 0;
		}
	}
	return fail_mismatch(state_fd, last, state, err);
}
