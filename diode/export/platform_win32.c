/* SPDX-License-Identifier: Apache-2.0 */
/* Windows: the watched folders and the outbox. */
#include <windows.h>

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/utf16.h"
#include "diode/export/win32.h"
#include "lib/base/cleanup.h"

#define EPOCH	    116444736000000000ull /* 1970 in units of 100 ns since 1601 */
#define CHUNK	    65536		  /* bytes of one read or write */
#define RETRIES	    20			  /* while something looks into a file of ours ... */
#define RETRY_SLEEP 50			  /* ... ms */

/* --- watched folders ------------------------------------------------------------------- */

static uint64_t units_of(FILETIME t)
{
	return (uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime;
}

static struct ls_file_info info_of(DWORD attributes, FILETIME created, FILETIME written,
				   DWORD size_high, DWORD size_low)
{
	return (struct ls_file_info){
		.is_folder = attributes & FILE_ATTRIBUTE_DIRECTORY,
		.size = (uint64_t)size_high << 32 | size_low,
		.mtime = (int64_t)(units_of(written) - EPOCH) * 100,
		.mark = units_of(created),
	};
}

/* Links and device files are left out: they may lead anywhere. */
static bool is_plain(const WIN32_FIND_DATAW *d)
{
	return !(d->dwFileAttributes & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DEVICE)) &&
	       wcscmp(d->cFileName, L".") != 0 && wcscmp(d->cFileName, L"..") != 0;
}

static int visit_found(const WIN32_FIND_DATAW *d,
		       int (*visit)(void *, const char *, const struct ls_file_info *),
		       void *context)
{
	char name[3 * MAX_PATH + 1];
	if (!is_plain(d) || ls_utf16_to_utf8(d->cFileName, name, sizeof(name)) < 0)
		return 0;
	struct ls_file_info info = info_of(d->dwFileAttributes, d->ftCreationTime,
					   d->ftLastWriteTime, d->nFileSizeHigh, d->nFileSizeLow);
	return visit(context, name, &info);
}

static int cannot_list(const char *folder, struct ls_error *err)
{
	return ls_win32_fail(err, GetLastError(), "export.watch.list", "cannot list '%s'", folder);
}

int ls_platform_list(const char *folder,
		     int (*visit)(void *context, const char *name, const struct ls_file_info *info),
		     void *context, struct ls_error *err)
{
	char pattern[LS_PATH_MAX + 2];
	wchar_t wide[LS_WIDE_MAX];
	WIN32_FIND_DATAW d;
	snprintf(pattern, sizeof(pattern), "%s\\*", folder);
	int rc = ls_win32_path(pattern, wide);
	if (rc < 0)
		return ls_fail(err, rc, "export.watch.list", "'%s' is no path", folder);
	HANDLE found = FindFirstFileW(wide, &d);
	if (found == INVALID_HANDLE_VALUE)
		return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : cannot_list(folder, err);
	BOOL more = TRUE;
	for (; rc == 0 && more; more = FindNextFileW(found, &d))
		rc = visit_found(&d, visit, context);
	if (!more && GetLastError() != ERROR_NO_MORE_FILES)
		rc = cannot_list(folder, err);
	FindClose(found);
	return rc;
}

struct ls_source {
	HANDLE file;
	DWORD index_high, index_low; /* which file it is */
	wchar_t path[LS_WIDE_MAX];
};

/* share is what others may go on doing while it is open. */
static HANDLE open_shared(const wchar_t *path, DWORD share)
{
	return CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING,
			   FILE_FLAG_SEQUENTIAL_SCAN, NULL);
}

/*
 * Denies writing, so it is refused while anybody has the file open for writing,
 * or keeps others from reading it.  (To deny reading, too, would wait for ever
 * on a file that the instrument's software shows.)
 */
static HANDLE open_unwritten(const wchar_t *path)
{
	return open_shared(path, FILE_SHARE_READ | FILE_SHARE_DELETE);
}

