/* SPDX-License-Identifier: Apache-2.0 */
/* Files of molecules: htslib unpacks them and takes FASTA and FASTQ apart. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <htslib/bgzf.h>
#include <htslib/hts_log.h>
#include <htslib/kseq.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/dna/molecule/genbank.h"
#include "audit/dna/molecule/molecules.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define HEAD_SIZE   4096
#define RECORD_SIZE (3 * (size_t)LS_MOLECULE_SIZE_MAX) /* of text: line ends, qualities */

#define NO_MORE 1 /* records: no failure, and nothing a taker returns */

/* What kseq reads from: the source, behind what was looked at already. */
struct stream {
	const struct ls_byte_source *source;
	uint8_t head[HEAD_SIZE];
	size_t head_size, head_pos;
	size_t taken; /* since the record began */
	bool failed, too_large;
};

static ssize_t stream_read(struct stream *s, void *buffer, size_t n)
{
	if (s->head_pos < s->head_size) {
		size_t left = s->head_size - s->head_pos;
		n = n < left ? n : left;
		memcpy(buffer, s->head + s->head_pos, n);
		s->head_pos += n;
		return (ssize_t)n;
	}
	if (s->taken > RECORD_SIZE) {
		s->too_large = true;
		return -1;
	}
	ssize_t got = s->source->read(s->source->context, buffer, n);
	s->failed |= got < 0;
	s->taken += got > 0 ? (size_t)got : 0;
	return got;
}

KSEQ_INIT(struct stream *, stream_read)

static int unreadable(const struct stream *s, struct ls_error *err)
{
	if (s->too_large)
		return ls_fail(err, -EFBIG, "dna.sequence.size", "a record of more than %zu bytes",
			       RECORD_SIZE);
	return ls_fail(err, -EBADMSG, "dna.sequence.packed",
		       "the file cannot be unpacked to its end: it is damaged or cut");
}

static int hand_over(const kseq_t *seq, const struct ls_molecule_taker *taker, struct ls_error *err)
{
	struct ls_error why = { 0 };
	_cleanup_molecule_ struct ls_molecule m;
	ls_molecule_init(&m);
	snprintf(m.name, sizeof m.name, "%s", seq->name.l ? seq->name.s : "");
	int rc = ls_molecule_add(&m, seq->seq.s, seq->seq.l, &why);
	if (rc == 0 && seq->seq.l == 0)
		rc = ls_fail(&why, -EBADMSG, "dna.sequence.empty", "the record has no bases%s",
			     seq->comment.l && memchr(seq->comment.s, '\r', seq->comment.l)
				     ? ": its lines end in CR alone, end them in LF or CR LF"
				     : "");
	if (rc == 0)
		return taker->take(taker->context, &m, NULL);
	if (rc != -ENOMEM && taker->failed)
		return taker->failed(taker->context, m.name, &why);
	if (err)
		*err = why;
	return rc;
}

/*
 * kseq passes over whatever stands before the next '>' or '@': a record whose own '@' is missing
 * would be hidden.  0; NO_MORE; -EBADMSG.
 */
static int find_record(kseq_t *seq, size_t records, struct ls_error *err)
{
	int c = seq->last_char;
	while (c == 0 || isspace(c))
		if ((c = ks_getc(seq->f)) < 0)
			return NO_MORE;
	seq->last_char = c;
	return c == '>' || c == '@'
		       ? 0
		       : ls_fail(err, -EBADMSG, "dna.sequence.between",
				 "behind record %zu stands what begins with neither '>' nor '@'",
				 records);
}

/* In FASTA it would have the letters behind it taken for qualities. */
static int plus_in_fasta(const kseq_t *seq, struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "dna.sequence.plus",
		       "record '%.60s' is FASTA and has a line that begins with '+'",
		       seq->name.l ? seq->name.s : "");
}

/* kseq takes a '@' for FASTA where no '+' follows, and any byte for a quality. */
static int check_qualities(const kseq_t *seq, struct ls_error *err)
{
	const char *name = seq->name.l ? seq->name.s : "";
	if (seq->seq.l > 0 && seq->qual.l == 0)
		return ls_fail(
			err, -EBADMSG, "dna.sequence.quality",
			"record '%.60s' begins with '@' and has no qualities: the file is cut",
			name);
	for (size_t i = 0; i < seq->qual.l; i++)
		if (!isgraph((unsigned char)seq->qual.s[i]))
			return ls_fail(err, -EBADMSG, "dna.sequence.quality",
				       "record '%.60s': byte %zu of its qualities is none", name,
				       i + 1);
	return 0;
}

static int read_sequences(struct stream *s, const struct ls_molecule_taker *taker,
			  struct ls_error *err)
{
	kseq_t *seq = kseq_init(s);
	if (!seq)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	int rc = 0;
	int64_t size = 0;
	size_t records = 0;
	while (rc == 0 && (rc = find_record(seq, records, err)) == 0) {
		bool fasta = seq->last_char == '>';
		if ((size = kseq_read(seq)) < 0)
			break;
		records++;
		s->taken = 0;
		rc = !fasta		   ? check_qualities(seq, err)
		     : seq->last_char == 0 ? plus_in_fasta(seq, err)
					   : 0;
		if (rc == 0)
			rc = hand_over(seq, taker, err);
	}
	rc = rc == NO_MORE ? 0 : rc;
	if (rc == 0 && (s->failed || s->too_large))
		rc = unreadable(s, err);
	else if (rc == 0 && size < -1)
		rc = ls_fail(err, -EBADMSG, "dna.sequence.quality",
			     "record '%.60s' has not as many qualities as bases: the file is cut",
			     seq->name.l ? seq->name.s : "");
	else if (rc == 0 && records == 0)
		rc = ls_fail(err, -ENODATA, "dna.sequence.none", "the file has no record");
	kseq_destroy(seq);
	return rc;
}

