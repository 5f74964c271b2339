/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that a script of tests/tools makes into a folder, and what is said of one of them.
 */
#ifndef LABSEAL_AUDIT_DCC_MADE_TEST_H
#define LABSEAL_AUDIT_DCC_MADE_TEST_H

#include <errno.h>
#include <time.h>

#include "audit/dcc/document.h"
#include "audit/dcc/tree.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/stock_test.h"
#include "lib/base/test.h"
#include "lib/cal/trust.h"

static char folder[] = "/tmp/labseal-dcc-XXXXXX";
static bool made;
static struct ls_cal_trust trust;

static void clean(void)
{
	ls_cal_trust_free(&trust);
	(void)ls_remove_tree(AT_FDCWD, folder, NULL);
}

static int load(const char *name, struct ls_buffer *b)
{
	char path[512];
	struct ls_error err = { 0 };
	ls_buffer_init(b, LS_DCC_SIZE_MAX);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int rc = ls_file_read(AT_FDCWD, path, b, &err);
	if (rc < 0)
		TEST_FAIL("%s", err.message);
	return rc;
}

__attribute__((unused)) static void load_trust(const char *name, struct ls_cal_trust *ret)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_error err = { 0 };
	if (load(name, &b) < 0 || ls_cal_trust_parse(b.data, b.size, ret, &err) < 0)
		TEST_FAIL("%s: %s", name, err.message);
}

/* Made once, for all tests; why they are skipped, or NULL. */
static const char *make(const char *script)
{
	if (made)
		return NULL;
	if (!mkdtemp(folder))
		return "no temporary folder";
	atexit(clean);
	/* -B: nothing is left beside the script */
	const char *const argv[] = { "python3", "-B", script, folder, NULL };
	int status = run_stock(".", argv);
	if (status == 127)
		return "there is no python3";
	if (status != 0)
		TEST_FAIL("%s ended with %d", script, status);
	load_trust("trust.txt", &trust);
	made = true;
	return NULL;
}

#define NEED_MADE(script)                              \
	do {                                           \
		const char *why_ = make(script);       \
		if (why_)                              \
			TEST_SKIP(why_);               \
		REQUIRE(trust.certificate_count == 1); \
	} while (0)

static int read_single(const char *name, struct ls_dcc_file **ret_file, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	char path[200];
	snprintf(path, sizeof(path), "single/%s.xml", name);
	if (load(path, &b) < 0)
		return -ENOENT;
	return ls_dcc_read(b.data, b.size, ret_file, err);
}

/* Its signatures, when this trust file is believed. */
__attribute__((unused)) static int check_single_by(const struct ls_cal_trust *by, const char *name,
						   struct ls_dcc_signatures *all)
{
	struct ls_dcc_file *file = NULL;
	struct ls_error err = { 0 };
	const struct ls_der ca = { by->certificates[0].der, by->certificates[0].size };
	const struct ls_dcc_trust believed = { .authorities = &ca, .authority_count = 1 };
	int rc = read_single(name, &file, &err);
	if (rc == 0)
		rc = ls_dcc_signature_check(file, &believed, (int64_t)time(NULL) + 60, all, &err);
	if (rc < 0)
		TEST_FAIL("%s: %s", name, err.message);
	ls_dcc_file_free(file);
	return rc;
}

__attribute__((unused)) static int check_single(const char *name, struct ls_dcc_signatures *all)
{
	return check_single_by(&trust, name, all);
}

#endif
