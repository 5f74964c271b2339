/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/base/text.h"
#include "lib/cal/record.h"
#include "lib/cal/trust.h"

#include "audit/chain/anchor.h"
#include "audit/chain/contract.h"
#include "audit/chain/pin.h"
#include "audit/chain/seal.h"
#include "audit/chain/send.h"
#include "audit/chain/store.h"

#define RECORDS_MAX	256 /* files on one command line */
#define TRANSACTION_MAX (2 * LS_CAL_RECORD_SIZE_MAX)
#define KEY_MAX		16384

enum { DEPLOY, PUT, PIN, CHAIN_COMMANDS };

static int deploy(int argc, char **argv);
static int put(int argc, char **argv);
static int pin(int argc, char **argv);

static const struct ls_command COMMANDS[CHAIN_COMMANDS] = {
	[DEPLOY] = { "cal chain deploy", "--node URL --from ACCOUNT --registry NAME",
		     "put a new, empty registry on a chain; prints its lines for the trust file",
		     "--node --from --registry", deploy },
	[PUT] = { "cal chain put",
		  "--node URL --contract ADDRESS --from ACCOUNT [--account ACCOUNT] [--seal] "
		  "RECORD ...",
		  "add records to a registry on a chain, in this order",
		  "--node --contract --from --account --seal", put },
	[PIN] = { "cal chain pin",
		  "--node URL --contract ADDRESS [--registry NAME --key FILE [--output FILE]]",
		  "name the chain's newest block, which others are to believe",
		  "--node --contract --registry --key --output", pin },
};

/* --- what they have in common --------------------------------------------------------------- */

static int status_of(int rc)
{
	switch (-rc) {
	case EINVAL: return LS_EXIT_USAGE;
	case EPROTO:
	case ENOENT:
	case EBADMSG:
	case EXDEV:
	case EEXIST: return LS_EXIT_DOES_NOT_HOLD;
	case ENOMEM: return LS_EXIT_FAILED;
	default: return LS_EXIT_COULD_NOT_CHECK;
	}
}

static int say(const struct ls_command *command, int rc, const struct ls_error *err)
{
	fprintf(stderr, "labseal %s: %s [%s]\n", command->name, err->message, err->id);
	return status_of(rc);
}

/* Whether each of these options was given; else a line that says which was not. */
static int need(const struct ls_command *command, const struct ls_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (options[i].value && !*options[i].value)
			return ls_command_usage(command, "%s is missing", options[i].name);
	return 0;
}

static int print_lines(uint64_t chain, const uint8_t *contract, const struct ls_eth_header *block)
{
	char address[2 * LS_ETH_ADDRESS_SIZE + 1], hash[LS_DIGEST_HEX_SIZE];
	ls_hex_encode(contract, LS_ETH_ADDRESS_SIZE, address);
	printf("contract %" PRIu64 " %s\nblock %" PRIu64 " %s\n", chain, address, block->number,
	       ls_digest_hex(&block->hash, hash));
	return 0;
}

/* --- deploy ------------------------------------------------------------------------------ */

struct sender {
	const char *node, *from, *contract; /* as given */
	bool seal;			    /* devices get an account, reports their seals */
	struct ls_eth_rpc *rpc;		    /* owned */
	uint8_t account[LS_ETH_ADDRESS_SIZE], to[LS_ETH_ADDRESS_SIZE];
};

static int open_sender(struct sender *s, struct ls_error *err)
{
	int rc = ls_chain_address_parse(s->from, "the account", s->account, err);
	if (rc == 0 && s->contract)
		rc = ls_chain_address_parse(s->contract, "the contract", s->to, err);
	return rc < 0 ? rc : ls_eth_rpc_open(s->node, LS_CHAIN_TIMEOUT_SECONDS, &s->rpc, err);
}

static int deploy_contract(struct sender *s, const char *registry, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer data;
	struct ls_chain_receipt receipt = { .block = 0 };
	struct ls_eth_header block = { .number = 0 };
	uint64_t chain = 0;
	ls_buffer_init(&data, TRANSACTION_MAX);
	int rc = open_sender(s, err);
	if (rc == 0)
		rc = ls_contract_deploy(registry, &data, err);
	if (rc == 0)
		rc = ls_chain_id(s->rpc, &chain, err);
	if (rc == 0)
		rc = ls_chain_send(s->rpc, s->account, NULL, &data, &receipt, err);
	if (rc == 0)
		rc = ls_chain_newest_block(s->rpc, &block, err);
	return rc < 0 ? rc : print_lines(chain, receipt.contract, &block);
}

