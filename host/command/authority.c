/* SPDX-License-Identifier: Apache-2.0 */
/* labseal authority: the offline key of the policy authority, and its signatures. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host/command/approve.h"
#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/request.h"
#include "lib/attest/adoption.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/hsm/private_key.h"
#include "lib/hsm/terminal.h"

#define NAME "authority"

static int init(int argc, char **argv)
{
	_cleanup_private_key_ struct ls_private_key *key = NULL;
	struct ls_error err;
	struct ls_signer signer;
	struct ls_digest digest;
	struct ls_key_place place = { .name = NULL };
	char hex[LS_DIGEST_HEX_SIZE];
	bool passphrase = false;
	const struct ls_option options[] = {
		{ "--passphrase", &passphrase, NULL },
		{ "--passphrase-file", NULL, &place.passphrase_file },
		{ "--pin-file", NULL, &place.pin_file },
	};
	int rc = ls_options_read(ls_host_command(NAME), argc, argv, options, 3, "file",
				 &place.name);
	if (rc != 0)
		return rc;
	if (ls_private_key_make(&place, passphrase, &key, &err) < 0)
		return ls_cmd_fail(NAME, &err);
	ls_private_key_signer(key, &signer);
	ls_p256_public_digest(&signer.key, &digest);
	printf("made        %s\nkey         %s\n", place.name, ls_digest_hex(&digest, hex));
	fprintf(stderr, "keep it offline, and a copy in another place: without it no new state is "
			"approved\n");
	return LS_EXIT_HOLDS;
}

/* --- what is asked of the authority: to approve a state, or to adopt a log ------------------ */

struct asked {
	bool of_adoption;
	struct ls_request request;
	struct ls_adoption adoption;
};

static void asked_free(struct asked *asked)
{
	ls_request_free(&asked->request);
}

static int read_asked(const char *path, struct asked *asked, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_REQUEST_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	asked->of_adoption = strncmp(ls_buffer_str(&bytes), "labseal-adoption/", 17) == 0;
	if (rc == 0 && asked->of_adoption)
		rc = ls_adoption_parse(bytes.data, bytes.size, &asked->adoption, err);
	else if (rc == 0)
		rc = ls_request_parse(bytes.data, bytes.size, &asked->request, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int show_asked(const struct asked *asked, bool yes, struct ls_error *err)
{
	if (asked->of_adoption)
		ls_adoption_print(&asked->adoption);
	else
		ls_request_print(&asked->request);
	fflush(stdout);
	return ls_confirm(asked->of_adoption ? LS_ADOPT_QUESTION : "approve this state?", yes, err);
}

static int sign_asked(struct asked *asked, const struct ls_private_key *key, struct ls_error *err)
{
	struct ls_signer signer;
	struct ls_approval *a = &asked->request.approval;
	ls_private_key_signer(key, &signer);
	if (asked->of_adoption)
		return ls_adoption_sign(&asked->adoption, &signer, err);
	return ls_policy_approve(&signer, &a->pcr23, a->counter, a->policy_ref,
				 strlen(a->policy_ref), a->signature, &a->signature_size, err);
}

static int write_asked(const char *path, const struct asked *asked, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_REQUEST_SIZE_MAX);
	int rc = 0;
	if (!asked->of_adoption)
		rc = ls_request_format(&asked->request, &bytes, err);
	else if (ls_adoption_format(&asked->adoption, &bytes) < 0)
		rc = ls_fail(err, -ENOMEM, "key.memory", "out of memory for an adoption");
	return rc < 0 ? rc : ls_file_replace(AT_FDCWD, path, bytes.data, bytes.size, 0644, err);
}

static int sign(int argc, char **argv)
{
	__attribute__((cleanup(asked_free))) struct asked asked = { .of_adoption = false };
	_cleanup_private_key_ struct ls_private_key *key = NULL;
	struct ls_error err;
	struct ls_key_place place = { .name = NULL };
	const char *path;
	bool yes = false;
	const struct ls_option options[] = {
		{ "--key", NULL, &place.name },
		{ "--passphrase-file", NULL, &place.passphrase_file },
		{ "--pin-file", NULL, &place.pin_file },
		{ "--yes", &yes, NULL },
	};
	int rc = ls_options_read(ls_host_command(NAME), argc, argv, options, 4, "request", &path);
	if (rc != 0)
		return rc;
	if (!place.name)
		return ls_command_usage(ls_host_command(NAME),
					"which key? Say --key FILE, or a token's URI");
	if (read_asked(path, &asked, &err) < 0)
		return ls_cmd_fail(NAME, &err);
	rc = show_asked(&asked, yes, &err);
	if (rc == 0)
		rc = ls_private_key_load(&place, &key, &err);
	if (rc == 0)
		rc = sign_asked(&asked, key, &err);
	if (rc == 0)
		rc = write_asked(path, &asked, &err);
	if (rc < 0)
		return ls_cmd_fail(NAME, &err);
	printf("signed      %s\n", path);
	return LS_EXIT_HOLDS;
}

int ls_cmd_authority(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "init") == 0)
		return init(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "sign") == 0)
		return sign(argc - 1, argv + 1);
	return ls_command_usage(ls_host_command(NAME),
				argc > 1 ? "'%s' is neither init nor sign" : "init or sign?",
				argc > 1 ? argv[1] : "");
}
