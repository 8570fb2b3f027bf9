// Elementary functions with one result everywhere: those of a system's library differ in their last bits between systems,
// and between CPUs on one system.
//
// Measured errors are below 0.9 units in the last place for logarithm and exponential, and below 2.5 for cosine and sine.
#ifndef ISOTHERM_ELEMENTARY_H
#define ISOTHERM_ELEMENTARY_H

/// ln x; −∞ for 0, NaN below.
double natural_logarithm(double x);
/// e^x.
double natural_exponential(double x);
/// cos and sin of so many whole turns: of 2π · turns.
void cosine_and_sine(double turns, double *cosine, double *sine);
/// base^exponent for a base ≥ 0: by multiplications where the exponent is a whole number up to 64 in size, else e^(exponent
/// · ln base), whose error is as many units in the last place as that product is in size.
double power_of(double base, double exponent);

#endif
