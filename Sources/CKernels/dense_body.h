// The three passes of a dense layer, compiled once a path. The including file defines
//   LANES  floats of a vector
//   ROWS   rows of a register tile, at most LANES: ROWS × 2 accumulators must fit the registers
//   NAME   a macro that gives a function its path's suffix
// and puts the functions under the path's target attribute.
#include "dense_blocks.h"
#include "dense_kernels.h"
// In this order: later ones use earlier ones.
#include "dense_tiles.h"
#include "dense_narrow.h"
#include "dense_passes.h"
