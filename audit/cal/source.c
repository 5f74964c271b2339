/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "audit/cal/evidence.h"
#include "audit/chain/pin.h"
#include "audit/chain/store.h"
#include "audit/dcc/store.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/registry/registry.h"

static int open_evidence(const struct ls_cal_sources *sources, const struct ls_cal_trust *trust,
			 struct ls_cal_opened *opened, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_EVIDENCE_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, sources->evidence, &bytes, err);
	if (rc < 0)
		return rc;
	rc = ls_cal_evidence_store(bytes.data, bytes.size, trust, &opened->store, &opened->at, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", sources->evidence);
	return rc;
}

static int open_registry(const struct ls_cal_sources *sources, const struct ls_cal_trust *trust,
			 struct ls_index_tables *tables, struct ls_cal_store **ret_store,
			 struct ls_error *err)
{
	if (!trust->has_registry)
		return ls_fail(err, -ENOKEY, "cal.trust.registry",
			       "the trust file '%s' names no registry, whose mirror '%s' could be",
			       sources->trust, sources->registry);
	return ls_registry_store_open_shared(sources->registry, trust, tables, ret_store, err);
}

static int open_contract(const struct ls_cal_sources *sources, const struct ls_cal_trust *trust,
			 struct ls_cal_store **ret_store, struct ls_error *err)
{
	const char *path = sources->pin;
	_cleanup_buffer_ struct ls_buffer pin;
	ls_buffer_init(&pin, LS_CHAIN_PIN_MAX);
	int rc = path ? ls_file_read(AT_FDCWD, path, &pin, err) : 0;
	return rc < 0 ? rc
		      : ls_chain_store_open(sources->node, trust, path ? &pin : NULL, ret_store,
					    err);
}

static int open_documents(const struct ls_cal_sources *sources, const struct ls_cal_trust *trust,
			  struct ls_cal_opened *opened, struct ls_cal_store **ret_store,
			  struct ls_error *err)
{
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	int rc = ls_dcc_store_new(trust, opened->at, &store, err);
	if (rc == 0 && sources->registry)
		rc = ls_dcc_store_add_registry(store, sources->registry, err);
	if (rc == 0 && sources->folder) /* first: revocation lists in it are for the other, too */
		rc = ls_dcc_store_add_folder(store, sources->folder, err);
	const struct ls_error *first = NULL;
	opened->left_out = rc == 0 && sources->folder ? ls_dcc_store_left_out(store, &first) : 0;
	if (opened->left_out)
		opened->first = *first;
	if (rc == 0 && sources->dcc)
		rc = ls_dcc_store_add_file(store, sources->dcc, &opened->document, err);
	if (rc == 0)
		*ret_store = ls_steal_ptr(&store);
	return rc;
}

int ls_cal_source_open(const struct ls_cal_sources *sources, const struct ls_cal_trust *trust,
		       int64_t at, struct ls_index_tables *tables, struct ls_cal_opened *ret_opened,
		       struct ls_error *err)
{
	struct ls_cal_store *stores[2] = { NULL, NULL };
	struct ls_cal_opened opened = { .at = at };
	size_t count = 0;
	int rc = 0;
	if (sources->evidence) {
		rc = open_evidence(sources, trust, &opened, err);
		if (rc == 0)
			*ret_opened = opened;
		return rc;
	}
	if (sources->node)
		rc = open_contract(sources, trust, &stores[count++], err);
	if (sources->registry)
		rc = open_registry(sources, trust, tables, &stores[count++], err);
	if (rc == 0 && (sources->dcc || sources->folder || sources->registry))
		rc = open_documents(sources, trust, &opened, &stores[count++], err);
	if (rc == 0) {
		opened.store = count == 1 ? stores[0] : ls_cal_store_join(stores, count);
		if (!opened.store)
			rc = ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
	}
	if (rc == 0) {
		*ret_opened = opened;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		ls_cal_store_free(stores[i]);
	return rc;
}
