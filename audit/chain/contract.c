/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/contract.h"

#include <errno.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#include "audit/chain/keccak.h"

#define WORD	     LS_DIGEST_SIZE
#define SELECTOR     4
#define SLOT_ENTRIES 3
#define SLOT_LISTS   4
#define SLOT_ANCHORS 5

/* As solc made it of CalibrationRegistry.sol: two lines of hex, checked by tests/chain. */
extern const char ls_text_CalibrationRegistry_hex[];

static int decode_line(const char *line, size_t length, struct ls_buffer *out, struct ls_error *err)
{
	uint8_t *room = ls_buffer_reserve(out, length / 2);
	if (!room || ls_hex_decode(line, length, room) < 0)
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	ls_buffer_commit(out, length / 2);
	return 0;
}

int ls_contract_creation_code(struct ls_buffer *out, struct ls_error *err)
{
	const char *text = ls_text_CalibrationRegistry_hex;
	return decode_line(text, strcspn(text, "\n"), out, err);
}

int ls_contract_code_hash(struct ls_digest *ret_hash, struct ls_error *err)
{
	const char *text = strchr(ls_text_CalibrationRegistry_hex, '\n') + 1;
	_cleanup_buffer_ struct ls_buffer code;
	ls_buffer_init(&code, strlen(text));
	int rc = decode_line(text, strcspn(text, "\n"), &code, err);
	if (rc == 0)
		ls_keccak256(code.data, code.size, ret_hash);
	return rc;
}

/* --- storage ----------------------------------------------------------------------------- */

