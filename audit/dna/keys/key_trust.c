/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "audit/dna/keys/key_log.h"
#include "lib/cal/line.h"

#define VERSION_LINE "labseal/dna-trust/v1"

void ls_key_trust_free(struct ls_key_trust *trust)
{
	ls_cal_trust_free(&trust->log);
}

bool ls_key_trust_is(const void *bytes, size_t size)
{
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	return ls_read_literal(&r, VERSION_LINE "\n") == 0;
}

int ls_key_trust_parse(const void *bytes, size_t size, struct ls_key_trust *ret,
		       struct ls_error *err)
{
	_cleanup_key_trust_ struct ls_key_trust t = { 0 };
	struct ls_cal_lines lines = { .id = "dna.keys.trust",
				      .what = "the trust file of a log of keys",
				      .err = err };
	ls_reader_init(&lines.r, bytes, size);
	if (!ls_cal_lines_is(&lines, VERSION_LINE))
		return ls_cal_lines_fail(&lines, "it is not \"" VERSION_LINE "\"");
	int rc = ls_cal_take_digest(&lines, "authority", &t.authority, "authority SHA256");
	if (rc == 0)
		rc = ls_cal_trust_read_log(&lines, &t.log);
	if (rc == 0 && ls_reader_end(&lines.r) < 0)
		rc = ls_cal_lines_fail(&lines, "something follows \"max-age SECONDS\"");
	if (rc < 0)
		return rc;
	*ret = t;
	memset(&t, 0, sizeof(t)); /* handed over */
	return 0;
}
