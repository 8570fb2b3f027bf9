import Kernels

extension Dataset {
  /// The class of a sample; stops the program for a regression.
  public func label(of sample: Int) -> Int {
    guard case .classes(let labels, _) = targets else {
      preconditionFailure("\(name) has numbers to predict, no classes")
    }
    return Int(labels.view[sample])
  }
}
