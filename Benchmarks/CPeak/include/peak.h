// The most multiply-adds a second that one core can do: independent chains in registers, no memory.
#ifndef PEAK_H
#define PEAK_H

#include <stdint.h>

/// Widths of vectors, in floats.
typedef enum __attribute__((enum_extensibility(closed))) PeakWidth {
  PeakWidth4 = 4,
  PeakWidth8 = 8,
  PeakWidth16 = 16,
} PeakWidth;

/// Runs `rounds` of multiply-adds on vectors of that width, which the CPU must have, and returns how many
/// floating-point operations they were (a multiply-add is two).
int64_t peak_run(PeakWidth width, int64_t rounds);

#endif
