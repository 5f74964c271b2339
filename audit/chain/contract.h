/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract CalibrationRegistry.sol from outside: where its words stand in its storage, and
 * how its functions are called (docs/formats/calibration-contract.md; Solidity's "Layout of State
 * Variables in Storage" and "Contract ABI Specification").
 */
#ifndef LABSEAL_AUDIT_CHAIN_CONTRACT_H
#define LABSEAL_AUDIT_CHAIN_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/cal/record.h"

#include "audit/chain/header.h"

/* The code that deploys it, and the Keccak-256 of the code that then stands there.  0, -ENOMEM. */
int ls_contract_creation_code(struct ls_buffer *out, struct ls_error *err);
int ls_contract_code_hash(struct ls_digest *ret_hash, struct ls_error *err);

/* --- storage: words of 32 bytes, by their slots ------------------------------------------- */

#define LS_CONTRACT_REGISTRY	    1 /* slots of single variables */
#define LS_CONTRACT_IDS		    2
#define LS_CONTRACT_DEVICES_NAMED   7 /* beside enum ls_cal_relation; of Keccak-256 of the name */
#define LS_CONTRACT_LIST_LENGTH_MAX (1u << 20)
#define LS_CONTRACT_REGISTRY_MAX    127 /* bytes of the registry's name */

void ls_contract_slot(unsigned number, struct ls_digest *ret_slot);
/* Of an array, whose length its own slot holds: element i. */
void ls_contract_element(const struct ls_digest *array, uint64_t i, struct ls_digest *ret_slot);
/* A list's array. */
void ls_contract_list(unsigned relation, const struct ls_digest *subject,
		      struct ls_digest *ret_slot);
/* An entry's first two words. */
void ls_contract_entry(const struct ls_digest *id, struct ls_digest ret_slots[static 2]);
void ls_contract_anchor(const struct ls_digest *digest, struct ls_digest *ret_slot);

/* The number in a word.  -EBADMSG: more than max. */
int ls_contract_number(const struct ls_digest *word, uint64_t max, uint64_t *ret_number,
		       struct ls_error *err);

/*
 * The length of Solidity's `string` in this slot: up to 31 bytes stand in the word itself, with
 * twice their number; longer ones as an array's elements, with twice their number and one.
 * -EBADMSG: more than max, or a form that no string has.
 */
int ls_contract_string_length(const struct ls_digest *word, uint64_t max, uint64_t *ret_length,
			      struct ls_error *err);

struct ls_contract_place {
	bool present;
	uint64_t index;	 /* in the order of the entries */
	uint64_t time;	 /* of its block */
	uint64_t number; /* of its block */
	enum ls_cal_kind kind;
	/* Of a revocation: from when on it counts, at least 1.  Of what is revoked the earliest
	 * such; 0: it is not. */
	uint64_t since;
};
/* An entry's second word.  -EBADMSG: no entry's. */
int ls_contract_place(const struct ls_digest *word, struct ls_contract_place *ret_place,
		      struct ls_error *err);

/* --- calls ------------------------------------------------------------------------------- */

/* Appended to out: the code that deploys it and its argument.  0 or the buffer's error. */
int ls_contract_deploy(const char *registry, struct ls_buffer *out, struct ls_error *err);
/* The call that puts a record of this kind; account is 20 bytes, of who acts for it; seals are
 * those of a report (ls_chain_seal), NULL: none. */
int ls_contract_put(enum ls_cal_kind kind, const void *entry, size_t size, const uint8_t *account,
		    const struct ls_buffer *seals, struct ls_buffer *out, struct ls_error *err);
int ls_contract_put_anchor(const struct ls_digest *digest, struct ls_buffer *out,
			   struct ls_error *err);
/* "NAME(TYPES)" of one argument of 32 bytes. */
int ls_contract_ask(const char *signature, const struct ls_digest *argument, struct ls_buffer *out,
		    struct ls_error *err);

/* --- events ------------------------------------------------------------------------------ */

/* The first topic of what Recorded(id, kind, entry) leaves. */
void ls_contract_recorded(struct ls_digest *ret_topic);
/* Its data: the record's bytes, which point into data.  -EBADMSG "chain.event". */
int ls_contract_recorded_entry(const void *data, size_t n, const uint8_t **ret_entry,
			       size_t *ret_size, struct ls_error *err);

#endif
