/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/opened.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "audit/dcc/tree.h"
#include "lib/base/files.h"

int ls_dcc_fail(const struct ls_command *command, const struct ls_error *err)
{
	fprintf(stderr, "labseal %s: %s\n", command->name, err->message);
	return err->code == -ENOMEM || err->code == -EIO || err->code == -ENOSPC
		       ? LS_EXIT_FAILED
		       : LS_EXIT_COULD_NOT_CHECK;
}

static int read_trust(const char *path, struct ls_cal_trust *trust, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_CAL_TRUST_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &b, err);
	if (rc < 0)
		return rc;
	rc = ls_cal_trust_parse(b.data, b.size, trust, err);
	if (rc < 0)
		ls_error_prefix(err, "trust file '%s'", path);
	return rc;
}

static int check(struct ls_dcc_opened *o, struct ls_error *err)
{
	struct ls_der authorities[LS_CAL_TRUST_CERTIFICATES_MAX];
	for (size_t i = 0; i < o->trust.certificate_count; i++)
		authorities[i] = (struct ls_der){ o->trust.certificates[i].der,
						  o->trust.certificates[i].size };
	const struct ls_dcc_trust trust = { .authorities = authorities,
					    .authority_count = o->trust.certificate_count };
	o->signatures = calloc(1, sizeof(*o->signatures));
	if (!o->signatures)
		return ls_fail(err, -ENOMEM, "cal.dcc.memory", "out of memory");
	return ls_dcc_signature_check(o->file, &trust, (int64_t)time(NULL), o->signatures, err);
}

int ls_dcc_open(const struct ls_command *command, const char *path, const char *trust,
		struct ls_dcc_opened *opened)
{
	struct ls_error err = { 0 };
	*opened = (struct ls_dcc_opened){ 0 };
	ls_buffer_init(&opened->bytes, LS_DCC_SIZE_MAX);
	if (trust && read_trust(trust, &opened->trust, &err) < 0)
		return ls_dcc_fail(command, &err);
	if (ls_file_read(AT_FDCWD, path, &opened->bytes, &err) < 0)
		return ls_dcc_fail(command, &err);
	if (ls_dcc_read(opened->bytes.data, opened->bytes.size, &opened->file, &err) < 0 ||
	    check(opened, &err) < 0) {
		ls_error_prefix(&err, "'%s'", path);
		return ls_dcc_fail(command, &err);
	}
	opened->dcc = ls_dcc_of(opened->file);
	return 0;
}

void ls_dcc_close(struct ls_dcc_opened *opened)
{
	free(opened->signatures);
	ls_dcc_file_free(opened->file);
	ls_cal_trust_free(&opened->trust);
	ls_buffer_free(&opened->bytes);
}
