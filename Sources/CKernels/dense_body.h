// The three passes of a dense layer, compiled once for each family after its header. The including file defines
//   ROWS   rows of a register tile, at most LANES: ROWS × 2 accumulators must fit the registers
#include "dense_blocks.h"
#include "multiply_add.h"
// In this order: later ones use earlier ones.
#include "dense_tiles.h"
#include "dense_narrow.h"
#include "dense_lists.h"
#include "dense_skipping.h"
#include "dense_passes.h"
