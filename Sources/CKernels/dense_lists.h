// Lists of what is not zero in a matrix, for products that take nothing else. NaN is not zero; -0 is.
//
// Lists of rows: the columns are cut into blocks as the inputs of a dense layer are into pieces, a block into four parts.
// Blocks lie behind one another, in each the rows, in each the parts: list number (block × rows + row) × 4 + part ends
// where the next begins. An entry is a value and its column, counted from the block's first.
//
// Lists of columns (of outputs, in a weight gradient): one each with room for all rows, so that more rows can follow.

typedef struct RowLists {
  int32_t *begin;
  float *values;
  uint8_t *columns;
} RowLists;

static RowLists row_lists(ptrdiff_t rows, ptrdiff_t columns, const float *memory) {
  float *const values = aligned((float *)memory) + row_list_begins(rows, columns);
  return (RowLists){(int32_t *)aligned((float *)memory), values, (uint8_t *)(values + row_list_entries(rows, columns))};
}

#if LANES == 8
// The lanes that four bits name, first ones first; then whatever.
static const uint8_t named_lanes[16][4] = {
    {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {2, 0, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}, {0, 1, 2, 0},
    {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0}, {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}};
#endif

// Appends what is not zero in x[0 ..< count] to a list of `end` entries; returns its new end. Entries have the number
// `column` and those behind it. Both writers store a whole vector at the end.
INLINE ptrdiff_t append_to_row(const float *x, ptrdiff_t count, ptrdiff_t column, float *values, uint8_t *columns,
                               ptrdiff_t end) {
  ptrdiff_t i = 0;
#if LANES == 16
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (; i < count; i += LANES) {
    const __mmask16 held = count - i >= LANES ? 0xffff : (__mmask16)((1u << (count - i)) - 1);
    const __m512 x_here = _mm512_maskz_loadu_ps(held, x + i);
    const __mmask16 kept = _mm512_cmp_ps_mask(x_here, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    const __m512i number = _mm512_add_epi32(lane, _mm512_set1_epi32((int)(column + i)));
    _mm512_storeu_ps(values + end, _mm512_maskz_compress_ps(kept, x_here));
    _mm_storeu_si128((__m128i *)(columns + end), _mm512_cvtepi32_epi8(_mm512_maskz_compress_epi32(kept, number)));
    end += __builtin_popcount(kept);
  }
#elif LANES == 8
  for (; i + 4 <= count; i += 4) {
    const __m128 x_here = _mm_loadu_ps(x + i);
    const unsigned kept = (unsigned)_mm_movemask_ps(_mm_cmp_ps(x_here, _mm_setzero_ps(), _CMP_NEQ_UQ));
    uint32_t lanes;
    memcpy(&lanes, named_lanes[kept], sizeof lanes);
    _mm_storeu_ps(values + end, _mm_permutevar_ps(x_here, _mm_cvtepu8_epi32(_mm_cvtsi32_si128((int)lanes))));
    // A column is below 256, and so is every byte of the sum.
    const uint32_t numbers = lanes + (uint32_t)(column + i) * 0x01010101u;
    memcpy(columns + end, &numbers, sizeof numbers);
    end += __builtin_popcount(kept);
  }
#endif
  for (; i < count; i++) {
    values[end] = x[i];
    columns[end] = (uint8_t)(column + i);
    end += x[i] != 0;
  }
  return end;
}

ptrdiff_t NAME(dense_count)(const float *x, ptrdiff_t count) {
  typedef int32_t lanes __attribute__((ext_vector_type(LANES)));
  ptrdiff_t total = 0, i = 0;
  while (i + LANES <= count) {
    // A lane counts up to what it can hold.
    const ptrdiff_t stop = least(count, i + ((ptrdiff_t)LANES << 30));
    lanes sum = (lanes)(0);
    for (; i + LANES <= stop; i += LANES) sum -= (lanes)(load(x + i) != (vector)(0));
    for (int l = 0; l < LANES; l++) total += sum[l];
  }
  for (; i < count; i++) total += x[i] != 0;
  return total;
}

void NAME(dense_list)(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *memory) {
  const RowLists lists = row_lists(rows, columns, memory);
  const ptrdiff_t blocks = ceiling(columns, piece_inputs), parts = blocks * block_parts;
  int32_t *begin = lists.begin;
  ptrdiff_t end = 0;
  for (ptrdiff_t block = 0; block < blocks; block++) {
    const ptrdiff_t first = part_start(columns, blocks, block);
    for (ptrdiff_t row = 0; row < rows; row++) {
      for (ptrdiff_t part = block * block_parts; part < (block + 1) * block_parts; part++) {
        const ptrdiff_t start = part_start(columns, parts, part);
        *begin++ = (int32_t)end;
        end = append_to_row(x + row * columns + start, part_start(columns, parts, part + 1) - start, start - first,
                            lists.values, lists.columns, end);
      }
    }
  }
  *begin = (int32_t)end;
}

typedef struct OutputLists {
  int32_t *counts;
  float *values;
  uint16_t *samples;
  ptrdiff_t distance;  // entries from one output's list to the next
} OutputLists;

static OutputLists output_lists(ptrdiff_t depth, ptrdiff_t outputs, const float *memory) {
  float *const values = (float *)memory + round_up(outputs, line_floats);
  const ptrdiff_t distance = output_list_entries(depth);
  return (OutputLists){(int32_t *)memory, values, (uint16_t *)(values + outputs * distance), distance};
}

// Appends what is not zero in a column's part, dy[0 ..< LANES], of which the first has the sample's number `at`.
INLINE ptrdiff_t append_to_output(const float *dy, ptrdiff_t at, float *values, uint16_t *samples, ptrdiff_t end) {
#if LANES == 16
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512 here = _mm512_loadu_ps(dy);
  const __mmask16 kept = _mm512_cmp_ps_mask(here, _mm512_setzero_ps(), _CMP_NEQ_UQ);
  const __m512i number = _mm512_add_epi32(lane, _mm512_set1_epi32((int)at));
  // Nothing beyond the entries is written: another list begins there.
  const int count = __builtin_popcount(kept);
  const __mmask16 held = (__mmask16)((1u << count) - 1);
  _mm512_mask_storeu_ps(values + end, held, _mm512_maskz_compress_ps(kept, here));
  _mm256_mask_storeu_epi16(samples + end, held, _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(kept, number)));
  return end + count;
#elif LANES == 8
  for (ptrdiff_t s = 0; s < LANES; s += 4) {
    const __m128 here = _mm_loadu_ps(dy + s);
    const unsigned kept = (unsigned)_mm_movemask_ps(_mm_cmp_ps(here, _mm_setzero_ps(), _CMP_NEQ_UQ));
    uint32_t bytes;
    memcpy(&bytes, named_lanes[kept], sizeof bytes);
    const __m128i lanes = _mm_cvtsi32_si128((int)bytes);
    _mm_storeu_ps(values + end, _mm_permutevar_ps(here, _mm_cvtepu8_epi32(lanes)));
    _mm_storel_epi64((__m128i *)(samples + end),
                     _mm_add_epi16(_mm_cvtepu8_epi16(lanes), _mm_set1_epi16((short)(at + s))));
    end += __builtin_popcount(kept);
  }
  return end;
#else
  for (ptrdiff_t s = 0; s < LANES; s++) {
    values[end] = dy[s];
    samples[end] = (uint16_t)(at + s);
    end += dy[s] != 0;
  }
  return end;
#endif
}

// Appends samples `at` ..< `at` + rows to the outputs' lists; the first ones, at = 0, begin them.
static void list_outputs(ptrdiff_t rows, ptrdiff_t at, ptrdiff_t outputs, const float *dy, OutputLists lists) {
  enum { strip = 128 };
  _Alignas(64) float transposed[(strip + 1) * LANES];
  if (at == 0) memset(lists.counts, 0, (size_t)outputs * sizeof(int32_t));
  for (ptrdiff_t output = 0; output < outputs; output += strip) {
    const ptrdiff_t width = least(strip, outputs - output);
    for (ptrdiff_t row = 0; row < rows; row += LANES) {
      pack_transposed(dy + row * outputs + output, outputs, least(LANES, rows - row), width, LANES, transposed);
      for (ptrdiff_t o = 0; o < width; o++) {
        const ptrdiff_t list = (output + o) * lists.distance;
        lists.counts[output + o] = (int32_t)append_to_output(transposed + o * LANES, at + row, lists.values + list,
                                                             lists.samples + list, lists.counts[output + o]);
      }
    }
  }
}