static int read_whole(struct stream *s, struct ls_buffer *text, struct ls_error *err)
{
	for (;;) {
		uint8_t *room = ls_buffer_reserve(text, 65536);
		if (!room)
			return ls_fail(err, -EFBIG, "dna.sequence.size",
				       "GenBank files of more than %u bytes are not read",
				       LS_GENBANK_SIZE_MAX);
		ssize_t got = stream_read(s, room, 65536);
		if (got < 0)
			return unreadable(s, err);
		ls_buffer_commit(text, (size_t)got);
		if (got == 0)
			return 0;
	}
}

static int one_genbank(struct ls_reader *r, size_t *line, const struct ls_molecule_taker *taker,
		       struct ls_error *err)
{
	_cleanup_genbank_ struct ls_genbank g = { 0 };
	struct ls_error why = { 0 };
	size_t before = r->pos, lines = *line;
	int rc = ls_genbank_next(r, line, &g, &why);
	if (rc == 0)
		return taker->take(taker->context, &g.molecule, &g);
	if (rc == -EBADMSG && taker->failed) {
		r->pos = before; /* where the fault was found says nothing of where the record ends
				  */
		*line = lines;
		ls_genbank_skip(r, line);
		return taker->failed(taker->context, "", &why);
	}
	if (rc == -ENODATA)
		return NO_MORE;
	if (err)
		*err = why;
	return rc;
}

static int read_genbank(struct stream *s, const struct ls_molecule_taker *taker,
			struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_GENBANK_SIZE_MAX + 65536);
	int rc = read_whole(s, &text, err);
	struct ls_reader r;
	size_t line = 0;
	ls_reader_init(&r, text.data, text.size);
	while (rc == 0)
		rc = one_genbank(&r, &line, taker, err);
	return rc == NO_MORE ? 0 : rc;
}

static int fill_head(struct stream *s, struct ls_error *err)
{
	while (s->head_size < HEAD_SIZE) {
		ssize_t got = s->source->read(s->source->context, s->head + s->head_size,
					      HEAD_SIZE - s->head_size);
		if (got < 0)
			return unreadable(s, err);
		if (got == 0)
			break;
		s->head_size += (size_t)got;
	}
	return 0;
}

/* What people have instead of a file of these formats. */
static const char *likely(const struct stream *s)
{
	static const struct {
		const char *bytes, *what;
		size_t size;
	} KNOWN[] = {
		{ "\x1f\x8b", ": it is packed twice, or cut", 2 },
		{ "\xef\xbb\xbf", ": it begins with a byte-order mark, save it without", 3 },
		{ "\xff\xfe", ": it is UTF-16, save it as plain text", 2 },
		{ "\xfe\xff", ": it is UTF-16, save it as plain text", 2 },
	};
	for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
		if (s->head_size >= KNOWN[i].size &&
		    memcmp(s->head, KNOWN[i].bytes, KNOWN[i].size) == 0)
			return KNOWN[i].what;
	return "";
}

int ls_molecules_from(const struct ls_byte_source *source, const struct ls_molecule_taker *taker,
		      struct ls_error *err)
{
	_cleanup_free_ struct stream *s = calloc(1, sizeof *s);
	if (!s)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	s->source = source;
	int rc = fill_head(s, err);
	if (rc < 0)
		return rc;
	size_t i = 0;
	while (i < s->head_size && isspace(s->head[i]))
		i++;
	if (i == s->head_size)
		return ls_fail(err, -ENODATA, "dna.sequence.none", "the file is empty");
	if (s->head[i] == '>' || s->head[i] == '@')
		return read_sequences(s, taker, err);
	if (ls_genbank_is(s->head, s->head_size))
		return read_genbank(s, taker, err);
	return ls_fail(err, -EBADMSG, "dna.sequence.format",
		       "neither GenBank (it begins with LOCUS) nor FASTA (>) nor FASTQ (@), packed "
		       "with gzip or not%s",
		       likely(s));
}

static ssize_t packed_read(void *context, void *buffer, size_t n)
{
	return bgzf_read(context, buffer, n);
}

int ls_molecules_read(const char *path, const struct ls_molecule_taker *taker, struct ls_error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "dna.file.open", "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return ls_fail(err, -EBADMSG, "dna.file.kind", "'%s' is no regular file", path);
	hts_set_log_level(HTS_LOG_OFF); /* what is wrong is said here */
	BGZF *packed = bgzf_dopen(fd, "r");
	if (!packed)
		return ls_fail(err, -EBADMSG, "dna.sequence.packed", "'%s' cannot be unpacked",
			       path);
	ls_steal_fd(&fd); /* bgzf_close() closes it */
	const struct ls_byte_source source = { packed_read, packed };
	int rc = ls_molecules_from(&source, taker, err);
	bgzf_close(packed);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}
