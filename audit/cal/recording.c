/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/recording.h"

#include <errno.h>

static void remember(struct ls_cal_recording *r, const struct ls_digest *id, uint64_t index)
{
	if (ls_id_map_add(&r->ids, id, (size_t)index) < 0)
		r->out_of_memory = true;
}

static struct ls_cal_recording *self(struct ls_cal_store *store)
{
	struct ls_cal_recording *r = (struct ls_cal_recording *)store;
	r->of->at = store->at;
	return r;
}

static int fresh(struct ls_cal_store *store, int64_t at, uint64_t size,
		 struct ls_cal_fresh *ret_fresh, struct ls_error *err)
{
	struct ls_cal_recording *r = self(store);
	return r->of->operations->fresh(r->of, at, size, ret_fresh, err);
}

static int find(struct ls_cal_store *store, const struct ls_digest *id,
		struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct ls_cal_recording *r = self(store);
	int rc = r->of->operations->find(r->of, id, ret_entry, err);
	if (rc == 0)
		remember(r, id, (*ret_entry)->index);
	return rc;
}

static int document(struct ls_cal_store *store, const struct ls_digest *id,
		    struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct ls_cal_recording *r = self(store);
	int rc = ls_cal_store_document(r->of, id, ret_entry, err);
	if (rc == 0)
		remember(r, id, (*ret_entry)->index);
	return rc;
}

struct passing {
	struct ls_cal_recording *recording;
	ls_cal_each *each;
	void *context;
};

static int pass(void *context, const struct ls_cal_found *found)
{
	struct passing *p = context;
	remember(p->recording, &found->id, found->index);
	return p->each(p->context, found);
}

static int related(struct ls_cal_store *store, enum ls_cal_relation relation,
		   const struct ls_digest *id, ls_cal_each *each, void *context,
		   struct ls_error *err)
{
	struct ls_cal_recording *r = self(store);
	struct passing passing = { r, each, context };
	return r->of->operations->related(r->of, relation, id, pass, &passing, err);
}

static int named(struct ls_cal_store *store, const char *name, ls_cal_each *each, void *context,
		 struct ls_error *err)
{
	struct ls_cal_recording *r = self(store);
	struct passing passing = { r, each, context };
	return r->of->operations->named(r->of, name, pass, &passing, err);
}

static int all(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each, void *context,
	       struct ls_error *err)
{
	struct ls_cal_recording *r = self(store);
	return r->of->operations->all(r->of, kind, each, context, err);
}

static void let_go(struct ls_cal_store *store)
{
	ls_cal_recording_done((struct ls_cal_recording *)store);
}

void ls_cal_recording_init(struct ls_cal_recording *recording, struct ls_cal_store *of)
{
	static const struct ls_cal_store_operations operations = {
		.fresh = fresh,
		.find = find,
		.document = document,
		.related = related,
		.named = named,
		.all = all,
		.free = let_go,
	};
	*recording = (struct ls_cal_recording){ .store = { &operations, of->at }, .of = of };
}

void ls_cal_recording_done(struct ls_cal_recording *recording)
{
	ls_id_map_free(&recording->ids);
}
