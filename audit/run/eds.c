/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/eds.h"

#include <errno.h>
#include <string.h>

#include "audit/run/eds_parts.h"

#define ROOT "apldbio/sds/"

typedef int (*read_part)(struct ls_run *run, const void *data, size_t size, struct ls_error *err);

static const struct part {
	const char *name;
	read_part read;
	bool matters; /* a file with none of these is no run */
} parts[] = {
	{ ROOT "Manifest.mf", ls_eds_manifest, false },
	{ ROOT "experiment.xml", ls_eds_experiment, true },
	{ ROOT "plate_setup.xml", ls_eds_plate, true },
	{ ROOT "tcprotocol.xml", ls_eds_protocol, true },
	{ ROOT "multicomponentdata.xml", ls_eds_multicomponent_xml, true },
	{ ROOT "multicomponent_data.txt", ls_eds_multicomponent_text, true },
	{ ROOT "filterdata.xml", ls_eds_filters, false },
	{ ROOT "analysis_result.txt", ls_eds_results, true },
	{ ROOT "analysis_protocol.xml", ls_eds_settings, false },
};

static const struct calibration {
	const char *name;
	enum ls_calibration_kind kind;
} calibrations[] = {
	{ ROOT "calibrations/background.ini", LS_CALIBRATION_BACKGROUND },
	{ ROOT "calibrations/uniformity.ini", LS_CALIBRATION_UNIFORMITY },
	{ ROOT "calibrations/puredye.ini", LS_CALIBRATION_PURE_DYE },
	{ ROOT "calibrations/roi.ini", LS_CALIBRATION_ROI },
	{ ROOT "calibrations/rnasep.ini", LS_CALIBRATION_RNASEP },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool ls_eds_is(const struct ls_zip *zip)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		if (parts[i].matters && ls_zip_find(zip, parts[i].name) != LS_ZIP_NONE)
			return true;
	return false;
}

/* The whole file is to be given up: memory is out, or the archive has given all it may. */
static bool is_fatal(int rc, const struct ls_error *why)
{
	return rc == -ENOMEM || strcmp(why->id, "zip.total") == 0 ||
	       strcmp(why->id, "zip.encrypted") == 0;
}

/* 0, 1 when the part could not be read (a warning says why), or a fatal code. */
static int read_entry(struct ls_zip *zip, struct ls_run *run, const struct part *part, size_t index,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_EDS_ENTRY_MAX);
	struct ls_error why = { 0 };
	int rc = ls_zip_read(zip, index, &bytes, &why);
	if (rc == 0)
		rc = part->read(run, bytes.data, bytes.size, &why);
	if (rc == 0)
		return 0;
	if (is_fatal(rc, &why)) {
		*err = why;
		return rc;
	}
	char id[LS_ERROR_ID_SIZE];
	snprintf(id, sizeof(id), "report.eds.%.*s", (int)strcspn(part->name + strlen(ROOT), "."),
		 part->name + strlen(ROOT));
	ls_run_warn(run, id, "%s could not be read: %s", part->name, why.message);
	return 1;
}

static int read_calibration(struct ls_zip *zip, struct ls_run *run, const struct calibration *c,
			    size_t index, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_EDS_ENTRY_MAX);
	struct ls_error why = { 0 };
	int rc = ls_zip_read(zip, index, &bytes, &why);
	if (rc == 0)
		rc = ls_eds_calibration(run, c->kind, ls_zip_name(zip, index), bytes.data,
					bytes.size, &why);
	if (rc == 0)
		return 0;
	if (is_fatal(rc, &why)) {
		*err = why;
		return rc;
	}
	ls_run_warn(run, "report.eds.calibration", "%s could not be read: %s", c->name,
		    why.message);
	return 0;
}

/* Serialised Java objects are programs as much as data: named, and left alone. */
static void name_serialized(struct ls_zip *zip, struct ls_run *run)
{
	static const uint8_t magic[] = { 0xac, 0xed, 0x00, 0x05 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_EDS_ENTRY_MAX);
	size_t index = ls_zip_find(zip, ROOT "post-roi.dat");
	if (index == LS_ZIP_NONE || ls_zip_read(zip, index, &bytes, NULL) < 0)
		return;
	if (bytes.size >= sizeof(magic) && memcmp(bytes.data, magic, sizeof(magic)) == 0)
		ls_run_warn(run, "report.eds.serialized",
			    "%s is a serialised Java object, which is never read: the raw camera "
			    "data of this run are not shown",
			    ROOT "post-roi.dat");
}

static int read_parts(struct ls_zip *zip, struct ls_run *run, struct ls_error *err)
{
	size_t read = 0;
	for (size_t i = 0; i < COUNT(parts) && !ls_run_failed(run); i++) {
		size_t index = ls_zip_find(zip, parts[i].name);
		if (index == LS_ZIP_NONE)
			continue;
		int rc = read_entry(zip, run, &parts[i], index, err);
		if (rc < 0)
			return rc;
		read += rc == 0 && parts[i].matters;
	}
	if (read == 0 && !ls_run_failed(run)) /* what failed there is said at the end */
		return ls_fail(err, -EBADMSG, "report.eds.nothing",
			       "a run file of which no part can be read%s%s",
			       run->warning_count ? "; first, " : "",
			       run->warning_count ? run->warnings[0].message : "");
	return 0;
}

int ls_eds_read(struct ls_zip *zip, struct ls_run *run, struct ls_error *err)
{
	int rc = read_parts(zip, run, err);
	for (size_t i = 0; rc == 0 && i < COUNT(calibrations); i++) {
		size_t index = ls_zip_find(zip, calibrations[i].name);
		if (index != LS_ZIP_NONE)
			rc = read_calibration(zip, run, &calibrations[i], index, err);
	}
	if (rc == 0)
		name_serialized(zip, run);
	return rc;
}
