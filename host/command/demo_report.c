/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/demo_report.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/seal/manifest.h"

#define TAIL_BYTES 4096
#define TAIL_LINES 12

void ls_demo_report_begin(struct ls_demo_report *report)
{
	*report = (struct ls_demo_report){ 0 };
	clock_gettime(CLOCK_MONOTONIC, &report->start);
}

double ls_demo_seconds(const struct ls_demo_report *report)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - report->start.tv_sec) +
	       (double)(now.tv_nsec - report->start.tv_nsec) / 1e9;
}

void ls_demo_step(const struct ls_demo_report *report, const char *what, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	printf("%6.1f s  %-9s  ", ls_demo_seconds(report), what);
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}

void ls_demo_lag_add(struct ls_demo_report *report, int64_t ms)
{
	if (ms < 0)
		return;
	report->lags++;
	report->lag_sum += ms;
	if (ms > report->lag_most)
		report->lag_most = ms;
}

/* --- the log's tail -------------------------------------------------------------- */

/* Where the last lines begin. */
static const char *last_lines(const char *text, size_t n, unsigned lines)
{
	const char *p = text + n;
	if (p > text)
		p--; /* the final LF */
	while (p > text) {
		if (p[-1] == '\n' && --lines == 0)
			return p;
		p--;
	}
	return p;
}

void ls_demo_show_tail(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	char text[TAIL_BYTES];
	ssize_t n = end <= 0 ? 0
			     : pread(fd, text, sizeof(text),
				     end > (off_t)sizeof(text) ? end - (off_t)sizeof(text) : 0);
	if (n <= 0)
		return;
	const char *from = last_lines(text, (size_t)n, TAIL_LINES);
	fwrite(from, 1, (size_t)(text + n - from), stderr);
}

/* --- the end --------------------------------------------------------------------- */

int ls_shell_quote(const char *text, struct ls_buffer *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/._-+,:@%=";
	if (*text && strspn(text, plain) == strlen(text))
		return ls_buffer_add_str(out, text);
	ls_buffer_add_u8(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			ls_buffer_add_str(out, "'\\''");
		else
			ls_buffer_add_u8(out, (uint8_t)*text);
	}
	return ls_buffer_add_u8(out, '\'');
}

/* %s of a path, quoted, or of path/more. */
static void add_word(struct ls_buffer *out, const char *path, const char *more)
{
	char whole[2 * PATH_MAX];
	snprintf(whole, sizeof(whole), "%s%s%s", path, more[0] ? "/" : "", more);
	ls_shell_quote(whole, out);
}

static void add_verify(struct ls_buffer *out, const struct ls_demo_paths *paths, const char *share)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	add_word(out, n > 0 ? self : "labseal", "");
	ls_buffer_add_str(out, " verify --trust ");
	add_word(out, paths->trust, "");
	ls_buffer_add_str(out, " ");
	add_word(out, paths->output, share);
	ls_buffer_add_str(out, "\n");
}

static void add_stock(struct ls_buffer *out, const struct ls_demo_paths *paths, const char *seal)
{
	ls_buffer_add_str(out, "    (cd ");
	add_word(out, paths->share, seal);
	ls_buffer_add_str(out, " && sha256sum -c " LS_FILE_MANIFEST
			       " && openssl cms -verify -binary -inform DER -in " LS_FILE_SIGNATURE
			       " -content " LS_FILE_MANIFEST " -CAfile ");
	add_word(out, paths->trust, "");
	ls_buffer_add_str(out, " -out /dev/null)\n");
}

static void add_tamper(struct ls_buffer *out, const struct ls_demo_paths *paths, const char *seal,
		       const char *original)
{
	char victim[PATH_MAX];
	snprintf(victim, sizeof(victim), "tampered/%s/%s", seal, original);
	ls_buffer_add_str(out, "    rm -rf ");
	add_word(out, paths->output, "tampered");
	ls_buffer_add_str(out, " && cp -r ");
	add_word(out, paths->share, "");
	ls_buffer_add_str(out, " ");
	add_word(out, paths->output, "tampered");
	ls_buffer_add_str(out, " && chmod -R u+w ");
	add_word(out, paths->output, "tampered");
	ls_buffer_add_str(out, " && printf x >>");
	add_word(out, paths->output, victim);
	ls_buffer_add_str(out, " &&\n    ");
	add_verify(out, paths, "tampered");
}

void ls_demo_farewell(const struct ls_demo_report *report, const struct ls_demo_paths *paths,
		      const struct ls_item *example, const char *original)
{
	char seal[LS_ITEM_PATH_SIZE];
	ls_item_path(example, seal);
	printf("\n");
	if (report->lags)
		printf("from the guest's closing a file to its being on the share: %.2f s on "
		       "average, %.2f s at most\n",
		       (double)report->lag_sum / 1000 / (double)report->lags,
		       (double)report->lag_most / 1000);
	printf("the whole demo: %.1f s\n\nThe share is %s (index.html lists it). Try next:\n\n"
	       "  verify it again\n    ",
	       ls_demo_seconds(report), paths->share);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 64 * PATH_MAX);
	add_verify(&text, paths, "share");
	ls_buffer_add_str(&text, "\n  verify one result with stock tools\n");
	add_stock(&text, paths, seal);
	ls_buffer_add_str(&text, "\n  change one byte in a copy, and verify that\n");
	add_tamper(&text, paths, seal, original);
	fputs(ls_buffer_str(&text), stdout);
	fflush(stdout);
}
