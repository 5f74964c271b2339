/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

#include "audit/chain/contract.h"
#include "audit/chain/keccak.h"
#include "audit/chain/pin.h"
#include "audit/chain/view.h"

/* What an event's data may have: three words more than the record. */
#define EVENT_MAX (LS_CAL_RECORD_SIZE_MAX + 4 * LS_DIGEST_SIZE)

struct chain_store {
	struct ls_cal_store store; /* first */
	struct ls_eth_rpc *rpc;
	struct ls_chain_view view;
	char origin[LS_NOTE_NAME_SIZE];
	uint64_t count; /* of entries */
};

static struct chain_store *of(struct ls_cal_store *store)
{
	return (struct chain_store *)store;
}

static int read_number(struct chain_store *s, const struct ls_digest *slot, uint64_t max,
		       uint64_t *ret_number, struct ls_error *err)
{
	struct ls_digest word;
	int rc = ls_chain_view_words(&s->view, slot, 1, &word, err);
	return rc < 0 ? rc : ls_contract_number(&word, max, ret_number, err);
}

/* --- an entry -------------------------------------------------------------------------- */

static int read_place(struct chain_store *s, const struct ls_digest *id,
		      struct ls_contract_place *ret_place, struct ls_digest *ret_digest,
		      struct ls_error *err)
{
	struct ls_digest slots[2], words[2];
	ls_contract_entry(id, slots);
	int rc = ls_chain_view_words(&s->view, slots, 2, words, err);
	if (rc == 0)
		rc = ls_contract_place(&words[1], ret_place, err);
	if (rc == 0)
		*ret_digest = words[0];
	return rc;
}

static json_t *logs_filter(const struct chain_store *s, const struct ls_digest *id, uint64_t number)
{
	struct ls_digest recorded;
	ls_contract_recorded(&recorded);
	return json_pack("[{s:o, s:o, s:o, s:[o, o]}]", "address",
			 ls_eth_json_data(s->view.block.contract, LS_ETH_ADDRESS_SIZE), "fromBlock",
			 ls_eth_json_u64(number), "toBlock", ls_eth_json_u64(number), "topics",
			 ls_eth_json_data(recorded.bytes, LS_DIGEST_SIZE),
			 ls_eth_json_data(id->bytes, LS_DIGEST_SIZE));
}