static int deploy(int argc, char **argv)
{
	struct sender s = { 0 };
	const char *registry = NULL;
	const struct ls_option options[] = { { "--node", NULL, &s.node },
					     { "--from", NULL, &s.from },
					     { "--registry", NULL, &registry } };
	struct ls_error err = { 0 };
	int usage = ls_options_read(&COMMANDS[DEPLOY], argc, argv, options, 3, NULL, NULL);
	if (usage == 0)
		usage = need(&COMMANDS[DEPLOY], options, 3);
	if (usage != 0)
		return usage;
	int rc = deploy_contract(&s, registry, &err);
	ls_eth_rpc_free(s.rpc);
	return rc < 0 ? say(&COMMANDS[DEPLOY], rc, &err) : LS_EXIT_HOLDS;
}

/* --- put ----------------------------------------------------------------------------------- */

/* account: of who acts for it from now on; a device's seals reports, or there is none. */
static int encode(const struct sender *s, const struct ls_cal_record *record,
		  const struct ls_buffer *bytes, const uint8_t *account, struct ls_buffer *data,
		  struct ls_error *err)
{
	static const uint8_t NOBODY[LS_ETH_ADDRESS_SIZE];
	_cleanup_buffer_ struct ls_buffer seals;
	ls_buffer_init(&seals, (LS_CAL_PARENTS_MAX + 1) * LS_CHAIN_SEAL_SIZE);
	bool without = record->kind == LS_CAL_DEVICE && !s->seal;
	int rc = 0;
	if (record->kind == LS_CAL_REPORT && s->seal)
		rc = ls_chain_seal(s->rpc, s->to, s->account, record, &seals, err);
	return rc < 0 ? rc
		      : ls_contract_put(record->kind, bytes->data, bytes->size,
					without ? NOBODY : account, &seals, data, err);
}

static int put_record(struct sender *s, const char *path, const uint8_t *account,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes, data;
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	struct ls_chain_receipt receipt = { .block = 0 };
	char id[LS_DIGEST_HEX_SIZE];
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	ls_buffer_init(&data, TRANSACTION_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc == 0)
		rc = ls_cal_record_parse(bytes.data, bytes.size, &record, err);
	if (rc == 0)
		rc = encode(s, &record, &bytes, account, &data, err);
	if (rc == 0)
		rc = ls_chain_send(s->rpc, s->account, s->to, &data, &receipt, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	else
		printf("recorded %s %s block %" PRIu64 " gas %" PRIu64 "\n",
		       ls_cal_kind_name(record.kind), ls_digest_hex(&record.id, id), receipt.block,
		       receipt.gas);
	return rc;
}

static int put_records(struct sender *s, const char *account_text, const char *const *paths,
		       size_t count, struct ls_error *err)
{
	uint8_t account[LS_ETH_ADDRESS_SIZE];
	int rc = open_sender(s, err);
	if (rc == 0)
		rc = ls_chain_address_parse(account_text ? account_text : s->from, "the account",
					    account, err);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = put_record(s, paths[i], account, err);
	return rc;
}

static int put(int argc, char **argv)
{
	struct sender s = { 0 };
	const char *account = NULL, *paths[RECORDS_MAX];
	size_t count = 0;
	const struct ls_option options[] = { { "--node", NULL, &s.node },
					     { "--contract", NULL, &s.contract },
					     { "--from", NULL, &s.from },
					     { "--account", NULL, &account },
					     { "--seal", &s.seal, NULL } };
	struct ls_error err = { 0 };
	int usage = ls_options_read_many(&COMMANDS[PUT], argc, argv, options, 5, "RECORD", paths,
					 RECORDS_MAX, &count);
	if (usage == 0)
		usage = need(&COMMANDS[PUT], options, 3);
	if (usage != 0)
		return usage;
	int rc = put_records(&s, account, paths, count, &err);
	ls_eth_rpc_free(s.rpc);
	return rc < 0 ? say(&COMMANDS[PUT], rc, &err) : LS_EXIT_HOLDS;
}

/* --- pin ----------------------------------------------------------------------------------- */

struct pinning {
	const char *node, *contract, *registry, *key, *output;
};

static int read_block(const struct pinning *p, struct ls_chain_pin *pin,
		      struct ls_eth_header *block, struct ls_error *err)
{
	_cleanup_eth_rpc_ struct ls_eth_rpc *rpc = NULL;
	int rc = ls_chain_address_parse(p->contract, "the contract", pin->block.contract, err);
	if (rc == 0)
		rc = ls_eth_rpc_open(p->node, LS_CHAIN_TIMEOUT_SECONDS, &rpc, err);
	if (rc == 0)
		rc = ls_chain_id(rpc, &pin->block.chain, err);
	if (rc == 0)
		rc = ls_chain_newest_block(rpc, block, err);
	if (rc == 0) {
		pin->block.number = block->number;
		pin->block.hash = block->hash;
	}
	return rc;
}

static int sign_pin(const struct pinning *p, const struct ls_chain_pin *pin, struct ls_buffer *note,
		    struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer signer;
	ls_buffer_init(&pem, KEY_MAX);
	int rc = ls_file_read(AT_FDCWD, p->key, &pem, err);
	if (rc == 0)
		rc = ls_p256_key_from_pem(ls_buffer_str(&pem), pem.size, &key, err);
	if (rc < 0)
		return rc;
	ls_p256_key_signer(key, &signer);
	return ls_chain_pin_sign(pin, &signer, note, err);
}

static int write_pin(const struct pinning *p, struct ls_chain_pin *pin, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_CHAIN_PIN_MAX);
	size_t n = p->registry ? strlen(p->registry) : 0;
	if (n == 0 || !ls_note_name_valid(p->registry, n))
		return ls_fail(err, -EINVAL, "chain.registry", "'%s' is no registry's name",
			       n > 0 ? p->registry : "");
	memcpy(pin->registry, p->registry, n + 1);
	int rc = sign_pin(p, pin, &note, err);
	if (rc < 0)
		return rc;
	if (p->output)
		return ls_file_replace(AT_FDCWD, p->output, note.data, note.size, 0644, err);
	fputs(ls_buffer_str(&note), stdout);
	return 0;
}

