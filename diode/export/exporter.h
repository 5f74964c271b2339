/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-export whatever the system: options, then look, take in and send until told to stop. */
#ifndef LABSEAL_DIODE_EXPORT_EXPORTER_H
#define LABSEAL_DIODE_EXPORT_EXPORTER_H

/* The arguments are UTF-8.  Returns the exit status (labseal-export(1)). */
int ls_exporter_main(int argc, char **argv);

#endif
