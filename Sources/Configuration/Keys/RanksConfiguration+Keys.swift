import Keys

extension RanksConfiguration {
  package static func keys(_ section: Section, _ value: RanksConfiguration?) -> RanksConfiguration {
    RanksConfiguration(
      overlap: section.key(
        "overlap", value?.overlap, .flag, default: true,
        "Whether a part of what other ranks need is sent while the rest is computed; it changes no result."))
  }
}
