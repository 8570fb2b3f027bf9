import Kernels

/// Bounds on a network that is being compiled: more than any machine has, and little enough that no size that is
/// computed from it overflows an `Int`.
///
/// A config may ask for fifty layers of 65,536 channels on images that padding makes larger and larger. Whether a network
/// fits into *this* machine is another question, which can be asked once its sizes are known.
struct NetworkSize {
  /// Floats of one tensor, of one value of a microbatch, or of all of them: 512 TiB.
  private static let mostFloats = 0x1p47
  /// Operations of one sample, forward and backward: a month of one core.
  private static let mostOperations = 0x1p58

  private var operations = 0.0
  private var storages = 0

  /// Refuses a tensor or value of so many floats, before its size is computed.
  static func require(_ factors: [Int], of what: String, path: String) throws(ModelError) {
    let count = factors.reduce(1.0) { $0 * Double($1) }
    guard count > mostFloats else { return }
    throw ModelError(
      path: path,
      message: "found \(what) of \(count) numbers, more than any machine's memory holds; use fewer units or channels, "
        + "less padding, a smaller image or batch.microbatch")
  }

  /// Counts the operations of a layer.
  mutating func add(operations factors: [Int], path: String) throws(ModelError) {
    operations += factors.reduce(1.0) { $0 * Double($1) }
    guard operations > Self.mostOperations else { return }
    throw ModelError(
      path: path,
      message: "up to here one sample takes \(operations) operations, which no machine finishes; use fewer units or "
        + "channels, a smaller kernel or image")
  }

  /// Counts a piece of the arena.
  mutating func add(storage count: Int) { storages = Int.saturatingSum(storages, count) }

  /// Refuses a network whose values and parameters together are beyond counting.
  func require(parameters: Int, path: String) throws(ModelError) {
    try Self.require([Int.saturatingSum(storages, parameters)], of: "a network", path: path)
  }
}
