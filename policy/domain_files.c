/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_files.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *nodes;
	enum ls_domain_access access;
} places[] = {
	{ "/domain/devices/disk/source/@file", LS_DOMAIN_WRITES },
	{ "/domain/devices/disk//backingStore/source/@file", LS_DOMAIN_READS },
	{ "/domain/devices/*[@type='file']/source/@path", LS_DOMAIN_SENDS },
	{ "/domain/devices/serial[@type='dev']/source/@path", LS_DOMAIN_DEVICE },
};

static int add(struct ls_domain_files *files, enum ls_domain_access access, const char *path)
{
	struct ls_domain_file *file = &files->at[files->count];
	if (files->count == LS_DOMAIN_FILES_MAX ||
	    snprintf(file->path, sizeof(file->path), "%s", path) >= (int)sizeof(file->path))
		return -EINVAL;
	file->access = access;
	files->count++;
	return 0;
}

static int add_all(xmlXPathContext *context, size_t place, struct ls_domain_files *files)
{
	xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST places[place].nodes, context);
	int rc = found ? 0 : -EINVAL;
	for (int i = 0; rc == 0 && found->nodesetval && i < found->nodesetval->nodeNr; i++) {
		xmlChar *path = xmlNodeGetContent(found->nodesetval->nodeTab[i]);
		rc = path ? add(files, places[place].access, (const char *)path) : -EINVAL;
		xmlFree(path);
	}
	xmlXPathFreeObject(found);
	return rc;
}

static int count(xmlXPathContext *context, const char *nodes)
{
	xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST nodes, context);
	int n = found && found->nodesetval ? found->nodesetval->nodeNr : 0;
	xmlXPathFreeObject(found);
	return n;
}

static int read_all(xmlDoc *document, struct ls_domain_files *files)
{
	xmlXPathContext *context = xmlXPathNewContext(document);
	xmlXPathObject *name =
		context ? xmlXPathEvalExpression(BAD_CAST "string(/domain/name)", context) : NULL;
	int rc = name && name->stringval && name->stringval[0] &&
				 snprintf(files->name, sizeof(files->name), "%s", name->stringval) <
					 (int)sizeof(files->name)
			 ? 0
			 : -EINVAL;
	for (size_t i = 0; rc == 0 && i < sizeof(places) / sizeof(places[0]); i++)
		rc = add_all(context, i, files);
	if (rc == 0)
		files->has_usb = count(context, "/domain/devices/controller[@type='usb'"
						" and @model!='none']") > 0;
	xmlXPathFreeObject(name);
	xmlXPathFreeContext(context);
	return rc;
}

int ls_domain_files(const char *xml, struct ls_domain_files *ret_files, struct ls_error *err)
{
	struct ls_domain_files files = { 0 };
	xmlDoc *document = xmlReadMemory(xml, (int)strlen(xml), NULL, "UTF-8",
					 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	int rc = document ? read_all(document, &files) : -EINVAL;
	if (document)
		xmlFreeDoc(document);
	if (rc < 0)
		return ls_fail(err, rc, "domain.xml",
			       "this is not the XML of a machine of labseal's");
	*ret_files = files;
	return 0;
}
