/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-export on POSIX systems: see labseal-export(1).  main_win32.c is Windows'. */
#include "diode/export/exporter.h"

int main(int argc, char **argv)
{
	return ls_exporter_main(argc, argv);
}
