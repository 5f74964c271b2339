/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/seal.h"

#include <errno.h>
#include <string.h>

#include "audit/chain/contract.h"

#define SIGNATURE_SIZE (LS_CHAIN_SEAL_SIZE + 1) /* r, s, v */
#define ASKED_MAX      64
#define WORD	       LS_DIGEST_SIZE
#define ENTRY_MAX      (64 * WORD) /* of getEntry: more than a report of eight parents has */

/* In words of what getEntry answers, behind the tuple's own place. */
enum { ENTRY_ACCOUNT = 1 + 8, ENTRY_SUBJECT = 1 + 10, ENTRY_WORDS = 1 + 13 };

/* What the node holds under id; to be judged by the contract again when it takes the report. */
static int ask_entry(struct ls_eth_rpc *rpc, const uint8_t *contract, const struct ls_digest *id,
		     struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	_cleanup_buffer_ struct ls_buffer asked;
	ls_buffer_init(&asked, ASKED_MAX);
	ls_buffer_clear(out);
	int rc = ls_contract_ask("getEntry(bytes32)", id, &asked, err);
	if (rc < 0)
		return rc;
	json_t *call = json_pack("{s:o, s:o}", "to",
				 ls_eth_json_data(contract, LS_ETH_ADDRESS_SIZE), "data",
				 ls_eth_json_data(asked.data, asked.size));
	rc = ls_eth_rpc_call(rpc, "eth_call", json_pack("[o, s]", call, "latest"), &answer, err);
	if (rc == 0)
		rc = ls_eth_data(answer, "the contract's entry", ENTRY_MAX, out, err);
	if (rc == 0 && out->size < ENTRY_WORDS * WORD)
		rc = ls_fail(err, -EBADMSG, "chain.rpc.answer",
			     "the node's answer to eth_call is no entry of the contract");
	return rc;
}

/* The account of the device that the report with this id is of; zeros: it has none. */
static int device_account(struct ls_eth_rpc *rpc, const uint8_t *contract,
			  const struct ls_digest *report,
			  uint8_t account[static LS_ETH_ADDRESS_SIZE], struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer entry;
	struct ls_digest device;
	ls_buffer_init(&entry, ENTRY_MAX);
	int rc = ask_entry(rpc, contract, report, &entry, err);
	if (rc == 0) {
		memcpy(device.bytes, entry.data + ENTRY_SUBJECT * WORD, WORD);
		rc = ask_entry(rpc, contract, &device, &entry, err);
	}
	if (rc == 0)
		memcpy(account, entry.data + ENTRY_ACCOUNT * WORD + WORD - LS_ETH_ADDRESS_SIZE,
		       LS_ETH_ADDRESS_SIZE);
	return rc;
}

static bool is_nobody(const uint8_t *account)
{
	static const uint8_t NOBODY[LS_ETH_ADDRESS_SIZE];
	return memcmp(account, NOBODY, LS_ETH_ADDRESS_SIZE) == 0;
}

static int sign(struct ls_eth_rpc *rpc, const uint8_t *account, const struct ls_digest *id,
		uint8_t seal[static LS_CHAIN_SEAL_SIZE], struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	uint8_t signature[SIGNATURE_SIZE];
	int rc = ls_eth_rpc_call(rpc, "eth_sign",
				 json_pack("[o, o]", ls_eth_json_data(account, LS_ETH_ADDRESS_SIZE),
					   ls_eth_json_data(id->bytes, WORD)),
				 &answer, err);
	if (rc == 0)
		rc = ls_eth_fixed(answer, "the signature", signature, sizeof(signature), err);
	if (rc < 0)
		return rc;
	unsigned v = signature[LS_CHAIN_SEAL_SIZE]; /* 27 and 28, of some nodes 0 and 1 */
	v = v >= 27 ? v - 27 : v;
	if (v > 1 || signature[WORD] & 0x80)
		return ls_fail(err, -EBADMSG, "chain.seal",
			       "what the node signs with is no seal: its v is %u, or its s is too "
			       "large",
			       signature[LS_CHAIN_SEAL_SIZE]);
	memcpy(seal, signature, LS_CHAIN_SEAL_SIZE);
	seal[WORD] |= (uint8_t)(v << 7);
	return 0;
}

static int add_seal(struct ls_eth_rpc *rpc, const uint8_t *account, const struct ls_digest *id,
		    struct ls_buffer *out, struct ls_error *err)
{
	uint8_t seal[LS_CHAIN_SEAL_SIZE] = { 0 };
	int rc = is_nobody(account) ? 0 : sign(rpc, account, id, seal, err);
	if (rc == 0 && ls_buffer_add(out, seal, sizeof(seal)) < 0)
		rc = ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	return rc;
}

int ls_chain_seal(struct ls_eth_rpc *rpc, const uint8_t contract[static LS_ETH_ADDRESS_SIZE],
		  const uint8_t technician[static LS_ETH_ADDRESS_SIZE],
		  const struct ls_cal_record *report, struct ls_buffer *out, struct ls_error *err)
{
	bool sealing = false;
	int rc = 0;
	for (size_t i = 0; i < report->report.parent_count && rc == 0; i++) {
		const struct ls_cal_parent *parent = &report->report.parents[i];
		uint8_t account[LS_ETH_ADDRESS_SIZE] = { 0 };
		if (!parent->document)
			rc = device_account(rpc, contract, &parent->id, account, err);
		sealing = sealing || !is_nobody(account);
		if (rc == 0)
			rc = add_seal(rpc, account, &report->id, out, err);
	}
	if (rc == 0 && sealing)
		rc = add_seal(rpc, technician, &report->id, out, err);
	if (rc == 0 && !sealing)
		ls_buffer_clear(out);
	return rc;
}
