/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/third_parties.h"

#include <errno.h>

#include "lib/base/text.h"
#include "lib/seal/tsa_test.h"

static struct ls_witness_key witness(const char *name, uint8_t fill)
{
	struct ls_witness_key key;
	uint8_t bytes[LS_ED25519_SIZE];
	memset(bytes, fill, sizeof(bytes));
	CHECK_INT_EQ(ls_witness_key_init(&key, name, bytes, NULL), 0);
	return key;
}

TEST(lines_are_read_as_they_are_written)
{
	struct ls_third_parties p = { .quorum = 0 }, again = { .quorum = 0 };
	struct ls_witness_key a = witness("witness.example/a", 1), b = witness("b", 2);
	struct tsa tsa;
	_cleanup_buffer_ struct ls_buffer text, more;
	ls_buffer_init(&text, 65536);
	ls_buffer_init(&more, 65536);
	tsa_init(&tsa, &good_tsa);
	CHECK_INT_EQ(ls_third_parties_add_ca(&p, tsa.cas[0], NULL), 0);
	CHECK_INT_EQ(ls_third_parties_add_witness(&p, &a, NULL), 0);
	CHECK_INT_EQ(ls_third_parties_add_witness(&p, &b, NULL), 0);
	CHECK_INT_EQ(ls_third_parties_check(&p, "labseal/x", NULL), -EBADMSG); /* no quorum */
	p.quorum = 2;
	CHECK_INT_EQ(ls_third_parties_check(&p, "labseal/x", NULL), 0);
	CHECK_INT_EQ(ls_third_parties_check(&p, "b", NULL), -EBADMSG); /* the log's own name */
	CHECK_INT_EQ(ls_third_parties_format(&p, &text), 0);
	struct ls_reader r;
	const char *line;
	size_t n;
	ls_reader_init(&r, text.data, text.size);
	REQUIRE(ls_read_literal(&r, LS_TIME_STAMP_CA " ") == 0 && ls_read_line(&r, &line, &n) == 0);
	CHECK_INT_EQ(ls_third_parties_read_ca(&again, line, n, NULL), 0);
	for (int i = 0; i < 2; i++) {
		REQUIRE(ls_read_literal(&r, LS_WITNESS " ") == 0 &&
			ls_read_line(&r, &line, &n) == 0);
		CHECK_INT_EQ(ls_third_parties_read_witness(&again, line, n, NULL), 0);
	}
	REQUIRE(ls_read_literal(&r, LS_QUORUM " ") == 0 && ls_read_line(&r, &line, &n) == 0);
	CHECK_INT_EQ(ls_third_parties_read_quorum(&again, line, n, NULL), 0);
	CHECK_INT_EQ(ls_reader_end(&r), 0);
	ls_third_parties_format(&again, &more);
	CHECK_STR_EQ(ls_buffer_str(&more), ls_buffer_str(&text));
	ls_third_parties_free(&p);
	ls_third_parties_free(&again);
	tsa_free(&tsa);
}

TEST(what_is_twice_or_too_much_is_refused)
{
	struct ls_third_parties p = { .quorum = 0 };
	struct tsa tsa;
	char name[16];
	struct ls_error err = { 0 };
	tsa_init(&tsa, &good_tsa);
	CHECK_INT_EQ(ls_third_parties_add_ca(&p, tsa.cas[0], NULL), 0);
	CHECK_INT_EQ(ls_third_parties_add_ca(&p, tsa.cas[0], NULL), -EEXIST);
	CHECK_INT_EQ(ls_third_parties_add_ca(&p, (struct ls_der){ (const uint8_t *)"x", 1 }, NULL),
		     -EBADMSG);
	for (uint8_t i = 0; i < LS_WITNESSES_MAX; i++) {
		snprintf(name, sizeof(name), "w%d", i);
		struct ls_witness_key k = witness(name, i);
		CHECK_INT_EQ(ls_third_parties_add_witness(&p, &k, NULL), 0);
	}
	struct ls_witness_key same_key = witness("other", 3), same_name = witness("w3", 99),
			      one_more = witness("more", 99);
	CHECK_INT_EQ(ls_third_parties_add_witness(&p, &same_key, NULL), -EEXIST);
	CHECK_INT_EQ(ls_third_parties_add_witness(&p, &same_name, NULL), -EEXIST);
	CHECK_INT_EQ(ls_third_parties_add_witness(&p, &one_more, &err), -E2BIG);
	CHECK_INT_EQ(ls_third_parties_read_quorum(&p, "0", 1, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_third_parties_read_quorum(&p, "17", 2, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_third_parties_read_quorum(&p, "16", 2, NULL), 0);
	CHECK_INT_EQ(ls_third_parties_read_ca(&p, "AAAA!", 5, NULL), -EBADMSG);
	ls_third_parties_free(&p);
	tsa_free(&tsa);
}

TEST_MAIN()
