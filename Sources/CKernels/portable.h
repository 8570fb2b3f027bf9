// Any CPU: four lanes are SSE2's or NEON's registers. As avx2.h and avx512.h.
#define LANES 4
#define NAME(name) name##_portable
#define FAMILY_BEGIN
#define FAMILY_END
// x86's least has no fused multiply-add.
#if defined(__x86_64__)
#define FUSED FUSED_TWICE
#endif
