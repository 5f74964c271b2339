/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hsm/hsm_internal.h"

#define MODULES_MAX 4

/* Those that are loaded; this room is for one thread. */
static struct ls_hsm_module *modules[MODULES_MAX];

CK_RV ls_hsm_libp11_reason(void)
{
	CK_RV rv = (CK_RV)ERR_GET_REASON(ERR_peek_last_error());
	ERR_clear_error();
	return rv;
}

/* The loader is asked before libp11, which would not keep its words. */
static int load(struct ls_hsm_module *m, struct ls_error *err)
{
	CK_C_GetFunctionList list;
	m->library = dlopen(m->path, RTLD_NOW | RTLD_LOCAL);
	if (!m->library)
		return ls_fail(err, -ENOEXEC, "hsm.module", "cannot load the PKCS#11 module: %s",
			       dlerror());
	*(void **)&list = dlsym(m->library, "C_GetFunctionList");
	if (!list)
		return ls_fail(err, -ENOEXEC, "hsm.module",
			       "'%s' is no PKCS#11 module: it has no C_GetFunctionList", m->path);
	if (list(&m->functions) != CKR_OK)
		return ls_fail(err, -ENOEXEC, "hsm.module", "'%s' gives no list of its functions",
			       m->path);
	return 0;
}

static int start(struct ls_hsm_module *m, struct ls_error *err)
{
	char words[LS_HSM_RV_SIZE];
	PKCS11_CTX *libp11 = PKCS11_CTX_new();
	if (!libp11)
		return ls_fail(err, -ENOMEM, "hsm.memory", "out of memory for libp11");
	if (PKCS11_CTX_load(libp11, m->path) < 0) {
		PKCS11_CTX_free(libp11);
		return ls_fail(err, -ENOEXEC, "hsm.module",
			       "the PKCS#11 module '%s' does not start: %s", m->path,
			       ls_hsm_rv_text(ls_hsm_libp11_reason(), words));
	}
	m->libp11 = libp11;
	if (PKCS11_enumerate_slots(libp11, &m->slots, &m->slot_count) < 0)
		return ls_fail(err, -EIO, "hsm.module",
			       "the PKCS#11 module '%s' does not list its tokens: %s", m->path,
			       ls_hsm_rv_text(ls_hsm_libp11_reason(), words));
	return 0;
}

static void unload(struct ls_hsm_module *m)
{
	if (m->slots)
		PKCS11_release_all_slots(m->libp11, m->slots, m->slot_count);
	if (m->libp11) {
		PKCS11_CTX_unload(m->libp11);
		PKCS11_CTX_free(m->libp11);
	}
	if (m->library)
		dlclose(m->library);
	ERR_clear_error();
	free(m);
}

/* Its place in modules, or a free one; MODULES_MAX: there is none. */
static unsigned find(const char *path)
{
	unsigned unused = MODULES_MAX;
	for (unsigned i = 0; i < MODULES_MAX; i++) {
		if (modules[i] && strcmp(modules[i]->path, path) == 0)
			return i;
		if (!modules[i] && unused == MODULES_MAX)
			unused = i;
	}
	return unused;
}

int ls_hsm_module_take(const char *path, struct ls_hsm_module **ret_module, struct ls_error *err)
{
	unsigned i = find(path);
	if (i == MODULES_MAX)
		return ls_fail(err, -EMFILE, "hsm.module", "too many PKCS#11 modules");
	if (!modules[i]) {
		struct ls_hsm_module *m = calloc(1, sizeof(*m));
		if (!m)
			return ls_fail(err, -ENOMEM, "hsm.memory", "out of memory for a module");
		snprintf(m->path, sizeof(m->path), "%s", path);
		int rc = load(m, err);
		if (rc == 0)
			rc = start(m, err);
		if (rc < 0) {
			unload(m);
			return rc;
		}
		modules[i] = m;
	}
	modules[i]->users++;
	*ret_module = modules[i];
	return 0;
}

void ls_hsm_module_let_go(struct ls_hsm_module *module)
{
	if (!module || --module->users > 0)
		return;
	modules[find(module->path)] = NULL;
	unload(module);
}
