/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/calibration_asked.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/dcc/store.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/cal/trace.h"
#include "lib/registry/registry.h"

#define MEMO_MAX (16u << 20) /* bytes, of one question */

struct ls_calibration_asking {
	struct ls_cal_trust trust;
	struct ls_registry *registry;
	struct ls_cal_store *store;
};

static int read_trust(const char *path, struct ls_cal_trust *trust, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_CAL_TRUST_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &text, err);
	if (rc == 0)
		rc = ls_cal_trust_parse(text.data, text.size, trust, err);
	if (rc == 0 && !trust->has_registry)
		rc = ls_fail(err, -EINVAL, "verify.calibration-trust",
			     "the calibration trust file '%s' names no registry", path);
	return rc;
}

/* The log's records, and the certificates that its mirror keeps beside them, as `labseal cal trace`
 * has them; the seal of one that does not say when it was made is judged as of today. */
static int open_store(const char *mirror, const struct ls_cal_trust *trust,
		      struct ls_cal_store **ret_store, struct ls_error *err)
{
	_cleanup_cal_store_ struct ls_cal_store *records = NULL, *documents = NULL;
	int rc = ls_registry_store_open(mirror, trust, &records, err);
	if (rc == 0)
		rc = ls_dcc_store_new(trust, (int64_t)time(NULL), &documents, err);
	if (rc == 0)
		rc = ls_dcc_store_add_registry(documents, mirror, err);
	if (rc < 0)
		return rc;
	struct ls_cal_store *const both[] = { records, documents };
	struct ls_cal_store *store = ls_cal_store_join(both, 2);
	if (!store)
		return ls_fail(err, -ENOMEM, "verify.memory", "out of memory for a registry");
	records = documents = NULL; /* handed over */
	*ret_store = store;
	return 0;
}

int ls_calibration_asking_open(const char *mirror, const char *trust,
			       struct ls_calibration_asking **ret, struct ls_error *err)
{
	struct ls_calibration_asking *a = calloc(1, sizeof(*a));
	if (!a)
		return ls_fail(err, -ENOMEM, "verify.memory", "out of memory for a registry");
	int rc = read_trust(trust, &a->trust, err);
	if (rc == 0)
		rc = ls_registry_open(mirror, &a->trust.registry, &a->registry, err);
	if (rc == 0)
		rc = open_store(mirror, &a->trust, &a->store, err);
	if (rc < 0) {
		ls_calibration_asking_close(a);
		return rc;
	}
	*ret = a;
	return 0;
}

void ls_calibration_asking_close(struct ls_calibration_asking *a)
{
	if (!a)
		return;
	ls_cal_store_free(a->store);
	ls_registry_free(a->registry);
	ls_cal_trust_free(&a->trust);
	free(a);
}

void ls_calibration_asking_facts(const struct ls_calibration_asking *a, struct ls_calibrated *facts)
{
	const struct ls_checkpoint *checkpoint = ls_registry_checkpoint(a->registry);
	snprintf(facts->origin, sizeof(facts->origin), "%s", checkpoint->origin);
	facts->size = checkpoint->size;
}

int ls_calibration_asking_root(struct ls_calibration_asking *a,
			       const struct ls_calibration_status *claim, struct ls_error *err)
{
	struct ls_digest root;
	const struct ls_checkpoint *checkpoint = ls_registry_checkpoint(a->registry);
	if (strcmp(checkpoint->origin, claim->registry.origin) != 0)
		return ls_fail(err, -EBADMSG, "calibration.origin",
			       "it rests on the registry '%s'; the trust file is of '%s'",
			       claim->registry.origin, checkpoint->origin);
	if (claim->registry.size > checkpoint->size)
		return ls_fail(err, -ENODATA, "calibration.behind",
			       "it rests on %" PRIu64 " entries of the registry; the mirror has "
			       "%" PRIu64 ": renew it with 'labseal cal sync'",
			       claim->registry.size, checkpoint->size);
	int rc = ls_registry_root(a->registry, claim->registry.size, &root, err);
	if (rc == 0 && !ls_digest_equal(&root, &claim->registry.root))
		rc = ls_fail(err, -EBADMSG, "calibration.fork",
			     "the registry that it rests on, of %" PRIu64
			     " entries, is not what this registry was at that size: one of the "
			     "two was shown other entries",
			     claim->registry.size);
	return rc;
}

static void take(const struct ls_cal_result *r, struct ls_calibration_asked *ret)
{
	*ret = (struct ls_calibration_asked){ .verdict = LS_CALIBRATION_CANNOT_BE_SHOWN };
	if (r->verdict == LS_CAL_TRACEABLE)
		ret->verdict = LS_CALIBRATION_TRACEABLE;
	if (r->verdict == LS_CAL_NOT_TRACEABLE)
		ret->verdict = LS_CALIBRATION_NOT_TRACEABLE;
	ret->device = r->device;
	if (r->link_count > 0)
		ret->report = r->links[0].report;
	if (r->verdict == LS_CAL_TRACEABLE || r->first >= r->check_count)
		return;
	const struct ls_cal_check *first = &r->checks[r->first];
	snprintf(ret->id, sizeof(ret->id), "%s", ls_cal_check_kind(first->check)->id);
	snprintf(ret->words, sizeof(ret->words), "%s", first->words ? first->words : "");
}

int ls_calibration_asking_verdict(struct ls_calibration_asking *a,
				  const struct ls_calibration_status *claim, int64_t at, bool today,
				  struct ls_calibration_asked *ret, struct ls_error *err)
{
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *worker = NULL;
	_cleanup_cal_result_ struct ls_cal_result result = { .links = NULL };
	char id[LS_DIGEST_HEX_SIZE];
	const struct ls_cal_engine_options options = {
		.at = at,
		.size = today ? ls_registry_checkpoint(a->registry)->size : claim->registry.size,
		.memo_bytes = MEMO_MAX,
	};
	/* by its name, as the host asked: an id alone could be any instrument's.  Today by its id:
	 * a name may be another's by then. */
	const char *device = today ? ls_digest_hex(&claim->device_id, id) : claim->device;
	int rc = ls_cal_engine_new(&a->trust, &options, &engine, err);
	if (rc == 0)
		rc = ls_cal_worker_new(engine, a->store, &worker, err);
	if (rc == 0)
		rc = ls_cal_trace(worker, device, claim->quantity[0] ? claim->quantity : NULL,
				  &result, err);
	if (rc == 0)
		take(&result, ret);
	ls_cal_worker_free(worker);
	ls_cal_engine_free(engine);
	return rc;
}

bool ls_calibration_asked_same(const struct ls_calibration_asked *a,
			       const struct ls_calibration_asked *b)
{
	return a->verdict == b->verdict && ls_digest_equal(&a->device, &b->device) &&
	       ls_digest_equal(&a->report, &b->report) && strcmp(a->id, b->id) == 0;
}
