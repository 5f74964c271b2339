/* SPDX-License-Identifier: Apache-2.0 */
/* labseal enrol: the lab's CA certifies that the attestation key is in this TPM. */
#include "host/command/enrol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/supervisor/state.h"
#include "lib/attest/enrolment_challenge.h"
#include "lib/attest/enrolment_request.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/base/text.h"

#define NAME "enrol"

/* The words of one step; each step reads its own of them. */
struct words {
	const char *operand, *output, *ca, *roots, *challenge, *certificate;
	bool accept;
};

static int usage(const char *what)
{
	return ls_command_usage(ls_host_command(NAME), "%s", what);
}

/* --- files -------------------------------------------------- */

static int read_carried(const char *path, struct ls_buffer *bytes, struct ls_error *err)
{
	return ls_file_read(AT_FDCWD, path, bytes, err);
}

static int write_carried(const char *path, const struct ls_buffer *bytes, struct ls_error *err)
{
	return ls_file_replace(AT_FDCWD, path, bytes->data, bytes->size, 0644, err);
}

static int read_certificate(const char *path, struct ls_buffer *der, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 2 * LS_CERTIFICATE_SIZE_MAX);
	int rc = read_carried(path, &pem, err);
	if (rc == 0)
		rc = ls_certificate_from_pem(ls_buffer_str(&pem), pem.size, der, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int write_certificate(const char *path, const struct ls_buffer *der, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 2 * LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_certificate_to_pem((struct ls_der){ der->data, der->size }, &pem);
	return rc < 0 ? ls_fail(err, rc, "enrol.memory", "out of memory for a certificate")
		      : write_carried(path, &pem, err);
}

/* --- the instrument's machine -------------------------------------------------- */

struct instrument {
	struct ls_policy *policy;
	struct ls_provision p;
	int lock;
};

static void instrument_close(struct instrument *i)
{
	ls_provision_close_tpm(&i->p);
	ls_cleanup_close(&i->lock);
	if (i->p.state_fd >= 0)
		close(i->p.state_fd);
	ls_policy_free(i->policy);
}
#define INSTRUMENT(i)                                                      \
	__attribute__((cleanup(instrument_close))) struct instrument i = { \
		.p = { .state_fd = -1, .tpm_device = -1 }, .lock = -1      \
	}

/* tpm: the TPM is needed, and with it the state's lock. */
static int instrument_open(struct instrument *i, bool tpm, struct ls_error *err)
{
	i->p.policy = i->policy;
	i->p.state_fd = ls_state_open(i->policy, 0, err);
	if (i->p.state_fd < 0)
		return i->p.state_fd;
	if (!tpm)
		return 0;
	i->lock = ls_state_lock(i->p.state_fd, i->policy->state, err);
	if (i->lock == -EBUSY)
		ls_error_prefix(err, "labseald holds the TPM while it runs; stop it first");
	return i->lock < 0 ? i->lock : 0;
}

static void print_digest(const char *name, const struct ls_digest *digest)
{
	char hex[LS_DIGEST_HEX_SIZE];
	printf("%-11s %s\n", name, ls_digest_hex(digest, hex));
}

static int request(const struct words *w, struct ls_error *err)
{
	INSTRUMENT(i);
	struct ls_digest digest;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_ENROLMENT_REQUEST_MAX);
	int rc = ls_cmd_load_policy(NAME, w->operand, &i.policy);
	if (rc != 0)
		return rc;
	rc = instrument_open(&i, true, err);
	if (rc == 0)
		rc = ls_enrol_request(&i.p, &out, err);
	if (rc == 0)
		rc = write_carried(w->output, &out, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(out.data, out.size, &digest);
	print_digest("request", &digest);
	printf("written     %s: take it to the lab's CA, 'labseal enrol challenge --ca FOLDER "
	       "--output CHALLENGE %s'\n",
	       w->output, w->output);
	return 0;
}

static int activate(const struct words *w, struct ls_error *err)
{
	INSTRUMENT(i);
	_cleanup_buffer_ struct ls_buffer challenge, out;
	ls_buffer_init(&challenge, LS_ENROLMENT_CHALLENGE_MAX);
	ls_buffer_init(&out, LS_ENROLMENT_CHALLENGE_MAX);
	int rc = ls_cmd_load_policy(NAME, w->operand, &i.policy);
	if (rc != 0)
		return rc;
	rc = instrument_open(&i, true, err);
	if (rc == 0)
		rc = read_carried(w->challenge, &challenge, err);
	if (rc == 0 && (rc = ls_enrol_activate(&i.p, &challenge, &out, err)) < 0)
		ls_error_prefix(err, "'%s'", w->challenge);
	if (rc == 0)
		rc = write_carried(w->output, &out, err);
	if (rc == 0)
		printf("written     %s: take it to the lab's CA, 'labseal enrol issue --ca FOLDER "
		       "--output CERTIFICATE %s'\n",
		       w->output, w->output);
	return rc;
}

static int say_installed(struct ls_provision *p, const struct ls_buffer *der, struct ls_error *err)
{
	struct ls_attestation_certificate c;
	char utc[LS_UTC_SIZE];
	int rc = ls_attestation_certificate_read((struct ls_der){ der->data, der->size }, &c, err);
	if (rc < 0)
		return rc;
	printf("enrolled    %s\nTPM         %s\n", c.certificate.subject,
	       ls_tpm_origin_words(c.enrolment.origin));
	print_digest("EK", &c.enrolment.endorsement);
	printf("until       %s\n", ls_utc_format(c.certificate.not_after, utc));
	rc = ls_provision_trust(p, err);
	if (rc == 0)
		printf("the certificate gets onto the share with labseald's next start; give "
		       "auditors the new trust file ('labseal trust')\n");
	return rc;
}

static int install(const struct words *w, struct ls_error *err)
{
	INSTRUMENT(i);
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_cmd_load_policy(NAME, w->operand, &i.policy);
	if (rc != 0)
		return rc;
	rc = instrument_open(&i, false, err);
	if (rc == 0)
		rc = read_certificate(w->certificate, &der, err);
	if (rc == 0 && (rc = ls_enrol_install(&i.p, &der, err)) < 0)
		ls_error_prefix(err, "'%s'", w->certificate);
	return rc < 0 ? rc : say_installed(&i.p, &der, err);
}

/* --- the CA's machine -------------------------------------------------- */

static int open_ca(const struct words *w, struct ls_enrol_ca *ca, struct ls_error *err)
{
	*ca = (struct ls_enrol_ca){ .roots = w->roots, .accept = w->accept };
	ca->fd = open(w->ca, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ca->fd < 0)
		return ls_fail_errno(err, errno, "enrol.ca", "cannot open the CA's folder '%s'",
				     w->ca);
	if (faccessat(ca->fd, LS_CA_KEY, F_OK, 0) == 0)
		return 0;
	close(ca->fd);
	return ls_fail(err, -ENOENT, "enrol.ca",
		       "there is no '%s' in '%s': name the folder with the CA's key and "
		       "certificate (of the state folder: keys)",
		       LS_CA_KEY, w->ca);
}

static void print_found(const struct ls_enrol_found *f)
{
	if (!f->instrument[0])
		return;
	printf("instrument  %s\nTPM         %s\n", f->instrument,
	       ls_tpm_origin_words(f->enrolment.origin));
	if (f->issuer[0])
		printf("certified   by %s\n", f->issuer);
	else if (f->has_certificate)
		printf("certified   by a certificate that was not held against roots\n");
	if (!ls_digest_is_zero(&f->attestation)) {
		print_digest("EK", &f->enrolment.endorsement);
		print_digest("AK", &f->attestation);
	}
	fflush(stdout);
}

static int challenge(const struct words *w, struct ls_error *err)
{
	struct ls_enrol_ca ca;
	struct ls_enrol_found found = { .instrument = "" };
	_cleanup_buffer_ struct ls_buffer in, out;
	ls_buffer_init(&in, LS_ENROLMENT_REQUEST_MAX);
	ls_buffer_init(&out, LS_ENROLMENT_CHALLENGE_MAX);
	int rc = open_ca(w, &ca, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ __attribute__((unused)) int fd = ca.fd;
	rc = read_carried(w->operand, &in, err);
	if (rc == 0 && (rc = ls_enrol_challenge(&ca, &in, &found, &out, err)) < 0)
		ls_error_prefix(err, "'%s'", w->operand);
	print_found(&found);
	if (rc == 0)
		rc = write_carried(w->output, &out, err);
	if (rc == 0)
		printf("written     %s: take it to the instrument, 'labseal enrol activate "
		       "--challenge %s --output RESPONSE POLICY'\n",
		       w->output, w->output);
	return rc;
}

static int issue(const struct words *w, struct ls_error *err)
{
	struct ls_enrol_ca ca;
	_cleanup_buffer_ struct ls_buffer in, der;
	ls_buffer_init(&in, LS_ENROLMENT_CHALLENGE_MAX);
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	int rc = open_ca(w, &ca, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ __attribute__((unused)) int fd = ca.fd;
	rc = read_carried(w->operand, &in, err);
	if (rc == 0 && (rc = ls_enrol_issue(&ca, &in, &der, err)) < 0)
		ls_error_prefix(err, "'%s'", w->operand);
	if (rc == 0)
		rc = write_certificate(w->output, &der, err);
	if (rc == 0)
		printf("written     %s: take it to the instrument, 'labseal enrol install "
		       "--certificate %s POLICY'\n",
		       w->output, w->output);
	return rc;
}

/* --- both on one machine -------------------------------------------------- */

int ls_enrol_here(struct ls_provision *p, const struct ls_enrol_ca *ca,
		  struct ls_enrol_found *ret_found, struct ls_buffer *der, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer asked, challenged, answered;
	ls_buffer_init(&asked, LS_ENROLMENT_REQUEST_MAX);
	ls_buffer_init(&challenged, LS_ENROLMENT_CHALLENGE_MAX);
	ls_buffer_init(&answered, LS_ENROLMENT_CHALLENGE_MAX);
	*ret_found = (struct ls_enrol_found){ .instrument = "" };
	int rc = ls_enrol_request(p, &asked, err);
	if (rc == 0)
		rc = ls_enrol_challenge(ca, &asked, ret_found, &challenged, err);
	if (rc == 0)
		rc = ls_enrol_activate(p, &challenged, &answered, err);
	if (rc == 0)
		rc = ls_enrol_issue(ca, &answered, der, err);
	return rc < 0 ? rc : ls_enrol_install(p, der, err);
}

static int here(const struct words *w, struct ls_error *err)
{
	INSTRUMENT(i);
	struct ls_enrol_ca ca;
	struct ls_enrol_found found = { .instrument = "" };
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_cmd_load_policy(NAME, w->operand, &i.policy);
	if (rc != 0)
		return rc;
	rc = instrument_open(&i, true, err);
	if (rc == 0)
		rc = open_ca(w, &ca, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ __attribute__((unused)) int fd = ca.fd;
	rc = ls_enrol_here(&i.p, &ca, &found, &der, err);
	print_found(&found);
	return rc < 0 ? rc : say_installed(&i.p, &der, err);
}

/* --- the command -------------------------------------------------- */

#define OUTPUT	    1u /* which words a step needs */
#define CA	    2u
#define CHALLENGE   4u
#define CERTIFICATE 8u
#define ORIGIN	    16u /* --ek-roots and --accept-unproven, which it may have */

static const struct step {
	const char *name, *operand;
	unsigned words;
	int (*run)(const struct words *, struct ls_error *);
} steps[] = {
	{ "request", "policy", OUTPUT, request },
	{ "challenge", "request", OUTPUT | CA | ORIGIN, challenge },
	{ "activate", "policy", OUTPUT | CHALLENGE, activate },
	{ "issue", "response", OUTPUT | CA, issue },
	{ "install", "policy", CERTIFICATE, install },
	{ NULL, "policy", CA | ORIGIN, here }, /* no step's name: all of them */
};
#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

static const struct step *find_step(const char *word)
{
	size_t i = 0;
	while (i + 1 < STEP_COUNT && (!word || strcmp(steps[i].name, word) != 0))
		i++;
	return &steps[i];
}

static int read_words(const struct step *step, struct words *w, int argc, char **argv)
{
	struct ls_option options[5];
	size_t n = 0;
	if (step->words & OUTPUT)
		options[n++] = (struct ls_option){ "--output", NULL, &w->output };
	if (step->words & CA)
		options[n++] = (struct ls_option){ "--ca", NULL, &w->ca };
	if (step->words & CHALLENGE)
		options[n++] = (struct ls_option){ "--challenge", NULL, &w->challenge };
	if (step->words & CERTIFICATE)
		options[n++] = (struct ls_option){ "--certificate", NULL, &w->certificate };
	if (step->words & ORIGIN) {
		options[n++] = (struct ls_option){ "--ek-roots", NULL, &w->roots };
		options[n++] = (struct ls_option){ "--accept-unproven", &w->accept, NULL };
	}
	int rc = ls_options_read(ls_host_command(NAME), argc, argv, options, n, step->operand,
				 &w->operand);
	if (rc != 0)
		return rc;
	if (step->words & CA && !w->ca)
		return usage("where is the CA's key? Say --ca FOLDER");
	if (step->words & CHALLENGE && !w->challenge)
		return usage("which challenge? Say --challenge FILE");
	if (step->words & CERTIFICATE && !w->certificate)
		return usage("which certificate? Say --certificate FILE");
	if (step->words & OUTPUT && !w->output)
		return usage("where to? Say --output FILE");
	return 0;
}

int ls_cmd_enrol(int argc, char **argv)
{
	struct words w = { .operand = NULL };
	struct ls_error err = { 0 };
	const struct step *step = find_step(argc > 1 ? argv[1] : NULL);
	int skip = step->name ? 1 : 0;
	int rc = read_words(step, &w, argc - skip, argv + skip);
	if (rc == 0)
		rc = step->run(&w, &err);
	fflush(stdout);
	if (rc > 0)
		return rc; /* wrong usage, or the policy: it was said */
	return rc < 0 ? ls_cmd_fail(NAME, &err) : LS_EXIT_HOLDS;
}