static int pin(int argc, char **argv)
{
	struct pinning p = { 0 };
	struct ls_chain_pin made = { 0 };
	struct ls_eth_header block = { .number = 0 };
	const struct ls_option options[] = { { "--node", NULL, &p.node },
					     { "--contract", NULL, &p.contract },
					     { "--registry", NULL, &p.registry },
					     { "--key", NULL, &p.key },
					     { "--output", NULL, &p.output } };
	struct ls_error err = { 0 };
	int usage = ls_options_read(&COMMANDS[PIN], argc, argv, options, 5, NULL, NULL);
	if (usage == 0)
		usage = need(&COMMANDS[PIN], options, p.registry || p.key || p.output ? 4 : 2);
	if (usage != 0)
		return usage;
	int rc = read_block(&p, &made, &block, &err);
	if (rc == 0)
		rc = p.key ? write_pin(&p, &made, &err)
			   : print_lines(made.block.chain, made.block.contract, &block);
	return rc < 0 ? say(&COMMANDS[PIN], rc, &err) : LS_EXIT_HOLDS;
}

static int chain(int argc, char **argv)
{
	const struct ls_command_table table = { COMMANDS, CHAIN_COMMANDS };
	return ls_command_dispatch("labseal cal chain", &table, 1, argc, argv);
}

/* --- anchor -------------------------------------------------------------------------------- */

struct anchoring {
	struct sender sender;
	const char *trust, *pin, *checkpoint;
	bool check;
};

static int anchor(int argc, char **argv);

const struct ls_command ls_chain_commands[LS_CHAIN_COMMAND_COUNT] = {
	{ "cal chain", "COMMAND [ARGUMENT ...]", "keep a registry in an Ethereum contract", NULL,
	  chain },
	{ "cal anchor",
	  "--node URL --contract ADDRESS --from ACCOUNT CHECKPOINT; or --check --node URL --trust "
	  "FILE [--pin FILE] CHECKPOINT",
	  "write a checkpoint's digest to a chain, or prove that it stands there",
	  "--node --contract --from --check --trust --pin", anchor },
};

