/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever unpacks a bundle reads first. */
#include <inttypes.h>
#include <string.h>

#include "audit/bundle/contents.h"
#include "lib/base/text.h"

static const char text_head[] =
	"One result of the instrument %s, taken away from its share\n"
	"\n"
	"Seal %" PRIu64 ", received %s by the host's clock.\n"
	"\n"
	"  %s/\n"
	"      original/            the files, byte for byte as they came\n"
	"      record.json          when they came, and what the instrument's computer claimed\n"
	"      manifest.sha256      the SHA-256 of all these: the text that is signed and logged\n"
	"      manifest.sha256.p7s  its signature (CMS)\n"
	"      manifest.tlog-proof  the proof that it is in the log, when it was sealed\n"
	"  sequences/               the sequence files of the samples that its record names, if "
	"any\n"
	"  events/                  approvals, a time stamp, and persons' signatures on this "
	"result, "
	"if any\n"
	"  log/checkpoint           the log's newest signed state when this was bundled\n"
	"  log/proofs/              proofs that the result is in it, and in what evidence speaks "
	"of\n"
	"  log/evidence/            the TPM's own word for the state that sealed, if there is any\n"
	"  log/witnessed/           a state that covers the result and that witnesses cosigned, if "
	"any\n"
	"  trust/COPY-of-trust.txt  a copy, for comparing: it proves nothing\n"
	"\n"
	"Everything but this file, a report.html and the copy is covered by signatures. Other\n"
	"results are not in here; whether the log is whole, only the share can tell.\n"
	"\n"
	"\n"
	"To check it\n"
	"===========\n"
	"\n"
	"You need the laboratory's trust file, and must have it by another way than this archive:\n"
	"compare its fingerprint (the first command) with the one on the instrument's label or in\n"
	"the laboratory's letter. In the commands it is ../trust.txt; this folder is where they "
	"run.\n"
	"\n"
	"With labseal, all at once (the archive itself will do as well as the folder):\n"
	"\n"
	"    sha256sum ../trust.txt\n"
	"    labseal verify --trust ../trust.txt .\n"
	"\n"
	"Without it: the files are what the manifest names,\n"
	"\n"
	"    (cd %s && sha256sum --check --strict manifest.sha256)\n"
	"\n";

static const char text_stock[] =
	"the manifest is signed by a certificate of the laboratory's CA,\n"
	"\n"
	"    openssl cms -verify -binary -inform DER -in %s/manifest.sha256.p7s \\\n"
	"        -content %s/manifest.sha256 -CAfile ../trust.txt -attime %" PRId64
	" -out /dev/null\n"
	"\n"
	"and the log's checkpoint is signed by the log's key.\n"
	"\n"
	"    sed -n 's/^log [^+]*+[^+]*+//p' ../trust.txt | base64 -d | tail -c +2 >log.der\n"
	"    openssl pkey -pubin -inform DER -in log.der -out log.pem\n"
	"    sed '/^$/,$d' log/checkpoint >text\n"
	"    sed -n 's/^\xe2\x80\x94 [^ ]* //p' log/checkpoint | head -n 1 | base64 -d | tail -c "
	"+5 "
	">signature\n"
	"    openssl dgst -sha256 -verify log.pem -signature signature text\n"
	"    rm log.der log.pem text signature\n"
	"\n";

static const char text_stamp[] =
	"A time-stamping authority said when the log was in a state that covers the result "
	"(RFC 3161;\n"
	"that state is proven by log/proofs/%" PRIu64 ".tlog-proof). jq is needed, too.\n"
	"\n"
	"    sed -n 's/^time-stamp-ca //p' ../trust.txt | while read -r ca; do\n"
	"        echo \"$ca\" | base64 -d | openssl x509 -inform DER\n"
	"    done >tsa.pem\n"
	"    jq -j .detail.checkpoint %s/record.json >checkpoint\n"
	"    jq -r .detail.token %s/record.json | base64 -d >token.tsr\n"
	"    openssl ts -verify -data checkpoint -in token.tsr -CAfile tsa.pem -attime %" PRId64
	"\n"
	"    openssl ts -reply -in token.tsr -text | grep '^Time stamp'\n"
	"    rm tsa.pem checkpoint token.tsr\n"
	"\n";

static const char text_end[] =
	"How the proofs lead from the manifest to the checkpoint's root, and what the evidence "
	"says,\n"
	"is specified in labseal's docs/formats (share.md, evidence.md, bundle.md), to be computed "
	"by\n"
	"anyone.\n";

int ls_bundle_readme(const struct ls_bundle_contents *c, struct ls_buffer *out)
{
	char utc[LS_UTC_SIZE];
	const char *folder = c->place->folder;
	ls_utc_format(c->manifest->received, utc);
	ls_buffer_printf(out, text_head, c->manifest->instrument, c->place->seal, utc, folder,
			 folder);
	ls_buffer_printf(out, text_stock, folder, folder, c->manifest->received);
	const struct ls_bundle_third_parties *t = c->others;
	if (t->stamp != 0)
		ls_buffer_printf(out, text_stamp, t->stamped_size, t->stamp_folder, t->stamp_folder,
				 t->stamp_received);
	ls_buffer_add_str(out, text_end);
	return ls_buffer_error(out);
}
