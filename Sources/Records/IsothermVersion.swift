/// The version of this program, of its library and of the records that they write: the one place that names it.
///
/// `CHANGELOG.md` says what each version brought.
public enum IsothermVersion {
  public static let current = "0.1.0"
}