static int describe_file(HANDLE file, BY_HANDLE_FILE_INFORMATION *ret_id,
			 struct ls_file_info *ret_info, struct ls_error *err)
{
	if (!GetFileInformationByHandle(file, ret_id))
		return ls_win32_fail(err, GetLastError(), "export.source.read",
				     "cannot examine a file");
	*ret_info = info_of(ret_id->dwFileAttributes, ret_id->ftCreationTime,
			    ret_id->ftLastWriteTime, ret_id->nFileSizeHigh, ret_id->nFileSizeLow);
	return 0;
}

/*
 * Nobody is kept from writing while the bytes are read: an instrument's program
 * whose save is refused may lose a run.  (Only the probe refuses, for an
 * instant.)  That nobody wrote is asked for again afterwards
 * (ls_platform_source_info).
 */
int ls_platform_open_source(const char *path, struct ls_source **ret_source,
			    struct ls_file_info *ret_info, struct ls_error *err)
{
	_cleanup_free_ struct ls_source *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	int rc = ls_win32_path(path, s->path);
	if (rc < 0)
		return ls_fail(err, rc, "export.source.open", "'%s' is no path", path);
	HANDLE probe = open_unwritten(s->path);
	if (probe != INVALID_HANDLE_VALUE)
		CloseHandle(probe);
	s->file = probe == INVALID_HANDLE_VALUE
			  ? probe
			  : open_shared(s->path,
					FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
	if (s->file == INVALID_HANDLE_VALUE)
		return ls_win32_fail(err, GetLastError(), "export.source.open", "cannot open '%s'",
				     path);
	BY_HANDLE_FILE_INFORMATION id;
	rc = describe_file(s->file, &id, ret_info, err);
	if (rc < 0) {
		CloseHandle(s->file);
		return rc;
	}
	s->index_high = id.nFileIndexHigh;
	s->index_low = id.nFileIndexLow;
	*ret_source = ls_steal_ptr(&s);
	return 0;
}

/* Not by a handle that stays: the copy is on its way to the disk until the source is closed. */
int ls_platform_source_info(struct ls_source *s, struct ls_file_info *ret_info,
			    struct ls_error *err)
{
	HANDLE asked = open_unwritten(s->path);
	if (asked == INVALID_HANDLE_VALUE)
		return ls_win32_fail(err, GetLastError(), "export.source.changed",
				     "a file was opened for writing while it was copied");
	BY_HANDLE_FILE_INFORMATION id;
	struct ls_file_info info;
	int rc = describe_file(asked, &id, &info, err);
	CloseHandle(asked);
	if (rc < 0)
		return rc;
	if (id.nFileIndexHigh != s->index_high || id.nFileIndexLow != s->index_low)
		return ls_fail(err, -ESTALE, "export.source.changed",
			       "a file was replaced while it was copied");
	*ret_info = info;
	return 0;
}

/* One read at an offset; *ret_n is 0 at the end. */
static DWORD read_at(HANDLE file, uint64_t offset, void *bytes, size_t n, DWORD *ret_n)
{
	OVERLAPPED at = { .Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32) };
	*ret_n = 0;
	if (ReadFile(file, bytes, n < CHUNK ? (DWORD)n : CHUNK, ret_n, &at))
		return 0;
	DWORD error = GetLastError();
	return error == ERROR_HANDLE_EOF ? 0 : error;
}

int64_t ls_platform_source_read(struct ls_source *s, uint64_t offset, void *bytes, size_t n,
				struct ls_error *err)
{
	for (size_t have = 0;;) {
		DWORD got;
		DWORD error = read_at(s->file, offset + have, (char *)bytes + have, n - have, &got);
		if (error)
			return ls_win32_fail(err, error, "export.source.read",
					     "cannot read a file");
		have += got;
		if (got == 0 || have == n)
			return (int64_t)have;
	}
}

struct ls_source *ls_platform_source_close(struct ls_source *s)
{
	if (s && s->file != INVALID_HANDLE_VALUE)
		CloseHandle(s->file);
	free(s);
	return NULL;
}

/* --- the outbox --------------------------------------------------------------------------- */

