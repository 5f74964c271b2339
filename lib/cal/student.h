/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Student's t distribution: which part of it lies within k standard uncertainties (JCGM 100:2008,
 * G.3).  Degrees of freedom need not be whole; INFINITY is the normal distribution.
 */
#ifndef LABSEAL_LIB_CAL_STUDENT_H
#define LABSEAL_LIB_CAL_STUDENT_H

/* P(|t| <= k), 0 to 1.  k >= 0, dof > 0; else NAN. */
double ls_student_probability(double k, double dof);

/* The k with P(|t| <= k) = p.  0 < p < 1, dof > 0; else NAN.  INFINITY: past 1e6. */
double ls_student_k(double p, double dof);

/* The degrees of freedom with which k covers p; INFINITY where k is not above the normal
 * distribution's, NAN where it is above that of one degree of freedom. */
double ls_student_dof(double p, double k);

#endif
