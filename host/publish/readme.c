/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/readme.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/publish/place.h"
#include "host/publish/texts.h"
#include "lib/base/files.h"
#include "lib/base/p256.h"
#include "lib/log/note.h"
#include "lib/seal/ca.h"
#include "lib/seal/trust.h"

#define README_SIZE_MAX 16384

static const char text_before[] =
	"What this is\n"
	"============\n"
	"\n"
	"Results of the instrument %s, as labseal sealed them. Each folder below results/\n"
	"holds one seal; events/ holds what happened between them. A seal's folder has\n"
	"\n"
	"  original/            the files, byte for byte as they came out of the instrument\n"
	"  record.json          when they came, and what the instrument's computer claimed\n"
	"  manifest.sha256      the SHA-256 of all these: the text that is signed and logged\n"
	"  manifest.sha256.p7s  its signature (CMS)\n"
	"  manifest.tlog-proof  the proof that it is in the log, at its number\n"
	"\n"
	"log/ is the log itself: an entry for each seal, in order, so that nothing can be\n"
	"changed, taken out or put in later without the log's key contradicting itself.\n"
	"\n"
	"index.html is a list to click through, verify.html checks one result in a browser.\n"
	"They lie on this share, as this file does, so by themselves they prove nothing.\n"
	"\n"
	"\n"
	"Before you check: the trust file\n"
	"================================\n"
	"\n"
	"Everything below needs trust.txt, the laboratory's trust file: get it from the\n"
	"laboratory by another way than this share (handed over, sent by post, from its\n"
	"quality manual) and compare its fingerprint with the one on the instrument's label\n"
	"or in the letter:\n"
	"\n"
	"    sha256sum trust.txt\n"
	"\n"
	"A copy may lie in trust/. Whoever can change this share can change that copy, too.\n"
	"In the commands, TRUST is your own trust file and SHARE is this folder.\n"
	"\n"
	"\n";

static const char text_ways[] =
	"Three ways to check\n"
	"===================\n"
	"\n"
	"1. All of it, with labseal:\n"
	"\n"
	"    labseal verify --trust TRUST SHARE\n"
	"\n"
	"   It says VERIFIED, NOT VERIFIED (and what, and why) or COULD NOT CHECK. With\n"
	"   --memory FILE it also sees whether the log was turned back since the last time.\n"
	"\n"
	"2. One seal, with stock commands (coreutils, OpenSSL), in the seal's folder:\n"
	"\n"
	"    sha256sum --check --strict manifest.sha256\n"
	"    openssl cms -verify -binary -inform DER -in manifest.sha256.p7s \\\n"
	"        -content manifest.sha256 -CAfile TRUST -out /dev/null\n"
	"\n"
	"   The first says that the files are those of the manifest, the second that the\n"
	"   manifest was signed by the instrument's key. (On Windows: certutil -hashfile\n"
	"   FILE SHA256, and compare with the manifest by eye.)\n"
	"\n"
	"3. The log's signature, with OpenSSL, in SHARE:\n"
	"\n"
	"    grep -o '+[0-9a-f]\\{8\\}+[A-Za-z0-9/+=]*$' TRUST | head -n 1 | cut -c11- |\n"
	"        base64 -d | tail -c +2 | openssl pkey -pubin -inform DER -out /tmp/log.pem\n"
	"    sed '/^$/,$d' log/checkpoint > /tmp/checkpoint\n"
	"    sed -n 's/^\xe2\x80\x94 [^ ]* //p' log/checkpoint | head -n 1 | base64 -d |\n"
	"        tail -c +5 > /tmp/checkpoint.sig\n"
	"    openssl dgst -sha256 -verify /tmp/log.pem -signature /tmp/checkpoint.sig \\\n"
	"        /tmp/checkpoint\n"
	"\n"
	"   log/ follows C2SP tlog-tiles, tlog-checkpoint and tlog-proof (c2sp.org): any\n"
	"   program that reads those can recompute the checkpoint's root from the tiles.\n";

int ls_readme_format(const char *instrument, struct ls_buffer *out)
{
	ls_buffer_printf(out, text_before, instrument[0] ? instrument : "named in the manifests");
	ls_buffer_add_str(out, text_ways);
	return ls_buffer_error(out);
}

/* Replace the file unless it has these bytes. */
static int write_if_changed(int share_fd, const char *path, const struct ls_buffer *bytes,
			    struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer there;
	ls_buffer_init(&there, bytes->size);
	if (ls_file_read(share_fd, path, &there, NULL) == 0 && there.size == bytes->size &&
	    memcmp(there.data, bytes->data, bytes->size) == 0)
		return 0;
	return ls_place_replace(share_fd, path, bytes->data, bytes->size, err);
}

int ls_readme_write(int share_fd, const char *instrument, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, README_SIZE_MAX);
	int rc = ls_readme_format(instrument, &text);
	if (rc < 0)
		return ls_fail(err, rc, "readme.memory", "out of memory for README.txt");
	return write_if_changed(share_fd, "README.txt", &text, err);
}

int ls_verify_page_write(int share_fd, struct ls_error *err)
{
	size_t size = strlen(ls_text_verify_html);
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, size);
	if (ls_buffer_add(&page, ls_text_verify_html, size) < 0)
		return ls_fail(err, -ENOMEM, "verify-page.memory",
			       "out of memory for " LS_VERIFY_PAGE);
	return write_if_changed(share_fd, LS_VERIFY_PAGE, &page, err);
}

static int write_ca(int share_fd, const struct ls_trust *trust, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, LS_TRUST_SIZE_MAX);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < trust->certificate_count; i++)
		rc = ls_certificate_to_pem(trust->certificates[i], &pem);
	if (rc < 0)
		return ls_fail(err, rc, "trust-copy.ca", "cannot make the copy 'trust/ca.pem'");
	return write_if_changed(share_fd, "trust/ca.pem", &pem, err);
}

static int write_log_key(int share_fd, const struct ls_trust *trust, struct ls_error *err)
{
	char vkey[LS_VKEY_SIZE];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	if (ls_buffer_printf(&text, "%s\n", ls_vkey_format(&trust->log, vkey)) < 0)
		return ls_fail(err, -ENOMEM, "trust-copy.memory", "out of memory for a key");
	int rc = write_if_changed(share_fd, "trust/log.vkey", &text, err);
	if (rc < 0)
		return rc;
	ls_buffer_clear(&text);
	rc = ls_p256_public_to_pem(&trust->log.key, &text);
	if (rc < 0)
		return ls_fail(err, rc, "trust-copy.key", "cannot make the copy 'trust/log.pem'");
	return write_if_changed(share_fd, "trust/log.pem", &text, err);
}

int ls_trust_copies_write(int share_fd, const struct ls_buffer *trust, struct ls_error *err)
{
	_cleanup_trust_ struct ls_trust parsed = { 0 };
	int rc = ls_trust_parse(trust->data, trust->size, &parsed, err);
	if (rc == 0)
		rc = ls_make_dirs(share_fd, "trust", LS_PLACE_FOLDER_MODE, err);
	if (rc == 0)
		rc = write_if_changed(share_fd, "trust/trust.txt", trust, err);
	if (rc == 0)
		rc = write_ca(share_fd, &parsed, err);
	return rc == 0 ? write_log_key(share_fd, &parsed, err) : rc;
}