struct ls_store {
	HANDLE file;
	uint64_t end; /* bytes */
};

/*
 * A virus scanner or an indexer may look into a new file for a moment, which
 * keeps it from being renamed or removed.
 */
static bool again(DWORD error, unsigned *tries)
{
	if ((error != ERROR_SHARING_VIOLATION && error != ERROR_ACCESS_DENIED) ||
	    ++*tries >= RETRIES)
		return false;
	Sleep(RETRY_SLEEP);
	return true;
}

/* The name of whoever runs this program, in the form that security descriptors have. */
static wchar_t *own_sid(void)
{
	HANDLE token;
	union {
		TOKEN_USER user;
		char bytes[256];
	} u;
	DWORD n;
	wchar_t *text = NULL;
	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return NULL;
	if (!GetTokenInformation(token, TokenUser, &u, sizeof(u), &n) ||
	    !ConvertSidToStringSidW(u.user.User.Sid, &text))
		text = NULL;
	CloseHandle(token);
	return text;
}

/* For the system, its administrators and whoever runs this program alone; LocalFree it. */
static PSECURITY_DESCRIPTOR own_descriptor(void)
{
	wchar_t text[256], *sid = own_sid();
	PSECURITY_DESCRIPTOR descriptor = NULL;
	if (!sid)
		return NULL;
	int n = _snwprintf(text, 256, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;%ls)", sid);
	LocalFree(sid);
	if (n < 0 || n >= 256 ||
	    !ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1,
								  &descriptor, NULL))
		return NULL;
	return descriptor;
}

int ls_platform_make_folder(const char *path, struct ls_error *err)
{
	wchar_t wide[LS_WIDE_MAX];
	int rc = ls_win32_path(path, wide);
	if (rc < 0)
		return ls_fail(err, rc, "export.outbox.make", "'%s' is no path", path);
	SECURITY_ATTRIBUTES own = { .nLength = sizeof(own),
				    .lpSecurityDescriptor = own_descriptor() };
	BOOL made = own.lpSecurityDescriptor && CreateDirectoryW(wide, &own);
	DWORD error = GetLastError();
	LocalFree(own.lpSecurityDescriptor);
	if (made || error == ERROR_ALREADY_EXISTS)
		return 0;
	return ls_win32_fail(err, error, "export.outbox.make", "cannot make folder '%s'", path);
}

/* What others may do meanwhile: nobody writes, so a second exporter cannot open the journal. */
static HANDLE open_store(const wchar_t *path, enum ls_store_mode mode)
{
	DWORD access = GENERIC_READ | (mode == LS_STORE_READ ? 0 : GENERIC_WRITE);
	DWORD share = FILE_SHARE_READ | (mode == LS_STORE_READ ? FILE_SHARE_DELETE : 0);
	static const DWORD how[] = {
		[LS_STORE_READ] = OPEN_EXISTING,
		[LS_STORE_CREATE] = CREATE_ALWAYS,
		[LS_STORE_APPEND] = OPEN_ALWAYS,
	};
	HANDLE file;
	unsigned tries = 0;
	do {
		file = CreateFileW(path, access, share, NULL, how[mode], FILE_ATTRIBUTE_NORMAL,
				   NULL);
	} while (file == INVALID_HANDLE_VALUE && again(GetLastError(), &tries));
	return file;
}

static uint64_t size_of(HANDLE file)
{
	LARGE_INTEGER size;
	return GetFileSizeEx(file, &size) ? (uint64_t)size.QuadPart : 0;
}

int ls_platform_store_open(const char *path, enum ls_store_mode mode, struct ls_store **ret_store,
			   struct ls_error *err)
{
	wchar_t wide[LS_WIDE_MAX];
	_cleanup_free_ struct ls_store *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	if (ls_win32_path(path, wide) < 0)
		return ls_fail(err, -EINVAL, "export.outbox.open", "'%s' is no path", path);
	s->file = open_store(wide, mode);
	if (s->file == INVALID_HANDLE_VALUE && mode == LS_STORE_APPEND &&
	    GetLastError() == ERROR_SHARING_VIOLATION)
		return ls_fail(err, -EBUSY, "export.outbox.busy",
			       "'%s' is in use by another exporter", path);
	if (s->file == INVALID_HANDLE_VALUE)
		return ls_win32_fail(err, GetLastError(), "export.outbox.open", "cannot open '%s'",
				     path);
	s->end = size_of(s->file);
	*ret_store = ls_steal_ptr(&s);
	return 0;
}

