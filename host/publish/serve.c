/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/serve.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/publish/catalog.h"
#include "host/publish/cosigned.h"
#include "host/publish/evidence.h"
#include "host/publish/readme.h"
#include "host/publish/reports.h"
#include "host/publish/sequences.h"
#include "host/publish/share.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/proc/message.h"
#include "lib/proc/protocol.h"

#define PAGES_EVERY_MS 1000  /* index.html is written at most this often */
#define FULL_WAIT_MS   1000  /* a full disk is tried again this often, */
#define FULL_LOG_MS    60000 /* and logged this often */
#define REPORT_MS      90000 /* one page may take so long: two workers' time, and waiting */
#define REPORTS_END_MS 2000  /* for pages that are under way when the enclave goes */

struct publisher {
	const struct ls_publish_options *options;
	struct ls_share *share;
	struct ls_catalog *catalog;
	struct ls_reports *reports;
	struct ls_cosigned cosigned;
	int64_t cosigned_next; /* monotonic ms: no look before */
	struct ls_message_stream in;
	bool pages_due;
	int64_t pages_written; /* when, monotonic ms */
	int64_t full_logged;   /* when, or 0 */
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- a full disk --------------------------------------------------------------- */

/*
 * Nothing is answered and nothing more is read meanwhile, so the results wait
 * where they are: in the receiver's spool.  The wait ends early when the enclave goes.
 */
static int wait_for_room(void *context, const struct ls_error *why)
{
	struct publisher *p = context;
	if (p->full_logged == 0 || now_ms() - p->full_logged >= FULL_LOG_MS) {
		ls_log(LS_LOG_WARNING, "publish.full",
		       "%s; waiting for room: free some on the share's disk, nothing is lost",
		       why->message);
		p->full_logged = now_ms();
	}
	struct pollfd peer = { .fd = p->options->peer }; /* POLLHUP and POLLERR come unasked */
	if (poll(&peer, 1, FULL_WAIT_MS) > 0)
		return -EPIPE;
	return 0;
}

/* --- pages --------------------------------------------------------------------- */

/* A page that cannot be written is a nuisance, not a failure: it is tried again. */
static void write_pages(struct publisher *p)
{
	struct ls_error err = { 0 };
	p->pages_written = now_ms();
	p->pages_due = false;
	if (ls_catalog_write_pages(p->catalog, &err) < 0) {
		ls_log(LS_LOG_WARNING, "publish.pages", "index.html is not up to date: %s",
		       err.message);
		p->pages_due = true;
	}
	p->pages_due |= ls_catalog_wants_pages(p->catalog);
}

/* Milliseconds until the pages may be written again; -1 when nothing is due. */
static int pages_wait(const struct publisher *p)
{
	if (!p->pages_due)
		return -1;
	int64_t left = p->pages_written + PAGES_EVERY_MS - now_ms();
	return left > 0 ? (int)left : 0;
}

static void write_texts(struct publisher *p)
{
	struct ls_error err = { 0 };
	const struct ls_publish_options *o = p->options;
	if (ls_readme_write(o->share, o->instrument, &err) < 0)
		ls_log(LS_LOG_WARNING, "publish.readme", "%s", err.message);
	if (ls_verify_page_write(o->share, &err) < 0)
		ls_log(LS_LOG_WARNING, "publish.verify-page", "%s", err.message);
	if (!o->trust)
		return;
	int rc = ls_trust_copies_write(o->share, o->trust, &err);
	if (rc < 0)
		ls_log(LS_LOG_WARNING, "publish.trust", "no copies in trust/: %s", err.message);
	ls_catalog_set_trust_copies(p->catalog, rc == 0);
}

/* --- messages ------------------------------------------------------------------ */

static int send_resume(struct publisher *p, struct ls_error *err)
{
	static struct ls_resume resume; /* 160 KiB */
	struct ls_merkle_frontier frontier;
	int rc = ls_share_frontier(p->share, &frontier, err);
	if (rc < 0)
		return rc;
	resume.checkpoint = ls_share_checkpoint(p->share);
	resume.frontier_count = ls_merkle_frontier_count(frontier.size);
	memcpy(resume.frontier, frontier.hashes, resume.frontier_count * sizeof(struct ls_digest));
	ls_catalog_recent(p->catalog, &resume);
	resume.last_received = ls_catalog_last_received(p->catalog);
	rc = ls_evidence_newest(p->options->share, frontier.size, &resume.evidence, err);
	if (rc < 0)
		return rc;
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	if (ls_encode_resume(&resume, &body) < 0)
		return ls_fail(err, ls_buffer_error(&body), "publish.resume",
			       "cannot put RESUME together");
	return ls_message_send(p->options->peer, LS_MSG_RESUME, body.data, body.size, err);
}

static int end_payload(struct publisher *p, const struct ls_message *m, struct ls_error *err)
{
	struct ls_payload payload = { 0 };
	int rc = ls_decode_payload(m, &payload, err);
	return rc == 0 ? ls_share_payload_end(p->share, &payload, err) : rc;
}

static int take_seal(struct publisher *p, const struct ls_message *m, struct ls_error *err)
{
	struct ls_seal seal = { 0 };
	struct ls_item item = { 0 };
	int rc = ls_decode_seal(m, &seal, err);
	if (rc == 0)
		rc = ls_share_publish(p->share, &seal, &item, err);
	if (rc < 0)
		return rc;
	p->full_logged = 0;
	struct ls_error row = { 0 };
	if (ls_catalog_add(p->catalog, &item, seal.record.data, seal.record.size, &row) < 0)
		ls_log(LS_LOG_WARNING, "publish.pages", "seal %llu is not in the index: %s",
		       (unsigned long long)item.seal, row.message);
	p->pages_due = true;
	ls_reports_add(p->reports, &item);
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, 64);
	if (ls_encode_published(item.seal, &body) < 0)
		return ls_fail(err, -ENOMEM, "publish.memory", "out of memory for an answer");
	return ls_message_send(p->options->peer, LS_MSG_PUBLISHED, body.data, body.size, err);
}

