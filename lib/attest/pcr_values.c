/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/pcr_values.h"

#include <errno.h>

#include "lib/base/number.h"
#include "lib/base/reader.h"

void ls_pcr_values_set(struct ls_pcr_values *values, unsigned pcr, const struct ls_digest *value)
{
	values->pcrs |= UINT32_C(1) << pcr;
	values->values[pcr] = *value;
}

/* "sha256:23 HEX"; the numbers rise. */
static int read_value(struct ls_reader *r, struct ls_pcr_values *v)
{
	const char *number, *hex;
	size_t number_length, length;
	uint64_t pcr;
	struct ls_digest value;
	if (ls_read_literal(r, "sha256:") < 0 ||
	    ls_read_until(r, ' ', &number, &number_length) < 0 ||
	    ls_parse_u64(number, number_length, &pcr) < 0 || pcr >= LS_PCR_COUNT ||
	    v->pcrs >> pcr != 0 || ls_read_line(r, &hex, &length) < 0 ||
	    ls_digest_parse(hex, length, &value) < 0)
		return -EBADMSG;
	ls_pcr_values_set(v, (unsigned)pcr, &value);
	return 0;
}

int ls_pcr_values_parse(const void *bytes, size_t size, struct ls_pcr_values *ret_values,
			struct ls_error *err)
{
	struct ls_pcr_values v = { .pcrs = 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	do {
		if (read_value(&r, &v) < 0)
			return ls_fail(err, -EBADMSG, "pcr-values.malformed",
				       "the PCR values are not lines \"sha256:NUMBER HEX\", by "
				       "number");
	} while (ls_reader_left(&r) > 0);
	*ret_values = v;
	return 0;
}

int ls_pcr_values_format(const struct ls_pcr_values *values, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE];
	for (unsigned pcr = 0; pcr < LS_PCR_COUNT; pcr++)
		if (values->pcrs >> pcr & 1)
			ls_buffer_printf(out, "sha256:%u %s\n", pcr,
					 ls_digest_hex(&values->values[pcr], hex));
	return ls_buffer_error(out);
}

void ls_pcr_values_digest(const struct ls_pcr_values *values, struct ls_digest *ret_digest)
{
	struct ls_digest selected[LS_PCR_COUNT];
	size_t count = 0;
	for (unsigned pcr = 0; pcr < LS_PCR_COUNT; pcr++)
		if (values->pcrs >> pcr & 1)
			selected[count++] = values->values[pcr];
	ls_sha256_buffer(selected, count * sizeof(selected[0]), ret_digest);
}