static void put_u64(uint8_t word[WORD], uint64_t value)
{
	memset(word, 0, WORD);
	for (int i = 0; i < 8; i++)
		word[WORD - 1 - i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get_u64(const uint8_t *bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

void ls_contract_slot(unsigned number, struct ls_digest *ret_slot)
{
	put_u64(ret_slot->bytes, number);
}

static void mapping(const uint8_t key[WORD], unsigned slot, struct ls_digest *ret_slot)
{
	uint8_t both[2 * WORD];
	memcpy(both, key, WORD);
	put_u64(both + WORD, slot);
	ls_keccak256(both, sizeof(both), ret_slot);
}

/* As 256 bits. */
static void add(struct ls_digest *word, uint64_t value)
{
	for (int i = WORD - 1; i >= 0; i--) {
		uint64_t sum = word->bytes[i] + (value & 0xff);
		word->bytes[i] = (uint8_t)sum;
		value = (value >> 8) + (sum >> 8);
	}
}

void ls_contract_element(const struct ls_digest *array, uint64_t i, struct ls_digest *ret_slot)
{
	struct ls_digest slot;
	ls_keccak256(array->bytes, WORD, &slot);
	add(&slot, i);
	*ret_slot = slot;
}

void ls_contract_list(unsigned relation, const struct ls_digest *subject,
		      struct ls_digest *ret_slot)
{
	uint8_t both[2 * WORD];
	struct ls_digest key;
	put_u64(both, relation);
	memcpy(both + WORD, subject->bytes, WORD);
	ls_keccak256(both, sizeof(both), &key);
	mapping(key.bytes, SLOT_LISTS, ret_slot);
}

void ls_contract_entry(const struct ls_digest *id, struct ls_digest ret_slots[static 2])
{
	mapping(id->bytes, SLOT_ENTRIES, &ret_slots[0]);
	ret_slots[1] = ret_slots[0];
	add(&ret_slots[1], 1);
}

void ls_contract_anchor(const struct ls_digest *digest, struct ls_digest *ret_slot)
{
	mapping(digest->bytes, SLOT_ANCHORS, ret_slot);
}

int ls_contract_number(const struct ls_digest *word, uint64_t max, uint64_t *ret_number,
		       struct ls_error *err)
{
	static const uint8_t ZEROS[WORD - 8];
	uint64_t number = get_u64(word->bytes + WORD - 8);
	if (memcmp(word->bytes, ZEROS, sizeof(ZEROS)) != 0 || number > max)
		return ls_fail(err, -EBADMSG, "chain.contract.word",
			       "a word of the contract's storage is larger than it can be");
	*ret_number = number;
	return 0;
}

int ls_contract_string_length(const struct ls_digest *word, uint64_t max, uint64_t *ret_length,
			      struct ls_error *err)
{
	uint64_t length = word->bytes[WORD - 1] / 2;
	bool is_long = word->bytes[WORD - 1] & 1;
	int rc = is_long ? ls_contract_number(word, 2 * max + 1, &length, err) : 0;
	length = is_long ? length / 2 : length;
	/* one length has one form */
	if (rc == 0 && (is_long != (length >= WORD) || length > max))
		rc = ls_fail(err, -EBADMSG, "chain.contract.word",
			     "a word of the contract's storage is no string's");
	if (rc == 0)
		*ret_length = length;
	return rc;
}

/* From the word's end: place, time and number of 8 bytes each, kind, level, root, since (5). */
int ls_contract_place(const struct ls_digest *word, struct ls_contract_place *ret_place,
		      struct ls_error *err)
{
	uint64_t place = get_u64(word->bytes + 24);
	unsigned kind = word->bytes[7];
	uint64_t since = get_u64(word->bytes) >> 24;
	if (ls_digest_is_zero(word)) {
		*ret_place = (struct ls_contract_place){ 0 };
		return 0;
	}
	if (place == 0 || kind < 1 || kind > LS_CAL_KINDS ||
	    get_u64(word->bytes + 16) > INT64_MAX || (kind == LS_CAL_REVOCATION && since == 0))
		return ls_fail(err, -EBADMSG, "chain.contract.word",
			       "a word of the contract's storage is no entry's");
	*ret_place = (struct ls_contract_place){ .present = true,
						 .index = place - 1,
						 .time = get_u64(word->bytes + 16),
						 .number = get_u64(word->bytes + 8),
						 .kind = kind,
						 .since = since };
	return 0;
}

/* --- calls ------------------------------------------------------------------------------- */

static void add_word(struct ls_buffer *out, uint64_t value)
{
	uint8_t word[WORD];
	put_u64(word, value);
	ls_buffer_add(out, word, WORD);
}

/* A `bytes` or a `string`: its length, and itself up to a whole word. */
static void add_bytes(struct ls_buffer *out, const void *bytes, size_t n)
{
	static const uint8_t ZEROS[WORD];
	add_word(out, n);
	ls_buffer_add(out, bytes, n);
	ls_buffer_add(out, ZEROS, (WORD - n % WORD) % WORD);
}

static void add_selector(struct ls_buffer *out, const char *signature)
{
	struct ls_digest hash;
	ls_keccak256(signature, strlen(signature), &hash);
	ls_buffer_add(out, hash.bytes, SELECTOR);
}

static int made(const struct ls_buffer *out, struct ls_error *err)
{
	int rc = ls_buffer_error(out);
	return rc < 0 ? ls_fail(err, rc, "chain.memory", "a call is too long, or out of memory")
		      : 0;
}

int ls_contract_deploy(const char *registry, struct ls_buffer *out, struct ls_error *err)
{
	size_t n = strlen(registry);
	if (n > LS_CONTRACT_REGISTRY_MAX || !ls_note_name_valid(registry, n))
		return ls_fail(err, -EINVAL, "chain.registry",
			       "'%s' is no registry's name: 1 to %d bytes without blanks and '+'",
			       registry, LS_CONTRACT_REGISTRY_MAX);
	int rc = ls_contract_creation_code(out, err);
	if (rc < 0)
		return rc;
	add_word(out, WORD);
	add_bytes(out, registry, n);
	return made(out, err);
}

static const char *function_of(enum ls_cal_kind kind)
{
	static const char *const FUNCTIONS[] = {
		[LS_CAL_ORGANISATION] = "createOrganisation(bytes,address)",
		[LS_CAL_TECHNICIAN] = "createTechnician(bytes,address)",
		[LS_CAL_DEVICE] = "createDevice(bytes,address)",
		[LS_CAL_REPORT] = "createReport(bytes,(bytes32,bytes32)[])",
		[LS_CAL_REVOCATION] = "revoke(bytes)",
		[LS_CAL_HEARTBEAT] = "heartbeat(bytes)",
	};
	return FUNCTIONS[kind];
}

/* An array of seals, two words each. */
static void add_seals(struct ls_buffer *out, const struct ls_buffer *seals)
{
	size_t n = seals ? seals->size : 0;
	add_word(out, n / (2 * WORD));
	if (n > 0)
		ls_buffer_add(out, seals->data, n);
}

int ls_contract_put(enum ls_cal_kind kind, const void *entry, size_t size, const uint8_t *account,
		    const struct ls_buffer *seals, struct ls_buffer *out, struct ls_error *err)
{
	size_t padded = (size + WORD - 1) / WORD * WORD;
	bool one = kind == LS_CAL_REVOCATION || kind == LS_CAL_HEARTBEAT;
	add_selector(out, function_of(kind));
	add_word(out, one ? WORD : 2 * WORD);
	if (kind == LS_CAL_REPORT) {
		add_word(out, 3 * WORD + padded); /* where the seals begin */
	} else if (!one) {
		uint8_t word[WORD] = { 0 };
		memcpy(word + WORD - LS_ETH_ADDRESS_SIZE, account, LS_ETH_ADDRESS_SIZE);
		ls_buffer_add(out, word, WORD);
	}
	add_bytes(out, entry, size);
	if (kind == LS_CAL_REPORT)
		add_seals(out, seals);
	return made(out, err);
}

int ls_contract_ask(const char *signature, const struct ls_digest *argument, struct ls_buffer *out,
		    struct ls_error *err)
{
	add_selector(out, signature);
	ls_buffer_add(out, argument->bytes, WORD);
	return made(out, err);
}

int ls_contract_put_anchor(const struct ls_digest *digest, struct ls_buffer *out,
			   struct ls_error *err)
{
	return ls_contract_ask("anchor(bytes32)", digest, out, err);
}

/* --- events ------------------------------------------------------------------------------ */

void ls_contract_recorded(struct ls_digest *ret_topic)
{
	static const char SIGNATURE[] = "Recorded(bytes32,uint8,bytes)";
	ls_keccak256(SIGNATURE, sizeof(SIGNATURE) - 1, ret_topic);
}

static int read_word(struct ls_reader *r, uint64_t max, uint64_t *ret_value)
{
	struct ls_digest word;
	int rc = ls_read_into(r, word.bytes, WORD);
	return rc < 0 ? rc : ls_contract_number(&word, max, ret_value, NULL);
}

int ls_contract_recorded_entry(const void *data, size_t n, const uint8_t **ret_entry,
			       size_t *ret_size, struct ls_error *err)
{
	struct ls_reader r;
	uint64_t offset, size = 0;
	const uint8_t *entry, *padding;
	ls_reader_init(&r, data, n);
	if (read_word(&r, WORD, &offset) < 0 || offset != WORD ||
	    read_word(&r, LS_CAL_RECORD_SIZE_MAX, &size) < 0 ||
	    ls_read_bytes(&r, size, &entry) < 0 ||
	    ls_read_bytes(&r, (WORD - size % WORD) % WORD, &padding) < 0 || ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "chain.event",
			       "what the node gives as the contract's event is none");
	*ret_entry = entry;
	*ret_size = size;
	return 0;
}
