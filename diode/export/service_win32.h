/* SPDX-License-Identifier: Apache-2.0 */
/* Windows: the exporter as a service, which runs whoever is logged on. */
#ifndef LABSEAL_DIODE_EXPORT_SERVICE_WIN32_H
#define LABSEAL_DIODE_EXPORT_SERVICE_WIN32_H

#include "lib/base/error.h"

/*
 * Each 0 or a negative errno.  install: as LocalSystem, started with the system,
 * started again when it fails, with these options; what is installed already
 * gets the new options.  remove stops it first.  start and stop wait until it
 * is so.
 */
int ls_service_install(int argc, char **argv, struct ls_error *err);
int ls_service_remove(struct ls_error *err);
int ls_service_start(struct ls_error *err);
int ls_service_stop(struct ls_error *err);

/*
 * Be the service: called by the service manager's command line, with the
 * options.  Returns the exit status; at once when it was not the manager.
 */
int ls_service_run(int argc, char **argv);

#endif
