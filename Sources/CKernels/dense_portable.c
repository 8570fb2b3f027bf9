// The dense layer on any CPU: vectors of four floats, tiles of 4 × 8.
#define LANES 4
#define ROWS 4
#define NAME(function) function##_portable

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "dense_body.h"
