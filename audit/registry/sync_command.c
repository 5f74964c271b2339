/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal sync, cal witness. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/registry/commands.h"
#include "audit/registry/sync.h"
#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/base/options.h"
#include "lib/cal/trust.h"
#include "lib/net/http.h"
#include "lib/net/witness_client.h"
#include "lib/registry/folder.h"
#include "lib/registry/registry.h"

#define WITNESS_TIMEOUT_MS 30000

/* --- whose log it is ---------------------------------------------------------------------------
 */

static int read_trust(const char *path, struct ls_registry_trusted *ret_trusted,
		      struct ls_error *err)
{
	_cleanup_cal_trust_ struct ls_cal_trust trust = { .has_registry = false };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_TRUST_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc < 0)
		return rc;
	rc = ls_cal_trust_parse(bytes.data, bytes.size, &trust, err);
	if (rc < 0) {
		ls_error_prefix(err, "trust file '%s'", path);
		if (err->code == -EBADMSG)
			err->code =
				-ENOKEY; /* it is the key that is not there, nothing was judged */
		return err->code;
	}
	if (!trust.has_registry)
		return ls_fail(err, -ENOKEY, "sync.trust",
			       "trust file '%s' has no line 'registry VKEY'", path);
	ret_trusted->key = trust.registry;
	ret_trusted->witness_count = trust.witness_count;
	for (size_t i = 0; i < trust.witness_count; i++)
		ret_trusted->witnesses[i] = trust.witnesses[i];
	return 0;
}

/* A mirror that was begun with a trust file goes on with the key that it was begun with. */
static int key_of_mirror(const char *mirror, struct ls_note_key *ret_key, struct ls_error *err)
{
	struct ls_error ignored = { 0 };
	_cleanup_close_ int fd = ls_registry_folder_open(mirror, &ignored);
	int rc = fd < 0 ? fd : ls_registry_vkey_read(fd, ret_key, &ignored);
	return rc < 0 ? ls_fail(err, -EINVAL, "sync.trust",
				"'%s' is no mirror yet: with --trust FILE it becomes one of the "
				"registry that the trust file names",
				mirror)
		      : 0;
}

/* --- sync
 * ------------------------------------------------------------------------------------------ */

static int tell(const struct ls_sync_result *r, const char *mirror, bool json)
{
	if (json)
		printf("{\"format\": \"labseal/calibration-sync/v1\", \"before\": %" PRIu64
		       ", \"size\": %" PRIu64 ", \"fetched\": %" PRIu64 ", \"documents\": %" PRIu64
		       ", \"documents_missing\": %" PRIu64 ", \"documents_not_asked\": %" PRIu64
		       ", \"documents_left_out\": %" PRIu64 "}\n",
		       r->before, r->size, r->fetched, r->documents, r->missing, r->unasked,
		       r->left_out);
	else
		printf("%s: %" PRIu64 " entries, %" PRIu64 " of them new, each verified; %" PRIu64
		       " bytes fetched\n",
		       mirror, r->size, r->size - r->before, r->fetched);
	if (r->missing > 0)
		fprintf(stderr,
			"labseal cal sync: the source does not have %" PRIu64
			" certificates that reports name; the next sync asks again (the first: "
			"%s)\n",
			r->missing, r->why);
	if (r->unasked > 0)
		fprintf(stderr,
			"labseal cal sync: %" PRIu64 " more that reports name were not asked for, "
			"after so many that the source does not have; the next sync goes on with "
			"them, and until then a trace says of each that it is not here\n",
			r->unasked);
	if (r->left_out > 0)
		fprintf(stderr,
			"labseal cal sync: reports and certificates name %" PRIu64
			" certificates beyond the %u, or the %u that certificates alone name, "
			"that a copy goes through: these are not asked for at all; bring the "
			"file that a trace misses into the mirror's 'documents' yourself, or "
			"remove 'documents/wanted' where what it names is of no use to you\n",
			r->left_out, LS_SYNC_NAMES_DEFAULT, LS_SYNC_LINKED_DEFAULT);
	return LS_EXIT_HOLDS;
}

static int status_of(const struct ls_command *command, const struct ls_error *err)
{
	int status = ls_registry_fail(command, err);
	switch (-err->code) {
	case ECONNABORTED: return LS_EXIT_DOES_NOT_HOLD;
	case ESTALE:
	case EIO:
	case EFBIG: return LS_EXIT_COULD_NOT_CHECK;
	}
	return status;
}

static int check(const struct ls_command *command, const char *mirror,
		 const struct ls_note_key *key, bool json)
{
	uint64_t size = 0;
	struct ls_error err = { 0 };
	if (ls_registry_check(mirror, key, &size, &err) < 0)
		return status_of(command, &err);
	const struct ls_sync_result same = { .before = size, .size = size };
	return tell(&same, mirror, json);
}

static int copy(const struct ls_command *command, const char *from, const char *mirror,
		const struct ls_registry_trusted *trusted, const struct ls_sync_options *options,
		long timeout_s, bool json)
{
	struct ls_error err = { 0 };
	struct ls_sync_result result = { 0 };
	_cleanup_sync_source_ struct ls_sync_source *source = NULL;
	int rc = ls_sync_source_open(from, timeout_s, &source, &err);
	if (rc == 0)
		rc = ls_sync(source, mirror, trusted, options, &result, &err);
	if (rc == -ENOSPC)
		ls_error_prefix(&err,
				"there is no room for the mirror '%s', which stays whole: make "
				"room there, then sync again",
				mirror);
	return rc < 0 ? status_of(command, &err) : tell(&result, mirror, json);
}

