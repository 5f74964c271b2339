/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/report/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/proc/packet.h"
#include "lib/seal/manifest.h"

#define NEEDED_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

/* --- asking -------------------------------------------------------------------- */

static bool looks_like_a_run(const char *path)
{
	static const char *const endings[] = { ".eds", ".rdml", ".rdm", ".txt", ".csv",
					       ".tsv", ".xml",	".sds", ".xls" };
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return true;
	return false;
}

uint32_t ls_report_choose(const struct ls_record *record,
			  uint32_t ret_files[static LS_REPORT_FILES_MAX])
{
	uint32_t count = 0;
	for (int likely = 1; likely >= 0; likely--)
		for (size_t i = 0; i < record->count && count < LS_REPORT_FILES_MAX; i++)
			if (looks_like_a_run(record->files[i].path) == (likely == 1))
				ret_files[count++] = (uint32_t)i;
	return count;
}

/* The descriptors of one request. */
struct files {
	int fds[LS_PACKET_FDS_MAX];
	size_t count;
};

static void close_files(struct files *f)
{
	for (size_t i = 0; i < f->count; i++)
		close(f->fds[i]);
}

static int add_file(struct files *f, int folder_fd, const char *path, struct ls_error *err)
{
	struct stat st;
	int fd = ls_open_beneath(folder_fd, path, O_RDONLY, 0);
	if (fd < 0)
		return ls_fail_errno(err, -fd, "report.open", "cannot open '%s'", path);
	f->fds[f->count++] = fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "report.file", "'%s' is no regular file", path);
	return 0;
}

static int read_record(int folder_fd, struct ls_record *ret_record, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX);
	int rc = ls_file_read(folder_fd, LS_FILE_RECORD, &bytes, err);
	return rc == 0 ? ls_record_parse(bytes.data, bytes.size, ret_record, err) : rc;
}

static int open_files(int folder_fd, const struct ls_record *record,
		      struct ls_report_request *request, struct files *f, struct ls_error *err)
{
	static const char *const seal[LS_REPORT_SEAL_FILES] = { LS_FILE_RECORD, LS_FILE_MANIFEST,
								LS_FILE_PROOF };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < LS_REPORT_SEAL_FILES; i++)
		rc = add_file(f, folder_fd, seal[i], err);
	for (uint32_t i = 0; rc == 0 && i < request->count; i++)
		rc = add_file(f, folder_fd, record->files[request->files[i]].path, err);
	return rc;
}

static int send_request(int socket, const struct ls_report_request *request, const struct files *f,
			struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_PACKET_MAX);
	int rc = ls_encode_report_request(request, &body);
	if (rc < 0)
		return ls_fail(err, rc, "report.request", "cannot put a request together");
	return ls_packet_send(socket, LS_MSG_REPORT, body.data, body.size, f->fds, f->count, err);
}

int ls_report_ask(int socket, uint64_t number, int folder_fd, struct ls_error *err)
{
	_cleanup_record_ struct ls_record record = { 0 };
	struct ls_report_request request = { .number = number, .is_sealed = 1 };
	struct files f = { .count = 0 };
	int rc = read_record(folder_fd, &record, err);
	if (rc < 0)
		return rc;
	request.count = ls_report_choose(&record, request.files);
	rc = open_files(folder_fd, &record, &request, &f, err);
	if (rc == 0)
		rc = send_request(socket, &request, &f, err);
	close_files(&f);
	return rc;
}

int ls_report_ask_file(int socket, uint64_t number, int file_fd, const char *name,
		       struct ls_error *err)
{
	size_t size = strnlen(name, LS_NAME_MAX);
	const struct ls_report_request request = {
		.number = number,
		.name = { .data = (const uint8_t *)name, .size = size },
	};
	const struct files f = { .fds = { file_fd }, .count = 1 };
	return send_request(socket, &request, &f, err);
}

/* --- the answer ---------------------------------------------------------------- */

void ls_report_page_init(struct ls_report_page *page)
{
	*page = (struct ls_report_page){ .number = 0 };
	ls_buffer_init(&page->bytes, LS_REPORT_PAGE_MAX);
}

void ls_report_page_free(struct ls_report_page *page)
{
	ls_buffer_free(&page->bytes);
}

/* A page that somebody could still change would be read in two states. */
static int check_page(int fd, size_t *ret_size, struct ls_error *err)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & NEEDED_SEALS) != NEEDED_SEALS || fstat(fd, &st) < 0)
		return ls_fail(err, -EBADMSG, "report.page.open",
			       "a page came that could still change");
	if (st.st_size <= 0 || (uint64_t)st.st_size > LS_REPORT_PAGE_MAX)
		return ls_fail(err, -EBADMSG, "report.page.size",
			       "a page of %lld bytes came; it may have 1 to %u",
			       (long long)st.st_size, LS_REPORT_PAGE_MAX);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int read_page(int fd, struct ls_buffer *bytes, struct ls_error *err)
{
	size_t size = 0;
	int rc = check_page(fd, &size, err);
	if (rc < 0)
		return rc;
	uint8_t *place = ls_buffer_reserve(bytes, size);
	if (!place)
		return ls_fail(err, ls_buffer_error(bytes), "report.memory",
			       "out of memory for a page");
	if (lseek(fd, 0, SEEK_SET) != 0 || read(fd, place, size) != (ssize_t)size)
		return ls_fail(err, -EIO, "report.page.read", "a page cannot be read");
	ls_buffer_commit(bytes, size);
	return 0;
}

static int take_problem(struct ls_bytes text, struct ls_report_page *page)
{
	_cleanup_buffer_ struct ls_buffer shown;
	ls_buffer_init(&shown, 3 * LS_REPORT_TEXT_MAX);
	int rc = ls_text_escape((const char *)text.data, text.size, &shown);
	size_t n = shown.size < LS_REPORT_TEXT_MAX ? shown.size : LS_REPORT_TEXT_MAX;
	if (rc == 0 && n > 0)
		memcpy(page->problem, shown.data, n);
	page->problem[n] = '\0';
	return rc;
}

static int take_answer(const struct ls_packet *packet, struct ls_report_page *page,
		       struct ls_error *err)
{
	struct ls_report_answer answer;
	if (packet->message.type != LS_MSG_REPORTED)
		return ls_fail(err, -EBADMSG, "report.answer",
			       "a message of type %#x came for a page", packet->message.type);
	int rc = ls_decode_report_answer(&packet->message, &answer, err);
	if (rc < 0)
		return rc;
	if (packet->fd_count != answer.has_page)
		return ls_fail(err, -EBADMSG, "report.answer",
			       "an answer came with %zu files for %u pages", packet->fd_count,
			       answer.has_page);
	page->number = answer.number;
	page->has_page = answer.has_page;
	page->has_run = answer.has_page && answer.has_run;
	rc = take_problem(answer.problem, page);
	if (rc == 0 && answer.has_page)
		rc = read_page(packet->fds[0], &page->bytes, err);
	return rc;
}

int ls_report_take(int socket, struct ls_report_page *page, struct ls_error *err)
{
	struct ls_packet packet;
	ls_buffer_clear(&page->bytes);
	int rc = ls_packet_receive(socket, &packet, err);
	if (rc <= 0)
		return rc;
	rc = take_answer(&packet, page, err);
	ls_packet_close(&packet);
	return rc < 0 ? rc : 1;
}
