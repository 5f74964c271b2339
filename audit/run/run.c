/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/run.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "audit/run/eds.h"
#include "audit/run/rdml.h"
#include "audit/run/text_export.h"

/* What one archive may give in total, and how many entries: an .eds of 384 wells has 2000. */
static const struct ls_zip_limits archive_limits = { .entries = 20000,
						     .total = (uint64_t)256 << 20 };

const char *ls_run_source_name(enum ls_run_source source)
{
	static const char *const names[] = { [LS_RUN_EDS] = "run file (.eds)",
					     [LS_RUN_TEXT] = "text export",
					     [LS_RUN_RDML] = "RDML" };
	return names[source];
}

const char *ls_run_task_name(enum ls_run_task task)
{
	static const char *const names[] = {
		[LS_TASK_NONE] = "",
		[LS_TASK_UNKNOWN] = "unknown",
		[LS_TASK_STANDARD] = "standard",
		[LS_TASK_NTC] = "NTC",
		[LS_TASK_NAC] = "NAC",
		[LS_TASK_NRT] = "no RT",
		[LS_TASK_POSITIVE] = "positive control",
		[LS_TASK_IPC] = "IPC",
		[LS_TASK_BLOCKED_IPC] = "blocked IPC",
		[LS_TASK_OTHER] = "other",
	};
	return names[task];
}

const char *ls_stage_kind_name(enum ls_stage_kind kind)
{
	static const char *const names[] = { [LS_STAGE_HOLD] = "hold",
					     [LS_STAGE_CYCLING] = "cycling",
					     [LS_STAGE_MELT] = "melt",
					     [LS_STAGE_OTHER] = "other" };
	return names[kind];
}

const char *ls_calibration_kind_name(enum ls_calibration_kind kind)
{
	static const char *const names[] = { [LS_CALIBRATION_BACKGROUND] = "background",
					     [LS_CALIBRATION_UNIFORMITY] = "uniformity",
					     [LS_CALIBRATION_PURE_DYE] = "pure dye",
					     [LS_CALIBRATION_ROI] = "region of interest",
					     [LS_CALIBRATION_RNASEP] = "RNase P",
					     [LS_CALIBRATION_OTHER] = "other" };
	return names[kind];
}

static bool is_zip(const void *data, size_t size)
{
	/* APPNOTE.TXT 4.3.7: a local file header; 4.3.16: an archive without entries */
	return size >= 4 && (memcmp(data, "PK\3\4", 4) == 0 || memcmp(data, "PK\5\6", 4) == 0);
}

static int unknown(struct ls_error *err, const char *what)
{
	return ls_fail(err, -ENOTSUP, "report.run.unknown",
		       "%s; run files (.eds), their text exports and RDML are read", what);
}

/* The archive's kind by its entries. */
static int sniff_archive(const struct ls_zip *zip, enum ls_run_source *ret, struct ls_error *err)
{
	if (ls_eds_is(zip))
		*ret = LS_RUN_EDS;
	else if (ls_rdml_entry(zip) != LS_ZIP_NONE)
		*ret = LS_RUN_RDML;
	else if (ls_zip_find(zip, "run/run_summary.json") != LS_ZIP_NONE ||
		 ls_zip_find(zip, "summary.json") != LS_ZIP_NONE ||
		 ls_zip_find(zip, "setup/plate_setup.json") != LS_ZIP_NONE)
		return unknown(err, "a run file of QuantStudio Design & Analysis Software 2, which "
				    "holds JSON; export it as text, or save it in the older form");
	else
		return unknown(err, "a ZIP archive, and no run file");
	return 0;
}

/* Plain files: 0 with *ret, or -ENOTSUP. */
static int sniff_plain(const void *data, size_t size, enum ls_run_source *ret)
{
	if (ls_rdml_is(data, size))
		*ret = LS_RUN_RDML;
	else if (ls_text_export_is(data, size))
		*ret = LS_RUN_TEXT;
	else
		return -ENOTSUP;
	return 0;
}

int ls_run_sniff(const void *data, size_t size, enum ls_run_source *ret_source)
{
	if (!is_zip(data, size))
		return sniff_plain(data, size, ret_source);
	struct ls_zip *zip;
	if (ls_zip_open(data, size, &archive_limits, &zip, NULL) < 0)
		return -ENOTSUP;
	enum ls_run_source source = LS_RUN_EDS;
	int rc = sniff_archive(zip, &source, NULL);
	ls_zip_close(zip);
	if (rc == 0)
		*ret_source = source;
	return rc;
}

/* rc and err of a reader, and what it noted in the run, as one answer. */
static int settle(int rc, struct ls_run *run, struct ls_run **ret, struct ls_error *err)
{
	if (rc == 0)
		rc = ls_run_finish(run, err);
	if (rc < 0)
		ls_run_free(run);
	else
		*ret = run;
	return rc;
}

static int read_archive(const void *data, size_t size, struct ls_run **ret, struct ls_error *err)
{
	_cleanup_(ls_zip_close) struct ls_zip *zip = NULL;
	enum ls_run_source source = LS_RUN_EDS;
	int rc = ls_zip_open(data, size, &archive_limits, &zip, err);
	if (rc == 0)
		rc = sniff_archive(zip, &source, err);
	if (rc < 0)
		return rc;
	struct ls_run *run = ls_run_new(source);
	if (!run)
		return ls_fail(err, -ENOMEM, "report.run.memory", "out of memory");
	rc = source == LS_RUN_EDS ? ls_eds_read(zip, run, err) : ls_rdml_read_zip(zip, run, err);
	return settle(rc, run, ret, err);
}

int ls_run_read(const void *data, size_t size, struct ls_run **ret_run, struct ls_error *err)
{
	enum ls_run_source source = LS_RUN_TEXT;
	if (size > LS_RUN_FILE_MAX)
		return ls_fail(err, -EFBIG, "report.run.size",
			       "the file has %zu bytes, and %zu at most are read", size,
			       LS_RUN_FILE_MAX);
	if (is_zip(data, size))
		return read_archive(data, size, ret_run, err);
	if (size == 0 || sniff_plain(data, size, &source) < 0)
		return unknown(err, size ? "this is no format that is known" : "the file is empty");
	struct ls_run *run = ls_run_new(source);
	if (!run)
		return ls_fail(err, -ENOMEM, "report.run.memory", "out of memory");
	int rc = source == LS_RUN_RDML ? ls_rdml_read(data, size, run, err)
				       : ls_text_export_read(data, size, run, err);
	return settle(rc, run, ret_run, err);
}

const struct ls_run_well *ls_run_find_well(const struct ls_run *run, size_t index)
{
	size_t low = 0, high = run->well_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (run->wells[middle].index == index)
			return &run->wells[middle];
		if (run->wells[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

size_t ls_run_find_dye(const struct ls_run *run, const char *name)
{
	for (size_t i = 0; name && i < run->dye_count; i++)
		if (strcasecmp(run->dyes[i], name) == 0)
			return i;
	return LS_RUN_NONE;
}