static int read_number(const struct ls_command *command, const char *name, const char *text,
		       uint64_t max, uint64_t *value)
{
	if (text && (ls_parse_u64(text, strlen(text), value) < 0 || *value == 0 || *value > max))
		return ls_command_usage(command,
					"%s takes a number from 1 to %" PRIu64 ", not '%s'", name,
					max, text);
	return 0;
}

int ls_registry_sync_run(const struct ls_command *command, ls_registry_read_trust *read, int argc,
			 char **argv)
{
	const char *trust = NULL, *most = NULL, *timeout = NULL, *places[2] = { NULL, NULL };
	bool only_check = false, json = false;
	size_t count = 0;
	uint64_t timeout_s = LS_SYNC_TIMEOUT_DEFAULT;
	struct ls_sync_options sync = { .max_bytes = LS_SYNC_BYTES_DEFAULT,
					.max_names = LS_SYNC_NAMES_DEFAULT,
					.max_linked = LS_SYNC_LINKED_DEFAULT,
					.max_misses = LS_SYNC_MISSES_DEFAULT };
	struct ls_registry_trusted trusted = { .witness_count = 0 };
	struct ls_error err = { 0 };
	const struct ls_option options[] = {
		{ "--trust", NULL, &trust },	 { "--max-bytes", NULL, &most },
		{ "--timeout", NULL, &timeout }, { "--check", &only_check, NULL },
		{ "--json", &json, NULL },
	};
	int rc = ls_options_read_many(command, argc, argv, options,
				      sizeof(options) / sizeof(options[0]), "SOURCE", places, 2,
				      &count);
	if (rc == 0)
		rc = read_number(command, "--max-bytes", most, UINT64_MAX, &sync.max_bytes);
	if (rc == 0)
		rc = read_number(command, "--timeout", timeout, 86400, &timeout_s);
	if (rc != 0)
		return rc;
	if (count != (only_check ? 1 : 2))
		return ls_command_usage(command, only_check ? "--check takes a MIRROR alone"
							    : "SOURCE and MIRROR, both");
	const char *mirror = places[count - 1];
	if ((trust ? read(trust, &trusted, &err) : key_of_mirror(mirror, &trusted.key, &err)) < 0)
		return status_of(command, &err);
	return only_check
		       ? check(command, mirror, &trusted.key, json)
		       : copy(command, places[0], mirror, &trusted, &sync, (long)timeout_s, json);
}

int ls_registry_sync_command(int argc, char **argv)
{
	return ls_registry_sync_run(&ls_registry_commands[LS_REGISTRY_SYNC], read_trust, argc,
				    argv);
}

/* --- witness
 * ---------------------------------------------------------------------------------------- */

static int64_t clock_s(void)
{
	return time(NULL);
}

/* What the witness is to be asked from: the largest size that it cosigned, as far as is known here.
 */
static int ask(const char *url, const struct ls_witness_key *witness, int fd,
	       struct ls_registry_note *note, struct ls_error *err)
{
	struct ls_own_note own;
	struct ls_witness_client client = { .key = *witness,
					    .url = url,
					    .timeout_ms = WITNESS_TIMEOUT_MS };
	ls_buffer_init(&own.bytes, LS_OWN_NOTE_MAX);
	int rc = ls_own_note_read(fd, &own, err);
	if (rc == 1)
		rc = ls_witness_ask(&client, fd, &own, clock_s, &note->bytes, err);
	ls_buffer_free(&own.bytes);
	return rc;
}

static int add_cosignature(const char *registry, const char *url,
			   const struct ls_witness_key *witness, struct ls_error *err)
{
	struct ls_note_key key;
	_cleanup_registry_note_ struct ls_registry_note note;
	ls_registry_note_init(&note);
	_cleanup_close_ int fd = ls_registry_folder_open(registry, err);
	_cleanup_close_ int lock = fd < 0 ? -1 : ls_registry_lock(fd, err);
	if (fd < 0 || lock < 0)
		return fd < 0 ? fd : lock;
	int rc = ls_registry_vkey_read(fd, &key, err);
	if (rc == 0)
		rc = ls_registry_note_read(fd, LS_REGISTRY_CHECKPOINT, &key, &note, err);
	if (rc == 0)
		rc = ls_http_init(err);
	if (rc == 0)
		rc = ask(url, witness, fd, &note, err);
	return rc < 0 ? rc : ls_registry_note_write(fd, &note, err);
}

int ls_registry_witness_command(int argc, char **argv)
{
	const struct ls_command *command = &ls_registry_commands[LS_REGISTRY_WITNESS];
	const char *registry = NULL, *vkey = NULL, *url;
	struct ls_witness_key witness;
	struct ls_error err = { 0 };
	const struct ls_option options[] = {
		{ "--registry", NULL, &registry },
		{ "--witness", NULL, &vkey },
	};
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(options[0]),
				 "URL", &url);
	if (rc != 0)
		return rc;
	if (!registry || !vkey)
		return ls_command_usage(command, "%s%s",
					registry ? "" : "--registry FOLDER is missing ",
					vkey ? "" : "--witness VKEY is missing, the witness's key");
	if (ls_witness_vkey_parse(vkey, strlen(vkey), &witness, &err) < 0)
		return ls_command_usage(command, "--witness: %s", err.message);
	if (add_cosignature(registry, url, &witness, &err) < 0)
		return status_of(command, &err);
	printf("%s: cosigned by %s\n", registry, witness.name);
	return LS_EXIT_HOLDS;
}
