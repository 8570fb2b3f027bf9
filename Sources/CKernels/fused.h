// Any x86, with the bits of fused multiply-adds, which its least computes in software. As portable.h.
#define LANES 4
#define NAME(name) name##_fused
#define FAMILY_BEGIN
#define FAMILY_END
#define FUSED FUSED_SOFTWARE
