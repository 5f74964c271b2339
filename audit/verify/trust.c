/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "lib/base/buffer.h"
#include "lib/base/files.h"

static void say_what_is_missing(struct ls_report *report, const char *why)
{
	ls_report_skip(report, "trust.none",
		       "who signed, and whether the state that sealed was approved: %s", why);
}

static void say_what_the_token_is(enum ls_key_kind kind, struct ls_report *report)
{
	enum ls_key_kind tpm = ls_key_kind_tpm(kind);
	if (ls_key_kind_is_software_token(kind))
		ls_report_warn(report, "trust.software-hsm", 0, "",
			       "the key is in a software token, a folder that whoever administers "
			       "the host can copy");
	if (tpm == LS_KEY_FILE)
		ls_report_warn(
			report, "trust.unmeasured-hsm", 0, "",
			"the key is in a token (HSM) that nothing binds to the approved state: "
			"whoever has the token and its PIN can sign");
	else
		ls_report_warn(
			report, "trust.pin-release", 0, "",
			"the key is in a token (HSM) whose PIN the TPM gives out in approved "
			"states only; whoever learnt the PIN otherwise, and has the token, can "
			"sign");
	if (tpm == LS_KEY_SOFTWARE_TPM)
		ls_report_warn(
			report, "trust.software-tpm", 0, "",
			"the TPM that seals the PIN is software, which whoever administers the "
			"host can copy");
}

static void say_what_the_key_is(const struct ls_trust *trust, struct ls_report *report)
{
	char key[LS_KEY_KIND_NAME_SIZE + 16];
	snprintf(key, sizeof(key), "%s%s", ls_key_kind_name(trust->key_kind),
		 trust->development ? ", development" : "");
	ls_report_set(report, &report->facts.key, key);
	if (trust->key_kind == LS_KEY_FILE)
		ls_report_warn(report, "trust.file-key", 0, "",
			       "the key is a file: whoever copied it can sign; for tests only");
	if (trust->key_kind == LS_KEY_SOFTWARE_TPM)
		ls_report_warn(report, "trust.software-tpm", 0, "",
			       "the key is in a software TPM, which whoever administers the host "
			       "can copy");
	if (ls_key_kind_is_token(trust->key_kind))
		say_what_the_token_is(trust->key_kind, report);
	if (trust->ed25519_kind == LS_ED25519_TPM || trust->ed25519_kind == LS_ED25519_SOFTWARE_TPM)
		ls_report_warn(report, "trust.ed25519-in-memory", 0, "",
			       "the log's Ed25519 key is %s: whoever read the enclave's memory "
			       "has it; labseal asks for the other key's line beside it",
			       ls_ed25519_kind_name(trust->ed25519_kind));
	if (trust->development)
		ls_report_warn(report, "trust.development", 0, "",
			       "the trust file allows a development policy: parts may have run "
			       "unconfined");
	if (!trust->has_authority && trust->approved_count == 0)
		ls_report_skip(report, "measurement.none",
			       "the measured state: the trust file names none");
}

bool ls_audit_load_trust(const char *path, struct ls_trust *ret_trust, struct ls_report *report)
{
	if (!path) {
		say_what_is_missing(report, "no trust file was given (--trust FILE)");
		return false;
	}
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_TRUST_SIZE_MAX);
	ls_report_set(report, &report->facts.trust_file, path);
	struct ls_error err = { 0 };
	if (ls_file_read(AT_FDCWD, path, &bytes, &err) < 0 ||
	    ls_trust_parse(bytes.data, bytes.size, ret_trust, &err) < 0) {
		ls_report_unable(report, LS_CHECK_CHECKPOINT, "trust.unreadable", 0, path, "%s",
				 err.message);
		say_what_is_missing(report, "the trust file cannot be used");
		return false;
	}
	char fingerprint[LS_FINGERPRINT_SIZE];
	ls_report_set(report, &report->facts.trust_fingerprint,
		      ls_trust_fingerprint(bytes.data, bytes.size, fingerprint));
	ls_report_set(report, &report->facts.instrument, ret_trust->instrument);
	report->facts.trusted = true;
	say_what_the_key_is(ret_trust, report);
	return true;
}