static int write_anchor(struct anchoring *a, const struct ls_buffer *note, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer data;
	struct ls_checkpoint checkpoint;
	struct ls_chain_receipt receipt = { .block = 0 };
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_init(&data, TRANSACTION_MAX);
	int rc = ls_anchor_digest(note, NULL, &checkpoint, &digest, err);
	if (rc == 0)
		rc = open_sender(&a->sender, err);
	if (rc == 0)
		rc = ls_contract_put_anchor(&digest, &data, err);
	if (rc == 0)
		rc = ls_chain_send(a->sender.rpc, a->sender.account, a->sender.to, &data, &receipt,
				   err);
	if (rc == 0)
		printf("anchored %s block %" PRIu64 " gas %" PRIu64 "\n",
		       ls_digest_hex(&digest, hex), receipt.block, receipt.gas);
	return rc;
}

static int read_trust(const char *path, struct ls_cal_trust *trust, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_TRUST_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	return rc < 0 ? rc : ls_cal_trust_parse(bytes.data, bytes.size, trust, err);
}

static int choose_block(const struct anchoring *a, const struct ls_cal_trust *trust,
			struct ls_chain_block *block, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer file;
	ls_buffer_init(&file, LS_CHAIN_PIN_MAX);
	int rc = a->pin ? ls_file_read(AT_FDCWD, a->pin, &file, err) : 0;
	return rc < 0 ? rc : ls_chain_pin_choose(trust, a->pin ? &file : NULL, block, err);
}

static int prove_anchor(struct anchoring *a, const struct ls_cal_trust *trust,
			const struct ls_buffer *note, struct ls_error *err)
{
	struct ls_checkpoint checkpoint;
	struct ls_chain_block block;
	struct ls_chain_view view;
	struct ls_digest digest;
	int64_t time;
	char utc[LS_UTC_SIZE];
	if (!trust->has_registry)
		return ls_fail(err, -EINVAL, "chain.pin",
			       "the trust file '%s' names no registry, whose checkpoint this could "
			       "be",
			       a->trust);
	int rc = ls_anchor_digest(note, &trust->registry, &checkpoint, &digest, err);
	if (rc == 0)
		rc = choose_block(a, trust, &block, err);
	if (rc == 0)
		rc = ls_eth_rpc_open(a->sender.node, LS_CHAIN_TIMEOUT_SECONDS, &a->sender.rpc, err);
	if (rc == 0)
		rc = ls_chain_view_open(a->sender.rpc, &block, &view, err);
	if (rc == 0)
		rc = ls_anchor_check(&view, &digest, &time, err);
	if (rc == 0)
		printf("ANCHORED\n%s of size %" PRIu64 " was there by %s, as the chain's block of "
		       "that time says; proven to block %" PRIu64 "\n",
		       checkpoint.origin, checkpoint.size, ls_utc_format(time, utc), block.number);
	return rc;
}

static int check_anchor(struct anchoring *a, const struct ls_buffer *note, struct ls_error *err)
{
	_cleanup_cal_trust_ struct ls_cal_trust trust = { 0 };
	int rc = read_trust(a->trust, &trust, err);
	return rc < 0 ? rc : prove_anchor(a, &trust, note, err);
}

static int read_anchoring(int argc, char **argv, struct anchoring *a)
{
	const struct ls_command *command = &ls_chain_commands[1];
	const struct ls_option options[] = {
		{ "--node", NULL, &a->sender.node }, { "--contract", NULL, &a->sender.contract },
		{ "--from", NULL, &a->sender.from }, { "--trust", NULL, &a->trust },
		{ "--pin", NULL, &a->pin },	     { "--check", &a->check, NULL },
	};
	int usage = ls_options_read(command, argc, argv, options, 6, "CHECKPOINT", &a->checkpoint);
	if (usage != 0)
		return usage;
	if (!a->check)
		return need(command, options, 3);
	if (!a->trust)
		return ls_command_usage(command, "--check needs --trust");
	return need(command, options, 1);
}

static int anchor(int argc, char **argv)
{
	struct anchoring a = { 0 };
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	int usage = read_anchoring(argc, argv, &a);
	if (usage != 0)
		return usage;
	int rc = ls_file_read(AT_FDCWD, a.checkpoint, &note, &err);
	if (rc == 0)
		rc = a.check ? check_anchor(&a, &note, &err) : write_anchor(&a, &note, &err);
	ls_eth_rpc_free(a.sender.rpc);
	return rc < 0 ? say(&ls_chain_commands[1], rc, &err) : LS_EXIT_HOLDS;
}
