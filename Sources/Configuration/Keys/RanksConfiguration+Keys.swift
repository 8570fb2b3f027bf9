import Keys

extension RanksConfiguration {
  package static func keys(_ section: Section, _ value: RanksConfiguration?) -> RanksConfiguration {
    RanksConfiguration(
      overlap: section.key(
        "overlap", value?.overlap, .flag, default: true,
        "Whether a part of what other ranks need is sent while the rest is computed; it changes no result."),
      wire: section.key(
        "wire", value?.wire, .word, default: .f32,
        """
        How sums of gradients travel between ranks. bf16 halves their bytes: each rank's sums are rounded to bfloat16, and the \
        bits of the run then depend on the number of its ranks, though not on threads or timing.
        """))
  }
}
