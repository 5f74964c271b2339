/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/certificate.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/dcc/store.h"
#include "audit/registry/signers.h"
#include "lib/base/files.h"
#include "lib/cal/agree.h"
#include "lib/registry/folder.h"

static int folder_of(const struct ls_desk *desk)
{
	return ls_registry_fd(ls_registry_writer_reader(desk->writer));
}

static const struct ls_digest *named(const struct ls_cal_record *record)
{
	const struct ls_cal_details *d = record->kind == LS_CAL_REPORT ? record->report.details
								       : NULL;
	return d && d->has_document ? &d->document : NULL;
}

struct subject {
	struct ls_cal_entry *device, *technician, *organisation;
};

/* What is not there was told already: it is compared without. */
static void find_subject(struct ls_cal_store *store, const struct ls_cal_report *report,
			 struct subject *s)
{
	struct ls_error ignored = { 0 };
	*s = (struct subject){ NULL, NULL, NULL };
	(void)ls_find_kind(store, &report->device, LS_CAL_DEVICE, "its device", &s->device,
			   &ignored);
	if (ls_find_kind(store, &report->technician, LS_CAL_TECHNICIAN, "its technician",
			 &s->technician, &ignored) == 0)
		(void)ls_find_kind(store, &s->technician->record.technician.organisation,
				   LS_CAL_ORGANISATION, "its organisation", &s->organisation,
				   &ignored);
}

static void compare(struct ls_desk *desk, const struct ls_cal_report *report, const char *name,
		    const struct ls_cal_entry *certificate, struct ls_faults *faults)
{
	struct subject s;
	char words[LS_CAL_WORDS_SIZE];
	find_subject(desk->store, report, &s);
	enum ls_cal_outcome outcome = ls_cal_agree_document(
		report, s.device ? ls_cal_record_name(&s.device->record) : "-",
		s.organisation ? ls_cal_record_name(&s.organisation->record) : NULL, certificate,
		words);
	if (outcome == LS_CAL_FAILS || outcome == LS_CAL_CANNOT)
		ls_faults_add(faults, "its certificate '%s': %s (cal.document)", name, words);
	ls_cal_entry_unref(s.device);
	ls_cal_entry_unref(s.technician);
	ls_cal_entry_unref(s.organisation);
}

static int read_and_compare(struct ls_desk *desk, const struct ls_cal_record *record,
			    const char *name, const struct ls_buffer *bytes,
			    struct ls_faults *faults, struct ls_error *err)
{
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	_cleanup_cal_entry_ struct ls_cal_entry *certificate = NULL;
	struct ls_error why = { 0 };
	struct ls_digest id;
	int rc = ls_dcc_store_new(&desk->trust, desk->admission.now, &store, err);
	if (rc < 0)
		return rc;
	rc = ls_dcc_store_add(store, bytes->data, bytes->size, name, &id, &why);
	if (rc == 0 && !ls_digest_equal(&id, named(record)))
		rc = ls_fail(&why, -EBADMSG, "registry.document",
			     "'%s' does not have the SHA-256 that the report names", name);
	if (rc == 0)
		rc = ls_cal_store_document(store, &id, &certificate, &why);
	if (rc == 0)
		compare(desk, &record->report, name, certificate, faults);
	else if (rc == -ENOMEM)
		*err = why;
	else
		ls_faults_add(faults, "its certificate cannot be read: %s (cal.document)",
			      why.message);
	return rc == -ENOMEM ? rc : 0;
}

int ls_certificate_check(struct ls_desk *desk, const struct ls_cal_record *record, const char *file,
			 struct ls_faults *faults, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_REGISTRY_DOCUMENT_MAX);
	if (!named(record))
		return 0;
	const char *name = file ? file : ls_registry_document_path(named(record), path);
	int rc = ls_file_read(file ? AT_FDCWD : folder_of(desk), name, &bytes, err);
	if (rc == -ENOENT && !file)
		return 0;
	return rc < 0 ? rc : read_and_compare(desk, record, name, &bytes, faults, err);
}

int ls_certificate_keep(struct ls_desk *desk, const struct ls_cal_record *record, const char *file,
			struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_digest digest;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_REGISTRY_DOCUMENT_MAX);
	int rc = ls_file_read(AT_FDCWD, file, &bytes, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(bytes.data, bytes.size, &digest);
	if (!ls_digest_equal(&digest, named(record)))
		return ls_fail(err, -EBADMSG, "registry.document",
			       "'%s' was changed while its report was made", file);
	return ls_file_replace(folder_of(desk), ls_registry_document_path(&digest, path),
			       bytes.data, bytes.size, 0644, err);
}
