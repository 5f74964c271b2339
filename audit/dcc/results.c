/* SPDX-License-Identifier: Apache-2.0 */
/* dcc:measurementResults */
#include <string.h>

#include "audit/dcc/dcc_internal.h"

/* Where in the results we are. */
struct place {
	size_t result, list;
	enum ls_dcc_stage stage;
};

static xmlNode *child(const xmlNode *node, const char *name)
{
	return ls_dcc_child(node, LS_DCC_NAMESPACE, name);
}

static xmlNode *next(const xmlNode *node, const char *name)
{
	return ls_dcc_next(node, LS_DCC_NAMESPACE, name);
}

/* "basic_beforeAdjustment", "gp_table1 basic_afterAdjustment", "beforeRepair", ... */
static enum ls_dcc_stage stage_of(const char *word, enum ls_dcc_stage otherwise)
{
	if (!word)
		return otherwise;
	if (strstr(word, "beforeAdjustment") || strstr(word, "beforeRepair"))
		return LS_DCC_BEFORE_ADJUSTMENT;
	if (strstr(word, "afterAdjustment") || strstr(word, "afterRepair"))
		return LS_DCC_AFTER_ADJUSTMENT;
	return otherwise;
}

static enum ls_dcc_stage stage_of_node(struct ls_dcc_file *file, const xmlNode *node,
				       enum ls_dcc_stage otherwise)
{
	return stage_of(ls_dcc_attribute(&file->memory, node, "refType"), otherwise);
}

static const struct ls_dcc_quantity *keep_limit(struct ls_dcc_file *file,
						const struct ls_dcc_quantity *limit)
{
	struct ls_dcc_quantity *kept = ls_dcc_take(&file->memory, 1, sizeof(*kept));
	if (kept)
		*kept = *limit;
	return kept;
}

/* Acceptance limits before tolerance limits: it is by them that was decided. */
static void note_limit(struct ls_dcc_file *file, const struct ls_dcc_quantity *limit,
		       struct ls_dcc_quantity *q)
{
	static const struct {
		const char *type;
		bool upper, tolerance;
	} types[] = {
		{ "basic_acceptanceLimitLower", false, false },
		{ "basic_acceptanceLimitUpper", true, false },
		{ "basic_toleranceLimitLower", false, true },
		{ "basic_toleranceLimitUpper", true, true },
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct ls_dcc_quantity **place = types[i].upper ? &q->upper : &q->lower;
		if (!ls_dcc_has_type(limit->ref_type, types[i].type) ||
		    (*place && types[i].tolerance && !q->limits_are_tolerance))
			continue;
		*place = keep_limit(file, limit);
		q->limits_are_tolerance = types[i].tolerance;
	}
}

static void read_conformity(struct ls_dcc_file *file, const xmlNode *meta,
			    struct ls_dcc_quantity *q)
{
	const char *words = ls_dcc_word(file, meta, "conformityXMLList");
	if (!words)
		words = ls_dcc_word(file, meta, "conformity");
	const char **all = NULL;
	size_t count = 0;
	for (const char *t = words; t && *t; t += strspn(t, " ")) {
		size_t n = strcspn(t, " ");
		const char **place = LS_DCC_MORE(file, all, count, LS_DCC_VALUES_MAX);
		if (!place)
			return;
		*place = ls_dcc_keep(&file->memory, t, n);
		t += n;
	}
	if (count == 0)
		return;
	q->conformity = all;
	q->conformity_count = count;
}

static void read_meta(struct ls_dcc_file *file, const xmlNode *node, struct ls_dcc_quantity *q)
{
	const xmlNode *list = child(node, "measurementMetaData");
	for (const xmlNode *meta = child(list, "metaData"); meta; meta = next(meta, "metaData")) {
		read_conformity(file, meta, q);
		if (ls_dcc_flag(file, meta, "traceable") == 1)
			file->dcc.claims_traceable = true;
		const xmlNode *data = child(meta, "data");
		for (const xmlNode *n = child(data, "quantity"); n; n = next(n, "quantity")) {
			struct ls_dcc_quantity limit;
			if (ls_dcc_read_quantity(file, n, &limit))
				note_limit(file, &limit, q);
		}
	}
}

/* The links from `first` on stand at these lists. */
static void place_links(struct ls_dcc *d, size_t first, size_t list_first, size_t list_last)
{
	for (size_t i = first; i < d->link_count; i++) {
		d->links[i].list_first = list_first;
		d->links[i].list_last = list_last;
	}
}

static void read_one(struct ls_dcc_file *file, const xmlNode *node, struct place where)
{
	struct ls_dcc_quantity q;
	size_t links = file->dcc.link_count;
	ls_dcc_read_surroundings(file, node, where.result);
	place_links(&file->dcc, links, where.list, where.list);
	if (!ls_dcc_read_quantity(file, node, &q)) {
		file->dcc.unread++;
		return;
	}
	q.result = where.result;
	q.list = where.list;
	q.stage = stage_of_node(file, node, where.stage);
	read_meta(file, node, &q);
	struct ls_dcc_quantity *place = LS_DCC_MORE(
		file, file->dcc.quantities, file->dcc.quantity_count, LS_DCC_QUANTITIES_MAX);
	if (place)
		*place = q;
}

/* dcc:data or dcc:list: the quantities of one level belong together, a list within is another. */
static void read_list(struct ls_dcc_file *file, const xmlNode *list, struct place where)
{
	where.list = file->lists++;
	where.stage = stage_of_node(file, list, where.stage);
	size_t links = file->dcc.link_count;
	if (ls_dcc_is(list, LS_DCC_NAMESPACE, "list"))
		ls_dcc_read_surroundings(file, list, where.result);
	size_t own = file->dcc.link_count;
	for (const xmlNode *n = ls_dcc_first_element(list); n; n = ls_dcc_next_element(n)) {
		if (ls_dcc_is(n, LS_DCC_NAMESPACE, "quantity"))
			read_one(file, n, where);
		else if (ls_dcc_is(n, LS_DCC_NAMESPACE, "list"))
			read_list(file, n, where);
	}
	/* what stands at a list is of those within it, too: they were numbered meanwhile */
	for (size_t i = links; i < own; i++) {
		file->dcc.links[i].list_first = where.list;
		file->dcc.links[i].list_last = file->lists - 1;
	}
}

/* A result's stage, when its conditions' status says one. */
static enum ls_dcc_stage stage_of_conditions(const struct ls_dcc *d, size_t result,
					     enum ls_dcc_stage otherwise)
{
	for (size_t i = 0; i < d->condition_count; i++)
		if (d->conditions[i].result == result)
			otherwise = stage_of(d->conditions[i].status, otherwise);
	return otherwise;
}

static void read_result(struct ls_dcc_file *file, const xmlNode *node)
{
	struct place where = { .result = file->dcc.result_count++ };
	ls_dcc_read_surroundings(file, node, where.result);
	where.stage = stage_of_conditions(&file->dcc, where.result, LS_DCC_ANY_STAGE);
	where.stage = stage_of_node(file, node, where.stage);
	const xmlNode *results = child(node, "results");
	for (const xmlNode *n = child(results, "result"); n; n = next(n, "result")) {
		struct place here = where;
		here.stage = stage_of_node(file, n, where.stage);
		read_list(file, child(n, "data"), here);
	}
}

void ls_dcc_read_results(struct ls_dcc_file *file, const xmlNode *results)
{
	ls_dcc_read_surroundings(file, results, SIZE_MAX);
	for (const xmlNode *n = child(results, "measurementResult"); n && !file->memory.failed;
	     n = next(n, "measurementResult"))
		read_result(file, n);
}