static int take_prove(struct publisher *p, const struct ls_message *m, struct ls_error *err)
{
	struct ls_log_proof proof = { 0 };
	unsigned count = 0;
	int rc = ls_decode_prove(m, &proof.old_size, err);
	if (rc == 0)
		rc = ls_share_prove(p->share, proof.old_size, proof.hashes, &count, err);
	if (rc < 0)
		return rc;
	proof.count = count;
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	if (ls_encode_log_proof(&proof, &body) < 0)
		return ls_fail(err, -ENOMEM, "publish.memory", "out of memory for a proof");
	return ls_message_send(p->options->peer, LS_MSG_PROOF, body.data, body.size, err);
}

static bool has_no_body(uint32_t type)
{
	return type == LS_MSG_PAYLOAD_BEGIN || type == LS_MSG_PAYLOAD_DROP ||
	       type == LS_MSG_PAYLOAD_CLOSE;
}

/* It comes after what it vouches for and must not be in its way: without it, the log goes on. */
/* An enclave that ended meanwhile has no record left to name it in. */
static int tell_evidenced(const struct publisher *p, uint64_t size, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, 16);
	ls_encode_published(size, &body);
	int rc = ls_message_send(p->options->peer, LS_MSG_EVIDENCED, body.data, body.size, err);
	return rc == -EPIPE || rc == -ECONNRESET ? 0 : rc;
}

static int take_evidence(struct publisher *p, const struct ls_message *m, struct ls_error *err)
{
	struct ls_evidence evidence;
	struct ls_error why = { 0 };
	int rc = ls_decode_evidence(m, &evidence, err);
	if (rc < 0)
		return rc;
	rc = ls_evidence_publish(p->options->share, ls_share_size(p->share), &evidence, &why);
	if (rc == 0)
		return tell_evidenced(p, evidence.size, err);
	ls_log(LS_LOG_WARNING, "publish.evidence",
	       "there is no evidence for the log at size %llu: %s",
	       (unsigned long long)evidence.size, why.message);
	return 0;
}

static int take_message(struct publisher *p, const struct ls_message *m, struct ls_error *err)
{
	if (has_no_body(m->type) && m->size > 0)
		return ls_fail(err, -EBADMSG, "protocol.malformed",
			       "the enclave sent %zu bytes in a message of type %#x", m->size,
			       m->type);
	switch (m->type) {
	case LS_MSG_PAYLOAD_BEGIN: return ls_share_payload_begin(p->share, err);
	case LS_MSG_PAYLOAD_DATA: return ls_share_payload_data(p->share, m->body, m->size, err);
	case LS_MSG_PAYLOAD_END: return end_payload(p, m, err);
	case LS_MSG_PAYLOAD_DROP: return ls_share_payload_drop(p->share, err);
	case LS_MSG_PAYLOAD_CLOSE: return ls_share_payload_close(p->share, err);
	case LS_MSG_SEAL: return take_seal(p, m, err);
	case LS_MSG_PROVE: return take_prove(p, m, err);
	case LS_MSG_EVIDENCE: return take_evidence(p, m, err);
	default:
		return ls_fail(err, -EPROTO, "publish.message",
			       "the enclave sent a message of type %#x", m->type);
	}
}

/* --- what the notary hands over ---------------------------------------------------- */

/* Milliseconds until its folder is looked at again; -1: there is none. */
static int cosigned_wait(const struct publisher *p)
{
	if (p->cosigned.folder_fd < 0)
		return -1;
	int64_t left = p->cosigned_next - now_ms();
	return left > 0 ? (int)left : 0;
}

