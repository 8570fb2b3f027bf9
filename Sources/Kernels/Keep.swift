/// Keeps what owns the elements of views until here.
///
/// Swift may let go of a view after its last use, and an address that was taken from it is no use of it: whoever reads or
/// writes through addresses says with this that it needs the memory until it is done.
@inline(__always)
func keep<each Kept>(_ kept: repeat each Kept) {
  repeat withExtendedLifetime(each kept) {}
}
