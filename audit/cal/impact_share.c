/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed results that were measured with what is touched. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/id_map.h"
#include "audit/cal/impact.h"
#include "audit/verify/read.h"
#include "audit/verify/share.h"
#include "audit/verify/source.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/seal/record.h"

struct looking {
	struct ls_cal_impact *impact;
	size_t number; /* of the share */
	struct ls_source *source;
	struct ls_share share;
	struct ls_id_map reports; /* touched: their index */
	struct ls_buffer record;
};

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
}

static int add_result(struct looking *l, const char *path, uint64_t seal, int64_t received,
		      size_t touched, struct ls_error *err)
{
	struct ls_cal_impact *m = l->impact;
	_cleanup_buffer_ struct ls_buffer folder;
	ls_buffer_init(&folder, 4 * LS_FOLDER_PATH_SIZE);
	struct ls_cal_touched_result *results = realloc(m->results,
							(m->result_count + 1) * sizeof(*results));
	if (!results)
		return out_of_memory(err);
	m->results = results;
	ls_text_escape(path, strlen(path), &folder);
	char *text = strdup(ls_buffer_str(&folder));
	if (!text)
		return out_of_memory(err);
	results[m->result_count++] = (struct ls_cal_touched_result){ l->number, seal, text,
								     received, touched };
	m->touched[touched].results++;
	return 0;
}

static int look_at(struct looking *l, const struct ls_folder *folder, struct ls_error *err)
{
	char path[LS_FOLDER_PATH_SIZE], file[LS_FOLDER_PATH_SIZE + 16];
	struct ls_record record;
	ls_folder_path(&l->share, folder, path);
	snprintf(file, sizeof(file), "%s/record.json", path);
	struct ls_read_result read = ls_share_read(l->source, file, &l->record);
	if (read.status != LS_READ_OK)
		return ls_fail(err, -EBADMSG, "cal.impact.record",
			       "'%s' cannot be read: verify the share (labseal verify)", file);
	int rc = ls_record_parse(l->record.data, l->record.size, &record, err);
	if (rc < 0) {
		ls_error_prefix(err, "'%s'", file);
		return rc;
	}
	const struct ls_calibration_status *c = &record.calibration;
	l->impact->results_looked_at++;
	l->impact->results_other += c->verdict == LS_CALIBRATION_NOT_CHECKED;
	const size_t *touched = ls_digest_is_zero(&c->report)
					? NULL
					: ls_id_map_find(&l->reports, &c->report);
	if (touched && record.received / 1000 >= l->impact->since)
		rc = add_result(l, path, folder->seal, record.received, *touched, err);
	ls_record_free(&record);
	return rc;
}

static int look_at_all(struct looking *l, const char *share, struct ls_error *err)
{
	struct ls_report report;
	ls_report_init(&report);
	int rc = ls_source_open(share, NULL, &report, &l->source, err);
	if (rc == 0 && ls_share_walk(l->source, &l->share, &report) < 0)
		rc = out_of_memory(err);
	if (rc == 0 && l->share.incomplete)
		rc = ls_fail(err, -EACCES, "cal.impact.share",
			     "'%s' has folders that cannot be listed: results may be missing",
			     share);
	for (size_t i = 0; rc == 0 && i < l->share.count; i++)
		if (!l->share.folders[i].event)
			rc = look_at(l, &l->share.folders[i], err);
	ls_report_free(&report);
	return rc;
}

int ls_cal_impact_share(struct ls_cal_impact *impact, size_t number, const char *share,
			struct ls_error *err)
{
	struct looking l = { .impact = impact, .number = number };
	int rc = 0;
	ls_buffer_init(&l.record, LS_RECORD_SIZE_MAX);
	for (size_t i = 0; rc >= 0 && i < impact->count; i++)
		rc = ls_id_map_add(&l.reports, &impact->touched[i].report, i);
	rc = rc < 0 ? out_of_memory(err) : look_at_all(&l, share, err);
	if (rc < 0)
		ls_error_prefix(err, "share '%s'", share);
	ls_share_done(&l.share);
	ls_source_free(l.source);
	ls_id_map_free(&l.reports);
	ls_buffer_free(&l.record);
	return rc;
}