int ls_platform_store_read(struct ls_store *s, uint64_t offset, void *bytes, size_t n,
			   struct ls_error *err)
{
	for (size_t have = 0; have < n;) {
		DWORD got;
		DWORD error = read_at(s->file, offset + have, (char *)bytes + have, n - have, &got);
		if (error)
			return ls_win32_fail(err, error, "export.outbox.read",
					     "cannot read the outbox");
		if (got == 0)
			return ls_fail(err, -ENODATA, "export.outbox.short",
				       "a file in the outbox is shorter than it was");
		have += got;
	}
	return 0;
}

static int cannot_write(struct ls_error *err)
{
	return ls_win32_fail(err, GetLastError(), "export.outbox.write",
			     "cannot write to the outbox");
}

int ls_platform_store_write(struct ls_store *s, const void *bytes, size_t n, struct ls_error *err)
{
	for (size_t done = 0; done < n;) {
		OVERLAPPED at = { .Offset = (DWORD)s->end, .OffsetHigh = (DWORD)(s->end >> 32) };
		DWORD put = 0, want = n - done < CHUNK ? (DWORD)(n - done) : CHUNK;
		if (!WriteFile(s->file, (const char *)bytes + done, want, &put, &at))
			return cannot_write(err);
		if (put == 0) {
			SetLastError(ERROR_DISK_FULL);
			return cannot_write(err);
		}
		done += put;
		s->end += put;
	}
	return 0;
}

int ls_platform_store_cut(struct ls_store *s, uint64_t size, struct ls_error *err)
{
	LARGE_INTEGER at = { .QuadPart = (LONGLONG)size };
	if (!SetFilePointerEx(s->file, at, NULL, FILE_BEGIN) || !SetEndOfFile(s->file))
		return cannot_write(err);
	s->end = size;
	return 0;
}

int ls_platform_store_sync(struct ls_store *s, struct ls_error *err)
{
	return FlushFileBuffers(s->file) ? 0 : cannot_write(err);
}

uint64_t ls_platform_store_size(struct ls_store *s)
{
	return s->end;
}

struct ls_store *ls_platform_store_close(struct ls_store *s)
{
	if (s)
		CloseHandle(s->file);
	free(s);
	return NULL;
}

int ls_platform_rename(const char *from, const char *to, struct ls_error *err)
{
	wchar_t wide_from[LS_WIDE_MAX], wide_to[LS_WIDE_MAX];
	if (ls_win32_path(from, wide_from) < 0 || ls_win32_path(to, wide_to) < 0)
		return ls_fail(err, -EINVAL, "export.outbox.write", "'%s' is no path", to);
	unsigned tries = 0;
	while (!MoveFileExW(wide_from, wide_to,
			    MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
		DWORD error = GetLastError();
		if (!again(error, &tries))
			return ls_win32_fail(err, error, "export.outbox.write", "cannot make '%s'",
					     to);
	}
	return 0;
}

int ls_platform_remove(const char *path, struct ls_error *err)
{
	wchar_t wide[LS_WIDE_MAX];
	if (ls_win32_path(path, wide) < 0)
		return ls_fail(err, -EINVAL, "export.outbox.write", "'%s' is no path", path);
	unsigned tries = 0;
	while (!DeleteFileW(wide)) {
		DWORD error = GetLastError();
		if (error == ERROR_FILE_NOT_FOUND)
			return 0;
		if (!again(error, &tries))
			return ls_win32_fail(err, error, "export.outbox.write",
					     "cannot remove '%s'", path);
	}
	return 0;
}