/* Others' lines are not ours to wait for, nor to fail by. */
static void look_for_cosigned(struct publisher *p)
{
	struct ls_error err = { 0 };
	p->cosigned_next = now_ms() + LS_COSIGNED_LOOK_MS;
	if (ls_cosigned_look(&p->cosigned, p->share, p->options->share, &err) < 0)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
}

/* The shorter of two waits, of which -1 is for ever. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* 1: the enclave has something to say.  0: it has not, and there is other work or the time is up.
 */
static int wait_for_message(const struct publisher *p, struct ls_error *err)
{
	struct pollfd from[2] = {
		{ .fd = p->options->peer, .events = POLLIN },
		{ .fd = ls_reports_descriptor(p->reports), .events = POLLIN },
	};
	int wait = sooner(sooner(pages_wait(p), cosigned_wait(p)), ls_reports_wait_ms(p->reports));
	int rc = poll(from, 2, wait);
	if (rc < 0 && errno != EINTR)
		return ls_fail_errno(err, errno, "publish.poll", "cannot wait for the enclave");
	return rc > 0 && from[0].revents != 0;
}

static int next_message(struct publisher *p, struct ls_message *ret_message, struct ls_error *err)
{
	for (;;) {
		int rc = ls_message_next(&p->in, ret_message, err);
		if (rc != -EAGAIN)
			return rc;
		if (pages_wait(p) == 0)
			write_pages(p);
		if (cosigned_wait(p) == 0)
			look_for_cosigned(p);
		rc = wait_for_message(p, err);
		if (rc < 0)
			return rc;
		if (rc > 0)
			return ls_message_receive(&p->in, ret_message, err);
		p->pages_due |= ls_reports_work(p->reports); /* the index links to it */
	}
}

static int serve(struct publisher *p, struct ls_error *err)
{
	for (;;) {
		struct ls_message m;
		int rc = next_message(p, &m, err);
		if (rc <= 0)
			return rc;
		rc = take_message(p, &m, err);
		if (rc < 0)
			return rc;
	}
}

/* Before any record can name them.  One that was altered on the share is for auditors to find. */
static int publish_sequences(struct publisher *p, const struct ls_place_hooks *hooks,
			     struct ls_error *err)
{
	const struct ls_publish_options *o = p->options;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < o->sequence_count; i++) {
		struct ls_error why = { 0 };
		rc = ls_sequence_publish(o->share, o->sequence + (int)i, &o->sequences[i], hooks,
					 &why);
		if (rc == -EUCLEAN) {
			ls_log_error(&why);
			rc = 0;
		} else if (rc < 0) {
			*err = why;
		}
	}
	return rc;
}

static int take_up(struct publisher *p, struct ls_error *err)
{
	const struct ls_place_hooks hooks = { .wait = wait_for_room, .context = p };
	uint64_t missing = 0;
	int rc = ls_share_open(p->options->share, &hooks, &p->share, err);
	if (rc == 0)
		rc = publish_sequences(p, &hooks, err);
	if (rc == 0)
		rc = ls_catalog_load(p->options->share, ls_share_size(p->share), &p->catalog,
				     &missing, err);
	if (rc < 0)
		return rc;
	if (missing)
		ls_log(LS_LOG_ERROR, "publish.missing",
		       "%llu of the newest seals are not on the share as they were published; "
		       "'labseal verify' names them",
		       (unsigned long long)missing);
	ls_catalog_set_instrument(p->catalog, p->options->instrument);
	return send_resume(p, err);
}

/* Without them sealing goes on. */
static int begin_reports(struct publisher *p, struct ls_error *err)
{
	struct ls_error why = { 0 };
	const struct ls_publish_options *o = p->options;
	int rc = ls_reports_new(o->share, o->report, REPORT_MS, &p->reports, err);
	if (rc == 0 && ls_reports_catch_up(p->reports, &why) < 0)
		ls_log(LS_LOG_WARNING, "publish.report", "%s", why.message);
	return rc;
}

int ls_publish_serve(const struct ls_publish_options *options, struct ls_error *err)
{
	struct publisher p = { .options = options, .cosigned.folder_fd = options->notary };
	ls_message_stream_init(&p.in, options->peer);
	int rc = take_up(&p, err);
	if (rc == 0)
		rc = begin_reports(&p, err);
	if (rc == 0) {
		write_texts(&p);
		write_pages(&p);
		rc = serve(&p, err);
		p.pages_due |= ls_reports_finish(p.reports, REPORTS_END_MS);
		if (p.pages_due)
			write_pages(&p);
	}
	ls_message_stream_free(&p.in);
	ls_reports_free(p.reports);
	ls_catalog_free(p.catalog);
	ls_share_free(p.share);
	return rc;
}
