/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-RPC 2.0 over HTTP to a node of an Ethereum network (github.com/ethereum/execution-apis).
 * What a node answers is a claim: this file bounds its size and time and checks its form, view.h
 * proves it.  No redirect is followed, and nothing but http and https is spoken.
 */
#ifndef LABSEAL_AUDIT_CHAIN_RPC_H
#define LABSEAL_AUDIT_CHAIN_RPC_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_ETH_ANSWER_MAX (16 * 1024 * 1024) /* bytes of one answer */

struct ls_eth_rpc;

/* Connects to nothing yet.  -EINVAL: no http or https address.  The whole of a call may take that
 * many seconds. */
int ls_eth_rpc_open(const char *url, long timeout_seconds, struct ls_eth_rpc **ret_rpc,
		    struct ls_error *err);
void ls_eth_rpc_free(struct ls_eth_rpc *rpc); /* NULL is fine */

static inline void ls_eth_rpc_cleanup(struct ls_eth_rpc **rpc)
{
	ls_eth_rpc_free(*rpc);
}
#define _cleanup_eth_rpc_ __attribute__((cleanup(ls_eth_rpc_cleanup)))

static inline void ls_cleanup_json(json_t **value)
{
	json_decref(*value);
}
#define _cleanup_json_ __attribute__((cleanup(ls_cleanup_json)))

/*
 * One call.  params is an array and is let go of, also on failure; NULL (out of memory) is -ENOMEM.
 * *ret_result is the caller's, and may be JSON's null.
 * -EHOSTUNREACH "http", "http.size", "http.status": not reached, took too long, too large, another
 * status than 200; -EBADMSG "chain.rpc.answer": no JSON-RPC answer to this call; -EPROTO
 * "chain.rpc.refused": the node's own error, in its words.
 */
int ls_eth_rpc_call(struct ls_eth_rpc *rpc, const char *method, json_t *params, json_t **ret_result,
		    struct ls_error *err);

/* What was asked and what came, for the report. */
struct ls_eth_traffic {
	uint64_t calls, bytes;
};
struct ls_eth_traffic ls_eth_rpc_traffic(const struct ls_eth_rpc *rpc);

/*
 * The network's hex.  DATA is "0x" and two digits a byte, of either case as nodes write it;
 * QUANTITY is "0x" and digits without leading zeros.  -EBADMSG "chain.rpc.answer", which names
 * what.
 */
int ls_eth_data(const json_t *value, const char *what, size_t max, struct ls_buffer *out,
		struct ls_error *err);
int ls_eth_fixed(const json_t *value, const char *what, void *buffer, size_t n,
		 struct ls_error *err);
int ls_eth_u64(const json_t *value, const char *what, uint64_t *ret_value, struct ls_error *err);
/* A quantity of at most 32 bytes, big-endian, without leading zeros, as RLP wants it. */
int ls_eth_quantity(const json_t *value, const char *what, uint8_t buffer[static LS_DIGEST_SIZE],
		    size_t *ret_size, struct ls_error *err);

json_t *ls_eth_json_data(const void *bytes, size_t n); /* NULL: out of memory */
json_t *ls_eth_json_u64(uint64_t value);

#endif
