/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside results at several levels: equipment and its certificates, conditions,
 * methods. */
#include <string.h>

#include "audit/dcc/dcc_internal.h"

static xmlNode *child(const xmlNode *node, const char *name)
{
	return ls_dcc_child(node, LS_DCC_NAMESPACE, name);
}

static xmlNode *next(const xmlNode *node, const char *name)
{
	return ls_dcc_next(node, LS_DCC_NAMESPACE, name);
}

/* Version 2 says reference and referenceID where version 3 says referral and referralID. */
static const char *either(struct ls_dcc_file *file, const xmlNode *node, const char *new,
			  const char *old)
{
	const char *word = ls_dcc_word(file, node, new);
	return word ? word : ls_dcc_word(file, node, old);
}

static const char *referral(struct ls_dcc_file *file, const xmlNode *node)
{
	const xmlNode *text = child(node, "referral");
	return ls_dcc_name(file, text ? text : child(node, "reference"));
}

void ls_dcc_read_link(struct ls_dcc_file *file, const xmlNode *node, struct ls_dcc_link link)
{
	struct ls_dcc *d = &file->dcc;
	link.named = node != NULL;
	link.traceable = link.in_validity_range = -1;
	if (node) {
		link.referral = referral(file, node);
		link.referral_id = either(file, node, "referralID", "referenceID");
		link.procedure = ls_dcc_word(file, node, "procedure");
		link.value = ls_dcc_word(file, node, "value");
		link.traceable = ls_dcc_flag(file, node, "traceable");
		link.in_validity_range = ls_dcc_flag(file, node, "inValidityRange");
	}
	d->claims_traceable = d->claims_traceable || link.traceable == 1;
	struct ls_dcc_link *place = LS_DCC_MORE(file, d->links, d->link_count, LS_DCC_LINKS_MAX);
	if (!place)
		return;
	*place = link;
	const xmlNode *linked = node ? child(node, "linkedReport") : NULL;
	if (!linked)
		return;
	link.kind = LS_DCC_LINKED;
	link.within = d->link_count - 1;
	ls_dcc_read_link(file, linked, link);
}

static void read_equipment(struct ls_dcc_file *file, const xmlNode *node, size_t result)
{
	struct ls_dcc_link link = { .kind = LS_DCC_EQUIPMENT,
				    .result = result,
				    .list_last = SIZE_MAX };
	link.of = ls_dcc_name(file, child(node, "name"));
	link.ref_type = ls_dcc_attribute(&file->memory, node, "refType");
	ls_dcc_read_identifications(file, node, &link.ids);
	ls_dcc_read_link(file, child(node, "certificate"), link);
}

/* The quantities of a condition's data, those in lists, too. */
static void read_condition_data(struct ls_dcc_file *file, const xmlNode *data,
				struct ls_dcc_condition *condition)
{
	for (xmlNode *n = ls_dcc_first_element(data); n; n = ls_dcc_next_element(n)) {
		struct ls_dcc_quantity quantity;
		if (ls_dcc_is(n, LS_DCC_NAMESPACE, "list"))
			read_condition_data(file, n, condition);
		if (!ls_dcc_is(n, LS_DCC_NAMESPACE, "quantity") ||
		    !ls_dcc_read_quantity(file, n, &quantity))
			continue;
		struct ls_dcc_quantity *place = LS_DCC_MORE(
			file, condition->quantities, condition->count, LS_DCC_CONDITIONS_MAX);
		if (!place)
			return;
		*place = quantity;
	}
}

static void read_condition(struct ls_dcc_file *file, const xmlNode *node, size_t result)
{
	struct ls_dcc *d = &file->dcc;
	struct ls_dcc_condition condition = { .result = result };
	condition.ref_type = ls_dcc_attribute(&file->memory, node, "refType");
	condition.name = ls_dcc_name(file, child(node, "name"));
	condition.status = ls_dcc_word(file, node, "status");
	const xmlNode *certificate = child(node, "certificate");
	if (certificate)
		ls_dcc_read_link(file, certificate,
				 (struct ls_dcc_link){ .kind = LS_DCC_CONDITION,
						       .result = result,
						       .list_last = SIZE_MAX,
						       .of = condition.name,
						       .ref_type = condition.ref_type });
	read_condition_data(file, child(node, "data"), &condition);
	struct ls_dcc_condition *place = LS_DCC_MORE(file, d->conditions, d->condition_count,
						     LS_DCC_CONDITIONS_MAX);
	if (place)
		*place = condition;
}

static void read_method(struct ls_dcc_file *file, const xmlNode *node)
{
	struct ls_dcc *d = &file->dcc;
	struct ls_dcc_method *place = LS_DCC_MORE(file, d->methods, d->method_count,
						  LS_DCC_METHODS_MAX);
	if (!place)
		return;
	place->ref_type = ls_dcc_attribute(&file->memory, node, "refType");
	place->name = ls_dcc_name(file, child(node, "name"));
	place->norm = ls_dcc_word(file, node, "norm");
}

void ls_dcc_read_surroundings(struct ls_dcc_file *file, const xmlNode *node, size_t result)
{
	const xmlNode *equipments = child(node, "measuringEquipments");
	for (xmlNode *n = child(equipments, "measuringEquipment"); n;
	     n = next(n, "measuringEquipment"))
		read_equipment(file, n, result);
	const xmlNode *conditions = child(node, "influenceConditions");
	for (xmlNode *n = child(conditions, "influenceCondition"); n;
	     n = next(n, "influenceCondition"))
		read_condition(file, n, result);
	const xmlNode *methods = child(node, "usedMethods");
	for (xmlNode *n = child(methods, "usedMethod"); n; n = next(n, "usedMethod"))
		read_method(file, n);
}
