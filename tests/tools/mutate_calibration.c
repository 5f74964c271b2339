/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Change byte after byte of what a verdict rests on, one at a time, and see that nothing is
 * TRACEABLE then that says something else than before.
 *
 *     mutate_calibration registry DIR TRUST AT DEVICE STRIDE
 *     mutate_calibration evidence FILE TRUST AT DEVICE STRIDE
 *     mutate_calibration trust REGISTRY TRUST AT DEVICE STRIDE
 *
 * Of a registry each file but its cache, which is made on the auditor's own machine.  Of a trust
 * file, which says what is to be believed, the verdict may not change but for the digest of the
 * file itself, and the name that it gives to the institute.  STRIDE: every so many-th byte, each
 * with another bit.  Ends with 1 when one was found, and names it.
 */
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/cal/session.h"
#include "audit/cal/view.h"
#include "lib/base/cleanup.h"
#include "lib/base/number.h"

static const struct ls_command command = { "cal trace", "", "", "", NULL };

enum outcome { REFUSED, NOT_TRACEABLE, CANNOT_BE_SHOWN, SAME, OTHER };

static struct {
	struct ls_cal_sources sources;
	const char *device;
	char *before; /* the JSON of the verdict on what is whole */
	bool trust;   /* it is the trust file that is changed */
	uint64_t stride, at, counts[OTHER + 1];
} m;

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "mutate_calibration: %s\n", what);
	exit(4);
}

/* What the trust file says itself: its digest, and the institute's name. */
static void leave_out_trust(json_t *root)
{
	json_t *checks = json_object_get(root, "checks"), *check;
	size_t i;
	json_object_del(root, "trust");
	json_object_del(root, "nmi");
	json_array_foreach(checks, i,
			   check) if (strcmp(json_string_value(json_object_get(check, "check")),
					     "cal.root") == 0) json_object_del(check, "words");
}

static char *verdict(enum ls_cal_verdict *ret_verdict)
{
	struct ls_error err = { 0 };
	_cleanup_cal_session_ struct ls_cal_session session = { .at = 0 };
	_cleanup_cal_result_ struct ls_cal_result result = { .at = 0 };
	if (ls_cal_session_open(&command, &m.sources, &session) != 0 ||
	    ls_cal_trace(session.worker, m.device, NULL, &result, &err) < 0)
		return NULL;
	const struct ls_cal_view view = { .result = &result,
					  .asked = m.device,
					  .trust = session.trust_digest };
	json_t *root = ls_cal_json(&view);
	if (root && m.trust)
		leave_out_trust(root);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	json_decref(root);
	*ret_verdict = result.verdict;
	if (!text)
		die("out of memory");
	return text;
}

static enum outcome judge(void)
{
	enum ls_cal_verdict v;
	_cleanup_free_ char *text = verdict(&v);
	if (!text)
		return REFUSED;
	if (v != LS_CAL_TRACEABLE)
		return v == LS_CAL_NOT_TRACEABLE ? NOT_TRACEABLE : CANNOT_BE_SHOWN;
	return strcmp(text, m.before) == 0 ? SAME : OTHER;
}

static void put_byte(int fd, off_t at, uint8_t byte)
{
	if (pwrite(fd, &byte, 1, at) != 1)
		die("a byte cannot be written");
}

static void mutate_file(const char *path)
{
	uint8_t byte;
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	for (off_t at = (off_t)(m.at % m.stride); at < st.st_size; at += (off_t)m.stride) {
		if (pread(fd, &byte, 1, at) != 1)
			die(path);
		put_byte(fd, at, (uint8_t)(byte ^ 1u << m.at++ % 8));
		enum outcome outcome = judge();
		m.counts[outcome]++;
		put_byte(fd, at, byte);
		if (outcome == OTHER)
			printf("%s: byte %lld: TRACEABLE, and says something else\n", path,
			       (long long)at);
	}
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	if (kind == FTW_D && strcmp(path + place->base, "cache") == 0)
		return FTW_SKIP_SUBTREE;
	if (kind == FTW_F)
		mutate_file(path);
	return FTW_CONTINUE;
}

int main(int argc, char **argv)
{
	enum ls_cal_verdict v;
	if (argc != 7 || ls_parse_u64(argv[6], strlen(argv[6]), &m.stride) < 0 || m.stride == 0)
		die("usage: registry|evidence|trust WHAT TRUST AT DEVICE STRIDE");
	m.trust = strcmp(argv[1], "trust") == 0;
	bool registry = m.trust || strcmp(argv[1], "registry") == 0;
	m.sources = (struct ls_cal_sources){ .trust = argv[3], .at = argv[4] };
	*(registry ? &m.sources.registry : &m.sources.evidence) = argv[2];
	m.device = argv[5];
	m.before = verdict(&v);
	if (!m.before || v != LS_CAL_TRACEABLE)
		die("what is whole is not TRACEABLE");
	/* what each of them says on standard error is not looked at */
	if (!freopen("/dev/null", "w", stderr))
		die("/dev/null");
	if (m.trust)
		mutate_file(argv[3]);
	else if (registry)
		nftw(argv[2], visit, 16, FTW_PHYS | FTW_ACTIONRETVAL);
	else
		mutate_file(argv[2]);
	printf("refused %llu, NOT TRACEABLE %llu, CANNOT BE SHOWN %llu, the same as before %llu, "
	       "something else %llu\n",
	       (unsigned long long)m.counts[REFUSED], (unsigned long long)m.counts[NOT_TRACEABLE],
	       (unsigned long long)m.counts[CANNOT_BE_SHOWN], (unsigned long long)m.counts[SAME],
	       (unsigned long long)m.counts[OTHER]);
	free(m.before);
	return m.counts[OTHER] > 0;
}
