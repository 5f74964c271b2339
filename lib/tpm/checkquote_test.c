/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tpm2_checkquote (tpm2-tools) as a second opinion on quotes.  It accepts what
 * ours accepts.  Debian 12's also accepts two kinds of forgery, which are made
 * here and which ours refuses; a tool that has been mended may refuse them.
 */
#include <errno.h>
#include <tss2/tss2_tpm2_types.h>

#include "lib/attest/maker_test.h"
#include "lib/attest/quote.h"
#include "lib/base/files.h"
#include "lib/base/stock_test.h"
#include "lib/base/text.h"

/* A folder with the files that the tool wants. */
struct lab {
	struct maker m;
	char folder[64];
	int dirfd;
};

static void lab_init(struct lab *lab)
{
	maker_init(&lab->m, 1);
	snprintf(lab->folder, sizeof(lab->folder), "/tmp/labseal-checkquote-XXXXXX");
	CHECK(mkdtemp(lab->folder) != NULL);
	lab->dirfd = open(lab->folder, O_DIRECTORY | O_CLOEXEC);
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 4096);
	ls_p256_public_to_pem(&lab->m.signer.key, &pem);
	CHECK_INT_EQ(ls_file_replace(lab->dirfd, "ak.pem", pem.data, pem.size, 0644, NULL), 0);
}

static void lab_free(struct lab *lab)
{
	close(lab->dirfd);
	ls_remove_tree(AT_FDCWD, lab->folder, NULL);
	maker_free(&lab->m);
}
#define LAB(lab)                                           \
	__attribute__((cleanup(lab_free))) struct lab lab; \
	lab_init(&lab);                                    \
	if (tool_missing(&lab))                            \
	TEST_SKIP("tpm2-tools is not installed")

static bool tool_missing(const struct lab *lab)
{
	return run_stock(lab->folder,
			 (const char *const[]){ "tpm2_checkquote", "--version", NULL }) == 127;
}

/* The file of tpm2_quote --pcr: the library's structures as they lie in memory. */
static void write_pcrs(const struct lab *lab, const struct ls_pcr_values *values)
{
	struct {
		TPML_PCR_SELECTION selection;
		UINT32 count;
		TPML_DIGEST digests;
	} file = { .selection.count = 1, .count = 1 };
	file.selection.pcrSelections[0] = (TPMS_PCR_SELECTION){
		.hash = TPM2_ALG_SHA256,
		.sizeofSelect = 3,
		.pcrSelect = { (uint8_t)values->pcrs, (uint8_t)(values->pcrs >> 8),
			       (uint8_t)(values->pcrs >> 16) }
	};
	for (unsigned pcr = 0; pcr < LS_PCR_COUNT; pcr++) {
		if (!(values->pcrs >> pcr & 1))
			continue;
		TPM2B_DIGEST *digest = &file.digests.digests[file.digests.count++];
		digest->size = LS_DIGEST_SIZE;
		memcpy(digest->buffer, values->values[pcr].bytes, LS_DIGEST_SIZE);
	}
	CHECK_INT_EQ(ls_file_replace(lab->dirfd, "pcrs", &file, sizeof(file), 0644, NULL), 0);
}

/* Whether the tool accepts this quote of these values. */
static bool tool_accepts(const struct lab *lab, const struct made *q,
			 const struct ls_pcr_values *values)
{
	char hex[LS_DIGEST_HEX_SIZE];
	write_pcrs(lab, values);
	CHECK_INT_EQ(
		ls_file_replace(lab->dirfd, "attest", q->attest.data, q->attest.size, 0644, NULL),
		0);
	CHECK_INT_EQ(ls_file_replace(lab->dirfd, "signature", q->signature.data, q->signature.size,
				     0644, NULL),
		     0);
	return run_stock(lab->folder,
			 (const char *const[]){ "tpm2_checkquote", "-u", "ak.pem", "-m", "attest",
						"-s", "signature", "-f", "pcrs", "-g", "sha256",
						"-q", ls_digest_hex(&nonce, hex), NULL }) == 0;
}

static int ours(const struct lab *lab, const struct made *q, const struct ls_pcr_values *values,
		struct ls_error *err)
{
	struct ls_clock clock;
	struct ls_attested attested = attested_of(q);
	memset(err, 0, sizeof(*err));
	return ls_quote_verify(&attested, &lab->m.attester, &nonce, values, &clock, err);
}

static void make(const struct lab *lab, uint32_t magic, const struct ls_pcr_values *values,
		 struct made *q)
{
	struct recipe r = recipe_of(&lab->m, LS_ST_ATTEST_QUOTE);
	r.magic = magic;
	make_head(&q->attest, &r);
	make_quote(&q->attest, values);
	make_signature(&lab->m, &q->attest, &q->signature);
}

static struct ls_pcr_values values_of(uint32_t pcrs)
{
	struct ls_pcr_values v = { .pcrs = 0 };
	uint8_t n = 0;
	for (unsigned pcr = 0; pcr < LS_PCR_COUNT; pcr++)
		if (pcrs >> pcr & 1)
			ls_pcr_values_set(&v, pcr, &(struct ls_digest){ { ++n } });
	return v;
}

TEST(both_accept_an_honest_quote)
{
	LAB(lab);
	MADE(q);
	struct ls_error err;
	struct ls_pcr_values values = values_of(1u << 23), wrong = values;
	make(&lab, LS_TPM_GENERATED, &values, &q);
	CHECK_INT_EQ(ours(&lab, &q, &values, &err), 0);
	CHECK(tool_accepts(&lab, &q, &values));
	wrong.values[23].bytes[9] ^= 1;
	CHECK_INT_EQ(ours(&lab, &q, &wrong, &err), -EKEYREJECTED);
	CHECK(!tool_accepts(&lab, &q, &wrong));
}

static void say(const char *what, bool accepted)
{
	printf("  the installed tpm2_checkquote %s %s\n", accepted ? "ACCEPTS" : "refuses", what);
}

/* CVE-2024-29038 */
TEST(no_magic)
{
	LAB(lab);
	MADE(q);
	struct ls_error err;
	struct ls_pcr_values values = values_of(1u << 23);
	make(&lab, 0x00544347, &values, &q);
	CHECK_INT_EQ(ours(&lab, &q, &values, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "attest.magic");
	say("a quote without the magic", tool_accepts(&lab, &q, &values));
}

/* CVE-2024-29039: an honest quote of PCRs 0, 7 and 23, shown as one of 1, 2 and 3. */
TEST(a_relabelled_pcr_list)
{
	LAB(lab);
	MADE(q);
	struct ls_error err;
	struct ls_pcr_values values = values_of(1u << 0 | 1u << 7 | 1u << 23);
	struct ls_pcr_values relabelled = values_of(1u << 1 | 1u << 2 | 1u << 3);
	make(&lab, LS_TPM_GENERATED, &values, &q);
	CHECK_INT_EQ(ours(&lab, &q, &relabelled, &err), -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "quote.selection");
	say("a relabelled PCR list", tool_accepts(&lab, &q, &relabelled));
	CHECK(tool_accepts(&lab, &q, &values));
}

TEST_MAIN()
