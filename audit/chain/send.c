/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/send.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"

#define GAS_MARGIN  4 /* a fourth more than estimated: the state may have changed until then */
#define POLL_FIRST  5000000 /* nanoseconds; doubled up to POLL_LAST */
#define POLL_LAST   1000000000L
#define HASH_DIGITS (2 + 64)

int ls_chain_address_parse(const char *text, const char *what,
			   uint8_t address[static LS_ETH_ADDRESS_SIZE], struct ls_error *err)
{
	char digits[2 * LS_ETH_ADDRESS_SIZE];
	const char *from = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
	bool fits = strlen(from) == sizeof(digits);
	for (size_t i = 0; fits && i < sizeof(digits); i++)
		digits[i] = (char)tolower((unsigned char)from[i]);
	if (!fits || ls_hex_decode(digits, sizeof(digits), address) < 0)
		return ls_fail(err, -EINVAL, "chain.address",
			       "%s '%s' is no address: 40 hex digits, 0x before them or not", what,
			       text);
	return 0;
}

/* The call's object; *gas is added where it is not 0. */
static json_t *transaction(const uint8_t *from, const uint8_t *to, const struct ls_buffer *data,
			   uint64_t gas)
{
	json_t *t = json_pack("{s:o, s:o}", "from", ls_eth_json_data(from, LS_ETH_ADDRESS_SIZE),
			      "data", ls_eth_json_data(data->data, data->size));
	if (t && to)
		json_object_set_new(t, "to", ls_eth_json_data(to, LS_ETH_ADDRESS_SIZE));
	if (t && gas)
		json_object_set_new(t, "gas", ls_eth_json_u64(gas));
	return json_pack("[o]", t);
}

static int estimate(struct ls_eth_rpc *rpc, const uint8_t *from, const uint8_t *to,
		    const struct ls_buffer *data, uint64_t *ret_gas, struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	int rc = ls_eth_rpc_call(rpc, "eth_estimateGas", transaction(from, to, data, 0), &answer,
				 err);
	if (rc == 0)
		rc = ls_eth_u64(answer, "the estimate", ret_gas, err);
	if (rc == 0)
		*ret_gas += *ret_gas / GAS_MARGIN;
	return rc;
}

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Asks again and again, less and less often. */
static int await(struct ls_eth_rpc *rpc, const json_t *hash, json_t **ret_answer,
		 struct ls_error *err)
{
	int64_t until = now() + LS_CHAIN_RECEIPT_SECONDS;
	struct timespec pause = { .tv_nsec = POLL_FIRST };
	for (;;) {
		json_t *answer = NULL;
		int rc = ls_eth_rpc_call(rpc, "eth_getTransactionReceipt", json_pack("[O]", hash),
					 &answer, err);
		if (rc < 0)
			return rc;
		if (!json_is_null(answer)) {
			*ret_answer = answer;
			return 0;
		}
		json_decref(answer);
		if (now() >= until)
			return ls_fail(err, -ETIMEDOUT, "chain.receipt",
				       "the transaction %s was sent and is in no block yet: it may "
				       "still come",
				       json_string_value(hash));
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec * 2 < POLL_LAST ? pause.tv_nsec * 2 : POLL_LAST - 1;
	}
}

static int read_receipt(const json_t *answer, const json_t *hash, bool deploys,
			struct ls_chain_receipt *ret_receipt, struct ls_error *err)
{
	uint64_t status = 0;
	struct ls_chain_receipt receipt = { 0 };
	int rc = ls_eth_u64(json_object_get(answer, "status"), "the receipt's status", &status,
			    err);
	if (rc == 0 && status != 1)
		return ls_fail(err, -EPROTO, "chain.reverted",
			       "the contract refused the transaction %s, which is in a block",
			       json_string_value(hash));
	if (rc == 0)
		rc = ls_eth_u64(json_object_get(answer, "blockNumber"), "the receipt's block",
				&receipt.block, err);
	if (rc == 0)
		rc = ls_eth_u64(json_object_get(answer, "gasUsed"), "the receipt's gas",
				&receipt.gas, err);
	if (rc == 0 && deploys)
		rc = ls_eth_fixed(json_object_get(answer, "contractAddress"),
				  "the receipt's contract", receipt.contract, LS_ETH_ADDRESS_SIZE,
				  err);
	if (rc == 0)
		*ret_receipt = receipt;
	return rc;
}

int ls_chain_send(struct ls_eth_rpc *rpc, const uint8_t from[static LS_ETH_ADDRESS_SIZE],
		  const uint8_t *to, const struct ls_buffer *data,
		  struct ls_chain_receipt *ret_receipt, struct ls_error *err)
{
	_cleanup_json_ json_t *hash = NULL, *answer = NULL;
	uint64_t gas;
	int rc = estimate(rpc, from, to, data, &gas, err);
	if (rc == 0)
		rc = ls_eth_rpc_call(rpc, "eth_sendTransaction", transaction(from, to, data, gas),
				     &hash, err);
	if (rc == 0 && (!json_is_string(hash) || json_string_length(hash) != HASH_DIGITS))
		return ls_fail(err, -EBADMSG, "chain.rpc.answer",
			       "the node's answer to eth_sendTransaction is no hash");
	if (rc == 0)
		rc = await(rpc, hash, &answer, err);
	return rc < 0 ? rc : read_receipt(answer, hash, !to, ret_receipt, err);
}