static int parse_event(const json_t *logs, const struct ls_digest *id,
		       const struct ls_digest *digest, const struct ls_contract_place *place,
		       struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer data;
	const uint8_t *bytes = NULL;
	size_t size = 0;
	struct ls_digest seen;
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_init(&data, EVENT_MAX + 1);
	int rc = ls_eth_data(json_object_get(json_array_get(logs, 0), "data"), "an event's data",
			     EVENT_MAX, &data, err);
	if (rc == 0)
		rc = ls_contract_recorded_entry(data.data, data.size, &bytes, &size, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(bytes, size, &seen);
	if (!ls_digest_equal(&seen, digest))
		return ls_fail(err, -EBADMSG, "chain.record.digest",
			       "the node lies: what it gives as record %s is not what the contract "
			       "holds",
			       ls_digest_hex(id, hex));
	return ls_cal_entry_parse(bytes, size, place->index, (int64_t)place->time, ret_entry, err);
}

/* The bytes of a record that the contract is proven to hold. */
static int fetch(struct chain_store *s, const struct ls_digest *id, const struct ls_digest *digest,
		 const struct ls_contract_place *place, struct ls_cal_entry **ret_entry,
		 struct ls_error *err)
{
	_cleanup_json_ json_t *logs = NULL;
	char hex[LS_DIGEST_HEX_SIZE];
	int rc = ls_eth_rpc_call(s->rpc, "eth_getLogs", logs_filter(s, id, place->number), &logs,
				 err);
	if (rc < 0)
		return rc;
	if (json_array_size(logs) != 1)
		return ls_fail(err, -EBADMSG, "chain.record.withheld",
			       "the node does not give record %s, which the contract is proven to "
			       "hold since block %" PRIu64 ": ask another node",
			       ls_digest_hex(id, hex), place->number);
	return parse_event(logs, id, digest, place, ret_entry, err);
}

/* As the contract has it: what is from before 1970 is 1. */
static uint64_t since_of(const struct ls_cal_revocation *r)
{
	return r->since < 1 ? 1 : (uint64_t)r->since;
}

/* What the contract read out of the record is what the record says. */
static int check_entry(const struct ls_cal_entry *entry, const struct ls_digest *id,
		       const struct ls_contract_place *place, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	const struct ls_cal_record *r = &entry->record;
	if (ls_digest_equal(&r->id, id) && r->kind == place->kind &&
	    (r->kind != LS_CAL_REVOCATION || since_of(&r->revocation) == place->since))
		return 0;
	return ls_fail(err, -EBADMSG, "chain.record.id",
		       "the contract holds under %s what is another record",
		       ls_digest_hex(id, hex));
}

static int find(struct ls_cal_store *store, const struct ls_digest *id,
		struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct chain_store *s = of(store);
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_contract_place place;
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	int rc = read_place(s, id, &place, &digest, err);
	if (rc == 0 && !place.present)
		rc = ls_fail(err, -ENOENT, "chain.record.absent", "the contract holds no record %s",
			     ls_digest_hex(id, hex));
	if (rc == 0)
		rc = fetch(s, id, &digest, &place, &entry, err);
	if (rc == 0)
		rc = check_entry(entry, id, &place, err);
	if (rc == 0)
		*ret_entry = ls_steal_ptr(&entry);
	return rc;
}

/* --- lists ----------------------------------------------------------------------------- */

struct listing {
	struct ls_digest *ids, *slots, *words; /* one, two and two each; owned */
	size_t count;
};

static void listing_free(struct listing *l)
{
	free(l->ids);
	free(l->slots);
	free(l->words);
}

static int listing_alloc(struct listing *l, size_t count, struct ls_error *err)
{
	l->count = count;
	l->ids = calloc(count + 1, sizeof(*l->ids));
	l->slots = calloc(2 * count + 1, sizeof(*l->slots));
	l->words = calloc(2 * count + 1, sizeof(*l->words));
	return l->ids && l->slots && l->words
		       ? 0
		       : ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
}

/* An array of ids, and the two words of each one's entry. */
static int read_listing(struct chain_store *s, const struct ls_digest *array, struct listing *l,
			struct ls_error *err)
{
	uint64_t count = 0;
	int rc = read_number(s, array, LS_CONTRACT_LIST_LENGTH_MAX, &count, err);
	if (rc == 0)
		rc = listing_alloc(l, (size_t)count, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		ls_contract_element(array, i, &l->slots[i]);
	rc = ls_chain_view_words(&s->view, l->slots, l->count, l->ids, err);
	for (size_t i = 0; i < count; i++)
		ls_contract_entry(&l->ids[i], &l->slots[2 * i]);
	return rc < 0 ? rc : ls_chain_view_words(&s->view, l->slots, 2 * l->count, l->words, err);
}

/* kind 0: of every kind. */
static int give(const struct listing *l, enum ls_cal_kind kind, ls_cal_each *each, void *context,
		struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; i < l->count && rc == 0; i++) {
		struct ls_contract_place place;
		rc = ls_contract_place(&l->words[2 * i + 1], &place, err);
		if (rc == 0 && !place.present)
			return ls_fail(err, -EBADMSG, "chain.contract.word",
				       "a list of the contract's names an entry that it has not");
		if (rc == 0 && (!kind || place.kind == kind))
			rc = each(context,
				  &(struct ls_cal_found){ l->ids[i], place.index, place.kind });
	}
	return rc;
}

static int list(struct chain_store *s, const struct ls_digest *array, enum ls_cal_kind kind,
		ls_cal_each *each, void *context, struct ls_error *err)
{
	struct listing l = { 0 };
	int rc = read_listing(s, array, &l, err);
	if (rc == 0)
		rc = give(&l, kind, each, context, err);
	listing_free(&l);
	return rc;
}

static int related(struct ls_cal_store *store, enum ls_cal_relation relation,
		   const struct ls_digest *id, ls_cal_each *each, void *context,
		   struct ls_error *err)
{
	struct ls_digest array;
	ls_contract_list(relation, id, &array);
	return list(of(store), &array, 0, each, context, err);
}

static int named(struct ls_cal_store *store, const char *name, ls_cal_each *each, void *context,
		 struct ls_error *err)
{
	struct ls_digest hash, array;
	ls_keccak256(name, strlen(name), &hash);
	ls_contract_list(LS_CONTRACT_DEVICES_NAMED, &hash, &array);
	return list(of(store), &array, 0, each, context, err);
}

static int all(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each, void *context,
	       struct ls_error *err)
{
	struct ls_digest array;
	ls_contract_slot(LS_CONTRACT_IDS, &array);
	return list(of(store), &array, kind, each, context, err);
}

/* --- as of a time ---------------------------------------------------------------------- */

static int time_of(struct chain_store *s, uint64_t index, uint64_t *ret_time, struct ls_error *err)
{
	struct ls_digest array, slot, id, digest;
	struct ls_contract_place place;
	ls_contract_slot(LS_CONTRACT_IDS, &array);
	ls_contract_element(&array, index, &slot);
	int rc = ls_chain_view_words(&s->view, &slot, 1, &id, err);
	if (rc == 0)
		rc = read_place(s, &id, &place, &digest, err);
	if (rc == 0 && (!place.present || place.index != index))
		return ls_fail(err, -EBADMSG, "chain.contract.word",
			       "entry %" PRIu64 " of the contract is not at its place", index);
	if (rc == 0)
		*ret_time = place.time;
	return rc;
}

/* How many entries were there: blocks' times rise, so it is looked for by halves. */
static int size_at(struct chain_store *s, uint64_t at, uint64_t *ret_size, struct ls_error *err)
{
	uint64_t low = 0, high = s->count;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2, time = 0;
		int rc = time_of(s, middle, &time, err);
		if (rc < 0)
			return rc;
		if (time <= at)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_size = low;
	return 0;
}

static int none_that_old(struct ls_error *err)
{
	return ls_fail(err, -ENOENT, "chain.fresh",
		       "the contract held no record yet, or fewer than asked for");
}

/*
 * Before the block's time: the entries that are from until then.  None is missing, so the
 * registry was in this state at that very time.
 */
static int fresh(struct ls_cal_store *store, int64_t at, uint64_t size,
		 struct ls_cal_fresh *ret_fresh, struct ls_error *err)
{
	struct chain_store *s = of(store);
	uint64_t seen = s->count, time = s->view.header.time;
	int rc = 0;
	if (at < (int64_t)time) {
		rc = at < 0 ? none_that_old(err) : size_at(s, (uint64_t)at, &seen, err);
		time = (uint64_t)at;
	}
	if (rc == 0 && (seen == 0 || size > seen))
		rc = none_that_old(err);
	if (rc == 0 && size > 0 && size < seen) {
		seen = size;
		rc = time_of(s, size - 1, &time, err);
	}
	if (rc < 0)
		return rc;
	struct ls_cal_fresh result = { .size = seen,
				       .root = s->view.header.hash,
				       .time = (int64_t)time,
				       .clock = LS_CAL_CLOCK_BLOCK,
				       .absence_shown = true };
	memcpy(result.origin, s->origin, sizeof(result.origin));
	*ret_fresh = result;
	return 0;
}

/* --- opening --------------------------------------------------------------------------- */

static int read_origin(struct chain_store *s, struct ls_error *err)
{
	struct ls_digest slot, word, more[(LS_CONTRACT_REGISTRY_MAX + 31) / 32] = { 0 };
	uint8_t text[sizeof(more)];
	ls_contract_slot(LS_CONTRACT_REGISTRY, &slot);
	int rc = ls_chain_view_words(&s->view, &slot, 1, &word, err);
	if (rc < 0)
		return rc;
	uint64_t length = 0;
	rc = ls_contract_string_length(&word, LS_CONTRACT_REGISTRY_MAX, &length, err);
	memcpy(text, word.bytes, LS_DIGEST_SIZE);
	if (rc == 0 && length >= LS_DIGEST_SIZE) {
		for (size_t i = 0; i * LS_DIGEST_SIZE < length; i++)
			ls_contract_element(&slot, i, &more[i]);
		rc = ls_chain_view_words(&s->view, more, (length + 31) / 32, more, err);
		memcpy(text, more, sizeof(text));
	}
	if (rc < 0)
		return rc;
	if (!ls_note_name_valid((const char *)text, length))
		return ls_fail(err, -EBADMSG, "chain.contract.word",
			       "the contract's registry has no valid name");
	memcpy(s->origin, text, length);
	return 0;
}

static int check_origin(const struct chain_store *s, const struct ls_cal_trust *trust,
			struct ls_error *err)
{
	if (!trust->has_registry || strcmp(s->origin, trust->registry.name) == 0)
		return 0;
	return ls_fail(err, -EXDEV, "chain.registry",
		       "the contract holds the registry '%s', the trust file names '%s'", s->origin,
		       trust->registry.name);
}

static void free_store(struct ls_cal_store *store)
{
	if (!store)
		return;
	ls_eth_rpc_free(of(store)->rpc);
	free(store);
}

static int open_store(struct chain_store *s, const char *url, const struct ls_cal_trust *trust,
		      const struct ls_chain_block *block, struct ls_error *err)
{
	struct ls_digest ids;
	int rc = ls_eth_rpc_open(url, LS_CHAIN_TIMEOUT_SECONDS, &s->rpc, err);
	if (rc == 0)
		rc = ls_chain_view_open(s->rpc, block, &s->view, err);
	if (rc == 0)
		rc = read_origin(s, err);
	if (rc == 0)
		rc = check_origin(s, trust, err);
	ls_contract_slot(LS_CONTRACT_IDS, &ids);
	return rc < 0 ? rc : read_number(s, &ids, LS_CONTRACT_LIST_LENGTH_MAX, &s->count, err);
}

int ls_chain_store_open(const char *url, const struct ls_cal_trust *trust,
			const struct ls_buffer *pin, struct ls_cal_store **ret_store,
			struct ls_error *err)
{
	static const struct ls_cal_store_operations OPERATIONS = { .fresh = fresh,
								   .find = find,
								   .related = related,
								   .named = named,
								   .all = all,
								   .free = free_store };
	struct ls_chain_block block;
	int rc = ls_chain_pin_choose(trust, pin, &block, err);
	if (rc < 0)
		return rc;
	struct chain_store *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	s->store.operations = &OPERATIONS;
	rc = open_store(s, url, trust, &block, err);
	if (rc < 0)
		free_store(&s->store);
	else
		*ret_store = &s->store;
	return rc;
}

struct ls_eth_traffic ls_chain_store_traffic(const struct ls_cal_store *store)
{
	return ls_eth_rpc_traffic(((const struct chain_store *)store)->rpc);
}
