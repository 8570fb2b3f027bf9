// The convolutions for any processor that clang knows: vectors of 16 floats become what the target has.
#include "convolution_paths.h"

#define PATH(name) name##_portable
#define PIXELS 3
#define TAPS 3
#define PART 4
#include "convolution_body.h"
#include "convolution_winograd_body.h"
