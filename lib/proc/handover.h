/* SPDX-License-Identifier: Apache-2.0 */
/* The files in which labseal-notary hands over to labseald and to the publisher. */
#ifndef LABSEAL_LIB_PROC_HANDOVER_H
#define LABSEAL_LIB_PROC_HANDOVER_H

#define LS_HANDOVER_TIME_STAMP "time-stamp.json" /* an event's detail; gone when it is sealed */
#define LS_HANDOVER_STAMPED    "stamped"	 /* the one that was sealed last */
#define LS_HANDOVER_COSIGNED   "cosigned"	 /* a checkpoint with witnesses' lines */
#define LS_HANDOVER_TROUBLE    "trouble"	 /* who does not vouch; empty: all do */

#define LS_HANDOVER_TROUBLE_MAX	    1000 /* bytes: a line for people */
#define LS_HANDOVER_TROUBLE_EVERY_S 60	 /* it is written at least so often */

#define LS_HANDOVER_NOTE_MAX 32768 /* bytes of a cosigned checkpoint */

#define LS_TIME_STAMP_EVENT "time-stamp" /* the event's kind */

#endif
