extension Int {
  /// The whole part of a number; of one beyond ±2⁵³ that bound, of NaN 0.
  ///
  /// What is drawn or written comes from files that may have been altered, and from runs that diverged: a conversion that
  /// ends the program at 1e308 has no place here.
  package init(within value: Double) {
    let bound = 0x1p53
    self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value, -bound), bound))
  }
}
